"""Checks of arguments: real numbers, integers, and names among known ones.

Guarantees: a value that passes can be used as it is. An error names the option, the value that was
given and what is expected. Any object may be given.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

from .suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection


def is_bool(value: object) -> bool:
    """Say whether a value is a bool of Python, NumPy, PyTorch or JAX, including arrays of bools."""
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")


def check_renaming(name: object) -> None:
    """Raise TypeError unless the argument `name` is None or can be called."""
    if name is not None and not callable(name):
        raise TypeError(
            "name must be a function from a name in the model to the name that is used, such as "
            f"lambda name: 'encoder.' + name, got {name!r}"
        )


def as_bool(value: object, name: str) -> bool:
    """Return True or False, also for a bool of another library or the numbers 1 and 0, or raise.

    Text is an error: it would count as true, whatever it says.
    """
    if is_bool(value) or (hasattr(value, "__index__") and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{name} must be True or False, got {value!r}")


def as_real(value: object, name: str, *, finite: bool = True) -> float:
    """Return a real number as a float, or raise.

    A bool is not a number here, and neither is text. If `finite` is false, infinite numbers are
    accepted, but not NaN.
    """
    if type(value) is not float:
        if is_bool(value) or isinstance(value, (str, bytes)):
            raise TypeError(f"{name} must be a real number, got {value!r}")
        try:
            value = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a real number, got {type(value).__name__}") from None
        except OverflowError:
            # Python cannot print integers of more than 4300 digits.
            expected = "finite" if finite else "in the range of float64"
            raise ValueError(f"{name} must be {expected}, got a number beyond 1.8e308") from None
    if not math.isfinite(value) and (finite or math.isnan(value)):
        raise ValueError(f"{name} must be {'finite' if finite else 'a number'}, got {value}")
    return value


def as_integer(value: object, name: str, also: str = "") -> int:
    """Return an integer, or raise. `also` completes the error with other types that are accepted.

    A bool is not an integer here.
    """
    if type(value) is int:
        return value
    if is_bool(value):
        raise TypeError(f"{name} must be an integer{also}, not the bool {value}")
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        kind = type(value)
        # Those of NumPy and PyTorch have this name, too.
        got = f"{kind.__module__}.Generator" if kind.__name__ == "Generator" else kind.__name__
        raise TypeError(f"{name} must be an integer{also}, got {got}") from None


def as_count(value: object, name: str) -> int:
    """Return an integer of 1 or more, as a length or a number of layers is, or raise."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if isinstance(value, bool) or not 1 <= number < 1 << 64:
        raise ValueError(f"{name} must be an integer in [1, 2**64), got {value!r}")
    return number


def as_factor(value: object, name: str) -> float:
    """Return a real number that is not negative, or raise."""
    number = as_real(value, name)
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return number


def check_choice(value: object, name: str, known: Collection[str]) -> None:
    """Raise unless a value is one of the known names."""
    if not isinstance(value, str) or value not in known:
        names = ", ".join(map(repr, known))
        suggestion = did_you_mean(value, known) if isinstance(value, str) else ""
        raise ValueError(f"{name} must be one of {names}, got {value!r}{suggestion}")
