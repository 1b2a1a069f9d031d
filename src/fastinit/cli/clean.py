"""The command that lists and removes what interrupted runs left."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from fastinit.storage.atomic.atomic_file import followed
from fastinit.storage.atomic.leftovers import (
    find_leftovers,
    in_use,
    leftovers_of,
    remove_leftovers,
)
from fastinit.storage.targets import as_local_path, is_zarr

from .output import add_command, counted, print_json, say

if TYPE_CHECKING:
    import argparse
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
        return 0
    for each in found:
        say(f"{each.path}: {described(each, each.path in used, each.path in removed)}")
    if options.remove:
        say(f"{len(removed)} of {in_words(found)} removed, {size_of(found, removed)}")
    elif found:
        say(f"{in_words(found)}, {size_of(found)}; to remove them, pass --remove")
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


def in_words(found: list[Leftover]) -> str:
    """Return the number of leftovers in words."""
    return counted(len(found), "leftover")


def size_of(found: list[Leftover], paths: set[Path] | None = None) -> str:
    """Return the size of leftovers, or of those that have one of the paths."""
    return f"{sum(each.nbytes for each in found if paths is None or each.path in paths):,} bytes"


def described(found: Leftover, is_used: bool, is_removed: bool) -> str:  # noqa: FBT001
    """Return one line about a leftover."""
    what = KINDS[found.kind]
    if found.kind != "temporary":
        what += f" {found.target or 'a file with a long name'}"
    if found.is_second_name:
        what = f"a second name of {found.target or 'a complete file'}"
    facts = [what, f"{found.nbytes:,} bytes", f"changed {ago(found.age)}"]
    if is_removed:
        facts.append("removed")
    elif is_used:
        facts.append("a process may be writing it now; not removed")
    elif found.reason is not None:
        facts.append(f"not removed: {found.reason}")
    elif found.can_resume:
        facts.append("`fastinit create --resume` continues it")
    return ", ".join(facts)


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
