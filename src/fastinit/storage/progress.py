"""How far a file is, counted by all threads and reported on the caller's."""

from __future__ import annotations

import threading
from collections.abc import Callable

Progress = Callable[[int, int], None]


class Meter:
    """Counts bytes, and reports them on the thread that made it.

    Parameters
    ----------
    progress : callable or None
        Called as ``progress(bytes_done, bytes_in_all)``.
    done, total : int
        What was done before, and what there is.
    """

    def __init__(self, progress: Progress | None, done: int, total: int) -> None:
        self.done = done
        self._progress, self._total = progress, total
        self._lock, self._thread = threading.Lock(), threading.get_ident()

    def add(self, nbytes: int) -> None:
        """Count bytes; from the caller's thread, report them, but for the last."""
        with self._lock:
            self.done += nbytes
        if threading.get_ident() == self._thread and self.done < self._total:
            self.report()

    def report(self) -> None:
        """Call the progress function."""
        if self._progress is not None:
            self._progress(self.done, self._total)
