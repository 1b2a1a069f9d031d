"""The command that writes a weight to a file."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit.storage import save
from fastinit.storage.layout import layout_of
from fastinit.storage.whole_file import check_target

from .formula import add_formula, formula
from .output import add_output, print_json, print_table, progress_bar

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command to a parser's."""
    parser = commands.add_parser("create", help="write a weight to a file, whatever its size")
    parser.add_argument("path", help="ending in .safetensors, .npy, .bin or .raw")
    add_formula(parser, required=True)
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.add_argument("--dry-run", action="store_true", help="check all, and write nothing")
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write a file, or say what would be written."""
    weight, path = formula(options), Path(options.path)
    size = layout_of(path, weight).size
    start = time.perf_counter()
    if options.dry_run:
        check_target(path, force=options.force)
    else:
        with progress_bar(quiet=options.quiet) as progress:
            save(path, weight, force=options.force, progress=progress)
    seconds = time.perf_counter() - start
    result = {"path": str(path), "bytes": size, "formula": json.loads(weight.to_json())}
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
            rows.append(("time", f"{seconds:.3f} s, {size / seconds / 1e9:.2f} GB/s"))
        print_table(rows)
    return 0
