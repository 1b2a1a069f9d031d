"""Count the bytes done on all threads, and report them on the calling thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

Progress = Callable[[int, int], None]


class Meter:
    """Counts bytes, and reports them on the thread that created it.

    Parameters
    ----------
    progress : callable or None
        Called as ``progress(bytes_done, total_bytes)``.
    done, total : int
        The bytes that were done before, and all bytes.
    """

    def __init__(self, progress: Progress | None, done: int, total: int) -> None:
        self.done = done
        self._progress, self._total = progress, total
        self._lock, self._thread = threading.Lock(), threading.get_ident()

    def add(self, nbytes: int) -> None:
        """Count bytes; on the creating thread, report them unless they are the last ones."""
        with self._lock:
            self.done += nbytes
        if threading.get_ident() == self._thread and self.done < self._total:
            self.report()

    def report(self) -> None:
        """Call the progress function."""
        if self._progress is not None:
            self._progress(self.done, self._total)
