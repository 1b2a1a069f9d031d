"""A new file that appears under its name whole, or not at all.

It is written under a temporary name in the same folder, with its space taken beforehand,
synchronised with the disk, and then given its name. An error, Ctrl-C or SIGTERM removes it; a
process that is killed leaves the temporary name behind, never the real one. `whole_file` is for
small files, each writer under a name of its own; `partial_file` adds what large ones need.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What file systems answer that cannot do the thing, rather than fail at it.
UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)


def check_target(path: Path, *, force: bool) -> None:
    """Raise unless a file may be made under a name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
    if not force and os.path.lexists(path):
        raise exists(path)


def exists(path: Path) -> FileExistsError:
    """Return the error for a file that is already there."""
    return FileExistsError(errno.EEXIST, "exists: replace it with force=True", str(path))


def reserve(descriptor: int, size: int) -> None:
    """Take the disk space of a file, so that a full disk shows before the work, not after it."""
    if size == 0 or not hasattr(os, "posix_fallocate"):  # macOS has none
        return
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        os.ftruncate(descriptor, size)


def give_name(temporary: Path, path: Path, *, force: bool) -> None:
    """Rename a file; without force, never over one that appeared meanwhile."""
    if force:
        temporary.replace(path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise exists(path) from None
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        # A file system without hard links: all that is left is to look once more.
        check_target(path, force=False)
        temporary.replace(path)


def synchronise_folder(folder: Path) -> None:
    """Make a new name survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def errors_of(path: Path, *others: Path, size: int) -> Iterator[None]:
    """Let errors without a name, or with one of the other names, say whose file was to be made."""
    try:
        yield
    except OSError as error:
        if error.filename is None or error.filename in map(str, others):
            reason = f"{error.strerror} (a file of {size:,} bytes)"
            raise OSError(error.errno, reason, str(path)) from error
        raise


@contextmanager
def whole_file(path: Path, size: int, *, force: bool) -> Iterator[int]:
    """Give a descriptor to write a file of some bytes to; name the file when all went well.

    Raises
    ------
    OSError
        With the path: FileExistsError without `force`, no such folder, no permission, disk full.
    """
    check_target(path, force=force)
    temporary = path.parent / f".fastinit-{secrets.token_hex(8)}.tmp"
    with errors_of(path, temporary, size=size):
        try:
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666
            )
            try:
                reserve(descriptor, size)
                yield descriptor
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            give_name(temporary, path, force=force)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    synchronise_folder(path.parent)
