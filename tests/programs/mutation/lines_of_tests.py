"""A plugin of pytest: coverage notes for each line which tests run it in their own process.

    FASTINIT_LINES_OF_TESTS=FOLDER/data coverage run --rcfile tests/programs/mutation/coverage.ini \
        -m pytest -p tests.programs.mutation.lines_of_tests

FOLDER/seconds.json has the duration of each test.

The tests run in the order of their names' digests, which is a random one but always the same: a test
that needs another one before it fails.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from hashlib import blake2b
from pathlib import Path

import coverage
import pytest

SECONDS: Counter[str] = Counter()


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
    """Write the times beside coverage's data."""
    seconds = Path(os.environ["FASTINIT_LINES_OF_TESTS"]).with_name("seconds.json")
    seconds.write_text(json.dumps(SECONDS))
