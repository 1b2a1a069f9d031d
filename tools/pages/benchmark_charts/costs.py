"""Cost of an element by distribution and dtype, and speed by instruction set."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from picture import BLUE, GREEN, ORANGE, PURPLE
from speed_tables import DTYPES, LARGE, cases, digits

from .chart import Chart
from .peers import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rows import Result

COLOURS = {"avx512": BLUE, "avx2": ORANGE, "neon": PURPLE, "generic": GREEN}


def costs(results: Sequence[Result]) -> dict[str, dict[str, float]] | None:
    """Return nanoseconds an element by distribution and dtype, one thread."""
    rows = results[0].rows.where(what="fastinit", size=LARGE, threads=1)
    table: dict[str, dict[str, float]] = {}
    for kind, dtype, case in cases(rows):
        table.setdefault(kind, {})[dtype] = round(case[0].nanoseconds, 6)
    return table or None


def draw_costs(figure: Any, data: dict[str, dict[str, float]]) -> None:
    """Draw a table whose cells are the darker the dearer."""
    axes = figure.subplots()
    dtypes = [dtype for dtype in DTYPES if any(dtype in row for row in data.values())]
    values = np.array([[row.get(dtype, math.nan) for dtype in dtypes] for row in data.values()])
    shades = np.log(values)
    axes.imshow(shades, cmap="cividis_r", aspect="auto")
    middle = (np.nanmin(shades) + np.nanmax(shades)) / 2
    for (row, column), value in np.ndenumerate(values):
        text = "–" if math.isnan(value) else digits(value)
        axes.text(
            column, row, text, ha="center", va="center", fontsize=12, fontweight="bold",
            color="white" if shades[row, column] > middle else "black",
        )  # fmt: skip
    axes.set_xticks(range(len(dtypes)), dtypes)
    axes.set_yticks(range(len(data)), list(data))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def by_isa(results: Sequence[Result]) -> dict[str, dict[str, float]] | None:
    """Return GB/s by case and instruction set, one thread."""
    table: dict[str, dict[str, float]] = {}
    for result in results:
        rows = result.rows.where(what="fastinit", size=LARGE, threads=1)
        for kind in KINDS:
            for dtype in DTYPES[:3]:
                if best := rows.where(kind=kind, dtype=dtype).best():
                    row = table.setdefault(f"{kind} {dtype}", {})
                    row[result.isa] = round(best.speed, 6)
    return table if len(results) > 1 else None


def draw_by_isa(figure: Any, data: dict[str, dict[str, float]]) -> None:
    """Draw a group of bars for each case."""
    axes = figure.subplots()
    isas = list(dict.fromkeys(isa for row in data.values() for isa in row))
    widest = max(speed for row in data.values() for speed in row.values())
    height = 0.8 / len(isas)
    for number, isa in enumerate(isas):
        places = [place + (number - (len(isas) - 1) / 2) * height for place in range(len(data))]
        speeds = [row.get(isa, 0.0) for row in data.values()]
        axes.barh(places, speeds, height, color=COLOURS[isa], label=isa)
        for place, speed in zip(places, speeds, strict=True):
            if speed:
                axes.text(speed + widest / 150, place, digits(speed), va="center", fontsize=8.5)
    axes.set_yticks(range(len(data)), list(data))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, widest * 1.08)
    axes.set_xlabel("GB/s")
    axes.legend(loc="lower right")


CHARTS = [
    Chart(
        "costs",
        lambda _: f"Nanoseconds a value, one thread, {LARGE} of warm memory",
        "A float64 uniform or normal uses two words. A narrow dtype uses one, as float32 does. "
        "Truncated normals in float64 or far in a tail invert the distribution function with a "
        "logarithm, a square root and quotients.",
        costs,
        draw_costs,
        lambda data: (max(6.5, 2.5 + 1.2 * len(next(iter(data.values())))), 0.9 + 0.55 * len(data)),
    ),
    Chart(
        "instruction-sets",
        lambda _: f"One program, several instruction sets: one thread, {LARGE} of warm memory",
        "The bits are the same. *generic* is SSE2 on x86-64.",
        by_isa,
        draw_by_isa,
        lambda data: (9, 1 + 0.5 * len(data)),
    ),
]
