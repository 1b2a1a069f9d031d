"""What the tests share: the instruction sets of this machine, and a fill on each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import fastinit
from fastinit._kernels.dispatch import load_kernels
from fastinit.distributions import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

KIND_DTYPES = {
    Kind.BITS32: np.uint32,
    Kind.BITS64: np.uint64,
    Kind.UNIFORM32: np.float32,
    Kind.UNIFORM64: np.float64,
    Kind.NORMAL32: np.float32,
    Kind.NORMAL64: np.float64,
}


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
    """Return a function that fills a new array by one module's kernels."""

    def call(
        module: ModuleType,
        kind: Kind,
        count: int,
        *,
        seed: int = 123456789,
        stream: int = 77,
        offset: int = 0,
        streaming: bool = False,
    ) -> np.ndarray:
        out = np.empty(count, KIND_DTYPES[kind])
        # A scale that is no power of two shows a contraction to fused multiply-add.
        module.fill(out, kind, -0.3, 0.4, seed, stream, offset, 0, count, streaming)
        return out

    return call
