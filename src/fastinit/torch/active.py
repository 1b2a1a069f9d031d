"""The active acceleration of each thread.

Promises: a thread never sees the acceleration of another thread.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .common_fills import AccelerationState, thread
from .seeds import draw_seed

if TYPE_CHECKING:
    from fastinit._random.streams import StreamSource

    from .counts import AccelerationReport


class Acceleration(AccelerationState):
    """The state of one `accelerate` block: where its fills get their seeds and streams."""

    __slots__ = ("manager", "outside", "recomputed")

    def __init__(
        self, source: StreamSource | None, report: AccelerationReport, *, in_process_group: bool
    ) -> None:
        #: In a recomputation, the acceleration that entered the block. Otherwise None.
        self.recomputed: Acceleration | None = None
        #: The `accelerate` object whose block this is, and the acceleration around the block.
        self.manager: object = None
        self.outside: Acceleration | None = None
        self.source = source
        self.report = report
        #: Whether this process was forked inside the block.
        self.forked = False
        #: Whether a tensor may be the shard of a rank.
        self.in_process_group = in_process_group
        #: The parameters (mean, std, a, b) of the truncated normal that the next `normal_` must
        #: make. None after that fill.
        self.truncated = None
        self.last_uniform = None

    @property
    def block(self) -> Acceleration:
        """The acceleration that entered the block. In a recomputation, `self` is another one."""
        return self.recomputed or self

    def address(self) -> tuple[int, int]:
        """Return the seed and the stream of the next fill."""
        return (draw_seed(), 0) if self.source is None else self.source.address()

    def take_back(self, address: tuple[int, int]) -> None:
        """Make the stream of the last fill the next one again, because that fill failed.

        A seed that PyTorch has drawn stays drawn, as after a fill of PyTorch that fails.
        """
        if self.source is not None:
            self.source.take_back(address[1])


def _after_fork_in_child() -> None:
    if thread.acceleration is not None:
        thread.acceleration.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
