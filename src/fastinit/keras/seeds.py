"""Keras's seeds: the seed and the stream that an initializer's next call takes.

Promises: an integer is a seed, of stream 0, at every call. A `keras.random.SeedGenerator` is its
seed, with its counter as the stream, so that its first draw is that of the integer and no two of
its draws are alike.
"""

from __future__ import annotations

from typing import Any

from fastinit._support.extras import require

keras: Any = require("keras", "keras")

SEEDS = 1 << 64
# Backends without uint32 keep a SeedGenerator's two numbers as int32.
WORD = (1 << 32) - 1


def address_of(seed: Any) -> tuple[int, int]:
    """Return the seed and the stream's number of the next call."""
    if not isinstance(seed, keras.random.SeedGenerator):
        return seed % SEEDS, 0
    number, counter = (int(word) & WORD for word in seed.next())
    return number, counter
