"""JAX on the CPU: jit, the default generator (Threefry), into a donated, hence warm, buffer.

XLA asks NPROC how many threads to start, once, when the backend is made: 1 for these rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cases import NORMAL, TAIL, TRUNCATED, UNIFORM, WIDE, Kind

from .peer import Peer


def draw_by(kind: Kind) -> Callable[..., Any]:
    """Return JAX's function for a distribution: (key, shape, dtype) -> array."""
    import jax  # noqa: PLC0415 - may be absent

    random = jax.random
    if kind is UNIFORM:
        return lambda key, shape, dtype: random.uniform(key, shape, dtype, *kind.parameters)
    if kind is NORMAL:
        return random.normal
    mean, std, low, high = kind.parameters
    lower, upper = (low - mean) / std, (high - mean) / std
    return lambda key, shape, dtype: (
        mean + std * random.truncated_normal(key, lower, upper, shape, dtype)
    )


def prepare(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Fill a buffer of JAX's own, handed from call to call."""
    os.environ["NPROC"] = "1"
    import jax  # noqa: PLC0415 - may be absent

    draw = draw_by(kind)
    key = jax.random.key(1)

    @partial(jax.jit, donate_argnums=0, keep_unused=True)
    def filled(buffer: jax.Array, key: jax.Array) -> jax.Array:
        return draw(key, buffer.shape, buffer.dtype)

    held = [jax.numpy.ones(out.size, out.dtype)]

    def fill() -> None:
        held[0] = filled(held[0], key).block_until_ready()

    return fill


PEERS = [
    Peer(
        "JAX", "jax",
        [UNIFORM, NORMAL, TRUNCATED, WIDE, TAIL],
        ["float32", "bfloat16", "float16"],
        prepare,
    )
]  # fmt: skip
