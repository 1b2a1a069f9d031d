"""A tensor of a file, or of a formula, of which any range of elements can be read.

The header of a file must agree with its size and with the formula; otherwise an error says what
does not agree. Only the header and the requested ranges are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import engine
from fastinit._memory.arrays import empty
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._random.addressing import check_stream
from fastinit._support.suggestions import did_you_mean
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.headers import read_header
from fastinit.storage.formats.layout import check_header, formula_of, layout_of
from fastinit.storage.regular_file import open_regular
from fastinit.storage.sets.sharding import find_set, read_index
from fastinit.storage.targets import INDEX_SUFFIX, RAW, as_local_path, is_set, is_zarr, suffix_of

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fastinit.storage.formats.headers import Tensor
    from fastinit.weight import Weight

#: The number of names that an error lists.
NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Source:
    """The source of the values.

    Parameters
    ----------
    name : str or None
        The name of the tensor; None if the format has no names.
    dtype : dtype
        In the byte order of the file.
    shape : tuple of int
    weight : Weight or None
        The formula, if it is known.
    path : Path or None
        None if the values are made from the formula.
    start : int
        The position of the first element in the file, in bytes.
    """

    name: str | None
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    weight: Weight | None
    path: Path | None = None
    start: int = 0

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def read(self, ranges: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        """Yield the elements of ranges in C order; a formula ignores its padding row here."""
        if self.path is not None:
            yield from self._read_file(self.path, ranges)
        elif self.weight is not None:
            law = self.weight.distribution.law(self.dtype)
            stream = check_stream(self.weight.name)
            for start, stop in ranges:
                block = empty(stop - start, self.dtype)
                engine.fill(block, law, self.weight.seed, stream, start, None)
                yield block

    def _read_file(self, path: Path, ranges: Iterable[tuple[int, int]]) -> Iterator[NDArray[Any]]:
        with open_regular(path) as file:
            for start, stop in ranges:
                block = np.empty((stop - start) * self.dtype.itemsize, np.uint8)
                file.seek(self.start + start * self.dtype.itemsize)
                if file.readinto(block.data) < block.size:
                    raise FileFormatError(f"{path}: the file ends while it is being read")
                yield block.view(self.dtype)


def source_of_formula(weight: Weight) -> Source:
    """Return a source that makes the values."""
    return Source(weight.name, weight.dtype, weight.shape, weight)


def source_of_file(
    path: str | os.PathLike[str], name: str | None = None, weight: Weight | None = None
) -> Source:
    """Return a tensor of a file.

    Parameters
    ----------
    path : str or path
        A file of a format that `fastinit.save` writes, or the directory or the index of a set of
        shards.
    name : str, optional
        The name of the tensor. It is required if the file has several.
    weight : Weight, optional
        The formula. The default is the formula in the file, if it has one.

    Raises
    ------
    FileFormatError
        If the file is damaged or cut off, or if its shape or dtype is not that of the formula.
    ValueError
        If there is no such tensor, or if the format does not say what it holds.
    OSError
        If the file cannot be read.
    """
    where = as_local_path(path, "a file that is drawn")
    if is_zarr(where):
        raise ValueError(
            f"{where}: a Zarr array cannot be drawn; draw its formula: give --shape, --scheme, "
            "--seed and --name instead of FILE"
        )
    if is_set(where):
        where = _shard_of(where, name if weight is None else weight.name)
    suffix = suffix_of(where)
    if weight is None and suffix in RAW:
        raise ValueError(
            f"{where}: a {suffix} file does not say what it holds: "
            "give the formula, --shape, --scheme, --seed and --name"
        )
    with open_regular(where) as file:
        tensors = read_header(file, where)
    if weight is None:
        source = _source_of_tensor(_tensor_of(tensors, name, where), where)
        if source.weight is None:
            return source
        weight = source.weight
    layout = check_header(tensors, where, layout_of(where, weight))
    return Source(weight.name, weight.dtype, weight.shape, weight, where, layout.starts[0])


def _tensor_of(tensors: Sequence[Tensor], name: str | None, path: Path) -> Tensor:
    """Return the requested tensor of a file."""
    named = {tensor.name: tensor for tensor in tensors if tensor.name is not None}
    if path.suffix != ".npy":
        return named[_chosen(name, named, path)]
    if name is not None:
        raise ValueError(
            f"{path}: a .npy file has no names: omit --name, or give the whole formula "
            "(--shape, --scheme, --seed and --name)"
        )
    return tensors[0]


def _source_of_tensor(tensor: Tensor, path: Path) -> Source:
    """Return a tensor as the header of its file describes it."""
    dtype, shape = tensor.float_dtype, tensor.shape
    if dtype is None or shape is None:
        what = "the array" if tensor.name is None else repr(tensor.name)
        raise ValueError(
            f"{path}: the dtype of {what} is {tensor.dtype}, expected {', '.join(FLOAT_DTYPES)}"
        )
    weight = None if tensor.formula is None else formula_of(tensor, path)
    return Source(tensor.name, dtype, shape, weight, path, tensor.start)


def _shard_of(path: Path, name: str | None) -> Path:
    """Return the file of a set that holds a tensor."""
    found = find_set(path)
    if not found.name.endswith(INDEX_SUFFIX):
        return found
    files = {each: file for file, names in read_index(found).items() for each in names}
    return files[_chosen(name, files, found)]


def _chosen(name: str | None, names: Collection[str], path: Path) -> str:
    """Return the name of the requested tensor, or of the only one."""
    if name is not None and name in names:
        return name
    known = sorted(names)
    if name is None and len(known) == 1:
        return known[0]
    listed = ", ".join(known[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
    if name is None:
        raise ValueError(
            f"{path}: the file has {len(names)} tensors; select one by --name: {listed}"
        )
    raise ValueError(
        f"{path}: the file has no tensor {name!r}, but {listed}{did_you_mean(name, known)}"
    )
