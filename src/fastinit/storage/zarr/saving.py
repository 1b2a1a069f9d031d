"""Save a weight as a Zarr array, whole or a part of it, with its receipt.

Guarantees: the array appears whole or not at all. No wrong receipt stands beside it.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fastinit._memory.arrays import Shape
from fastinit._support.checks import as_bool
from fastinit.storage.atomic.atomic_directory import (
    METADATA,
    PartialDirectory,
    check_directory,
    check_space,
    completion,
    partial_directory,
    partial_directory_of_parts,
)
from fastinit.storage.atomic.atomic_file import (
    check_target,
    errors_of,
    followed,
    status_of,
    synchronise_directory,
    whole_file,
)
from fastinit.storage.atomic.disk_space import check_room
from fastinit.storage.atomic.partial_names import part_journal_name
from fastinit.storage.blocks.block_stats import Summary
from fastinit.storage.blocks.blocks import (
    blocks_of,
    for_each_group,
)
from fastinit.storage.blocks.direct_io import write_all
from fastinit.storage.errors import exists
from fastinit.storage.formats.layout import Layout, lay_out
from fastinit.storage.progress import Meter, Progress
from fastinit.storage.receipts.receipt import (
    Receipt,
    check_checksum,
    is_any_receipt,
    receipt_of,
    write_receipt,
)
from fastinit.storage.receipts.staged_receipt import (
    default_receipts,
    is_left_over,
    is_same,
    stays_right,
)
from fastinit.storage.single.saving_parts import check_part
from fastinit.storage.targets import as_local_path, receipt_target
from fastinit.typing import Checksum
from fastinit.weight import Weight

from .arrays import check_zarr, one_weight, part_range, share, summary_of, units_of
from .chunks import ChunkFiles
from .metadata import ZarrArray, new_array
from .parts import forget_damaged, read_part, read_part_at, record_part


def save_zarr(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    chunks: Shape | None = None,
    shards: Shape | None = None,
    force: bool = False,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: Checksum = "crc32",
    resume: bool = False,
    part: tuple[int, int] | None = None,
) -> Receipt | None:
    """Write a weight as a Zarr array, chunk by chunk; it may be larger than memory.

    Parameters
    ----------
    path : str or path
        A directory whose name ends in ``.zarr``.
    weights : Weight or iterable of Weight
        One weight of float32, float64 or float16. The zarr package has none of the other dtypes.
    chunks : int or sequence of int, optional
        The shape of a chunk. The default is whole rows, at most 32 MiB together.
    shards : int or sequence of int, optional
        The shape of a shard, a multiple of the chunk's along each axis. The chunks of a shard are
        stored in one file.
    force : bool, default False
        Replace the array and the receipt if they exist. A directory that holds anything else than a
        Zarr array is not replaced.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` on the calling thread, several times a
        second and at the end.
    receipt : bool or path, default False
        Make a receipt and write it as JSON to this path. True selects the path of the array with
        ``.receipt.json`` appended.
    checksum : {"crc32", "sha256"}, default "crc32"
        The checksum that the receipt stores for each block. It has no effect without `receipt`.
    resume : bool, default False
        Continue what a killed run left, and keep the partial array if this run is stopped.
    part : (int, int), optional
        ``(k, n)`` writes the k-th of n parts of the chunks or shards, counted from 1. Each part may
        be written by another process, on another machine. The process that completes the last part
        gives the array its name. A part always continues what an earlier run left.

    Returns
    -------
    Receipt or None
        The receipt; None without `receipt`, and as long as other parts are missing.

    Raises
    ------
    FileExistsError
        If the array or the receipt exists and `force` is false, or if the directory holds anything
        else than a Zarr array.
    BlockingIOError
        If another process is writing the array, or this part of it.
    ImportError
        If the zarr package is not installed.
    OSError
        If the array cannot be written: no such directory, no permission, disk full.
    TypeError, ValueError
        If an argument has the wrong type or value, or if the partial array to continue is of
        another weight or has other chunks. Nothing has been written in that case.

    Notes
    -----
    The array gets its name when all of it is on the disk. Until then it is called
    ``.NAME.zarr.fastinit-partial``, in the same directory. An error or an interruption removes it,
    unless `resume` is true. The chunks that are continued are compared with the formula, bit by
    bit.

    The receipt is computed from the formula, not from the chunks, in blocks of 16 MiB in C order,
    so that it equals the receipt of any other file of the weight.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> receipt = fastinit.save_zarr("user_id.zarr", weight, chunks=(250, 64), receipt=True)
    >>> bool(fastinit.verify("user_id.zarr", receipt=receipt))
    True
    """
    force, resume = as_bool(force, "force"), as_bool(resume, "resume")
    part = None if part is None else check_part(part)
    planned = plan_array(
        path,
        weights,
        chunks=chunks,
        shards=shards,
        force=force,
        receipt=receipt,
        checksum=checksum,
        part=part,
    )
    where, weight, beside = planned.path, planned.weight, planned.beside
    metadata = planned.metadata
    kind = None if beside is None else checksum
    identity = hashlib.sha256(metadata).hexdigest()

    def finish(directory: PartialDirectory, summaries: list[Summary]) -> Receipt | None:
        made = None
        if kind is not None:
            made = receipt_of(where.name, lay_out(b"", [weight]), summaries, kind)
        with whole_file(directory.partial / METADATA[0], len(metadata), force=True) as descriptor:
            write_all(descriptor, memoryview(metadata), 0)
        place_receipt(directory, beside, made, force=force, replaces=planned.replaces)
        return made

    if part is None:
        with partial_directory(
            where, weight.nbytes, identity, force=force, resume=resume
        ) as directory:
            files = ChunkFiles(directory.partial, planned.layout, weight)
            summaries = write_part(files, (1, 1), kind, progress, directory.is_continued)
            return finish(directory, summaries)

    number, count = part
    with partial_directory_of_parts(where, weight.nbytes // count, identity, part, force=force) as (
        directory,
        journal,
    ):
        if read_part(journal, identity, kind) is None:
            files = ChunkFiles(directory.partial, planned.layout, weight)
            summaries = write_part(files, (number, count), kind, progress, is_continued=True)
            files.synchronise(part_range(files.grid.count, number, count))
            record_part(journal, identity, kind, summaries)
            synchronise_directory(directory.place.parent)
    journals = [part_journal_name(directory.place, each, count) for each in range(1, count + 1)]
    with errors_of(where):
        found = [read_part_at(each, identity, kind) for each in journals]
    if None in found:
        return None
    with completion(where, identity) as whole:
        if whole is None:
            return Receipt.read(beside) if beside is not None else None
        if forget_damaged(ChunkFiles(whole.partial, planned.layout, weight), journals):
            return None
        return finish(whole, [each for summaries in found for each in summaries or ()])


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """An array to be written.

    Parameters
    ----------
    path : Path
    weight : Weight
    layout : ZarrArray
    metadata : bytes
        The contents of ``zarr.json``.
    beside : Path or None
        The path of the receipt; None if there is to be none.
    replaces : bool
        Whether the receipt may replace another one.
    """

    path: Path
    weight: Weight
    layout: ZarrArray
    metadata: bytes
    beside: Path | None
    replaces: bool


def plan_array(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    chunks: Shape | None,
    shards: Shape | None,
    force: bool,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
    part: tuple[int, int] | None,
) -> ArrayPlan:
    """Return the plan of an array, or raise the errors of `save_zarr`. Nothing is written."""
    where, weight = as_local_path(path, "a Zarr array"), one_weight(weights)
    check_checksum(checksum)
    layout, metadata = new_array(weight, *check_zarr(where, weight, chunks, shards))
    if part is not None:
        check_part(part)
    if not isinstance(receipt, bool):
        receipt = as_local_path(receipt, "the receipt of a Zarr array")
    beside = receipt_target(where, receipt)
    check_directory(where, force=force)
    described = lay_out(b"", [weight])
    replaces = check_receipts(where, beside, described, checksum, force=force)
    return ArrayPlan(where, weight, layout, metadata, beside, replaces)


def check_room_of_array(planned: ArrayPlan) -> None:
    """Raise the error that `save_zarr` would raise for lack of space or of permission."""
    place, layout = followed(planned.path), planned.layout
    check_space(planned.path, place, planned.weight.nbytes)
    largest = min(layout.chunk_bytes * layout.chunks_per_file, planned.weight.nbytes)
    with errors_of(planned.path):
        check_room(place.parent, largest, 0)


def check_receipts(
    path: Path, beside: Path | None, described: Layout, checksum: str, *, force: bool
) -> bool:
    """Raise an error if a receipt is in the way; return whether that of `beside` is replaced."""
    replaces = force or (beside is not None and is_left_over(beside, path, described, checksum))
    if beside is not None:
        check_target(beside, force=replaces)
    for default in set() if force else default_receipts(path) - {beside}:
        if is_any_receipt(default) and not is_left_over(default, path, described, None):
            raise exists(default)
    return replaces


def place_receipt(
    directory: PartialDirectory,
    beside: Path | None,
    made: Receipt | None,
    *,
    force: bool,
    replaces: bool,
) -> None:
    """Give the array its name and write its receipt; no wrong receipt ever is beside an array."""

    def write() -> None:
        if beside is not None and made is not None:
            write_receipt(beside, made, force=replaces, removed=removed)

    def before() -> None:
        if force:  # an array that is replaced, or was moved away, leaves its receipt
            remove_receipts(directory, beside, made)
        if is_new:
            write()

    removed = None if beside is None else status_of(beside)
    is_new = not os.path.lexists(directory.place)
    try:
        directory.commit(force=force, before=before, after=(lambda: None) if is_new else write)
    except BaseException:
        # If there is an array, another process has completed it, and this is its receipt.
        if not os.path.lexists(directory.place) and beside and made and is_same(beside, made):
            followed(beside).unlink()
        raise


def remove_receipts(directory: PartialDirectory, beside: Path | None, made: Receipt | None) -> None:
    """Remove the receipts of an array that is about to be replaced, unless they stay right."""
    for each in default_receipts(directory.path) | ({beside} if beside else set()):
        if each != beside and stays_right(each, made):
            continue
        place = followed(each)
        if os.path.lexists(place) and (each == beside or is_any_receipt(each)):
            place.unlink()
            if place.parent != directory.place.parent:
                synchronise_directory(place.parent)


def write_part(
    files: ChunkFiles,
    part: tuple[int, int],
    checksum: str | None,
    progress: Progress | None,
    is_continued: bool,  # noqa: FBT001 - the caller passes the answer of another object
) -> list[Summary]:
    """Write the files of a part, except those that are there; return the summaries of its blocks.

    The blocks are those of receipts, in C order, whatever the shape of the chunks.
    """
    mine = part_range(files.grid.count, *part)
    blocks = [] if checksum is None else blocks_of(lay_out(b"", [files.weight]))
    own = part_range(len(blocks), *part)
    summaries: dict[int, Summary] = {}
    total = sum(map(files.nbytes, mine)) if part[1] > 1 else files.weight.nbytes
    meter = Meter(progress, 0, total)
    units = units_of(len(mine), files.layout) if mine else int(bool(own))

    def work(unit: int) -> None:
        for number in share(mine, unit, units):
            if not (is_continued and files.is_written(number)):
                files.write(number)
            meter.add(files.nbytes(number))
        if checksum is not None:
            for number in share(own, unit, units):
                summaries[number] = summary_of(blocks[number], checksum)

    for_each_group(units, work)
    meter.report()
    return [summaries[number] for number in own] if checksum is not None else []
