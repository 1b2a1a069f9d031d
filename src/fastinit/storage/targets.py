"""What a path names: a single file of some format, a set of shards, or a Zarr array."""

from __future__ import annotations

import errno
import os
from pathlib import Path

#: Files of elements alone, without a header.
RAW = (".bin", ".raw")
#: The suffixes of single files.
SUFFIXES = (".safetensors", ".npy", *RAW)
INDEX_SUFFIX = ".safetensors.index.json"
ZARR = ".zarr"


def suffix_of(path: Path) -> str:
    """Return the suffix that selects the format of a single file, or raise ValueError."""
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: the name must end in {', '.join(SUFFIXES)}, got {path.suffix!r}; "
            "for a new directory of shards, end the name in /"
        )
    return path.suffix


def check_exists(path: Path) -> None:
    """Raise FileNotFoundError if a path does not exist and has no suffix of a known format."""
    if path.suffix not in SUFFIXES and not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no such file or directory", str(path))


def is_zarr(path: Path) -> bool:
    """Say whether a path names a Zarr array, by its suffix or by the contents of the directory."""
    return path.suffix == ZARR or (path / "zarr.json").is_file()


def is_set(path: Path) -> bool:
    """Say whether a path names a set, that is an index or a directory, rather than one file."""
    return path.name.endswith(INDEX_SUFFIX) or path.is_dir()


def is_new_set(path: str | os.PathLike[str]) -> bool:
    """Say whether weights that are saved to a path become a set of shards.

    A new directory is recognised by the slash at its end.
    """
    where = Path(path)
    existing = where.is_dir() and where.suffix not in SUFFIXES
    return os.fspath(path).endswith(("/", INDEX_SUFFIX)) or existing
