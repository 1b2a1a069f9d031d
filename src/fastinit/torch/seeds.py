"""Seeds in PyTorch: integers as `torch.manual_seed` takes them, and seeds drawn from a generator.

Promises: `torch.manual_seed` or the state of a generator determines every seed that is drawn later.
"""

from __future__ import annotations

import threading
from typing import Any

import torch

from fastinit._random.addressing import of_signed

_LOWEST = -(1 << 63)


def as_seed(seed: object, also: str = "") -> int:
    """Return an integer as a seed, as PyTorch does: a negative one means 2**64 + seed.

    Parameters
    ----------
    seed : int
        An integer in [-2**63, 2**64), the range of `torch.manual_seed`.
    also : str
        Other values that the caller accepts, for the error message, such as " or None".

    Returns
    -------
    int
        The seed, in [0, 2**64).

    Raises
    ------
    TypeError
        If `seed` is not an integer, or is a bool.
    ValueError
        If `seed` is out of range.
    """
    return of_signed(seed, "seed", also)


class _Buffer(threading.local):
    """One int64 for each thread, as a tensor and as an unsigned word."""

    def __init__(self) -> None:
        # An inference tensor could not be written later, and a default device must not apply.
        with torch.inference_mode(mode=False):
            self.tensor = torch.zeros(1, dtype=torch.int64, device="cpu")
        word: Any = self.tensor.numpy()
        self.word = memoryview(word).cast("B").cast("Q")


_buffer = _Buffer()


#: The operators that a seed is drawn with. While `accelerate` counts all calls of the operator, it
#: is the kernel below, which takes the same arguments after the tensor.
draw: Any = torch.Tensor.random_


def draw_seed(generator: torch.Generator | None = None) -> int:
    """Return the next 64 bits of a generator, by default of the CPU generator of PyTorch."""
    draw(_buffer.tensor, _LOWEST, None, generator=generator)
    return _buffer.word[0]


def can_draw_from(generator: object) -> bool:
    """Return whether an argument is None or a CPU generator."""
    return generator is None or (
        isinstance(generator, torch.Generator) and generator.device.type == "cpu"
    )
