"""Apply a mutant to a copy of the tree and run the tests that run its lines.

A mutant is killed if a test fails. The tests nearest to the module and the shortest ones come first; those
that fill the budget of a mutant follow. What no test of the budget sees, survives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from tests.programs.run_in_parts import NO_SPINNING
from tests.support.paths import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.programs.mutation.mutants import Mutant
    from tests.programs.mutation.tests_of_lines import TestsOfLines

#: How many tests the first process runs: most mutants are killed by them.
FIRST = 60

#: A test that is not over after so many times its usual seconds, and this many more, hangs.
SLOWER = 8
MORE_SECONDS = 60

ALL_PASSED, SOME_FAILED = 0, 1

NOT_COPIED = (".git", "build", "__pycache__", ".venv*", ".nox", ".*_cache", "*.egg-info")


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    verdict: str
    seen_by: str = ""
    tests: int = 0

    @property
    def survived(self) -> bool:
        """Whether no test noticed the edit."""
        return self.verdict.startswith("survived")


class Tree:
    """A copy of the checkout in which one mutant after the other is tried."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.folder = folder
        #: Tests that failed with a mutant and pass without it, and those that fail without it.
        self.reliable: set[str] = set()
        self.unreliable: set[str] = set()
        shutil.copytree(checkout, folder, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def try_mutant(self, mutant: Mutant, lines: TestsOfLines, budget: float) -> Outcome:
        """Return what the tests say of `mutant` within `budget` seconds of tests."""
        module = self.folder / "src" / mutant.path
        source = module.read_bytes()
        while True:
            chosen = list(_in_order(mutant, lines, budget, self.unreliable))
            self._write(module, mutant.apply(source))
            try:
                outcome = self._run(chosen, lines)
            finally:
                self._write(module, source)
            if self._is_reliable(outcome.seen_by, lines):
                return outcome

    def _write(self, module: Path, source: bytes) -> None:
        """Write `source`, and forget what Python compiled: it compares times by the second."""
        module.write_bytes(source)
        shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)

    def _is_reliable(self, test: str, lines: TestsOfLines) -> bool:
        """Return whether `test`, which failed, passes without the mutant."""
        if test not in lines.seconds or test in self.reliable:
            return True
        status, _ = self._pytest([test], MORE_SECONDS + SLOWER * lines.seconds[test])
        (self.reliable if status == ALL_PASSED else self.unreliable).add(test)
        return status == ALL_PASSED

    def _run(self, batches: list[list[str]], lines: TestsOfLines) -> Outcome:
        count = sum(map(len, batches))
        if not count:
            return Outcome("survived: no test runs the line")
        for batch in batches:
            limit = MORE_SECONDS + SLOWER * sum(lines.seconds[test] for test in batch)
            status, output = self._pytest(batch, limit)
            if status is None:
                return Outcome(
                    "killed", f"one of {len(batch)} tests does not end, such as {batch[0]}", count
                )
            if status != ALL_PASSED:
                return Outcome("killed", _first_failure(output, status), count)
        return Outcome("survived", tests=count)

    def _pytest(self, tests: list[str], limit: float) -> tuple[int | None, str]:
        """Return the exit status, None if the time was over, and the end of the output."""
        temporary = tempfile.mkdtemp()
        names = Path(temporary) / "tests"
        names.write_text("\n".join(tests))
        environment = (
            NO_SPINNING | os.environ | {"PYTHONPATH": str(self.folder / "src"), "TMPDIR": temporary}
        )
        options = [
            "-x",
            "-q",
            "--tb=line",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            f"--basetemp={temporary}/pytest",
        ]
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *options, f"@{names}"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                status = None
            _end_session(process)
            shutil.rmtree(temporary, ignore_errors=True)
            output.seek(0)
            return status, output.read()[-20_000:]


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill what the tests may have left running."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _first_failure(output: str, status: int) -> str:
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ", 1)[1].split(" - ")[0]
    return f"pytest could not begin (status {status})" if status != SOME_FAILED else "a test"


def _in_order(
    mutant: Mutant, lines: TestsOfLines, budget: float, left_out: set[str]
) -> Iterator[list[str]]:
    """Yield the tests of each process: the nearest and shortest first, one framework a process."""
    near = set(Path(mutant.path).with_suffix("").parts)
    tests = lines.of_mutant(mutant)
    # What a test's own process does not run, a process that it starts may.
    tests |= {test for test in lines.with_processes if not _is_far(test.split("::")[0], near)}
    tests -= left_out
    by_file: dict[str, list[str]] = {}
    for test in sorted(tests, key=lambda test: lines.seconds[test]):
        by_file.setdefault(test.split("::")[0], []).append(test)
    files = sorted(by_file, key=lambda name: _is_far(name, near))
    ordered = [
        test
        for rank in zip_longest(*(_spread(by_file[name]) for name in files))
        for test in rank
        if test
    ]
    left = budget
    kept = []
    for test in ordered:
        if lines.seconds[test] <= left or not kept:
            kept.append(test)
            left -= lines.seconds[test]
    kept.sort(key=lambda test: _is_far(test.split("::")[0], near))
    for part in (kept[:FIRST], kept[FIRST:]):
        yield from _by_framework(part)


def _spread(tests: list[str]) -> list[str]:
    """Return the tests with the first case of each function before the second cases."""
    cases: dict[str, list[str]] = {}
    for test in tests:
        cases.setdefault(test.split("[")[0], []).append(test)
    return [test for rank in zip_longest(*cases.values()) for test in rank if test]


def _is_far(test_file: str, near: set[str]) -> int:
    """Return 0 if the file's folder or name is one of the module's, 1 if not, 2 for other frameworks."""
    path = Path(test_file)
    if near & {path.parts[1], *path.stem.removeprefix("test_").split("_")}:
        return 0
    return 2 if path.parts[1] in FRAMEWORKS else 1


def _by_framework(tests: Iterable[str]) -> Iterator[list[str]]:
    """Yield the tests of the package, then those of each framework."""
    groups: dict[str, list[str]] = {}
    for test in tests:
        folder = Path(test.split("::")[0]).parts[1]
        key = (
            test.split("::")[0]
            if folder in {"real", "keras"}
            else folder
            if folder in FRAMEWORKS
            else ""
        )
        groups.setdefault(key, []).append(test)
    yield from groups.values()
