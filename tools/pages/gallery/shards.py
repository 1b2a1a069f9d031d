"""A table in four parts, by four workers: with and without their offsets."""

from __future__ import annotations

from typing import Any

import numpy as np

import fastinit
from picture import Picture, table

ROWS, DIM, WORKERS = 64, 64, 4
MARKED, COLUMNS = slice(8, 14), slice(15, 28)  # a place of a part, in which dark spots lie

Measured = dict[str, np.ndarray]


def measure(small: bool) -> Measured:  # noqa: FBT001, ARG001 - Picture.measure's
    """Return the table as the workers make it, by both ways, and as one makes it."""
    part = ROWS // WORKERS
    with_offsets = [
        fastinit.normal((part, DIM), seed=0, offset=worker * part * DIM)
        for worker in range(WORKERS)
    ]
    without = [fastinit.normal((part, DIM), seed=0) for _ in range(WORKERS)]
    return {
        "without offset=: four copies": np.concatenate(without),
        "with offset=: one table": np.concatenate(with_offsets),
        "whole": fastinit.normal((ROWS, DIM), seed=0),
    }


def draw(figure: Any, measured: Measured) -> None:
    """Draw both tables as images, with one place of each part outlined."""
    shown = list(measured.items())[:2]
    part = ROWS // WORKERS
    for axes, (name, values) in zip(figure.subplots(1, 2), shown, strict=True):
        image = axes.imshow(values, cmap="PuOr", vmin=-3, vmax=3, interpolation="nearest")
        axes.set_title(name)
        axes.grid(visible=False)
        parts = values.reshape(WORKERS, part, DIM)
        same = all(np.array_equal(each, parts[0]) for each in parts)
        for worker in range(WORKERS):
            top = worker * part
            axes.axhline(top - 0.5, color="black", linewidth=1)
            left, right = COLUMNS.start - 0.5, COLUMNS.stop - 0.5
            upper, lower = top + MARKED.start - 0.5, top + MARKED.stop - 0.5
            outline = [left, right, right, left, left], [upper, upper, lower, lower, upper]
            axes.plot(*outline, color="white", linewidth=4)
            dashes = "-" if same else (0, (2, 1.5))
            axes.plot(*outline, color="black", linewidth=2, linestyle=dashes)
        axes.set_xlabel(
            "outlined: the same values in each part" if same
            else "outlined: different values in each part"
        )  # fmt: skip
    figure.axes[0].set_ylabel(f"row; a worker fills {part}")
    figure.colorbar(image, ax=figure.axes, label="value", shrink=0.8)


def numbers(measured: Measured) -> list[str]:
    """Return how the parts are related."""

    def row(name: str, values: np.ndarray) -> list[str]:
        parts = values.reshape(WORKERS, -1)
        correlations = np.corrcoef(parts)[np.triu_indices(WORKERS, 1)]
        same = "yes" if np.array_equal(values, measured["whole"]) else "no"
        return [name, f"{np.abs(correlations).max():.3f}", same]

    return table(
        ["four workers, one seed", "largest correlation of two parts", "same as one worker's"],
        (row(*each) for each in list(measured.items())[:2]),
    )


PICTURES = [
    Picture(
        "shards",
        "Four workers and one seed: each passes its offset, and they make one table",
        measure, draw, numbers, (8.5, 4.4),
    )
]  # fmt: skip
