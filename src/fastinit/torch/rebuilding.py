"""Buffers that no scheme fills: methods of their module compute the values again.

After ``to_empty``, a buffer contains uninitialised memory, which cannot be distinguished from valid
values. Its module knows the values: BatchNorm has ``reset_running_stats``, and the models of
transformers have ``_init_weights``. These methods run here while stand-ins replace all tensors.

Promises: nothing in the module is written, also if a method initialises parameters too. A value is
returned only if the method wrote every byte of it, and wrote the same bytes in a second run. The
state of the CPU generator of PyTorch does not change. Assumes: such a method reaches tensors
through the module, not through other references.
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

#: The names of methods without arguments that set the buffers of a module, in PyTorch, timm,
#: torchtune and torchtitan.
METHODS = (
    "reset_running_stats",
    "reset_buffers",
    "init_non_persistent_buffers",
    "rope_init",
    "reset_parameters",
    "init_weights",
)

#: Buffers that start with a known number, in modules without a method that sets it.
CONSTANT_BUFFERS = {("torch.optim.swa_utils.AveragedModel", "n_averaged"): 0}


class Rebuilt(NamedTuple):
    """The value of a buffer, and the name of the method that made it."""

    by: str
    value: torch.Tensor


class _Way(NamedTuple):
    """A call that may set the buffers of a module and of its submodules."""

    module: torch.nn.Module
    by: str
    call: Callable[[], object]


def rebuild_buffers(module: torch.nn.Module, slots: Sequence[Slot]) -> dict[str, Rebuilt]:
    """Return the values of the buffers that methods of a module and its submodules can compute."""
    # Tensors without contiguous bytes of their own, such as sparse ones, cannot be compared.
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
    with stand_ins(module), torch.no_grad(), torch.random.fork_rng(devices=[]):
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
    """Yield the buffers that start with a known number."""
    for slot in slots:
        for (name, key), value in CONSTANT_BUFFERS.items():
            if key == slot.key and is_instance(slot.owners[0], name):
                values = torch.full_like(slot.tensor, value)
                yield slot.name, Rebuilt(type(slot.owners[0]).__name__, values)


def _ways(slot: Slot) -> Iterator[_Way]:
    """Yield the calls that may set a buffer, from its own module to the outermost one."""
    owner = slot.owners[0]
    models = [module for module in slot.owners if _takes_a_module(module)]
    yield from _own_ways(owner)
    if models:  # the innermost model decides, as in transformers
        by = f"{type(models[0]).__name__}._init_weights"
        method: Any = models[0]._init_weights  # noqa: SLF001 - the name is transformers' convention
        yield _Way(owner, by, partial(method, owner))
    for module in slot.owners[1:]:
        if module not in models:  # `init_weights` of a model would initialise and tie all of it
            yield from _own_ways(module)


def _own_ways(module: torch.nn.Module) -> Iterator[_Way]:
    for name in METHODS:
        if callable(getattr(type(module), name, None)) and needs_no_argument(getattr(module, name)):
            yield _Way(module, f"{type(module).__name__}.{name}", getattr(module, name))


def needs_no_argument(method: Callable[..., object]) -> bool:
    """Return whether a method can be called without arguments."""
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


def _takes_a_module(module: torch.nn.Module) -> bool:
    """Return whether a module initialises other modules, as the models of transformers do."""
    method: Any = getattr(type(module), "_init_weights", None)
    return callable(method) and not needs_no_argument(partial(method, module))


def _values_after(way: _Way, slots: Iterable[Slot]) -> dict[str, Rebuilt]:
    """Return the buffers of which a call sets all bytes, to the same values in two runs."""
    first, second = (_buffers_after(way, slots, number) for number in range(2))
    return {
        name: Rebuilt(way.by, value)
        for name, value in first.items()
        if name in second and same_bytes(value, second[name])
    }


def _buffers_after(way: _Way, slots: Iterable[Slot], number: int) -> dict[str, torch.Tensor]:
    """Fill buffers with one byte value, make a call, and return the buffers after it."""
    for slot in slots:
        slot.owners[0]._buffers[slot.key] = _filled_with_bytes(slot.tensor, number)  # noqa: SLF001
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            way.call()
        except Exception:  # noqa: BLE001 - a method that fails on stand-ins sets no buffer
            return {}
    found = {}
    for slot in slots:
        value = slot.owners[0]._buffers.get(slot.key)  # noqa: SLF001
        if value is not None and not value.is_meta and value.shape == slot.tensor.shape:
            found[slot.name] = value.to(slot.tensor.device, slot.tensor.dtype)
    return found


def _filled_with_bytes(tensor: torch.Tensor, number: int) -> torch.Tensor:
    """Return a tensor like another one, with all bytes equal to the first or second test value."""
    byte = (0, 1)[number] if tensor.dtype is torch.bool else (0x55, 0xAA)[number]
    memory = torch.full(
        (max(1, tensor.numel()) * tensor.itemsize,), byte, dtype=torch.uint8, device=tensor.device
    )
    return memory.view(tensor.dtype)[: tensor.numel()].view(tensor.shape)


def same_bytes(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Return whether two tensors with the same shape and dtype have the same bytes.

    Unlike a comparison of values, this distinguishes the signs of zeros and compares NaNs.
    """
    one, other = (
        each.resolve_conj().resolve_neg().contiguous().view(-1).view(torch.uint8)
        for each in (first, second)
    )
    return torch.equal(one, other)


@contextmanager
def stand_ins(module: torch.nn.Module) -> Iterator[None]:
    """Replace all parameters and buffers by tensors without memory inside the context."""
    with restored(module):
        replaced: dict[int, torch.Tensor] = {}
        for part in module.modules():
            if isinstance(part, torch.jit.ScriptModule):
                continue
            for tensors in (part._parameters, part._buffers):  # noqa: SLF001
                for key, tensor in list(tensors.items()):
                    if tensor is not None:
                        if id(tensor) not in replaced:
                            replaced[id(tensor)] = _without_memory(tensor)
                        tensors[key] = replaced[id(tensor)]  # type: ignore[assignment]
        yield


def _without_memory(tensor: torch.Tensor) -> torch.Tensor:
    if is_lazy(tensor):  # it has no memory yet
        return tensor
    empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
    if isinstance(tensor, torch.nn.Parameter):
        return torch.nn.Parameter(empty, requires_grad=tensor.requires_grad)
    return empty
