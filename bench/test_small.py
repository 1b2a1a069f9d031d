"""Calls for small arrays beside NumPy and PyTorch, and fills of every size from one element on.

``pytest bench/test_small.py --benchmark-json=bench/results/small.json``, then
``python bench/table.py --write``. Calls that are compared are neighbours in time. PyTorch comes
before `accelerate`, whose kernels stay in the process. With ``--one-gibi``, the largest fills have
2**30 elements; they need 4 GiB and some minutes.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastinit
from small_tables import CURVE, NUMPY_BEST, OF_CALLS

torch = pytest.importorskip("torch")

import fastinit.torch  # noqa: E402 - after PyTorch, which may be absent

COUNT = 64
POWERS = range(0, 27, 2)
#: Where a second thread starts, and one element before.
HANDED_OVER = [(1 << 19) - 1, 1 << 19]
SIZES = sorted([*(1 << power for power in POWERS), *HANDED_OVER])

Call = Callable[[], object]


def calls() -> dict[str, dict[str, Call]]:
    """Return the calls of each row: that of fastinit, and those beside it."""
    out, wide, square = np.empty(COUNT, np.float32), np.empty(COUNT), np.empty((8, 8), np.float32)
    tensor, matrix = torch.empty(COUNT), torch.empty(8, 8)
    theirs, ours = np.random.default_rng(1), fastinit.default_rng(1)
    weight = fastinit.Weight((1000, 64), "xavier", seed=0, name="user_id")
    f32 = np.float32

    def linears() -> object:
        return [torch.nn.Linear(16, 16) for _ in range(LINEARS)]

    def linears_accelerated() -> object:
        with fastinit.torch.accelerate(seed=1):
            return linears()

    random_out = {
        "NumPy": lambda: theirs.random(out=out, dtype=f32),
        "PyTorch": tensor.uniform_,
    }
    return {
        "uniform_(out, seed=1)": {
            "fastinit": lambda: fastinit.uniform_(out, seed=1), **random_out,
        },
        "uniform_(out, seed=1, stream=name)": {
            "fastinit": lambda: fastinit.uniform_(out, seed=1, stream="layers.0.weight"),
            **random_out,
        },
        "uniform_(out)": {"fastinit": lambda: fastinit.uniform_(out), **random_out},
        "normal_(out, seed=1)": {
            "fastinit": lambda: fastinit.normal_(out, seed=1),
            "NumPy": lambda: theirs.standard_normal(out=out, dtype=f32),
            "PyTorch": tensor.normal_,
        },
        "uniform(64, seed=1)": {
            "fastinit": lambda: fastinit.uniform(COUNT, seed=1),
            "NumPy": lambda: theirs.random(COUNT, dtype=f32),
            "PyTorch": lambda: torch.rand(COUNT),
        },
        "he_normal((8, 8), seed=1)": {
            "fastinit": lambda: fastinit.he_normal((8, 8), seed=1),
            "NumPy": lambda: theirs.normal(0.0, 0.5, (8, 8)),
            "PyTorch": lambda: torch.nn.init.kaiming_normal_(matrix),
        },
        "he_normal_(out, seed=1)": {
            "fastinit": lambda: fastinit.he_normal_(square, seed=1),
            "PyTorch": lambda: torch.nn.init.kaiming_normal_(matrix),
        },
        "generator.random(64)": {
            "fastinit": lambda: ours.random(COUNT),
            "NumPy": lambda: theirs.random(COUNT),
            "PyTorch": lambda: torch.rand(COUNT, dtype=torch.float64),
        },
        "generator.random(64, dtype=float32)": {
            "fastinit": lambda: ours.random(COUNT, dtype=f32),
            "NumPy": lambda: theirs.random(COUNT, dtype=f32),
            "PyTorch": lambda: torch.rand(COUNT),
        },
        "generator.random(out=out)": {
            "fastinit": lambda: ours.random(out=wide), "NumPy": lambda: theirs.random(out=wide),
        },
        "generator.random(out=out, dtype=float32)": {
            "fastinit": lambda: ours.random(out=out, dtype=f32),
            "NumPy": lambda: theirs.random(out=out, dtype=f32),
        },
        "generator.random()": {"fastinit": ours.random, "NumPy": theirs.random},
        "generator.uniform(-1, 1, 64)": {
            "fastinit": lambda: ours.uniform(-1, 1, COUNT),
            "NumPy": lambda: theirs.uniform(-1, 1, COUNT),
        },
        "generator.normal(0, 1, 64)": {
            "fastinit": lambda: ours.normal(0, 1, COUNT),
            "NumPy": lambda: theirs.normal(0, 1, COUNT),
        },
        "generator.standard_normal(64)": {
            "fastinit": lambda: ours.standard_normal(COUNT),
            "NumPy": lambda: theirs.standard_normal(COUNT),
            "PyTorch": lambda: torch.randn(COUNT, dtype=torch.float64),
        },
        "generator.standard_normal(out=out, dtype=float32)": {
            "fastinit": lambda: ours.standard_normal(out=out, dtype=f32),
            "NumPy": lambda: theirs.standard_normal(out=out, dtype=f32),
        },
        "fastinit.torch.uniform_(tensor)": {
            "fastinit": lambda: fastinit.torch.uniform_(tensor),
            "PyTorch": tensor.uniform_,
        },
        "weight[5]": {"fastinit": lambda: weight[5]},
        "weight.rows([5])": {"fastinit": lambda: weight.rows([5])},
        'Weight((1000, 64), "xavier", seed=0, name=name)': {
            "fastinit": lambda: fastinit.Weight((1000, 64), "xavier", seed=0, name="user_id"),
        },
        "nn.Linear(16, 16) under accelerate": {
            "PyTorch": linears,
            "fastinit": linears_accelerated,
        },
    }  # fmt: skip


#: So many layers are made in one call, because `accelerate` is entered once for a model.
LINEARS = 20

CALLS = calls()
CASES = [pytest.param(kind, who, id=f"{kind}-{who}") for kind in CALLS for who in CALLS[kind]]


def peak_of(call: Call) -> int:
    """Return how many bytes of Python and NumPy a call needs at the same time, results included."""
    call()
    tracemalloc.start()
    call()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    result = call()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    del result
    return peak


@pytest.fixture(autouse=True)
def _one_thread_of_pytorch() -> None:
    torch.set_num_threads(1)


def fills(kind: str, count: int) -> dict[str, Call]:
    """Return the fills that are compared at one size."""
    out = np.zeros(count, np.float32)
    tensor = torch.from_numpy(out)
    ours = getattr(fastinit, f"{kind}_")
    method = "random" if kind == "uniform" else "standard_normal"
    generators = [np.random.Generator(bits(1)) for bits in (np.random.PCG64, np.random.SFC64)]

    def of_numpy(generator: np.random.Generator) -> Call:
        return lambda: getattr(generator, method)(out=out, dtype=np.float32)

    return {
        "fastinit": lambda: ours(out, seed=1),
        **dict(zip(NUMPY_BEST, map(of_numpy, generators), strict=True)),
        "PyTorch": getattr(tensor, f"{kind}_"),
    }


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("who", ["fastinit", *NUMPY_BEST, "PyTorch"])
@pytest.mark.parametrize("count", [*SIZES, pytest.param(1 << 30, marks=pytest.mark.one_gibi)])
def test_curve(measure: Any, kind: str, who: str, count: int) -> None:
    """One fill of float32 elements; fastinit chooses the number of its threads."""
    measure(
        fills(kind, count)[who], nbytes=4 * count, elements=count,
        what=who, kind=kind, dtype="float32", threads=1, scaling=CURVE,
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "who"), CASES)
def test_call(measure: Any, kind: str, who: str) -> None:
    """One call for 64 elements."""
    call = CALLS[kind][who]
    units = LINEARS if kind.startswith("nn.Linear") else 1
    measure(
        call, nbytes=4 * COUNT, elements=units,
        what=who, kind=kind, threads=1, scaling=OF_CALLS, peak=peak_of(call) // units,
    )  # fmt: skip
