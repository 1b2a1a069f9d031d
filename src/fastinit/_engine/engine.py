"""Fill an array: divide it into chunks, distribute them to threads, stop on request.

Memory of an NVIDIA GPU is filled by its own kernels (`_engine.cuda`), that of other devices by
copies (`_engine.copies`). What follows is about the CPU.

Guarantees: the bits do not depend on the threads or the chunks. The calling thread works too.
Between chunks it lets Python handle signals, so Ctrl-C ends a fill within one chunk. The first
exception of any thread reaches the caller. When `fill` returns or raises, no thread is at work.
Requires: the arguments have been checked.
"""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._kernels.dispatch import KERNELS
from fastinit._memory.devices import DeviceArray

from .copies import fill_by_copies
from .helper_threads import Helpers
from .threads import get_num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .copies import Part
    from .kernel_arguments import Law
    from .regions import Box

# A chunk takes about 5 ms in the slowest kernel. It ends at the boundary of a huge page, so that
# two threads never touch the same page of fresh memory.
CHUNK_BYTES = 8 << 20
HUGE_PAGE = 2 << 20

# For fewer bytes, another thread saves less time than its start takes: 30 to 100 us.
BYTES_PER_THREAD = 1 << 20
BYTES_OF_TWO_THREADS = 2 * BYTES_PER_THREAD  # smaller arrays are filled by one thread

# From this size on, non-temporal stores bypass the caches. Smaller arrays may be read from a cache.
STREAMING_BYTES = 32 << 20


RAW_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype(np.uint8), 2: np.dtype(np.uint16)}


def chunk_bounds(array: NDArray[Any], chunk_bytes: int) -> list[int]:
    """Return the C-order indices at which chunks begin, and the end of the last chunk.

    In contiguous memory, all chunks except the first begin at the boundary of a huge page.
    """
    size, itemsize = array.size, array.itemsize
    step = max(1, chunk_bytes // itemsize)
    first = step
    if array.flags.c_contiguous and chunk_bytes >= HUGE_PAGE:
        first -= array.ctypes.data % HUGE_PAGE // itemsize
    return [0, *range(first, size, step), size]


def raw(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view with a dtype that supports the buffer protocol, which ml_dtypes do not."""
    dtype = RAW_DTYPES.get(array.itemsize)
    return array if dtype is None else array.view(dtype)


def _kernels_for(array: DeviceArray) -> Any:
    """Return the module that fills memory of a GPU by its kernels; None if copies must do it.

    Only PyTorch copies. So memory of another library has an error if the kernels are not there.
    """
    if array.stream is None:
        return None
    from .cuda import fills  # noqa: PLC0415 - most programs have no GPU

    return fills if array.start is None or fills.can_fill(array) else None


def has_kernels(array: DeviceArray) -> bool:
    """Say whether kernels fill memory of a device, and not copies."""
    return _kernels_for(array) is not None


def fill(
    array: NDArray[Any] | DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    offset: int,
    threads: int | None,
) -> None:
    """Write every element of an array. Element i is element offset + i of the stream."""
    if isinstance(array, DeviceArray):
        _fill_on_device(array, law, seed, stream, offset, threads)
        return
    kind, form, parameters = law
    memory = raw(array)
    if memory.nbytes < BYTES_OF_TWO_THREADS:  # a fast path: saves 0.3 us
        KERNELS.fill(memory, kind, form, parameters, seed, stream, offset, 0, memory.size, False)  # noqa: FBT003
        return

    def write(begin: int, end: int, streaming: bool) -> None:  # noqa: FBT001
        KERNELS.fill(memory, kind, form, parameters, seed, stream, offset, begin, end, streaming)

    write_in_chunks(memory, write, threads)


def _fill_on_device(
    array: DeviceArray, law: Law, seed: int, stream: int, offset: int, threads: int | None
) -> None:
    if (kernels := _kernels_for(array)) is not None:
        kernels.fill(array, law, seed, stream, offset)
        return

    def write(block: NDArray[Any], part: Part) -> None:
        fill(block, law, seed, stream, offset + part.first, threads)

    fill_by_copies(array, write)


def fill_box(
    array: NDArray[Any] | DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    box: Box,
    threads: int | None,
    zero_row: int | None = None,
) -> None:
    """Write every element of an array whose lengths are those of a box of a larger tensor.

    Of listed rows, row `zero_row` of the tensor becomes zeros.
    """
    if isinstance(array, DeviceArray):
        _fill_box_on_device(array, law, seed, stream, box, threads, zero_row)
        return
    memory = raw(array)

    def write(begin: int, end: int, streaming: bool) -> None:  # noqa: FBT001
        KERNELS.fill_box(
            memory, *law, seed, stream, box.origin, box.steps, box.rows, begin, end, streaming
        )

    write_in_chunks(memory, write, threads)
    if zero_row is not None and box.rows is not None:
        array[box.is_row(zero_row)] = 0


def _fill_box_on_device(
    array: DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    box: Box,
    threads: int | None,
    zero_row: int | None,
) -> None:
    if (kernels := _kernels_for(array)) is not None:
        kernels.fill_box(array, law, seed, stream, box, zero_row)
        return

    def write(block: NDArray[Any], part: Part) -> None:
        of_part = box.part(part.starts, part.lengths)
        fill_box(block, law, seed, stream, of_part, threads, zero_row)

    fill_by_copies(array, write)


def fill_listed(
    array: DeviceArray,
    law: Law,
    seed: int,
    stream: int,
    rows: DeviceArray,
    row_end: int,
    zero_row: int | None,
) -> None:
    """Write rows of a tensor on a GPU that also has their numbers; see `cuda.fills`.

    Requires: it has kernels.
    """
    _kernels_for(array).fill_listed(array, law, seed, stream, rows, row_end, zero_row)


def put(array: NDArray[Any] | DeviceArray, value: float) -> None:
    """Write one value, which NumPy rounds to the dtype."""
    if isinstance(array, DeviceArray):
        if (kernels := _kernels_for(array)) is not None:
            kernels.put(array, value)
        else:
            fill_by_copies(array, lambda block, _: put(block, value))
    else:
        array[...] = value


def copy(values: NDArray[Any], array: DeviceArray) -> None:
    """Copy values of the same shape and dtype to the memory of a PyTorch tensor on a device."""

    def write_block(block: NDArray[Any], part: Part) -> None:
        block[...] = values[part.place]

    fill_by_copies(array, write_block)


def fill_quantized(
    array: NDArray[np.uint8] | DeviceArray,
    bits: int,
    in_front: bool,  # noqa: FBT001
    dim: int,
    law: Law,
    seed: int,
    stream: int,
    first_row: int,
    threads: int | None,
) -> None:
    """Write every row of a matrix of quantised rows. Row i is row first_row + i of the table."""
    if isinstance(array, DeviceArray):
        if (kernels := _kernels_for(array)) is not None:
            kernels.fill_quantized(array, bits, in_front, dim, law, seed, stream, first_row)
            return

        def write_rows(block: NDArray[Any], part: Part) -> None:
            row = first_row + part.starts[0]
            fill_quantized(block, bits, in_front, dim, law, seed, stream, row, threads)

        fill_by_copies(array, write_rows, together=array.shape[1])
        return

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

    # A chunk has whole rows. Its size counts the float32 numbers that are made for it.
    work = 4 * dim * len(array)
    count, chunk_bytes = shares(work, threads)
    step = max(1, chunk_bytes // (4 * dim))
    run_chunks(write, [*range(0, len(array), step), len(array)], count)


def shares(size: int, threads: int | None) -> tuple[int, int]:
    """Return the number of threads for a fill of some bytes, and the number of bytes of a chunk."""
    if size < BYTES_OF_TWO_THREADS:
        return 1, size
    limit = get_num_threads() if threads is None else threads
    count = min(limit, size // BYTES_PER_THREAD)
    # At least four chunks per thread, so that no thread waits long for the last one.
    return count, min(CHUNK_BYTES, size // (4 * count))


def write_in_chunks(
    array: NDArray[Any], write: Callable[[int, int, bool], None], threads: int | None
) -> None:
    """Call write(begin, end, streaming) for the chunks of an array, from one or several threads."""
    size = array.nbytes
    if size < BYTES_OF_TWO_THREADS:
        write(0, array.size, False)  # noqa: FBT003
        return
    count, chunk_bytes = shares(size, threads)
    streaming = size >= STREAMING_BYTES
    if chunk_bytes > HUGE_PAGE:
        chunk_bytes -= chunk_bytes % HUGE_PAGE
    bounds = chunk_bounds(array, chunk_bytes)
    run_chunks(lambda begin, end: write(begin, end, streaming), bounds, count)


def run_chunks(fill_chunk: Callable[[int, int], None], bounds: list[int], threads: int) -> None:
    """Call fill_chunk for each pair of neighbouring bounds, in this thread and some others."""
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

    helpers = Helpers(work)
    try:
        helpers.start(threads - 1)
        work()
    except BaseException as error:
        errors.append(error)  # a signal between two statements must stop the helpers too
        raise
    finally:
        helpers.join()
    if errors:
        raise errors[0]
