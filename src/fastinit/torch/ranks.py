"""Fills of shards under `accelerate`: finds the DTensor or the library that a shard belongs to.

A CPU kernel sees only the local tensor of a rank. The code that asked for the fill is on the Python
stack, and knows which tensor this is a shard of.

Promises: the shard of a DTensor gets its part of the whole tensor, so the values do not depend on
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

#: Modules that fill the shards of a rank, and do not say which part of the tensor they are.
_SHARDING = ("torch.distributed._shard", "torchrec.distributed", "fbgemm_gpu", "megatron.core")


def in_process_group() -> bool:
    """Return whether this process is one of several ranks of a PyTorch process group."""
    distributed = torch.distributed
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def asked_for(tensor: torch.Tensor) -> tuple[Any, str | None]:
    """Return the tensor or library that a local tensor is a shard of, from the Python stack.

    Returns
    -------
    DTensor or None
        The DTensor whose shard on this rank it is.
    str or None
        Otherwise, the module of another library that shards tensors, if it asked for the fill.
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
    """Write the part of a DTensor that this rank holds."""
    shape = tuple(whole.shape)
    for place, index in boxes_of(runs_of(shape, splits_of(whole))):
        box = box_of(index, shape)
        engine.fill_box(fill.array[place], fill.law, seed, stream, box, num_threads())
