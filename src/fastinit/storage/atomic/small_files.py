"""Write small files, such as receipts and indices, locally or to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastinit.storage.blocks.direct_io import write_all
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.remote.uploads import put

from .atomic_file import whole_file

if TYPE_CHECKING:
    import os
    from pathlib import Path


def write_small_file(
    path: Path, data: bytes, *, force: bool, removed: os.stat_result | None = None
) -> None:
    """Write a file whole or not at all; without `force`, raise FileExistsError if it exists.

    It gets the owner, the group and the mode of the file that it replaces, or of a `removed` one.
    """
    if is_remote(path):
        put(path, data, force=force)
        return
    with whole_file(path, len(data), force=force, removed=removed) as descriptor:
        write_all(descriptor, memoryview(data), 0)
