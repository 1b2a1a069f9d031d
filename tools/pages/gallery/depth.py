"""Fifty layers deep: what each scheme does to the signal with ReLU, tanh and SELU."""

from __future__ import annotations

from functools import cache
from typing import Any

from picture import BLUE, GREEN, PURPLE, VERMILION, Picture, digits, label_ends, table

from .layers import ACTIVATIONS, HEURISTICS, SCHEMES, Signal, signal, weights

LAYERS = 50

# Schemes whose weights have one variance here, where all layers are as wide: colour, name, variance.
GROUPS = {
    ("he_normal", "he_uniform"): (BLUE, "He", "2/n"),
    ("lecun_normal", "glorot_normal", "xavier_normalized", "orthogonal"): (
        VERMILION,
        "LeCun, Glorot",
        "1/n",
    ),
    ("xavier",): (GREEN, "xavier", "1/(3n)"),
    ("N(0, 1)",): (PURPLE, "N(0, 1)", "1"),
}
MARKERS = "osD^"
LONE_MARKERS = {"xavier": "v", "N(0, 1)": "P"}  # not by colour alone
EVERY = 10  # layers from marker to marker

Measured = dict[tuple[str, str], Signal]


@cache
def measure(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the signal of each (activation, scheme)."""
    width, batch = (64, 32) if small else (512, 256)
    found = {}
    for scheme in SCHEMES | HEURISTICS:
        matrices = weights(scheme, width, LAYERS)
        for activation in ACTIVATIONS:
            found[activation, scheme] = signal(matrices, activation, batch)
    return found


def draw_lines(axes: Any, measured: Measured, activation: str, what: str, groups: Any) -> None:
    """Draw each scheme's line, and a legend by variance."""
    for group in groups:
        colour, *_ = GROUPS[group]
        for place, scheme in enumerate(group):  # side by side, where lines coincide
            axes.plot(
                getattr(measured[activation, scheme], what), color=colour, label=scheme,
                marker=LONE_MARKERS.get(scheme, MARKERS[place]), markevery=(3 + 2 * place, EVERY), linewidth=1.5,
            )  # fmt: skip
    axes.set_xlim(0, LAYERS)
    axes.set_xlabel("layer")


def ends(
    measured: Measured, activation: str, what: str, groups: Any
) -> list[tuple[float, str, str]]:
    """Return the labels at the lines' ends: where, what, colour."""
    found = []
    for group in groups:
        colour, name, variance = GROUPS[group]
        end = getattr(measured[activation, group[0]], what)[-1]
        found.append((end, f"{name}:\nvariance {variance}", colour))
    return found


def draw_relu(figure: Any, measured: Measured) -> None:
    """Draw the mean square on a scale of powers of two."""
    axes, groups = figure.subplots(), list(GROUPS)[:3]
    draw_lines(axes, measured, "ReLU", "forward", groups)
    axes.set_yscale("log", base=2)
    axes.set_ylim(2.0**-135, 2.0**12)
    axes.set_yticks([2.0**k for k in range(-125, 1, 25)])
    axes.set_ylabel("mean square of the activations")
    label_ends(axes, LAYERS, ends(measured, "ReLU", "forward", groups))
    axes.legend(loc="lower left")


def draw_tanh(figure: Any, measured: Measured) -> None:
    """Draw the signal and, beside it, the gradient; what leaves the frame is said there."""
    left, right = figure.subplots(1, 2)
    draw_lines(left, measured, "tanh", "forward", GROUPS)
    draw_lines(right, measured, "tanh", "backward", GROUPS)
    left.set_title("forwards: mean square of the activations")
    right.set_title("backwards: mean square of the gradient")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_ylim(1e-4, 1e4)
    right.invert_xaxis()
    left.legend(loc="upper right", fontsize=9, ncols=2)
    for group, (colour, name, variance) in GROUPS.items():
        first = measured["tanh", group[0]]
        label_ends(left, LAYERS, [(max(first.forward[-1], 1.5e-4), f"{name}: {variance}", colour)])
        end = first.backward[0]
        label_ends(right, 0, [(min(max(end, 2.5e-4), 4e3), f"{name}\n{digits(end)}", colour)])


def draw_selu(figure: Any, measured: Measured) -> None:
    """Draw the mean square, of which SELU makes 1 a fixed point."""
    axes, groups = figure.subplots(), list(GROUPS)[:3]
    draw_lines(axes, measured, "SELU", "forward", groups)
    axes.set_yscale("log")
    axes.set_ylabel("mean square of the activations")
    label_ends(axes, LAYERS, ends(measured, "SELU", "forward", groups))
    axes.legend(loc="lower left")


def numbers(measured: Measured, activation: str) -> list[str]:
    """Return a table of both ends."""
    return table(
        ["scheme", "mean square behind layer 1", f"behind layer {LAYERS}", "gradient at layer 0"],
        (
            [scheme, digits(found.forward[1]), digits(found.forward[-1]), digits(found.backward[0])]
            for (by, scheme), found in measured.items()
            if by == activation
        ),
    )


PICTURES = [
    Picture(
        "depth-relu",
        "ReLU: only weights of variance 2/n (He) keep the signal through 50 layers",
        measure, draw_relu, lambda measured: numbers(measured, "ReLU"),
    ),
    Picture(
        "depth-tanh",
        "tanh: weights of variance 1/n (LeCun, Glorot) suit both the signal and the gradient",
        measure, draw_tanh, lambda measured: numbers(measured, "tanh"), (10, 4.4),
    ),
    Picture(
        "depth-selu",
        "SELU: weights of variance 1/n (LeCun) hold the mean square at 1",
        measure, draw_selu, lambda measured: numbers(measured, "SELU"),
    ),
]  # fmt: skip
