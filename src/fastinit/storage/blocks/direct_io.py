"""Write and read at positions of a file, from several threads, bypassing the page cache.

Direct I/O (``O_DIRECT``) avoids the copy into the page cache, which costs as much CPU time as
making the values. It keeps the cached files of other programs in the cache. Writing starts at once,
so nothing is left to write at the end. The page cache is used for parts of pages, and on file
systems without direct I/O.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from fastinit.storage.errors import FileFormatError

from .blocks import PAGE_BYTES, part_of, piece_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

DIRECT = getattr(os, "O_DIRECT", 0)


def write_all(descriptor: int, memory: memoryview, position: int) -> None:
    """Write all bytes to a file; a single system call may write fewer."""
    done = 0
    while done < len(memory):
        count = os.pwrite(descriptor, memory[done:], position + done)
        if not count:  # some file systems answer so if they are full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done += count


def open_direct(descriptor: int, flags: int) -> int | None:
    """Open the same file again, bypassing the page cache; return None if that is not possible."""
    if DIRECT:
        with suppress(OSError):
            return os.open(f"/proc/self/fd/{descriptor}", flags | os.O_CLOEXEC | DIRECT)
    return None


def whole_pages(memory: NDArray[np.uint8], position: int) -> tuple[int, int]:
    """Return the range of pages that are whole in memory and in the file, or (0, 0)."""
    first = -position % PAGE_BYTES
    last = memory.size - (position + memory.size) % PAGE_BYTES
    if first >= last or (memory.ctypes.data + first) % PAGE_BYTES:
        return 0, 0
    return first, last


class ByteWriter(Protocol):
    """What writes bytes at a position: `Writer`, or the parts of an upload."""

    def write(self, memory: NDArray[np.uint8], position: int) -> None:
        """Write bytes at a position."""


class ByteReader(Protocol):
    """What reads bytes at a position: `Reader`, or the ranges of an object."""

    def read(self, memory: NDArray[np.uint8], position: int) -> bool:
        """Fill the memory from a position; return false if the file ends before."""


class _DirectFile:
    """An open file, and the same file opened again to bypass the page cache where possible.

    Parameters
    ----------
    descriptor : int
        The caller keeps it: synchronise it if it was written, and close it after this object.
    """

    _flags: int

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._direct = open_direct(descriptor, self._flags)

    def close(self) -> None:
        """Close the descriptor that this object opened."""
        if self._direct is not None:
            direct, self._direct = self._direct, None
            os.close(direct)


class Writer(_DirectFile):
    """Writes to an open file, bypassing the page cache where possible."""

    _flags = os.O_WRONLY

    def write(self, memory: NDArray[np.uint8], position: int) -> None:
        """Write bytes at a position."""
        data = memory.data
        first, last = (0, 0) if self._direct is None else whole_pages(memory, position)
        done = first
        if self._direct is not None and first < last:
            with unless_refused():
                done += os.pwrite(self._direct, data[first:last], position + first)
        write_all(self._descriptor, data[:first], position)
        write_all(self._descriptor, data[done:], position + done)


class Reader(_DirectFile):
    """Reads from an open file, bypassing the page cache where possible.

    This is faster if the file is not in the cache, and it shows what is on the disk.
    """

    _flags = os.O_RDONLY

    def read(self, memory: NDArray[np.uint8], position: int) -> bool:
        """Fill the memory from a position; return false if the file ends before."""
        data = memory.data
        first, last = (0, 0) if self._direct is None else whole_pages(memory, position)
        done = first
        if self._direct is not None and first < last:
            with unless_refused():
                done += os.preadv(self._direct, [data[first:last]], position + first)
        return read_all(self._descriptor, data[:first], position) and read_all(
            self._descriptor, data[done:], position + done
        )


class PieceWriter:
    """Collects bytes that follow each other in a file, up to a piece, and writes them at once.

    Each thread needs its own.
    """

    def __init__(self, writer: ByteWriter) -> None:
        self._writer, self._memory = writer, piece_memory()
        self._start = self._stop = 0

    def room(self, position: int, nbytes: int) -> NDArray[np.uint8]:
        """Return memory for at most one piece; its bytes are written to this position later."""
        size = self._memory.size - self._start % PAGE_BYTES
        if position != self._stop or position + nbytes > self._start + size:
            self.flush()
            self._start = position
        self._stop = position + nbytes
        return part_of(self._memory, self._start, self._stop - self._start)[-nbytes:]

    def flush(self) -> None:
        """Write the bytes that were not written yet."""
        if self._start < self._stop:
            part = part_of(self._memory, self._start, self._stop - self._start)
            self._writer.write(part, self._start)
            self._start = self._stop


class PieceReader:
    """Reads a range of a file in pieces; a range that fits into a piece is read at once.

    Each thread needs its own.

    Parameters
    ----------
    reader : ByteReader
    path : Path
        For the error if the file is too short.
    stop : int
        The end of the range.
    """

    def __init__(self, reader: ByteReader, path: Path, stop: int) -> None:
        self._reader, self._path, self._end = reader, path, stop
        self._memory = piece_memory()
        self._start = self._stop = 0

    def read(self, position: int, nbytes: int) -> NDArray[np.uint8]:
        """Return the bytes at a position, at most one piece.

        They are valid until the next call.

        Raises
        ------
        FileFormatError
            If the file ends before.
        """
        if not self._start <= position <= position + nbytes <= self._stop:
            rest, room = self._end - position, self._memory.size - position % PAGE_BYTES
            self._start, self._stop = position, position + (rest if rest <= room else nbytes)
            whole = part_of(self._memory, position, self._stop - position)
            if not self._reader.read(whole, position):
                raise FileFormatError(f"{self._path}: the file ends while it is being read")
        whole = part_of(self._memory, self._start, self._stop - self._start)
        return whole[position - self._start :][:nbytes]


@contextmanager
def unless_refused() -> Iterator[None]:
    """Ignore the error of a file system that accepts O_DIRECT but then refuses the call."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def read_at_most(descriptor: int, size: int, position: int = 0) -> bytes:
    """Return bytes of a file, in several reads if necessary; fewer if the file ends before."""
    pieces = []
    while size and (piece := os.pread(descriptor, size, position)):
        pieces.append(piece)
        size -= len(piece)
        position += len(piece)
    return b"".join(pieces)


def read_all(descriptor: int, memory: memoryview, position: int) -> bool:
    """Fill the memory, in several reads if necessary; return false if the file ends before."""
    done = 0
    while done < len(memory):
        count = os.preadv(descriptor, [memory[done:]], position + done)
        if not count:
            return False
        done += count
    return True
