"""Which acceleration a thread is in.

Promises: one thread never sees another's.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from .seeds import draw_seed

if TYPE_CHECKING:
    import weakref

    import torch

    from fastinit._random.generator import Generator

    from .counts import AccelerationReport


class UniformFill(NamedTuple):
    """The last fill on an interval within [-1, 1]: `erfinv_` may follow it."""

    tensor: weakref.ref[torch.Tensor]
    version: int
    address: tuple[int, int]
    low: float
    high: float


class Acceleration:
    """What fills are made from while it is a thread's: streams of a source, or PyTorch's seeds."""

    __slots__ = (
        "block",
        "forked",
        "in_process_group",
        "last_uniform",
        "report",
        "source",
        "truncated",
    )

    def __init__(
        self, source: Generator | None, report: AccelerationReport, *, in_process_group: bool
    ) -> None:
        #: The acceleration that entered the block; another one for a part that is computed again.
        self.block = self
        self.source = source
        self.report = report
        #: Whether this process was forked inside the block.
        self.forked = False
        #: Whether a fill may be of a rank's shard.
        self.in_process_group = in_process_group
        #: The law (mean, std, a, b) that the next `normal_` stands for; None once it was filled.
        self.truncated: tuple[float, float, float, float] | None = None
        self.last_uniform: UniformFill | None = None

    def address(self) -> tuple[int, int]:
        """Return the seed and the stream of the next fill."""
        if self.source is not None:
            return self.source.address()
        thread.acceleration = None  # drawing a seed is no operation of the user's
        try:
            return draw_seed(), 0
        finally:
            thread.acceleration = self


class _Thread(threading.local):
    acceleration: Acceleration | None = None


#: Its attribute `acceleration` is the running thread's own.
thread: Any = _Thread()


def _after_fork_in_child() -> None:
    if thread.acceleration is not None:
        thread.acceleration.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
