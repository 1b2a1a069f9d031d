"""A sample of a tensor: all of it, or blocks spread over it by a fixed rule.

Promises: the same tensor gives the same sample on every machine; memory and time do not grow with
the tensor.

The rule: a tensor of more values than the limit is cut into as many equal parts as blocks of 4096
fit into the limit, and each part gives one block. Where in its part a block begins is decided by a
random word, lest all blocks begin at the same column of a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastinit._schemes.fills import random_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .sources import Source

BLOCK = 4096

#: So many values show the tails out to 4.9 standard deviations.
LIMIT = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Some of a tensor's values.

    Parameters
    ----------
    values : array of float64
        Finite ones, ascending.
    not_finite : int
        How many more were read, and are infinite or NaN.
    ranges : int
        How many ranges were read.
    of : int
        The tensor's size.
    """

    values: NDArray[np.float64]
    not_finite: int
    ranges: int
    of: int


def ranges_of(size: int, limit: int) -> list[tuple[int, int]]:
    """Return the C-order indices between which a tensor of some size is read."""
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
    """Return a sample of a tensor; the padding row's zeros are left out.

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
    weight, first, last = source.weight, 0, 0
    if weight is not None and weight.padding_idx is not None:
        row = weight.size // len(weight)
        first, last = weight.padding_idx * row, (weight.padding_idx + 1) * row
    for (start, _), block in zip(ranges, source.read(ranges), strict=True):
        values = block.astype(np.float64)
        padding = slice(max(0, first - start), max(0, last - start))
        yield np.delete(values, padding) if padding.start < padding.stop else values
