"""What the tests share: the instruction sets of this machine, and a fill on each of them."""

from __future__ import annotations

import os
import signal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastinit
from fastinit._kernels.dispatch import load_kernels
from fastinit._random import common_fills
from tests.support.laws import LAWS
from tests.support.paths import FRAMEWORKS, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


# A shell that runs tests in the background has SIGINT ignored, nohup has SIGHUP ignored, and so would
# the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the general path of fills."""
    parser.addoption(
        "--general-path",
        action="store_true",
        help="make every fill by the general path, also those that the compiled path would make",
    )
    parser.addoption(
        "--cases",
        type=int,
        metavar="N",
        help="of a test with more than N cases, run N: the same ones each time, drawn at random",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the path of fills; know the marks of NumPy's tests, which tests/random runs."""
    common_fills.use(not config.getoption("--general-path"))
    for mark in ("thread_unsafe", "slow"):
        config.addinivalue_line("markers", f"{mark}: a mark of NumPy's tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run once, and not on each instruction set."""
    frameworks = {TESTS / name for name in FRAMEWORKS}
    for item in items:
        if not frameworks.isdisjoint(item.path.parents):
            item.add_marker(pytest.mark.framework)


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)
def pytest_leave_cases_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep ``--cases`` cases of each test: those whose names have the smallest digests."""
    most = config.getoption("--cases")
    if most is None:
        return
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.split("[")[0], []).append(item)
    left_out = {
        item
        for each in cases.values()
        for item in sorted(each, key=lambda item: blake2b(item.nodeid.encode()).digest())[most:]
    }
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


#: What may be skipped where FASTINIT_NO_SKIPS is set, as .ci/run does.
MAY_BE_SKIPPED = (
    "deepspeed",  # its installation compiles for minutes, and needs what no wheel brings
    "this user may mount nothing",
    "ray is not installed",  # 240 MB, for one recipe
    "pyspark is not installed",  # 490 MB and Java, for one recipe
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail what is skipped in CI: a missing package must not hide an adapter's tests."""
    report = yield
    if (
        report.skipped
        and os.environ.get("FASTINIT_NO_SKIPS")
        and not hasattr(report, "wasxfail")
        and not any(reason in str(report.longrepr) for reason in MAY_BE_SKIPPED)
    ):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr[2]}"
    return report


def pytest_report_header() -> str:
    return (
        f"fastinit {fastinit.__version__}: kernels {fastinit.active_isa()}, available "
        f"{', '.join(fastinit.available_isas())}; threads {fastinit.get_num_threads()}"
    )


@pytest.fixture(params=fastinit.available_isas())
def kernels(request: pytest.FixtureRequest) -> ModuleType:
    return load_kernels(request.param)


@pytest.fixture(scope="session")
def generate() -> Callable[..., Any]:
    """Return a function that fills a new array by one module's kernels with one of LAWS."""

    def call(
        module: ModuleType,
        name: str,
        count: int,
        *,
        seed: int = 123456789,
        stream: int = 77,
        offset: int = 0,
        streaming: bool = False,
    ) -> np.ndarray:
        dtype, law = LAWS[name]
        raw = np.empty(count, f"u{dtype.itemsize}")
        module.fill(raw, *law, seed, stream, offset, 0, count, streaming)
        return raw.view(dtype)

    return call
