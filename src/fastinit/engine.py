"""Fill an array: cut it into chunks, give them to threads, stop when asked.

Promises: the bits do not depend on the threads or the chunks; the caller's thread works too, and
between chunks lets Python handle signals, so that Ctrl-C ends a fill within one chunk; the first
exception of any thread reaches the caller; when `fill` returns or raises, no thread is left.
Takes for granted: arguments were checked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from ._kernels.dispatch import KERNELS
from .cpus import check_threads, get_num_threads
from .distributions import Law

# A chunk takes the slowest path some 5 ms, and ends on a huge page's boundary, so that no two
# threads touch one page of fresh memory.
CHUNK_BYTES = 8 << 20
HUGE_PAGE = 2 << 20

# Below this a fill takes less time than starting and joining a thread saves (measured: 83 us).
BYTES_PER_THREAD = 1 << 20

# From here on stores go past the caches. Smaller arrays may be read while still in them.
STREAMING_BYTES = 32 << 20


def chunk_bounds(array: NDArray[Any], chunk_bytes: int) -> list[int]:
    """Return the C-order indices at which chunks begin, and the end of the last.

    Those of contiguous memory begin on huge pages' boundaries, but for the first.
    """
    size, itemsize = array.size, array.itemsize
    step = max(1, chunk_bytes // itemsize)
    first = step
    if array.flags.c_contiguous and chunk_bytes >= HUGE_PAGE:
        first -= array.ctypes.data % HUGE_PAGE // itemsize
    bounds = [0, *range(first, size, step), size]
    return bounds


def fill(
    array: NDArray[Any], law: Law, seed: int, stream: int, offset: int, threads: int | None
) -> None:
    """Write every element of an array; element i is element offset + i of the sequence."""
    if threads is not None:
        threads = check_threads(threads)
    size = array.nbytes
    kind, first, second = int(law.kind), law.first, law.second
    if size < 2 * BYTES_PER_THREAD:
        KERNELS.fill(array, kind, first, second, seed, stream, offset, 0, array.size, False)
        return
    limit = get_num_threads() if threads is None else threads
    count = min(limit, size // BYTES_PER_THREAD)
    streaming = size >= STREAMING_BYTES

    def fill_chunk(begin: int, end: int) -> None:
        KERNELS.fill(array, kind, first, second, seed, stream, offset, begin, end, streaming)

    # Four chunks a thread at least, so that none waits long for the last.
    chunk_bytes = min(CHUNK_BYTES, size // (4 * count))
    bounds = chunk_bounds(array, chunk_bytes)
    run_chunks(fill_chunk, bounds, count)


def run_chunks(fill_chunk: Callable[[int, int], None], bounds: list[int], threads: int) -> None:
    """Call fill_chunk for each pair of neighbouring bounds, on some threads and this one."""
    chunks = iter(zip(bounds[:-1], bounds[1:], strict=True))
    lock = threading.Lock()
    errors: list[BaseException] = []

    def next_chunk() -> tuple[int, int] | None:
        with lock:
            return None if errors else next(chunks, None)

    def work() -> None:
        try:
            while (chunk := next_chunk()) is not None:
                fill_chunk(*chunk)
        except BaseException as error:  # noqa: BLE001 - it is raised again on the caller's thread
            errors.append(error)

    helpers = []
    try:
        for _ in range(threads - 1):
            helper = threading.Thread(target=work, name="fastinit")
            try:
                helper.start()
            except RuntimeError:  # the system has no more threads to give: do with fewer
                break
            helpers.append(helper)
        while (chunk := next_chunk()) is not None:
            fill_chunk(*chunk)
    except BaseException as error:
        errors.append(error)  # stops the helpers after their chunk
        raise
    finally:
        for helper in helpers:
            helper.join()
    if errors:
        raise errors[0]
