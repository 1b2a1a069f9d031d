"""Tensors that `init_module` cannot fill: one error for each kind, which says what to do.

Promises: a tensor that passes the checks holds the whole parameter in memory, with its own shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.lib.array_utils import byte_bounds
from torch.nn.parameter import is_lazy

from fastinit._memory.torch_tensors import why_not_fillable

from .common_fills import are_apart
from .memory import device_memory, is_plain, raw_memory
from .slots import is_instance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .slots import Slot

FSDP1 = "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel"

FSDP1_ADVICE = (
    "call init_module before the module is wrapped in FullyShardedDataParallel, or inside `with "
    "FullyShardedDataParallel.summon_full_params(module):`, or shard by FSDP2's fully_shard, of "
    "which it fills the shards"
)


def check_no_fsdp1(module: torch.nn.Module, parts: Iterable[torch.nn.Module]) -> None:
    """Raise an error if FSDP1 has flattened or sharded the parameters of a module.

    `parts` are all modules in it.

    Raises
    ------
    ValueError
        If it has, and the whole parameters are not gathered now.
    """
    for part in parts:
        for parameter in part._parameters.values():  # noqa: SLF001
            if getattr(parameter, "_is_flat_param", False):
                name = next(key for key, each in module.named_parameters() if each is parameter)
                raise ValueError(
                    f"{name!r} is a flat parameter of FSDP1, in which several parameters lie one "
                    f"after another: {FSDP1_ADVICE}"
                )
        if is_instance(part, FSDP1) and _is_sharded(part):
            raise ValueError(
                "the module is sharded by FSDP1 (FullyShardedDataParallel), whose parameters are "
                f"flat parts here: {FSDP1_ADVICE}"
            )


def _is_sharded(module: Any) -> bool:
    """Return whether an FSDP1 module holds shards of its parameters, not the gathered ones."""
    handle = getattr(module, "_handle", None)
    if handle is None:  # no parameters of its own
        return False
    gathered = handle._training_state.name == "SUMMON_FULL_PARAMS"  # noqa: SLF001
    return handle.uses_sharded_strategy and not gathered


def check_is_whole(slot: Slot) -> None:
    """Raise an error if a tensor is a placeholder, or cannot be written.

    Raises
    ------
    ValueError
        If it is a placeholder of a lazy module or of DeepSpeed ZeRO-3, or an inference tensor.
    """
    tensor: Any = slot.tensor
    if is_lazy(tensor):
        raise ValueError(
            f"it has no shape yet: run the lazy {type(slot.owners[0]).__name__} once, on an input "
            "of the right shape, before init_module"
        )
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        raise ValueError(
            "it is an inference tensor, which PyTorch allows no one to write elsewhere: call "
            "init_module inside `with torch.inference_mode():`"
        )
    if (whole := getattr(tensor, "ds_numel", None)) is not None and whole != tensor.numel():
        shape = tuple(getattr(tensor, "ds_shape", ()))
        raise ValueError(
            f"it is a placeholder of DeepSpeed's ZeRO-3, with {tensor.numel()} of the "
            f"{whole} elements of the shape {shape}: call init_module inside `with deepspeed.zero."
            "GatheredParameters(list(module.parameters()), modifier_rank=0):`, or before the "
            "module is partitioned"
        )


def _share_memory(first: NDArray[Any], second: NDArray[Any]) -> bool:
    try:
        most_work: Any = 1_000_000  # an exact answer may take exponential time
        return np.shares_memory(first, second, max_work=most_work)
    except np.exceptions.TooHardError:
        return True


def _layout_of(tensor: torch.Tensor) -> tuple[int, NDArray[Any]] | None:
    """Return where the elements of a plain tensor lie; None if only PyTorch can fill it.

    Only addresses with the same number are in one memory.
    """
    memory = device_memory(tensor)
    if memory is None:
        array = raw_memory(tensor)
        return None if array is None else (0, array)
    if memory.stream is not None:
        return 0, memory.layout
    try:  # no address, so each storage is a memory
        return tensor.untyped_storage()._cdata, memory.layout  # noqa: SLF001
    except RuntimeError:  # XLA
        return id(tensor), memory.layout


def check_apart(slots: Iterable[Slot]) -> None:
    """Raise an error if two tensors share memory.

    Raises
    ------
    ValueError
        If they do: the second fill would overwrite values of the first.
    """
    every = list(slots)
    if are_apart([slot.tensor for slot in every]):
        return
    layouts = [
        (_layout_of(slot.tensor), slot) for slot in every if is_plain(slot.tensor, caught=True)
    ]
    spans = sorted(
        (
            (layout[0], *byte_bounds(layout[1]), layout[1], slot)
            for layout, slot in layouts
            if layout is not None
        ),
        key=lambda span: span[:2],
    )
    open_spans: list[tuple[int, int, int, NDArray[Any], Slot]] = []
    for span in spans:
        memory, start, _, array, slot = span
        open_spans = [each for each in open_spans if each[0] == memory and each[2] > start]
        for *_, other_array, other in open_spans:
            if _share_memory(array, other_array):
                raise ValueError(
                    f"{other.name!r} and {slot.name!r} share memory, and one fill would overwrite "
                    f"the other: give one of them a clone, or keep one by {{{slot.name!r}: None}}"
                )
        open_spans.append(span)


def cannot_fill(slot: Slot) -> TypeError:
    """Return the error for a tensor whose memory fastinit cannot fill."""
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
    if (reason := why_not_fillable(tensor.detach())) is not None:
        return TypeError(f"it is {reason}")
    if not is_plain(tensor, caught=True):
        return TypeError(
            "PyTorch runs a transform (torch.func, forward-mode differentiation), its tracer or "
            "its compiler, which must see every operation: call init_module before it"
        )
    return TypeError(
        f"its elements share memory, by the strides {tensor.stride()}: give it memory for each "
        "element first, such as that of tensor.clone(memory_format=torch.contiguous_format)"
    )
