"""Narrow dtypes: float32's values, rounded, but never to the bound."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

import fastinit
from picture import BLUE, GREY, VERMILION, Picture, table

LOW = 0.68  # the picture's left edge

Measured = dict[str, np.ndarray]


def measure(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return the same elements in several dtypes, sorted; and plainly rounded to float8."""
    count = 50_000 if small else 1_000_000
    wide = np.sort(fastinit.uniform(count, seed=0))
    found = {
        name: np.sort(fastinit.uniform(count, dtype=name, seed=0).astype(np.float32))
        for name in ("bfloat16", "float8_e4m3fn")
    }
    rounded = wide.astype(ml_dtypes.float8_e4m3fn).astype(np.float32)
    return {"float32": wide, "rounded": rounded, **found}


def draw(figure: Any, measured: Measured) -> None:
    """Draw each dtype against float32, near 1."""
    axes = figure.subplots()
    wide = measured["float32"]
    shown = wide > LOW
    x = wide[shown]
    axes.plot(x, measured["rounded"][shown], "--", color=GREY, label="float8, only rounded")
    axes.plot(x, measured["float8_e4m3fn"][shown], color=VERMILION, label="float8_e4m3fn")
    axes.plot(x, measured["bfloat16"][shown], color=BLUE, linewidth=1.2, label="bfloat16")
    axes.annotate(
        "rounding would return 1,\nwhich is not in [0, 1)", (0.985, 1.0), (0.9, 1.035),
        color=GREY, ha="center", va="center",
    )  # fmt: skip
    axes.set_xlim(LOW, 1)
    axes.set_ylim(LOW, 1.06)
    axes.set_xlabel("element in float32")
    axes.set_ylabel("the same element, narrow")
    axes.legend(loc="upper left")


def numbers(measured: Measured) -> list[str]:
    """Return how often the last numbers before 1 occur."""
    top = [0.8125, 0.875, 0.9375, 1.0]
    return table(
        ["float8_e4m3fn", *map(str, top)],
        (
            [name, *(f"{(measured[key] == value).mean():.2%}" for value in top)]
            for name, key in (("fastinit", "float8_e4m3fn"), ("only rounded", "rounded"))
        ),
    )


PICTURES = [
    Picture(
        "formats",
        "Narrow elements are float32's, rounded to nearest, but never to the bound",
        measure, draw, numbers,
    )
]  # fmt: skip
