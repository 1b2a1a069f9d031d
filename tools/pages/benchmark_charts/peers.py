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

OURS = "fastinit"
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


def next_fastest(bars: dict[str, float]) -> tuple[str, float] | None:
    """Return the fastest other library on one thread, and how many times as fast fastinit is."""
    others = {
        name: speed
        for name, speed in bars.items()
        if not name.startswith(OURS) and "threads" not in name
    }
    if OURS not in bars or not others:
        return None
    name = max(others, key=others.__getitem__)
    return name, bars[OURS] / others[name]


def times(ratio: float) -> str:
    """Return a ratio with two digits."""
    return f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:#.2g}"


def title(data: dict[str, Any], dtype: str) -> str:
    """Return the result: how many times as fast as the next library, over the distributions."""
    found = [next_fastest(bars) for bars in data["panels"].values()]
    if not (ratios := sorted(each[1] for each in found if each)):
        return f"{dtype}: fastinit alone, {LARGE} of warm memory"
    fastest = times(ratios[-1])
    span = fastest if times(ratios[0]) == fastest else f"{times(ratios[0])} to {fastest}"
    return f"{dtype}: on one thread, fastinit is {span} times as fast as the next library"


def draw(figure: Any, data: dict[str, Any]) -> None:
    """Draw a row of panels whose bars have the same names."""
    panels = data["panels"]
    names = names_of(data)
    widest = max(data["memset"], *(speed for bars in panels.values() for speed in bars.values()))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (kind, bars) in zip(grid, panels.items(), strict=True):
        for place, name in enumerate(names):
            if name not in bars:
                axes.text(widest / 60, place, "none", va="center", fontsize=10, color=OTHERS)
                continue
            own = name.startswith(OURS)
            colour = OTHERS if not own else BLUE if "threads" in name else SKY
            axes.barh(place, bars[name], color=colour, height=0.72)
            axes.text(
                bars[name] + widest / 60, place, digits(bars[name]),
                va="center", fontsize=10, fontweight="bold" if own else "normal",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        axes.axvline(data["memset"], color=BLACK, linestyle="--", linewidth=1.2, zorder=0)
        against = next_fastest(bars)
        result = f": {times(against[1])} × {against[0].split(',')[0].split()[0]}" if against else ""
        axes.set_title(kind + result, loc="left")
        axes.annotate(
            f"memset {digits(data['memset'])}", (data["memset"], len(names) - 0.3), (-4, 0),
            textcoords="offset points", ha="right", va="center", fontsize=10,
        )  # fmt: skip
        axes.set_ylim(-0.6, len(names) + 0.1)
        axes.set_xlim(0, widest * 1.12)
        axes.set_xlabel("GB/s")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(names)), names)


def chart(dtype: str, caption: str) -> Chart:
    """Return the chart of one dtype."""
    return Chart(
        f"peers-{dtype}",
        partial(title, dtype=dtype),
        caption,
        partial(speeds, dtype=dtype),
        draw,
        lambda data: (10, 1.5 + 0.29 * len(names_of(data))),
    )


CHARTS = [
    chart(
        "float32",
        f"Every library fills {LARGE} of warm memory. Above each panel: the speed of fastinit on one "
        "thread, divided by that of the fastest other library on one thread. The dashed line is "
        "`memset` on one thread. Bars without a thread count use one thread.",
    ),
    chart(
        "float64",
        "fastinit uses two words for a value, mkl_random one. ARS5 of mkl_random uses the AES instructions of the CPU.",
    ),
    chart(
        "bfloat16",
        "NumPy cannot draw bfloat16; its float32 values are converted. For fastinit, a bfloat16 "
        "value costs as much as a float32 value. So half the bytes per second are the same number "
        "of values per second.",
    ),
]
