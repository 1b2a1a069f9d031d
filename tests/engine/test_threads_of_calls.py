"""Each public function uses the number of threads that the caller asks for.

The bits do not depend on the threads, so no test of values would notice an ignored `threads`. These
tests record the number with which the engine starts. The functions are found by their signatures: a
new function with `threads` fails here until it has a call.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import fastinit
from fastinit._engine import engine
from fastinit._engine.threads import chosen_num_threads
from tests.support.schemes import NEEDED
from tests.support.signatures import functions_with
from tests.support.threads import record_threads

LENGTH = 1 << 20  # of float32: 4 MiB, enough for 4 threads
SQUARE = (1024, 1024)
WEIGHT = fastinit.Weight(SQUARE, "xavier", seed=1, name="threads")
IDS = np.arange(1024)


def call_of(name):
    """Return a call of a public function, which takes `threads`."""
    function = getattr(fastinit, name)
    first, *_ = inspect.signature(function).parameters
    arguments = {
        "quantized_rows": ((4096, 256), "xavier"),
        "quantized_rows_": (np.empty((4096, 256 + 8), np.uint8), 256, "xavier"),
        "orthogonal": ((256, 4096),),
        "orthogonal_": (np.empty((256, 4096), np.float32),),
        "sparse": (SQUARE, 0.5),
        "sparse_": (np.empty(SQUARE, np.float32), 0.5),
        "delta_orthogonal": ((4096, 256, 1),),
        "delta_orthogonal_": (np.empty((4096, 256, 1), np.float32),),
        "random_bits_": (np.empty(SQUARE, np.uint32),),
    }
    default = np.empty(SQUARE, np.float32) if first == "out" else SQUARE
    needed = NEEDED.get(name.removesuffix("_"), {})
    return lambda **options: function(*arguments.get(name, (default,)), **needed, seed=1, **options)


CALLS = {
    **{
        name: call_of(name)
        for name in functions_with(fastinit, "threads")
        if name != "set_num_threads"
    },
    "Weight.fill": lambda **options: WEIGHT.fill(np.empty(SQUARE, np.float32), **options),
    "Weight.fill of a box": lambda **options: WEIGHT.fill(
        np.empty((1024, 1000), np.float32), np.s_[:, :1000], **options
    ),
    "Weight.rows": lambda **options: WEIGHT.rows(IDS, **options),
    "Weight.rows into memory": lambda **options: WEIGHT.rows(
        IDS, np.empty(SQUARE, np.float32), **options
    ),
}
WITHOUT_THREADS = {
    "Weight[...]": lambda: WEIGHT[...],
    "Weight[ids]": lambda: WEIGHT[IDS],
    "asarray": lambda: np.asarray(WEIGHT),
    "Generator.random": lambda: fastinit.default_rng(1).random(LENGTH),
    "Generator.normal": lambda: fastinit.default_rng(1).normal(size=LENGTH),
}


@pytest.fixture
def started(monkeypatch):
    """Return the list of the numbers of threads with which the engine started."""
    return record_threads(monkeypatch)


@pytest.fixture
def five_by_default():
    """Set the default number of threads to 5 for a test."""
    before = chosen_num_threads()
    fastinit.set_num_threads(5)
    yield
    fastinit.set_num_threads(before)


def test_all_methods_of_weights_have_a_call():
    found = set(functions_with(fastinit.Weight, "threads"))
    found.remove("to_torch")  # tests/torch/test_threads.py calls it
    assert {name.split()[0] for name in CALLS if "." in name} == {
        f"Weight.{name}" for name in found
    }


def numbers_of(name, started):
    """Return the numbers of threads of a call. What depends on the whole ends with fewer threads."""
    return {max(started)} if "orthogonal" in name or "identity" in name else set(started)


@pytest.mark.parametrize("name", CALLS)
def test_threads_of_a_call(started, five_by_default, name):
    for asked in (1, 2, 3):
        CALLS[name](threads=asked)
        assert numbers_of(name, started) == {asked}
        started.clear()


@pytest.mark.parametrize("name", [*CALLS, *WITHOUT_THREADS])
def test_threads_by_default(started, five_by_default, name, monkeypatch):
    monkeypatch.setattr(engine, "BYTES_PER_THREAD", 1 << 19)  # 4 MiB are enough for 5 threads
    (CALLS | WITHOUT_THREADS)[name]()
    assert numbers_of(name, started) == {5}
