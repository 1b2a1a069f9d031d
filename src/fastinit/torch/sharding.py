"""Shards of tensors: each rank makes its own part of a weight, and nothing is sent.

Promises: the tensor that all ranks hold together has the bits of the weight, whatever the number of
ranks, the mesh and the placements. Takes for granted: that every rank gives the same weight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from fastinit._memory.torch_tensors import why_not_fillable

from .memory import DTYPES, is_dtensor, numpy_dtype, raw_memory, written
from .placements import Split, boxes_of, runs_of
from .threads import num_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch.distributed.tensor import DTensor

    from fastinit.weight import Weight

    from .placements import Runs

#: Bytes of memory of our own for a shard that lies on another device.
STAGED_BYTES = 64 << 20


def init_dtensor_(tensor: DTensor, weight: Weight, *, threads: int | None = None) -> DTensor:
    """Fill a DTensor's local shard with its part of a weight; to be called on every rank.

    Parameters
    ----------
    tensor : torch.distributed.tensor.DTensor
        Of the weight's shape and dtype, on any mesh: replicated or sharded along any axes, evenly
        or not; a parameter of a module after `fully_shard` or `parallelize_module` too. The local
        tensor may have any strides. It may lie on another device: then it is copied to in blocks.
    weight : fastinit.Weight
        The formula of the whole tensor.
    threads : int, optional
        At most so many threads; by default those that `fastinit.set_num_threads` or
        `torch.set_num_threads` set.

    Returns
    -------
    DTensor
        The one that was given. Ranks outside its mesh write nothing.

    Raises
    ------
    TypeError, ValueError
        If it is no DTensor, has another shape or dtype, is a partial sum, or has no memory (the
        meta device: use ``module.to_empty(device=...)`` first). Nothing has been written then.
    """
    if not is_dtensor(tensor):
        raise TypeError(f"expected a DTensor, got {type(tensor).__name__}: use weight.fill")
    _check(weight, tuple(tensor.shape), tensor.dtype, "the tensor")
    if tensor.device_mesh.get_coordinate() is None:
        return tensor
    _fill(local_of(tensor), weight, runs_of(weight.shape, splits_of(tensor)), threads)
    written(tensor)
    return tensor


def keep_shard_(tensor: DTensor, whole: torch.Tensor) -> None:
    """Copy a DTensor's local shard from a plain tensor of the whole shape and the same dtype."""
    if tensor.device_mesh.get_coordinate() is None:
        return
    local = local_of(tensor).detach()
    for place, box in boxes_of(runs_of(tuple(whole.shape), splits_of(tensor))):
        local[place].copy_(whole[box])


def local_of(tensor: DTensor) -> torch.Tensor:
    """Return the shard of this rank, in its own memory."""
    with torch.no_grad():
        return tensor.to_local()


def init_shard_(
    tensor: torch.Tensor, weight: Weight, offsets: Sequence[int], *, threads: int | None = None
) -> torch.Tensor:
    """Fill a tensor with the part of a weight that begins at some indices of the whole.

    For shards that are described by offsets and sizes, as TorchRec's and `ShardedTensor`'s
    `ShardMetadata` are: row-wise, column-wise, table-wise or any other box.

    Parameters
    ----------
    tensor : torch.Tensor
        The local shard, of the weight's dtype and number of axes; its sizes are the box's.
    weight : fastinit.Weight
        The formula of the whole tensor.
    offsets : sequence of int
        The index in the whole tensor, along each axis, of the shard's first element.
    threads : int, optional
        At most so many threads; by default those that `fastinit.set_num_threads` or
        `torch.set_num_threads` set.

    Returns
    -------
    torch.Tensor
        The one that was given.

    Raises
    ------
    TypeError, ValueError
        If the box does not lie in the weight, or the tensor has another dtype or no memory.
        Nothing has been written then.
    """
    sizes = tuple(tensor.shape)
    if not len(offsets) == len(sizes) == weight.ndim:
        raise ValueError(
            f"the shard has {len(sizes)} axes, the weight {weight.ndim}, and {len(offsets)} "
            "offsets were given"
        )
    runs = tuple((range(start, start + size),) for start, size in zip(offsets, sizes, strict=True))
    for axis, ((run,), length) in enumerate(zip(runs, weight.shape, strict=True)):
        if run.start < 0 or run.stop > length:
            raise ValueError(
                f"the shard has indices {run.start} to {run.stop} of axis {axis}, and the weight "
                f"has {length}"
            )
    _check(weight, weight.shape, tensor.dtype, "the shard")
    _fill(tensor, weight, runs, threads)
    return tensor


def splits_of(tensor: DTensor) -> list[Split]:
    """Return how a DTensor is cut for this rank, in the order in which PyTorch cuts.

    Raises
    ------
    ValueError
        If a placement is no replica and no shard.
    """
    coordinate: Any = tensor.device_mesh.get_coordinate()
    splits = {}
    for mesh_axis, placement in enumerate(tensor.placements):
        if placement.is_replicate():
            continue
        axis = getattr(placement, "dim", None)
        if axis is None or placement.is_partial():
            raise ValueError(
                f"a placement {placement} has no values of its own: redistribute the tensor to "
                "Shard or Replicate first"
            )
        splits[mesh_axis] = Split(
            axis % tensor.ndim,
            tensor.device_mesh.size(mesh_axis),
            coordinate[mesh_axis],
            # Private to PyTorch, and what FSDP2 over tensor parallelism needs.
            int(getattr(placement, "split_factor", 1)),
        )
    return [splits[mesh_axis] for mesh_axis in _order(tensor) if mesh_axis in splits]


def _order(tensor: DTensor) -> list[int]:
    """Return the mesh's axes in the order in which they cut: it may be other than 0, 1, 2, ..."""
    given: Iterable[Any] = getattr(tensor._spec, "shard_order", None) or ()  # noqa: SLF001
    first = [mesh_axis for entry in given for mesh_axis in entry.mesh_dims]
    return first + [axis for axis in range(tensor.device_mesh.ndim) if axis not in first]


def _check(weight: Weight, shape: tuple[int, ...], dtype: torch.dtype, what: str) -> None:
    if DTYPES.get(dtype) != weight.dtype.name:
        raise TypeError(f"{what} is {dtype}, and the weight is {weight.dtype.name}")
    if shape != weight.shape:
        raise ValueError(f"{what} has the shape {shape}, and the weight {weight.shape}")


def _fill(local: torch.Tensor, weight: Weight, runs: Sequence[Runs], threads: int | None) -> None:
    limit = num_threads(threads)
    if local.device.type == "meta":
        raise ValueError("the tensor is on the meta device: give it memory with to_empty first")
    if local.numel() == 0:
        return
    fill = fill_in_place if local.device.type == "cpu" else fill_by_copies
    fill(local, weight, runs, limit)
    written(local)


def fill_in_place(local: torch.Tensor, weight: Weight, runs: Sequence[Runs], threads: int) -> None:
    """Write a shard's elements where they lie."""
    if (reason := why_not_fillable(local.detach())) is not None:
        raise ValueError(f"the tensor cannot be filled: it is {reason}")
    raw = raw_memory(local)
    if raw is None:
        reason = why_not_fillable(local) or f"a tensor of the strides {local.stride()}"
        raise ValueError(f"the tensor cannot be filled: it is {reason}")
    array = raw.view(numpy_dtype(local.dtype))
    for place, whole in boxes_of(runs):
        weight.fill(array[place], whole, threads=threads)


def fill_by_copies(local: torch.Tensor, weight: Weight, runs: Sequence[Runs], threads: int) -> None:
    """Make a shard in blocks of rows in the CPU's memory, and copy each to where it belongs."""
    row = math.prod(local.shape[1:]) * local.element_size()
    for place, whole in boxes_of(runs, most_rows=max(1, STAGED_BYTES // row)):
        target = local.detach()[place]
        block = torch.empty(target.shape, dtype=local.dtype, device="cpu")
        fill_in_place(
            block, weight, tuple((range(each.start, each.stop),) for each in whole[:-1]), threads
        )
        target.copy_(block)
