"""Which scheme each parameter gets: by its name, by the type of its module, or from a function.

Promises: a pattern of names takes precedence over a type. A pattern or a type without an effect
raises an error that says what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from fastinit._schemes.choices import Scheme
from fastinit._schemes.patterns import by_pattern, choose, listed
from fastinit._support.suggestions import did_you_mean

from .parameter_fills import naming

if TYPE_CHECKING:
    from .slots import Slot, Slots

#: A function from the name of a tensor, the tensor and the module that holds it, to its scheme.
Chooser = Callable[[str, torch.Tensor, torch.nn.Module], Scheme]
Choice = Scheme | Chooser
#: For the parameters of a module of some type: one choice, or one for each name in the module.
OfType = Choice | Mapping[str, Choice]


def chosen_schemes(
    slots: Slots,
    schemes: Mapping[str, Choice] | Choice,
    types: Mapping[type[torch.nn.Module], OfType],
) -> dict[str, Scheme]:
    """Return the scheme of each parameter and buffer that a pattern or a type decides.

    Raises
    ------
    TypeError, ValueError
        If a pattern or a type has no effect, or is not one.
    """
    # "*.weight" must not match the class weights of a loss, which are a buffer.
    chosen: dict[str, Choice] = choose(
        by_pattern(schemes), slots.parameters, others=slots.buffers, aliases=slots.aliases
    )
    for kind, choice in _checked(types).items():
        chosen.update(_of_type(kind, choice, slots, chosen))
    every = slots.parameters | slots.buffers
    return {each: _decided(chosen[each], slot) for each, slot in every.items() if each in chosen}


def _checked(types: Any) -> Mapping[type[torch.nn.Module], OfType]:
    if not isinstance(types, Mapping):
        raise TypeError(
            f"types must be a mapping of classes of modules to schemes, got {type(types).__name__}"
        )
    for kind in types:
        if not (isinstance(kind, type) and issubclass(kind, torch.nn.Module)):
            raise TypeError(
                f"the keys of types must be classes of modules, such as nn.Linear, got {kind!r}"
            )
    return types


def _of_type(
    kind: type[torch.nn.Module], choice: OfType, slots: Slots, chosen: Mapping[str, object]
) -> dict[str, Choice]:
    """Return the choices for the parameters of modules of a type that have none yet."""
    reached = [each for each in slots.parameters.values() if isinstance(each.owners[0], kind)]
    if not reached:
        known = dict.fromkeys(type(each.owners[0]).__name__ for each in slots.parameters.values())
        raise ValueError(
            f"no {kind.__name__} holds a parameter; the types that hold some are "
            f"{listed(known) or 'none'}"
        )
    by_key: Mapping[str, Any] | None = None
    if isinstance(choice, Mapping) and "scheme" not in choice:
        by_key = choice
        keys = list(dict.fromkeys(each.key for each in reached))
        for key in by_key:
            if key not in keys:
                raise ValueError(
                    f"no {kind.__name__} has a parameter {key!r}; the names are {listed(keys)}"
                    f"{did_you_mean(str(key), keys)}"
                )
    mine = [each for each in reached if each.name not in chosen]
    of_all: Any = choice
    made: dict[str, Choice] = {
        each.name: of_all if by_key is None else by_key[each.key]
        for each in mine
        if by_key is None or each.key in by_key
    }
    if not made:
        raise ValueError(
            f"the type {kind.__name__} has no effect, because patterns of names or types before it "
            "decide for its parameters: the first match decides, and names come before types"
        )
    return made


def _decided(choice: Any, slot: Slot) -> Scheme:
    """Return a scheme, which a function may choose. A class is no such function."""
    scheme: Scheme = choice
    if callable(choice) and not isinstance(choice, type):
        with naming(slot):
            scheme = choice(slot.name, slot.tensor, slot.owners[0])
    return scheme
