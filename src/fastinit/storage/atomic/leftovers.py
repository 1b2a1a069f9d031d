"""Find and remove what interrupted runs left: incomplete files and directories, and their journals.

Only names that `partial_names` recognises count, and only regular files and directories: symbolic
links are not followed. What belongs to one target is one group. A group is removed under the locks
of all its files, so never while a process writes it. A file that a writer removed or replaced since
it was found stays: its name may be that of a new file. Directories are removed only if they hold
nothing but the parts of a Zarr array.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .atomic_directory import MEMBERS, remove_tree, walk
from .disk_space import UNSUPPORTED
from .partial_names import belongs_to, group_of, recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .partial_names import Kind

#: The kinds that can be directories.
DIRECTORIES = ("partial", "replaced", "temporary")
#: Errors of files that this process cannot lock: another one may be writing them.
CANNOT_TELL = (
    *UNSUPPORTED,
    *(errno.ENOLCK, errno.EWOULDBLOCK, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOENT),
)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or a directory that an interrupted run left.

    Parameters
    ----------
    path : Path
    kind : {'partial', 'journal', 'journal of a part', 'replaced', 'temporary'}
        As `partial_names.recognise` says it.
    target : str or None
        The name that it would get, if its own name says it.
    group : str
        The same for all that belongs to one target.
    nbytes : int
        The size, of a directory with all that is in it.
    changed : float
        When it was last changed, in seconds since 1970.
    can_resume : bool
        Whether a run with `resume` can continue it.
    is_second_name : bool
        Whether it is a second name of a complete file: a run was killed between giving the file its
        name and removing this one.
    reason : str or None
        Why it is not removed, and what to do; None if it can be removed.
    """

    path: Path
    kind: Kind
    target: str | None
    group: str
    nbytes: int
    changed: float
    can_resume: bool
    is_second_name: bool
    reason: str | None

    @property
    def age(self) -> float:
        """The time since the last change, in seconds."""
        return max(0.0, time.time() - self.changed)


def find_leftovers(directory: Path) -> list[Leftover]:
    """Return what interrupted runs left in a directory, in the order of the names."""
    found = []
    names = sorted(path.name for path in directory.iterdir())
    kinds: dict[str, set[Kind]] = {}
    for name in names:
        if (recognised := recognise(name)) is not None:
            kinds.setdefault(group_of(name), set()).add(recognised.kind)
    for name in names:
        with suppress(FileNotFoundError):  # it was completed or removed meanwhile
            if (leftover := _described(directory / name, kinds)) is not None:
                found.append(leftover)
    return found


def leftovers_of(path: Path) -> list[Leftover]:
    """Return what interrupted runs left of one file or directory."""
    if not path.parent.is_dir():
        return []
    return [each for each in find_leftovers(path.parent) if belongs_to(each.path.name, path)]


def remove_leftovers(found: Iterable[Leftover]) -> list[Leftover]:
    """Remove leftovers, except those that a process is writing or that have a reason to stay.

    Returns
    -------
    list of Leftover
        What was removed.

    Raises
    ------
    OSError
        If a file cannot be removed.
    """
    removed = []
    for group in _groups_of(found):
        with _locked(group) as free:
            if free:
                removed += [each for each in group if each.reason is None and _remove(each)]
    return removed


def in_use(found: Iterable[Leftover]) -> set[Path]:
    """Return the paths of what a process is writing, or of which the file system cannot tell."""
    used: set[Path] = set()
    for group in _groups_of(found):
        with _locked(group) as free:
            if not free:
                used.update(each.path for each in group)
    return used


def _groups_of(found: Iterable[Leftover]) -> list[list[Leftover]]:
    groups: dict[str, list[Leftover]] = {}
    for each in found:
        groups.setdefault(each.group, []).append(each)
    # A writer locks the partial file, or the journal of a directory. That is removed last: a new
    # writer begins as soon as it finds nothing to lock.
    return [sorted(group, key=_rank) for group in groups.values()]


def _rank(found: Leftover) -> int:
    if found.kind == "partial":
        return 0 if found.path.is_dir() else 3
    return {"journal": 2, "journal of a part": 1}.get(found.kind, 0)


def _described(path: Path, kinds: dict[str, set[Kind]]) -> Leftover | None:
    """Return what an entry of a directory is, or None if no run left it."""
    if (name := recognise(path.name)) is None:
        return None
    status = path.lstat()
    reason = None
    if is_directory := stat.S_ISDIR(status.st_mode):
        if name.kind not in DIRECTORIES:
            return None
        nbytes, foreign = _inside(path)
        reason = _reason_to_stay(path, name.kind, name.target, foreign)
    elif stat.S_ISREG(status.st_mode) and name.kind != "replaced":
        nbytes = status.st_size
    else:
        return None
    second = not is_directory and name.kind == "partial" and status.st_nlink > 1
    group = group_of(path.name)
    journals = kinds[group] & {"journal", "journal of a part"}
    return Leftover(
        path,
        name.kind,
        name.target,
        group,
        nbytes,
        status.st_mtime,
        can_resume=bool(journals) and "partial" in kinds[group] and not second,
        is_second_name=second,
        reason=reason,
    )


def _inside(directory: Path) -> tuple[int, str | None]:
    """Return the size of a directory, and something in it that no Zarr array has, if any."""
    nbytes, foreign = 0, None
    for place, directories, files in walk(directory):  # it follows no links
        for name in (*directories, *files):
            path = os.path.join(place, name)  # noqa: PTH118 - many chunks
            status = os.lstat(path)
            plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
            inside = os.path.relpath(path, directory)
            if not (plain and MEMBERS.fullmatch(inside)):
                foreign = inside
            if stat.S_ISREG(status.st_mode):
                nbytes += status.st_size
    return nbytes, foreign


def _reason_to_stay(path: Path, kind: Kind, target: str | None, foreign: str | None) -> str | None:
    if kind == "replaced":
        name = "its target" if target is None else target
        return (
            f"it is the old {name}, which an interrupted run moved aside; if {name} is missing, "
            "rename it back, otherwise remove it yourself"
        )
    if foreign is not None:
        return f"it holds {foreign!r}, which is no part of a Zarr array; look at it yourself"
    if kind == "temporary" and (path / "zarr.json").exists():
        return (
            "it may be an array that an earlier version of fastinit moved aside; rename it if you "
            "need it, otherwise remove it yourself"
        )
    return None


@contextmanager
def _locked(group: list[Leftover]) -> Iterator[bool]:
    """Yield whether no process is writing a group; no process can begin to within this context."""
    with ExitStack() as stack:
        parts = [each.path for each in group if each.kind == "journal of a part"]
        others = {each.path for each in group} - set(parts)
        locks = [(_lock(path, stack), path) for path in others]
        # A file that has lost its name since it was opened: its lock protects nothing.
        yield all(lock is not None and _has_name(lock, path) for lock, path in locks) and all(
            map(_is_unlocked, parts)
        )


def _is_unlocked(journal: Path) -> bool:
    """Say whether no process is writing a part; its lock is not kept.

    A process may not have as many files open as there are parts. Whoever begins a part needs the
    other locks of the group too.
    """
    with ExitStack() as stack:
        return _lock(journal, stack) is not None


def _lock(path: Path, stack: ExitStack) -> int | None:
    """Return a descriptor of a locked file; None if a process has locked, removed or renamed it."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            descriptor = os.open(path, flags | os.O_RDWR)  # NFS needs it
        except OSError as error:
            if error.errno not in (errno.EISDIR, errno.EROFS):
                raise
            descriptor = os.open(path, flags | os.O_RDONLY)
        stack.callback(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in CANNOT_TELL:
            return None
        raise
    return descriptor


def _has_name(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


def _remove(found: Leftover) -> bool:
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(found.path.lstat().st_mode):
            remove_tree(found.path)
        else:
            found.path.unlink()
        return True
    return False
