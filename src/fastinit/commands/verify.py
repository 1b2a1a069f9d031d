"""The command that compares a file with its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit.storage import verify

from .formula import add_formula, formula
from .output import add_output, print_json, progress_bar

if TYPE_CHECKING:
    import argparse

DIFFERS = 1


def add(commands: Any) -> None:
    """Add the command to a parser's."""
    parser = commands.add_parser("verify", help="make a file's values again and compare the bits")
    parser.add_argument("path")
    add_formula(parser, required=False)
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare a file with its formula; say where it first differs."""
    # Any option of a formula asks for the whole of one.
    asked = (options.shape, options.scheme, options.seed, options.name, options.padding_idx)
    given = any(each is not None for each in asked) or options.option
    with progress_bar(quiet=options.quiet) as progress:
        weights = formula(options) if given else None
        result = verify(options.path, weights, progress=progress)
    difference = result.difference
    if options.json:
        print_json(
            {
                "path": options.path,
                "same": bool(result),
                "bytes": result.nbytes,
                "difference": difference
                and {
                    "name": difference.name,
                    "index": difference.index,
                    "expected": repr(difference.expected),
                    "found": repr(difference.found),
                },
            }
        )
    elif difference is not None:
        print(f"{options.path}: {difference}")  # noqa: T201 - a command's output
    elif not options.quiet:
        print(f"{options.path}: {result.nbytes:,} bytes are as the formula says")  # noqa: T201
    return 0 if result else DIFFERS
