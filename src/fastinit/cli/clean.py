"""The command that lists and removes what interrupted runs left; `info` prints the same list."""

from __future__ import annotations

import errno
import os
import shlex
from typing import TYPE_CHECKING, Any

from fastinit._support.summaries import counted
from fastinit.storage.atomic.atomic_file import followed
from fastinit.storage.atomic.leftovers import (
    find_leftovers,
    in_use,
    leftovers_of,
    remove_leftovers,
)
from fastinit.storage.targets import as_local_path, is_zarr

from .output import add_command, in_bytes, print_columns, print_json, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection
    from pathlib import Path

    from fastinit.storage.atomic.leftovers import Leftover

KINDS = {
    "partial": "incomplete",
    "journal": "the journal of",
    "journal of a part": "the journal of a part of",
    "replaced": "the old",
    "temporary": "temporary",
}
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60))


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "clean",
        "list what interrupted runs left, and remove it",
        [
            "models/",
            "models/ --remove",
        ],
        "List the incomplete files and journals that interrupted runs left in a directory, or of "
        "one file. Remove them with --remove, except what a process is writing now.",
    )
    parser.add_argument(
        "path", metavar="DIR", help="a directory, or the file that was not completed"
    )
    parser.add_argument("--remove", action="store_true", help="remove what is listed")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List leftovers; remove them if the options say so."""
    found = leftovers_at(as_local_path(options.path, "a directory that is cleaned"))
    used = in_use(found)
    removed = {each.path for each in remove_leftovers(found)} if options.remove else set()
    if options.json:
        listed = [as_json(each, each.path in used, each.path in removed) for each in found]
        print_json({"path": options.path, "leftovers": listed})
    elif options.remove:
        print_list(found, used, removed)
        size = in_bytes(sum(each.nbytes for each in found if each.path in removed))
        say(f"{len(removed)} of {counted(len(found), 'leftover')} removed, {size}")
    elif found:
        print_leftovers(found, options.path)
    else:
        say(f"{options.path}: no interrupted run left anything")
    return 0


def leftovers_at(path: Path) -> list[Leftover]:
    """Return the leftovers in a directory, or those of one file or Zarr array."""
    if path.is_dir() and not is_zarr(path):
        return find_leftovers(path)
    found = leftovers_of(followed(path))
    if not found and not os.path.lexists(path):
        raise FileNotFoundError(errno.ENOENT, "no such file or directory", str(path))
    return found


def print_leftovers(found: list[Leftover], path: str) -> None:
    """Print a list of leftovers, and how to remove them."""
    print_list(found, in_use(found))
    say(f"{in_words(found)}; to remove them: {removal(path)}")


def removal(path: str) -> str:
    """Return the command that removes leftovers."""
    return f"`fastinit clean {shlex.quote(path)} --remove`"


def in_words(found: list[Leftover]) -> str:
    """Return the number and the size of leftovers in words."""
    size = in_bytes(sum(each.nbytes for each in found))
    return f"{counted(len(found), 'leftover')} of interrupted runs, {size}"


def print_list(
    found: list[Leftover], used: Collection[Path], removed: Collection[Path] = ()
) -> None:
    """Print a table of leftovers."""
    rows = [
        [
            str(each.path),
            f"{each.nbytes:,}",
            ago(each.age),
            described(each, each.path in used, each.path in removed),
        ]
        for each in found
    ]
    if rows:
        print_columns([["leftover", "bytes", "changed", "what"], *rows], numbers=(1,))


def described(found: Leftover, is_used: bool, is_removed: bool) -> str:  # noqa: FBT001
    """Return what a leftover is, and what happens to it."""
    what = KINDS[found.kind]
    if found.kind != "temporary":
        what += f" {found.target or 'a file with a long name'}"
    if found.is_second_name:
        what = f"a second name of {found.target or 'a complete file'}"
    if is_removed:
        return f"{what}; removed"
    if is_used:
        return f"{what}; a process may be writing it now, so it is not removed"
    if found.reason is not None:
        return f"{what}; not removed: {found.reason}"
    return f"{what}; `fastinit create --resume` continues it" if found.can_resume else what


def ago(seconds: float) -> str:
    """Return a time before now in words."""
    for unit, length in UNITS:
        if (count := int(seconds // length)) > 0:
            return f"{counted(count, unit)} ago"
    return "less than a minute ago"


def as_json(found: Leftover, is_used: bool, is_removed: bool) -> dict[str, Any]:  # noqa: FBT001
    """Return a leftover for JSON."""
    return {
        "path": str(found.path),
        "kind": found.kind,
        "target": found.target,
        "bytes": found.nbytes,
        "age_seconds": round(found.age),
        "in_use": is_used,
        "can_resume": found.can_resume,
        "second_name": found.is_second_name,
        "reason": found.reason,
        "removed": is_removed,
    }
