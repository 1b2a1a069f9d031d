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
import time
from typing import TYPE_CHECKING

import numpy as np

import fastinit

from .commands import add_commands, print_json, print_table, run_info
from .storage import FileFormatError

if TYPE_CHECKING:
    from collections.abc import Sequence


DIFFERS, REFUSED, FAILED, INTERRUPTED = 1, 2, 3, 130


def info(*, as_json: bool) -> None:
    """Print what this installation is and what it uses."""
    facts: list[tuple[str, object]] = [
        ("fastinit", fastinit.__version__),
        ("contract", fastinit.CONTRACT_VERSION),
        ("compiled", ", ".join(fastinit.compiled_isas())),
        ("available", ", ".join(fastinit.available_isas())),
        ("active", fastinit.active_isa()),
        ("threads", fastinit.get_num_threads()),
        ("numpy", np.__version__),
        ("python", sys.version.split()[0]),
    ]
    if as_json:
        print_json(dict(facts))
    else:
        print_table(facts)


def mean_and_std(table: np.ndarray) -> tuple[float, float]:
    """Return a table's mean and standard deviation, in float64, without a copy of it."""
    total = squares = 0.0
    rows = max(1, (1 << 18) // max(1, table.shape[1]))
    for start in range(0, len(table), rows):
        part = table[start : start + rows].astype(np.float64)
        total += float(part.sum())
        squares += float(np.square(part).sum())
    mean = total / table.size
    return mean, (squares / table.size - mean * mean) ** 0.5


def demo(shape: tuple[int, int], seed: int) -> None:
    """Fill an embedding table in memory, twice: fresh memory is as slow as its page faults."""
    start = time.perf_counter()
    table = fastinit.he_normal(shape, seed=seed)
    fresh = time.perf_counter() - start
    start = time.perf_counter()
    fastinit.he_normal_(table, seed=seed)
    again = time.perf_counter() - start
    mean, std = mean_and_std(table)
    rows, dim = shape
    print_table(
        [
            ("shape", f"{rows:,} x {dim} {table.dtype.name}, {table.nbytes / 1e9:.2f} GB"),
            ("scheme", f"he_normal, fan_in {dim}"),
            ("seed", seed),
            ("time", f"{fresh:.3f} s, memory allocated and its pages touched"),
            ("speed", f"{table.nbytes / fresh / 1e9:.1f} GB/s"),
            ("filled again", f"{again:.3f} s, {table.nbytes / again / 1e9:.1f} GB/s"),
            ("kernels", fastinit.active_isa()),
            ("threads", fastinit.get_num_threads()),
            ("mean", f"{mean:+.3e}"),
            ("std", f"{std:.6f} (expected {(2 / dim) ** 0.5:.6f})"),
        ]
    )


def positive(text: str) -> int:
    """Read a positive integer."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def run_info_or_file(options: argparse.Namespace) -> int:
    """Show a file, or without one this installation."""
    if options.path is not None:
        return run_info(options.path, as_json=options.json)
    info(as_json=options.json)
    return 0


def run_demo(options: argparse.Namespace) -> int:
    """Fill a table in memory."""
    demo((options.rows, options.dim), options.seed)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exit with status 2 where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="fastinit",
        description="Random initial weights at memory speed: files, and what is installed.",
        epilog="Exit status: 0 done; 1 a file differs or is damaged; 2 wrong usage or refused; "
        "3 input or output failed; 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add_commands(commands)
    about = commands.add_parser("info", help="a file's tensors; or versions, kernels, threads")
    about.add_argument("path", nargs="?", metavar="FILE")
    about.add_argument("--json", action="store_true", help="one JSON object as the output")
    about.set_defaults(run=run_info_or_file)
    demonstration = commands.add_parser("demo", help="initialise an embedding table in memory")
    demonstration.add_argument("--rows", type=positive, default=10_000_000)
    demonstration.add_argument("--dim", type=positive, default=128)
    demonstration.add_argument("--seed", type=int, default=0)
    demonstration.set_defaults(run=run_demo)
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
