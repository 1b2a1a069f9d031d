"""The sum of 512 inputs: why weights are divided by the square root of n, and why He doubles."""

from __future__ import annotations

from typing import Any

import numpy as np

import fastinit
from picture import BLUE, VERMILION, Picture, digits, table

INPUTS = 512

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
    """Draw a histogram of each step."""
    for axes, (name, values) in zip(figure.subplots(2, 2).flat, measured.items(), strict=True):
        rectified = "ReLU" in name
        edge = 70 if "N(0" in name else 4
        low = 0 if rectified else -edge
        above_zero = values[values > 0] if rectified else values.ravel()
        axes.hist(
            above_zero, bins=np.linspace(low, edge, 81), color=VERMILION if rectified else BLUE,
            weights=np.full(above_zero.size, 100 / values.size),
        )  # fmt: skip
        spread = "" if rectified else f"standard deviation {values.std():.3g}, "
        mean_square = f"mean square {np.square(values).mean():.3g}"
        axes.set_title(f"{name}:\n{spread}{mean_square}", fontsize=10)
        axes.set_xlabel("value of a unit")
        axes.set_ylabel("% of the values")
        if rectified:
            text = f"and {(values == 0).mean():.0%} are 0"
            axes.text(0.97, 0.9, text, transform=axes.transAxes, ha="right", va="top")


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
        measure, draw, numbers, (8.5, 6),
    )
]  # fmt: skip
