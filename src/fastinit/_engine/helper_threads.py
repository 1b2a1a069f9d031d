"""Threads that help the calling thread with one piece of work, and end with it.

`threading.Thread.start` waits until the new thread runs. An idle CPU takes 100 to 300 us to run it,
which is as long as a fill of 2 MiB. So the threads here are those of `_thread`: the caller starts
one, goes on with its own share, and never waits for a thread that has not begun.

Guarantees: when a function here returns or raises, no helper is at work, none will be, and none
keeps what the work refers to. An exception from a signal reaches the caller.
"""

from __future__ import annotations

import _thread
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _nothing() -> None:
    """Do no work."""


class Helpers:
    """Threads that each call a function once, if they begin before the join.

    Parameters
    ----------
    work : callable
        It must not raise, and must return soon when the caller wants to join.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._lock = _thread.allocate_lock()  # of the two attributes below
        self._joined = False
        self._begun: list[_thread.LockType] = []  # a thread releases its lock when it has ended

    def start(self, count: int) -> None:
        """Start up to `count` threads; fewer if the system has no more."""
        with suppress(RuntimeError):
            for _ in range(count):
                _thread.start_new_thread(self._help, ())

    def _help(self) -> None:
        working = _thread.allocate_lock()
        with working:
            with self._lock:
                if self._joined:
                    return
                self._begun.append(working)
            self._work()

    def join(self) -> int:
        """Wait for the threads that have begun, and return their number.

        An exception from a signal is raised after they have ended.
        """
        interruption: BaseException | None = None
        while True:
            try:
                with self._lock:
                    self._joined = True
                for working in self._begun:
                    with working:
                        pass
                break
            except BaseException as error:  # noqa: BLE001 - raised again below
                interruption = error
        # A thread that begins later must not keep the memory that was filled.
        self._work = _nothing
        if interruption is not None:
            raise interruption
        return len(self._begun)


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do some work on another thread while the body runs; wait for it at the end.

    An exception of the body is raised first, else that of the work. If the other thread has not
    begun by then, the work is done after the body.
    """
    errors: list[BaseException] = []

    def attempt() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)

    helpers = Helpers(attempt)
    try:
        helpers.start(1)
        yield
    finally:
        begun = helpers.join()
    if not begun:
        work()
    if errors:
        raise errors[0]
