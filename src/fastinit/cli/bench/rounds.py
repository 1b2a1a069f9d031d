"""Timing: each round measures every fill, so that a disturbance of a second affects all of them.

The best time counts, because other work on a machine can only slow a fill down.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from .measurement import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .fills import Fill

#: A timing takes at least this number of seconds; the time of reading the clock is much less.
LEAST = 50e-6
#: A call that is shorter than SHORT is first timed over TRIALS calls.
SHORT, TRIALS = 1e-3, 10


def time_of(run: Callable[[], object], calls: int) -> float:
    """Return the mean time of several calls, in seconds."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def measure(
    fills: Sequence[Fill], rounds: int, progress: Callable[[int, int], None] | None = None
) -> list[Measurement]:
    """Measure fills; keep the best of several rounds for each.

    Parameters
    ----------
    fills : sequence of Fill
    rounds : int
        At least 1. One more round comes first, to warm up; it is not counted.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` after each fill.
    """
    total = sum(fill.nbytes for fill in fills) * (rounds + 1)
    done, calls, best = 0, [1] * len(fills), [math.inf] * len(fills)
    for number in range(rounds + 1):
        for place, fill in enumerate(fills):
            seconds = time_of(fill.run, calls[place])
            if number == 0:
                if seconds < SHORT:  # the first call also loads code and fills caches
                    seconds = time_of(fill.run, TRIALS)
                calls[place] = math.ceil(LEAST / max(seconds, 1e-9))
            else:
                best[place] = min(best[place], seconds)
            done += fill.nbytes
            if progress is not None:
                progress(done, total)
    return [
        Measurement(fill.by, fill.kind, fill.dtype, fill.threads, fill.nbytes, fill.elements, time_)
        for fill, time_ in zip(fills, best, strict=True)
    ]
