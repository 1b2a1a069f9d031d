"""The command line: write and check files, draw tensors, and measure this machine.

``fastinit create`` writes files from formulas, and ``fastinit verify`` checks them. ``fastinit
info`` describes a file or this installation. ``fastinit plot`` draws a tensor beside its
distribution. ``fastinit bench`` and ``fastinit demo`` measure the speed of fills. ``python -m
fastinit`` is the same program.

Exit status: 0: done. 1: a file differs from its formula, or is damaged. 2: wrong usage, or a
request that was refused; nothing was written. 3: input or output failed. 130: interrupted. 143:
terminated.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import fastinit

from .cli import COMMANDS
from .cli.output import Parser, complain, say, show_warning
from .storage import FileFormatError

if TYPE_CHECKING:
    from collections.abc import Sequence


DIFFERS, REFUSED, FAILED, INTERRUPTED, TERMINATED = 1, 2, 3, 130, 143


class Terminated(BaseException):
    """SIGTERM as an exception, like KeyboardInterrupt for Ctrl-C: incomplete files are removed."""


def terminate(*_: object) -> NoReturn:
    """Handle SIGTERM. A second SIGTERM must not interrupt the clean-up after the first."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated


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
        description="Random initial weights at memory speed: files, pictures and benchmarks.",
        epilog="Exit status: 0 done; 1 a file differs or is damaged; 2 wrong usage or refused; "
        "3 input or output failed; 130 interrupted; 143 terminated.",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run a command. Return the exit status, also after an error."""
    status = REFUSED
    try:
        options = parse(arguments)
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
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
        complain("interrupted")
        status = INTERRUPTED
    except Terminated:
        complain("terminated")
        status = TERMINATED
    return status


def program() -> int:
    """Run the command line as a program. SIGTERM ends it as Ctrl-C does."""
    open_closed_streams()
    signal.signal(signal.SIGTERM, terminate)
    warnings.showwarning = show_warning
    return main()


if __name__ == "__main__":
    sys.exit(program())
