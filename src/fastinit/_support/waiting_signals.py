"""Signals that wait while a step is done that must not be left half done."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .program_start import ENDINGS

if TYPE_CHECKING:
    import signal as _signal
    from types import TracebackType
else:
    # The functions of `signal` convert numbers to enumerations, which takes 3 microseconds a call.
    import _signal

NUMBERS = tuple(map(int, ENDINGS))


class WaitingSignals:
    """Ctrl-C, SIGTERM and SIGHUP wait inside this context, except between `deliver` and `wait`.

    Python runs handlers of signals in the main thread only. Nothing waits in other threads.

    Examples
    --------
    >>> with WaitingSignals() as signals:
    ...     made = open("partial", "w")
    ...     try:
    ...         signals.deliver()  # raises KeyboardInterrupt if Ctrl-C came meanwhile
    ...         made.write("a long text")
    ...         signals.wait()
    ...         os.rename("partial", "whole")
    ...     finally:
    ...         made.close()
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Any] = {}
        self._came: list[int] = []

    def __enter__(self) -> WaitingSignals:  # noqa: PYI034 - Self is new in Python 3.11
        self.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.deliver()

    def wait(self) -> None:
        """Let signals wait from now on."""
        with suppress(ValueError):  # not the main thread
            for number in NUMBERS:
                handler = _signal.getsignal(number)
                if handler not in (_signal.SIG_IGN, None, self._note):
                    _signal.signal(number, self._note)
                    self._handlers[number] = handler

    def deliver(self) -> None:
        """Handle the signals that came meanwhile, each once, and those that come from now on."""
        try:
            for number, handler in self._handlers.items():
                _signal.signal(number, handler)
            self._handlers.clear()
            if self._came:
                number = self._came.pop(0)
                handler = _signal.getsignal(number)
                if callable(handler):
                    # Another `raise_signal` would wake the event loop of asyncio a second time.
                    handler(number, sys._getframe())  # noqa: SLF001 - the frame that Python passes
                else:
                    _signal.raise_signal(number)
        finally:
            # A handler may raise an error: the others are put back, and other signals handled.
            if self._handlers or self._came:
                self.deliver()

    def _note(self, number: int, _: object) -> None:
        if number not in self._came:
            self._came.append(number)
