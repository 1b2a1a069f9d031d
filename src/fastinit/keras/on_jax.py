"""Keras on JAX: converts seeds to keys, so that calls can be traced, and layouts to shardings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require
from fastinit.jax.keys import is_tracing
from fastinit.jax.placing import make as make_array

from .seeds import SEEDS

if TYPE_CHECKING:
    from fastinit._schemes.values import Values

jax: Any = require("jax", "jax")
keras: Any = require("keras", "keras")


def _words_of(seed: Any) -> Any:
    """Return the words of a key with four words, for the address that `seeds.address_of` returns.

    In a function that JAX traces, the words are traced, so that the values do not become a constant
    of the program.
    """
    if isinstance(seed, keras.random.SeedGenerator):
        state = seed.next()
        return jax.numpy.stack([jax.numpy.zeros_like(state), state], axis=1).reshape(-1)
    words = np.frombuffer((seed % SEEDS).to_bytes(8, "big") + bytes(8), ">u4").astype(np.uint32)
    if is_tracing():
        return jax.random.key_data(jax.random.wrap_key_data(words, impl="rbg"))
    return words


def make(values: Values, seed: Any, layout: Any) -> Any:
    """Return a `jax.Array` of the values. The part of each device is made separately."""
    if isinstance(layout, keras.distribution.TensorLayout):
        layout = layout.backend_layout
    return make_array(values, _words_of(seed), layout)
