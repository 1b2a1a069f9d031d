"""Which tests run a line, and how long each takes: what the plugin `lines_of_tests` noted.

`record` runs the tests, each file in a process of its own, and keeps the notes of each file in a folder
of its own. A file is recorded again only if it has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import coverage

from tests.programs.run_in_parts import NO_SPINNING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.programs.mutation.mutants import Mutant

SETTINGS = Path(__file__).with_name("coverage.ini")

#: A file of tests that is not over after so many seconds hangs.
LONGEST_FILE = 1800


@dataclass
class TestsOfLines:
    """The tests that run each line of each file, and the seconds of each test."""

    tests: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    files: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[str, float] = field(default_factory=dict)
    #: The tests that start other processes.
    with_processes: set[str] = field(default_factory=set)

    def of_mutant(self, mutant: Mutant) -> set[str]:
        """Return the tests that run the statement; where none is known, those of the whole file."""
        found: set[str] = set()
        if mutant.in_function:  # else the first test that imports the module runs it
            for line in range(mutant.first_line, mutant.last_line + 1):
                found |= self.tests.get((mutant.path, line), set())
        return found or set(self.files.get(mutant.path, ()))


def record(tree: Path, notes: Path, files: Iterable[str], jobs: int) -> list[str]:
    """Run the test files of `tree` that have changed; return those that failed."""
    waiting = [name for name in files if _stamp(tree, name) != _read(notes / _key(name) / "stamp")]
    with ThreadPoolExecutor(jobs) as pool:
        passed = list(pool.map(lambda name: _record_one(tree, notes, name), waiting))
    return [name for name, each in zip(waiting, passed, strict=True) if not each]


def read(notes: Path) -> TestsOfLines:
    """Return what `record` noted."""
    found = TestsOfLines()
    for folder in sorted(path for path in notes.iterdir() if (path / "stamp").exists()):
        data = coverage.CoverageData(str(folder / "data"))
        data.read()
        for measured in data.measured_files():
            path = "fastinit/" + measured.split("/src/fastinit/")[-1]
            for line, contexts in data.contexts_by_lineno(measured).items():
                for test in filter(None, contexts):  # without a context when it was imported
                    found.tests[path, line].add(test)
                    found.files[path].add(test)
        noted = json.loads((folder / "tests.json").read_text())
        found.seconds |= noted["seconds"]
        found.with_processes |= set(noted["with_processes"])
    return found


def _key(name: str) -> str:
    return name.replace("/", "_").removesuffix(".py")


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _stamp(tree: Path, name: str) -> str:
    return hashlib.sha256((tree / name).read_bytes()).hexdigest()


def _record_one(tree: Path, notes: Path, name: str) -> bool:
    """Run one file of tests; return whether all passed."""
    folder = notes / _key(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = NO_SPINNING | os.environ | {"FASTINIT_LINES_OF_TESTS": str(folder / "data")}
    environment["PYTHONPATH"] = str(tree / "src")
    settings = f"--rcfile={SETTINGS}"
    measured = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        settings,
        "-m",
        "pytest",
        "-q",
        "-m",
        "not slow",
    ]
    options = ["-p", "tests.programs.mutation.lines_of_tests"]
    with (folder / "output").open("w") as output:
        try:
            status = subprocess.run(
                [*measured, *options, name],
                cwd=tree,
                env=environment,
                stdout=output,
                stderr=output,
                timeout=LONGEST_FILE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            status = None
    combine = [sys.executable, "-m", "coverage", "combine", "-q", settings]
    subprocess.run(combine, cwd=tree, env=environment, stdout=subprocess.DEVNULL, check=False)
    if status == 0:
        (folder / "stamp").write_text(_stamp(tree, name))
    return status == 0
