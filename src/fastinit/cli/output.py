"""Output of the commands: tables for people, JSON for programs, errors, and progress bars.

Guarantees: all text of a command goes through `say`. So a name in a file or on the command line
cannot send control characters to the terminal, and a terminal of any encoding can show it. Colours
are for terminals only: a pipe or a file gets the text alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any, NoReturn

from fastinit._support.summaries import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from typing import TextIO

#: Limits of the length of a line in a description, in characters. A terminal may report one column;
#: argparse has the same minimum.
WIDEST, NARROWEST = 100, 11

#: Styles of a terminal, as ECMA-48 numbers them.
BOLD, RED, GREEN = "1", "31", "32"

#: Powers of 1000, as the command reads them too.
UNITS = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6))


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, in printable form, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error and where to read more; exit with status 2."""
        problem = message.removeprefix("argument ")
        more = " See" if problem.endswith("?") else "; see"
        with suppress(OSError):
            words = f" {problem}{more} `{self.prog} --help`"
            say(words, sys.stderr, head=f"{self.prog}:", style=RED)
        self.exit(2)


def add_command(
    commands: Any, name: str, summary: str, examples: Sequence[str], description: str = ""
) -> argparse.ArgumentParser:
    """Add a command to a parser; return the parser of its options.

    The help text of all commands has the summary. That of the command has the description, if there
    is one, or else the summary; and the examples, which are what follows the name of the command.
    """
    text = description or f"{summary[0].upper()}{summary[1:]}."
    lines = [f"  fastinit {name} {each}".rstrip() for each in examples]
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=fill(text, max(NARROWEST, min(get_terminal_size().columns, WIDEST) - 2)),
        epilog="\n".join(["examples:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,  # keeps the lines of the examples
    )
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
        say(f" {value}", head=f"{name:<16}", style=BOLD)


def print_columns(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> None:
    """Print cells in columns, the header first: text aligned left, the given columns right."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        aligned = [
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(aligned).rstrip()
        if number == 0:
            say("", head=line, style=BOLD)
        else:
            say(line)


def in_bytes(count: int) -> str:
    """Return a number of bytes in words; of many, also in a unit that can be read."""
    for unit, size in UNITS:
        if count >= size:
            return f"{count:,} bytes ({count / size:.1f} {unit})"
    return counted(count, "byte")


def printable(text: str) -> str:
    """Return a text with escapes in place of control characters, line breaks and bidi controls."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def say(text: str, stream: TextIO | None = None, *, head: str = "", style: str = "") -> None:
    """Print one line to standard output, or to another stream: `head` in a style, then `text`.

    Only a terminal gets the style. Characters that the encoding of the stream lacks are escaped.
    """
    to = sys.stdout if stream is None else stream
    encoding = getattr(to, "encoding", None) or "utf-8"
    first, rest = (
        printable(part).encode(encoding, "backslashreplace").decode(encoding)
        for part in (head, text)
    )
    if first and style and is_coloured(to):
        first = f"\x1b[{style}m{first}\x1b[0m"
    print(first + rest, file=to)


def is_coloured(stream: TextIO) -> bool:
    """Say whether a stream is a terminal that shows colours, and the user wants them.

    ``NO_COLOR`` turns them off (https://no-color.org).
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(getattr(stream, "isatty", bool)())


def complain(message: object) -> None:
    """Print an error or a warning of a command."""
    with suppress(OSError):  # standard error may be a closed pipe or a full disk
        say(f" {message}", sys.stderr, head="fastinit:", style=RED)


def show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as the commands print errors, in place of `warnings.showwarning`."""
    complain(f"warning: {message}")


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    say(json.dumps(value).replace("\x7f", "\\u007f"))  # the only control character it leaves


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
