"""The sum of 512 inputs: why weights are divided by the square root of n, and why He doubles."""

from __future__ import annotations

from typing import Any

import numpy as np

import fastinit
from picture import BLACK, BLUE, VERMILION, Picture, digits, table

INPUTS = 512
EDGE, TOP = 5, 5.5  # of all panels: the same axes, so that widths and heights can be compared

Measured = dict[str, np.ndarray]


def measure(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the values of many units for many inputs, by what was done to the weights."""
    units = 200 if small else 1000
    inputs = fastinit.normal((INPUTS, units), seed=0, stream="inputs")
    weights = fastinit.normal((units, INPUTS), seed=0, stream="weights")
    scaled = weights / np.float32(np.sqrt(INPUTS))
    return {
        "weights N(0, 1)": weights @ inputs,
        "weights ÷ √512": scaled @ inputs,
        "the same, then ReLU": np.maximum(scaled @ inputs, 0),
        "weights × √(2/512), then ReLU": np.maximum(np.float32(np.sqrt(2)) * scaled @ inputs, 0),
    }


def draw(figure: Any, measured: Measured) -> None:
    """Draw a histogram of each step, all on one axis, and mark the root of its mean square."""
    rows = figure.subplots(len(measured), 1, sharex=True, sharey=True)
    bins = np.linspace(-EDGE, EDGE, 2 * EDGE * 8 + 1)
    for axes, (name, values) in zip(rows, measured.items(), strict=True):
        rectified = "ReLU" in name
        shown = values[values > 0] if rectified else values.ravel()
        axes.hist(
            shown, bins=bins, color=VERMILION if rectified else BLUE,
            weights=np.full(shown.size, 100 / values.size),
        )  # fmt: skip
        root = np.sqrt(np.square(values).mean())
        axes.axvline(1, color=BLACK, linestyle=":", linewidth=1.2)
        if root < EDGE:
            axes.plot(root, TOP * 0.1, "v", color=BLACK, markersize=9)
        else:
            axes.annotate(
                f"{root:.1f}", (EDGE, TOP * 0.17), (-44, 0), textcoords="offset points",
                va="center", arrowprops={"arrowstyle": "-|>", "color": "black"},
            )  # fmt: skip
        axes.text(0.01, 0.9, name, transform=axes.transAxes, va="top", fontweight="bold")
        outside = (abs(values) > EDGE).mean()
        notes = [f"mean square {np.square(values).mean():.3g}"]
        notes += [f"{(values == 0).mean():.0%} are 0"] if rectified else []
        notes += [f"{outside:.0%} lie outside ±{EDGE}"] if outside > 0.01 else []
        axes.text(0.99, 0.9, "\n".join(notes), transform=axes.transAxes, ha="right", va="top")
        axes.set_xlim(-EDGE, EDGE)
        axes.set_ylim(0, TOP)
    rows[-1].set_xticks(range(-EDGE, EDGE + 1))
    rows[-1].set_xlabel("value of a unit; ▾ and the arrow mark the root of the mean square")
    figure.supylabel("% of the values in a bar", fontsize=11)


def numbers(measured: Measured) -> list[str]:
    """Return the moments of each step."""
    return table(
        ["values", "standard deviation", "mean square"],
        (
            [name, digits(values.std(dtype=float)), digits(np.square(values).mean(dtype=float))]
            for name, values in measured.items()
        ),
    )


PICTURES = [
    Picture(
        "sum-512",
        "512 inputs: ÷ √n makes the mean square 1, ReLU halves it, √(2/n) restores it",
        measure, draw, numbers, (8.5, 6.2),
    )
]  # fmt: skip
