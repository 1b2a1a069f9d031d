"""Write to places in a file, and read from them, from several threads, past the page cache.

Unbuffered output (``O_DIRECT``) saves the copy into the page cache, which costs as much CPU time as
making the values, leaves other programs' files in the cache, and starts at once: nothing is left
for the end. Where a file system has none, and for parts of pages, the page cache is used.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .blocks import PAGE_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIRECT = getattr(os, "O_DIRECT", 0)


def write_all(descriptor: int, memory: memoryview, position: int) -> None:
    """Write all of a memory to a file: one call may write less."""
    done = 0
    while done < len(memory):
        done += os.pwrite(descriptor, memory[done:], position + done)


class Writer:
    """Writes to a file that is open, without its page cache where that can be.

    Parameters
    ----------
    descriptor : int
        Stays the caller's: to be synchronised, and closed after the writer.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.direct: int | None = None
        if DIRECT:
            with suppress(OSError):
                # The same file again: a flag of the caller's descriptor would be its own.
                self.direct = os.open(
                    f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_CLOEXEC | DIRECT
                )

    def close(self) -> None:
        """Close what it opened."""
        if self.direct is not None:
            os.close(self.direct)
            self.direct = None

    def write(self, memory: NDArray[np.uint8], position: int) -> None:
        """Write bytes; whole pages of the file that are whole pages in memory go directly."""
        first = -position % PAGE_BYTES
        last = memory.size - (position + memory.size) % PAGE_BYTES
        aligned = (memory.ctypes.data + first) % PAGE_BYTES == 0
        data = memory.data
        if self.direct is None or not aligned or first >= last:
            write_all(self.descriptor, data, position)
            return
        try:
            done = first + os.pwrite(self.direct, data[first:last], position + first)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            done = first  # a file system that takes the flag, and then not the call
        write_all(self.descriptor, data[:first], position)
        write_all(self.descriptor, data[done:], position + done)


def read_all(descriptor: int, memory: NDArray[Any], position: int) -> bool:
    """Fill a memory from a file: one call may read less. Say whether there was enough."""
    done, data = 0, memory.data
    while done < memory.size:
        count = os.preadv(descriptor, [data[done:]], position + done)
        if not count:
            return False
        done += count
    return True
