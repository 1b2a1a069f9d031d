"""The command that compares the contents of two files by their receipts, without the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit.storage import compare_receipts

from .output import add_command, print_json, say
from .verify import DIFFERS

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(commands, "compare", "compare two files by their receipts")
    parser.add_argument("first", metavar="A.receipt.json")
    parser.add_argument("second", metavar="B.receipt.json")
    parser.add_argument("--quiet", action="store_true", help="print nothing if they agree")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the differences."""
    differences = compare_receipts(options.first, options.second)
    if options.json:
        print_json({"same": not differences, "differences": differences})
    else:
        for each in differences:
            say(each)
        if not differences and not options.quiet:
            say("same: every weight has the same formula, values and statistics")
    return DIFFERS if differences else 0
