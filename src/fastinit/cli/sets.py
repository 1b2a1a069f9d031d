"""The part of `create` that writes many weights, from a configuration or a template, to a set.

A target that ends in .safetensors, .npy, .bin or .raw is one file; one that ends in .zarr is a Zarr
array. Any other target is the directory of a sharded set, or its index.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit._schemes.spelling import scheme_of_text
from fastinit.storage import save
from fastinit.storage.atomic_directory import check_folder
from fastinit.storage.atomic_file import check_target
from fastinit.storage.config import read_config
from fastinit.storage.layout import layout_of
from fastinit.storage.receipts import receipt_path
from fastinit.storage.saving_sets import check_set, save_sharded, shards_of
from fastinit.storage.shard_size import DEFAULT
from fastinit.storage.sharding import plan
from fastinit.storage.targets import INDEX_SUFFIX, SUFFIXES, ZARR
from fastinit.storage.template import read_template
from fastinit.storage.zarr import check_zarr, one_weight, save_zarr

from .formula import formula, shape_of
from .output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from fastinit._schemes.distributions import Scheme
    from fastinit.storage.saving_sets import Part
    from fastinit.weight import Weight

#: The scheme of patterns whose tensors are left out.
SKIP = "skip"


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add the options for many weights and for many files."""
    group = parser.add_argument_group("many weights, many files")
    group.add_argument("--config", metavar="FILE",
                       help="tables and defaults in YAML, JSON or TOML")  # fmt: skip
    group.add_argument("--scale", type=float, metavar="FACTOR",
                       help="of the rows of a configuration's tables, such as 0.001")  # fmt: skip
    group.add_argument("--template", metavar="MODEL",
                       help="a safetensors file, index or folder whose names, shapes and dtypes "
                       "to take")  # fmt: skip
    group.add_argument("--schemes", type=rule_of, action="append", default=[],
                       metavar="PATTERN=SCHEME",
                       help="of a template's tensors, such as '*.bias=zeros'; the first that "
                       f"matches counts; {SKIP} leaves tensors out")  # fmt: skip
    group.add_argument("--max-shard-size", metavar="SIZE", help=f"by default {DEFAULT}")
    group.add_argument("--chunks", type=shape_of, help="of a Zarr array, such as 100000x64")
    group.add_argument("--part", type=part_of, metavar="K/N",
                       help="write the K-th of N parts of a set's shards; or 'index', which only "
                       "completes it")  # fmt: skip


def rule_of(text: str) -> tuple[str, Scheme | None]:
    """Read a pattern and its scheme, such as *.bias=zeros."""
    pattern, equals, scheme = text.rpartition("=")
    if not equals or not pattern:
        raise argparse.ArgumentTypeError(f"write it like '*.bias=zeros', got {text!r}")
    try:
        return pattern, None if scheme == SKIP else scheme_of_text(scheme)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def part_of(text: str) -> Part:
    """Read a part, such as 3/8, or 'index'."""
    if text == "index":
        return text
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise argparse.ArgumentTypeError(f"write it like 3/8, or 'index', got {text!r}")
    return int(number), int(count)


def is_set(options: argparse.Namespace) -> bool:
    """Say whether the options ask for more than one weight in one file."""
    names = ("config", "template", "max_shard_size", "part", "scale", "chunks")
    return (
        any(getattr(options, name) is not None for name in names)
        or bool(options.schemes)
        or options.path.endswith(("/", INDEX_SUFFIX, ZARR))
    )


def refuse(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    """Raise an error if any of the given options is set."""
    if given := [f"--{name.replace('_', '-')}" for name in names if getattr(options, name)]:
        raise ValueError(f"{', '.join(given)}: not with {why}")


def weights_of(options: argparse.Namespace) -> list[Weight]:
    """Return the weights that the options describe, or raise ValueError."""
    of_one = ("shape", "name")
    if options.config is not None:
        others = (*of_one, "scheme", "dtype", "option", "template", "schemes")
        refuse(options, others, "--config, which says it itself")
        if options.padding_idx is not None:
            raise ValueError("--padding-idx: not with --config, which says it itself")
        scale = 1.0 if options.scale is None else options.scale
        return read_config(options.config, scale=scale, seed=options.seed)
    if options.scale is not None:
        raise ValueError("--scale: only with --config")
    if options.template is None:
        refuse(options, ("schemes",), "a single weight: give --template")
        return [formula(options)]
    refuse(options, of_one, "--template, which has shapes and names")
    if options.padding_idx is not None:
        raise ValueError("--padding-idx: not with --template")
    if options.seed is None:
        raise ValueError("a template also needs --seed")
    rules: dict[str, Scheme | None] = {}
    for pattern, scheme in options.schemes:
        rules.setdefault(pattern, scheme)
    return read_template(
        options.template,
        options.scheme,
        seed=options.seed,
        schemes=rules,
        dtype=options.dtype,
        **dict(options.option),
    )


def create_set(options: argparse.Namespace) -> int:
    """Write a set, or several weights to one file, or report what would be written."""
    weights = weights_of(options)
    suffix = Path(options.path).suffix
    if suffix == ZARR:
        result = create_array(options, weights)
    elif suffix in SUFFIXES and not options.path.endswith("/"):
        result = create_file(options, weights)
    else:
        result = create_shards(options, weights)
    if options.json:
        print_json(result)
    elif not options.quiet:
        print_table(table_of(result))
    return 0


def options_of_saving(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options that `save` and `save_sharded` have in common."""
    return {
        "force": options.force,
        "receipt": not options.no_receipt,
        "checksum": options.checksum,
        "resume": options.resume,
    }


def create_file(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write several weights to one file; return the results to print."""
    refuse(options, ("max_shard_size", "part"), "one file: name a folder")
    refuse(options, ("chunks",), "a file: they are a Zarr array's")
    path = Path(options.path)
    size = layout_of(path, weights).size
    result = described(path, size, [(path, size, len(weights))])
    if options.dry_run:
        for each in (path,) if options.no_receipt else (path, receipt_path(path)):
            check_target(each, force=options.force)
        return result | {"dry_run": True, "free": shutil.disk_usage(path.parent).free}
    start = time.perf_counter()
    with progress_bar(quiet=options.quiet) as progress:
        save(path, weights, progress=progress, **options_of_saving(options))
    return result | {"dry_run": False, "seconds": round(time.perf_counter() - start, 3)}


def create_array(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write a weight as a Zarr array; return the results to print."""
    refuse(options, ("max_shard_size", "part", "resume"), "a Zarr array")
    path, weight = Path(options.path), one_weight(weights)
    check_zarr(path, weight, options.chunks, None)
    result = described(path, weight.nbytes, [(path, weight.nbytes, 1)])
    if options.dry_run:
        check_folder(path, 0, force=options.force)
        return result | {"dry_run": True, "free": shutil.disk_usage(path.parent).free}
    start = time.perf_counter()
    with progress_bar(quiet=options.quiet) as progress:
        save_zarr(path, weight, chunks=options.chunks, force=options.force, progress=progress)
    return result | {"dry_run": False, "seconds": round(time.perf_counter() - start, 3)}


def create_shards(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write the shards of a set; return the results to print."""
    refuse(options, ("chunks",), "a set: they are a Zarr array's")
    size, part = options.max_shard_size or DEFAULT, options.part
    planned = plan(options.path, weights, size)
    shards = shards_of(planned, part)
    result = described(
        planned.index or planned.shards[0].path,
        sum(shard.size for shard in shards),
        [(shard.path, shard.size, len(shard.weights)) for shard in shards],
    )
    if options.dry_run:
        check_set(planned, part, force=options.force)
        folder = planned.folder if planned.folder.is_dir() else planned.folder.parent
        return result | {"dry_run": True, "free": shutil.disk_usage(folder).free}
    start = time.perf_counter()
    with progress_bar(quiet=options.quiet) as progress:
        saved = save_sharded(
            options.path,
            weights,
            max_shard_size=size,
            part=part,
            progress=progress,
            **options_of_saving(options),
        )
    return result | {
        "dry_run": False,
        "seconds": round(time.perf_counter() - start, 3),
        "kept": [path.name for path in saved.kept],
        "missing": [path.name for path in saved.missing],
    }


def described(path: Path, size: int, files: list[tuple[Path, int, int]]) -> dict[str, Any]:
    """Return the description of a set, whether or not it is written."""
    shards = [
        {"file": file.name, "bytes": nbytes, "tensors": count} for file, nbytes, count in files
    ]
    return {"path": str(path), "bytes": size, "shards": shards}


def table_of(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the rows of the table that is printed."""
    rows: list[tuple[str, object]] = [("path", result["path"])]
    for shard in result["shards"]:
        count = shard["tensors"]
        what = f"{shard['bytes']:>17,} bytes, {count} tensor{'s' if count > 1 else ''}"
        rows.append((shard["file"], what))
    rows.append(("total", f"{result['bytes']:,} bytes in {len(result['shards'])} files"))
    if result["dry_run"]:
        rows.append(("free", f"{result['free']:,} bytes; nothing was written"))
        return rows
    rows.append(("time", f"{result['seconds']:.3f} s"))
    if result.get("kept"):
        rows.append(("kept", f"{len(result['kept'])} files that were right already"))
    if missing := result.get("missing"):
        rows.append(("missing", f"{len(missing)} shards of other parts: no index yet"))
    return rows
