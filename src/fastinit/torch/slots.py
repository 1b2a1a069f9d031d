"""The parameters and buffers of a module, by names that do not depend on wrappers.

Promises: `torch.compile`, DDP, activation checkpointing and the other wrappers in `WRAPPERS` do not
change names. A wrapper is recognised by its type, so an attribute ``module`` of a user's class
stays in the name.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from fastinit._support.checks import check_renaming

from .common_fills import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Modules that only wrap another one, and the attributes that hold it. They are given by name,
#: because most of them are in packages that may not be installed.
WRAPPERS: dict[str, tuple[str, ...]] = {
    "torch._dynamo.eval_frame.OptimizedModule": ("_orig_mod",),
    "torch.nn.parallel.distributed.DistributedDataParallel": ("module",),
    "torch.nn.parallel.data_parallel.DataParallel": ("module",),
    "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel": (
        "_fsdp_wrapped_module",
    ),
    "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.ActivationWrapper": (
        "_checkpoint_wrapped_module",
    ),
    "torch.optim.swa_utils.AveragedModel": ("module",),
    "lightning.fabric.wrappers._FabricModule": ("_forward_module", "_original_module"),
    "lightning_fabric.wrappers._FabricModule": ("_forward_module", "_original_module"),
    "deepspeed.runtime.engine.DeepSpeedEngine": ("module",),
    "torchrec.distributed.model_parallel.DistributedModelParallel": ("_dmp_wrapped_module",),
    "timm.utils.model_ema.ModelEmaV2": ("module",),
    "timm.utils.model_ema.ModelEmaV3": ("module",),
}


class Slot(NamedTuple):
    """A place where a module holds a parameter or a buffer.

    Parameters
    ----------
    name : str
        The qualified name.
    tensor : torch.Tensor
        The parameter or buffer.
    owners : tuple of torch.nn.Module
        The module that holds it, then the enclosing modules, from the innermost to the outermost.
    key : str
        The name in the module that holds it.
    """

    name: str
    tensor: torch.Tensor
    owners: tuple[torch.nn.Module, ...]
    key: str


class Slots(NamedTuple):
    """All parameters and buffers of a module, each under its first name.

    Parameters
    ----------
    parameters, buffers : dict of str to Slot
        In the order of ``module.named_parameters()`` and ``module.named_buffers()``.
    aliases : dict of str to str
        From every other name of a shared tensor to its first name.
    """

    parameters: dict[str, Slot]
    buffers: dict[str, Slot]
    aliases: dict[str, str]


def slots_of(
    module: torch.nn.Module, prefix: str = "", rename: Callable[[str], str] | None = None
) -> Slots:
    """Return the parameters and buffers of a module.

    Raises
    ------
    TypeError, ValueError
        If `rename` is no function, or returns something that is not a name, or the same name for
        two tensors.
    """
    check_renaming(rename)
    found = Slots({}, {}, {})
    first: dict[object, str] = {}
    for path, owners in _walk(module, prefix.removesuffix("."), (), set()):
        owner, start = owners[0], f"{path}." if path else ""
        for place, tensors in (
            (found.parameters, owner._parameters),  # noqa: SLF001 - wrappers may change views of it
            (found.buffers, owner._buffers),  # noqa: SLF001
        ):
            for key, tensor in tensors.items():
                if tensor is None:
                    continue
                name = start + key if rename is None else _renamed(start + key, rename)
                same = place_of(tensor) or _place_on_device(tensor) or id(tensor)
                if (known := first.get(same)) is not None:
                    if name != known:
                        found.aliases[name] = known
                elif name in found.parameters or name in found.buffers:
                    raise ValueError(
                        f"two tensors have the name {name!r}, and would get the same values: "
                        "pass name= a function that tells them apart"
                    )
                else:
                    first[same] = name
                    place[name] = Slot(name, tensor, owners, key)
    return found


def identity(tensor: torch.Tensor) -> object:
    """Return a value that is equal for two tensors if they are the same object or memory.

    After ``head.weight.data = table.weight.data``, two objects use the same memory.
    """
    return place_of(tensor) or _place_on_device(tensor) or id(tensor)


def _place_on_device(tensor: torch.Tensor) -> object:
    """Return what is equal for two plain tensors in the same memory of a device; None elsewhere."""
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.is_cpu or tensor.is_meta:
        return None
    if tensor.layout is not torch.strided or not tensor.numel():
        return None
    try:
        storage = tensor.untyped_storage()._cdata  # noqa: SLF001 - its address in PyTorch
    except RuntimeError:  # XLA
        return None
    return storage, tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype


def is_instance(module: torch.nn.Module, *names: str) -> bool:
    """Return whether the class of a module, or a base class, has one of the full names."""
    kind: Any = type(module)  # mypy does not see that a class has a hash
    return not _full_names(kind).isdisjoint(names)


@lru_cache(maxsize=1024)  # a model has many modules of few classes
def _full_names(kind: type) -> frozenset[str]:
    return frozenset(f"{each.__module__}.{each.__qualname__}" for each in kind.__mro__)


def _walk(
    module: torch.nn.Module,
    path: str,
    around: tuple[torch.nn.Module, ...],
    seen: set[torch.nn.Module],
) -> Iterator[tuple[str, tuple[torch.nn.Module, ...]]]:
    """Yield the path of every module, and the module with the enclosing ones, in PyTorch order."""
    if module in seen:
        return
    seen.add(module)
    owners = (module, *around)
    yield path, owners
    kind: Any = type(module)
    wrapped = _wrapped(kind)
    for key, child in module._modules.items():  # noqa: SLF001 - `named_children` drops duplicates
        if child is not None:
            inside = path if key in wrapped else f"{path}.{key}" if path else key
            yield from _walk(child, inside, owners, seen)


@lru_cache(maxsize=1024)  # a model has many modules of few classes
def _wrapped(kind: type) -> tuple[str, ...]:
    """Return the attributes in which a wrapper of a class holds the wrapped module."""
    for each in kind.__mro__:
        if (known := WRAPPERS.get(f"{each.__module__}.{each.__qualname__}")) is not None:
            return known
    return ()


def _renamed(name: str, rename: Callable[[str], str]) -> str:
    renamed = rename(name)
    if not isinstance(renamed, str) or not renamed:
        raise TypeError(f"name= must return a name for {name!r}, got {renamed!r}")
    return renamed


@contextmanager
def restored(module: torch.nn.Module, *, after_errors_only: bool = False) -> Iterator[None]:
    """Restore the parameters, buffers, submodules and attributes of a module at the end."""
    places: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (attributes, dict(attributes))
        for part in module.modules()
        if not isinstance(part, torch.jit.ScriptModule)  # it does not hold them in dicts
        for attributes in (part._parameters, part._buffers, part._modules, vars(part))  # noqa: SLF001
    ]
    kept = False
    try:
        yield
        kept = after_errors_only
    finally:
        if not kept:
            for attributes, before in places:
                attributes.clear()
                attributes.update(before)
