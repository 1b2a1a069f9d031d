"""A weight as a row of blocks: what is written to a file, or compared with one, at a time.

Promises: a block is cut by the C-order index alone, so its length need not divide a row's; block
after block has the bits of the whole. Memory does not grow with the weight.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fastinit import engine
from fastinit.addressing import check_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fastinit.weight import Weight

#: Large enough that a system call costs nothing, small enough to stay in a core's share of cache.
BLOCK_BYTES = 4 << 20


def bounds(weight: Weight) -> list[tuple[int, int]]:
    """Return the C-order indices at which the blocks of a weight begin and end."""
    step = BLOCK_BYTES // weight.dtype.itemsize
    return list(pairwise([*range(0, weight.size, step), weight.size]))


def filler(weight: Weight, threads: int | None = None) -> Callable[[NDArray[Any], int], None]:
    """Return fill(array, start), which writes the elements from a C-order index on into a row."""
    law = weight.distribution.law(weight.dtype)
    stream = check_stream(weight.name)
    row = math.prod(weight.shape[1:])
    padding = None if weight.padding_idx is None else weight.padding_idx * row

    def fill(array: NDArray[Any], start: int) -> None:
        engine.fill(array, law, weight.seed, stream, start, threads)
        if padding is not None:
            first = max(0, padding - start)
            array[first : max(first, padding + row - start)] = 0

    return fill
