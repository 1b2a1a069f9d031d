"""The commands about files: create, verify and info.

Each takes parsed arguments and returns an exit status; errors are left to `__main__`. The library
does the work: nothing here that a Python program could not say in as few words.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .distributions import Normal, TruncatedNormal, Uniform
from .formats import FLOAT_DTYPES
from .schemes import SCHEMES
from .storage import save, verify
from .storage.contents import contents
from .storage.layout import layout_of
from .storage.whole_file import check_target
from .weight import Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Distributions by the names of the functions that fill with them.
DISTRIBUTIONS: dict[str, type[Uniform | Normal | TruncatedNormal]] = {
    "uniform": Uniform,
    "normal": Normal,
    "trunc_normal": TruncatedNormal,
}

DIFFERS = 1


def print_table(rows: Sequence[tuple[str, object]]) -> None:
    """Print names and values in two columns."""
    for name, value in rows:
        print(f"{name:<16} {value}")  # noqa: T201 - a command's output


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value))  # noqa: T201 - a command's output


def shape_of(text: str) -> tuple[int, ...]:
    """Read a shape, such as 1000x64."""
    try:
        return tuple(int(length) for length in text.replace(",", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"write it like 1000x64, got {text!r}") from None


def scheme_of(text: str) -> str | Uniform | Normal | TruncatedNormal:
    """Read a scheme's name, or a distribution, such as normal:0,0.02."""
    name, colon, numbers = text.partition(":")
    if name not in DISTRIBUTIONS:
        return text
    try:
        return DISTRIBUTIONS[name](*(float(each) for each in numbers.split(",") if colon))
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def option_of(text: str) -> tuple[str, Any]:
    """Read a scheme's option, such as layout=keras: the value is JSON, or else a string."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"write it like layout=keras, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def add_formula(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options that make a formula."""
    group = parser.add_argument_group("formula")
    group.add_argument("--shape", type=shape_of, required=required, help="such as 1000x64")
    group.add_argument(
        "--scheme",
        type=scheme_of,
        required=required,
        help=f"{', '.join(SCHEMES)}; or uniform:LOW,HIGH, normal:MEAN,STD, "
        "trunc_normal:MEAN,STD,LOW,HIGH",
    )
    group.add_argument("--seed", type=int, required=required, help="in [0, 2**64)")
    group.add_argument("--name", required=required, help="the parameter's, which is the stream")
    group.add_argument("--dtype", default="float32", choices=FLOAT_DTYPES, metavar="DTYPE",
                       help=f"{', '.join(FLOAT_DTYPES)}; by default float32")  # fmt: skip
    group.add_argument("--padding-idx", type=int, help="the row of zeros")
    group.add_argument("--option", type=option_of, action="append", default=[],
                       metavar="KEY=VALUE", help="the scheme's, such as layout=keras")  # fmt: skip


def add_commands(commands: Any) -> None:
    """Add create and verify to a parser's commands."""
    create = commands.add_parser("create", help="write a weight to a file, whatever its size")
    create.add_argument("path", help="ending in .safetensors, .npy, .bin or .raw")
    add_formula(create, required=True)
    create.add_argument("--force", action="store_true", help="replace the file if it exists")
    create.add_argument("--dry-run", action="store_true", help="check all, and write nothing")
    check = commands.add_parser("verify", help="make a file's values again and compare the bits")
    check.add_argument("path")
    add_formula(check, required=False)
    for parser in (create, check):
        parser.add_argument("--quiet", action="store_true", help="no progress bar, no output")
        parser.add_argument("--json", action="store_true", help="one JSON object as the output")
    create.set_defaults(run=run_create)
    check.set_defaults(run=run_verify)


def formula(options: argparse.Namespace) -> Weight:
    """Return the weight that the options describe, or raise ValueError."""
    needed = ("shape", "scheme", "seed", "name")
    if missing := [f"--{name}" for name in needed if getattr(options, name) is None]:
        raise ValueError(f"a formula also needs {', '.join(missing)}")
    return Weight(
        options.shape,
        options.scheme,
        seed=options.seed,
        name=options.name,
        dtype=options.dtype,
        padding_idx=options.padding_idx,
        **dict(options.option),
    )


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a progress function that draws a bar, if a person looks on and tqdm is installed."""
    try:
        tqdm = None if quiet or not sys.stderr.isatty() else import_module("tqdm").tqdm
    except ImportError:
        tqdm = None
    if tqdm is None:
        yield None
        return
    with tqdm(unit="B", unit_scale=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def run_create(options: argparse.Namespace) -> int:
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


def run_verify(options: argparse.Namespace) -> int:
    """Compare a file with its formula; say where it first differs."""
    # Any option of a formula asks for the whole of one.
    asked = (options.shape, options.scheme, options.seed, options.name, options.padding_idx)
    given = any(each is not None for each in asked) or options.option
    with progress_bar(quiet=options.quiet) as progress:
        weights = formula(options) if given else None
        result = verify(options.path, weights, progress=progress)
    difference = result.difference
    if options.json:
        print_json(
            {
                "path": options.path,
                "same": bool(result),
                "bytes": result.nbytes,
                "difference": difference
                and {
                    "name": difference.name,
                    "index": difference.index,
                    "expected": repr(difference.expected),
                    "found": repr(difference.found),
                },
            }
        )
    elif difference is not None:
        print(f"{options.path}: {difference}")  # noqa: T201 - a command's output
    elif not options.quiet:
        print(f"{options.path}: {result.nbytes:,} bytes are as the formula says")  # noqa: T201
    return 0 if result else DIFFERS


def run_info(path: str, *, as_json: bool) -> int:
    """Show what a file holds, without reading its values."""
    tensors = contents(path)
    if as_json:
        listed = [
            {
                "name": each.name,
                "dtype": each.dtype,
                "shape": each.shape,
                "bytes": each.nbytes,
                "formula": None if each.formula is None else json.loads(each.formula),
            }
            for each in tensors
        ]
        print_json({"path": path, "tensors": listed})
        return 0
    for each in tensors:
        print_table(
            [
                ("name", each.name if each.name is not None else "-"),
                ("dtype", each.dtype or "unknown"),
                ("shape", "unknown" if each.shape is None else "x".join(map(str, each.shape))),
                ("size", f"{each.nbytes:,} bytes"),
                ("formula", each.formula or "not in the file"),
            ]
        )
    return 0
