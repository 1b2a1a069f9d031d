"""Schemes and distributions as text, the same on the command line and in configurations.

A scheme is written as its name. ``zeros`` and ``ones`` are constants. A distribution is written
with its parameters: ``uniform:-0.1,0.1``, ``normal:0,0.02``, ``trunc_normal:0,1,-2,2``,
``constant:0.5``.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, cast

from fastinit._support.checks import check_choice

from .distributions import CONSTANTS, DISTRIBUTIONS
from .schemes import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Collection

    from .distributions import Scheme

#: Distributions, by the name of the function that fills with them.
BY_FUNCTION = {each.function: each for each in DISTRIBUTIONS.values()}


def _form(name: str) -> str:
    """Return a distribution with the names of its parameters, such as ``normal:MEAN,STD``."""
    return f"{name}:{','.join(each.name.upper() for each in fields(BY_FUNCTION[name]))}"


#: All valid texts, for error messages and help texts.
SPELLINGS = f"{', '.join(SCHEMES)}, {', '.join(CONSTANTS)}; or {', '.join(map(_form, BY_FUNCTION))}"


def check_scheme_name(name: str, known: Collection[str]) -> None:
    """Raise unless a name is one of the known names of schemes."""
    if name in known:
        return
    function = name.partition(":")[0]
    if function in BY_FUNCTION:
        raise ValueError(
            f"scheme must be the name of a scheme or a distribution, got the text {name!r}: give "
            f"fastinit.{BY_FUNCTION[function].__name__}(...); only configurations and the command "
            f"line read {_form(function)}"
        )
    check_choice(name, "scheme", known)


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
        values = [float(each) for each in given]
    except ValueError:
        raise ValueError(f"{text!r}: expected numbers, as in {_form(name)}") from None
    try:
        return chosen(*values)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}; expected {_form(name)}") from None
