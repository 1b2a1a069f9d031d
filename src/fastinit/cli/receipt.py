"""The command that makes the receipt of an existing file, or of each shard of a set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit.storage import NoFormulaError, make_receipt, make_receipts
from fastinit.storage.blocks.block_stats import CHECKSUMS
from fastinit.storage.targets import INDEX_SUFFIX, as_path, is_set, is_zarr, receipt_path

from .choices import checksum_of
from .completion import completed_by
from .create import print_receipt
from .formula import add_formula, formula, is_formula_given
from .output import add_command, add_output, print_json, print_table, progress_bar

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from fastinit.storage import Receipt


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "receipt",
        "make the receipt of an existing file, and compare the file with its formula",
        [
            "table.safetensors",
            "table.npy --shape 1000000x64 --scheme embedding_uniform --seed 7 --name user_id",
        ],
    )
    parser.add_argument("path", help="a file, a Zarr array, or the directory or the index of a set")
    add_formula(parser, required=False)
    parser.add_argument(
        "--receipt", metavar="FILE", help="write the receipt there; by default PATH.receipt.json"
    )
    checksum = parser.add_argument(
        "--checksum",
        default="crc32",
        type=checksum_of,
        metavar="NAME",
        help=f"the checksum of each block in the receipt: {' or '.join(CHECKSUMS)}; by default "
        "crc32",
    )
    completed_by(checksum, CHECKSUMS)
    parser.add_argument("--force", action="store_true", help="replace another receipt")
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the receipt, or the receipts of a set."""
    path = as_path(options.path)
    given = formula(options) if is_formula_given(options, by_name=True) else None
    with progress_bar(quiet=options.quiet) as progress:
        settings = {"checksum": options.checksum, "force": options.force, "progress": progress}
        if is_set(path) and not is_zarr(path):
            if given is not None or options.receipt is not None:
                raise ValueError(
                    "a formula and --receipt cannot be used with a set, whose shards have formulas "
                    f"and a receipt each; give the path of one shard, or only {path}"
                )
            folder = path.parent if path.name.endswith(INDEX_SUFFIX) else path
            receipts = make_receipts(path, **settings)
            written = [(receipt, receipt_path(folder / receipt.file)) for receipt in receipts]
        else:
            target = receipt_path(path) if options.receipt is None else as_path(options.receipt)
            try:
                written = [(make_receipt(path, given, receipt=target, **settings), target)]
            except NoFormulaError as error:
                advice = "give --shape and --scheme (--seed, --name)"
                raise ValueError(f"{error.what}; {advice}") from None
    if options.json:
        print_json({"path": str(path), "receipts": [described(*each) for each in written]})
    elif not options.quiet:
        for receipt, place in written:
            formulas = [] if given is None else [("formula", given)]
            print_table([("file", receipt.file), *formulas])
            print_receipt(receipt, place)
    return 0


def described(receipt: Receipt, place: Path) -> dict[str, object]:
    """Return what JSON says about a receipt."""
    return {"file": receipt.file, "receipt": str(place), "digest": receipt.digest}
