"""Read the header of a single file: its tensors, their positions and their formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.garbage import collector_paused
from fastinit._support.strict_json import loads
from fastinit.storage.errors import FileFormatError
from fastinit.storage.regular_file import open_regular
from fastinit.storage.targets import RAW, suffix_of

from . import npy, safetensors

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

#: The names of the floating-point dtypes, by what the formats call them.
FLOAT_NAMES = {
    **{name: name for name in FLOAT_DTYPES},
    **{theirs: name for name, theirs in safetensors.DTYPES.items()},
}


class Tensor(NamedTuple):
    """One tensor of a file. A tuple, because a file may have a million of them.

    Parameters
    ----------
    name : str or None
        None if the format has no names.
    dtype : str or None
        As the format spells it; None in a raw file.
    shape : tuple of int or None
        None in a raw file.
    nbytes : int
    formula : str or None
        JSON text, if the file has a formula.
    start : int
        The position of the first byte in the file.
    big_endian : bool
        Whether the most significant byte of an element comes first.
    file : str or None
        The name of the shard, in a set.
    """

    name: str | None
    dtype: str | None
    shape: tuple[int, ...] | None
    nbytes: int
    formula: str | None
    start: int = 0
    big_endian: bool = False
    file: str | None = None

    @property
    def float_dtype(self) -> np.dtype[Any] | None:
        """The dtype in the byte order of the file; None if weights cannot have this dtype."""
        name = FLOAT_NAMES.get(self.dtype or "")
        if name is None:
            return None
        return as_dtype(name, FLOAT_DTYPES).newbyteorder(">" if self.big_endian else "<")

    def __str__(self) -> str:
        return f"{self.dtype}{' (big-endian)' if self.big_endian else ''} of shape {self.shape}"


def read_header(file: BinaryIO, path: Path, *, header_only: bool = False) -> list[Tensor]:
    """Return the tensors of an open file, in file order.

    Parameters
    ----------
    file : binary file
        At its beginning.
    path : Path
        The path of the file. Its suffix selects the format.
    header_only : bool, default False
        Whether the file may end before its tensors do.

    Raises
    ------
    FileFormatError
        If the header is damaged, or the file ends before its tensors do.
    ValueError
        If the suffix is unknown.
    """
    suffix = suffix_of(path)
    if suffix in RAW:
        return [Tensor(None, None, None, path.stat().st_size, None)]
    read = _read_npy if suffix == ".npy" else _read_safetensors
    try:
        with collector_paused():
            return read(file, path, header_only)
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}") from None


def _read_npy(file: BinaryIO, path: Path, header_only: bool) -> list[Tensor]:  # noqa: FBT001
    shape, dtype, start = npy.read_header(file)
    nbytes = math.prod(shape) * dtype.itemsize
    size, end = path.stat().st_size, start + nbytes
    if size < end and not header_only:
        raise ValueError(f"the file has {size:,} bytes, expected {end:,}")
    return [Tensor(None, dtype.name, shape, nbytes, None, start, dtype.str.startswith(">"))]


def _read_safetensors(file: BinaryIO, _: Path, header_only: bool) -> list[Tensor]:  # noqa: FBT001
    entries, metadata, begin = safetensors.read_header(file, header_only=header_only)
    return [
        Tensor(
            name,
            dtype,
            shape,
            last - first,
            metadata.get(f"{safetensors.FORMULA_KEY}{name}") if metadata else None,
            begin + first,
        )
        for name, dtype, shape, first, last in entries
    ]


def tensors_of(path: Path, *, header_only: bool = False) -> list[Tensor]:
    """Return the tensors of a single file; formulas are JSON, but not checked further."""
    with open_regular(path) as file:
        tensors = read_header(file, path, header_only=header_only)
    for each in tensors:
        if each.formula is not None:
            try:
                loads(each.formula)
            except ValueError as error:
                raise FileFormatError(f"{path}: the formula of {each.name!r}: {error}") from None
    return tensors
