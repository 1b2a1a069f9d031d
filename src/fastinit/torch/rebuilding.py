"""Buffers that no scheme fills: a module's own methods make their values again.

After ``to_empty`` a buffer holds whatever was in the memory, and nothing tells it from good values.
Its module knows the values: BatchNorm has ``reset_running_stats``, transformers' models
``_init_weights``. Those methods run here while stand-ins take the places of all tensors.

Promises: nothing of the module is written, not even where a method initialises parameters as well;
a value is returned only if the method has written each of its bytes, and writes the same again;
PyTorch's generator for the CPU stays where it is. Takes for granted: that such a method reaches
tensors through the module, and not through references of its own.
"""

from __future__ import annotations

import inspect
import warnings
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.nn.parameter import is_lazy

from .slots import is_instance, restored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .slots import Slot

#: Methods without arguments by which modules set their buffers: PyTorch's, timm's, torchtune's and
#: torchtitan's names for it.
METHODS = (
    "reset_running_stats",
    "reset_buffers",
    "init_non_persistent_buffers",
    "rope_init",
    "reset_parameters",
    "init_weights",
)

#: Buffers that start at a number, and whose modules have no method that says so.
CONSTANT_BUFFERS = {("torch.optim.swa_utils.AveragedModel", "n_averaged"): 0}


class Rebuilt(NamedTuple):
    """The value of a buffer, and what has made it."""

    by: str
    value: torch.Tensor


class _Way(NamedTuple):
    """A call that may set the buffers of a module and of those inside it."""

    module: torch.nn.Module
    by: str
    call: Callable[[], object]


def rebuild_buffers(module: torch.nn.Module, slots: Sequence[Slot]) -> dict[str, Rebuilt]:
    """Return the values of those buffers of a module that its parts' methods make again."""
    # What has no bytes of its own in a row, such as a sparse tensor, cannot be compared.
    slots = [each for each in slots if each.tensor.layout is torch.strided]
    slots = [each for each in slots if not each.tensor.is_quantized]
    found = dict(_constants(slots))
    if len(found) == len(slots):
        return found
    inside: dict[torch.nn.Module, list[Slot]] = {}
    for slot in slots:
        for owner in slot.owners:
            inside.setdefault(owner, []).append(slot)
    tried: set[tuple[torch.nn.Module, str]] = set()
    with _stand_ins(module), torch.no_grad(), torch.random.fork_rng(devices=[]):
        for slot in slots:
            for way in () if slot.name in found else _ways(slot):
                if slot.name in found:
                    break
                if (way.module, way.by) not in tried:
                    tried.add((way.module, way.by))
                    pending = [each for each in inside[way.module] if each.name not in found]
                    found.update(_values_after(way, pending))
    return found


def _constants(slots: Sequence[Slot]) -> Iterator[tuple[str, Rebuilt]]:
    """Yield the buffers that start at a known number."""
    for slot in slots:
        for (name, key), value in CONSTANT_BUFFERS.items():
            if key == slot.key and is_instance(slot.owners[0], name):
                values = torch.full_like(slot.tensor, value)
                yield slot.name, Rebuilt(type(slot.owners[0]).__name__, values)


def _ways(slot: Slot) -> Iterator[_Way]:
    """Yield the calls that may set a buffer, from its own module outwards."""
    owner = slot.owners[0]
    models = [module for module in slot.owners if _takes_a_module(module)]
    yield from _own_ways(owner)
    if models:  # the nearest one decides, as in transformers
        by = f"{type(models[0]).__name__}._init_weights"
        method: Any = models[0]._init_weights  # noqa: SLF001 - the name is transformers' convention
        yield _Way(owner, by, partial(method, owner))
    for module in slot.owners[1:]:
        if module not in models:  # whose `init_weights` initialises, ties and flags the whole model
            yield from _own_ways(module)


def _own_ways(module: torch.nn.Module) -> Iterator[_Way]:
    for name in METHODS:
        if callable(getattr(type(module), name, None)) and needs_no_argument(getattr(module, name)):
            yield _Way(module, f"{type(module).__name__}.{name}", getattr(module, name))


def needs_no_argument(method: Callable[..., object]) -> bool:
    """Say whether a method can be called without an argument."""
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


def _takes_a_module(module: torch.nn.Module) -> bool:
    """Say whether a module initialises others, as transformers' models do."""
    method: Any = getattr(type(module), "_init_weights", None)
    return callable(method) and not needs_no_argument(partial(method, module))


def _values_after(way: _Way, slots: Iterable[Slot]) -> dict[str, Rebuilt]:
    """Return the buffers all of whose bytes a call sets, and sets again to the same."""
    first, second = (_buffers_after(way, slots, number) for number in range(2))
    return {
        name: Rebuilt(way.by, value)
        for name, value in first.items()
        if name in second and same_bytes(value, second[name])
    }


def _buffers_after(way: _Way, slots: Iterable[Slot], number: int) -> dict[str, torch.Tensor]:
    """Return buffers after a call, before which they were filled with a byte."""
    for slot in slots:
        slot.owners[0]._buffers[slot.key] = _filled_with_bytes(slot.tensor, number)  # noqa: SLF001
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            way.call()
        except Exception:  # noqa: BLE001 - a method that fails on stand-ins decides nothing
            return {}
    found = {}
    for slot in slots:
        value = slot.owners[0]._buffers.get(slot.key)  # noqa: SLF001
        if value is not None and not value.is_meta and value.shape == slot.tensor.shape:
            found[slot.name] = value.to(slot.tensor.device, slot.tensor.dtype)
    return found


def _filled_with_bytes(tensor: torch.Tensor, number: int) -> torch.Tensor:
    """Return a tensor of a shape and dtype, all of whose bytes are the first or second canary."""
    byte = (0, 1)[number] if tensor.dtype is torch.bool else (0x55, 0xAA)[number]
    memory = torch.full(
        (max(1, tensor.numel()) * tensor.itemsize,), byte, dtype=torch.uint8, device=tensor.device
    )
    return memory.view(tensor.dtype)[: tensor.numel()].view(tensor.shape)


def same_bytes(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Say whether two tensors of one shape and dtype are equal, NaNs and zeros' signs included."""
    one, other = (
        each.resolve_conj().resolve_neg().contiguous().view(-1).view(torch.uint8)
        for each in (first, second)
    )
    return torch.equal(one, other)


@contextmanager
def _stand_ins(module: torch.nn.Module) -> Iterator[None]:
    """Put tensors without memory in the places of all parameters and buffers, for a while."""
    with restored(module):
        stand_ins: dict[int, torch.Tensor] = {}
        for part in module.modules():
            if isinstance(part, torch.jit.ScriptModule):
                continue
            for tensors in (part._parameters, part._buffers):  # noqa: SLF001
                for key, tensor in list(tensors.items()):
                    if tensor is not None:
                        if id(tensor) not in stand_ins:
                            stand_ins[id(tensor)] = _without_memory(tensor)
                        tensors[key] = stand_ins[id(tensor)]  # type: ignore[assignment]
        yield


def _without_memory(tensor: torch.Tensor) -> torch.Tensor:
    if is_lazy(tensor):  # it has none
        return tensor
    empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
    if isinstance(tensor, torch.nn.Parameter):
        return torch.nn.Parameter(empty, requires_grad=tensor.requires_grad)
    return empty
