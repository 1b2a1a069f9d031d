"""Bars: every library's speed, with memset's beside them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from picture import BLACK, BLUE, SKY
from speed_tables import LARGE, digits

from .chart import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rows import Result, Row

KINDS = ["uniform", "normal", "truncated ±2σ"]
OTHERS = "#A8A8A8"


def label(row: Row) -> str:
    """Return who filled, and with how many threads where these are several."""
    return row.what if row.threads == 1 else f"{row.what}, {row.threads} threads"


def speeds(results: Sequence[Result], dtype: str) -> dict[str, Any] | None:
    """Return GB/s by distribution and library, and memset's."""
    rows = results[0].rows.where(size=LARGE)
    memset = rows.where(what="memset").best()
    panels = {
        kind: {label(row): round(row.speed, 6) for row in rows.where(kind=kind, dtype=dtype)}
        for kind in KINDS
    }
    panels = {kind: bars for kind, bars in panels.items() if bars}
    return {"memset": round(memset.speed, 6), "panels": panels} if memset and panels else None


def names_of(data: dict[str, Any]) -> list[str]:
    """Return who filled something, the slowest first."""
    fastest: dict[str, float] = {}
    for bars in data["panels"].values():
        for name, speed in bars.items():
            fastest[name] = max(speed, fastest.get(name, 0.0))
    return sorted(fastest, key=fastest.__getitem__)


def draw(figure: Any, data: dict[str, Any]) -> None:
    """Draw a row of panels whose bars have the same names."""
    panels = data["panels"]
    names = names_of(data)
    widest = max(data["memset"], *(speed for bars in panels.values() for speed in bars.values()))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (kind, bars) in zip(grid, panels.items(), strict=True):
        for place, name in enumerate(names):
            if name not in bars:
                axes.text(widest / 60, place, "none", va="center", fontsize=9, color=OTHERS)
                continue
            own = name.startswith("fastinit")
            colour = OTHERS if not own else BLUE if "threads" in name else SKY
            axes.barh(place, bars[name], color=colour, height=0.72)
            axes.text(
                bars[name] + widest / 60, place, digits(bars[name]),
                va="center", fontsize=9, fontweight="bold" if own else "normal",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        axes.axvline(data["memset"], color=BLACK, linestyle="--", linewidth=1.2, zorder=0)
        axes.set_title(kind, loc="left")
        axes.annotate(
            "memset", (data["memset"], 0), (-4, 0), textcoords="offset points", ha="right",
            va="center", fontsize=9,
        )  # fmt: skip
        axes.set_xlim(0, widest * 1.12)
        axes.set_xlabel("GB/s")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(names)), names)


def chart(dtype: str, caption: str) -> Chart:
    """Return the chart of one dtype."""
    return Chart(
        f"peers-{dtype}",
        f"{dtype}, {LARGE} of warm memory: every library's speed",
        caption,
        partial(speeds, dtype=dtype),
        draw,
        lambda data: (10, 1.4 + 0.27 * len(names_of(data))),
    )


CHARTS = [
    chart(
        "float32",
        "The dashed line is `memset` on one thread. Bars without a thread count use one thread.",
    ),
    chart(
        "float64",
        "A value uses two words. ARS5 of mkl_random uses the AES instructions of the CPU.",
    ),
    chart(
        "bfloat16",
        "NumPy cannot draw bfloat16; its float32 values are converted. For fastinit, a bfloat16 "
        "value costs as much as a float32 value. So half the bytes per second are the same number "
        "of values per second.",
    ),
]
