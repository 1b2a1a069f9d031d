"""The command line: write and check files, draw tensors, and measure this machine.

``fastinit create`` writes files from formulas, and ``fastinit verify`` checks them. ``fastinit
compare`` and ``fastinit diff`` compare two files, by their receipts or bit by bit. ``fastinit
info`` describes a file or this installation. ``fastinit clean`` removes what interrupted runs left.
``fastinit plot`` draws a tensor beside its distribution. ``fastinit bench`` and ``fastinit demo``
measure the speed of fills. ``fastinit completion`` lets a shell complete words. ``python -m
fastinit`` is the same program.

Exit status: 0: done. 1: a file differs from its formula or from the other file, or is damaged, or
shards are missing. 2: wrong usage, or a request that was refused, or a damaged receipt; nothing was
written. 3: input or output failed. 129: the terminal was closed. 130: interrupted. 143: terminated.
docs/command-line.md says what remains.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import fastinit

from ._support.program_start import ENDINGS, end_at_once, handle_endings
from ._support.suggestions import did_you_mean
from .cli import COMMANDS
from .cli.completion import complete
from .cli.output import Parser, complain, say, show_warning
from .storage import FileFormatError
from .storage.errors import ReceiptError

if TYPE_CHECKING:
    from collections.abc import Sequence


DIFFERS, REFUSED, FAILED = 1, 2, 3
HUNG_UP, INTERRUPTED, TERMINATED = 129, 130, 143

#: A second signal ends the program at once if the first one came this number of seconds before.
PATIENCE = 3


class Terminated(BaseException):
    """SIGTERM or SIGHUP, as KeyboardInterrupt is Ctrl-C: incomplete files are removed."""


class Stop:
    """The handler of the signals that end the program: the first one raises an exception.

    Another one must not interrupt the clean-up after the first, unless the clean-up takes long.
    """

    def __init__(self) -> None:
        self.first: float | None = None

    def __call__(self, number: int, frame: object) -> None:
        """Handle a signal."""
        now = time.monotonic()
        if self.first is None:
            self.first = now
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)
        if now - self.first > PATIENCE:
            end_at_once(number, frame)


class Version(argparse.Action):
    """Print the version, which is read only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        """Print and exit."""
        say(f"fastinit {fastinit.__version__}")
        parser.exit()


def open_closed_streams() -> None:
    """Discard the output if the program was started with its output closed (``>&-``)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open until the program ends


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line. Exit with status 2 if it is wrong."""
    parser = Parser(
        prog="fastinit",
        description="Random initial weights, the same bits on every machine: files, pictures and "
        "benchmarks.",
        epilog="Exit status: 0 done; 1 a file differs or is damaged; 2 wrong usage or refused; "
        "3 input or output failed; 129 hung up; 130 interrupted; 143 terminated.",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    complete(parser)
    given = sys.argv[1:] if arguments is None else list(arguments)
    known = commands.choices
    if given and not given[0].startswith("-") and given[0] not in known:
        hint = did_you_mean(given[0], known)
        parser.error(f"no command {given[0]!r}, expected {', '.join(known)}{hint}")
    options, unknown = parser.parse_known_args(given)
    if unknown:
        refuse_arguments(known[options.command], unknown)
    return options


def refuse_arguments(parser: argparse.ArgumentParser, unknown: list[str]) -> NoReturn:
    """Exit with an error about arguments that a command does not have."""
    option = next((each for each in unknown if each.startswith("-")), None)
    if option is None:
        parser.error(f"too many arguments: {' '.join(unknown)}")
    name = option.partition("=")[0]
    hint = did_you_mean(name, re.findall(r"--[a-z][a-z-]*", parser.format_usage()))
    parser.error(f"no option {name}{hint.replace(chr(39), '')}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run a command. Return the exit status, also after an error."""
    status, options = REFUSED, None
    try:
        options = parse(arguments)
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        status = FAILED
    except ReceiptError as error:  # the file itself may be right
        remedy = "fastinit receipt FILE --force"
        complain(error if remedy in str(error) else f"{error}; `{remedy}` makes a new one")
    except FileFormatError as error:
        complain(error)
        status = DIFFERS
    except FileExistsError as error:
        reason = str(error.strerror).replace("force=True", "--force")
        complain(f"{error.filename} {reason}")
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else error)
        status = FAILED
    except (ValueError, TypeError, ImportError, MemoryError) as error:
        complain(error)
    except KeyboardInterrupt:
        complain(ending(signal.SIGINT, options))
        status = INTERRUPTED
    except Terminated as error:
        (number,) = error.args
        complain(ending(number, options))
        status = 128 + number
    return status


def ending(number: int, options: argparse.Namespace | None) -> str:
    """Return what to say after a signal: of `create`, also what it kept and how to go on."""
    add = getattr(options, "kept_in_words", None)
    return ENDINGS[signal.Signals(number)] + ("" if add is None else add(options))


def is_output_written() -> bool:
    """Write the rest of the output; discard what cannot be written, or Python would retry it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def program() -> int:
    """Run the command line as a program, which Ctrl-C, SIGTERM and SIGHUP end in order."""
    open_closed_streams()
    warnings.showwarning = show_warning
    handle_endings(Stop())
    try:
        status = main()
    except SystemExit as error:  # of the parser: after --help, or after a mistake
        status = int(error.code or 0)
    finally:
        handle_endings(end_at_once)
    return status if is_output_written() else status or FAILED


if __name__ == "__main__":
    sys.exit(program())
