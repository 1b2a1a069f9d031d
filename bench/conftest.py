"""What the benchmarks share: warm output buffers and memset, measured in the same process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastinit
from buffers import MIB, SIZES


@pytest.fixture(scope="session")
def warm() -> Callable[[str, Any], np.ndarray]:
    """Return a function that gives a 64-byte aligned array whose pages have been touched."""
    memory = fastinit.random_bits(SIZES["1 GiB"] // 4, seed=0)

    def view(size: str, dtype: Any) -> np.ndarray:
        return memory[: SIZES[size] // 4].view(dtype)

    return view


@pytest.fixture
def measure(benchmark: Any) -> Callable[..., None]:
    """Return a function that measures a fill of an array and notes what the table needs."""

    def run(fill: Callable[[], Any], out: np.ndarray, **row: Any) -> None:
        benchmark.extra_info.update(row, nbytes=out.nbytes, elements=out.size)
        benchmark.pedantic(
            fill,
            rounds=5 if out.nbytes >= 64 * MIB else 30,
            iterations=max(1, MIB // 4 // out.nbytes),
            warmup_rounds=1,
        )

    return run


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict) -> None:
    """Record what was measured beside the machine."""
    machine_info["fastinit"] = {
        "version": fastinit.__version__,
        "contract": fastinit.CONTRACT_VERSION,
        "isa": fastinit.active_isa(),
        "threads": fastinit.get_num_threads(),
        "numpy": np.__version__,
    }


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict) -> None:
    """Leave out single timings: the file is kept for each release."""
    for each in output_json["benchmarks"]:
        each["stats"].pop("data", None)
