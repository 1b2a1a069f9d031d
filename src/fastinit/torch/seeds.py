"""From PyTorch's generators to seeds: 64 bits are drawn for each fill.

Promises: `torch.manual_seed`, and the state of a generator, settle every seed that follows.
"""

from __future__ import annotations

import threading
from typing import Any

import torch

_LOWEST = -(1 << 63)


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
