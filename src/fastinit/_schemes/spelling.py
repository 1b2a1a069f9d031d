"""Schemes and distributions as text, the same on the command line and in configurations.

A scheme is written as its name. ``zeros`` and ``ones`` are constants. A distribution is written
with its parameters: ``uniform:-0.1,0.1``, ``normal:0,0.02``, ``trunc_normal:0,1,-2,2``,
``constant:0.5``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .distributions import CONSTANTS, Constant, Normal, TruncatedNormal, Uniform
from .schemes import SCHEMES

if TYPE_CHECKING:
    from .distributions import Distribution

#: Distributions, by the name of the function that fills with them.
DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "trunc_normal": TruncatedNormal,
    "constant": Constant,
}

#: All valid texts, for error messages and help texts.
SPELLINGS = (
    f"{', '.join(SCHEMES)}, {', '.join(CONSTANTS)}; or uniform:LOW,HIGH, normal:MEAN,STD, "
    "trunc_normal:MEAN,STD,LOW,HIGH, constant:VALUE"
)


def scheme_of_text(text: str) -> str | Distribution:
    """Return the name of a scheme unchanged, or the distribution that the text describes.

    Raises
    ------
    ValueError
        If the parameters are not numbers, or the distribution cannot have them. `Weight` checks
        whether a name is that of a scheme.
    """
    name, colon, numbers = text.partition(":")
    if name not in DISTRIBUTIONS:
        return text
    try:
        return DISTRIBUTIONS[name](*(float(each) for each in numbers.split(",") if colon))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{text!r}: {error}") from None
