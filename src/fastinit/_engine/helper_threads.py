"""Threads that help the calling thread with one piece of work, and end with it.

Guarantees: when a function here returns or raises, no thread that it had to wait for is left. An
exception from a signal reaches the caller.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def start_helpers(helpers: list[threading.Thread], work: Callable[[], None], count: int) -> None:
    """List and start up to `count` threads; fewer if the system has no more.

    A thread is listed before it is started, because a signal can raise an exception inside `start`
    when the thread already runs. A thread that has not begun before the join finds no chunk to
    take.
    """
    for _ in range(count):
        helper = threading.Thread(target=work, name="fastinit")
        helpers.append(helper)
        try:
            helper.start()
        except RuntimeError:
            break
        except KeyError as error:  # from Thread, in place of the exception of the signal
            raise error.__context__ or error from None


def join_helpers(helpers: list[threading.Thread]) -> None:
    """Wait for all threads. An exception from a signal is raised after they have ended."""
    interruption: BaseException | None = None
    for helper in helpers:
        while helper.is_alive():
            try:
                helper.join()
            except BaseException as error:  # noqa: BLE001, PERF203 - raised again below
                interruption = error
    if interruption is not None:
        raise interruption


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Do some work on another thread while the body runs; wait for it at the end.

    An exception of the body is raised first, else that of the work. If the system has no more
    threads, the work is done after the body.
    """
    lock = threading.Lock()
    is_open = True
    errors: list[BaseException] = []

    def attempt() -> None:
        nonlocal is_open
        with lock:
            mine, is_open = is_open, False
        if mine:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
                errors.append(error)

    helpers: list[threading.Thread] = []
    try:
        start_helpers(helpers, attempt, 1)
        yield
    except BaseException:
        is_open = False
        raise
    finally:
        join_helpers(helpers)
    attempt()
    if errors:
        raise errors[0]
