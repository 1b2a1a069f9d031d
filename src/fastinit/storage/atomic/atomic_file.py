"""Create a file that appears under its name whole or not at all.

The file is written under a temporary name in the same directory. Its disk space is reserved first.
When the file is complete and synchronised with the disk, it gets its name. An error, Ctrl-C or
SIGTERM removes the temporary file. A process that is killed leaves the temporary file, and never an
incomplete file under the final name. `whole_file` is for small files: each writer uses a temporary
name of its own. `resumable_file` adds what large files need.

A symbolic link at the final name is followed: the file that it points to is created or replaced, in
its own directory, and the link stays. A new file keeps the mode of the file that it replaces, and
its owner and group as far as the process may set them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.errors import exists
from fastinit.storage.regular_file import errors_about
from fastinit.storage.remote.remote_path import is_remote

from .disk_space import UNSUPPORTED, reserve
from .partial_names import recognise, temporary_name

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_target(path: Path, *, force: bool) -> Path:
    """Return the path of the file that is written to, or raise an error if it must not be.

    It is `path` itself, or what `path` points to if it is a symbolic link.
    """
    target = path if is_remote(path) else None
    if target is not None:
        target.check_target(force=force)
        return path
    place = followed(path)
    check_parent(place)
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    if os.path.lexists(place):
        if not force:
            raise exists(path)
        if not place.is_file():
            reason = "exists and is not a regular file; remove it, or write to another path"
            raise FileExistsError(errno.EEXIST, reason, str(path))
    return place


def check_parent(path: Path) -> None:
    """Raise an error unless the directory that is to hold a path exists."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(path.parent))


def followed(path: Path) -> Path:
    """Return the path that a symbolic link points to, or the same path if it is no link."""
    if not path.is_symlink():
        return path
    # The system raises its errors: for a loop of links, and for a link of another user in a
    # directory for all users, such as /tmp.
    with suppress(FileNotFoundError):  # the file is created
        path.stat()
    return Path(os.path.realpath(path))


def status_of_left_file(path: Path) -> os.stat_result:
    """Return the status of a file that an earlier run left; raise an error if it is none."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        number = {stat.S_IFLNK: errno.ELOOP, stat.S_IFDIR: errno.EISDIR}
        reason = f"{path.name}, in the same directory, is not a regular file; remove it"
        raise OSError(number.get(stat.S_IFMT(status.st_mode), errno.EINVAL), reason, str(path))
    return status


def keep_owner_and_mode(descriptor: int, replaced: Path, *, writable: bool = False) -> None:
    """Give a new file the owner, the group and the mode of the file that it will replace, if any.

    With `writable`, the owner may also read and write it, so that a later run can continue it.
    """
    if (old := status_of(replaced)) is not None:
        give_owner_and_mode(descriptor, old, writable=writable)


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of a file or a directory; None if it does not exist."""
    with suppress(FileNotFoundError):
        return path.stat()
    return None


def give_owner_and_mode(descriptor: int, old: os.stat_result, *, writable: bool = False) -> None:
    """Give an open file or directory the owner, the group and the mode of another one."""
    own = os.fstat(descriptor)
    is_directory = stat.S_ISDIR(own.st_mode)
    # Members of a shared directory inherit its group by a bit beyond the permissions.
    mode = stat.S_IMODE(old.st_mode) & (0o7777 if is_directory else 0o777)
    if own.st_uid != old.st_uid:
        with suppress(OSError):  # only root may give a file away
            os.fchown(descriptor, old.st_uid, -1)
    if own.st_gid != old.st_gid:
        try:
            os.fchown(descriptor, -1, old.st_gid)
        except OSError:  # another group must not get the permissions of this one
            mode = mode & ~0o070 | (mode & 0o007) << 3
    needed = 0o700 if is_directory else 0o600
    os.fchmod(descriptor, mode | (needed if writable else 0))


class Directory:
    """An open directory. Its files are found in it even if it is renamed meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def remove(self, *names: str) -> None:
        """Remove files, if they exist; never a directory."""
        for name in names:
            with suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(name, dir_fd=self._descriptor)

    def give_name(self, temporary: str, path: Path, *, force: bool) -> None:
        """Rename a file; without `force`, never replace a file that appeared in the meantime."""
        self.check()
        here = self._descriptor
        if not force:
            try:
                os.link(temporary, path.name, src_dir_fd=here, dst_dir_fd=here)
            except FileExistsError:
                raise exists(path) from None
            except OSError as error:
                if error.errno not in UNSUPPORTED:
                    raise
                # The file system has no hard links: check once more, then rename.
                check_target(path, force=False)
            else:
                return
        os.replace(temporary, path.name, src_dir_fd=here, dst_dir_fd=here)

    def keep_owner_and_mode(self, old: os.stat_result, *, writable: bool = False) -> None:
        """Give the directory the owner, the group and the mode of another one."""
        give_owner_and_mode(self._descriptor, old, writable=writable)

    def check(self) -> None:
        """Raise an error if the path names another directory now, or none."""
        try:
            same = os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            same = False
        if not same:
            reason = "the directory was removed, renamed or replaced while a file was written to it"
            raise FileNotFoundError(errno.ENOENT, reason, str(self.path))

    def synchronise(self) -> None:
        """Synchronise the directory, so that a new name in it survives a loss of power."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise

    def close(self) -> None:
        """Close the directory."""
        os.close(self._descriptor)


def synchronise_directory(path: Path) -> None:
    """Synchronise a directory, so that a new name in it survives a loss of power."""
    with errors_about(path), closing(Directory(path)) as directory:
        directory.synchronise()


@contextmanager
def errors_of(path: Path, *, size: int | None = None) -> Iterator[None]:
    """Re-raise an OSError that names no file, or an incomplete one, as an error about `path`."""
    try:
        yield
    except OSError as error:
        named = error.filename
        if named is not None and not any(map(recognise, Path(str(named)).parts)):
            raise
        reason = error.strerror if size is None else f"{error.strerror} (a file of {size:,} bytes)"
        raise OSError(error.errno, reason, str(path)) from error


def create_locked(temporary: Path) -> int:
    """Return a descriptor of a new file, locked so that `fastinit clean` leaves it alone."""
    while True:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # `fastinit clean` may have removed it before it was locked.
            if temporary.exists():
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@contextmanager
def whole_file(
    path: Path, size: int, *, force: bool, removed: os.stat_result | None = None
) -> Iterator[int]:
    """Yield a descriptor to write `size` bytes to; give the file its name at the end.

    The file gets the owner, the group and the mode of the one that it replaces. Pass the status of
    that file as `removed` if it does not exist any more.

    Raises
    ------
    OSError
        An error that names `path`: FileExistsError without `force`; no such directory, no
        permission, disk full.
    """
    place = check_target(path, force=force)
    temporary = temporary_name(place)
    with (
        errors_of(path, size=size),
        closing(Directory(place.parent)) as directory,
        WaitingSignals() as signals,
    ):
        descriptor = create_locked(temporary)
        try:
            signals.deliver()
            if (old := status_of(place) or removed) is not None:
                give_owner_and_mode(descriptor, old)
            reserve(descriptor, size)
            yield descriptor
            os.fsync(descriptor)
            signals.wait()
            directory.give_name(temporary.name, place, force=force)
        finally:
            signals.wait()
            try:
                directory.remove(temporary.name)
            finally:
                os.close(descriptor)  # the lock ends when the temporary name is gone
        directory.synchronise()
