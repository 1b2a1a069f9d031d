"""The command that writes a weight to a file."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit.storage import save
from fastinit.storage.atomic_file import check_target
from fastinit.storage.block_stats import CHECKSUMS
from fastinit.storage.layout import layout_of
from fastinit.storage.receipts import receipt_path

from .formula import add_formula, formula
from .output import add_output, print_json, print_table, progress_bar
from .sets import add_set, create_set, is_set

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser("create", help="write a weight to a file, whatever its size")
    parser.add_argument(
        "path", help="ending in .safetensors, .npy, .bin or .raw; or the folder of a sharded set"
    )
    add_formula(parser, required=False)
    add_set(parser)
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="take up what a killed run left, and leave what is written if stopped again",
    )
    parser.add_argument("--no-receipt", action="store_true", help="write no PATH.receipt.json")
    parser.add_argument(
        "--checksum", default="crc32", choices=CHECKSUMS, help="the receipt's; by default crc32"
    )
    parser.add_argument("--dry-run", action="store_true", help="check all, and write nothing")
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write one weight to a file, or a set if the options ask for one."""
    return create_set(options) if is_set(options) else create_file(options)


def create_file(options: argparse.Namespace) -> int:
    """Write a file, or report what would be written."""
    weight, path = formula(options), Path(options.path)
    size = layout_of(path, weight).size
    beside = None if options.no_receipt else receipt_path(path)
    receipt = None
    start = time.perf_counter()
    if options.dry_run:
        for each in filter(None, (path, beside)):
            check_target(each, force=options.force)
    else:
        with progress_bar(quiet=options.quiet) as progress:
            receipt = save(
                path,
                weight,
                force=options.force,
                progress=progress,
                receipt=beside is not None,
                checksum=options.checksum,
                resume=options.resume,
            )
    seconds = time.perf_counter() - start
    result = {"path": str(path), "bytes": size, "formula": json.loads(weight.to_json())}
    result |= {"receipt": None if beside is None else str(beside)}
    if options.dry_run:
        result |= {"dry_run": True, "free": shutil.disk_usage(path.parent).free}
    else:
        result |= {"dry_run": False, "seconds": round(seconds, 3)}
    if options.json:
        print_json(result)
    elif not options.quiet:
        rows: list[tuple[str, object]] = [("file", path), ("formula", weight)]
        rows.append(("size", f"{size:,} bytes"))
        if options.dry_run:
            rows.append(("free", f"{result['free']:,} bytes; nothing was written"))
        else:
            speed = "" if options.resume else f", {size / seconds / 1e9:.2f} GB/s"
            rows.append(("time", f"{seconds:.3f} s{speed}"))
        if receipt is not None:
            for part in receipt.weights:
                values = part.statistics
                if values is not None:
                    rows.append(("mean, std", f"{values.mean!r}, {values.std!r}"))
                    rows.append(("min, max", f"{values.min!r}, {values.max!r}"))
            rows.append(("receipt", f"{beside}, digest {receipt.digest[:16]}..."))
        print_table(rows)
    return 0
