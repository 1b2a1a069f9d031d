"""`fastinit.jax.initializers` beside `jax.nn.initializers`: new arrays, one thread each.

XLA asks NPROC how many threads to start, once, when the backend is made: run this file by itself,
or with the other benchmarks, which set it too.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from adapters import DTYPES, SHAPES, measure_weight
from peers.peer import BENCH

FACTORIES = {
    "uniform": {"scale": 0.05},
    "normal": {"stddev": 0.02},
    "truncated_normal": {"stddev": 0.02},
    "glorot_uniform": {},
    "he_normal": {},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", ["eager", "jit"])
@pytest.mark.parametrize("who", ["fastinit.jax", "jax.nn"])
@pytest.mark.parametrize("name", FACTORIES)
def test_initializer(measure: Any, name: str, who: str, way: str, dtype: str, shape: str) -> None:
    """A new array, ready to be read."""
    os.environ.setdefault("NPROC", "1")
    jax = pytest.importorskip("jax", reason=f"to measure JAX: {BENCH}")
    from fastinit.jax import initializers  # noqa: PLC0415 - imports jax

    module = jax.nn.initializers if who == "jax.nn" else initializers
    init = getattr(module, name)(**FACTORIES[name])
    if way == "jit":
        init = jax.jit(init, static_argnums=(1, 2))
    key = jax.random.key(1)
    measure_weight(
        measure,
        lambda: init(key, SHAPES[shape], dtype).block_until_ready(),
        what=f"{who}.initializers, {way}", kind=name, dtype=dtype, shape=shape,
    )  # fmt: skip
