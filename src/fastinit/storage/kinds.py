"""Targets that are folders, by their names: sets of shards, and Zarr arrays.

What saves, verifies and reads them is a floor above single files; here is where a path is handed
up to it.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .layout import SUFFIXES
from .sharding import INDEX_SUFFIX, is_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from .verifying import Verification

ZARR = ".zarr"


def is_zarr(path: Path) -> bool:
    """Say whether a path names a Zarr array, by its suffix or by what the folder holds."""
    return path.suffix == ZARR or (path / "zarr.json").is_file()


def check_there(path: Path) -> None:
    """Raise FileNotFoundError for a path that is not there and has no suffix of a file's format."""
    if path.suffix not in SUFFIXES and not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or folder", str(path))


def saver(path: str | os.PathLike[str]) -> Callable[..., object] | None:
    """Return what saves a target that is a folder, or None for one file."""
    name, where = os.fspath(path), Path(path)
    if where.suffix == ZARR:
        from .zarr import save_zarr  # noqa: PLC0415 - a floor above, on demand

        return save_zarr
    known = where.suffix in SUFFIXES
    if name.endswith(("/", INDEX_SUFFIX)) or (where.is_dir() and not known):
        from .saving_sets import save_sharded  # noqa: PLC0415

        return save_sharded
    return None


def verifier(path: Path) -> Callable[..., Verification] | None:
    """Return what verifies a target that is a folder, or None for one file."""
    check_there(path)
    if is_zarr(path):
        from .zarr import verify_zarr  # noqa: PLC0415

        return verify_zarr
    if is_set(path):
        from .verifying_sets import verify_set  # noqa: PLC0415

        return verify_set
    return None
