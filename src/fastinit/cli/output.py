"""Output of the commands: tables for people, JSON for programs, and progress bars."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence


def add_command(
    commands: Any, name: str, summary: str, description: str = ""
) -> argparse.ArgumentParser:
    """Add a command to a parser; return the parser of its options.

    The help text of all commands has the summary. That of the command has the description, if there
    is one, or else the summary.
    """
    text = description or f"{summary[0].upper()}{summary[1:]}."
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=text)
    return parser


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options that select the output."""
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="print only errors and differences, and draw no progress bar",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def print_table(rows: Sequence[tuple[str, object]]) -> None:
    """Print names and values in two columns."""
    for name, value in rows:
        print(f"{name:<16} {printable(str(value))}")  # noqa: T201 - a command's output


def printable(text: str) -> str:
    """Return a text with its control characters escaped, since a name in a file may have any."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value))  # noqa: T201 - a command's output


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a progress function that draws a bar, or None without a terminal or without tqdm."""
    try:
        tqdm = None if quiet or not sys.stderr.isatty() else import_module("tqdm").tqdm
    except ImportError:
        tqdm = None
    if tqdm is None:
        yield None
        return
    with tqdm(unit="B", unit_scale=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
