"""Shards of tensors: each rank makes its own part of a weight, without communication.

Promises: the tensor that all ranks hold together has the bits of the weight, for any number of
ranks, any mesh and any placements. Assumes: every rank passes the same weight.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch

from fastinit._memory.torch_tensors import why_not_fillable
from fastinit._support.checks import as_integer
from fastinit.weight import Weight, check_weight

from .memory import DTYPES, device_memory, is_dtensor, numpy_dtype, raw_memory, written
from .placements import Split, boxes_of, runs_of
from .threads import num_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.distributed.tensor import DTensor

    from .placements import Runs


else:
    DTensor = torch.Tensor  # importing the class takes long, and not every PyTorch has it


def init_dtensor_(tensor: DTensor, weight: Weight, *, threads: int | None = None) -> DTensor:
    """Fill the local shard of a DTensor with its part of a weight. Call it on every rank.

    Parameters
    ----------
    tensor : torch.distributed.tensor.DTensor
        A DTensor with the shape and dtype of the weight, on any mesh. It may be replicated or
        sharded along any axes, evenly or not. It may be a parameter of a module after
        `fully_shard` or `parallelize_module`. The local tensor may have any strides. It is
        filled where it lies, on the CPU or on an NVIDIA GPU (extra ``cuda``), and on other devices
        by copies.
    weight : fastinit.Weight
        The formula of the whole tensor.
    threads : int, optional
        The largest number of threads. By default, `fastinit.set_num_threads` or
        `torch.set_num_threads` decides.

    Returns
    -------
    DTensor
        `tensor`. Ranks outside its mesh write nothing.

    Raises
    ------
    TypeError, ValueError
        If `tensor` is not a DTensor, has another shape or dtype, has a partial placement, or has no
        memory (on the meta device: call ``module.to_empty(device=...)`` first). The error is raised
        before anything is written.

    Examples
    --------
    >>> from torch.distributed import HashStore, device_mesh, init_process_group, tensor
    >>> init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    >>> mesh = device_mesh.init_device_mesh("cpu", (1,))
    >>> table = tensor.empty(1000, 64, device_mesh=mesh, placements=[tensor.Shard(0)])
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> local = fastinit.torch.init_dtensor_(table, weight).to_local()
    >>> bool((local.numpy() == np.asarray(weight)).all())
    True
    >>> torch.distributed.destroy_process_group()
    """
    if not is_dtensor(tensor):
        raise TypeError(f"expected a DTensor, got {type(tensor).__name__}: use weight.fill")
    limit = _limit_of(weight, tensor, threads)
    if (shape := tuple(tensor.shape)) != weight.shape:
        raise ValueError(f"the tensor has the shape {shape}, and the weight {weight.shape}")
    if tensor.device_mesh.get_coordinate() is None:
        return tensor
    _fill(local_of(tensor), weight, runs_of(weight.shape, splits_of(tensor)), limit)
    written(tensor)
    return tensor


def keep_shard_(tensor: DTensor, whole: torch.Tensor) -> None:
    """Copy the local shard of a DTensor from a plain tensor with the whole shape and same dtype."""
    if tensor.device_mesh.get_coordinate() is None:
        return
    local = local_of(tensor).detach()
    for place, box in boxes_of(runs_of(tuple(whole.shape), splits_of(tensor))):
        local[place].copy_(whole[box])


def local_of(tensor: DTensor) -> torch.Tensor:
    """Return the shard of this rank, not a copy of it."""
    with torch.no_grad():
        return tensor.to_local()


def init_shard_(
    tensor: torch.Tensor, weight: Weight, offsets: Sequence[int], *, threads: int | None = None
) -> torch.Tensor:
    """Fill a shard with its part of a weight, given the offsets of the shard.

    Use it for shards with offsets and sizes, such as the `ShardMetadata` of TorchRec and
    `ShardedTensor`: row-wise, column-wise, table-wise or any other box.

    Parameters
    ----------
    tensor : torch.Tensor
        The local shard, with the dtype and number of axes of the weight. Its shape is the size of
        the box.
    weight : fastinit.Weight
        The formula of the whole tensor.
    offsets : sequence of int
        The index of the first element of the shard in the whole tensor, one for each axis.
    threads : int, optional
        The largest number of threads. By default, `fastinit.set_num_threads` or
        `torch.set_num_threads` decides.

    Returns
    -------
    torch.Tensor
        `tensor`.

    Raises
    ------
    TypeError, ValueError
        If the box is not inside the weight, or the tensor has another dtype or no memory. The
        error is raised before anything is written.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> local = fastinit.torch.init_shard_(torch.empty(250, 32), weight, offsets=(500, 32))
    >>> bool((local.numpy() == weight[500:750, 32:]).all())
    True
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"expected a tensor, got {type(tensor).__name__}: use weight.fill")
    limit = _limit_of(weight, tensor, threads)
    sizes, starts = tuple(tensor.shape), [as_integer(each, "an offset") for each in offsets]
    if not len(starts) == len(sizes) == weight.ndim:
        raise ValueError(
            f"the shard has {len(sizes)} axes, the weight {weight.ndim}, and {len(starts)} "
            "offsets were given"
        )
    runs = tuple((range(start, start + size),) for start, size in zip(starts, sizes, strict=True))
    for axis, ((run,), length) in enumerate(zip(runs, weight.shape, strict=True)):
        if run.start < 0 or run.stop > length:
            raise ValueError(
                f"the shard has indices {run.start} to {run.stop} of axis {axis}, and the weight "
                f"has {length}"
            )
    _fill(tensor, weight, runs, limit)
    return tensor


def splits_of(tensor: DTensor) -> list[Split]:
    """Return how a DTensor is sharded for this rank, in the order in which PyTorch applies it.

    Raises
    ------
    ValueError
        If a placement is neither `Replicate` nor a kind of `Shard`.
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
            # A private attribute of PyTorch, which FSDP2 over tensor parallelism sets.
            int(getattr(placement, "split_factor", 1)),
        )
    return [splits[mesh_axis] for mesh_axis in _order(tensor) if mesh_axis in splits]


def _order(tensor: DTensor) -> list[int]:
    """Return the mesh axes in the order in which they shard, which may differ from 0, 1, 2, ..."""
    given: Iterable[Any] = getattr(tensor._spec, "shard_order", None) or ()  # noqa: SLF001
    first = [mesh_axis for entry in given for mesh_axis in entry.mesh_dims]
    return first + [axis for axis in range(tensor.device_mesh.ndim) if axis not in first]


def _limit_of(weight: Weight, tensor: torch.Tensor, threads: int | None) -> int:
    """Return the number of threads, or raise if a weight cannot fill a tensor."""
    check_weight(weight)
    if DTYPES.get(tensor.dtype) != weight.dtype.name:
        raise TypeError(f"the tensor is {tensor.dtype}, and the weight is {weight.dtype.name}")
    return num_threads(threads)


def _fill(local: torch.Tensor, weight: Weight, runs: Sequence[Runs], threads: int) -> None:
    if local.device.type == "meta":
        raise ValueError("the tensor is on the meta device: give it memory with to_empty first")
    if local.numel() == 0:
        return
    memory: Any = device_memory(local)
    if memory is None:
        memory = _cpu_memory(local)
    for place, whole in boxes_of(runs):
        weight.fill(memory[place], whole, threads=threads)
    written(local)


def _cpu_memory(local: torch.Tensor) -> NDArray[Any]:
    """Return the memory of a shard on the CPU, or raise."""
    if (reason := why_not_fillable(local.detach())) is not None:
        raise ValueError(f"the tensor cannot be filled: it is {reason}")
    raw = raw_memory(local)
    if raw is None:
        reason = why_not_fillable(local) or f"a tensor of the strides {local.stride()}"
        raise ValueError(f"the tensor cannot be filled: it is {reason}")
    return raw.view(numpy_dtype(local.dtype))
