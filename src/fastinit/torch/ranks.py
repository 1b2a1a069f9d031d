"""Fills of shards: which DTensor, or which library's shard, a fill in a process group is of.

A kernel for the CPU sees a rank's local tensor alone. The code that asked for the fill, which is on
Python's stack, knows what the tensor is a shard of.

Promises: a DTensor's shard gets its part of the whole tensor, so that the values do not depend on
the number of ranks.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch

from fastinit._engine import engine
from fastinit._engine.regions import box_of

from .placements import boxes_of, runs_of
from .sharding import splits_of
from .threads import num_threads

if TYPE_CHECKING:
    from types import FrameType

    from .fills import Fill

_DTENSOR_CALLS = "torch.distributed.tensor._dispatch"

#: Code that fills a rank's own shards, and says nowhere where in the whole tensor they lie.
_SHARDING = ("torch.distributed._shard", "torchrec.distributed", "fbgemm_gpu", "megatron.core")


def in_process_group() -> bool:
    """Say whether this process is one of several ranks that PyTorch knows of."""
    distributed = torch.distributed
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def asked_for(tensor: torch.Tensor) -> tuple[Any, str | None]:
    """Return what a local tensor is a shard of, as far as the code that is running says.

    Returns
    -------
    DTensor or None
        Whose shard on this rank it is.
    str or None
        Otherwise, the module of other code that shards tensors, if it has asked for the fill.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the stack
    sharding = None
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        if module == _DTENSOR_CALLS:
            whole = frame.f_locals.get("args", (None,))[0]
            local = getattr(whole, "_local_tensor", None)
            if local is not None and local.shape == tensor.shape:
                return whole, None
        elif sharding is None and module.startswith(_SHARDING):
            sharding = module
        frame = frame.f_back
    return None, sharding


def write_part(fill: Fill, whole: Any, seed: int, stream: int) -> None:
    """Write a rank's part of a DTensor."""
    shape = tuple(whole.shape)
    for place, index in boxes_of(runs_of(shape, splits_of(whole))):
        box = box_of(index, shape)
        engine.fill_box(fill.array[place], fill.law, seed, stream, box, num_threads())
