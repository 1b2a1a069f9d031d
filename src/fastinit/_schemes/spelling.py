"""Schemes and distributions as text, the same on the command line and in configurations.

A scheme is written as its name. ``zeros`` and ``ones`` are constants. A distribution is written
with its parameters: ``uniform:-0.1,0.1``, ``normal:0,0.02``, ``trunc_normal:0,1,-2,2``,
``constant:0.5``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, cast

from .distributions import CONSTANTS, DISTRIBUTIONS
from .schemes import SCHEMES

if TYPE_CHECKING:
    from .distributions import Scheme

#: Distributions, by the name of the function that fills with them.
BY_FUNCTION = {each.function: each for each in DISTRIBUTIONS.values()}


def _form(name: str) -> str:
    """Return a distribution with the names of its parameters, such as ``normal:MEAN,STD``."""
    return f"{name}:{','.join(each.name.upper() for each in fields(BY_FUNCTION[name]))}"


#: All valid texts, for error messages and help texts.
SPELLINGS = f"{', '.join(SCHEMES)}, {', '.join(CONSTANTS)}; or {', '.join(map(_form, BY_FUNCTION))}"


def scheme_of_text(text: str) -> Scheme:
    """Return the name of a scheme unchanged, or the distribution that the text describes.

    Raises
    ------
    ValueError
        If the parameters are not numbers, or the distribution cannot have them. `Weight` checks
        whether a name is that of a scheme.
    """
    name, colon, numbers = text.partition(":")
    if name not in BY_FUNCTION:
        return cast("Scheme", text)
    chosen = BY_FUNCTION[name]
    given = numbers.split(",") if colon else []
    if len(given) > len(fields(chosen)):
        raise ValueError(f"{text!r} has {len(given)} numbers: expected {_form(name)}")
    try:
        return chosen(*map(float, given))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}; expected {_form(name)}") from None
