"""Fill an array: cut it into chunks, give them to threads, stop when asked.

Promises: the bits do not depend on the threads or the chunks; the caller's thread works too, and
between chunks lets Python handle signals, so that Ctrl-C ends a fill within one chunk; the first
exception of any thread reaches the caller; when `fill` returns or raises, no thread is left.
Takes for granted: arguments were checked.
"""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._kernels.dispatch import KERNELS

from .threads import get_num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .kernel_arguments import Law
    from .regions import Box

# A chunk takes the slowest path some 5 ms, and ends on a huge page's boundary, so that no two
# threads touch one page of fresh memory.
CHUNK_BYTES = 8 << 20
HUGE_PAGE = 2 << 20

# Below this a fill takes less time than starting and joining a thread saves (measured: 83 us).
BYTES_PER_THREAD = 1 << 20

# From here on stores go past the caches. Smaller arrays may be read while still in them.
STREAMING_BYTES = 32 << 20


RAW_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype(np.uint8), 2: np.dtype(np.uint16)}


def chunk_bounds(array: NDArray[Any], chunk_bytes: int) -> list[int]:
    """Return the C-order indices at which chunks begin, and the end of the last.

    Those of contiguous memory begin on huge pages' boundaries, but for the first.
    """
    size, itemsize = array.size, array.itemsize
    step = max(1, chunk_bytes // itemsize)
    first = step
    if array.flags.c_contiguous and chunk_bytes >= HUGE_PAGE:
        first -= array.ctypes.data % HUGE_PAGE // itemsize
    return [0, *range(first, size, step), size]


def raw(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view whose dtype has a buffer: those of ml_dtypes have none."""
    dtype = RAW_DTYPES.get(array.itemsize)
    return array if dtype is None else array.view(dtype)


def fill(
    array: NDArray[Any], law: Law, seed: int, stream: int, offset: int, threads: int | None
) -> None:
    """Write every element of an array; element i is element offset + i of the sequence."""
    kind, form, parameters = law
    memory = raw(array)
    if memory.nbytes < 2 * BYTES_PER_THREAD:  # as below, a third of a microsecond earlier
        KERNELS.fill(memory, kind, form, parameters, seed, stream, offset, 0, memory.size, False)  # noqa: FBT003
        return

    def write(begin: int, end: int, streaming: bool) -> None:  # noqa: FBT001
        KERNELS.fill(memory, kind, form, parameters, seed, stream, offset, begin, end, streaming)

    write_in_chunks(memory, write, threads)


def fill_box(
    array: NDArray[Any], law: Law, seed: int, stream: int, box: Box, threads: int | None
) -> None:
    """Write every element of an array that has the lengths of a box of a larger tensor."""
    memory = raw(array)

    def write(begin: int, end: int, streaming: bool) -> None:  # noqa: FBT001
        KERNELS.fill_box(
            memory, *law, seed, stream, box.origin, box.steps, box.rows, begin, end, streaming
        )

    write_in_chunks(memory, write, threads)


def fill_quantized(
    array: NDArray[np.uint8],
    bits: int,
    in_front: bool,  # noqa: FBT001
    dim: int,
    law: Law,
    seed: int,
    stream: int,
    first_row: int,
    threads: int | None,
) -> None:
    """Write every row of a matrix of quantised rows; row i is row first_row + i of the table."""

    def write(begin: int, end: int) -> None:
        KERNELS.fill_quantized(
            array,
            bits,
            in_front,
            dim,
            law.kind,
            law.parameters,
            seed,
            stream,
            first_row,
            begin,
            end,
        )

    # A chunk is of whole rows; its size is that of the float32 numbers that are made for it.
    work = 4 * dim * len(array)
    count, chunk_bytes = shares(work, threads)
    step = max(1, chunk_bytes // (4 * dim))
    run_chunks(write, [*range(0, len(array), step), len(array)], count)


def shares(size: int, threads: int | None) -> tuple[int, int]:
    """Return how many threads a fill of some bytes is worth, and the bytes of a chunk of it."""
    if size < 2 * BYTES_PER_THREAD:
        return 1, size
    limit = get_num_threads() if threads is None else threads
    count = min(limit, size // BYTES_PER_THREAD)
    # Four chunks a thread at least, so that none waits long for the last.
    return count, min(CHUNK_BYTES, size // (4 * count))


def write_in_chunks(
    array: NDArray[Any], write: Callable[[int, int, bool], None], threads: int | None
) -> None:
    """Call write(begin, end, streaming) for chunks of an array, from one thread or several."""
    size = array.nbytes
    if size < 2 * BYTES_PER_THREAD:
        write(0, array.size, False)  # noqa: FBT003
        return
    count, chunk_bytes = shares(size, threads)
    streaming = size >= STREAMING_BYTES
    if chunk_bytes > HUGE_PAGE:
        chunk_bytes -= chunk_bytes % HUGE_PAGE
    bounds = chunk_bounds(array, chunk_bytes)
    run_chunks(lambda begin, end: write(begin, end, streaming), bounds, count)


def start_helpers(helpers: list[threading.Thread], work: Callable[[], None], count: int) -> None:
    """List and start up to count threads: fewer, if the system has no more to give.

    Listed before it is started, since a signal's exception can leave `start` when the thread runs
    already. One that has not begun by the time of the join finds no chunk to take.
    """
    for _ in range(count):
        helper = threading.Thread(target=work, name="fastinit")
        helpers.append(helper)
        try:
            helper.start()
        except RuntimeError:
            break
        except KeyError as error:  # of Thread's own bookkeeping, in place of the signal's exception
            raise error.__context__ or error from None


def join_helpers(helpers: list[threading.Thread]) -> None:
    """Wait for every thread; a signal meanwhile is raised when they have ended, not before."""
    interruption: BaseException | None = None
    for helper in helpers:
        while helper.is_alive():
            try:
                helper.join()
            except BaseException as error:  # noqa: BLE001, PERF203 - raised again below
                interruption = error
    if interruption is not None:
        raise interruption


def run_chunks(fill_chunk: Callable[[int, int], None], bounds: list[int], threads: int) -> None:
    """Call fill_chunk for each pair of neighbouring bounds, on some threads and this one."""
    chunks = pairwise(bounds)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def next_chunk() -> tuple[int, int] | None:
        with lock:
            return None if errors else next(chunks, None)

    def work() -> None:
        try:
            while (chunk := next_chunk()) is not None:
                fill_chunk(*chunk)
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)

    helpers: list[threading.Thread] = []
    try:
        start_helpers(helpers, work, threads - 1)
        work()
    except BaseException as error:
        errors.append(error)  # a signal between two statements: stops the helpers too
        raise
    finally:
        join_helpers(helpers)
    if errors:
        raise errors[0]
