"""Signals that end the program `fastinit`, from the first import on.

Importing NumPy and the kernels takes a few tenths of a second. A signal during the imports would
end in a traceback of whatever module is being imported. So `fastinit/__init__.py` imports this
module first. If Python runs the program, and not another one that imports fastinit, a signal ends
it at once with one line: nothing has been written by then. `__main__` then installs a handler that
removes incomplete files.

For the same reason, this module reports environment variables that the first import refuses: as the
program reports its errors, with one line and status 2.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

#: The signals that end the program, and what it says then. The exit status is 128 + the signal.
ENDINGS = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "hung up",
}

#: How errors of environment variables begin.
SETTINGS = "FASTINIT_"
#: The exit status of wrong usage.
REFUSED = 2


def is_program() -> bool:
    """Say whether Python runs ``fastinit`` or ``python -m fastinit``."""
    arguments = getattr(sys, "argv", [])  # a program that embeds Python may have none
    if not arguments:
        return False
    if arguments[0] != "-m":
        return PurePath(arguments[0]).name == "fastinit"
    # Python is looking for the module of -m. Its name is in the words that Python was started with.
    whole = sys.orig_argv
    return whole[len(whole) - len(arguments)].removeprefix("-m") == "fastinit"


def handle_endings(handler: Callable[[int, Any], Any]) -> None:
    """Handle the signals that end the program, except ignored ones (as `nohup` ignores SIGHUP)."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def end_at_once(number: int, _: object) -> None:
    """End the program with one line and the status of the signal."""
    with suppress(OSError):  # standard error may be closed
        os.write(2, f"fastinit: {ENDINGS[signal.Signals(number)]}\n".encode())
    os._exit(128 + number)


@contextmanager
def settings_of_program() -> Iterator[None]:
    """End the program if the environment has a wrong setting; in other programs, do nothing."""
    try:
        yield
    except (ImportError, ValueError) as error:
        if not is_program() or not str(error).startswith(SETTINGS):
            raise
        with suppress(OSError):
            os.write(2, f"fastinit: {error}\n".encode(errors="backslashreplace"))
        os._exit(REFUSED)


if is_program():
    handle_endings(end_at_once)
