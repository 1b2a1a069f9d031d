"""Create a large file that appears whole or not at all, and that a later run can continue.

Until the file NAME is complete, it is called ``.NAME.fastinit-partial``. Beside it is a journal of
its blocks, ``.NAME.fastinit-journal``. A second run finds both by their names. A lock keeps a
second writer away; it ends with the process that holds it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.errors import exists
from fastinit.storage.targets import receipt_path

from .atomic_file import (
    Directory,
    errors_of,
    followed,
    keep_owner_and_mode,
    status_of_left_file,
)
from .disk_space import UNSUPPORTED, reserve
from .journal import Journal
from .partial_names import belongs_to, journal_name, partial_name, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastinit.storage.receipts.staged_receipt import ReceiptFile


#: How long `fastinit clean` keeps a lock at most, in seconds.
MOMENT = 0.05


def open_or_create(partial: Path) -> tuple[int, bool]:
    """Return a descriptor of the partial file, and whether the file is new."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        try:
            return os.open(partial, flags | os.O_CREAT | os.O_EXCL, 0o666), True
        except FileExistsError:  # noqa: PERF203 - it mostly runs once
            with suppress(FileNotFoundError):  # removed between the two calls
                return open_existing(partial, flags), False


def open_existing(partial: Path, flags: int) -> int:
    """Return a descriptor of a partial file that an earlier run may have left, or raise an error.

    In a directory for all users, such as /tmp, the file of another user is not used: that user
    could change the contents later. Linux has the same rule (``fs.protected_regular``).
    """
    status, directory = status_of_left_file(partial), partial.parent.stat()
    if directory.st_mode & stat.S_ISVTX and status.st_uid not in (os.geteuid(), directory.st_uid):
        reason = f"{partial.name}, in the same directory, belongs to another user; remove it"
        raise PermissionError(errno.EPERM, reason, str(partial))
    return os.open(partial, flags)


def lock(
    descriptor: int, partial: Path, path: Path, *, trusted: bool, shared: bool = False
) -> None:
    """Lock a partial file, or raise an error if another process has locked it.

    On a file system without locks, only a new file or one that is to be resumed is trusted.
    """
    operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    try:
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            time.sleep(MOMENT)  # `fastinit clean` locks what it lists
            fcntl.flock(descriptor, operation)
    except BlockingIOError as error:
        reason = "another process is writing it; wait for that process, or stop it"
        raise BlockingIOError(error.errno, reason, str(path)) from None
    except OSError as error:
        if error.errno not in (*UNSUPPORTED, errno.ENOLCK):
            raise
        if not trusted:
            reason = (
                "another process may be writing it, which this file system cannot tell because it "
                f"has no locks; if no process is writing it, remove {partial.name}"
            )
            raise BlockingIOError(errno.EAGAIN, reason, str(path)) from None


def open_locked(partial: Path, path: Path, *, resume: bool, shared: bool = False) -> int:
    """Return a descriptor of the partial file, locked by this process, or raise an error.

    A shared lock keeps away those who want the file for themselves.
    """
    while True:
        descriptor, is_new = open_or_create(partial)
        try:
            lock(descriptor, partial, path, trusted=is_new or resume, shared=shared)
            own = os.fstat(descriptor)
            if own.st_nlink > 1:
                # The writer was killed between linking the final name and removing this one. The
                # file is complete: leave its contents alone.
                partial.unlink()
            elif os.path.lexists(partial) and os.path.samestat(own, partial.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        # The last owner renamed or removed it before this process had the lock.
        os.close(descriptor)


def remove_left_over(path: Path) -> None:
    """Remove what a run left that was killed after it had given a file its name."""
    place = followed(path)
    partial = partial_name(place)
    with suppress(OSError):
        if os.path.samestat(partial.lstat(), place.stat()):
            staged, listed = partial_name(receipt_path(path)), journal_name(place)
            for each in (staged, *part_journals(place), listed, partial):
                each.unlink(missing_ok=True)


def part_journals(place: Path) -> list[Path]:
    """Return the journals of the parts of an incomplete file, however many parts it has."""
    found = []
    for each in place.parent.iterdir():
        kind = recognise(each.name)
        if kind is not None and kind.kind == "journal of a part" and belongs_to(each.name, place):
            found.append(each)
    return sorted(found)


def begin(descriptor: int, size: int, journal: Journal, path: Path, *, resume: bool) -> None:
    """Load what an earlier run wrote, or start again; then reserve the disk space."""
    found = journal.open()
    if resume and found not in (None, journal.identity):
        raise ValueError(
            f"{path}: the partial file {partial_name(followed(path)).name} was made from other "
            "weights or options; pass the same ones, or start again without resume"
        )
    keep = resume and found is not None and os.fstat(descriptor).st_size == size
    if not keep:
        for each in part_journals(followed(path)):
            each.unlink(missing_ok=True)  # they list what is removed now
        os.ftruncate(descriptor, 0)
    journal.begin(keep=keep)
    reserve(descriptor, size)


@dataclass(frozen=True, slots=True)
class Partial:
    """A file that is being written.

    Parameters
    ----------
    descriptor : int
    journal : Journal
    receipt : ReceiptFile
        To get a receipt, set `made` when all blocks are written.
    signals : WaitingSignals
        They wait, unless the code that writes the blocks lets them through.
    """

    descriptor: int
    journal: Journal
    receipt: ReceiptFile
    signals: WaitingSignals


@contextmanager
def partial_file(
    path: Path,
    size: int,
    identity: str,
    count: int,
    receipt: ReceiptFile,
    *,
    force: bool,
    resume: bool,
) -> Iterator[Partial]:
    """Yield what is needed to write a file; give the file its name at the end.

    Requires: `receipt.check` has found that the file may be written.

    Parameters
    ----------
    path : Path
    size : int
        The size of the file, in bytes.
    identity : str
        Identifies the contents: only a partial file with the same identity is continued.
    count : int
        The number of blocks that the journal can list.
    receipt : ReceiptFile
        Gets its name together with the file.
    force : bool
        Replace the file if it exists.
    resume : bool
        Continue what an earlier run left, which the journal lists, and keep the partial file if
        this run ends early too. Without it, a partial file that no process is writing is started
        again, and no partial file is kept.

    Raises
    ------
    OSError
        An error that names `path`: FileExistsError without `force`, BlockingIOError if another
        process is writing the file; no such directory, no permission, disk full.
    ValueError
        If `resume` finds a partial file with another identity.
    """
    place = followed(path)
    partial, listed = partial_name(place), journal_name(place)
    keep = resume
    with (
        errors_of(path, size=size),
        closing(Directory(place.parent)) as directory,
        WaitingSignals() as signals,
    ):
        descriptor = open_locked(partial, path, resume=resume)
        journal = Journal(listed, lambda: os.fdatasync(descriptor), identity, count)
        try:
            keep_owner_and_mode(descriptor, place, writable=True)
            begin(descriptor, size, journal, path, resume=resume)
            with closing(receipt):
                # A KeyboardInterrupt between here and the body of the caller's `with` would leave
                # this function suspended, with the lock: so signals wait at both ends of the body.
                yield Partial(descriptor, journal, receipt, signals)
                signals.deliver()
                os.fsync(descriptor)
                directory.check()
                receipt.stage()
                signals.wait()
                keep_owner_and_mode(descriptor, place)
                commit(directory, partial.name, place, receipt, force=force)
            keep = False
        except BaseException:
            signals.wait()
            if keep:
                with suppress(OSError):
                    journal.write()
            raise
        finally:
            with ExitStack() as last:
                last.callback(os.close, descriptor)
                last.callback(journal.close)
                # Remove the files while the lock is held: afterwards, another writer may use the
                # names.
                if not keep:
                    directory.remove(listed.name, partial.name)


def commit(
    directory: Directory, partial: str, place: Path, receipt: ReceiptFile, *, force: bool
) -> None:
    """Give a complete file and its receipt their names, so that they survive a loss of power.

    A process that is killed at any moment leaves no wrong receipt beside a file.
    """
    if force:
        receipt.remove_old()  # also if the file that it describes was moved away
    if force and os.path.lexists(place):
        directory.give_name(partial, place, force=True)
        directory.synchronise()  # before the receipt, which another directory may hold
        receipt.put(force=True)
    else:
        if os.path.lexists(place):
            raise exists(place)
        try:
            receipt.put(force=force)
            directory.give_name(partial, place, force=force)
        except BaseException:
            receipt.take_back()
            raise
        directory.synchronise()
