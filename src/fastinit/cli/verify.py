"""The command that compares a file with its formula."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastinit.storage import NoFormulaError, verify

from .beside import formulas_beside
from .formula import add_formula, defaults_in_words, formula, is_formula_given
from .numbers import integer, positive
from .output import GREEN, RED, add_command, add_output, in_bytes, print_json, progress_bar, say

if TYPE_CHECKING:
    import argparse

    from fastinit.storage import BlockDifference, Difference, Verification
    from fastinit.storage.single.verifying import Sample
    from fastinit.weight import Weight

DIFFERS = 1


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "verify",
        "make the values of a file again, and compare the bits",
        [
            "table.npy",
            "model/ --sample 100",
        ],
        "Make the values of a file again, and compare the bits. The formula is that of the "
        "options, that in the file, or that in the receipt beside it. Exit status: 0 every bit is "
        "right; "
        "1 the file differs or is damaged; 2 there is no formula; 3 the file cannot be read.",
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
        type=positive,
        metavar="N",
        help="compare only N blocks of 16 MiB, at random positions",
    )
    parser.add_argument(
        "--sample-seed",
        type=integer,
        metavar="SEED",
        help="compare the same blocks as an earlier run with this seed",
    )
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare a file with its formula; report the first difference."""
    weight = formula(options) if is_formula_given(options, by_name=True) else None
    if weight is not None and options.receipt is not None:
        raise ValueError("give a formula or --receipt, not both")
    if options.sample_seed is not None and options.sample is None:
        raise ValueError("--sample-seed selects the blocks of a sample; give --sample too")
    used = None
    try:
        result = compare(options, weight)
    except NoFormulaError as error:
        used, weights = formulas_beside(options.path)
        if used is None:
            advice = "give --shape and --scheme (--seed, --name), or --receipt"
            raise ValueError(f"{error.what}, and no receipt beside it; {advice}") from None
        result = compare(options, weights)
    if options.json:
        print_json(
            {
                "path": options.path,
                "same": bool(result),
                "bytes": result.nbytes,
                "sample": result.sample and asdict(result.sample),
                "difference": result.difference and as_json(result.difference),
                "formula_from": None if used is None else str(used),
            }
        )
    elif result.difference is not None:
        source = "" if used is None else f", by the formula in {used}"
        words = f": {result.difference}{source}{defaults_in_words(options, weight)}"
        say(words, head=options.path, style=RED)
    elif not options.quiet:
        source = "formula" if used is None else f"formula in {used}"
        says = source if options.receipt is None else "receipt"
        what = in_words(result.sample) + defaults_in_words(options, weight)
        words = f": {in_bytes(result.nbytes)} are as the {says} says{what}"
        say(words, head=options.path, style=GREEN)
    return 0 if result else DIFFERS


def compare(options: argparse.Namespace, weights: Weight | list[Weight] | None) -> Verification:
    """Compare the file with formulas, or with those in the file, or with a receipt."""
    with progress_bar(quiet=options.quiet) as progress:
        return verify(
            options.path,
            weights,
            progress=progress,
            receipt=options.receipt,
            sample=options.sample,
            sample_seed=options.sample_seed,
        )


def in_words(sample: Sample | None) -> str:
    """Return what was compared, unless it was everything."""
    if sample is None:
        return ""
    return f", {sample.blocks} of {sample.of} blocks, drawn with --sample-seed {sample.seed}"


def as_json(difference: Difference | BlockDifference) -> dict[str, Any]:
    """Return a difference for JSON, with its values as text, because they may not be finite."""
    values = asdict(difference)
    return values | {key: str(values[key]) for key in ("expected", "found")}
