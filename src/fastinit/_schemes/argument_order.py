"""Errors for arguments in the order of other libraries, which say how the call is written here.

In this package, the shape comes first and is one argument, the parameters of the distribution
follow, and everything else is given by name.
"""

from __future__ import annotations

from itertools import takewhile
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._memory.torch_tensors import name_of_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_shape_first(name: str, shape: object, *parameters: object) -> None:
    """Raise TypeError if one of the parameters is the shape, as in NumPy and PyTorch.

    Parameters
    ----------
    name : str
        The function, for the error.
    shape, *parameters
        The arguments of the user by position.
    """
    if isinstance(shape, (tuple, list)):
        return
    # Loops, because a generator would take half a microsecond of each call.
    for place, each in enumerate(parameters, 1):
        if isinstance(each, (tuple, list)):
            raise _not_first(name, (shape, *parameters), place)
    if isinstance(shape, (float, str)):  # what comes first is no shape
        for place in range(len(parameters), 0, -1):
            if _is_integer(parameters[place - 1]):
                raise _not_first(name, (shape, *parameters), place)


def misplaced(name: str, known: Sequence[str], *given: object) -> TypeError:
    """Return the error for more arguments by position than a function takes.

    Parameters
    ----------
    name : str
        The function.
    known : sequence of str
        The names of the arguments that it takes by position. The first one is the shape.
    *given
        All arguments of the user by position.
    """
    lengths = tuple(int(each) for each in takewhile(_is_integer, given))  # type: ignore[call-overload]
    others = given[len(lengths) :]
    if len(lengths) > 1 and len(others) == len(known) - 1:
        return TypeError(
            f"the shape is one argument: {_call(name, lengths, *others)}, got {_call(name, *given)}"
        )
    place = next((i for i in range(1, len(given)) if isinstance(given[i], (tuple, list))), None)
    if place is not None and not isinstance(given[0], (tuple, list)):
        return _not_first(name, given, place)
    if len(given) == len(known) + 1 and _is_dtype(given[-1]):
        right = _call(name, *given[:-1]).removesuffix(")")
        return TypeError(
            f"the dtype is given by name: {right}, dtype={_text(given[-1])}), "
            f"got {_call(name, *given)}"
        )
    number = f"{len(known)} argument{'' if len(known) == 1 else 's'}"
    return TypeError(
        f"{name}() takes {number} by position ({', '.join(known)}), got {_call(name, *given)}: "
        "give all others by name, such as seed=0"
    )


def _not_first(name: str, given: tuple[object, ...], place: int) -> TypeError:
    right = _call(name, given[place], *given[:place], *given[place + 1 :])
    return TypeError(f"the shape comes first: {right}, got {_call(name, *given)}")


def _is_integer(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_dtype(value: object) -> bool:
    return isinstance(value, (type, str, np.dtype)) or name_of_dtype(value) is not None


def _text(value: Any) -> str:
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}".removeprefix("builtins.")
    if isinstance(value, np.generic):
        value = value.item()
    return shortened(value)


def _call(name: str, *arguments: object) -> str:
    return f"{name}({', '.join(map(_text, arguments))})"
