"""Lines: speed by the size of the array, and by the number of threads.

The model of more threads than were measured takes for granted that every core is as fast as the
one that was measured alone, that each value is written to memory once, and that fills use the share
`USABLE` of what the memory's channels transfer. It leaves out the start of the threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picture import BLACK, BLUE, GREEN, GREY, SKY, VERMILION, label_ends
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
CORES = [4, 8, 16, 32, 64, 128]
USABLE = 0.8  # of the transfer rate; STREAM reaches about as much on servers
CHANNEL = USABLE * 4.8 * 8  # GB/s: a channel of DDR5-4800 transfers 8 bytes, 4.8 G times a second
CHANNELS = [2, 8, 12]  # of a desktop, of servers
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


def predicted(one: float, cores: float) -> float:
    """Return the model's GB/s: every core as fast as one alone, until the memory is full."""
    return min(cores * one, CHANNELS[-1] * CHANNEL)


def by_threads(results: Sequence[Result]) -> dict[str, Any] | None:
    """Return [threads, GB/s] by line: what was measured, and what a model predicts for more."""
    rows = warm(results[0], "threads")
    lines = {"memset": rows.where(what="memset")} | {
        kind: rows.where(what="fastinit", kind=kind, dtype="float32") for kind in KINDS
    }
    measured = {
        name: sorted([row.threads, round(row.speed, 6)] for row in found)
        for name, found in lines.items()
        if found
    }
    most = max((count for points in measured.values() for count, _ in points), default=1)
    if most == 1:
        return None
    model = {
        kind: [[cores, round(predicted(points[0][1], cores), 6)] for cores in CORES if cores > most]
        for kind, points in measured.items()
        if kind in KINDS and points[0][0] == 1
    }
    return {"measured": measured, "model": model}


def title_by_threads(data: dict[str, Any]) -> str:
    """Return how many times as fast the most threads are, as measured."""
    found = [
        (points[-1][0], points[-1][1] / points[0][1])
        for name, points in data["measured"].items()
        if name in KINDS
    ]
    most = max(count for count, _ in found)
    ratios = sorted(f"{ratio:.1f}" for count, ratio in found if count == most)
    span = ratios[0] if ratios[0] == ratios[-1] else f"{ratios[0]} to {ratios[-1]}"
    return f"{most} threads are {span} times as fast as one. For up to {CORES[-1]} cores, a model"


def draw_by_threads(figure: Any, data: dict[str, Any]) -> None:
    """Draw what was measured with filled markers, and the model in a shaded field."""
    axes = figure.subplots()
    measured, model = data["measured"], data["model"]
    most = max(points[-1][0] for points in measured.values())
    edge = most * 2**0.5
    axes.axvspan(edge, 2 * CORES[-1], color="#F0F0F0", zorder=0)
    for name, points in measured.items():
        colour, marker = KIND_STYLES.get(name, (BLACK, "x"))
        style = {"color": colour, "marker": marker, "markersize": 8}
        axes.plot(*zip(*points, strict=True), linewidth=1.5, label=name, zorder=3, **style)
        if model.get(name):
            cores = [2 ** (step / 8) for step in range(8 * 7 + 1)]
            line = [predicted(points[0][1], count) for count in cores]
            axes.plot(cores, line, linestyle="--", linewidth=1.2, color=colour)
            style |= {"markerfacecolor": "white", "markersize": 6, "linestyle": ""}
            axes.plot(*zip(*model[name], strict=True), **style)
    right = 1.15 * CORES[-1]
    for channels in CHANNELS:
        ceiling = channels * CHANNEL
        axes.axhline(ceiling, color=GREY, linestyle=":", linewidth=1.5, zorder=1)
        label_ends(axes, right, [(ceiling, f"{channels} channels: {ceiling:.0f}", GREY)])
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    counts = [1, 2, *CORES]
    axes.set_xticks(counts, map(str, counts))
    axes.set_xlim(0.85, right)
    axes.set_ylim(top=1.6 * CHANNELS[-1] * CHANNEL)
    speeds = [5, 10, 20, 50, 100, 200, 400]
    axes.set_yticks(speeds, map(str, speeds))
    axes.minorticks_off()
    axes.set_xlabel("threads, each on a core of its own")
    axes.set_ylabel("GB/s, float32 in a large array")
    for x, text in ((edge * 0.95, "measured"), (edge * 1.05, "model, not measured")):
        axes.text(
            x, 0.03, text, transform=axes.get_xaxis_transform(), fontweight="bold",
            ha="right" if x < edge else "left",
        )  # fmt: skip
    axes.plot([], [], "--", color=GREY, marker="o", markerfacecolor="white", label="model")
    axes.plot([], [], ":", color=GREY, linewidth=1.5, label="memory's ceiling, DDR5-4800")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.08))


CHARTS = [
    Chart(
        "sizes",
        lambda _: "Speed by the size of the array",
        "A fill of less than 2 MiB stays on the calling thread. Up to a few KiB, the fixed cost of "
        "a call dominates, which is a few microseconds. For larger arrays, the arithmetic "
        "dominates. `memset` slows down when the array exceeds the caches.",
        by_size,
        draw_by_size,
        lambda _: (10, 4.6),
    ),
    Chart(
        "threads",
        title_by_threads,
        "Filled markers are measurements. Hollow markers on dashed lines are a model, because no "
        "machine with more cores was available. The model multiplies the speed of one thread by the "
        "number of cores, up to a ceiling: the bandwidth of the memory. It assumes that all cores "
        "are as fast as the measured one, that each thread has a core of its own, that each byte is "
        f"written once, and that fills reach {USABLE:.0%} of the transfer rate of the memory. The "
        "dotted lines are this ceiling for 2, 8 and 12 channels of DDR5-4800. Where a line meets the "
        "ceiling of your memory, more threads do not help. The model leaves out the start of the "
        "threads, about 0.1 ms for each.",
        by_threads,
        draw_by_threads,
        lambda _: (9, 5),
    ),
]
