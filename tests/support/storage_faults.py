"""Let one call of the storage layer fail, or the process die at it, as far as files can tell."""

from __future__ import annotations

import errno
import gc
import os
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from fastinit.storage.atomic import atomic_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The calls that open, read or change files. `close` always works: the system closes files too.
CALLS = (
    *("open", "mkdir", "pread", "preadv", "pwrite", "ftruncate", "posix_fallocate"),
    *("fsync", "fdatasync", "fchmod", "chmod", "link", "rename", "replace", "unlink", "rmdir"),
)


class Interrupted(BaseException):
    """An exception such as KeyboardInterrupt, after which a run cleans up."""


class Killed(BaseException):
    """The death of the process: after it, no call changes a file."""


class Fault(NamedTuple):
    """What happens at which call, counted from 0: an error number, or one of the classes above."""

    call: int
    what: Any

    @property
    def kinds(self) -> tuple[type[BaseException], ...]:
        """The exceptions that may come out of a run with this fault."""
        return (OSError,) if isinstance(self.what, int) else (self.what,)


@contextmanager
def injected(fault: Fault | None) -> Iterator[list[str]]:
    """Inject a fault into the calls of this thread; yield the names of the calls so far."""
    made: list[str] = []
    thread = threading.get_ident()

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if fault is None or threading.get_ident() != thread:
                return real(*arguments, **options)
            place = len(made)
            made.append(name)
            if place == fault.call and isinstance(fault.what, int):
                raise OSError(fault.what, os.strerror(fault.what))
            if place == fault.call or (place > fault.call and fault.what is Killed):
                raise fault.what
            return real(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patches:
        for name in CALLS:
            patches.setattr(os, name, counted(name, getattr(os, name)))
        renameat2 = counted("renameat2", atomic_directory.renameat2)
        patches.setattr(atomic_directory, "renameat2", renameat2)
        yield made


def left_open(folder: Path) -> list[int]:
    """Return the descriptors of files in a folder that this process has not closed."""

    def found() -> list[int]:
        descriptors = []
        for each in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # the descriptor of the listing itself
                if each.readlink().is_relative_to(folder):
                    descriptors.append(int(each.name))
        return descriptors

    if found():
        gc.collect()  # of cycles, such as those of an exception and its frames
    return found()


def end_of_process(folder: Path) -> None:
    """Close what a killed run left open, as the system does."""
    for descriptor in left_open(folder):
        os.close(descriptor)


#: Errors of a disk.
ERRORS = (errno.EIO, errno.ENOSPC)
