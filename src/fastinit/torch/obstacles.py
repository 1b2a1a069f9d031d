"""What stands in for a parameter and cannot be filled: one error for each, with what to do.

Promises: a tensor that passes holds the whole parameter, in memory, under its own shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parameter import is_lazy

from fastinit.torch_tensors import why_not_fillable

from .slots import is_instance

if TYPE_CHECKING:
    from .slots import Slot

FSDP1 = "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel"

FSDP1_ADVICE = (
    "call init_module before the module is wrapped in FullyShardedDataParallel, or inside `with "
    "FullyShardedDataParallel.summon_full_params(module):`, or shard by FSDP2's fully_shard, of "
    "which it fills the shards"
)


def check_no_fsdp1(module: torch.nn.Module) -> None:
    """Raise if FSDP1 has made flat parts of a module's parameters.

    Raises
    ------
    ValueError
        If it has, unless the whole parameters are gathered at the moment.
    """
    for name, parameter in module.named_parameters():
        if getattr(parameter, "_is_flat_param", False):
            raise ValueError(
                f"{name!r} is a flat parameter of FSDP1, in which several parameters lie one "
                f"after another: {FSDP1_ADVICE}"
            )
    for part in module.modules():
        if is_instance(part, FSDP1) and _is_sharded(part):
            raise ValueError(
                "the module is sharded by FSDP1 (FullyShardedDataParallel), whose parameters are "
                f"flat parts here: {FSDP1_ADVICE}"
            )


def _is_sharded(module: Any) -> bool:
    """Say whether an FSDP1 module has parts of its parameters, and not the gathered whole."""
    handle = getattr(module, "_handle", None)
    if handle is None:  # no parameters of its own
        return False
    gathered = handle._training_state.name == "SUMMON_FULL_PARAMS"  # noqa: SLF001
    return handle.uses_sharded_strategy and not gathered


def check_is_whole(slot: Slot) -> None:
    """Raise if a tensor is a placeholder, whose shape is not the parameter's.

    Raises
    ------
    ValueError
        For those of lazy modules and of DeepSpeed's ZeRO-3.
    """
    tensor: Any = slot.tensor
    if is_lazy(tensor):
        raise ValueError(
            f"it has no shape yet: run the lazy {type(slot.owners[0]).__name__} once, on an input "
            "of the right shape, before init_module"
        )
    if (whole := getattr(tensor, "ds_numel", None)) is not None and whole != tensor.numel():
        shape = tuple(getattr(tensor, "ds_shape", ()))
        raise ValueError(
            f"it is a placeholder of DeepSpeed's ZeRO-3, with {tensor.numel()} of the "
            f"{whole} elements of the shape {shape}: call init_module inside `with deepspeed.zero."
            "GatheredParameters(list(module.parameters()), modifier_rank=0):`, or before the "
            "module is partitioned"
        )


def cannot_fill(slot: Slot) -> TypeError:
    """Return the error for a tensor that is none of the CPU's memory."""
    tensor = slot.tensor
    if tensor.is_meta:
        return TypeError(
            "the tensor is on the meta device, without memory: call "
            "module.to_empty(device='cpu') first"
        )
    kind = type(tensor)
    if kind not in (torch.Tensor, torch.nn.Parameter):
        return TypeError(
            f"it is a {kind.__module__}.{kind.__qualname__}, and only plain tensors and DTensors "
            "can be filled: call init_module before the module is quantized or converted, or keep "
            f"the values with {{{slot.name!r}: None}}"
        )
    if (reason := why_not_fillable(tensor)) is not None:
        return TypeError(f"it is {reason}")
    return TypeError(
        "only plain tensors in the CPU's memory can be filled, got a "
        f"{kind.__name__} on {tensor.device}, {tensor.layout}; "
        "fill it before it is moved, or after to_empty(device='cpu')"
    )
