"""The command that shows the contents of a file, or this installation."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from fastinit.storage import FileFormatError
from fastinit.storage.listing import contents

from .clean import in_words, leftovers_at, size_of
from .output import add_command, complain, counted, print_json, print_table

if TYPE_CHECKING:
    import argparse

    from fastinit.storage.atomic.leftovers import Leftover


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "info",
        "show the tensors of a file, or the versions and settings of this installation",
        [
            "",
            "model/ --json",
        ],
    )
    parser.add_argument(
        "path",
        nargs="?",
        metavar="FILE",
        help="a file, the directory or index of a set, or a Zarr array; or a URL",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show a file; without a file, show this installation."""
    if options.path is None:
        show_installation(as_json=options.json)
    else:
        show_file(options.path, as_json=options.json)
    return 0


def show_installation(*, as_json: bool) -> None:
    """Print the versions and the settings of this installation."""
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


def show_file(path: str, *, as_json: bool) -> None:
    """Show what a file holds, without reading its values."""
    left = mentioned(Path(path))
    try:
        tensors = contents(path)
    except (FileNotFoundError, FileFormatError):
        for name, value in rows_of(left, path):
            complain(f"{name}: {value}")
        raise
    if as_json:
        listed = [
            {
                "name": each.name,
                "dtype": each.dtype,
                "shape": each.shape,
                "bytes": each.nbytes,
                "formula": None if each.formula is None else json.loads(each.formula),
                **({} if each.file is None else {"file": each.file}),
            }
            for each in tensors
        ]
        names = [each.path.name for each in left]
        print_json({"path": path, "tensors": listed, "leftovers": names})
        return
    if any(each.file for each in tensors):
        files, total = {each.file for each in tensors}, sum(each.nbytes for each in tensors)
        held = f"{counted(len(tensors), 'tensor')} in {counted(len(files), 'file')}"
        print_table([("set", f"{held}, {total:,} bytes")])
    for each in tensors:
        print_table(
            [
                ("name", each.name if each.name is not None else "-"),
                ("dtype", each.dtype or "unknown"),
                ("shape", "unknown" if each.shape is None else "x".join(map(str, each.shape))),
                ("size", f"{each.nbytes:,} bytes" + (f" in {each.file}" if each.file else "")),
                ("formula", each.formula or "not in the file"),
            ]
        )
    print_table(rows_of(left, path))


def mentioned(path: Path) -> list[Leftover]:
    """Return the leftovers to mention, as far as the directory can be read."""
    try:
        return leftovers_at(path)
    except OSError:
        return []


def rows_of(left: list[Leftover], path: str) -> list[tuple[str, object]]:
    """Return the row of a table that mentions what interrupted runs left, if they did."""
    if not left:
        return []
    what = f"{in_words(left)}, {size_of(left)}"
    return [("interrupted", f"{what}; see `fastinit clean {path}`")]
