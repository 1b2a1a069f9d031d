"""Train small models that the library and fastinit initialised, and test whether they differ.

    python bench/training.py [--jobs 2]

Each model is trained from the library's own values and from those of fastinit, over some seeds. For
a seed, the batches are the same. Three losses are compared by Welch's t-test: that of the first
steps, the mean over all steps, and that on data that training did not see. The same tests must find
the library's own values times three.

Writes bench/results/training.json, from which tools/pages/make_models.py draws the curves.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from training_tasks import BY_NAME, DROP_IN, OWN, TASKS, WAYS, WRONG

if TYPE_CHECKING:
    from training_tasks import Run

RESULTS = Path(__file__).resolve().parent / "results" / "training.json"
SEEDS, STEPS = 5, 300

#: A smaller probability is a difference.
LEVEL = 0.01
#: The losses of a run that are compared, as the results have them.
STATISTICS = ("start", "mean", "held_out")
#: How many steps are the start, and one point of a curve.
TOGETHER = 10


class Comparison(NamedTuple):
    """A way beside the library's own, over the seeds.

    Parameters
    ----------
    statistic : str
        "start", "mean" or "held_out".
    means, spreads : tuple of float
        The library's and that of the way; the spreads are standard deviations between seeds.
    probability : float
        That of Welch's t-test.
    """

    statistic: str
    means: tuple[float, float]
    spreads: tuple[float, float]
    probability: float


def compare(statistic: str, own: list[float], other: list[float]) -> Comparison:
    """Compare the values of a statistic, one for each seed."""
    from scipy import stats  # noqa: PLC0415 - slow to import

    return Comparison(
        statistic,
        (float(np.mean(own)), float(np.mean(other))),
        (float(np.std(own, ddof=1)), float(np.std(other, ddof=1))),
        float(stats.ttest_ind(other, own, equal_var=False).pvalue),
    )


def comparisons(results: dict[str, Any], way: str) -> dict[str, list[Comparison]]:
    """Return, for each task, a way beside the library's own by each statistic."""
    return {
        task: [compare(each, ways[OWN][each], ways[way][each]) for each in STATISTICS]
        for task, ways in results["tasks"].items()
    }


def faults(results: dict[str, Any]) -> list[str]:
    """Return where fastinit trains otherwise than the library, and where wrong values pass."""
    found = [
        f"{task}, {way}: {each.statistic} {each.means[1]:.4f}, the library's {each.means[0]:.4f}, "
        f"probability {each.probability:.2g}"
        for way in (DROP_IN, BY_NAME)
        for task, every in comparisons(results, way).items()
        for each in every
        if not each.probability >= LEVEL
    ]
    found += [
        f"{task}: values times three are not found"
        for task, every in comparisons(results, WRONG).items()
        if not min(each.probability for each in every) < LEVEL
    ]
    return found


def summary(runs: list[Run]) -> dict[str, list[Any]]:
    """Return what the results keep of the runs of a way, one for each seed."""
    losses = np.array([run.losses for run in runs])
    points = losses.reshape(len(runs), -1, TOGETHER).mean(2)
    return {
        "held_out": [round(run.held_out, 5) for run in runs],
        "mean": losses.mean(1).round(5).tolist(),
        "start": losses[:, :TOGETHER].mean(1).round(5).tolist(),
        "curves": points.round(4).tolist(),
    }


def trained(name: str, seeds: int, steps: int) -> dict[str, Any]:
    """Train all ways of a task, and return what the results keep of them."""
    import torch  # noqa: PLC0415 - slow to import

    torch.set_num_threads(1)  # faster for small models
    start = time.process_time()
    task, ways = TASKS[name](), {}
    for way in WAYS:
        ways[way] = summary([task(way, seed, steps) for seed in range(seeds)])
        held = np.array(ways[way]["held_out"])
        said = f"{held.mean():.4f} ± {held.std(ddof=1):.4f}"
        print(f"{name}, {way}: {said}, {time.process_time() - start:.0f} s", flush=True)
    return ways


def main() -> None:
    """Train everything, write the results, and fail if they are not as they must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--steps", type=int, default=STEPS, help=f"a multiple of {TOGETHER}")
    parser.add_argument("--jobs", type=int, default=1, help="tasks at once, each a process")
    parser.add_argument("--only", nargs="*", help="only these tasks; the results keep the others")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    packages = ("torch", "transformers", "jax", "flax", "keras")
    results = {
        "seeds": options.seeds,
        "steps": options.steps,
        "versions": {name: version(name) for name in packages}
        | {"Python": platform.python_version()},
    }
    chosen = options.only or list(TASKS)
    kept = json.loads(options.results.read_text())["tasks"] if options.only else {}
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as processes:
        given = repeat(options.seeds), repeat(options.steps)
        made = dict(zip(chosen, processes.map(trained, chosen, *given), strict=True))
    results["tasks"] = {name: made.get(name) or kept[name] for name in TASKS}
    options.results.write_text(json.dumps(results) + "\n")
    if wrong := faults(results):
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
