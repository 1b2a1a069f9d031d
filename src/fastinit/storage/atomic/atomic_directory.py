"""Create a Zarr array's directory that appears whole or not at all, and that a later run continues.

Until the directory NAME is complete, it is called ``.NAME.fastinit-partial``. A lock on
``.NAME.fastinit-journal`` keeps a second writer away; that file also identifies the contents.
Several processes may write parts of one directory: they share the lock, and each of them has a
journal of its own. The last one gives the directory its name.

A directory that is replaced and the new one exchange their names in one step. Where the system
cannot do that, the old one is called ``.NAME.fastinit-replaced`` for a moment; if a run is killed
in that moment, the next run gives the old one its name back. Only what a Zarr array consists of is
ever deleted.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import shutil
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.blocks.direct_io import read_at_most, write_all
from fastinit.storage.errors import exists
from fastinit.storage.regular_file import errors_about

from .atomic_file import (
    Directory,
    check_parent,
    errors_of,
    followed,
    give_owner_and_mode,
    status_of,
)
from .disk_space import UNSUPPORTED
from .partial_names import belongs_to, journal_name, part_journal_name, partial_name, replaced_name
from .resumable_file import open_or_create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Part = tuple[int, int]

#: The paths within a Zarr array, of version 2 or 3.
MEMBERS = re.compile(
    r"zarr\.json|\.zarray|\.zattrs|(c|[0-9]+)(/[0-9]+)*|c(\.[0-9]+)*|[0-9]+(\.[0-9]+)*"
)
METADATA = ("zarr.json", ".zarray")

#: Flags of renameat2.
NO_REPLACE, EXCHANGE = 1, 2
#: A file system without locks reports one of these.
NO_LOCKS = (*UNSUPPORTED, errno.ENOLCK)
#: How long a process waits for another one that begins or completes the same directory, in seconds.
PATIENCE = 10.0


def check_directory(path: Path, *, force: bool) -> None:
    """Raise an error if a directory must not be written to a path, or to what it points to."""
    place = followed(path)
    check_parent(place)
    if os.path.lexists(place):
        if not force:
            raise exists(path)
        check_replaceable(place, path)


def check_space(path: Path, place: Path, size: int) -> None:
    """Raise an error unless the disk has space for the contents of a directory."""
    if size > (free := shutil.disk_usage(place.parent).free):
        reason = f"No space left on device ({size:,} bytes needed, {free:,} free)"
        raise OSError(errno.ENOSPC, reason, str(path))


def check_replaceable(place: Path, path: Path) -> None:
    """Raise an error unless a directory consists of a Zarr array, or is empty."""
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "exists and is not a directory", str(path))
    is_empty = True
    for entry, inside in members_of(place):
        is_empty = False
        if (
            not MEMBERS.fullmatch(inside)
            or entry.is_symlink()
            or not (entry.is_dir() or entry.is_file())
        ):
            reason = (
                f"holds {inside!r}, which does not belong to a Zarr array; move it elsewhere, or "
                "write to another path"
            )
            raise FileExistsError(errno.EEXIST, reason, str(path))
    if not is_empty and not any((place / name).is_file() for name in METADATA):
        reason = f"has no {METADATA[0]}, so it is not a Zarr array; write to another path"
        raise FileExistsError(errno.EEXIST, reason, str(path))


def members_of(directory: Path) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Yield everything below a directory, each with its path from there."""
    remaining = [("", os.fspath(directory))]
    while remaining:
        inside, place = remaining.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                below = f"{inside}{entry.name}"
                yield entry, below
                if MEMBERS.fullmatch(below) and entry.is_dir(follow_symlinks=False):
                    remaining.append((f"{below}/", entry.path))


def walk(directory: Path, *, topdown: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Do what `os.walk` does, but raise the error of a directory that cannot be read."""

    def fail(error: OSError) -> None:
        raise error

    return os.walk(directory, topdown, onerror=fail)


class PartialDirectory:
    """A directory that is being written under the lock of this process.

    Parameters
    ----------
    path : Path
        What the caller asked for; errors name it.
    place : Path
        The directory that gets the contents: `path`, or what it points to.
    lock : int
        A descriptor of the locked file.
    is_continued : bool
        Whether an earlier run, or another process, has left files with the same contents.
    """

    def __init__(self, path: Path, place: Path, lock: int, *, is_continued: bool) -> None:
        self.path, self.place, self.partial = path, place, partial_name(place)
        self._lock = lock
        self.is_continued = is_continued
        self.is_complete = False

    def commit(
        self,
        *,
        force: bool,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Synchronise the contents with the disk and give the directory its name.

        Parameters
        ----------
        force : bool
            Replace an array of that name.
        before, after : callable
            Called just before the directory gets its name, and just after.
        """
        synchronise(self.partial, replaces=self.place if force else None)
        with closing(Directory(self.place.parent)) as parent, WaitingSignals():
            old = None
            if os.path.lexists(self.place):
                if not force:
                    raise exists(self.path)
                check_replaceable(self.place, self.path)
                # After the exchange the old array has the partial name: it must not be continued.
                os.ftruncate(self._lock, 0)
                before()
                old = exchange(self.partial, self.place)
            else:
                before()
                rename(self.partial, self.place, self.path)
            self.is_complete = True
            parent.synchronise()
            try:
                after()
            finally:
                if old is not None:
                    remove_array(old)


@contextmanager
def partial_directory(
    path: Path, size: int, identity: str, *, force: bool, resume: bool
) -> Iterator[PartialDirectory]:
    """Yield a directory to fill; the caller calls its `commit` at the end.

    Requires: `check_directory` has found that the directory may be written.

    Parameters
    ----------
    path : Path
    size : int
        The size of the contents, in bytes.
    identity : str
        Identifies the contents: only a partial directory with the same identity is continued.
    force : bool
        Replace an array of that name.
    resume : bool
        Continue what an earlier run left, and keep it if this run ends early too. Without it, what
        a killed run left is removed first, and nothing is left.

    Raises
    ------
    OSError
        An error that names `path`: FileExistsError without `force`, BlockingIOError if another
        process is writing the directory; no such directory, no permission, disk full.
    ValueError
        If `resume` finds a partial directory with another identity.
    """
    place = followed(path)
    check_space(path, place, size)
    with errors_of(path):
        lock = locked(journal_name(place), path, fcntl.LOCK_EX, trusted=resume)
        keep = resume
        try:
            directory = begin(path, place, lock, identity, force=force, resume=resume)
            yield directory
            keep = keep and not directory.is_complete
        finally:
            with WaitingSignals():
                try:
                    # While the lock is held: afterwards, another writer may use the names.
                    if not keep:
                        discard(place)
                finally:
                    os.close(lock)


@contextmanager
def partial_directory_of_parts(
    path: Path, size: int, identity: str, part: Part, *, force: bool
) -> Iterator[tuple[PartialDirectory, int]]:
    """Yield a directory to fill with one of several parts, and a descriptor of its journal.

    The directory is kept until `completion` finds all parts. Requires: `check_directory` has
    found that the directory may be written.
    """
    place = followed(path)
    check_space(path, place, size)
    own = part_journal_name(place, *part)
    with errors_of(path):
        lock = shared(journal_name(place), path, place, identity, force=force)
        try:
            journal = locked(own, path, fcntl.LOCK_EX, trusted=True)
            try:
                yield PartialDirectory(path, place, lock, is_continued=True), journal
            finally:
                os.close(journal)
        finally:
            os.close(lock)


@contextmanager
def completion(path: Path, identity: str) -> Iterator[PartialDirectory | None]:
    """Yield the directory whose parts are all there, to commit it; None if another process did."""
    place = followed(path)
    listed = journal_name(place)
    with errors_of(path):
        lock = locked(listed, path, fcntl.LOCK_EX, trusted=True, patience=PATIENCE)
        try:
            if identity_of(lock) != identity:  # the file is new
                listed.unlink()
                yield None
                return
            directory = PartialDirectory(path, place, lock, is_continued=True)
            yield directory
            if directory.is_complete:
                discard(place)
        finally:
            os.close(lock)


def begin(
    path: Path, place: Path, lock: int, identity: str, *, force: bool, resume: bool
) -> PartialDirectory:
    """Continue or remove what an earlier run left, under a lock of this process alone."""
    recover(place)
    if not force and os.path.lexists(place):
        raise exists(path)
    partial, found = partial_name(place), identity_of(lock)
    if resume and found not in (None, identity) and partial.is_dir():
        raise ValueError(
            f"{path}: the partial directory {partial.name} was made from other weights or options; "
            "pass the same ones, start again without resume, or remove it"
        )
    is_continued = resume and found == identity and partial.is_dir()
    if not is_continued:
        discard(place, but=journal_name(place).name)
        partial.mkdir()
        if (old := status_of(place)) is not None:  # never more open than the old array
            with closing(Directory(partial)) as directory:
                directory.keep_owner_and_mode(old, writable=True)
        os.ftruncate(lock, 0)
        write_all(lock, memoryview(f"{identity}\n".encode()), 0)
        os.fsync(lock)
    return PartialDirectory(path, place, lock, is_continued=is_continued)


def recover(place: Path) -> None:
    """Give a replaced array its name back if a killed run left none; else remove it."""
    replaced = replaced_name(place)
    if os.path.lexists(replaced):
        if os.path.lexists(place):
            remove_array(replaced)
        else:
            replaced.rename(place)


def discard(place: Path, *, but: str | None = None) -> None:
    """Remove the partial directory and the journals of a directory, the locked file last."""
    with suppress(FileNotFoundError, NotADirectoryError):
        remove_tree(partial_name(place))
    listed = journal_name(place).name
    journals = [
        each
        for each in place.parent.iterdir()
        if ".fastinit-journal" in each.name and belongs_to(each.name, place) and each.name != but
    ]
    for each in sorted(journals, key=lambda each: each.name == listed):
        each.unlink(missing_ok=True)


def identity_of(lock: int) -> str | None:
    """Return the identity that a locked file has, or None if it has none."""
    text = read_at_most(lock, 66)
    return text[:64].decode() if re.fullmatch(rb"[0-9a-f]{64}\n", text) else None


def locked(
    listed: Path, path: Path, operation: int, *, trusted: bool, patience: float = 0.0
) -> int:
    """Return a descriptor of a locked file, or raise an error if another process has locked it.

    On a file system without locks, only a new file or one that is trusted is used.
    """
    end = time.monotonic() + patience
    while True:
        descriptor, is_new = open_or_create(listed)
        try:
            fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
            if is_in_place(descriptor, listed):
                return descriptor
        except BlockingIOError as error:
            if time.monotonic() > end:
                os.close(descriptor)
                reason = "another process is writing it; wait for that process, or stop it"
                raise BlockingIOError(error.errno, reason, str(path)) from None
            time.sleep(0.02)
        except OSError as error:
            if error.errno in NO_LOCKS and (is_new or trusted):
                return descriptor
            os.close(descriptor)
            if error.errno not in NO_LOCKS:
                raise
            reason = (
                "another process may be writing it, which this file system cannot tell because it "
                f"has no locks; if no process is writing it, remove {listed.name}"
            )
            raise BlockingIOError(errno.EAGAIN, reason, str(path)) from None
        # The last owner removed it before this process had the lock.
        os.close(descriptor)


def is_in_place(descriptor: int, path: Path) -> bool:
    """Say whether an open file still has its name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


def shared(listed: Path, path: Path, place: Path, identity: str, *, force: bool) -> int:
    """Return a lock that the processes of several parts share; the first of them begins."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            lock = locked(listed, path, fcntl.LOCK_EX, trusted=True)
        except BlockingIOError:
            pass
        else:
            try:
                begin(path, place, lock, identity, force=force, resume=True)
                fcntl.flock(lock, fcntl.LOCK_SH)
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    os.close(lock)
                    raise
            except BaseException:
                os.close(lock)
                raise
            return lock
        with suppress(BlockingIOError):
            lock = locked(listed, path, fcntl.LOCK_SH, trusted=True)
            if (found := identity_of(lock)) == identity:
                return lock
            os.close(lock)
            if found is not None:
                raise ValueError(f"{path}: another process is writing other weights or options")
        if time.monotonic() > end:
            reason = "another process is writing it; wait for that process, or stop it"
            raise BlockingIOError(errno.EAGAIN, reason, str(path))
        time.sleep(0.02)


def exchange(partial: Path, place: Path) -> Path:
    """Give a directory the name of another one; return the path that the other one has then."""
    if renameat2(partial, place, EXCHANGE):
        return partial
    replaced = replaced_name(place)
    place.rename(replaced)
    try:
        partial.rename(place)
    except BaseException:
        replaced.rename(place)
        raise
    return replaced


def rename(partial: Path, place: Path, path: Path) -> None:
    """Rename a directory to a name that nothing has."""
    try:
        if renameat2(partial, place, NO_REPLACE):
            return
    except FileExistsError:
        raise exists(path) from None
    if os.path.lexists(place):
        raise exists(path)
    partial.rename(place)


def renameat2(first: Path, second: Path, flag: int) -> bool:
    """Call Linux's renameat2; return false if the system or the file system does not have it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    here = ctypes.c_int(-100)  # AT_FDCWD
    if function(here, os.fsencode(first), here, os.fsencode(second), ctypes.c_uint(flag)) == 0:
        return True
    if (number := ctypes.get_errno()) in UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(first), None, str(second))


def remove_tree(directory: Path) -> None:
    """Do what `shutil.rmtree` does, but raise errors about the directory, not about its members."""
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(directory)) from error


def remove_array(directory: Path) -> None:
    """Remove a Zarr array. What does not belong to it stays, and raises an error."""
    for place, directories, files in walk(directory, topdown=False):
        inside = "" if place == os.fspath(directory) else f"{os.path.relpath(place, directory)}/"
        for name in files:
            if MEMBERS.fullmatch(f"{inside}{name}"):
                os.unlink(f"{place}/{name}")  # noqa: PTH108 - no object for each of many chunks
        for name in directories:
            with suppress(OSError):
                os.rmdir(f"{place}/{name}")  # noqa: PTH106
    directory.rmdir()


def synchronise(directory: Path, *, replaces: Path | None) -> None:
    """Write all contents of a directory to the disk: files first, then the directories.

    If the directory replaces an array, its directories get the owner, the group and the mode of
    that one. Its files get those of that array's metadata.
    """
    old_directory = old_files = None
    if replaces is not None and (old_directory := status_of(replaces)) is not None:
        found = (status_of(replaces / name) for name in METADATA)
        old_files = next((each for each in found if each is not None), None)
    for place, _, files in walk(directory, topdown=False):
        for name in files:
            descriptor = os.open(f"{place}/{name}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if old_files is not None:
                    give_owner_and_mode(descriptor, old_files)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        with errors_about(Path(place)), closing(Directory(Path(place))) as opened:
            if old_directory is not None:
                opened.keep_owner_and_mode(old_directory)
            opened.synchronise()
