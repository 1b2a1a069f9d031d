"""Schemes and distributions as text, the same on the command line and in configurations.

A scheme's name stands for itself, ``zeros`` and ``ones`` for constants, and a distribution is
spelled with its parameters: ``uniform:-0.1,0.1``, ``normal:0,0.02``, ``trunc_normal:0,1,-2,2``,
``constant:0.5``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .distributions import CONSTANTS, Constant, Normal, TruncatedNormal, Uniform
from .schemes import SCHEMES

if TYPE_CHECKING:
    from .distributions import Distribution

#: Distributions by the names of the functions that fill with them.
DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "uniform": Uniform,
    "normal": Normal,
    "trunc_normal": TruncatedNormal,
    "constant": Constant,
}

#: What may be written, for messages and helps.
SPELLINGS = (
    f"{', '.join(SCHEMES)}, {', '.join(CONSTANTS)}; or uniform:LOW,HIGH, normal:MEAN,STD, "
    "trunc_normal:MEAN,STD,LOW,HIGH, constant:VALUE"
)


def scheme_of_text(text: str) -> str | Distribution:
    """Return a scheme's name as it is, and a distribution's spelling as the distribution.

    Raises
    ------
    ValueError
        If the parameters of a distribution are not numbers, or no distribution's. Whether a name
        is a scheme's is left to `Weight`.
    """
    name, colon, numbers = text.partition(":")
    if name not in DISTRIBUTIONS:
        return text
    try:
        return DISTRIBUTIONS[name](*(float(each) for each in numbers.split(",") if colon))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{text!r}: {error}") from None
