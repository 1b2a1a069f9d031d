"""A large file that appears whole or not at all, of which a later run can take up what is there.

Until it is whole, NAME is written as ``.NAME.fastinit-partial``, beside a journal of its blocks,
``.NAME.fastinit-journal``: names that a second run finds. A lock, which ends with its process,
keeps a second writer away while the first is at work.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .atomic_file import (
    UNSUPPORTED,
    check_target,
    errors_of,
    give_name,
    reserve,
    synchronise_folder,
)
from .journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def partial_name(path: Path) -> Path:
    """Return the name under which a file is written until it is whole."""
    return path.with_name(f".{path.name}.fastinit-partial")


def journal_name(path: Path) -> Path:
    """Return the name of the journal of a file that is not yet whole."""
    return path.with_name(f".{path.name}.fastinit-journal")


def open_or_create(partial: Path) -> tuple[int, bool]:
    """Return a descriptor of the partial file, and whether it is a new one."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        try:
            return os.open(partial, flags | os.O_CREAT | os.O_EXCL, 0o666), True
        except FileExistsError:  # noqa: PERF203 - it mostly runs once
            with suppress(FileNotFoundError):  # removed between the two calls
                return os.open(partial, flags), False


def lock(descriptor: int, partial: Path, path: Path, *, trusted: bool) -> None:
    """Keep other processes away from a partial file, or raise if one has it.

    Where a file system has no locks, only a file of our own, or one to be resumed, is trusted.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        reason = "is being written by another process: wait for it, or stop it"
        raise BlockingIOError(error.errno, reason, str(path)) from None
    except OSError as error:
        if error.errno not in (*UNSUPPORTED, errno.ENOLCK):
            raise
        if not trusted:
            reason = (
                f"may be being written by another process, and there are no locks here to tell: "
                f"if it is not, remove {partial.name}"
            )
            raise BlockingIOError(errno.EAGAIN, reason, str(path)) from None


def open_locked(partial: Path, path: Path, *, resume: bool) -> int:
    """Return a descriptor of the partial file that no other process has, or raise."""
    while True:
        descriptor, is_new = open_or_create(partial)
        try:
            lock(descriptor, partial, path, trusted=is_new or resume)
            own = os.fstat(descriptor)
            if own.st_nlink > 1:
                # Killed between its two names: it is the whole file, and not to be touched.
                partial.unlink()
            elif os.path.lexists(partial) and os.path.samestat(own, partial.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        # Its last owner gave it its name, or removed it, before we had the lock.
        os.close(descriptor)


@contextmanager
def removed_if_interrupted(partial: Path) -> Iterator[None]:
    """Leave no new, empty partial file where a signal comes before it is in anyone's charge."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        with suppress(OSError):
            descriptor = os.open(partial, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(descriptor).st_size == 0:
                    partial.unlink()
            finally:
                os.close(descriptor)
        raise


def begin(descriptor: int, size: int, journal: Journal, path: Path, *, resume: bool) -> None:
    """Take up what an earlier run wrote, or begin anew, and take the disk space."""
    found = journal.read() if resume else None
    if found not in (None, journal.identity):
        raise ValueError(
            f"{path}: the unfinished file there, {partial_name(path).name}, is of other weights "
            "or options: give the same ones, or begin anew without resume"
        )
    if found is None or os.fstat(descriptor).st_size != size:
        journal.finished.clear()
        os.ftruncate(descriptor, 0)
    journal.open()
    reserve(descriptor, size)


@contextmanager
def partial_file(
    path: Path, size: int, identity: str, *, force: bool, resume: bool
) -> Iterator[tuple[int, Journal]]:
    """Give a descriptor and a journal to write a file by; name the file when all went well.

    Parameters
    ----------
    path : Path
    size : int
        The file's, in bytes.
    identity : str
        Of what is written: only a partial file of the same is taken up.
    force : bool
        Replace the file if it exists.
    resume : bool
        Take up what an earlier run left, which the journal names, and leave what is written if this
        run ends early as well. Without it, a partial file that nobody writes is begun anew, and
        nothing is left.

    Raises
    ------
    OSError
        With the path: FileExistsError without `force`, BlockingIOError if another process is
        writing it, no such folder, no permission, disk full.
    ValueError
        If there is a partial file of something else to be resumed.
    """
    check_target(path, force=force)
    partial, listed = partial_name(path), journal_name(path)
    keep = resume
    with errors_of(path, partial, listed, size=size), removed_if_interrupted(partial):
        descriptor = open_locked(partial, path, resume=resume)
        journal = Journal(listed, descriptor, identity)
        try:
            begin(descriptor, size, journal, path, resume=resume)
            yield descriptor, journal
            os.fsync(descriptor)
            give_name(partial, path, force=force)
            keep = False
        except BaseException:
            if keep:
                with suppress(OSError):
                    journal.write()
            raise
        finally:
            journal.close()
            # Removed while the lock is held: the names may be a next writer's afterwards.
            if not keep:
                for each in (listed, partial):
                    with suppress(FileNotFoundError):
                        each.unlink()
            os.close(descriptor)
    synchronise_folder(path.parent)
