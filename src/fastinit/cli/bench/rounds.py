"""Timing: every fill once in each round, so that noise of a second or two spares none.

The time that counts is the best: other work on a machine can only make a fill slower.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from .measurement import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .fills import Fill

#: A timing is of so many calls as take this at least, in seconds: the clock's own time is less.
LEAST = 50e-6
#: How many calls tell how long a short one takes.
SHORT, TRIALS = 1e-3, 10


def time_of(run: Callable[[], object], calls: int) -> float:
    """Return the seconds that a call takes, as the mean of some."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def measure(
    fills: Sequence[Fill], rounds: int, progress: Callable[[int, int], None] | None = None
) -> list[Measurement]:
    """Measure fills, each by the best of some rounds.

    Parameters
    ----------
    fills : sequence of Fill
    rounds : int
        At least 1; one more comes first, is not counted, and warms all.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each fill.
    """
    total = sum(fill.nbytes for fill in fills) * (rounds + 1)
    done, calls, best = 0, [1] * len(fills), [math.inf] * len(fills)
    for number in range(rounds + 1):
        for place, fill in enumerate(fills):
            seconds = time_of(fill.run, calls[place])
            if number == 0:
                if seconds < SHORT:  # the first call also fetches code and fills caches
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
