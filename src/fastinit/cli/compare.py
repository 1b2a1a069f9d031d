"""The command that compares the contents of two files by their receipts, without the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit.storage import compare_receipts

from .beside import receipt_for
from .output import GREEN, RED, add_command, print_json, say
from .verify import DIFFERS

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "compare",
        "compare two files by their receipts",
        [
            "here/table.npy there/table.npy",
            "table.npy.receipt.json copy.safetensors.receipt.json",
        ],
        "Compare two files by their receipts, without reading the files. Exit status: 0 the "
        "receipts agree; 1 they differ, or one is damaged; 2 a file has no receipt; 3 there is no "
        "such file.",
    )
    text = "a receipt, or a file that has its receipt beside it; the file itself is not read"
    parser.add_argument("first", metavar="A", help=text)
    parser.add_argument("second", metavar="B", help="the same")
    parser.add_argument("--quiet", action="store_true", help="print nothing if they agree")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the differences."""
    given = options.first, options.second
    (first, one), (second, other) = map(receipt_for, given)
    differences = compare_receipts(one, other)
    if options.json:
        receipts = [str(first), str(second)]
        print_json({"same": not differences, "differences": differences, "receipts": receipts})
        return DIFFERS if differences else 0
    if not options.quiet and [str(first), str(second)] != list(given):
        say(f"first receipt: {first}")
        say(f"second receipt: {second}")
    for each in differences:
        say("", head=each, style=RED)
    if not differences and not options.quiet:
        say(": every weight has the same formula, values and statistics", head="same", style=GREEN)
    return DIFFERS if differences else 0
