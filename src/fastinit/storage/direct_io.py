"""Write to places in a file, and read from them, from several threads, past the page cache.

Unbuffered output (``O_DIRECT``) saves the copy into the page cache, which costs as much CPU time as
making the values, leaves other programs' files in the cache, and starts at once: nothing is left
for the end. Where a file system has none, and for parts of pages, the page cache is used.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .blocks import PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

DIRECT = getattr(os, "O_DIRECT", 0)


def write_all(descriptor: int, memory: memoryview, position: int) -> None:
    """Write all of a memory to a file: one call may write less."""
    done = 0
    while done < len(memory):
        done += os.pwrite(descriptor, memory[done:], position + done)


def open_direct(descriptor: int, flags: int) -> int | None:
    """Open the same file again without the page cache; None where that cannot be."""
    if DIRECT:
        with suppress(OSError):
            return os.open(f"/proc/self/fd/{descriptor}", flags | os.O_CLOEXEC | DIRECT)
    return None


def whole_pages(memory: NDArray[np.uint8], position: int) -> tuple[int, int]:
    """Return which bytes of a memory are whole pages, there and in the file; (0, 0) if none."""
    first = -position % PAGE_BYTES
    last = memory.size - (position + memory.size) % PAGE_BYTES
    if first >= last or (memory.ctypes.data + first) % PAGE_BYTES:
        return 0, 0
    return first, last


class Writer:
    """Writes to a file that is open, without its page cache where that can be.

    Parameters
    ----------
    descriptor : int
        Stays the caller's: to be synchronised, and closed after the writer.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._direct = open_direct(descriptor, os.O_WRONLY)

    def close(self) -> None:
        """Close what it opened."""
        if self._direct is not None:
            os.close(self._direct)
            self._direct = None

    def write(self, memory: NDArray[np.uint8], position: int) -> None:
        """Write bytes."""
        data = memory.data
        first, last = (0, 0) if self._direct is None else whole_pages(memory, position)
        done = first
        if self._direct is not None and first < last:
            with unless_refused():
                done += os.pwrite(self._direct, data[first:last], position + first)
        write_all(self._descriptor, data[:first], position)
        write_all(self._descriptor, data[done:], position + done)


class Reader:
    """Reads from a file that is open, without its page cache where that can be.

    That is faster for a file that is not in the cache, and shows what the disk has.

    Parameters
    ----------
    descriptor : int
        Stays the caller's, to be closed after the reader.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._direct = open_direct(descriptor, os.O_RDONLY)

    def close(self) -> None:
        """Close what it opened."""
        if self._direct is not None:
            os.close(self._direct)
            self._direct = None

    def read(self, memory: NDArray[np.uint8], position: int) -> bool:
        """Fill a memory; say whether the file had enough."""
        data = memory.data
        first, last = (0, 0) if self._direct is None else whole_pages(memory, position)
        done = first
        if self._direct is not None and first < last:
            with unless_refused():
                done += os.preadv(self._direct, [data[first:last]], position + first)
        return read_all(self._descriptor, data[:first], position) and read_all(
            self._descriptor, data[done:], position + done
        )


@contextmanager
def unless_refused() -> Iterator[None]:
    """Go on if a file system takes the flag, and then not the call."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def read_all(descriptor: int, memory: memoryview, position: int) -> bool:
    """Fill a memory from a file: one call may read less. Say whether there was enough."""
    done = 0
    while done < len(memory):
        count = os.preadv(descriptor, [memory[done:]], position + done)
        if not count:
            return False
        done += count
    return True
