"""The command that compares a file with its formula."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastinit.storage import NoFormulaError, verify

from .formula import add_formula, formula, is_formula_given
from .output import add_command, add_output, print_json, progress_bar, say

if TYPE_CHECKING:
    import argparse

    from fastinit.storage import BlockDifference, Difference

DIFFERS = 1


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands, "verify", "make the values of a file again, and compare the bits"
    )
    parser.add_argument(
        "path", help="a file, the directory or index of a set, or a Zarr array; or a URL"
    )
    add_formula(parser, required=False)
    parser.add_argument(
        "--receipt",
        metavar="FILE",
        help="compare checksums with those of a receipt, and make no values",
    )
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="compare only N blocks of 16 MiB, at random positions",
    )
    parser.add_argument(
        "--sample-seed",
        type=int,
        metavar="SEED",
        help="compare the same blocks as an earlier run with this seed",
    )
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare a file with its formula; report the first difference."""
    # If any option of a formula is given, all required ones must be.
    given = is_formula_given(options, by_name=True)
    try:
        with progress_bar(quiet=options.quiet) as progress:
            result = verify(
                options.path,
                formula(options) if given else None,
                progress=progress,
                receipt=options.receipt,
                sample=options.sample,
                sample_seed=options.sample_seed,
            )
    except NoFormulaError as error:
        advice = "give --shape, --scheme, --seed and --name, or --receipt"
        raise ValueError(f"{error.what}; {advice}") from None
    sample = result.sample
    if options.json:
        print_json(
            {
                "path": options.path,
                "same": bool(result),
                "bytes": result.nbytes,
                "sample": sample and asdict(sample),
                "difference": result.difference and as_json(result.difference),
            }
        )
    elif result.difference is not None:
        say(f"{options.path}: {result.difference}")
    elif not options.quiet:
        says = "formula" if options.receipt is None else "receipt"
        what = (
            ""
            if sample is None
            else (
                f", {sample.blocks} of {sample.of} blocks, drawn with --sample-seed {sample.seed}"
            )
        )
        say(f"{options.path}: {result.nbytes:,} bytes are as the {says} says{what}")
    return 0 if result else DIFFERS


def as_json(difference: Difference | BlockDifference) -> dict[str, Any]:
    """Return a difference for JSON, with its values as text, because they may not be finite."""
    values = asdict(difference)
    return values | {key: str(values[key]) for key in ("expected", "found")}
