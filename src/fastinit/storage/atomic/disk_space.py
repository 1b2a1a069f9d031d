"""Reserve the disk space of a file, so that a full disk is found before the work starts.

`os.posix_fallocate` would do the same on most file systems. Others cannot reserve space: NFS before
version 4.2, and many FUSE systems. There, glibc writes a byte to every page in place of the
reservation. This can take longer than writing the file. So this module calls ``fallocate(2)``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: The errors by which a file system says that it does not support an operation.
UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM)


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
