"""Fills of memory that only copies reach: one block is copied while the next one is made.

Guarantees: the kernels of the CPU make the values, so the bits are those of the CPU. The call needs
memory of the CPU for two blocks, whatever the size of the array. It returns when the last copy is
done. Ctrl-C ends it within one block. PyTorch makes the copies, on the thread and the stream of the
caller. XLA may read a block later, so it gets a new one each time.

Requires: the array is the memory of a PyTorch tensor; everything was checked.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from fastinit._memory.torch_tensors import copy_bytes, cpu_bytes, keeps_what_it_copies

from .helper_threads import meanwhile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fastinit._memory.devices import DeviceArray

#: The memory of a block. A bus is as fast with larger ones.
BLOCK_BYTES = 32 << 20


class Part(NamedTuple):
    """A part of an array, whose elements follow each other in C order."""

    starts: tuple[int, ...]
    """The index of its first element."""
    lengths: tuple[int, ...]
    first: int
    """The index of its first element in C order."""

    @property
    def place(self) -> tuple[slice, ...]:
        """Where it lies."""
        return tuple(
            slice(start, start + length)
            for start, length in zip(self.starts, self.lengths, strict=True)
        )

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.lengths)


def parts_of(shape: tuple[int, ...], most: int) -> Iterator[Part]:
    """Yield the parts of an array in C order, of up to `most` elements."""
    axis = 0  # the one that is divided; those before it have one index in each part
    while axis < len(shape) - 1 and math.prod(shape[axis + 1 :]) > most:
        axis += 1
    rest = shape[axis + 1 :]
    length, row = (shape[axis], math.prod(rest)) if shape else (1, 1)
    step = max(1, most // row)
    for number, outer in enumerate(product(*map(range, shape[:axis]))):
        for start in range(0, length, step):
            count = min(step, length - start)
            yield Part(
                (*outer, start, *[0] * len(rest))[: len(shape)],
                (*[1] * axis, count, *rest)[: len(shape)],
                (number * length + start) * row,
            )


class _Block:
    """Memory of the CPU for one part at a time."""

    def __init__(self, size: int, *, pinned: bool) -> None:
        self.tensor = cpu_bytes(size, pinned=pinned)
        self.bytes: NDArray[Any] = self.tensor.numpy()

    def array(self, part: Part, like: DeviceArray) -> NDArray[Any]:
        """Return an array over the memory for a part."""
        return self.bytes[: part.size * like.itemsize].view(like.dtype).reshape(part.lengths)

    def copy_to(self, array: DeviceArray, part: Part) -> None:
        """Copy a part to its place."""
        copy_bytes(array[part.place].tensor(), self.tensor[: part.size * array.itemsize])


def fill_by_copies(
    array: DeviceArray, write: Callable[[NDArray[Any], Part], None], together: int = 1
) -> None:
    """Fill an array on a device: write(block, part) for each part, and a copy to its place.

    Parameters
    ----------
    array : DeviceArray
        The memory of a PyTorch tensor.
    write : callable
        It is called on this thread or on another one, for one part at a time, in order.
    together : int
        The number of neighbours in C order that no two parts may share: those of a last axis.
    """
    if array.size == 0:
        return
    most = max(together, BLOCK_BYTES // array.itemsize)
    parts = parts_of(array.shape, most)
    size = min(array.size, most) * array.itemsize
    several = array.size > most  # then it is worth the time to pin memory
    renewed = keeps_what_it_copies(array.owner)
    block, part = _Block(size, pinned=several), next(parts)
    other = _Block(size, pinned=True) if several else block
    write(block.array(part, array), part)
    for following in parts:
        made = other.array(following, array)
        with meanwhile(partial(write, made, following)):
            block.copy_to(array, part)
        part, block, other = following, other, _Block(size, pinned=True) if renewed else block
    block.copy_to(array, part)
