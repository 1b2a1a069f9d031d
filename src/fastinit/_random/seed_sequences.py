"""Seeds of more than 64 bits, as in NumPy: they become the first 64 bits of a `SeedSequence`.

Guarantees: a 64-bit integer means itself, as everywhere in this package. The random module of NumPy
is imported only for arguments that may be something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .addressing import check_seed

if TYPE_CHECKING:
    from numpy.random.bit_generator import ISeedSequence


def key_of(seed: Any) -> tuple[int, ISeedSequence | None]:
    """Return the 64-bit seed, and the seed sequence that generated it, if there is one.

    Parameters
    ----------
    seed : int, sequence of int or SeedSequence
        An integer of more than 64 bits, or a sequence, means the seed sequence made from it.

    Raises
    ------
    TypeError, ValueError
        If the seed is none of these, or is negative.
    """
    sequence = _seed_sequence_of(seed)
    if sequence is None:
        also = ", a sequence of them, a SeedSequence, a fastinit.Generator or None"
        return check_seed(seed, also), None
    return int(sequence.generate_state(1, np.uint64)[0]), sequence


def _seed_sequence_of(seed: Any) -> ISeedSequence | None:
    if isinstance(seed, int) and seed < 1 << 64:
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
