"""The chart of the README: the fastest method of each library, on one core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picture import BLUE
from speed_tables import LARGE, LIBRARIES, digits

from .chart import Chart
from .peers import KINDS, OTHERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rows import Result

DTYPE = "float32"
OURS = "fastinit"


def speeds(results: Sequence[Result]) -> dict[str, dict[str, float]] | None:
    """Return GB/s by distribution and library, one thread each."""
    rows = results[0].rows.where(size=LARGE, dtype=DTYPE, threads=1)
    libraries = {OURS: (OURS,), **LIBRARIES}
    table = {
        kind: {
            name: round(best.speed, 6)
            for name, prefixes in libraries.items()
            if (best := rows.where(kind=kind).by(*prefixes).best())
        }
        for kind in KINDS
    }
    return table if all(table.values()) else None


def draw(figure: Any, data: dict[str, dict[str, float]]) -> None:
    """Draw a panel for each distribution, with the libraries in the order of their best speed."""
    fastest: dict[str, float] = {}
    for bars in data.values():
        for name, speed in bars.items():
            fastest[name] = max(speed, fastest.get(name, 0.0))
    names = sorted(fastest, key=fastest.__getitem__)
    widest = max(fastest.values())
    grid = figure.subplots(1, len(data), sharey=True, squeeze=False)[0]
    for axes, (kind, bars) in zip(grid, data.items(), strict=True):
        for place, name in enumerate(names):
            shown = "SciPy" if name == "NumPy" and kind.startswith("truncated") else ""
            text = f"{digits(bars[name])} {shown}".strip() if name in bars else "none"
            own = name == OURS
            axes.barh(place, bars.get(name, 0.0), color=BLUE if own else OTHERS, height=0.66)
            axes.text(
                bars.get(name, 0.0) + widest / 50, place, text, va="center", fontsize=10.5,
                fontweight="bold" if own else "normal",
            )  # fmt: skip
        axes.set_title(kind, loc="left")
        axes.set_xlim(0, widest * 1.2)
        axes.set_xlabel("GB/s")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(names)), names)


CHARTS = [
    Chart(
        "overview",
        lambda _: f"On one core, fastinit fills {DTYPE} faster than NumPy, PyTorch, JAX and MKL",
        "Each bar is the fastest method of a library, on one thread, into "
        f"{LARGE} of warm memory. NumPy has no truncated normals; the bar is SciPy's.",
        speeds,
        draw,
        lambda _: (10, 2.9),
    )
]
