"""Keras seeds: the seed and the stream that the next call of an initializer uses.

Promises: an integer gives the same seed at every call, with stream 0. A
`keras.random.SeedGenerator` gives its seed, with its counter as the stream. So its first call gives
the values of the integer, and no two of its calls give the same values.
"""

from __future__ import annotations

from typing import Any

from fastinit._support.extras import require

keras: Any = require("keras", "keras")

SEEDS = 1 << 64
# Backends without uint32 store the two numbers of a SeedGenerator as int32 or int64.
WORD = (1 << 32) - 1


def address_of(seed: Any) -> tuple[int, int]:
    """Return the seed and the number of the stream for the next call."""
    if not isinstance(seed, keras.random.SeedGenerator):
        return seed % SEEDS, 0
    return address_of_state(seed.next())


def address_of_state(state: Any) -> tuple[int, int]:
    """Return the seed and the number of the stream for a state that `SeedGenerator.next` gave."""
    number, counter = (int(word) & WORD for word in state)
    return number, counter
