"""The command that shows the contents of a file or a set, or this installation.

Only headers are read. The formulas are shown as they are written, and not checked: that is what
`verify` is for.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from fastinit._schemes.distributions import DISTRIBUTIONS
from fastinit._support.summaries import counted
from fastinit.storage import FileFormatError
from fastinit.storage.errors import ReceiptError, shortened
from fastinit.storage.formats.headers import FLOAT_NAMES
from fastinit.storage.listing import contents
from fastinit.storage.targets import SUFFIXES, is_url

from .beside import formulas_beside
from .clean import in_words, leftovers_at, print_leftovers
from .output import add_command, complain, in_bytes, print_columns, print_json, print_table

if TYPE_CHECKING:
    import argparse

    from fastinit.storage.atomic.leftovers import Leftover
    from fastinit.storage.formats.headers import Tensor


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
        "Show the tensors of a file or a set, without reading their values, and what interrupted "
        "runs left beside it. Without FILE, show the versions and settings of this installation.",
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
    """Show what a file, or a set, holds, and what interrupted runs left there."""
    left = leftovers_to_show(path)
    try:
        tensors = contents(path)
    except (FileNotFoundError, FileFormatError):
        if not (left and is_without_weights(Path(path))):
            if left:
                complain(f"{in_words(left)}; see `fastinit clean {shlex.quote(path)}`")
            raise
        tensors = []
    if as_json:
        names = [each.path.name for each in left]
        print_json({"path": path, "tensors": list(map(described, tensors)), "leftovers": names})
        return
    if len(tensors) == 1 and tensors[0].file is None:
        print_table(rows_of_tensor(tensors[0], path))
    elif tensors:
        print_table([("set" if tensors[0].file else "file", summary_of(tensors))])
        print_tensors(tensors)
    if left:
        print_leftovers(left, path)


def leftovers_to_show(path: str) -> list[Leftover]:
    """Return the leftovers at a path, as far as the directory can be read."""
    try:
        return [] if is_url(path) else leftovers_at(Path(path))
    except OSError:
        return []


def is_without_weights(path: Path) -> bool:
    """Say whether a path is a directory without any file that may be part of a set."""
    return path.is_dir() and not any(each.suffix == SUFFIXES[0] for each in path.iterdir())


def described(tensor: Tensor) -> dict[str, Any]:
    """Return what JSON says about a tensor."""
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": tensor.shape,
        "bytes": tensor.nbytes,
        "formula": None if tensor.formula is None else json.loads(tensor.formula),
        **({} if tensor.file is None else {"file": tensor.file}),
    }


def summary_of(tensors: list[Tensor]) -> str:
    """Return the number of tensors and files, and their size."""
    files = {each.file for each in tensors}
    held = f"{counted(len(tensors), 'tensor')} in {counted(len(files), 'file')}"
    return f"{held}, {in_bytes(sum(each.nbytes for each in tensors))}"


def rows_of_tensor(tensor: Tensor, path: str) -> list[tuple[str, object]]:
    """Return the table of the only tensor of a file; its formula may be in the receipt beside."""
    dtype, shape, name = dtype_of(tensor), shape_of(tensor), tensor.name
    formula, source = formula_in_words(tensor), None
    if tensor.formula is None and not is_url(path):
        try:
            source, weights = formulas_beside(path)
            found = [each for each in weights if name in (None, each.name)]
            if len(found) == 1:
                weight = found[0]
                words = formula_in_words(tensor._replace(formula=weight.to_json()))
                formula = f"{words}, in {source}"
                dtype = dtype if tensor.dtype else weight.dtype.name
                if tensor.shape is None:
                    shape = shape_of(tensor._replace(shape=weight.shape))
        except ReceiptError:
            formula += ", and the receipt beside it is damaged"
    return [
        ("name", "-" if name is None else name),
        ("dtype", dtype),
        ("shape", shape),
        ("size", in_bytes(tensor.nbytes)),
        ("formula", formula),
    ]


def print_tensors(tensors: list[Tensor]) -> None:
    """Print a table with a row for each tensor."""
    several = len({each.file for each in tensors}) > 1
    head = ["name", "dtype", "shape", "bytes", *(["file"] if several else []), "formula"]
    rows = [
        [
            "-" if each.name is None else each.name,
            dtype_of(each),
            shape_of(each),
            f"{each.nbytes:,}",
            *([each.file or ""] if several else []),
            formula_in_words(each),
        ]
        for each in tensors
    ]
    print_columns([head, *rows], numbers=(3,))


def dtype_of(tensor: Tensor) -> str:
    """Return the name of a dtype, the same for all formats if weights can have it."""
    name = FLOAT_NAMES.get(tensor.dtype or "", tensor.dtype)
    return f"{name or 'unknown'}{' (big-endian)' if tensor.big_endian else ''}"


def shape_of(tensor: Tensor) -> str:
    """Return a shape as the options spell it."""
    if tensor.shape is None:
        return "unknown"
    return "x".join(map(str, tensor.shape)) or "scalar"


def formula_in_words(tensor: Tensor) -> str:
    """Return a formula in short: the scheme, the seed, and what does not follow from the tensor."""
    if tensor.formula is None:
        return "not in the file"
    try:
        given = json.loads(tensor.formula)
        scheme, options = given.pop("scheme"), given.pop("options")
        words = [scheme_in_words(scheme), f"seed {given.pop('seed')}"]
        words += [f"{key}={value}" for key, value in options.items()]
        usual = {
            "contract_version": fastinit.CONTRACT_VERSION,
            "shape": list(tensor.shape) if tensor.shape is not None else given["shape"],
            "name": tensor.name,
            "dtype": FLOAT_NAMES.get(tensor.dtype or "", given["dtype"]),
            "padding_idx": None,
        }
        words += [f"{key} {value}" for key, value in given.items() if value != usual[key]]
        return shortened(", ".join(words))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return shortened(tensor.formula)


def scheme_in_words(scheme: Any) -> str:
    """Return a scheme as --scheme takes it."""
    if isinstance(scheme, str):
        return scheme
    kind, *parameters = scheme.values()
    return f"{DISTRIBUTIONS[kind].function}:{','.join(map(str, parameters))}"
