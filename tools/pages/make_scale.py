"""Draw the figure of docs/scale.md, and write the numbers that the page states.

python bench/scale.py  # measures
python tools/pages/make_scale.py  # draws and writes

All numbers come from bench/results/scale.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from marked_parts import with_parts
from picture import BLACK, BLUE, GREEN, GREY, ORANGE, SKY, STYLE, VERMILION, table

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "scale.md"
RESULTS = ROOT / "bench" / "results" / "scale.json"
MAKERS = {"fastinit": BLUE, "dask.array.random": ORANGE, "sent by the client": GREY}


def shown(number: float) -> str:
    """Return a number with three digits, or in whole thousands."""
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def constants(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the name, value and meaning of each constant of the model."""
    one = results["processes"]["normal float32"][0]
    dask_one, dask_two = results["dask"]["fastinit"]
    task = results["overhead"]["CPU seconds a task"]
    sent = results["traffic"]["fastinit"]["bytes a chunk"]
    return [
        ("FILL", f"{one:.3g}e9", "bytes a second a core, memory touched before"),
        ("FRESH", f"{dask_one:.3g}e9", "the same into memory new for each chunk, as in Dask"),
        ("MEASURED", f"{dask_two:.3g}e9", "the same of two Dask workers, 32 chunks of 64 MiB"),
        ("TASK", f"{task:.3g}", "seconds of the scheduler's one core for a task"),
        ("SENT", f"{sent:.0f}", "bytes between the processes for a task"),
    ]


def rows(results: dict[str, Any]) -> dict[str, list[str]]:
    """Return the lines of each marked part of the page."""
    rates = {
        **{f"processes, {case}": each for case, each in results["processes"].items()},
        **{f"Dask, {case}, normal float32": each for case, each in results["dask"].items()},
    }
    speeds = [
        [case, shown(one), shown(two), shown(two / one)] for case, (one, two) in rates.items()
    ]
    sent = [
        [maker, shown(found["bytes a chunk"]), shown(found["bytes a GB"])]
        for maker, found in results["traffic"].items()
        if isinstance(found, dict)
    ]
    files = results["files"]
    return {
        "machine": [results["machine"] + "."],
        "speeds": table(["what", "1, GB/s", "2, GB/s", "ratio"], speeds),
        "traffic": table(["values made by", "bytes a chunk", "bytes a GB of table"], sent),
        "files": table(
            ["two Dask workers writing", "GB/s of table", "bytes of file a byte"],
            [
                [name, shown(files[name]), shown(files[f"{name}: bytes of file a byte"])]
                for name in ("zarr, uncompressed", "zarr")
            ],
        ),
        "constants": [f"{name} = {value}  # {what}" for name, value, what in constants(results)],
    }


def page(text: str, parts: dict[str, list[str]]) -> str:
    """Return the page with each marked part replaced; raise if one is not there once."""
    return with_parts(text, parts, "tools/pages/make_scale.py")


def draw_speeds(axes: Any, results: dict[str, Any]) -> None:
    """Draw the throughput over the number of processes, beside twice that of one."""
    processes, dask = results["processes"], results["dask"]
    lines = [
        ("uniform float32", processes["uniform float32"], GREEN),
        ("normal float32", processes["normal float32"], BLUE),
        ("normal bfloat16", processes["normal bfloat16"], SKY),
        ("normal float32 by Dask", dask["fastinit"], VERMILION),
        ("dask.array.random's normal float32", dask["dask.array.random"], ORANGE),
    ]
    for label, (one, two), colour in lines:
        axes.plot([1, 2], [one, 2 * one], ":", color=BLACK, linewidth=1, zorder=1)
        axes.plot([1, 2], [one, two], "o-", color=colour, label=label)
    axes.plot([], [], ":", color=BLACK, linewidth=1, label="twice one process")
    axes.set(xticks=[1, 2], xlim=(0.9, 2.1), ylim=(0, 29), xlabel="processes of one thread")
    axes.set(ylabel="GB/s, together", title="Speed: parts of one table")
    axes.legend(fontsize=9, loc="upper left")


def draw_traffic(axes: Any, results: dict[str, Any]) -> None:
    """Draw the bytes between the processes for each GB of table, on a logarithmic axis."""
    found = [results["traffic"][maker]["bytes a GB"] for maker in MAKERS]
    bars = axes.barh(range(len(MAKERS)), found, color=list(MAKERS.values()), height=0.6)
    labels = [f"{each / 1e9:.1f} GB" if each > 1e9 else f"{each / 1e3:.0f} kB" for each in found]
    axes.bar_label(bars, labels, padding=4)
    axes.set(xscale="log", xlim=(1e3, 1e11), yticks=range(len(MAKERS)), yticklabels=MAKERS)
    axes.set(xlabel="bytes", title="Traffic for a GB of table in 64 MiB chunks")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw the figure into a PNG file."""
    import matplotlib as mpl  # noqa: PLC0415 - the numbers do not need it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 4.6), dpi=125, layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        draw_speeds(left, results)
        draw_traffic(right, results)
        figure.savefig(path)


def main() -> None:
    """Draw and write."""
    results = json.loads(RESULTS.read_text())
    draw(results, DOCS / "images" / "scale.png")
    PAGE.write_text(page(PAGE.read_text(), rows(results)))


if __name__ == "__main__":
    main()
