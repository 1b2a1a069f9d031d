"""Run the tests in parts, as many at once as there are CPUs; `tools/run_tests` calls this.

    python -m tests.programs.run_in_parts [--all] [--frameworks] [OPTION OF PYTEST...]

Each part is a process of pytest, so that frameworks do not share one. The tests of what computes
values are repeated on every instruction set of the machine, but for those that are marked ``once``;
on the slower ones, the general path makes every fill. Without ``--all``, tests that are marked
``slow`` are left out, and a test with many cases runs some of them. Options of pytest are for the
parts on the fastest instruction set. ``--frameworks`` leaves out the package itself.

With FASTINIT_COVERAGE in the environment, the parts on the fastest instruction set record which
lines of Python they run; `coverage combine` and `coverage report` read the records.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import fastinit
from tests.support.paths import FRAMEWORKS, ROOT, TESTS

#: The folders with tests of what computes values. Files, commands and frameworks write the same values.
COMPUTES = (("kernels", "memory", "engine", "random"), ("schemes", "weight"))

#: The folder whose tests take longest of those that remain.
FILES = ("storage",)

#: What is left out without ``--all``.
QUICK = ("-m", "not slow", "--cases", "3")

NO_TEST_WAS_SELECTED = 5

#: The idle threads of PyTorch and those of linear algebra in NumPy sleep at once. They would spin on the
#: CPU that another part could use: a step of training a small model then takes ten times the time.
NO_SPINNING = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_THREAD_TIMEOUT": "4"}


@dataclass(frozen=True)
class Part:
    """Some folders of tests, on one instruction set."""

    folders: tuple[str, ...]
    isa: str
    options: tuple[str, ...]
    coverage: bool = False

    @property
    def title(self) -> str:
        """What the part tests, for the report."""
        return f"{' '.join(self.folders)} on {self.isa}"

    def run(self) -> tuple[int, str, float]:
        """Return the exit status, the output and the seconds."""
        measured = ["-m", "coverage", "run", "--parallel-mode"] if self.coverage else []
        pytest = ["-m", "pytest", "-q", "--durations=80", "--durations-min=1"]
        tests = [str(TESTS / folder) for folder in self.folders]
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, *measured, *pytest, *self.options, *tests],
            cwd=ROOT,
            env=NO_SPINNING | os.environ | {"FASTINIT_ISA": self.isa},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, time.monotonic() - started


def package_folders() -> list[tuple[str, ...]]:
    """Return the folders with tests of the package itself, a tuple for each part."""
    with_tests = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    named = {*itertools.chain(*COMPUTES), *FILES, *FRAMEWORKS}
    return [FILES, *COMPUTES, tuple(sorted(with_tests - named))]


def parts(options: tuple[str, ...], *, everything: bool, only_frameworks: bool) -> list[Part]:
    """Return the parts, those that take longest first: the last ones are then short."""
    *slower, fastest = fastinit.available_isas()
    coverage = bool(os.environ.get("FASTINIT_COVERAGE"))
    package = [] if only_frameworks else package_folders()
    folders = [*package, *((name,) for name in FRAMEWORKS)]
    quick = () if everything else QUICK
    again = (*quick, "--general-path", "-m", "not slow and not framework and not once")
    return [
        *(Part(each, fastest, (*quick, *options), coverage) for each in folders),
        *(Part(each, isa, again) for isa in slower for each in package if each in COMPUTES),
    ]


def main() -> int:
    """Run the parts, print the output of each when it ends, and return 1 if one failed."""
    given = sys.argv[1:]
    options = tuple(option for option in given if option not in {"--all", "--frameworks"})
    chosen = parts(options, everything="--all" in given, only_frameworks="--frameworks" in given)
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(part.run): part for part in chosen}
        for done in as_completed(running):
            part = running[done]
            status, output, seconds = done.result()
            print(f"== {part.title}: {seconds:.0f} s\n{output}", flush=True)
            if status and not (options and status == NO_TEST_WAS_SELECTED):
                failed.append(part.title)
    print("failed: " + "; ".join(failed) if failed else "all parts passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
