"""Boxes: an index in NumPy's notation becomes a description of a part of a tensor.

Pure functions of an index and a shape; the tensor need not exist. Guarantees: a box lies in the
tensor, and has the shape that NumPy's indexing would give. Requires: the shape is a tuple of
non-negative integers.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastinit._memory.arrays import as_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = 1 << 64
_INT64_END = 1 << 63


class Box(NamedTuple):
    """A part of a tensor: a regular range along each axis, or rows in any order.

    Parameters
    ----------
    origin : int
        The C-order index of the first element of the box in the tensor.
    steps : tuple of int
        For each axis, the distance between neighbours in elements of the tensor, modulo 2**64.
    lengths : tuple of int
        The length of each axis. An axis with a single index has length 1.
    rows : array of int64, optional
        Indices along the first axis, counted from `origin`. They replace 0, 1, 2, ...
    single : tuple of int
        The axes with a single index. The result does not have these axes.
    listed_shape : tuple of int
        The shape of the given array of rows. In the result, it replaces the first axis.
    """

    origin: int
    steps: tuple[int, ...]
    lengths: tuple[int, ...]
    rows: NDArray[np.int64] | None
    single: tuple[int, ...]
    listed_shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        kept = [n for axis, n in enumerate(self.lengths) if axis not in self.single]
        return tuple(kept) if self.rows is None else (*self.listed_shape, *kept[1:])

    def place_of_row(self, row: int, shape: tuple[int, ...]) -> slice | NDArray[np.bool_]:
        """Return the index along the first axis of the box at which a row of the tensor lies.

        The index selects nothing if the row is not in the box. Requires: neither the tensor nor the
        box is empty.
        """
        if self.rows is not None:
            return np.equal(self.rows, row)
        row_size = math.prod(shape[1:])
        step = self.steps[0] if self.steps[0] < _INT64_END else self.steps[0] - _WORD
        place, rest = divmod(row - self.origin // row_size, step // row_size)
        return slice(place, place + 1) if rest == 0 and place >= 0 else slice(0)

    def part(self, starts: tuple[int, ...], lengths: tuple[int, ...]) -> Box:
        """Return a part of the box: its first element and its lengths, for all axes of the box."""
        listed = self.rows is not None
        origin = self.origin + sum(
            start * step
            for axis, (start, step) in enumerate(zip(starts, self.steps, strict=True))
            if axis or not listed
        )
        rows = None if self.rows is None else self.rows[starts[0] : starts[0] + lengths[0]]
        return Box(origin % _WORD, self.steps, lengths, rows, (), (lengths[0],) if listed else ())

    def of_rows(self, rows: NDArray[np.int64]) -> Box:
        """Return the same box with other rows, given as an array of one or more axes."""
        lengths = (rows.size, *self.lengths[1:])
        return self._replace(lengths=lengths, rows=rows.reshape(-1), listed_shape=rows.shape)


def place_of_row(row: int, shape: tuple[int, ...], start: int) -> slice:
    """Return where a row of a tensor lies in a range of its elements, in C order.

    Parameters
    ----------
    row : int
        An index along the first axis of the tensor.
    shape : tuple of int
        The shape of the tensor.
    start : int
        The C-order index at which the range starts. The slice may exceed the end of the range.
    """
    row_size = math.prod(shape[1:])
    first = row * row_size - start
    return slice(max(0, first), max(0, first + row_size))


def _expand(index: Any, count: int) -> list[Any]:
    """Return one entry for each axis. An ellipsis and missing entries become full slices."""
    entries = list(index) if isinstance(index, tuple) else [index]
    if any(entry is None for entry in entries):
        raise IndexError(
            "an index of a weight must not contain None (a new axis): add the axis to the "
            "result, as in weight[0][None]"
        )
    ellipses = [place for place, entry in enumerate(entries) if entry is Ellipsis]
    if len(ellipses) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    given = len(entries) - len(ellipses)
    if given > count:
        raise IndexError(f"too many indices: the weight has {count} axes, but {given} were indexed")
    place = ellipses[0] if ellipses else len(entries)
    return entries[:place] + [slice(None)] * (count - given) + entries[place + 1 :]


def _as_integer(entry: Any) -> int | None:
    """Return an entry that selects one index as an integer, or None if it is something else.

    The arrays of other libraries also have an ``__index__``, which raises unless they have one
    element.
    """
    if isinstance(entry, bool) or getattr(entry, "ndim", None):
        return None
    try:
        return operator.index(entry)
    except TypeError:
        return None


def as_rows(ids: Any, length: int, *, negative: bool = False) -> NDArray[np.int64]:
    """Return row numbers as int64 in [0, length), or raise.

    Parameters
    ----------
    ids : array-like of int
        Row numbers of any shape and integer dtype.
    length : int
        The number of rows.
    negative : bool
        Whether -1 means the last row, as in NumPy's indexing.
    """
    given = as_values(ids, "row numbers")
    if given.size == 0 and given.dtype == np.float64:  # made from an empty list
        given = given.astype(np.int64)
    if given.dtype.kind not in "iu":
        raise IndexError(f"row numbers must be integers, got {given.dtype.name}")
    # int64 has no larger numbers. Of a longer tensor, integers and slices select the other rows.
    end = min(length, _INT64_END)
    rows = given.astype(np.int64, order="C", copy=False)  # a single number keeps its shape, ()
    # Read as unsigned numbers, those below 0 are the largest: one pass finds both kinds.
    if rows.size == 0 or int(rows.view(np.uint64).max()) < end:
        return rows
    lowest = -length if negative and length < _INT64_END else 0
    least, most = int(given.min()), int(given.max())
    if least < lowest or most >= end:
        wrong = most if most >= end else least
        raise IndexError(f"row numbers must be in [{lowest}, {end}), got {wrong}")
    return np.where(rows < 0, rows + length, rows)


def box_of(index: Any, shape: tuple[int, ...], *, checked: bool = False) -> Box:
    """Return the part of a tensor that an index selects, or raise IndexError.

    Parameters
    ----------
    index : int, slice, Ellipsis, array of int, or a tuple of them
        As in NumPy's indexing. An array of row numbers may be given for the first axis only.
    shape : tuple of int
        The shape of the whole tensor.
    checked : bool
        Whether `index` is what `as_rows` returned.
    """
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    origin, rows = 0, None
    steps, lengths, single = [], [], []
    listed_shape: tuple[int, ...] = ()
    for axis, (entry, length, stride) in enumerate(
        zip(_expand(index, len(shape)), shape, strides, strict=True)
    ):
        if isinstance(entry, slice):
            chosen = range(*entry.indices(length))
            origin += chosen.start * stride if chosen else 0
            steps.append(chosen.step * stride % _WORD)
            lengths.append(len(chosen))
        elif (number := _as_integer(entry)) is not None:
            if not -length <= number < length:
                raise IndexError(
                    f"index {number} is out of bounds for axis {axis} with size {length}"
                )
            origin += number % length * stride
            steps.append(stride)
            lengths.append(1)
            single.append(axis)
        elif axis == 0:
            found = entry if checked else as_rows(entry, length, negative=True)
            rows, listed_shape = found.reshape(-1), found.shape
            steps.append(stride)
            lengths.append(rows.size)
        else:
            raise IndexError(
                f"axis {axis} must be indexed by an integer or a slice, "
                f"got {type(entry).__name__}; only the first axis accepts an array of row numbers"
            )
    return Box(origin, tuple(steps), tuple(lengths), rows, tuple(single), listed_shape)
