"""The command that writes a weight to a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastinit.storage.blocks.block_stats import CHECKSUMS
from fastinit.storage.formats.layout import layout_of
from fastinit.storage.targets import as_path, receipt_path

from .choices import checksum_of
from .completion import completed_by
from .expected import print_statistics
from .formula import add_formula, formula
from .interrupted import kept_in_words
from .output import add_command, add_output, in_bytes, print_json, print_table
from .sets import add_set, create_set, is_set
from .writing import check_file_name, row_of_dry_run, write_file

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from fastinit.storage import Receipt


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "create",
        "write a weight to a file, which may be larger than memory; or many weights",
        [
            "table.safetensors --shape 1000000x64 --scheme embedding_uniform --dtype bf16",
            "model/ --config tables.yaml --max-shard-size 5GB --resume",
        ],
    )
    parser.add_argument(
        "path",
        help="a file: NAME.safetensors, NAME.npy, NAME.bin or NAME.raw; a Zarr array: NAME.zarr; "
        "or the directory of a set of shards; or the URL of a file or a set, such as "
        "s3://bucket/NAME.npy",
    )
    add_formula(parser, required=False)
    add_set(parser)
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue what a killed run left; if stopped again, keep the partial file",
    )
    parser.add_argument("--no-receipt", action="store_true", help="do not write PATH.receipt.json")
    checksum = parser.add_argument(
        "--checksum",
        default="crc32",
        type=checksum_of,
        metavar="NAME",
        help=f"the checksum of each block in the receipt: {' or '.join(CHECKSUMS)}; by default "
        "crc32",
    )
    completed_by(checksum, CHECKSUMS)
    parser.add_argument(
        "--dry-run", action="store_true", help="check everything, print the size, and write nothing"
    )
    add_output(parser)
    parser.set_defaults(run=run, kept_in_words=kept_in_words)


def run(options: argparse.Namespace) -> int:
    """Write one weight to a file, or a set if the options ask for one."""
    return create_set(options) if is_set(options) else create_single(options)


def create_single(options: argparse.Namespace) -> int:
    """Write one weight to a file, or report what would be written."""
    weight, path = formula(options), as_path(options.path)
    check_file_name(options.path)
    size = layout_of(path, weight).size
    beside = None if options.no_receipt else receipt_path(path)
    facts, receipt = write_file(options, path, [weight])
    if options.json:
        result = {"path": str(path), "bytes": size, "formula": json.loads(weight.to_json())}
        print_json(result | {"receipt": None if beside is None else str(beside)} | facts)
    elif not options.quiet:
        rows: list[tuple[str, object]] = [("file", path), ("formula", weight)]
        rows.append(("size", in_bytes(size)))
        if options.dry_run:
            rows.append(row_of_dry_run(facts))
        else:
            seconds = facts["seconds"]
            known = seconds and not options.resume
            speed = f", {size / seconds / 1e9:.2f} GB/s" if known else ""
            rows.append(("time", f"{seconds:.3f} s{speed}"))
        print_table(rows)
        if receipt is not None and beside is not None:
            print_receipt(receipt, beside)
    return 0


def print_receipt(receipt: Receipt, path: Path) -> None:
    """Print what a receipt says, and where it is."""
    print_statistics(receipt)
    print_table([("receipt", f"{path}, digest {receipt.digest[:16]}...")])
