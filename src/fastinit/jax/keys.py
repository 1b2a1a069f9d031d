"""JAX keys: the seed and the stream that belong to a key.

Promises: a key always gives the same seed and stream (its address). Different keys with two words
(threefry, the default of JAX) or with four (rbg, unsafe_rbg) give different addresses, and
therefore independent values.
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
    """Return whether JAX traces the running function, in which it turns values into tracers."""
    return isinstance(jax.lax.stop_gradient(ZERO), jax.core.Tracer)


def _read(key: Any) -> Any:
    """Return the array of words of a key that is not traced.

    `jax.random.key_data` starts a program and waits for it, which takes longer than a small fill.
    So this reads a private attribute of the key, if there is one.
    """
    words = getattr(key, "_base_array", None)  # private to JAX, and not needed
    if not isinstance(words, jax.Array):
        words = jax.random.key_data(key)
    return words


def words_of(key: Any) -> Any:
    """Return the 32-bit words of one key, typed or raw. In a traced function they are traced.

    If ``jax_debug_key_reuse`` is set, this consumes the key.
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
    """Return the seed and the number of the stream that belong to the words of a key.

    The words are the digits of a number, the most significant first, as in JAX:
    ``jax.random.key(7)`` is the seed 7. Two words are the seed, with stream 0. Four words are the
    seed and the stream. For any other number of words, the halves of their 16-byte BLAKE2b digest
    are the seed and the stream.
    """
    digits = words.astype(">u4").tobytes()
    if len(words) == WORDS_OF_SEED:
        return int.from_bytes(digits, "big"), 0
    if len(words) != WORDS_OF_SEED_AND_STREAM:
        digits = blake2b(digits, digest_size=16).digest()
    return int.from_bytes(digits[:8], "big"), int.from_bytes(digits[8:], "big")
