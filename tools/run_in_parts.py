"""Run the tests in parts, as many at once as there are CPUs; `tools/run_tests` calls this.

Each part is a process of pytest, so that frameworks do not share one. What does not depend on the
framework is repeated on every instruction set of the machine. Options are those of pytest, for the
parts that run on the fastest instruction set, such as ``-m "not slow"``.

With FASTINIT_COVERAGE in the environment, the parts on the fastest instruction set record which
lines of Python they run; `coverage combine` and `coverage report` read the records.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import fastinit

ROOT = Path(__file__).parents[1]

#: Folders of tests/ for each process, the slowest first: the last parts are then short.
FRAMEWORKS = (("torch",), ("real",), ("jax",), ("keras",), ("dask",))
CORE = (
    ("kernels", "memory", "engine", "random"),
    ("schemes", "weight", "storage", "cli", "docs", "package", "typing"),
)

NO_TEST_WAS_SELECTED = 5


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
        tests = [str(ROOT / "tests" / folder) for folder in self.folders]
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603 - our own tests
            [
                sys.executable,
                *measured,
                "-m",
                "pytest",
                "-q",
                "--durations=6",
                *self.options,
                *tests,
            ],
            cwd=ROOT,
            env=os.environ | {"FASTINIT_ISA": self.isa},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, time.monotonic() - started


def parts(options: tuple[str, ...]) -> list[Part]:
    """Return all parts, those that take longest first."""
    *slower, fastest = fastinit.available_isas()
    coverage = bool(os.environ.get("FASTINIT_COVERAGE"))
    whole = [Part(folders, fastest, options, coverage) for folders in CORE + FRAMEWORKS]
    again = [
        Part(folders, isa, ("-m", "not slow and not framework"))
        for isa in slower
        for folders in CORE
    ]
    return whole + again


def main() -> int:
    """Run the parts, print the output of each when it ends, and return 1 if one failed."""
    options = tuple(sys.argv[1:])
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(part.run): part for part in parts(options)}
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
