"""Divide a file of weights into blocks, which are hashed, verified and resumed one by one.

Only the C-order index within a weight decides where a block begins. So a weight has the same blocks
in every file that holds it, and a block may begin within a row. The blocks together have the bits
of the whole weight. Memory use does not grow with the weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import engine
from fastinit._engine.regions import place_of_row
from fastinit._engine.threads import get_num_threads
from fastinit._random.addressing import check_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from fastinit._schemes.distributions import Distribution
    from fastinit.storage.formats.layout import Layout
    from fastinit.weight import Weight

#: Receipts depend on it: receipts with different block lengths cannot be compared.
BLOCK_BYTES = 16 << 20

#: The amount that is made and written at a time. It stays in the cache of one core meanwhile.
PIECE_BYTES = 1 << 20

#: Direct I/O begins and ends at multiples of this size, in the file and in memory.
PAGE_BYTES = 4096

#: Each thread takes the memory of one or two pieces. More threads would not help the disk.
MOST_THREADS = 16


@dataclass(frozen=True, slots=True)
class Block:
    """Elements [start, stop) of a weight, in C order.

    Parameters
    ----------
    weight : Weight
    distribution : Distribution
        The distribution of the weight, computed once from its scheme.
    fill : callable
        Called as ``fill(array, start)``: writes the elements from C-order index `start` on into a
        one-dimensional array.
    start, stop : int
    position : int
        The position of the first byte in the file.
    """

    weight: Weight
    distribution: Distribution
    fill: Callable[[NDArray[Any], int], None]
    start: int
    stop: int
    position: int

    @property
    def nbytes(self) -> int:
        """The number of bytes of the elements."""
        return (self.stop - self.start) * self.weight.dtype.itemsize

    def pieces(self) -> Iterator[tuple[int, int, int]]:
        """Yield start, stop and file position of each piece; pieces end at page boundaries."""
        itemsize = self.weight.dtype.itemsize
        start, position = self.start, self.position
        while start < self.stop:
            step = max(1, (PIECE_BYTES - position % PAGE_BYTES) // itemsize)
            stop = min(self.stop, start + step)
            yield start, stop, position
            position += (stop - start) * itemsize
            start = stop


def blocks_of(layout: Layout, block_bytes: int | None = None) -> list[Block]:
    """Return the blocks of all weights of a file, in file order."""
    length = BLOCK_BYTES if block_bytes is None else block_bytes
    blocks = []
    for weight, begin in zip(layout.weights, layout.starts, strict=True):
        distribution, itemsize, size = weight.distribution, weight.dtype.itemsize, weight.size
        fill, step = filler(weight, distribution), max(1, length // itemsize)
        for start in range(0, size, step):
            stop, position = min(start + step, size), begin + start * itemsize
            blocks.append(Block(weight, distribution, fill, start, stop, position))
    return blocks


def groups_of(blocks: Sequence[Block]) -> list[range]:
    """Return the numbers of the blocks that are made, written or read together.

    Short blocks that follow each other in the file form a group, if they fit into a piece. So a
    file of many short tensors needs as few system calls as a file of one tensor.
    """
    longest = min(PIECE_BYTES, BLOCK_BYTES // 2)  # a whole block is a group of its own
    groups, first, end, total = [], 0, -1, 0
    for number, block in enumerate(blocks):
        total += block.nbytes
        if number > first and (block.position != end or total > longest):
            groups.append(range(first, number))
            first, total = number, block.nbytes
        end = block.position + block.nbytes
    return [*groups, range(first, len(blocks))] if blocks else []


def filler(weight: Weight, distribution: Distribution) -> Callable[[NDArray[Any], int], None]:
    """Return the function ``fill(array, start)`` that `Block.fill` holds."""
    law = distribution.law(weight.dtype)
    stream = check_stream(weight.name)

    def fill(array: NDArray[Any], start: int) -> None:
        engine.fill(array, law, weight.seed, stream, start, threads=1)
        if weight.padding_idx is not None:
            array[place_of_row(weight.padding_idx, weight.shape, start)] = 0

    return fill


def piece_memory() -> NDArray[np.uint8]:
    """Return page-aligned memory that holds a piece, wherever in a page the piece begins."""
    size = PIECE_BYTES + PAGE_BYTES
    memory = np.empty(size + PAGE_BYTES, np.uint8)
    start = -memory.ctypes.data % PAGE_BYTES
    return memory[start : start + size]


def part_of(memory: NDArray[np.uint8], position: int, nbytes: int) -> NDArray[np.uint8]:
    """Return the part of the memory whose offset within a page equals that of the file position."""
    start = position % PAGE_BYTES
    return memory[start : start + nbytes]


def for_each_group(count: int, work: Callable[[int], None]) -> None:
    """Call ``work(number)`` for `count` numbers, on several threads and the calling thread."""
    # At least two, so that one computes while the other waits for the disk.
    threads = min(MOST_THREADS, max(2, get_num_threads()), max(1, count))
    engine.run_chunks(lambda number, _: work(number), list(range(count + 1)), threads)
