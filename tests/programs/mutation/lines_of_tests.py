"""A plugin of pytest: coverage notes for each line which tests run it, in the tests' own process.

    FASTINIT_LINES_OF_TESTS=FOLDER/data coverage run --rcfile tests/programs/mutation/coverage.ini \
        -m pytest -p tests.programs.mutation.lines_of_tests

FOLDER/tests.json has the duration of each test, and the tests that start other processes.

The tests run in the order of their names' digests, which is a random one but always the same: a test
that needs another one before it fails.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from hashlib import blake2b
from pathlib import Path

import coverage
import pytest

SECONDS: Counter[str] = Counter()
WITH_PROCESSES: set[str] = set()

#: What Python reports when a process is started (sys.addaudithook).
STARTS = ("subprocess.Popen", "os.fork", "os.posix_spawn")


def _note(event: str, _: object) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" (", 1)[0]
    if event in STARTS and test:
        WITH_PROCESSES.add(test)


sys.addaudithook(_note)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in a random order."""
    items.sort(key=lambda item: blake2b(item.nodeid.encode()).digest())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Make the test's name coverage's context for as long as the test runs."""
    measurement = coverage.Coverage.current()
    assert measurement is not None, "run pytest by `coverage run`"
    measurement.switch_context(item.nodeid)
    result = yield
    measurement.switch_context("")
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add the time of a test's set-up, call and end."""
    SECONDS[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Write the notes beside coverage's data."""
    notes = {"seconds": SECONDS, "with_processes": sorted(WITH_PROCESSES)}
    path = Path(os.environ["FASTINIT_LINES_OF_TESTS"]).with_name("tests.json")
    path.write_text(json.dumps(notes))
