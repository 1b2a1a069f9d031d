"""Verify a file: make each block again from the formula and compare the bits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fastinit.memory import empty

from .blocks import BLOCK_BYTES, bounds, filler
from .folders import verifier
from .layout import FileFormatError, check_header, layout_of, read_formulas, suffix_of

if TYPE_CHECKING:
    import io
    import os
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from fastinit.weight import Weight

    from .saving import Progress


@dataclass(frozen=True, slots=True)
class Difference:
    """The first element that is not what its formula says.

    Parameters
    ----------
    name : str
        The weight's.
    index : tuple of int
    expected, found : float
        The values, as float64. Bits are compared: 0.0 and -0.0 differ.
    """

    name: str
    index: tuple[int, ...]
    expected: float
    found: float

    def __str__(self) -> str:
        place = ", ".join(map(str, self.index))
        return f"{self.name}[{place}] is {self.found!r}, expected {self.expected!r}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found; true if the file is what its formulas say.

    Parameters
    ----------
    weights : tuple of Weight
        Whose values were compared.
    nbytes : int
        How many bytes were compared.
    difference : Difference or None
        The first, in the order of the file.
    """

    weights: tuple[Weight, ...]
    nbytes: int
    difference: Difference | None

    def __bool__(self) -> bool:
        return self.difference is None


def verify(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight] | None = None,
    *,
    progress: Progress | None = None,
) -> Verification:
    """Compare a file, a block at a time, with what its formulas say.

    Parameters
    ----------
    path : str or path
        Of a format that `fastinit.save` writes; or the folder or index of a sharded set, or a
        Zarr array.
    weights : Weight or iterable of Weight, optional
        The formulas. By default those that the file itself has, which only safetensors files do.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each block.

    Returns
    -------
    Verification
        True if all bits agree; otherwise its `difference` is the first element that differs.

    Raises
    ------
    FileFormatError
        A ValueError: if the file is damaged, cut off, or holds other names, shapes or dtypes.
    ValueError
        If there is no formula to compare with.
    OSError
        If the file cannot be read.
    """
    where = Path(path)
    if (verify_folder := verifier(where)) is not None:
        return verify_folder(where, weights, progress=progress)
    if weights is None:
        if (suffix := suffix_of(where)) != ".safetensors":
            raise ValueError(f"{where}: a {suffix} file has no formula in it: give its Weight")
        weights = read_formulas(where)
    expected = layout_of(where, weights)
    with where.open("rb", buffering=0) as file:
        layout = check_header(file, where, expected)
        total, done = sum(weight.nbytes for weight in layout.weights), 0
        made, read = (empty(BLOCK_BYTES, np.dtype(np.uint8)) for _ in range(2))
        for weight, begin in zip(layout.weights, layout.starts, strict=True):
            fill, itemsize = filler(weight), weight.dtype.itemsize
            for start, stop in bounds(weight):
                size = (stop - start) * itemsize
                ours, theirs = made[:size], read[:size]
                fill(ours.view(weight.dtype), start)
                read_all(file, theirs, begin + start * itemsize, where)
                done += size
                if not np.array_equal(ours, theirs):
                    difference = first_difference(weight, start, ours, theirs)
                    return Verification(layout.weights, done, difference)
                if progress is not None:
                    progress(done, total)
    return Verification(layout.weights, done, None)


def read_all(file: io.FileIO, memory: NDArray[np.uint8], position: int, path: Path) -> None:
    """Fill a memory from a file: one call may read less."""
    file.seek(position)
    done = 0
    while done < memory.size:
        count = file.readinto(memory[done:].data)
        if not count:
            raise FileFormatError(f"{path}: the file ends while it is being read")
        done += count


def first_difference(
    weight: Weight, start: int, ours: NDArray[np.uint8], theirs: NDArray[np.uint8]
) -> Difference:
    """Name the first element that differs between two blocks from a C-order index on."""
    place = int(np.argmax(ours != theirs)) // weight.dtype.itemsize
    expected, found = (float(block.view(weight.dtype)[place]) for block in (ours, theirs))
    index = tuple(int(axis) for axis in np.unravel_index(start + place, weight.shape))
    return Difference(weight.name, index, expected, found)
