"""Open files by names from outside: a pipe, a device or a socket must not make a reader wait.

Guarantees: what is open is a regular file or an object in a store, and opening it did not wait.
Symbolic links are followed, because caches of models consist of them.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import FileFormatError
from .remote.remote_path import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Yield a file, open for reading. Errors in this context that name no file name this one.

    Raises
    ------
    FileFormatError
        If the path names a pipe, a device or a socket.
    OSError
        If the file cannot be opened or read.
    """
    with errors_about(path), _opened(path) as file:
        yield file


@contextmanager
def errors_about(path: Path) -> Iterator[None]:
    """Raise an error of the system that names no file as an error about a path."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _opened(path: Path) -> BufferedReader:
    if is_remote(path):
        return path.open("rb")
    _check(path.stat().st_mode, path)  # opening a device or a socket may have an effect
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(descriptor).st_mode, path)
        return open(descriptor, "rb")  # noqa: PTH123 - it is open
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
