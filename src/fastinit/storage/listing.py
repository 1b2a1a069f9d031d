"""List the tensors of a file, of a set of shards or of a Zarr array, from headers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats.headers import tensors_of
from .sets.sharding import find_set, read_index
from .targets import INDEX_SUFFIX, as_path, check_exists, is_set, is_zarr
from .zarr.arrays import open_zarr, tensor_of

if TYPE_CHECKING:
    import os

    from .formats.headers import Tensor


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
    where = as_path(path)
    check_exists(where)
    if is_zarr(where):
        return [tensor_of(open_zarr(where), where)]
    if is_set(where):
        found = find_set(where)
        files = list(read_index(found)) if found.name.endswith(INDEX_SUFFIX) else [found]
        return [
            each._replace(file=file.name)
            for file in files
            for each in tensors_of(file, header_only=header_only)
        ]
    return tensors_of(where, header_only=header_only)
