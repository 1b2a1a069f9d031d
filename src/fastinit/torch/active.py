"""The active acceleration of each thread.

Promises: a thread never sees the acceleration of another thread.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from .seeds import draw_seed

if TYPE_CHECKING:
    import weakref

    import torch

    from fastinit._random.streams import StreamSource

    from .counts import AccelerationReport


class UniformFill(NamedTuple):
    """The last uniform fill on an interval within [-1, 1], which an `erfinv_` may follow."""

    tensor: weakref.ref[torch.Tensor]
    version: int
    address: tuple[int, int]
    low: float
    high: float


class Acceleration:
    """The state of one `accelerate` block: where its fills get their seeds and streams."""

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
        self, source: StreamSource | None, report: AccelerationReport, *, in_process_group: bool
    ) -> None:
        #: The acceleration that entered the block. In a recomputation, `self` is another one.
        self.block = self
        self.source = source
        self.report = report
        #: Whether this process was forked inside the block.
        self.forked = False
        #: Whether a tensor may be the shard of a rank.
        self.in_process_group = in_process_group
        #: The parameters (mean, std, a, b) of the truncated normal that the next `normal_` must
        #: make. None after that fill.
        self.truncated: tuple[float, float, float, float] | None = None
        self.last_uniform: UniformFill | None = None

    def address(self) -> tuple[int, int]:
        """Return the seed and the stream of the next fill."""
        if self.source is not None:
            return self.source.address()
        thread.acceleration = None  # this draw must not count as an operation of the user
        try:
            return draw_seed(), 0
        finally:
            thread.acceleration = self


class _Thread(threading.local):
    acceleration: Acceleration | None = None


#: Its attribute `acceleration` is that of the running thread.
thread: Any = _Thread()


def _after_fork_in_child() -> None:
    if thread.acceleration is not None:
        thread.acceleration.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
