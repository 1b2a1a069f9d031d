"""`init_module`: every parameter of a module from a stream of its own, by its qualified name.

Promises: a parameter's values depend on the seed, its name, its shape and its scheme, and not on
the rest of the module: they are those of a `fastinit.Weight` of that name. In strict mode no
parameter and no buffer keeps what happened to be in its memory.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.parameter import is_lazy

from fastinit._random.streams import StreamSource

from .memory import is_dtensor
from .obstacles import cannot_fill, check_apart, check_is_whole, check_no_fsdp1
from .parameter_fills import Scheme, fill_of, naming
from .rebuilding import METHODS, needs_no_argument, rebuild_buffers, same_bytes
from .reports import InitReport, SetBuffer, Tie
from .seeds import as_seed
from .sharding import keep_shard_
from .slots import identity, restored, slots_of
from .spectral import spectral_norms
from .threads import num_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastinit._random.generator import Generator

    from .slots import Slot, Slots

#: How many names an error lists.
LISTED = 20


def init_module(
    module: torch.nn.Module,
    *,
    seed: int | Generator,
    schemes: Mapping[str, Scheme] | Scheme,
    prefix: str = "",
    threads: int | None = None,
    strict: bool = True,
    name: Callable[[str], str] | None = None,
) -> InitReport:
    """Fill a module's parameters, each from the stream of its qualified name.

    Parameters
    ----------
    module : torch.nn.Module
        Its parameters are floating-point ones in the CPU's memory, of any strides.
    seed : int or fastinit.Generator
        In [-2**63, 2**64), as `torch.manual_seed` takes them. Of a generator, its seed: no stream
        is taken from it.
    schemes : mapping of str to scheme, or one scheme for all parameters
        From patterns, as in `fnmatch`, of qualified names such as ``"layers.*.weight"``; the first
        that matches a name counts. A scheme is

        - the name of a `fastinit.Weight`'s, such as ``"he_normal"``, or a distribution;
        - ``"orthogonal"``, ``"delta_orthogonal"``, ``"sparse"``, ``"eye"``, ``"identity"`` or
          ``"dirac"``;
        - a number, ``"zeros"`` or ``"ones"``: all elements are that, of any dtype that holds it;
        - a dict of one of these names under ``"scheme"``, and its options, such as
          ``{"scheme": "he_normal", "mode": "fan_out"}``;
        - None: what matches keeps its values, buffers too.

        A pattern that matches no parameter is about buffers.
    prefix : str, default ""
        The qualified name of `module` in a larger one: a part then has the values that it has in
        the whole.
    threads : int, optional
        At most so many threads; by default those that `fastinit.set_num_threads` or
        `torch.set_num_threads` set.
    strict : bool, default True
        Settle every parameter and buffer, as the notes say, or raise. If False, what no pattern
        matches is left as it is, buffers and broken ties too.
    name : callable, optional
        From the qualified name of a parameter or buffer to the name that counts, for patterns and
        values.

    Returns
    -------
    InitReport
        The names of what was filled, left and tied, and of the buffers that were set.

    Raises
    ------
    TypeError, ValueError
        If a parameter or buffer is not settled, a pattern decides about none, a parameter cannot be
        filled, or a scheme does not suit its shape or dtype. Nothing has been written then, unless
        a scheme with a structure is refused after another one.

    Notes
    -----
    A parameter's values are those of ``fastinit.Weight(shape, scheme, seed=seed, name=name,
    dtype=dtype, padding_idx=padding_idx)``, whatever the order of the module's parts; with a
    structure, those of ``fastinit.orthogonal(shape, seed=seed, stream=name)``. The row
    `padding_idx` of an `nn.Embedding` or `nn.EmbeddingBag` is 0. A parameter that is shared under
    several names is filled once, under the first that ``module.named_parameters`` has. Parameters
    are also shared if they are the same memory, as after ``head.weight.data = table.weight.data``.

    Names are those without wrappers: `torch.compile`, DDP, activation checkpointing and others do
    not change them.

    In strict mode

    - the parameters that ``module.tie_weights()`` ties are shared again (``to_empty`` parts them);
    - buffers that no pattern reaches get the values that their module's own method gives them, such
      as ``reset_running_stats``, ``reset_parameters`` or transformers' ``_init_weights``. Such a
      method runs on stand-ins: it changes no parameter.

    A parameter that is a DTensor, as `fully_shard` and `parallelize_module` leave them, has the
    values of the whole one; to be called on every rank. Each rank makes its own shard, and of a
    scheme with a structure the whole tensor, of which it keeps its shard.

    Examples
    --------
    >>> with torch.device("meta"):
    ...     model = torch.nn.Sequential(torch.nn.Linear(4, 3, bias=False), torch.nn.BatchNorm1d(3))
    >>> schemes = {"1.weight": "ones", "*.weight": "he_normal", "*.bias": "zeros"}
    >>> report = init_module(model.to_empty(device="cpu"), seed=0, schemes=schemes)
    >>> report.filled
    ('0.weight', '1.weight', '1.bias')
    """
    number = seed.seed if isinstance(seed, StreamSource) else as_seed(seed, " or a Generator")
    limit = num_threads(threads)
    patterns = _patterns(schemes)
    check_no_fsdp1(module)
    with restored(module, after_errors_only=True):
        if strict:
            _tie_weights(module)
        slots = slots_of(module, prefix, name)
        every = slots.parameters | slots.buffers
        chosen = _choose(slots, patterns)
        paddings = _paddings(module)
        fills = [
            fill_of(every[each], scheme, number, paddings.get(identity(every[each].tensor)), limit)
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
    # Those with a structure check the shape only when they fill: nothing else is written before.
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


def _patterns(schemes: Mapping[str, Scheme] | Scheme) -> Mapping[str, Scheme]:
    """Return schemes by patterns: one scheme is that of all parameters."""
    if isinstance(schemes, Mapping):
        return schemes
    if schemes is None:
        raise TypeError("schemes must be a mapping of patterns to schemes, or one scheme, got None")
    return {"*": schemes}


def _tie_weights(module: torch.nn.Module) -> None:
    """Share again what a model's own `tie_weights` shares: the outermost models decide."""
    waiting, seen = [module], set()
    while waiting:
        part = waiting.pop()
        if part in seen:  # modules may be shared, or hold the one that holds them
            continue
        seen.add(part)
        method: Any = getattr(part, "tie_weights", None)
        if not callable(method) or not needs_no_argument(method):
            waiting.extend(reversed(list(part.children())))
            continue
        options = inspect.signature(method).parameters
        # As transformers does itself where it has settled what is tied, by the checkpoint too.
        known = "recompute_mapping" in options and hasattr(part, "all_tied_weights_keys")
        method(**({"recompute_mapping": False} if known else {}))


def _choose(slots: Slots, schemes: Mapping[str, Scheme]) -> dict[str, Scheme]:
    """Return the scheme of all that a pattern reaches, or raise if a pattern is of no use."""
    chosen: dict[str, Scheme] = {}
    for pattern, scheme in schemes.items():
        parameters = [each for each in slots.parameters if fnmatchcase(each, pattern)]
        buffers = [each for each in slots.buffers if fnmatchcase(each, pattern)]
        # "*.weight" must not reach the class weights of a loss, which are a buffer.
        reached = parameters + buffers if scheme is None else parameters or buffers
        if not reached:
            raise ValueError(_matches_nothing(pattern, slots))
        mine = [each for each in reached if each not in chosen]
        if not mine:
            raise ValueError(
                f"what the pattern {pattern!r} matches, patterns before it have matched: "
                "the first that matches counts, so put the more special ones first"
            )
        chosen.update(dict.fromkeys(mine, scheme))
    every = [*slots.parameters, *slots.buffers]
    return {each: chosen[each] for each in every if each in chosen}


def _matches_nothing(pattern: str, slots: Slots) -> str:
    for second, first in slots.aliases.items():
        if fnmatchcase(second, pattern):
            return (
                f"the pattern {pattern!r} matches {second!r}, which is the same tensor as "
                f"{first!r}: give that name a scheme"
            )
    known = f"the names are {_listed(slots.parameters)}" if slots.parameters else "there are none"
    buffers = f", and of buffers {_listed(slots.buffers)}" if slots.buffers else ""
    return f"the pattern {pattern!r} matches no parameter's name; {known}{buffers}"


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:LISTED]) + (", ..." if len(every) > LISTED else "")


def _undecided(open_slots: Sequence[Slot], slots: Slots) -> str:
    """Return the error about what nothing decides: one line for all layers' tensors of a kind."""
    kinds: dict[tuple[str, str, str], list[Slot]] = {}
    for slot in open_slots:
        kind = "parameter" if slot.name in slots.parameters else "buffer"
        pattern = re.sub(r"(?<![^.])\d+(?![^.])", "*", slot.name)
        kinds.setdefault((pattern, kind, type(slot.owners[0]).__name__), []).append(slot)
    lines = []
    for (pattern, kind, owner), each in kinds.items():
        shown = repr(pattern if len(each) > 1 else each[0].name)
        many = f"{len(each)} {kind}s, such as {each[0].name!r}," if len(each) > 1 else f"a {kind}"
        shape = (
            "no shape yet" if is_lazy(each[0].tensor) else f"shape {tuple(each[0].tensor.shape)}"
        )
        lines.append(f"  {shown}: {many} of {owner}, {shape}")
    if len(lines) > LISTED:
        lines[LISTED:] = [f"  and {len(lines) - LISTED} kinds more"]
    listed = "\n".join(lines)
    return (
        f"{len(open_slots)} parameters or buffers would keep what is in their memory:\n{listed}\n"
        "Add each pattern to `schemes`, with a scheme or with None. None keeps the values that are "
        "there; after to_empty there are none. Or give the module of a buffer a method that sets "
        f"it, such as {METHODS[1]}(). With strict=False all of them are left as they are."
    )


def _put(slot: Slot, value: torch.Tensor) -> None:
    """Give a buffer its value, and leave it alone where it has that."""
    tensor = slot.tensor
    if is_dtensor(tensor):
        keep_shard_(tensor, value)
    elif any(step == 0 for step in tensor.stride()) and not tensor.is_meta:
        if not same_bytes(tensor, value):  # an expanded one, which cannot be written in place
            slot.owners[0]._buffers[slot.key] = value  # noqa: SLF001
    elif not same_bytes(tensor, value):
        with torch.no_grad():
            tensor.copy_(value)


def _paddings(module: torch.nn.Module) -> dict[object, int]:
    """Return the padding rows of embeddings, by the identity of the weight."""
    return {
        identity(weight): part.padding_idx
        for part in module.modules()
        if isinstance(part, (torch.nn.Embedding, torch.nn.EmbeddingBag))
        and part.padding_idx is not None
        for name, weight in part.named_parameters(recurse=False)
        if name == "weight"
    }
