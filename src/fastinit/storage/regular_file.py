"""Open files that somebody else named: a pipe, a device or a socket must not make a reader wait.

Guarantees: what is open is a regular file or an object in a store, and opening it did not wait.
Symbolic links are followed, because caches of models consist of them.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from .errors import FileFormatError
from .remote.remote_path import is_remote

if TYPE_CHECKING:
    from pathlib import Path


def open_regular(path: Path, *, buffering: int = -1) -> BinaryIO:
    """Return a file, open for reading.

    Raises
    ------
    FileFormatError
        If the path names a pipe, a device or a socket.
    OSError
        If the file cannot be opened.
    """
    if is_remote(path):
        return path.open("rb", buffering=buffering)
    _check(path.stat().st_mode, path)  # opening a device or a socket may have an effect
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(descriptor).st_mode, path)
        return open(descriptor, "rb", buffering=buffering)  # noqa: PTH123 - it is open
    except BaseException:
        os.close(descriptor)
        raise


def _check(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise FileFormatError(f"{path}: a pipe, a device or a socket, expected a regular file")


def read_regular(path: Path, longest: int) -> bytes:
    """Return the contents of a file of at most `longest` bytes; the errors are those above."""
    with open_regular(path) as file:
        content = file.read(longest + 1)
    if len(content) > longest:
        raise FileFormatError(f"{path}: the file is too long, expected at most {longest:,} bytes")
    return content
