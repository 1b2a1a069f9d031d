"""What the benchmarks share: warm memory, how long each is measured, and what is noted beside it.

Numbers are comparable within a file of results only: one process, one machine, one hour.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastinit

sys.path.insert(0, str(Path(__file__).parent))  # the benchmarks import each other by name

from buffers import Warm
from peers import versions

SECONDS = 0.4  # for a row
ROUNDS = 3, 500
ROUND_SECONDS = 50e-6  # at least, so that the clock's own time does not count

KEPT = ["min", "median", "max", "rounds", "iterations"]


@pytest.fixture(scope="session")
def warm() -> Warm:
    """Return a function that gives a warm array: (size, dtype's name) -> array."""
    return Warm()


@pytest.fixture
def measure(benchmark: Any) -> Callable[..., None]:
    """Return a function that measures a call which fills nbytes, and notes what the table needs."""

    def run(fill: Callable[[], Any], *, nbytes: int, elements: int, **row: Any) -> None:
        fill()  # compiles, where something is compiled, and warms
        start = time.perf_counter()
        fill()
        once = time.perf_counter() - start
        iterations = max(1, math.ceil(ROUND_SECONDS / once))
        rounds = int(np.clip(SECONDS / (once * iterations), *ROUNDS))
        benchmark.extra_info.update(row, nbytes=nbytes, elements=elements)
        benchmark.pedantic(fill, rounds=rounds, iterations=iterations)

    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the largest fills."""
    parser.addoption("--one-gibi", action="store_true", help="also fill 2**30 elements: 4 GiB")


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of the largest fills."""
    config.addinivalue_line("markers", "one_gibi: a fill of 4 GiB, only with --one-gibi")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the largest fills out, unless they were asked for."""
    if not config.getoption("--one-gibi"):
        items[:] = [item for item in items if item.get_closest_marker("one_gibi") is None]


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict) -> None:
    """Record what was measured beside the machine."""
    machine_info["cpu"].pop("flags", None)
    machine_info["fastinit"] = {
        "version": fastinit.__version__,
        "contract": fastinit.CONTRACT_VERSION,
        "isa": fastinit.active_isa(),
        "threads": fastinit.get_num_threads(),
        "numpy": np.__version__,
        "peers": versions(),
    }


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict) -> None:
    """Keep what the tables need: the file is kept for each release."""
    output_json["benchmarks"] = [
        {
            "name": each["name"],
            "extra_info": each["extra_info"],
            "stats": {name: each["stats"][name] for name in KEPT},
        }
        for each in output_json["benchmarks"]
    ]
