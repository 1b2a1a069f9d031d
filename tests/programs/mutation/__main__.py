"""Break the Python code in evenly spread places and report which edits no test notices.

    python -m tests.programs.mutation --count 200 --seconds 5400

The command works in copies of the checkout. It first notes which tests run which line (about 20 minutes of
one CPU, kept in build/mutation for the next run), then tries each mutant with the tests that run
its lines. docs/trust/mutants.txt is a report of this command with a person's verdict on each survivor.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.programs.mutation import tests_of_lines
from tests.programs.mutation.mutants import Mutant, mutants_of, sample
from tests.programs.mutation.run import Outcome, Tree
from tests.support.paths import ROOT

#: Tests of typing and of pages run other programs over the sources: no line of the package.
LEFT_OUT = ("tests/typing/", "tests/docs/test_architecture.py")


#: The distance in the list from one mutant to the next that is tried.
DISTANCE = 16

#: No mutant may fill the disk.
LARGEST_FILE = 64 << 30


def arguments() -> argparse.Namespace:
    """Return the command's options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--count", type=int, default=200, help="how many mutants, at equal distances in the code"
    )
    parser.add_argument(
        "--first", type=float, default=0.5, help="where the first one is, as a part of the distance"
    )
    parser.add_argument(
        "--only", default="", help="a part of the path, such as storage/ or weight.py"
    )
    parser.add_argument("--budget", type=float, default=120, help="seconds of tests for a mutant")
    parser.add_argument(
        "--seconds", type=float, default=7200, help="begin no mutant after this time"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at once")
    parser.add_argument(
        "--notes", type=Path, default=ROOT / "build/mutation", help="what is kept for the next run"
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=ROOT / "build/mutants.jsonl",
        help="one line for each mutant",
    )
    return parser.parse_args()


def main() -> int:
    """Try the mutants and print the report."""
    options = arguments()
    started = time.monotonic()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("*/test_*.py"))
    options.notes.mkdir(parents=True, exist_ok=True)
    failed = tests_of_lines.record(
        ROOT, options.notes, [name for name in files if not name.startswith(LEFT_OUT)], options.jobs
    )
    if failed:
        print("these tests fail without a mutant, and are left out:", *failed, sep="\n  ")
    lines = tests_of_lines.read(options.notes)

    package = ROOT / "src"
    modules = sorted(path for path in package.rglob("*.py") if options.only in str(path))
    everything = [
        each for path in modules for each in mutants_of(path, str(path.relative_to(package)))
    ]
    chosen = sample(everything, options.count, options.first)
    print(f"{len(chosen)} of {len(everything)} mutants", flush=True)

    results = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(options.jobs):
            trees.put(Tree(ROOT, Path(folder) / str(number)))

        def one(mutant: Mutant) -> tuple[Mutant, Outcome] | None:
            if time.monotonic() - started > options.seconds:
                return None
            tree = trees.get()
            try:
                return mutant, tree.try_mutant(mutant, lines, options.budget)
            finally:
                trees.put(tree)

        # A run that ends early has seen all of the package.
        chosen = [mutant for begin in range(DISTANCE) for mutant in chosen[begin::DISTANCE]]
        with options.results.open("a") as kept:
            for done in as_completed([pool.submit(one, mutant) for mutant in chosen]):
                result = done.result()
                if result is not None:
                    results.append(result)
                    kept.write(json.dumps([dataclasses.asdict(each) for each in result]) + "\n")
                    kept.flush()
    print(report(results))
    return 0


def report(results: list[tuple[Mutant, Outcome]]) -> str:
    """Return a table of all mutants, the survivors first."""
    survivors = sum(outcome.survived for _, outcome in results)
    killed = len(results) - survivors
    rows = [
        f"{len(results)} mutants: {killed} killed, {survivors} survived ({killed / max(len(results), 1):.1%} killed)",
        "",
    ]
    for mutant, outcome in sorted(
        results, key=lambda each: (not each[1].survived, each[0].path, each[0].start)
    ):
        rows.append(f"{mutant.path}:{mutant.line}  {mutant.operator}")
        rows.append(f"    {_one_line(mutant.old)}  ->  {_one_line(mutant.new)}")
        rows.append(f"    {outcome.verdict}: {outcome.seen_by or f'{outcome.tests} tests'}")
    return "\n".join(rows)


def _one_line(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 110 else joined[:107] + "..."


if __name__ == "__main__":
    sys.exit(main())
