"""Choose the functions for targets that are directories: sets of shards, and Zarr arrays.

The modules that save, verify and read such targets are a layer above those for single files. This
module passes a path up to them.
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
    """Say whether a path names a Zarr array, by its suffix or by the contents of the directory."""
    return path.suffix == ZARR or (path / "zarr.json").is_file()


def check_there(path: Path) -> None:
    """Raise FileNotFoundError if a path does not exist and has no suffix of a known format."""
    if path.suffix not in SUFFIXES and not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or folder", str(path))


def saver(path: str | os.PathLike[str]) -> Callable[..., object] | None:
    """Return the function that saves a directory target, or None for a single file."""
    name, where = os.fspath(path), Path(path)
    if where.suffix == ZARR:
        from .zarr import save_zarr  # noqa: PLC0415 - a layer above, on demand

        return save_zarr
    known = where.suffix in SUFFIXES
    if name.endswith(("/", INDEX_SUFFIX)) or (where.is_dir() and not known):
        from .saving_sets import save_sharded  # noqa: PLC0415

        return save_sharded
    return None


def verifier(path: Path) -> Callable[..., Verification] | None:
    """Return the function that verifies a directory target, or None for a single file."""
    check_there(path)
    if is_zarr(path):
        from .zarr import verify_zarr  # noqa: PLC0415

        return verify_zarr
    if is_set(path):
        from .verifying_sets import verify_set  # noqa: PLC0415

        return verify_set
    return None
