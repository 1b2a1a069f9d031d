"""Output of the commands: tables for people, JSON for programs, errors, and progress bars.

Guarantees: all text of a command goes through `say`. So a name in a file or on the command line
cannot send control characters to the terminal, and a terminal of any encoding can show it.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

#: The longest line of a description, in characters.
WIDEST = 100


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, in printable form, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error and where to read more; exit with status 2."""
        problem = message.removeprefix("argument ")
        more = " See" if problem.endswith("?") else "; see"
        with suppress(OSError):
            say(f"{self.prog}: {problem}{more} `{self.prog} --help`", sys.stderr)
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
        description=fill(text, min(get_terminal_size().columns, WIDEST) - 2),
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
        say(f"{name:<16} {value}")


def counted(count: int, noun: str) -> str:
    """Return a number of things in words, such as `1 file` and `1,200 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """Return a text with escapes in place of control characters, line breaks and bidi controls."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def say(text: str, stream: TextIO | None = None) -> None:
    """Print one line to standard output, or to another stream.

    Characters that the encoding of the stream lacks are escaped too.
    """
    to = sys.stdout if stream is None else stream
    encoding = getattr(to, "encoding", None) or "utf-8"
    shown = printable(text).encode(encoding, "backslashreplace").decode(encoding)
    print(shown, file=to)


def complain(message: object) -> None:
    """Print an error or a warning of a command."""
    with suppress(OSError):  # standard error may be a closed pipe or a full disk
        say(f"fastinit: {message}", sys.stderr)


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
