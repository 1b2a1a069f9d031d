"""A plugin of pytest: coverage notes for each line which tests run it, in other processes too.

    coverage run --rcfile tests/programs/mutation/coverage.ini -m pytest -p tests.programs.mutation.lines_of_tests

A process that a test starts finds the test's name in PYTEST_CURRENT_TEST, which coverage.ini hands to
coverage as the context of that process.
"""

from __future__ import annotations

import coverage
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Make the test's name coverage's context for as long as the test runs."""
    measurement = coverage.Coverage.current()
    assert measurement is not None, "run pytest by `coverage run`"
    measurement.switch_context(item.nodeid)
    result = yield
    measurement.switch_context("")
    return result
