"""Names of what exists only while a file or a directory is being written.

- ``.NAME.fastinit-partial``: the file or the directory NAME while it is incomplete.
- ``.NAME.fastinit-journal``: lists the blocks of it that are on the disk.
- ``.NAME.fastinit-journal-2-of-8``: the journal of one of several processes.
- ``.NAME.fastinit-replaced``: the old directory NAME while a new one gets its name.
- ``.fastinit-0123456789abcdef.tmp``: a small file or a directory that one process writes.

A file system accepts names of 255 bytes. If a NAME is too long for one of these names, its end is
replaced with a digest of the whole NAME.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

#: The longest name that file systems accept, in bytes.
LONGEST = 255

Kind = Literal["partial", "journal", "journal of a part", "replaced", "temporary"]

PATTERN = re.compile(
    r"""\.(?P<name>.+)\.fastinit-(?:
        (?P<kind>partial|journal|replaced)
      | journal-(?P<part>[1-9][0-9]*)-of-(?P<parts>[1-9][0-9]*)
    )""",
    re.VERBOSE | re.DOTALL,  # a file name may hold a line feed
)
TEMPORARY = re.compile(r"\.fastinit-[0-9a-f]{16}\.tmp")
SHORTENED = re.compile(r".*~[0-9a-f]{16}", re.DOTALL)


class PartialName(NamedTuple):
    """What the name of an incomplete file or directory says.

    Attributes
    ----------
    kind : {'partial', 'journal', 'journal of a part', 'replaced', 'temporary'}
    target : str or None
        The name that the file or directory gets. None if the name does not say it: a temporary
        name, or a shortened one.
    """

    kind: Kind
    target: str | None


def partial_name(path: Path) -> Path:
    """Return the name of a file or a directory while it is incomplete."""
    return _beside(path, ".fastinit-partial")


def journal_name(path: Path) -> Path:
    """Return the name of the journal of an incomplete file."""
    return _beside(path, ".fastinit-journal")


def part_journal_name(path: Path, part: int, parts: int) -> Path:
    """Return the name of the journal of process `part` of `parts`, counted from 1."""
    return _beside(path, f".fastinit-journal-{part}-of-{parts}")


def replaced_name(path: Path) -> Path:
    """Return the name of an old directory while a new one gets its name."""
    return _beside(path, ".fastinit-replaced")


def temporary_name(path: Path) -> Path:
    """Return a new name beside `path`, for a small file or a directory that one process writes."""
    return path.with_name(f".fastinit-{secrets.token_hex(8)}.tmp")


def recognise(name: str) -> PartialName | None:
    """Return what the name of a directory entry says, or None if it is not one of these names."""
    if TEMPORARY.fullmatch(name):
        return PartialName("temporary", None)
    if (match := PATTERN.fullmatch(name)) is None:
        return None
    kind: Kind = match["kind"] or "journal of a part"  # type: ignore[assignment]
    # Three bytes: a character of up to four bytes did not fit.
    cut = len(os.fsencode(name)) >= LONGEST - 3 and SHORTENED.fullmatch(match["name"])
    return PartialName(kind, None if cut else match["name"])


def belongs_to(name: str, path: Path) -> bool:
    """Return whether a recognised name beside `path` is one of the names of `path`."""
    if (match := PATTERN.fullmatch(name)) is None:
        return False
    return name == _beside(path, name[match.end("name") :]).name


def group_of(name: str) -> str:
    """Return a text that is the same for all names of one target that a directory has."""
    if (match := PATTERN.fullmatch(name)) is None:
        return name
    found = recognise(name)
    # A target may have whole names and, for longer endings, shortened ones.
    if found is not None and found.target is None:
        return match["name"][-17:]
    # The lock of a file also protects its receipt.
    return _digest(match["name"].removesuffix(".receipt.json"))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{_fit(path.name, LONGEST - 1 - len(ending))}{ending}")


def _fit(name: str, longest: int) -> str:
    """Return a name of at most `longest` bytes: the name itself, or its start and a digest."""
    if len(os.fsencode(name)) <= longest:
        return name
    digest = _digest(name)
    left, start = longest - len(digest), []
    for character in name:  # whole characters: some file systems accept nothing but UTF-8
        left -= len(os.fsencode(character))
        if left < 0:
            break
        start.append(character)
    return "".join(start) + digest


def _digest(name: str) -> str:
    return "~" + hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
