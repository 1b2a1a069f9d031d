"""A file of weights as blocks: what is hashed, checked or taken up again on its own.

Promises: a block is cut by the C-order index of its weight alone, so the blocks of a weight are the
same in every file that holds it, and their length need not divide a row's; block after block has
the bits of the whole. Memory does not grow with the weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import engine
from fastinit._engine.threads import get_num_threads
from fastinit._random.addressing import check_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fastinit._schemes.distributions import Distribution
    from fastinit.weight import Weight

    from .layout import Layout

#: Receipts are made of it: another length makes receipts that cannot be compared.
BLOCK_BYTES = 16 << 20

#: What is made and written at a time: it stays in a core's own cache meanwhile.
PIECE_BYTES = 1 << 20

#: Unbuffered input and output begin and end on its multiples, in the file and in memory.
PAGE_BYTES = 4096

#: Each takes a piece or two of memory; a disk has enough requests by then.
MOST_THREADS = 16


@dataclass(frozen=True, slots=True)
class Block:
    """Elements [start, stop) of a weight, in C order.

    Parameters
    ----------
    weight : Weight
    distribution : Distribution
        The weight's, which a scheme works out once.
    fill : callable
        Called as ``fill(array, start)``: writes the elements from a C-order index on into a row.
    start, stop : int
    position : int
        Where the first byte is in the file.
    """

    weight: Weight
    distribution: Distribution
    fill: Callable[[NDArray[Any], int], None]
    start: int
    stop: int
    position: int

    @property
    def nbytes(self) -> int:
        """The bytes of the elements."""
        return (self.stop - self.start) * self.weight.dtype.itemsize

    def pieces(self) -> Iterator[tuple[int, int, int]]:
        """Yield start, stop and position in the file of each piece; they end on whole pages."""
        itemsize = self.weight.dtype.itemsize
        start, position = self.start, self.position
        while start < self.stop:
            step = max(1, (PIECE_BYTES - position % PAGE_BYTES) // itemsize)
            stop = min(self.stop, start + step)
            yield start, stop, position
            position += (stop - start) * itemsize
            start = stop


def blocks_of(layout: Layout, block_bytes: int | None = None) -> list[Block]:
    """Return the blocks of a file's weights, in its order."""
    length = BLOCK_BYTES if block_bytes is None else block_bytes
    blocks = []
    for weight, begin in zip(layout.weights, layout.starts, strict=True):
        distribution, itemsize = weight.distribution, weight.dtype.itemsize
        fill, step = filler(weight, distribution), max(1, length // itemsize)
        for start in range(0, weight.size, step):
            stop, position = min(start + step, weight.size), begin + start * itemsize
            blocks.append(Block(weight, distribution, fill, start, stop, position))
    return blocks


def filler(weight: Weight, distribution: Distribution) -> Callable[[NDArray[Any], int], None]:
    """Return fill(array, start), which writes the elements from a C-order index on into a row."""
    law = distribution.law(weight.dtype)
    stream = check_stream(weight.name)
    row = math.prod(weight.shape[1:])
    padding = None if weight.padding_idx is None else weight.padding_idx * row

    def fill(array: NDArray[Any], start: int) -> None:
        engine.fill(array, law, weight.seed, stream, start, threads=1)
        if padding is not None:
            first = max(0, padding - start)
            array[first : max(first, padding + row - start)] = 0

    return fill


def piece_memory() -> NDArray[np.uint8]:
    """Return memory for a piece, wherever in a page it begins; it begins on a page itself."""
    size = PIECE_BYTES + PAGE_BYTES
    memory = np.empty(size + PAGE_BYTES, np.uint8)
    start = -memory.ctypes.data % PAGE_BYTES
    return memory[start : start + size]


def part_of(memory: NDArray[np.uint8], position: int, nbytes: int) -> NDArray[np.uint8]:
    """Return that part of a piece's memory which lies in its page as the piece does in the file."""
    start = position % PAGE_BYTES
    return memory[start : start + nbytes]


def for_each_block(count: int, work: Callable[[int], None]) -> None:
    """Call work(number) for blocks 0, 1, 2 and so on, on some threads and the caller's."""
    # Two at least, so that one computes while the disk is busy with the other's piece.
    threads = min(MOST_THREADS, max(2, get_num_threads()), max(1, count))
    engine.run_chunks(lambda number, _: work(number), list(range(count + 1)), threads)
