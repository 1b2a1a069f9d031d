"""Tensors that are kept in boxes: sharded tables of TorchRec, and the `ShardedTensor` of PyTorch.

Promises: the boxes are the memory of the model, and each has its place in the whole tensor. A rank
without a box of a tensor gets none, and fills nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from fastinit._memory.torch_tensors import why_not_fillable

from .memory import DTYPES, raw_memory
from .slots import is_instance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .slots import Slot

#: What TorchRec makes of its modules of tables, with the names under which it holds the tables.
COLLECTIONS = (
    "torchrec.distributed.embeddingbag.ShardedEmbeddingBagCollection",
    "torchrec.distributed.embedding.ShardedEmbeddingCollection",
)
SHARDED_TENSOR = "torch.distributed._shard.sharded_tensor.api.ShardedTensor"


class Box(NamedTuple):
    """A part of a tensor, and the index of its first element in the whole."""

    tensor: torch.Tensor
    offsets: tuple[int, ...]


class InBoxes(NamedTuple):
    """A tensor that is kept in boxes.

    Parameters
    ----------
    shape : tuple of int
        That of the whole.
    dtype : torch.dtype
    boxes : tuple of Box
        Those of this rank.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    boxes: tuple[Box, ...]


def in_boxes(slot: Slot) -> InBoxes | None:
    """Return the boxes of a parameter; None if it is kept in another way.

    Raises
    ------
    TypeError
        If the rows are not in memory, or a box cannot be filled.
    """
    found = _of_torchrec(slot) or _of_pytorch(slot.tensor)
    if found is not None:
        for box in found.boxes:
            _check(box, found.shape)
    return found


def _of_torchrec(slot: Slot) -> InBoxes | None:
    """Return a table of a sharded collection, which holds it two modules further out."""
    if len(slot.owners) < 3 or not is_instance(slot.owners[2], *COLLECTIONS):  # noqa: PLR2004
        return None
    table, tables, collection = slot.owners[:3]
    held: Any = collection
    name = next(name for name, each in tables.named_children() if each is table)
    shape = tuple(held._name_to_table_size[name])  # noqa: SLF001
    local = held._model_parallel_name_to_local_shards.get(name)  # noqa: SLF001
    if local is None:  # data-parallel: each rank has the whole
        plain = slot.tensor.detach().as_subclass(torch.Tensor)
        boxes: tuple[Box, ...] = (Box(plain, (0,) * len(shape)),)
    elif local:
        boxes = tuple(_box(each) for each in local)
    else:  # TorchRec keeps them as parts of a DTensor, or this rank has none
        wrapped = held._model_parallel_name_to_shards_wrapper[name]  # noqa: SLF001
        pairs = zip(wrapped["local_tensors"], wrapped["local_offsets"], strict=True)
        boxes = tuple(Box(tensor, tuple(offsets)) for tensor, offsets in pairs)
    return InBoxes(shape, _dtype(boxes, slot.tensor), boxes)


def _of_pytorch(tensor: Any) -> InBoxes | None:
    """Return the boxes of a `ShardedTensor`."""
    if type(tensor) in (torch.Tensor, torch.nn.Parameter):
        return None
    kinds = {f"{each.__module__}.{each.__qualname__}" for each in type(tensor).__mro__}
    if SHARDED_TENSOR not in kinds:
        return None
    boxes = tuple(_box(each) for each in tensor.local_shards())
    return InBoxes(tuple(tensor.size()), _dtype(boxes, tensor), boxes)


def _box(shard: Any) -> Box:
    """Return a `Shard` of PyTorch as a box."""
    if not isinstance(shard.tensor, torch.Tensor):
        raise TypeError(
            f"TorchRec keeps its rows outside of memory, as a {type(shard.tensor).__name__}: load "
            "them from a checkpoint, and keep them here with None"
        )
    return Box(shard.tensor, tuple(shard.metadata.shard_offsets))


def _dtype(boxes: Iterable[Box], otherwise: torch.Tensor) -> torch.dtype:
    """Return the dtype of the boxes: TorchRec holds an empty float32 where a rank has none."""
    return next((box.tensor.dtype for box in boxes), otherwise.dtype)


def _check(box: Box, shape: tuple[int, ...]) -> None:
    """Raise an error if a box cannot be filled."""
    tensor = box.tensor.detach()
    if not tensor.numel():
        return
    reason = why_not_fillable(tensor) if tensor.is_cpu or tensor.is_meta else None
    if reason is None and tensor.is_cpu and tensor.dtype in DTYPES and raw_memory(tensor) is None:
        reason = f"a tensor of the strides {tensor.stride()}"
    if reason is not None:
        raise TypeError(f"a shard of it cannot be filled: it is {reason}")
    ends = (first + length for first, length in zip(box.offsets, tensor.shape, strict=True))
    if any(end > length for end, length in zip(ends, shape, strict=True)):
        raise ValueError(
            f"a shard of the shape {tuple(tensor.shape)} at {box.offsets} is not inside {shape}"
        )
