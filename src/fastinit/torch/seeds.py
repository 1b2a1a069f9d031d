"""Seeds as PyTorch has them: what `torch.manual_seed` takes, and 64 bits drawn from a generator.

Promises: `torch.manual_seed`, and the state of a generator, settle every seed that is drawn after.
"""

from __future__ import annotations

import operator
import threading
from typing import Any

import torch

_LOWEST = -(1 << 63)
_LIMIT = 1 << 64


def as_seed(seed: object, also: str = "") -> int:
    """Return the seed that PyTorch makes of an integer: a negative one means 2**64 + seed.

    Parameters
    ----------
    seed : int
        In [-2**63, 2**64), as `torch.manual_seed` takes them.
    also : str
        What else could be given, for the error, such as " or None".

    Returns
    -------
    int
        In [0, 2**64).

    Raises
    ------
    TypeError
        If `seed` is no integer, or a bool.
    ValueError
        If `seed` is out of range.
    """
    if type(seed).__name__ in ("bool", "bool_"):
        raise TypeError(f"seed must be an integer{also}, not the bool {seed}")
    try:
        number = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"seed must be an integer{also}, got {type(seed).__name__}") from None
    if not _LOWEST <= number < _LIMIT:
        raise ValueError(f"seed must be in [-2**63, 2**64), got {number}")
    return number % _LIMIT


class _Buffer(threading.local):
    """One int64 of each thread's own, as a tensor and as a word without a sign."""

    def __init__(self) -> None:
        # An inference tensor could not be written later, and a default device is none of ours.
        with torch.inference_mode(mode=False):
            self.tensor = torch.zeros(1, dtype=torch.int64, device="cpu")
        word: Any = self.tensor.numpy()
        self.word = memoryview(word).cast("B").cast("Q")


_buffer = _Buffer()


def draw_seed(generator: torch.Generator | None = None) -> int:
    """Return the next 64 bits of a generator, by default PyTorch's for the CPU."""
    if generator is None:
        _buffer.tensor.random_(_LOWEST, None)
    else:
        _buffer.tensor.random_(_LOWEST, None, generator=generator)
    return _buffer.word[0]


def can_draw_from(generator: object) -> bool:
    """Say whether an argument is a generator that fills of the CPU's memory may have."""
    return generator is None or (
        isinstance(generator, torch.Generator) and generator.device.type == "cpu"
    )
