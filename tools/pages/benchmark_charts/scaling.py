"""Lines: speed by the size of the array, and by the number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picture import BLACK, BLUE, GREEN, GREY, SKY, VERMILION
from rows import Rows
from speed_tables import LARGE

from .chart import Chart
from .peers import KINDS, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rows import Result

PEERS = ["NumPy PCG64, out=", "PyTorch"]
PEER_STYLES = {"NumPy PCG64, out=": (VERMILION, "s"), "PyTorch": (GREEN, "^")}
KIND_STYLES = {"uniform": (BLUE, "o"), "normal": (VERMILION, "s"), "truncated ±2σ": (GREEN, "^")}
UNITS = {1 << 8: "256 B", 1 << 12: "4 KiB", 1 << 16: "64 KiB", 1 << 20: "1 MiB", 1 << 26: "64 MiB",
         1 << 30: "1 GiB"}  # fmt: skip


def warm(result: Result, along: str) -> Rows:
    """Return the rows measured to show scaling; older results have but few sizes and threads."""
    if found := result.rows.where(scaling=along):
        return found
    rows = Rows(row for row in result.rows if row.size)
    return rows if along == "size" else rows.where(size=LARGE)


def by_size(results: Sequence[Result]) -> dict[str, Any] | None:
    """Return [bytes, GB/s] by distribution and line."""
    rows = warm(results[0], "size")
    shown = [row for row in rows if row.what in {"fastinit", *PEERS} and row.dtype == "float32"]
    lines: dict[str, dict[str, list[list[float]]]] = {}
    for kind in KINDS[:2]:
        for row in [*rows.where(what="memset"), *(row for row in shown if row.kind == kind)]:
            points = lines.setdefault(kind, {}).setdefault(label(row), [])
            points.append([row.nbytes, round(row.speed, 6)])
    return {
        kind: {name: sorted(points) for name, points in named.items()}
        for kind, named in lines.items()
        if len(named) > 1
    } or None


def draw_by_size(figure: Any, data: dict[str, Any]) -> None:
    """Draw a panel for each distribution."""
    grid = figure.subplots(1, len(data), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (kind, lines) in zip(grid, data.items(), strict=True):
        for name, points in lines.items():
            colour, marker = PEER_STYLES.get(name, (SKY, "o"))
            style = {"color": colour, "marker": marker, "markersize": 5}
            if name == "memset":
                style = {"color": BLACK, "linestyle": "--", "linewidth": 1.2}
            elif "threads" in name:
                style = {"color": BLUE, "marker": "D", "markersize": 5}
            axes.plot(*zip(*points, strict=True), label=name, **style)
        axes.set_title(f"{kind} float32", loc="left")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel("size of the array")
        axes.set_xticks(list(UNITS), list(UNITS.values()))
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
    grid[0].set_ylabel("GB/s")
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))


def by_threads(results: Sequence[Result]) -> dict[str, Any] | None:
    """Return [threads, GB/s] by line."""
    rows = warm(results[0], "threads")
    lines = {"memset": rows.where(what="memset")} | {
        kind: rows.where(what="fastinit", kind=kind, dtype="float32") for kind in KINDS
    }
    data = {
        name: sorted([row.threads, round(row.speed, 6)] for row in found)
        for name, found in lines.items()
        if found
    }
    return data if any(len(points) > 1 for points in data.values()) else None


def draw_by_threads(figure: Any, data: dict[str, Any]) -> None:
    """Draw speed, and speed over one thread's."""
    left, right = figure.subplots(1, 2)
    for name, points in data.items():
        threads, speeds = zip(*points, strict=True)
        colour, marker = KIND_STYLES.get(name, (BLACK, ""))
        style = {"color": colour, "marker": marker, "markersize": 6}
        if name == "memset":
            style = {"color": BLACK, "linestyle": "--", "linewidth": 1.2}
        if len(points) == 1:  # memset was measured on one thread only
            left.axhline(speeds[0], label=f"{name}, {threads[0]} thread", **style)
            continue
        left.plot(threads, speeds, label=name, **style)
        right.plot(threads, [speed / speeds[0] for speed in speeds], **style)
    most = max(points[-1][0] for points in data.values())
    ideal = {"color": GREY, "linewidth": 1, "linestyle": ":"}
    right.plot([1, most], [1, most], label="as many times as threads", **ideal)
    counts = sorted({count for points in data.values() for count, _ in points})
    for axes, label_ in ((left, "GB/s"), (right, "speed ÷ one thread's")):
        axes.set_ylim(bottom=0)
        axes.set_xticks(counts)
        axes.set_xlabel("threads")
        axes.set_ylabel(label_)
        axes.set_xlim(1 - 0.08 * (most - 1 or 1), most + 0.08 * (most - 1 or 1))
    figure.legend(loc="outside lower center", ncols=len(data) + 1)


CHARTS = [
    Chart(
        "sizes",
        "Speed by the size of the array",
        "A fill of less than 2 MiB stays on the calling thread. Up to a few KiB, the fixed cost of "
        "a call dominates, which is a few microseconds. For larger arrays, the arithmetic "
        "dominates. `memset` slows down when the array exceeds the caches.",
        by_size,
        draw_by_size,
        lambda _: (10, 4.6),
    ),
    Chart(
        "threads",
        "Speed by the number of threads, float32 in a large array",
        "Arithmetic scales with the cores until memory is the limit.",
        by_threads,
        draw_by_threads,
        lambda _: (10, 4.2),
    ),
]
