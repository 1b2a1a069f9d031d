"""Create a file that appears under its name whole or not at all.

The file is written under a temporary name in the same directory. Its disk space is reserved first.
When the file is complete and synchronised with the disk, it gets its name. An error, Ctrl-C or
SIGTERM removes the temporary file. A process that is killed leaves the temporary file, and never an
incomplete file under the final name. `whole_file` is for small files: each writer uses a temporary
name of its own. `resumable_file` adds what large files need.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .partial_names import temporary_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The errors by which a file system says that it does not support an operation.
UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)


def check_target(path: Path, *, force: bool) -> None:
    """Raise an error unless a file may be created at a path."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    if not force and os.path.lexists(path):
        raise exists(path)


def exists(path: Path) -> FileExistsError:
    """Return the error for a file that exists."""
    return FileExistsError(errno.EEXIST, "exists; to replace it, pass force=True", str(path))


def reserve(descriptor: int, size: int) -> None:
    """Reserve the disk space of a file, so that a full disk is found before the work starts."""
    if size == 0 or not hasattr(os, "posix_fallocate"):  # macOS does not have it
        return
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        os.ftruncate(descriptor, size)


def give_name(temporary: Path, path: Path, *, force: bool) -> None:
    """Rename a file; without `force`, never replace a file that appeared in the meantime."""
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
        # The file system has no hard links: check once more, then rename.
        check_target(path, force=False)
        temporary.replace(path)


def synchronise_directory(directory: Path) -> None:
    """Synchronise a directory, so that a new name in it survives a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def errors_of(path: Path, *others: Path, size: int) -> Iterator[None]:
    """Re-raise an OSError that names no file, or one of `others`, as an error about `path`."""
    try:
        yield
    except OSError as error:
        if error.filename is None or error.filename in map(str, others):
            reason = f"{error.strerror} (a file of {size:,} bytes)"
            raise OSError(error.errno, reason, str(path)) from error
        raise


@contextmanager
def whole_file(path: Path, size: int, *, force: bool) -> Iterator[int]:
    """Yield a descriptor to write `size` bytes to; give the file its name at the end.

    Raises
    ------
    OSError
        An error that names `path`: FileExistsError without `force`; no such directory, no
        permission, disk full.
    """
    check_target(path, force=force)
    temporary = temporary_name(path)
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
    synchronise_directory(path.parent)
