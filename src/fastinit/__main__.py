"""The command line: files from formulas, what this installation is, and a demonstration.

``fastinit create`` and ``fastinit verify`` write and check files, ``fastinit info`` shows a file or
this installation, ``fastinit demo`` fills a table in memory and says how fast; so does
``python -m fastinit``. Exit status: 0 done; 1 a file differs from its formula or is damaged;
2 wrong usage or refused, nothing was written; 3 input or output failed; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from .commands import COMMANDS
from .storage import FileFormatError

if TYPE_CHECKING:
    from collections.abc import Sequence


DIFFERS, REFUSED, FAILED, INTERRUPTED = 1, 2, 3, 130


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exit with status 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="fastinit",
        description="Random initial weights at memory speed: files, and what is installed.",
        epilog="Exit status: 0 done; 1 a file differs or is damaged; 2 wrong usage or refused; "
        "3 input or output failed; 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser.parse_args(arguments)


def complain(message: object) -> None:
    """Print an error as a command does."""
    print(f"fastinit: {message}", file=sys.stderr)  # noqa: T201


def run(options: argparse.Namespace) -> int:
    """Run a command; return the exit status, whatever went wrong."""
    status = REFUSED
    try:
        status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `head` has; nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    except FileFormatError as error:
        complain(error)
        status = DIFFERS
    except FileExistsError as error:
        complain(f"{error.filename} exists: replace it with --force")
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else error)
        status = FAILED
    except (ValueError, TypeError, ImportError, MemoryError) as error:
        complain(error)
    except KeyboardInterrupt:
        complain("interrupted")
        status = INTERRUPTED
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run a command; return the exit status."""
    return run(parse(arguments))


if __name__ == "__main__":
    sys.exit(main())
