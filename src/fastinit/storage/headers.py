"""List the tensors of a file or of a set of files, from headers alone."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fastinit._support.strict_json import loads

from . import npy, safetensors
from .kinds import check_there, is_zarr
from .layout import RAW, FileFormatError, suffix_of
from .sharding import INDEX_SUFFIX, find_set, is_set, read_index

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor of a file.

    Parameters
    ----------
    name : str or None
        None if the format has no names.
    dtype : str or None
        As the format spells it; None in a raw file.
    shape : tuple of int or None
    nbytes : int
    formula : str or None
        JSON text, if the file has a formula.
    file : str or None
        The name of the shard, in a set.
    """

    name: str | None
    dtype: str | None
    shape: tuple[int, ...] | None
    nbytes: int
    formula: str | None
    file: str | None = None


def contents(path: str | os.PathLike[str], *, header_only: bool = False) -> list[Tensor]:
    """Return the tensors of a file, in its order; with `header_only`, the file may lack its data.

    Raises
    ------
    FileFormatError
        If a header is damaged.
    ValueError
        If the suffix is unknown.
    OSError
        If the file cannot be read.
    """
    where = Path(path)
    check_there(where)
    if is_zarr(where):
        return [_of_zarr(where)]
    if is_set(where):
        found = find_set(where)
        files = list(read_index(found)) if found.name.endswith(INDEX_SUFFIX) else [found]
        return [
            replace(each, file=file.name)
            for file in files
            for each in contents(file, header_only=header_only)
        ]
    suffix = suffix_of(where)
    if suffix in RAW:
        return [Tensor(None, None, None, where.stat().st_size, None)]
    with where.open("rb") as file:
        try:
            if suffix == ".npy":
                shape, dtype, start = npy.read_header(file)
                nbytes = math.prod(shape) * dtype.itemsize
                check_not_cut_off(where, start + nbytes)
                return [Tensor(None, dtype.name, shape, nbytes, None)]
            entries, metadata, _ = safetensors.read_header(file, header_only=header_only)
            for name in entries:
                loads(metadata.get(f"{safetensors.FORMULA_KEY}{name}", "{}"))
        except ValueError as error:
            raise FileFormatError(f"{where}: {error}") from None
    tensors = []
    for name, entry in sorted(entries.items(), key=lambda item: tuple(item[1]["data_offsets"])):
        first, last = entry["data_offsets"]
        formula = metadata.get(f"{safetensors.FORMULA_KEY}{name}")
        tensors.append(Tensor(name, entry["dtype"], tuple(entry["shape"]), last - first, formula))
    return tensors


def check_not_cut_off(path: Path, end: int) -> None:
    """Raise ValueError if a file ends before its tensor does."""
    if (size := path.stat().st_size) < end:
        raise ValueError(f"the file has {size:,} bytes, expected {end:,}")


def _of_zarr(path: Path) -> Tensor:
    from .zarr import formula_text, open_zarr  # noqa: PLC0415 - only needed for Zarr arrays

    array = open_zarr(path)
    formula = formula_text(array)
    name = None if formula is None else json.loads(formula).get("name")
    size = math.prod(array.shape) * array.dtype.itemsize
    return Tensor(name, array.dtype.name, array.shape, size, formula)
