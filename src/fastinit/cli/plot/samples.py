"""Take a sample of a tensor: all of it, or blocks spread over it by a fixed rule.

The same tensor gives the same sample on every machine. Memory and time do not grow with the tensor.

The rule applies to a tensor with more values than the limit. The tensor is divided into equal
parts, as many as blocks of 4096 values fit into the limit. Each part gives one block. A random word
decides where the block begins within its part, so that not all blocks begin at the same column of a
table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastinit._engine.regions import place_of_row
from fastinit._schemes.fills import random_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .sources import Source

BLOCK = 4096

#: This number of values shows the tails out to 4.9 standard deviations.
LIMIT = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Some values of a tensor.

    Parameters
    ----------
    values : array of float64
        The finite values, ascending.
    not_finite : int
        The number of infinite and NaN values that were read as well.
    ranges : int
        The number of ranges that were read.
    of : int
        The size of the tensor.
    """

    values: NDArray[np.float64]
    not_finite: int
    ranges: int
    of: int


def ranges_of(size: int, limit: int) -> list[tuple[int, int]]:
    """Return the C-order ranges to read of a tensor."""
    if size <= limit:
        return [(0, size)]
    block = min(BLOCK, limit)
    parts = limit // block
    words = random_bits(parts, seed=0, stream="fastinit plot", threads=1).tolist()
    bounds = [size * part // parts for part in range(parts + 1)]
    starts = [
        start + (word * (stop - start - block + 1) >> 32)
        for word, start, stop in zip(words, bounds, bounds[1:], strict=False)
    ]
    return [(start, start + block) for start in starts]


def sample_of(source: Source, limit: int = LIMIT) -> Sample:
    """Return a sample of a tensor, without the zeros of its padding row.

    Raises
    ------
    ValueError
        If there is no finite value.
    """
    ranges = ranges_of(source.size, limit)
    values = np.concatenate([*_without_padding(source, ranges), np.empty(0)])
    finite = np.sort(values[np.isfinite(values)])
    if not finite.size:
        raise ValueError(f"there is no finite value among the {values.size:,} that were read")
    return Sample(finite, values.size - finite.size, len(ranges), source.size)


def _without_padding(
    source: Source, ranges: list[tuple[int, int]]
) -> Iterator[NDArray[np.float64]]:
    padding_idx = None if source.weight is None else source.weight.padding_idx
    for (start, _), block in zip(ranges, source.read(ranges), strict=True):
        with np.errstate(invalid="ignore"):  # a signalling NaN is counted as any other
            values = block.astype(np.float64)
        if padding_idx is not None:
            values = np.delete(values, place_of_row(padding_idx, source.shape, start))
        yield values
