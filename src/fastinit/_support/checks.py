"""Checks of the options of schemes: real numbers, and names among known ones.

Guarantees: a value that passes can be used as it is. An error names the option, the value that was
given and what is expected. Any object may be given.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def as_real(value: object, name: str) -> float:
    """Return a finite real number, or raise. Bools and strings are not accepted."""
    if type(value) is not float:
        if isinstance(value, (bool, str, bytes)):
            raise TypeError(f"{name} must be a real number, got {value!r}")
        try:
            value = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a real number, got {type(value).__name__}") from None
        except OverflowError:
            # Python writes no integer of so many digits.
            raise ValueError(f"{name} must be finite, got a number beyond 1.8e308") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")
    return value


def as_factor(value: object, name: str) -> float:
    """Return a real number that is not negative, or raise."""
    number = as_real(value, name)
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return number


def check_choice(value: object, name: str, known: Collection[str]) -> None:
    """Raise unless a value is one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}")
