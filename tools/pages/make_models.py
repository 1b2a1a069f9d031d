"""Draw the curves of docs/models.md, and write the tables of the page.

python bench/whole_models.py  # measures time and memory
python bench/training.py  # trains
python tools/pages/make_models.py  # draws and writes

All numbers come from bench/results/models.json and bench/results/training.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marked_parts import with_parts
from picture import BLACK, BLUE, GREY, ORANGE, STYLE, VERMILION, table

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))

import training  # noqa: E402 - bench's
import whole_models  # noqa: E402 - bench's

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = ROOT / "docs" / "models.md"
IMAGE = ROOT / "docs" / "images" / "training.png"
SCRIPT = "tools/pages/make_models.py"

#: How a way is called and drawn.
LINES = {
    training.OWN: ("library", BLACK, "-"),
    training.DROP_IN: ("fastinit, drop-in", BLUE, "-"),
    training.BY_NAME: ("fastinit, by name", ORANGE, "-"),
    training.WRONG: ("library × 3: wrong", VERMILION, "--"),
}

#: Of the losses in the figure.
TICKS = (0.1, 0.2, 0.5, 1, 2, 3, 4)


def read(path: Path) -> dict[str, Any]:
    """Return a file of results."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


# Time and memory.


def best(rows: Iterable[dict[str, Any]]) -> float:
    """Return the seconds of the fastest of all repeats."""
    return min(min(row["seconds"]) for row in rows)


def shown_seconds(seconds: float) -> str:
    """Return a time with about three digits."""
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.3g} s"


def speeds(results: dict[str, Any], part: str) -> list[str]:
    """Return the table of a part: for each model, its ways."""
    rows = [row for row in results["rows"] if row["part"] == part]
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        of_model = [row for row in rows if row["model"] == model]
        for number, way in enumerate(dict.fromkeys(row["way"] for row in of_model)):
            of_way = [row for row in of_model if row["way"] == way]
            cells = []
            for cpus in whole_models.CPUS:
                here = [row for row in of_way if row["CPUs"] == cpus]
                library = [row for row in of_model if row["CPUs"] == cpus and row["library"]]
                times = f"{best(library) / best(here):.2g} ×"
                cells += [shown_seconds(best(here)), "" if here[0]["library"] else times]
            peak, size = max(row["peak"] for row in of_way), of_way[0]["bytes"]
            name = f"{model}: {of_way[0]['elements'] / 1e6:,.0f} M, {size / 1e6:,.0f} MB"
            lines.append(["" if number else name, way, *cells, f"{peak / size:.2f}"])
    names: list[str] = []
    for cpus in whole_models.CPUS:
        names += [f"{cpus} CPU{'s' * (cpus > 1)}", "fastinit is"]
    return table(["model", "way", *names, "peak ÷ size"], lines)


def conditions(results: dict[str, Any]) -> list[str]:
    """Return the line about the machine, and one about each part."""
    lines = [results["machine"] + "."]
    for part, facts in results["parts"].items():
        versions = ", ".join(f"{name} {each}" for name, each in facts["versions"].items())
        low, high = facts["load"]
        measured = f"{facts['date']} UTC, a load of {low} to {high}, best of {facts['repeats']}"
        lines += ["", f"- {part}: {measured}; {versions}."]
    return lines


# Training.


def shown_probability(probability: float) -> str:
    """Return a probability with two digits."""
    return f"{probability:.2f}" if probability >= 0.01 else f"{probability:.0e}"


def losses(results: dict[str, Any], way: str) -> dict[str, list[str]]:
    """Return, for each task, the cells of a way beside the library's own."""
    return {
        task: [
            f"{every[-1].means[1]:.3f} ± {every[-1].spreads[1]:.3f}",
            ", ".join(shown_probability(each.probability) for each in every),
        ]
        for task, every in training.comparisons(results, way).items()
    }


def trained(results: dict[str, Any]) -> list[str]:
    """Return the table of the losses after training."""
    columns = [losses(results, way) for way in training.WAYS[1:]]
    head = ["model", "library", "drop-in", "p", "by name", "p", "library × 3", "p"]
    lines = []
    for task, every in training.comparisons(results, training.DROP_IN).items():
        own = f"{every[-1].means[0]:.3f} ± {every[-1].spreads[0]:.3f}"
        lines.append([task, own, *(cell for each in columns for cell in each[task])])
    return table(head, lines)


def verdict(results: dict[str, Any]) -> list[str]:
    """Return the sentences that the tests of bench/training.py come to."""
    ours = [
        each.probability
        for way in (training.DROP_IN, training.BY_NAME)
        for every in training.comparisons(results, way).values()
        for each in every
    ]
    wrong = max(
        min(each.probability for each in every)
        for every in training.comparisons(results, training.WRONG).values()
    )
    versions = ", ".join(f"{name} {each}" for name, each in results["versions"].items())
    return [
        f"Of {len(ours)} comparisons of fastinit with the library, the smallest p is {min(ours):.2f}.",
        f"For the wrong values, the smallest p of each model is at most {wrong:.4f}. ({versions}.)",
    ]


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw the training losses into a PNG file: means over the seeds, and a standard deviation."""
    import matplotlib as mpl  # noqa: PLC0415 - the numbers do not need it
    import numpy as np  # noqa: PLC0415
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415

    tasks = results["tasks"]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 5.6), dpi=125, layout="constrained")
        FigureCanvasAgg(figure)
        panels = list(figure.subplots(2, len(tasks) // 2 + 1).flat)
        for axes, (task, ways) in zip(panels, tasks.items(), strict=False):
            for way, (label, colour, style) in LINES.items():
                curves = np.array(ways[way]["curves"])
                steps = (np.arange(curves.shape[1]) + 0.5) * training.TOGETHER
                mean, spread = curves.mean(0), curves.std(0, ddof=1)
                axes.fill_between(
                    steps, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0
                )
                axes.plot(steps, mean, style, color=colour, label=label, linewidth=1.5)
            axes.set(title=task, yscale="log", xticks=range(0, 301, 100))
            low, high = axes.get_ylim()
            axes.set_yticks([each for each in TICKS if low <= each <= high])
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
        handles, labels = panels[0].get_legend_handles_labels()
        for left in panels[len(tasks) :]:
            left.axis("off")
        panels[-1].legend(handles, labels, loc="center")
        figure.supxlabel("steps", color=GREY)
        figure.supylabel("training loss", color=GREY)
        figure.savefig(path)


def parts(models: dict[str, Any], trainings: dict[str, Any]) -> dict[str, list[str]]:
    """Return the lines of each marked part of the page."""
    tables = {f"{part} models": speeds(models, part) for part in models["parts"]}
    return {
        "conditions": conditions(models),
        **tables,
        "training": trained(trainings),
        "verdict": verdict(trainings),
    }


def main() -> None:
    """Draw and write."""
    models, trainings = read(whole_models.RESULTS), read(training.RESULTS)
    draw(trainings, IMAGE)
    PAGE.write_text(with_parts(PAGE.read_text(), parts(models, trainings), SCRIPT))


if __name__ == "__main__":
    main()
