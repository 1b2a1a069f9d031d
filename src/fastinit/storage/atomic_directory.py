"""Create a directory that appears under its name whole or not at all, as `atomic_file` does files.

The directory is filled under a temporary name beside its target, synchronised with the disk, and
then renamed. If it replaces another directory, the old one is first renamed to a temporary name.
Between the two renames, no directory has the target name.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .atomic_file import exists, synchronise_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_directory(path: Path, size: int, *, force: bool) -> None:
    """Raise an error unless a directory of this size may be created at a path."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(path.parent))
    if not force and os.path.lexists(path):
        raise exists(path)
    if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        raise NotADirectoryError(errno.ENOTDIR, "exists and is not a directory", str(path))
    if size > (free := shutil.disk_usage(path.parent).free):
        reason = f"No space left on device ({size:,} bytes needed, {free:,} free)"
        raise OSError(errno.ENOSPC, reason, str(path))


@contextmanager
def whole_directory(path: Path, size: int, *, force: bool) -> Iterator[Path]:
    """Yield an empty directory to fill with `size` bytes; rename it to `path` at the end.

    Raises
    ------
    OSError
        FileExistsError without `force`; no such parent directory, no permission, disk full.
    """
    check_directory(path, size, force=force)
    temporary = path.parent / f".fastinit-{secrets.token_hex(8)}.tmp"
    temporary.mkdir()
    try:
        yield temporary
        synchronise(temporary)
        give_name(temporary, path, force=force)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    synchronise_directory(path.parent)


def give_name(temporary: Path, path: Path, *, force: bool) -> None:
    """Rename a directory; with `force`, move an existing one aside and remove it."""
    if not os.path.lexists(path):
        temporary.rename(path)
        return
    if not force:  # it appeared while this one was being filled
        raise exists(path)
    aside = path.parent / f".fastinit-{secrets.token_hex(8)}.tmp"
    path.rename(aside)
    temporary.rename(path)
    shutil.rmtree(aside)


def synchronise(directory: Path) -> None:
    """Write all contents of a directory to the disk."""
    for path in (*directory.rglob("*"), directory):
        if path.is_dir():
            synchronise_directory(path)
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
