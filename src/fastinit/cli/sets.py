"""The part of `create` that writes many weights, from a configuration or a template, to a set.

A target that ends in .safetensors, .npy, .bin or .raw is one file; one that ends in .zarr is a Zarr
array. A target that ends in / or in .safetensors.index.json is a sharded set. So is an existing
directory, and any target with --max-shard-size. Any other name may lack its suffix, and is refused.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fastinit._schemes.resolution import check_options, names_of_options
from fastinit._schemes.spelling import scheme_of_text
from fastinit._support.summaries import counted
from fastinit.storage.config import read_config
from fastinit.storage.formats.layout import layout_of
from fastinit.storage.sets.saving_sets import shards_of
from fastinit.storage.sets.shard_size import DEFAULT
from fastinit.storage.sets.sharding import plan
from fastinit.storage.targets import INDEX_SUFFIX, SUFFIXES, ZARR, as_local_path, as_path
from fastinit.storage.template import read_template
from fastinit.storage.zarr.arrays import one_weight

from .formula import OPTION, SEED, formula, shape_of
from .numbers import real, size
from .output import complain, in_bytes, print_columns, print_json, print_table
from .writing import check_file_name, row_of_dry_run, write_array, write_file, write_shards

if TYPE_CHECKING:
    from pathlib import Path

    from fastinit._schemes.distributions import Scheme
    from fastinit.storage.sets.saving_sets import Part
    from fastinit.weight import Weight

#: The exit status of ``--part index`` if shards are missing.
INCOMPLETE = 1
#: The number of missing shards whose names are printed. ``--json`` prints all.
NAMED = 20
#: The scheme of patterns whose tensors are left out.
SKIP = "skip"

ONLY_ZARR = "can be used only with a Zarr array, whose name ends in .zarr"


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add the options for many weights and for many files."""
    group = parser.add_argument_group("many weights, many files")
    group.add_argument("--config", metavar="FILE",
                       help="a configuration in YAML, JSON or TOML that defines weights, instead "
                       "of a formula")  # fmt: skip
    group.add_argument("--scale", type=real, metavar="FACTOR",
                       help="multiply the number of rows of each table of a configuration, such "
                       "as 0.001")  # fmt: skip
    group.add_argument("--template", metavar="MODEL",
                       help="a safetensors file, index or directory: the new weights get its "
                       "names, shapes and dtypes")  # fmt: skip
    group.add_argument("--schemes", type=rule_of, action="append", default=[],
                       metavar="PATTERN=SCHEME",
                       help="the scheme of the tensors of a template whose names match, such as "
                       f"'*.bias=zeros'; the first match counts; {SKIP} leaves tensors out; may "
                       "be repeated")  # fmt: skip
    group.add_argument("--max-shard-size", type=size, metavar="SIZE",
                       help="the largest size of a shard, such as 500MB or 1GiB; by default "
                       f"{DEFAULT}")  # fmt: skip
    group.add_argument("--chunks", type=shape_of, metavar="SHAPE",
                       help="the shape of a chunk of a Zarr array, such as 100000x64")  # fmt: skip
    group.add_argument("--shards", type=shape_of, metavar="SHAPE",
                       help="the shape of a shard of a Zarr array, a multiple of the chunk's: its "
                       "chunks are in one file")  # fmt: skip
    group.add_argument("--part", type=part_of, metavar="K/N",
                       help="write the K-th of N parts of a file, of the shards of a set, or of a "
                       "Zarr array; or 'index': write only the index of a set")  # fmt: skip


def rule_of(text: str) -> tuple[str, Scheme | None]:
    """Read a pattern and its scheme, such as *.bias=zeros."""
    pattern, equals, scheme = text.rpartition("=")
    if not equals or not pattern:
        raise argparse.ArgumentTypeError(
            f"expected PATTERN=SCHEME such as '*.bias=zeros', got {text!r}"
        )
    try:
        return pattern, None if scheme == SKIP else scheme_of_text(scheme)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def part_of(text: str) -> Part:
    """Read a part, such as 3/8, or 'index'."""
    if text == "index":
        return text
    number, slash, count = text.partition("/")
    if slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise argparse.ArgumentTypeError(
        f"expected a part from 1 to the number of parts, such as 3/8, or 'index', got {text!r}"
    )


def is_set(options: argparse.Namespace) -> bool:
    """Say whether the options ask for more than one weight in one file."""
    names = ("config", "template", "max_shard_size", "part", "scale", "chunks", "shards", "schemes")
    return any(is_given(getattr(options, name)) for name in names) or options.path.endswith(
        ("/", INDEX_SUFFIX, ZARR)
    )


def is_directory(options: argparse.Namespace) -> bool:
    """Say whether the target is a directory: its name may be that of a file without its suffix."""
    return (
        options.path.endswith(("/", INDEX_SUFFIX))
        or options.max_shard_size is not None
        or as_path(options.path).is_dir()
    )


def is_given(value: object) -> bool:
    """Say whether the value of an option was given. 0 was given."""
    return value is not None and value is not False and value != []


def refuse(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    """Raise an error if any of the given options is set."""
    if given := [name for name in names if is_given(getattr(options, name))]:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise ValueError(f"{listed} {why}")


def weights_of(options: argparse.Namespace) -> list[Weight]:
    """Return the weights that the options describe, or raise ValueError."""
    if options.config is not None:
        others = ("shape", "name", "scheme", "dtype", "padding_idx", "option", "template")
        why = "cannot be used with --config; set it in the configuration"
        refuse(options, (*others, "schemes"), why)
        scale = 1.0 if options.scale is None else options.scale
        return read_config(options.config, scale=scale, seed=options.seed)
    refuse(options, ("scale",), "can be used only with --config")
    if options.template is None:
        refuse(options, ("schemes",), "can be used only with --template")
        return [formula(options)]
    why = "cannot be used with --template, which has shapes and names"
    refuse(options, ("shape", "name", "padding_idx"), why)
    rules: dict[str, Scheme | None] = {}
    for pattern, scheme in options.schemes:
        rules.setdefault(pattern, scheme)
    given = dict(options.option)
    for scheme in (options.scheme, *rules.values()):
        own = given.keys() & names_of_options(scheme)
        check_options(scheme, own, OPTION)
    return read_template(
        options.template,
        options.scheme,
        seed=SEED if options.seed is None else options.seed,
        schemes=rules,
        dtype=options.dtype,
        **given,
    )


def create_set(options: argparse.Namespace) -> int:
    """Write a set, or several weights to one file, or report what would be written."""
    weights = weights_of(options)
    suffix = as_path(options.path).suffix
    if suffix == ZARR:
        result = create_array(options, weights)
    elif suffix in SUFFIXES and not options.path.endswith("/"):
        result = create_file(options, weights)
    else:
        result = create_shards(options, weights)
    if options.json:
        print_json(result)
    elif not options.quiet:
        print_table([("path", result["path"]), *rows_of_formula(options, weights)])
        print_files(result)
        print_table(rows_of_result(result))
    missing = result.get("missing")
    if options.part != "index" or not missing:
        return 0
    complain(f"{result['path']}: not written, because {missing_shards(missing)}")
    return INCOMPLETE


def rows_of_formula(options: argparse.Namespace, weights: list[Weight]) -> list[tuple[str, object]]:
    """Return the rows of the table that show a formula or the seed of a template."""
    if options.config is not None:
        return []
    if options.template is None:
        return [("formula", weights[0])]
    return [("seed", weights[0].seed)] if weights else []


def missing_shards(names: list[str]) -> str:
    """Return a text that names the shards that are missing."""
    some = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    verbs = ("is", "holds") if len(names) == 1 else ("are", "hold")
    count = counted(len(names), "shard")
    return f"{count} {verbs[0]} missing or {verbs[1]} other weights: {some}{more}"


def create_file(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write several weights to one file; return the results to print."""
    refuse(options, ("max_shard_size",), "cannot be used with one file; give a directory")
    if options.part == "index":
        raise ValueError("--part index cannot be used with one file, which has no index")
    refuse(options, ("chunks", "shards"), ONLY_ZARR)
    path = as_path(options.path)
    nbytes = layout_of(path, weights).size
    facts, _ = write_file(options, path, weights)
    return described(path, nbytes, [(path, nbytes, len(weights))]) | facts


def create_array(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write a weight as a Zarr array; return the results to print."""
    refuse(options, ("max_shard_size",), "cannot be used with a Zarr array")
    if options.part == "index":
        raise ValueError("--part index can be used only with a set: a Zarr array has no index")
    path, weight = as_local_path(options.path, "a Zarr array"), one_weight(weights)
    facts = write_array(options, path, weight)
    return described(path, weight.nbytes, [(path, weight.nbytes, 1)]) | facts


def create_shards(options: argparse.Namespace, weights: list[Weight]) -> dict[str, Any]:
    """Write the shards of a set; return the results to print."""
    refuse(options, ("chunks", "shards"), ONLY_ZARR)
    if not is_directory(options):
        check_file_name(options.path)
    largest = options.max_shard_size or DEFAULT
    planned = plan(options.path, weights, largest)
    shards = shards_of(planned, options.part)
    facts, saved = write_shards(options, planned, weights, largest)
    if saved is not None:
        facts["kept"] = [path.name for path in saved.kept]
        facts["missing"] = [path.name for path in saved.missing]
    files = [(shard.path, shard.size, len(shard.weights)) for shard in shards]
    whole = planned.index or planned.shards[0].path
    return described(whole, sum(shard.size for shard in shards), files) | facts


def described(path: Path, total: int, files: list[tuple[Path, int, int]]) -> dict[str, Any]:
    """Return the description of a set, whether or not it is written."""
    shards = [
        {"file": file.name, "bytes": nbytes, "tensors": count} for file, nbytes, count in files
    ]
    return {"path": str(path), "bytes": total, "shards": shards}


def print_files(result: dict[str, Any]) -> None:
    """Print a table of the files of a set; if there is one file, its path has been printed."""
    if len(result["shards"]) > 1:
        rows = [
            [shard["file"], f"{shard['bytes']:,}", f"{shard['tensors']:,}"]
            for shard in result["shards"]
        ]
        print_columns([["file", "bytes", "tensors"], *rows], numbers=(1, 2))


def rows_of_result(result: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the rows of the table that tells what was written."""
    tensors = counted(sum(shard["tensors"] for shard in result["shards"]), "tensor")
    files = counted(len(result["shards"]), "file")
    rows: list[tuple[str, object]] = [
        ("size", f"{in_bytes(result['bytes'])}: {tensors} in {files}")
    ]
    if result["dry_run"]:
        rows.append(row_of_dry_run(result))
        return rows
    rows.append(("time", f"{result['seconds']:.3f} s"))
    if result.get("incomplete"):
        rows.append(("incomplete", "other parts of the array are missing"))
    elif result.get("receipt"):
        rows.append(("receipt", result["receipt"]))
    if result.get("kept"):
        rows.append(
            ("kept", f"{counted(len(result['kept']), 'file')}, which already had the right values")
        )
    if missing := result.get("missing"):
        if result.get("kept") is None:
            rows.append(("missing", f"the parts {', '.join(missing)}; the file has no name yet"))
        else:
            rows.append(
                (
                    "missing",
                    f"{counted(len(missing), 'shard')} of other parts; there is no index yet",
                )
            )
    return rows
