"""Reserve the disk space of a file, so that a full disk is found before the work starts.

`check_room` finds it, and what else prevents a file, without reserving anything.

`os.posix_fallocate` would do the same on most file systems. Others cannot reserve space: NFS before
version 4.2, and many FUSE systems. There, glibc writes a byte to every page in place of the
reservation. This can take longer than writing the file. So this module calls ``fallocate(2)``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: The errors by which a file system says that it does not support an operation.
UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)

#: The longest file that is written, in bytes. A list of its blocks takes 10 GB of memory.
LONGEST_FILE = 1 << 50


def check_length(size: int) -> None:
    """Raise OSError if a file would be longer than any that is written."""
    if size > LONGEST_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def reserve(descriptor: int, size: int) -> None:
    """Give a file its size and, where the file system can do it, reserve its disk space.

    Raises
    ------
    OSError
        If the disk has no space for the file, or if the file would be longer than allowed.
    """
    if size == 0:
        return
    try:
        allocate(descriptor, size)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        os.ftruncate(descriptor, size)


def allocate(descriptor: int, size: int) -> None:
    """Call ``fallocate(2)`` for the first `size` bytes of a file, or raise OSError."""
    call = system_call()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    while call(descriptor, 0, 0, size):
        if (number := ctypes.get_errno()) != errno.EINTR:
            raise OSError(number, os.strerror(number))


@cache
def system_call() -> Callable[[int, int, int, int], int] | None:
    """Return ``fallocate`` of the C library with 64-bit offsets; None where there is none."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    # glibc has 64-bit offsets under this name on every platform; musl has only the other name.
    call = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
        call.restype = ctypes.c_int
    return call


#: The errors by which a file system says that it has no files without a name.
NO_UNNAMED_FILES = (*UNSUPPORTED, errno.EISDIR)


def check_room(directory: Path, largest: int, needed: int) -> None:
    """Raise an error if files cannot be written to a directory, as far as the system can tell.

    Nothing is written and no space is taken: the only file that is made has no name and no blocks.

    Parameters
    ----------
    directory : Path
        An existing directory.
    largest : int
        The size of the largest file, in bytes.
    needed : int
        The disk space of all files together, in bytes.

    Raises
    ------
    OSError
        An error without a file name: if this process may not make files in the directory, if a
        file would be longer than the file system or the limits of the process allow, or if the
        disk has less space.
    """
    check_length(largest)
    if (descriptor := _unnamed_file(directory)) is not None:
        try:
            os.ftruncate(descriptor, largest)  # the file has a length, but no blocks
        finally:
            os.close(descriptor)
    elif not os.access(
        directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    disk = shutil.disk_usage(directory)
    if disk.total and needed > disk.free:  # some file systems of FUSE say that they have 0 bytes
        reason = f"{os.strerror(errno.ENOSPC)}, {disk.free:,} bytes are free"
        raise OSError(errno.ENOSPC, reason)


def _unnamed_file(directory: Path) -> int | None:
    """Return a descriptor of a new file without a name; None if the file system has none."""
    flag = getattr(os, "O_TMPFILE", None)  # Linux
    if flag is None:
        return None
    try:
        return os.open(directory, flag | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in NO_UNNAMED_FILES:
            raise OSError(error.errno, error.strerror) from None
    return None


def blocks_of_file(path: Path) -> int:
    """Return the disk space that a file has already, in bytes; 0 if it does not exist."""
    with suppress(FileNotFoundError):
        return path.lstat().st_blocks * 512  # POSIX does not state the unit; on Linux it is 512
    return 0
