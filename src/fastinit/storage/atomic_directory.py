"""A new folder that appears under its name whole, or not at all: see `whole_file`.

It is filled under a temporary name beside it, synchronised with the disk, and then renamed. Where
it replaces another, that one is first moved aside under a temporary name: between the two renames
there is neither.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .atomic_file import exists, synchronise_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_folder(path: Path, size: int, *, force: bool) -> None:
    """Raise unless a folder of some bytes may be made under a name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    if not force and os.path.lexists(path):
        raise exists(path)
    if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        raise NotADirectoryError(errno.ENOTDIR, "is no folder", str(path))
    if size > (free := shutil.disk_usage(path.parent).free):
        reason = f"No space left on device ({size:,} bytes needed, {free:,} free)"
        raise OSError(errno.ENOSPC, reason, str(path))


@contextmanager
def whole_folder(path: Path, size: int, *, force: bool) -> Iterator[Path]:
    """Give an empty folder to fill with some bytes; name it when all went well.

    Raises
    ------
    OSError
        FileExistsError without `force`, no such folder, no permission, disk full.
    """
    check_folder(path, size, force=force)
    temporary = path.parent / f".fastinit-{secrets.token_hex(8)}.tmp"
    temporary.mkdir()
    try:
        yield temporary
        synchronise(temporary)
        give_name(temporary, path, force=force)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    synchronise_folder(path.parent)


def give_name(temporary: Path, path: Path, *, force: bool) -> None:
    """Rename a folder; with force, move another of the name aside and remove it."""
    if not os.path.lexists(path):
        temporary.rename(path)
        return
    if not force:  # it appeared meanwhile
        raise exists(path)
    aside = path.parent / f".fastinit-{secrets.token_hex(8)}.tmp"
    path.rename(aside)
    temporary.rename(path)
    shutil.rmtree(aside)


def synchronise(folder: Path) -> None:
    """Write all of a folder to the disk."""
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            synchronise_folder(path)
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
