"""Divide a tensor into a grid of boxes, and a chunk into parts that are contiguous in memory.

A box is computed from its number, so a grid needs no memory, whatever its size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastinit.typing import NDArray

Lengths = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of boxes of equal lengths. The last ones along an axis may exceed the shape.

    Parameters
    ----------
    shape : tuple of int
        The shape of the tensor.
    lengths : tuple of int
        The shape of a box; each length is 1 or more.
    """

    shape: Lengths
    lengths: Lengths

    @property
    def counts(self) -> Lengths:
        """The number of boxes along each axis."""
        return tuple(
            -(-whole // part) for whole, part in zip(self.shape, self.lengths, strict=True)
        )

    @property
    def count(self) -> int:
        """The number of boxes."""
        return math.prod(self.counts)

    def place(self, number: int) -> Lengths:
        """Return the place of a box in the grid, from its number in C order."""
        place = []
        for count in reversed(self.counts):
            number, along = divmod(number, count)
            place.append(along)
        return tuple(reversed(place))

    def meeting(self, corner: Lengths, lengths: Lengths) -> Iterator[int]:
        """Yield the numbers of the boxes that a box of the tensor meets, in C order."""
        ranges = [
            range(start // side, -(-(start + length) // side))
            for start, length, side in zip(corner, lengths, self.lengths, strict=True)
        ]
        counts = self.counts
        for place in product(*ranges):
            number = 0
            for along, count in zip(place, counts, strict=True):
                number = number * count + along
            yield number

    def corner(self, number: int) -> Lengths:
        """Return the index of the first element of a box."""
        return tuple(p * n for p, n in zip(self.place(number), self.lengths, strict=True))


def clipped(corner: Lengths, lengths: Lengths, shape: Lengths) -> Lengths:
    """Return the lengths of the part of a box that lies in a tensor; 0 outside of it."""
    return tuple(
        max(0, min(length, whole - start))
        for start, length, whole in zip(corner, lengths, shape, strict=True)
    )


def added(first: Lengths, second: Lengths) -> Lengths:
    """Return the sum of two corners."""
    return tuple(a + b for a, b in zip(first, second, strict=True))


def subtracted(first: Lengths, second: Lengths) -> Lengths:
    """Return the difference of two corners."""
    return tuple(a - b for a, b in zip(first, second, strict=True))


def common(
    corner: Lengths, lengths: Lengths, other: Lengths, others: Lengths
) -> tuple[Lengths, Lengths]:
    """Return the corner and the lengths of what two boxes have in common; 0 if nothing."""
    starts = tuple(map(max, corner, other))
    stops = map(min, added(corner, lengths), added(other, others))
    return starts, tuple(max(0, stop - start) for start, stop in zip(starts, stops, strict=True))


def slices(corner: Lengths, lengths: Lengths) -> tuple[slice, ...]:
    """Return a box as an index."""
    return tuple(slice(c, c + n) for c, n in zip(corner, lengths, strict=True))


def box_of(array: NDArray[Any], corner: Lengths, lengths: Lengths) -> NDArray[Any]:
    """Return a view of a box of an array, of an array without axes too."""
    index: Any = (..., *slices(corner, lengths))
    view: NDArray[Any] = array[index]
    return view


def contiguous_lengths(lengths: Lengths, most: int) -> Lengths:
    """Return the lengths of the largest box of at most `most` elements, contiguous in a larger box.

    These are whole rows, or a part of one row if it has more elements.
    """
    found, room = [], max(1, most)
    for length in reversed(lengths):
        found.append(max(1, min(length, room)))
        # If an axis is divided, the axes before it must not be: the box has one index along them.
        room = room // length if 0 < length <= room else 1
    return tuple(reversed(found))


def contiguous_parts(lengths: Lengths, most: int) -> Iterator[tuple[Lengths, Lengths, int]]:
    """Yield the corner, the lengths and the C-order index of each contiguous part of a box."""
    grid = Grid(lengths, contiguous_lengths(lengths, most))
    start = 0
    for number in range(grid.count):
        corner = grid.corner(number)
        part = clipped(corner, grid.lengths, lengths)
        yield corner, part, start
        start += math.prod(part)


def boxes_of_range(start: int, stop: int, shape: Lengths) -> Iterator[tuple[Lengths, Lengths]]:
    """Yield the corners and the lengths of boxes that together are a range of elements, in C order.

    There are at most two for each axis.
    """
    if not shape:
        if start < stop:
            yield (), ()
        return
    row = math.prod(shape[1:])
    while start < stop:
        first, rest = divmod(start, row)
        if rest or stop - start < row:
            end = min(stop - first * row, row)
            for corner, lengths in boxes_of_range(rest, end, shape[1:]):
                yield (first, *corner), (1, *lengths)
            start = first * row + end
        else:
            rows = (stop - start) // row
            yield (first, *(0,) * (len(shape) - 1)), (rows, *shape[1:])
            start += rows * row
