"""Schemes that read facts of the model: the spread of their values, and what it does to a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from picture import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION, Picture, digits, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

COLOURS, MARKERS = (BLUE, VERMILION, GREEN), "os^"
SQUARE = (256, 256)


@dataclass(frozen=True)
class Line:
    """One line of a panel.

    Parameters
    ----------
    options : str
        Those that differ from line to line; empty where there is one line.
    values : function
        (fact of the model) -> values by the scheme.
    formula : function
        (fact of the model) -> the root mean square that the scheme's source gives.
    """

    options: str
    values: Callable[[int], NDArray[Any]]
    formula: Callable[[int], float]


@dataclass(frozen=True)
class Panel:
    """What a scheme reads, the values that it takes here, and the lines."""

    reads: str
    facts: tuple[int, ...]
    lines: tuple[Line, ...]


WIDTHS, LAYERS, GLOROT = (16, 64, 256, 1024), (2, 8, 32, 128), (2 / sum(SQUARE)) ** 0.5
PANELS = {
    "embedding_uniform": Panel("rows", (100, 1000, 10_000, 100_000), (
        Line("", lambda n: fastinit.embedding_uniform((n, 64), seed=0), lambda n: (3 * n) ** -0.5),
    )),
    "embedding_normal": Panel("dim", WIDTHS, (
        Line("", lambda n: fastinit.embedding_normal((2000, n), seed=0), lambda n: n**-0.5),
    )),
    "depth_scaled": Panel("layers", LAYERS, (
        Line("", lambda n: fastinit.depth_scaled(SQUARE, layers=n, seed=0),
             lambda n: 0.02 / (2 * n) ** 0.5),
    )),
    "small_init": Panel("width", WIDTHS, (
        Line("", lambda n: fastinit.small_init(SQUARE, width=n, seed=0),
             lambda n: (2 / (5 * n)) ** 0.5),
    )),
    "wang_init": Panel("layers", LAYERS, (
        Line("width=256", lambda n: fastinit.wang_init(SQUARE, layers=n, width=256, seed=0),
             lambda n: 2 / (n * 16)),
    )),
    "mup": Panel("width_multiplier", (1, 4, 16, 64), (
        Line('role="input"', lambda n: _mup("input", n), lambda n: 0.02),  # noqa: ARG005
        Line('role="hidden"', lambda n: _mup("hidden", n), lambda n: 0.02 / n**0.5),
        Line('role="output"', lambda n: _mup("output", n), lambda n: 0.02 / n),
    )),
    "t_fixup": Panel("layers", LAYERS, (
        Line('part="encoder"', lambda n: fastinit.t_fixup(SQUARE, layers=n, part="encoder", seed=0),
             lambda n: 0.67 * n**-0.25 * GLOROT),
        Line('part="decoder"', lambda n: fastinit.t_fixup(SQUARE, layers=n, part="decoder", seed=0),
             lambda n: (9 * n) ** -0.25 * GLOROT),
    )),
    "deepnet": Panel("layers", LAYERS, (
        Line('part="single"', lambda n: fastinit.deepnet(SQUARE, layers=n, seed=0),
             lambda n: (8 * n) ** -0.25 * GLOROT),
    )),
    "siren": Panel("fan_in", WIDTHS, (
        Line("omega=30", lambda n: fastinit.siren((256, n), seed=0),
             lambda n: (2 / n) ** 0.5 / 30),
        Line("first=True", lambda n: fastinit.siren((256, n), first=True, seed=0),
             lambda n: 3**-0.5 / n),
    )),
}  # fmt: skip

#: Whole weights: the call that the page states, the weight, and its root mean square by the formula.
WHOLE = {
    "identity_plus_noise": (
        "(24, 24), std=0.1",
        lambda: fastinit.identity_plus_noise((24, 24), std=0.1, seed=0),
        (1 / 24 + 0.1**2) ** 0.5,
    ),
    "identity_hadamard": (
        "(32, 24)", lambda: fastinit.identity_hadamard((32, 24)), 32**-0.5,
    ),
    "lstm_bias": ("32", lambda: fastinit.lstm_bias(32), 0.5),
}  # fmt: skip

Measured = dict[str, Any]


def _mup(role: Any, multiplier: int) -> NDArray[Any]:
    return fastinit.mup(SQUARE, role=role, width_multiplier=multiplier, seed=0)


def root_mean_square(values: NDArray[Any]) -> float:
    """Return the spread around 0."""
    return float(np.sqrt(np.square(values, dtype=np.float64).mean()))


def measure(small: bool) -> Measured:  # noqa: FBT001, ARG001 - Picture.measure's
    """Return [root mean square of each fact] of each line by scheme, and the whole weights."""
    spreads = {
        name: [
            [root_mean_square(line.values(fact)) for fact in panel.facts] for line in panel.lines
        ]
        for name, panel in PANELS.items()
    }
    return spreads | {name: make() for name, (_, make, _) in WHOLE.items()}


def draw(figure: Any, measured: Measured) -> None:
    """Draw a panel for each scheme: dots on the line of the formula, or the weight itself."""
    grid = list(figure.subplots(4, 3).flat)
    for axes, (name, panel) in zip(grid, PANELS.items(), strict=False):
        for line, spread, colour, marker in zip(
            panel.lines, measured[name], COLOURS, MARKERS, strict=False
        ):
            formula = [line.formula(fact) for fact in panel.facts]
            axes.plot(panel.facts, formula, "-", color=colour, linewidth=1.2)
            axes.plot(
                panel.facts, spread, marker, color=colour, label=line.options, clip_on=False
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(panel.reads)
        axes.set_xticks(panel.facts, [f"{fact:,}".replace(",000", "k") for fact in panel.facts])
        axes.minorticks_off()
        _decades(axes)
        if panel.lines[0].options:
            axes.legend(fontsize=9.5, loc="best", handletextpad=0.2, borderpad=0)
    for axes, name in zip(grid[len(PANELS) :], WHOLE, strict=True):
        _draw_whole(axes, name, measured[name])
    for axes, name in zip(grid, [*PANELS, *WHOLE], strict=True):
        axes.set_title(name, fontweight="bold")
    for axes in grid[: len(PANELS) : 3]:
        axes.set_ylabel("root mean square")


def _decades(axes: Any) -> None:
    """Widen an axis to whole powers of ten."""
    low, high = np.log10(axes.get_ylim())
    low, high = int(np.floor(low)), int(np.ceil(high))
    axes.set_ylim(10.0**low, 10.0**high)
    axes.set_yticks([10.0**power for power in range(low, high + 1)])
    axes.minorticks_off()


def _draw_whole(axes: Any, name: str, weight: NDArray[Any]) -> None:
    """Draw a weight as an image, or a bias as bars."""
    if weight.ndim == 1:
        axes.bar(range(weight.size), weight, color=BLUE, width=0.8)
        axes.set_xticks(
            [(gate + 0.5) * weight.size / 4 - 0.5 for gate in range(4)],
            ["input", "forget", "cell", "output"], fontsize=9,
        )  # fmt: skip
        axes.set_xlabel("gate")
        axes.set_xlim(-0.5, weight.size - 0.5)
        axes.set_ylim(0, 1.1)
        return
    shades = np.round(8 * weight / abs(weight).max())  # few, since a file has few colours
    axes.imshow(shades, cmap="PuOr", vmin=-10, vmax=10, interpolation="nearest")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.set_xlabel(WHOLE[name][0])


def numbers(measured: Measured) -> list[str]:
    """Return a row for each scheme."""

    def rows() -> Any:
        for name, panel in PANELS.items():
            for line, spread in zip(panel.lines, measured[name], strict=True):
                fact, found = panel.facts[1], spread[1]
                given = ", ".join(filter(None, [f"{panel.reads}={fact}", line.options]))
                yield [f"`{name}`", f"`{given}`", digits(line.formula(fact)), digits(found)]
        for name, (call, _, formula) in WHOLE.items():
            found = root_mean_square(measured[name])
            yield [f"`{name}`", f"`{call}`", digits(formula), digits(found)]

    return table(["scheme", "for", "root mean square by the formula", "measured"], rows())


# Layers of the model below; each adds to the residual stream twice.
DEPTH, WIDTH = 24, 512
MIXED = {
    "N(0, 0.02)": (PURPLE, "N(0, 0.02²) everywhere"),
    "depth_scaled": (BLUE, "depth_scaled"),
    "wang_init": (GREEN, "small_init, wang_init"),
    "xavier_uniform": (VERMILION, "xavier_uniform"),
    "t_fixup, decoder": (BLUE, 't_fixup, part="decoder"'),
    "t_fixup, encoder": (ORANGE, 't_fixup, part="encoder"'),
}
NORMALISED = ["xavier_uniform", "N(0, 0.02)", "wang_init", "depth_scaled"]
NOT_NORMALISED = ["xavier_uniform", "t_fixup, encoder", "t_fixup, decoder"]


def branch(scheme: str, width: int, number: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the weights of one branch: into the hidden units, and back into the stream."""
    shapes = {"in": (4 * width, width), "out": (width, 4 * width)}
    made = []
    for place, shape in shapes.items():
        name = {"seed": 0, "stream": f"branch {number}, {place}"}
        if scheme.startswith("t_fixup"):
            made.append(fastinit.t_fixup(shape, layers=DEPTH, part=scheme.split(", ")[1], **name))
        elif scheme == "xavier_uniform":
            made.append(fastinit.xavier_uniform(shape, **name))
        elif scheme == "wang_init" and place == "in":
            made.append(fastinit.small_init(shape, width=width, **name))
        elif scheme == "wang_init":
            made.append(fastinit.wang_init(shape, layers=DEPTH, width=width, **name))
        elif scheme == "depth_scaled" and place == "out":
            made.append(fastinit.depth_scaled(shape, layers=DEPTH, **name))
        else:
            made.append(fastinit.normal(shape, 0, 0.02, **name))
    return made[0], made[1]


def stream(scheme: str, width: int, *, normalise: bool) -> list[float]:
    """Return the mean square of the residual stream behind each layer."""
    values = fastinit.normal((width, 32), seed=0, stream="inputs")
    found = [float(np.square(values).mean())]
    for layer in range(DEPTH):
        for number in (2 * layer, 2 * layer + 1):
            first, last = branch(scheme, width, number)
            inputs = values / np.sqrt(np.square(values).mean(axis=0)) if normalise else values
            values = values + last @ np.maximum(first @ inputs, 0)
        found.append(float(np.square(values, dtype=np.float64).mean()))
    return found


def measure_streams(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the stream by (with normalisation or not) and scheme."""
    width = 64 if small else WIDTH
    return {
        "with": {name: stream(name, width, normalise=True) for name in NORMALISED},
        "without": {name: stream(name, width, normalise=False) for name in NOT_NORMALISED},
    }


def draw_streams(figure: Any, measured: Measured) -> None:
    """Draw the stream over the layers: with and without normalisation."""
    titles = {
        "with": "each branch normalises its input",
        "without": "no normalisation",
    }
    for axes, (case, lines) in zip(figure.subplots(1, 2), measured.items(), strict=True):
        for place, (name, values) in enumerate(lines.items()):
            colour, label = MIXED[name]
            axes.plot(
                values, color=colour, label=label, marker="os^D"[place],
                markevery=(1 + place, 6), markersize=6,
            )  # fmt: skip
        axes.axhline(1, color=BLACK, linestyle=":", linewidth=1.2)
        axes.set_yscale("log")
        axes.set_xlim(0, DEPTH)
        axes.set_xlabel("layer")
        axes.set_title(titles[case])
        axes.legend(loc="upper left", fontsize=9.5)
    figure.axes[0].set_ylim(0.7, 100)
    figure.axes[0].yaxis.set_major_formatter("{x:g}")
    figure.axes[0].set_ylabel("mean square of the residual stream")


def numbers_streams(measured: Measured) -> list[str]:
    """Return the stream behind the last layer."""
    return table(
        ["scheme", "normalisation", f"mean square behind layer {DEPTH}"],
        (
            [MIXED[name][1], case, digits(values[-1])]
            for case, lines in measured.items()
            for name, values in lines.items()
        ),
    )


PICTURES = [
    Picture(
        "model-schemes",
        "Twelve schemes: the values have the spread that each formula states",
        measure, draw, numbers, (8.5, 10.5),
    ),
    Picture(
        "residual-stream",
        "24 layers: schemes that know the depth keep the residual stream at its size",
        measure_streams, draw_streams, numbers_streams, (9, 4.2),
    ),
]  # fmt: skip
