"""Notice an access without its lock, in one thread and at once: no test has to wait for a collision."""

from __future__ import annotations

import inspect
import threading
from typing import Any


class RecordingLock:
    """A reentrant lock that counts how often it was taken."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.taken = self.depth = 0

    def acquire(self, *arguments: Any, **options: Any) -> bool:
        """Take the lock."""
        if not self._lock.acquire(*arguments, **options):
            return False
        self.taken += 1
        self.depth += 1
        return True

    def release(self) -> None:
        """Release the lock."""
        self.depth -= 1
        self._lock.release()

    def __enter__(self) -> bool:
        """Take the lock."""
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self.release()


def is_held(lock: Any) -> bool:
    """Say whether somebody holds a lock; of a reentrant lock, whether this thread does."""
    if isinstance(lock, RecordingLock):
        return lock.depth > 0
    return lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked()  # noqa: SLF001


def guard(thing: Any, lock: Any, *names: str, reads: bool = True) -> None:
    """Let an object raise AssertionError if its attributes are used while its lock is free.

    Parameters
    ----------
    thing : object
    lock : lock
    names : str
        The attributes.
    reads : bool, default True
        Whether reading an attribute needs the lock too.
    """
    kind = type(thing)

    def guarded(name: str) -> property:
        slot: Any = inspect.getattr_static(kind, name, None)

        def read(self: Any) -> Any:
            assert not reads or is_held(lock), f"{name} is read without the lock"
            return self.__dict__[name] if slot is None else slot.__get__(self)

        def write(self: Any, value: Any) -> None:
            assert is_held(lock), f"{name} is written without the lock"
            if slot is None:
                self.__dict__[name] = value
            else:
                slot.__set__(self, value)

        return property(read, write)

    thing.__class__ = type(
        kind.__name__, (kind,), {"__slots__": (), **{name: guarded(name) for name in names}}
    )
