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

    #: What an index has for one axis.
    Entry = slice | int | NDArray[Any]

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
    rows_of_row : int
        How many of the listed rows make one row of the tensor: more than one if single elements
        are listed, as rows of the tensor with a single axis.
    """

    origin: int
    steps: tuple[int, ...]
    lengths: tuple[int, ...]
    rows: NDArray[np.int64] | None
    single: tuple[int, ...]
    listed_shape: tuple[int, ...]
    rows_of_row: int = 1

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
            return self.is_row(row)
        row_size = math.prod(shape[1:])
        distance = row - self.origin // row_size
        if self.lengths[0] == 1:  # modulo 2**64, its step may be anything, even 0
            return slice(0, int(distance == 0))
        step = self.steps[0] if self.steps[0] < _INT64_END else self.steps[0] - _WORD
        place, rest = divmod(distance, step // row_size)
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
        shape = (lengths[0],) if listed else ()
        return Box(origin % _WORD, self.steps, lengths, rows, (), shape, self.rows_of_row)

    def is_row(self, row: int) -> NDArray[np.bool_]:
        """Say of each listed row whether it is a row of the tensor, or a part of that row."""
        rows: Any = self.rows
        if self.rows_of_row != 1:
            rows = rows // self.rows_of_row
        found: NDArray[np.bool_] = np.equal(rows, row)
        return found

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


def _expand(index: Any, shape: tuple[int, ...]) -> tuple[list[Entry], int | None]:
    """Return one entry for each axis, and the place where an ellipsis was, or None.

    An ellipsis and missing entries become full slices. A mask becomes the indices of its elements,
    one array for each of its axes, as in NumPy.
    """
    found: list[Entry] = []
    masks: list[tuple[int, tuple[int, ...]]] = []
    place = None
    for entry in index if isinstance(index, tuple) else (index,):
        if isinstance(entry, slice):
            found.append(entry)
        elif entry is Ellipsis:
            if place is not None:
                raise IndexError("an index can only have a single ellipsis ('...')")
            place = len(found)
        elif (number := _as_integer(entry)) is not None:
            found.append(number)
        elif (values := _as_indices(entry)).dtype == np.bool_:
            masks.append((len(found), values.shape))
            found += values.nonzero()
        else:
            found.append(values)
    missing = len(shape) - len(found)
    if missing < 0:
        raise IndexError(
            f"too many indices: the weight has {len(shape)} axes, but {len(found)} were indexed"
        )
    end = len(found) if place is None else place
    for first, lengths in masks:
        _check_mask(lengths, first if first < end else first + missing, shape)
    return [*found[:end], *[slice(None)] * missing, *found[end:]], place


def _as_indices(entry: Any) -> NDArray[Any]:
    """Return an entry that is neither an integer nor a slice as an array of indices or a mask."""
    if entry is None:
        raise IndexError(
            "an index of a weight must not contain None (a new axis): add the axis to the "
            "result, as in weight[0][None]"
        )
    values = as_values(entry, "row numbers")
    if values.dtype == np.bool_ and not values.ndim:
        raise IndexError(f"an index of a weight must not be the bool {values}: give 0 or 1")
    return values


def _check_mask(lengths: tuple[int, ...], axis: int, shape: tuple[int, ...]) -> None:
    expected = shape[axis : axis + len(lengths)]
    if lengths != expected:
        raise IndexError(
            f"a mask from axis {axis} on must have the shape {expected}, which is that of the "
            f"weight there, got {lengths}"
        )


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


def as_rows(
    ids: Any, length: int, *, negative: bool = False, name: str = "row numbers"
) -> NDArray[np.int64]:
    """Return row numbers as int64 in [0, length), or raise.

    Parameters
    ----------
    ids : array-like of int
        Row numbers of any shape and integer dtype.
    length : int
        The number of rows.
    negative : bool
        Whether -1 means the last row, as in NumPy's indexing.
    name : str
        What an error calls them.
    """
    given = as_values(ids, name)
    if given.size == 0 and given.dtype == np.float64:  # made from an empty list
        given = given.astype(np.int64)
    if given.dtype.kind not in "iu":
        advice = ": a mask of rows is an index, weight[mask]" if given.dtype.kind == "b" else ""
        kind = "text" if given.dtype.kind in "SU" else given.dtype.name
        raise IndexError(f"{name} must be integers, got {kind}{advice}")
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
        raise IndexError(f"{name} must be in [{lowest}, {end}), got {wrong}")
    return np.where(rows < 0, rows + length, rows)


def box_of(index: Any, shape: tuple[int, ...], *, checked: bool = False) -> Box:
    """Return the part of a tensor that an index selects, or raise IndexError.

    Parameters
    ----------
    index : int, slice, Ellipsis, array of int, mask, or a tuple of them
        As in NumPy's indexing.
    shape : tuple of int
        The shape of the whole tensor.
    checked : bool
        Whether `index` is what `as_rows` returned.
    """
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    entries, ellipsis = _expand(index, shape)
    origin, rows = 0, None
    steps, lengths, single = [], [], []
    listed_shape: tuple[int, ...] = ()
    for axis, (entry, length, stride) in enumerate(zip(entries, shape, strides, strict=True)):
        if isinstance(entry, slice):
            chosen = range(*entry.indices(length))
            origin += chosen.start * stride if chosen else 0
            steps.append(chosen.step * stride % _WORD)
            lengths.append(len(chosen))
        elif isinstance(entry, int):
            origin += _checked(entry, length, axis) * stride
            steps.append(stride)
            lengths.append(1)
            single.append(axis)
        elif axis == 0:
            found = entry if checked else as_rows(entry, length, negative=True)
            rows, listed_shape = found.reshape(-1), found.shape
            steps.append(stride)
            lengths.append(rows.size)
        else:
            return _box_of_elements(entries, ellipsis, shape, strides)
    return Box(origin, tuple(steps), tuple(lengths), rows, tuple(single), listed_shape)


def _checked(number: int, length: int, axis: int) -> int:
    """Return an index of an axis in [0, length), or raise."""
    if not -length <= number < length:
        raise IndexError(f"index {number} is out of bounds for axis {axis} with size {length}")
    return number % length


def _box_of_elements(
    entries: list[Entry], ellipsis: int | None, shape: tuple[int, ...], strides: list[int]
) -> Box:
    """Return the elements that arrays of indices select, as rows of the tensor with a single axis.

    NumPy applies the index to arrays that hold the numbers of the elements. They have only the
    entries of the index along each axis, and no memory for the others.
    """
    if math.prod(shape) > _INT64_END:
        raise IndexError(
            "arrays of indices after the first axis need a weight of at most 2**63 elements, got "
            f"{shape}: index the other axes with integers or slices"
        )
    # What each axis with a slice adds to the numbers, and the first axis with an array for all
    # arrays and integers. A product of the lengths of several arrays may be too large for NumPy.
    added: dict[int, NDArray[np.int64]] = {}
    index: list[Any] = []
    listed: list[Any] = []
    for axis, (entry, length, stride) in enumerate(zip(entries, shape, strides, strict=True)):
        if isinstance(entry, slice):
            chosen = range(*entry.indices(length))
            numbers = np.arange(chosen.start, chosen.stop, chosen.step, dtype=np.int64)
            added[axis] = numbers * stride
            index.append(slice(None))
        elif isinstance(entry, int):
            listed.append(_checked(entry, length, axis) * stride)
            index.append(0)
        else:
            given = as_rows(entry, length, negative=True, name=f"indices of axis {axis}")
            listed.append(given * stride)
            index.append(0)
    try:
        together: Any = sum(listed)
    except ValueError:
        shapes = " ".join(str(np.shape(each)) for each in listed if np.ndim(each))
        raise IndexError(
            f"shape mismatch: arrays of indices must broadcast together, got the shapes {shapes}"
        ) from None
    first = next(axis for axis, entry in enumerate(entries) if isinstance(entry, np.ndarray))
    added[first] = together.reshape(-1)
    index[first] = np.arange(together.size).reshape(together.shape)
    if ellipsis is not None:  # for NumPy, it separates arrays of indices even if it has no axis
        index.insert(ellipsis, ...)
    virtual = [added[axis].size if axis in added else 1 for axis in range(len(shape))]
    elements: Any = 0
    for axis, own in added.items():
        along = own.reshape([-1 if each == axis else 1 for each in range(len(shape))])
        elements = elements + np.broadcast_to(along, virtual)[tuple(index)]
    rows = np.ascontiguousarray(elements)
    return Box(0, (1,), (rows.size,), rows.reshape(-1), (), elements.shape, strides[0])
