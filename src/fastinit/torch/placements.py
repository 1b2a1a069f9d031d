"""The part of the whole tensor that a shard holds, computed from the placements of a DTensor.

These are pure functions of numbers. Promises: the result is the part that `distribute_tensor` of
PyTorch puts on a rank, also for uneven and empty shards. The memory does not grow with the tensor,
because an axis is a few runs of consecutive indices, never a list of them.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Indices of the whole tensor along one axis, in the order of the shard; every step is 1.
Runs = tuple[range, ...]
#: The index of a part of a tensor: slices and an ellipsis. With the ellipsis, indexing a tensor
#: without axes returns a view too.
Box = tuple[Any, ...]


class Split(NamedTuple):
    """One sharding of one tensor axis, by the placement on one mesh axis.

    Parameters
    ----------
    axis : int
        The axis of the tensor.
    shards : int
        The number of shards.
    number : int
        The number of this shard.
    interleaved : int, default 1
        The axis is first divided into this number of parts, and then each part is sharded. FSDP2
        over tensor parallelism does so if both shard the same axis (``_StridedShard`` in PyTorch).
    """

    axis: int
    shards: int
    number: int
    interleaved: int = 1


def length(runs: Runs) -> int:
    """Return the total number of indices in runs."""
    return sum(map(len, runs))


def part(runs: Runs, start: int, stop: int) -> Runs:
    """Return the indices from position `start` to position `stop`, counted along the runs."""
    parts = []
    for run in runs:
        if piece := run[max(0, start) : max(0, stop)]:
            parts.append(piece)
        start, stop = start - len(run), stop - len(run)
    return tuple(parts)


def chunk(runs: Runs, count: int, number: int) -> Runs:
    """Return one of `count` chunks, as `torch.chunk` does: the last ones may be short or empty."""
    size = -(-length(runs) // count)
    return part(runs, number * size, (number + 1) * size)


def shard(runs: Runs, split: Split) -> Runs:
    """Return one shard of an axis."""
    parts = (chunk(runs, split.interleaved, each) for each in range(split.interleaved))
    return tuple(run for each in parts for run in chunk(each, split.shards, split.number))


def runs_of(shape: Sequence[int], splits: Sequence[Split]) -> tuple[Runs, ...]:
    """Return the runs of each axis of a shard. The splits are applied in the given order."""
    axes: list[Runs] = [(range(size),) for size in shape]
    for split in splits:
        axes[split.axis] = shard(axes[split.axis], split)
    return tuple(axes)


def boxes_of(axes: Sequence[Runs]) -> Iterator[tuple[Box, Box]]:
    """Yield the index of each box of a shard, in the shard and in the whole tensor.

    Parameters
    ----------
    axes : sequence of runs
        The runs of each axis.
    """
    placed = []
    for runs in axes:
        start, entries = 0, []
        for run in filter(len, runs):
            entries.append((slice(start, start + len(run)), slice(run.start, run.stop)))
            start += len(run)
        placed.append(entries)
    for choice in product(*placed):
        yield (*(local for local, _ in choice), ...), (*(whole for _, whole in choice), ...)
