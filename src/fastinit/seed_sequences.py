"""Seeds as NumPy has them beside integers of 64 bits, by its `SeedSequence`.

Promises: a 64-bit integer is no such seed, so that it means itself everywhere; NumPy's random
module is imported only for what may be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

if TYPE_CHECKING:
    from numpy.random.bit_generator import ISeedSequence
    from numpy.typing import NDArray

    Seed = SupportsIndex | Sequence[int] | NDArray[np.integer] | ISeedSequence

#: What an error says that a seed may be beside an integer, where these are taken.
ALSO = ", a sequence of them, a SeedSequence, a fastinit.Generator or None"


def seed_sequence_of(seed: Any) -> ISeedSequence | None:
    """Return the seed sequence that is given, or that integers stand for; None if neither is."""
    if seed is None or (isinstance(seed, int) and seed < 1 << 64):
        return None
    # On demand: it takes longer to import than the rest of this package.
    from numpy.random.bit_generator import ISeedSequence, SeedSequence  # noqa: PLC0415

    if isinstance(seed, ISeedSequence):
        return seed
    if isinstance(seed, np.ndarray):
        listed = seed.ndim > 0
    else:
        listed = isinstance(seed, (int, Sequence)) and not isinstance(seed, (str, bytes))
    return SeedSequence(seed) if listed else None


def first_seed(sequence: ISeedSequence) -> int:
    """Return the first 64 bits that a seed sequence generates."""
    return int(sequence.generate_state(1, np.uint64)[0])
