"""Limits of arguments: the last value that a call accepts, and the first that it refuses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_MISSING = object()


class Limit(NamedTuple):
    """A limit of one argument, from one side.

    `call` takes the value. The accepted value gives `gives`, if that is given; the refused one
    raises `error`, with a text in which `message` is found.
    """

    call: Callable[[Any], Any]
    accepted: Any
    refused: Any
    message: str
    gives: Any = _MISSING
    error: type[Exception] = ValueError


def check(limit: Limit) -> None:
    """Check both sides of a limit."""
    found = limit.call(limit.accepted)
    if limit.gives is not _MISSING:
        expected = limit.gives() if callable(limit.gives) else limit.gives
        if isinstance(found, np.ndarray):
            assert found.dtype == expected.dtype
            assert found.tobytes() == expected.tobytes()
        else:
            assert found == expected
    with pytest.raises(limit.error, match=limit.message):
        limit.call(limit.refused)


def above(number: float) -> float:
    """Return the next larger float64."""
    return math.nextafter(number, math.inf)


def below(number: float) -> float:
    """Return the next smaller float64."""
    return math.nextafter(number, -math.inf)
