"""Write what `create` was asked for, or only check it (``--dry-run``); describe the result."""

from __future__ import annotations

import shutil
import time
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

from fastinit.storage import save, save_sharded, save_zarr
from fastinit.storage.atomic.atomic_file import followed
from fastinit.storage.atomic.partial_names import partial_name
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.sets.saving_sets import check_room_of_set, check_set, shards_of
from fastinit.storage.single.saving_objects import check_single
from fastinit.storage.single.saving_parts import check_saved_part, save_part
from fastinit.storage.targets import SUFFIXES, ZARR, as_path, receipt_path
from fastinit.storage.zarr.saving import check_room_of_array, plan_array

from .output import in_bytes, progress_bar

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from fastinit.storage import Receipt, SavedSet
    from fastinit.storage.sets.sharding import Plan
    from fastinit.weight import Weight

    Facts = dict[str, Any]


def check_file_name(path: str) -> None:
    """Raise ValueError, with what may be meant, unless the suffix of a name selects a format."""
    if (where := as_path(path)).suffix in SUFFIXES:
        return
    near = get_close_matches(where.suffix, (*SUFFIXES, ZARR), 1)  # such as .safetensor
    # That of another format, such as .pt; but a number belongs to the name, as in model-v1.5.
    is_format = near or where.suffix.removeprefix(".").isalpha()
    meant = (path.removesuffix(where.suffix) if is_format else path) + (near or SUFFIXES)[0]
    raise ValueError(
        f"{path}: the name must end in {', '.join((*SUFFIXES, ZARR))}; did you mean {meant}? For a "
        f"directory of shards, end the name in /: {path}/"
    )


def write_file(
    options: argparse.Namespace, path: Path, weights: list[Weight]
) -> tuple[Facts, Receipt | None]:
    """Write weights to a single file; return what happened and the receipt."""
    settings, part = _settings(options), options.part
    if part is None:
        check = partial(check_single, path, weights, **settings)
        return _write(options, path.parent, check, partial(save, path, weights, **settings))
    save_own = partial(save_part, path, weights, part, **settings)
    del settings["resume"]  # it is checked when the partial file is open
    facts, saved = _write(
        options, path.parent, partial(check_saved_part, path, weights, part, **settings), save_own
    )
    if saved is None:
        return facts, None
    return facts | {"missing": [f"{each}/{part[1]}" for each in saved.missing]}, saved.receipt


def write_array(options: argparse.Namespace, path: Path, weight: Weight) -> Facts:
    """Write a weight as a Zarr array, or a part of it; return what happened."""
    beside = None if options.no_receipt else receipt_path(path)
    settings = _settings(options)
    settings |= {name: getattr(options, name) for name in ("chunks", "shards", "part")}
    save_array = partial(save_zarr, path, weight, **settings)
    del settings["resume"]  # it is checked when the partial array is open

    def check() -> None:
        check_room_of_array(plan_array(path, weight, **settings))

    facts, _ = _write(options, path.parent, check, save_array)
    if not options.dry_run:
        facts["incomplete"] = options.part is not None and partial_name(followed(path)).exists()
    return facts | {"receipt": None if beside is None else str(beside)}


def write_shards(
    options: argparse.Namespace, planned: Plan, weights: list[Weight], max_shard_size: int | str
) -> tuple[Facts, SavedSet | None]:
    """Write the shards of a set; return what happened and the saved set."""
    part, directory = options.part, planned.directory

    def check() -> None:
        check_set(planned, part, force=options.force)
        if not is_remote(directory):
            check_room_of_set(planned, shards_of(planned, part), force=options.force)

    save_set = partial(
        save_sharded,
        options.path,
        weights,
        max_shard_size=max_shard_size,
        part=part,
        **_settings(options),
    )
    return _write(options, directory if directory.is_dir() else directory.parent, check, save_set)


def row_of_dry_run(facts: Facts) -> tuple[str, object]:
    """Return the row of the table that says that nothing was written."""
    if facts["free"] is None:  # a store does not say how much it can hold
        return "written", "nothing"
    return "free", f"{in_bytes(facts['free'])}; nothing was written"


def _settings(options: argparse.Namespace) -> Facts:
    """Return the options that all functions that save have in common."""
    return {
        "force": options.force,
        "receipt": not options.no_receipt,
        "checksum": options.checksum,
        "resume": options.resume,
    }


def _write(
    options: argparse.Namespace,
    directory: Path,
    check: Callable[[], object],
    save_: Callable[..., Any],
) -> tuple[Facts, Any]:
    """Save, or only check; return the facts to print, and what the saving function returned."""
    if options.dry_run:
        check()
        free = None if is_remote(directory) else shutil.disk_usage(directory).free
        return {"dry_run": True, "free": free}, None
    start = time.perf_counter()
    with progress_bar(quiet=options.quiet) as progress:
        saved = save_(progress=progress)
    return {"dry_run": False, "seconds": round(time.perf_counter() - start, 3)}, saved
