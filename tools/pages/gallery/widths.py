"""Fixed ranges and the width of a layer: how much one layer with ReLU multiplies the signal."""

from __future__ import annotations

from typing import Any

from picture import BLUE, GREEN, ORANGE, PURPLE, VERMILION, Picture, digits, label_ends, table

from .layers import signal, weights

DEPTH = 10
COLOURS = {
    "U[0, 1)": GREEN,
    "N(0, 1)": PURPLE,
    "U[−1, 1)": ORANGE,
    "U[−0.3, 0.3)": VERMILION,
    "he_normal": BLUE,
}

Measured = dict[str, dict[int, float]]


def measure(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the factor of a layer by scheme and width: the geometric mean over some layers."""
    widths = [16, 64, 256] if small else [16, 32, 64, 128, 256, 512, 1024]
    found: Measured = {}
    for scheme in COLOURS:
        for width in widths:
            forward = signal(weights(scheme, width, DEPTH), "ReLU", batch=64).forward
            found.setdefault(scheme, {})[width] = (forward[-1] / forward[0]) ** (1 / DEPTH)
    return found


def draw(figure: Any, measured: Measured) -> None:
    """Draw both axes on scales of powers."""
    axes = figure.subplots()
    widths = list(measured["he_normal"])
    for scheme, factors in measured.items():
        axes.plot(widths, list(factors.values()), "o-", color=COLOURS[scheme], clip_on=False)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlim(widths[0], widths[-1])
    axes.set_xticks(widths, [str(width) for width in widths])
    axes.set_xlabel("width of the layers, n")
    axes.set_ylabel("factor of the mean square, a layer")
    ends = [(factors[widths[-1]], scheme, COLOURS[scheme]) for scheme, factors in measured.items()]
    label_ends(axes, widths[-1], ends)


def numbers(measured: Measured) -> list[str]:
    """Return the factors."""
    widths = list(measured["he_normal"])
    return table(
        ["weights", *(f"n = {width}" for width in widths)],
        (
            [scheme, *(digits(factors[width]) for width in widths)]
            for scheme, factors in measured.items()
        ),
    )


PICTURES = [
    Picture(
        "widths",
        "A fixed range fits one width at most; He's 2/n fits every width",
        measure, draw, numbers,
    )
]  # fmt: skip
