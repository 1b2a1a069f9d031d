"""`init_module`: fill each parameter of a module from the stream of its qualified name.

Promises: the values of a parameter depend only on the seed, its name, its shape and its scheme.
They are the values of a `fastinit.Weight` of that name. In strict mode, no parameter and no buffer
silently keeps uninitialised memory.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parameter import is_lazy

from fastinit._random.streams import StreamSource
from fastinit._schemes.patterns import layers_together, shown

from .choosing import Choice, OfType, chosen_schemes
from .defaults import with_defaults
from .memory import is_dtensor
from .obstacles import cannot_fill, check_apart, check_is_whole, check_no_fsdp1
from .parameter_fills import Fills, naming
from .rebuilding import METHODS, needs_no_argument, rebuild_buffers, same_bytes
from .reports import InitReport, SetBuffer, Tie
from .seeds import as_seed
from .sharding import keep_shard_
from .slots import identity, restored, slots_of
from .spectral import spectral_norms
from .threads import num_threads

if TYPE_CHECKING:
    from .slots import Slot, Slots


NO_SCHEMES: Mapping[str, Choice] = MappingProxyType({})
NO_TYPES: Mapping[type[torch.nn.Module], OfType] = MappingProxyType({})


def init_module(
    module: torch.nn.Module,
    *,
    seed: int | StreamSource,
    schemes: Mapping[str, Choice] | Choice = NO_SCHEMES,
    types: Mapping[type[torch.nn.Module], OfType] = NO_TYPES,
    prefix: str = "",
    threads: int | None = None,
    strict: bool = True,
    name: Callable[[str], str] | None = None,
) -> InitReport:
    """Fill the parameters of a module, each from the stream of its qualified name.

    Parameters
    ----------
    module : torch.nn.Module
        The module. Its parameters are floating-point tensors, with any strides, in CPU memory or on
        any device: by kernels on an NVIDIA GPU (extra ``cuda``), elsewhere by copies.
    seed : int or fastinit.Generator
        An integer in [-2**63, 2**64), the range of `torch.manual_seed`. If it is a generator, its
        seed is used, and the generator does not advance.
    schemes : mapping of str to scheme, or one scheme for all parameters, optional
        The keys are patterns of qualified names, such as ``"layers.*.weight"``, as in `fnmatch`.
        The first pattern that matches a name decides. A scheme is

        - the name of a scheme of `fastinit.Weight`, such as ``"he_normal"``, or a distribution.
          PyTorch's Xavier is ``"xavier_uniform"``; ``"xavier"`` is the plain form;
        - ``"orthogonal"``, ``"delta_orthogonal"``, ``"sparse"``, ``"identity_plus_noise"``,
          ``"identity_hadamard"``, ``"eye"``, ``"identity"``, ``"dirac"`` or ``"lstm_bias"``;
        - a number, ``"zeros"`` or ``"ones"``: all elements get this value. The tensor may have any
          dtype that can hold it;
        - a dict with one of these names under ``"scheme"``, and the options of the scheme, such as
          ``{"scheme": "he_normal", "mode": "fan_out"}``;
        - ``"default"``: the distribution from which the module draws the parameter itself, in
          ``reset_parameters()``;
        - None: parameters and buffers that match keep their values;
        - a function ``(name, parameter, module) -> scheme``, where `module` holds the parameter.

        A pattern with a scheme applies to buffers only if it matches no parameter.
    types : mapping of class to scheme, optional
        Schemes for parameters that no pattern matches, by the class of the module that holds them,
        such as ``{nn.Embedding: "embedding_normal"}``. A subclass counts as its class, and the
        first class that matches decides. A mapping gives each parameter a scheme by its name in the
        module: ``{nn.LayerNorm: {"weight": "ones", "bias": "zeros"}}``.
    prefix : str, default ""
        The qualified name of `module` in a larger module. With it, a part gets the values that it
        has in the larger module.
    threads : int, optional
        The largest number of threads. By default, `fastinit.set_num_threads` or
        `torch.set_num_threads` decides.
    strict : bool, default True
        True: initialise every parameter and buffer, as the notes say, or raise an error. False:
        leave what no pattern matches unchanged, including buffers and broken ties.
    name : callable, optional
        A function from the qualified name of a parameter or buffer to the name that is used for
        patterns and values.

    Returns
    -------
    InitReport
        The names of the parameters that were filled, left unchanged and tied, and of the buffers
        that were set.

    Raises
    ------
    TypeError, ValueError
        If nothing determines the values of a parameter or buffer, a pattern has no effect, a
        parameter cannot be filled, or a scheme does not suit the shape or dtype. The error is
        raised before anything is written. There is one exception: a structured scheme, such as
        ``"orthogonal"``, can refuse a shape after other structured schemes were written.

    Notes
    -----
    The values of a parameter are those of ``fastinit.Weight(shape, scheme, seed=seed, name=name,
    dtype=dtype, padding_idx=padding_idx)``. The order of the modules does not matter. A structured
    scheme gives the values of its function, such as ``fastinit.orthogonal(shape, seed=seed,
    stream=name)``. The row `padding_idx` of an `nn.Embedding` or `nn.EmbeddingBag` is 0. A
    parameter with several names is filled once, under its first name in
    ``module.named_parameters()``. Two parameters that use the same memory are also one shared
    parameter, as after ``head.weight.data = table.weight.data``.

    `torch.compile`, DDP, activation checkpointing and other wrappers do not change the names.

    Strict mode does two things more:

    - It calls ``module.tie_weights()``, if the module has it, because ``to_empty`` breaks ties.
    - Buffers that no pattern matches get their values from a method of their own module, such as
      ``reset_running_stats``, ``reset_parameters`` or the ``_init_weights`` of transformers. The
      method runs while stand-ins replace all tensors, so it changes no parameter.

    A DTensor parameter, as `fully_shard` and `parallelize_module` make it, gets the values of the
    unsharded parameter. So do the tables of TorchRec after ``DistributedModelParallel``, and a
    `ShardedTensor`. Call `init_module` on every rank. Each rank makes its own shards. For a
    structured scheme, each rank makes the whole tensor and keeps its shards.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = torch.nn.Sequential(torch.nn.Linear(4, 3, bias=False), torch.nn.BatchNorm1d(3))
    >>> schemes = {"1.weight": "ones", "*.weight": "he_normal", "*.bias": "zeros"}
    >>> report = fastinit.torch.init_module(model.to_empty(device="cpu"), seed=0, schemes=schemes)
    >>> report.filled
    ('0.weight', '1.weight', '1.bias')
    """
    number = (
        seed.seed if isinstance(seed, StreamSource) else as_seed(seed, " or a fastinit.Generator")
    )
    limit = num_threads(threads)
    parts = list(module.modules())
    check_no_fsdp1(module, parts)
    ties = strict and any(_has_tie_weights(part) for part in parts)
    with restored(module, after_errors_only=True) if ties else nullcontext():
        if ties:
            _tie_weights(module)
            parts = list(module.modules())
        slots = slots_of(module, prefix, name)
        every = slots.parameters | slots.buffers
        chosen = with_defaults(chosen_schemes(slots, schemes, types), every, module)
        paddings = _paddings(parts)
        fills_of_call = Fills(number, limit)
        fills = [
            fills_of_call.of(
                every[each],
                scheme,
                paddings.get(identity(every[each].tensor)) if paddings else None,
            )
            for each, scheme in chosen.items()
            if scheme is not None
        ]
        rest = [slot for slot in every.values() if slot.name not in chosen]
        for slot in rest:
            if strict and slot.tensor.is_meta and not is_lazy(slot.tensor):
                with naming(slot):
                    raise cannot_fill(slot)
        buffers = [slot for slot in rest if slot.name in slots.buffers and strict]
        norms = spectral_norms(buffers)
        following = {each.name for norm in norms for each in (norm.left, norm.right)}
        rebuilt = rebuild_buffers(
            module,
            [each for each in buffers if each.name not in following and not is_lazy(each.tensor)],
        )
        open_slots = [s for s in rest if s.name not in rebuilt and s.name not in following]
        if strict and open_slots:
            raise ValueError(_undecided(open_slots, slots))
        for each in rebuilt:
            with naming(every[each]):
                check_is_whole(every[each])
        scheduled = [each for each, scheme in chosen.items() if scheme is not None]
        check_apart(every[each] for each in (*scheduled, *rebuilt, *following))
    # Structured schemes check the shape only when they fill, so they are written first.
    for fill in sorted(fills, key=lambda each: not each.may_refuse):
        fill.carry_out()
    for each, made in rebuilt.items():
        _put(every[each], made.value)
    for norm in norms:
        norm.carry_out(number)
    by = {each: made.by for each, made in rebuilt.items()}
    by |= dict.fromkeys(following, "power iteration")
    by |= {each: "scheme" for each in scheduled if each in slots.buffers}
    return InitReport(
        filled=tuple(each for each in scheduled if each in slots.parameters),
        left=tuple(each for each in every if chosen.get(each) is None and each not in by),
        tied=tuple(Tie(*pair) for pair in slots.aliases.items()),
        buffers=tuple(SetBuffer(each, by[each]) for each in slots.buffers if each in by),
    )


def _has_tie_weights(part: torch.nn.Module) -> bool:
    # The `__getattr__` of a module takes long for a name that it does not have.
    return hasattr(type(part), "tie_weights") or "tie_weights" in vars(part)


def _tie_weights(module: torch.nn.Module) -> None:
    """Restore ties with the `tie_weights` methods of the outermost modules that have one."""
    waiting, seen = [module], set()
    while waiting:
        part = waiting.pop()
        if part in seen:  # a module can be shared, or contain a module that contains it
            continue
        seen.add(part)
        method: Any = part.tie_weights if _has_tie_weights(part) else None
        if not callable(method) or not needs_no_argument(method):
            waiting.extend(reversed(list(part.children())))
            continue
        options = inspect.signature(method).parameters
        # transformers passes this option too, once it knows which weights are tied.
        known = "recompute_mapping" in options and hasattr(part, "all_tied_weights_keys")
        method(**({"recompute_mapping": False} if known else {}))


def _undecided(open_slots: Sequence[Slot], slots: Slots) -> str:
    """Return the error about undecided tensors: one line for the same tensor of all layers."""
    kinds: dict[tuple[str, str], dict[str, Slot]] = {}
    for slot in open_slots:
        kind = "parameter" if slot.name in slots.parameters else "buffer"
        kinds.setdefault((kind, type(slot.owners[0]).__name__), {})[slot.name] = slot
    lines = []
    for (kind, owner), of_kind in kinds.items():
        for pattern, names in layers_together(of_kind).items():
            first = of_kind[names[0]].tensor
            many = f"{len(names)} {kind}s, such as {names[0]!r}," if len(names) > 1 else f"a {kind}"
            shape = "no shape yet" if is_lazy(first) else f"shape {tuple(first.shape)}"
            lines.append(f"  {pattern!r}: {many} of {owner}, {shape}")
    return (
        f"{len(open_slots)} parameters or buffers would keep what is in their memory:\n"
        f"{shown(lines)}\n"
        "Add each pattern to `schemes`, or its module to `types`, with a scheme or with None. None "
        "keeps the values that are there; after to_empty there are none. Or give the module of a "
        f"buffer a method that sets it, such as {METHODS[1]}(). With strict=False all of them are "
        "left as they are."
    )


def _put(slot: Slot, value: torch.Tensor) -> None:
    """Set a buffer to a value, and do not write it if it has the value already."""
    tensor = slot.tensor
    if is_dtensor(tensor):
        keep_shard_(tensor, value)
    elif any(step == 0 for step in tensor.stride()) and not tensor.is_meta:
        if not same_bytes(tensor, value):  # an expanded tensor cannot be written in place
            slot.owners[0]._buffers[slot.key] = value  # noqa: SLF001
    elif not same_bytes(tensor, value):
        with torch.no_grad():
            tensor.copy_(value)


def _paddings(parts: Iterable[torch.nn.Module]) -> dict[object, int]:
    """Return the index of the padding row for each embedding weight, by its identity."""
    return {
        identity(weight): part.padding_idx
        for part in parts
        if isinstance(part, (torch.nn.Embedding, torch.nn.EmbeddingBag))
        and part.padding_idx is not None
        for name, weight in part.named_parameters(recurse=False)
        if name == "weight"
    }
