"""Where the elements of a shard lie in the whole tensor, from a DTensor's placements.

Pure functions of numbers. Promises: what they return is what PyTorch's own `distribute_tensor`
puts on a rank, uneven and empty shards included, in memory that does not grow with the tensor: an
axis is a few runs of neighbouring indices, never a list of them.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Indices of the whole tensor along one axis, in the order of the shard; every step is 1.
Runs = tuple[range, ...]
#: A part of a tensor, as it is indexed: slices, and an ellipsis, with which no axis is a view too.
Box = tuple[Any, ...]


class Split(NamedTuple):
    """One sharding of one axis, as a placement on one axis of the mesh says it.

    Parameters
    ----------
    axis : int
        Of the tensor.
    shards : int
        Into how many.
    number : int
        Which of them is meant.
    interleaved : int, default 1
        Into how many parts the axis is cut first, each of which is then sharded: what FSDP2 over
        tensor parallelism makes of an axis that both shard (PyTorch's ``_StridedShard``).
    """

    axis: int
    shards: int
    number: int
    interleaved: int = 1


def length(runs: Runs) -> int:
    """Return how many indices runs have."""
    return sum(map(len, runs))


def part(runs: Runs, start: int, stop: int) -> Runs:
    """Return the indices from one place to another, counted along the runs."""
    parts = []
    for run in runs:
        if piece := run[max(0, start) : max(0, stop)]:
            parts.append(piece)
        start, stop = start - len(run), stop - len(run)
    return tuple(parts)


def chunk(runs: Runs, count: int, number: int) -> Runs:
    """Return one of `count` chunks as `torch.chunk` cuts: all but the last are equally long."""
    size = -(-length(runs) // count)
    return part(runs, number * size, (number + 1) * size)


def shard(runs: Runs, split: Split) -> Runs:
    """Return one shard of an axis."""
    parts = (chunk(runs, split.interleaved, each) for each in range(split.interleaved))
    return tuple(run for each in parts for run in chunk(each, split.shards, split.number))


def runs_of(shape: Sequence[int], splits: Sequence[Split]) -> tuple[Runs, ...]:
    """Return the runs of each axis of a shard; splits are applied in their order."""
    axes: list[Runs] = [(range(size),) for size in shape]
    for split in splits:
        axes[split.axis] = shard(axes[split.axis], split)
    return tuple(axes)


def boxes_of(axes: Sequence[Runs], most_rows: int | None = None) -> Iterator[tuple[Box, Box]]:
    """Yield where each box of a shard lies: in the shard, and in the whole tensor.

    Parameters
    ----------
    axes : sequence of runs
        Of each axis.
    most_rows : int, optional
        Cut boxes along the first axis, so that none is longer.
    """
    placed = []
    for axis, runs in enumerate(axes):
        start, entries = 0, []
        for run in runs:
            step = max(1, len(run)) if axis or most_rows is None else most_rows
            for piece in (run[first : first + step] for first in range(0, len(run), step)):
                entries.append((slice(start, start + len(piece)), slice(piece.start, piece.stop)))
                start += len(piece)
        placed.append(entries)
    for choice in product(*placed):
        yield (*(local for local, _ in choice), ...), (*(whole for _, whole in choice), ...)
