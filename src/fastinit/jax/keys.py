"""JAX's keys: the seed and the stream that a key stands for.

Promises: one key always gives the same address. Different keys of two words (threefry, JAX's
default) or of four (rbg, unsafe_rbg) give different addresses, hence independent values.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

jax: Any = require("jax", "jax")

ZERO = np.float32(0)
WORDS_OF_SEED = 2
WORDS_OF_SEED_AND_STREAM = 4


def is_tracing() -> bool:
    """Say whether JAX traces the function that runs: then it makes tracers of concrete values."""
    return isinstance(jax.lax.stop_gradient(ZERO), jax.core.Tracer)


def _read(key: Any) -> Any:
    """Return the array of words of a key that is not traced, by the shorter way if there is one.

    `jax.random.key_data` starts a program and waits for it, which takes longer than a small fill.
    """
    words = getattr(key, "_base_array", None)  # JAX's own; absent is as good as present
    if not isinstance(words, jax.Array):
        words = jax.random.key_data(key)
    return words


def words_of(key: Any) -> Any:
    """Return the 32-bit words of one key, typed or raw: traced in a function that JAX traces.

    Where JAX checks that no key is used twice, the key is used up.
    """
    traced = is_tracing() or isinstance(key, jax.core.Tracer)
    words = jax.random.key_data(key) if traced else _read(key)
    if words.ndim != 1:
        raise ValueError(
            "an initializer takes a single key, but was given an array of keys, of shape "
            f"{words.shape[:-1]}: use jax.vmap, or jax.random.split and a loop"
        )
    if jax.config.jax_debug_key_reuse:
        jax.random.bits(key, ())
    return words


def address_of(words: NDArray[np.uint32]) -> tuple[int, int]:
    """Return the seed and the stream's number that a key's words stand for.

    The words are digits of a number, the first the highest, as in JAX: ``jax.random.key(7)`` is
    the seed 7. Two words are the seed of stream 0; four are the seed, then the stream; of any other
    number the 16-byte BLAKE2b digest is.
    """
    digits = words.astype(">u4").tobytes()
    if len(words) == WORDS_OF_SEED:
        return int.from_bytes(digits, "big"), 0
    if len(words) != WORDS_OF_SEED_AND_STREAM:
        digits = blake2b(digits, digest_size=16).digest()
    return int.from_bytes(digits[:8], "big"), int.from_bytes(digits[8:], "big")
