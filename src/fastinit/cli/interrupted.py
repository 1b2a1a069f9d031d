"""What an interrupted `create` kept, and how to go on; for the line that says that it was stopped.

It looks at the directory, and does not rely on what the run did: a signal may come at any moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastinit._support.summaries import counted
from fastinit.storage.atomic.atomic_file import followed
from fastinit.storage.atomic.leftovers import find_leftovers, leftovers_of
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import INDEX_SUFFIX, SUFFIXES, ZARR, as_path

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from fastinit.storage.atomic.leftovers import Leftover


def kept_in_words(options: argparse.Namespace) -> str:
    """Return what to add to ``interrupted``: an empty text if nothing can be said."""
    try:
        path = as_path(options.path)
        if options.dry_run or is_remote(path):
            return ""
        is_single = path.suffix in (*SUFFIXES, ZARR) and not options.path.endswith("/")
        return _of_file(path, options) if is_single else _of_set(path, options)
    except (OSError, ValueError):  # the directory cannot be read, for example
        return ""


def _of_file(path: Path, options: argparse.Namespace) -> str:
    if words := _of_partial(leftovers_of(followed(path)), options):
        return f"; {words}; {_how_to_go_on(options)}"
    if path.exists():
        return f"; {path} is whole{': the old one or the new one' if options.force else ''}"
    return "; nothing was kept"


def _of_set(path: Path, options: argparse.Namespace) -> str:
    folder = path.parent if path.name.endswith(INDEX_SUFFIX) else path
    if not folder.is_dir():
        return "; nothing was kept"
    shards = [each for each in folder.iterdir() if each.suffix == SUFFIXES[0]]
    whole = [each for each in shards if not each.name.startswith(".")]
    partial = _of_partial(find_leftovers(folder), options)
    if not whole and not partial:
        return "; nothing was kept"
    words = [f"{counted(len(whole), 'whole file')} kept"] if whole else []
    words += [partial] if partial else []
    return f"; {', '.join(words)}; {_how_to_go_on(options)}"


def _of_partial(left: list[Leftover], options: argparse.Namespace) -> str:
    partial = [each for each in left if each.kind == "partial"]
    usable = [each for each in partial if each.can_resume or options.part is not None]
    return f"{usable[0].path} kept" if usable else ""


def _how_to_go_on(options: argparse.Namespace) -> str:
    # Whole shards and whole parts are kept without --resume too.
    return "to go on, run the same command again" + ("" if options.resume else " with --resume")
