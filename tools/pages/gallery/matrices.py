"""Orthogonal against independent weights: the singular values of a square matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

import fastinit
from picture import BLACK, BLUE, VERMILION, Picture, digits, table

Measured = dict[str, np.ndarray]


def measure(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the singular values of each scheme's weight."""
    width = 64 if small else 512
    return {
        name: np.linalg.svd(make((width, width), seed=0).astype(np.float64), compute_uv=False)
        for name, make in (
            ("lecun_normal", fastinit.lecun_normal),
            ("orthogonal", fastinit.orthogonal),
        )
    }


def quarter_circle(width: int) -> np.ndarray:
    """Return the singular values, descending, that large independent weights tend to."""
    x = np.linspace(0, 2, 4001)
    below = (x * np.sqrt(4 - x * x) / 2 + 2 * np.arcsin(x / 2)) / np.pi
    return np.interp(1 - (np.arange(width) + 0.5) / width, below, x)


def draw(figure: Any, measured: Measured) -> None:
    """Draw the singular values by rank, and the law that independent weights tend to."""
    axes = figure.subplots()
    for (name, values), colour in zip(measured.items(), (BLUE, VERMILION), strict=True):
        ranks = np.arange(1, values.size + 1)
        axes.plot(ranks, values, color=colour, label=name, linewidth=4)
    axes.plot(ranks, quarter_circle(ranks.size), "--", color=BLACK, linewidth=1.2,
              label="quarter-circle law")  # fmt: skip
    axes.set_xlim(1, ranks.size)
    axes.set_ylim(0, 2.1)
    axes.set_xlabel(f"rank among the {ranks.size} singular values")
    axes.set_ylabel("singular value")
    axes.legend(loc="upper right")


def numbers(measured: Measured) -> list[str]:
    """Return the extremes."""
    return table(
        ["weight", "smallest singular value", "largest"],
        ([name, digits(values.min()), digits(values.max())] for name, values in measured.items()),
    )


PICTURES = [
    Picture(
        "singular-values",
        "Orthogonal weights keep every length; independent ones stretch by 0 to 2",
        measure, draw, numbers,
    )
]  # fmt: skip
