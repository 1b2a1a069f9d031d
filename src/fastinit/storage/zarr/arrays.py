"""Zarr arrays (version 3 of the format): save a weight to one, and verify it.

The zarr package defines the format: it makes and reads the metadata, and decodes compressed chunks.
Chunks are not compressed, because random bits cannot be. The other modules: `zarr_grid` has the
arithmetic of boxes, `zarr_metadata` and `zarr_chunks` the two kinds of files.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fastinit._memory.arrays import Shape, as_shape
from fastinit._memory.dtypes import ML_DTYPES
from fastinit._random.streams import StreamSource
from fastinit._support.strict_json import loads
from fastinit.storage.atomic.atomic_directory import (
    METADATA,
    PartialDirectory,
    check_directory,
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
from fastinit.storage.atomic.partial_names import part_journal_name
from fastinit.storage.blocks.block_stats import CHECKSUMS, Summariser, Summary
from fastinit.storage.blocks.blocks import (
    PIECE_BYTES,
    Block,
    blocks_of,
    for_each_group,
    piece_memory,
)
from fastinit.storage.blocks.direct_io import read_at_most, write_all
from fastinit.storage.errors import FileFormatError, NoFormulaError, exists
from fastinit.storage.formats.headers import Tensor
from fastinit.storage.formats.layout import Layout, as_weights, formula_of, lay_out
from fastinit.storage.progress import Meter, Progress
from fastinit.storage.receipts.receipt import (
    Receipt,
    check_checksum,
    check_receipt_of,
    is_any_receipt,
    receipt_of,
    write_receipt,
)
from fastinit.storage.receipts.staged_receipt import default_receipts, is_left_over
from fastinit.storage.single.making_receipts import is_same, make_beside
from fastinit.storage.single.saving_parts import check_part
from fastinit.storage.single.verifying import (
    BlockDifference,
    Difference,
    Sample,
    Verification,
    digests_of,
    draw,
    expectation,
    index_of,
)
from fastinit.storage.targets import ZARR, as_local_path, receipt_target
from fastinit.typing import Checksum, NDArray
from fastinit.weight import Weight

from .chunks import ChunkFiles
from .grid import box_of, boxes_of_range, contiguous_lengths, slices, subtracted
from .metadata import FORMULA, ZarrArray, new_array, open_array

#: The largest size of a default chunk.
CHUNK_BYTES = 32 << 20
#: The most units of work that files are divided into.
MOST_UNITS = 1 << 16


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
        If an argument has the wrong type or value, or if a partial array of another weight, or with
        other chunks, is to be continued. Nothing has been written in that case.

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
    >>> weight = fastinit.Weight((1000, 64), "xavier", seed=0, name="user_id")
    >>> receipt = fastinit.save_zarr("user_id.zarr", weight, chunks=(250, 64), receipt=True)
    >>> bool(fastinit.verify("user_id.zarr", receipt=receipt))
    True
    """
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


def forget_damaged(files: ChunkFiles, journals: list[Path]) -> bool:
    """Forget the parts of which somebody removed or truncated files; say whether there are any."""
    damaged = [
        journal
        for number, journal in enumerate(journals, 1)
        if not files.have_sizes(part_range(files.grid.count, number, len(journals)))
    ]
    for journal in damaged:
        journal.unlink()
    return bool(damaged)


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
            remove_receipts(directory, beside)
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


def remove_receipts(directory: PartialDirectory, beside: Path | None) -> None:
    """Remove the receipts of an array that is about to be replaced."""
    for each in default_receipts(directory.path) | ({beside} if beside else set()):
        place = followed(each)
        if os.path.lexists(place) and (each == beside or is_any_receipt(each)):
            place.unlink()
            if place.parent != directory.place.parent:
                synchronise_directory(place.parent)


def part_range(total: int, number: int, count: int) -> range:
    """Return the share of part `number` of `count`, counted from 1."""
    return range(total * (number - 1) // count, total * number // count)


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


def units_of(count: int, layout: ZarrArray) -> int:
    """Return the number of units of work: a file each, or several files if they are small."""
    nbytes = max(1, layout.chunk_bytes * layout.chunks_per_file)
    return max(1, min(MOST_UNITS, count // -(-PIECE_BYTES // nbytes)))


def share(numbers: Sequence[int], unit: int, units: int) -> Sequence[int]:
    """Return the numbers that a unit of work has."""
    return numbers[len(numbers) * unit // units : len(numbers) * (unit + 1) // units]


def summary_of(block: Block, checksum: str) -> Summary:
    """Return the summary of a block, computed from the formula."""
    memory, dtype = piece_memory(), block.weight.dtype
    summariser = Summariser(dtype, block.distribution, checksum)
    for start, stop, _ in block.pieces():
        piece = memory[: (stop - start) * dtype.itemsize]
        block.fill(piece.view(dtype), start)
        summariser.add(piece)
    return summariser.result()


def make_array_receipt(
    path: Path,
    weights: Weight | Iterable[Weight] | None,
    *,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
    force: bool,
    progress: Progress | None,
) -> Receipt:
    """Make the receipt of an array; parameters, result and errors are those of `make_receipt`.

    The array is compared with the formula; then the checksums are computed from the formula.
    """
    path = as_local_path(path, "a Zarr array")
    weight = _formula_of(open_array(path).array, path) if weights is None else one_weight(weights)
    layout = lay_out(b"", [weight])

    def make() -> Receipt | Difference | BlockDifference:
        difference = verify_zarr(path, weight, progress=progress).difference
        if difference is not None:
            return difference
        blocks = blocks_of(layout)
        summaries: dict[int, Summary] = {}

        def work(number: int) -> None:
            summaries[number] = summary_of(blocks[number], checksum)

        for_each_group(len(blocks), work)
        ordered = [summaries[number] for number in range(len(blocks))]
        return receipt_of(path.name, layout, ordered, checksum)

    return make_beside(path, layout, make, receipt=receipt, checksum=checksum, force=force)


def record_part(
    journal: int, identity: str, checksum: str | None, summaries: list[Summary]
) -> None:
    """Write to the journal of a part that the part is on the disk."""
    text = json.dumps([identity, checksum, [[*asdict(each).values()] for each in summaries]])
    data = f"{hashlib.sha256(text.encode()).hexdigest()} {text}\n".encode()
    os.ftruncate(journal, 0)
    write_all(journal, memoryview(data), 0)
    os.fsync(journal)


def read_part(journal: int, identity: str, checksum: str | None) -> list[Summary] | None:
    """Return the summaries of a part that is on the disk; None if it is not, or is another one."""
    data = read_at_most(journal, os.fstat(journal).st_size)
    seal, _, text = data.rstrip(b"\n").partition(b" ")
    if not data or hashlib.sha256(text).hexdigest().encode() != seal:
        return None
    with suppress(ValueError, TypeError, RecursionError):  # somebody else wrote it
        found, kind, summaries = json.loads(text)
        if (found, kind) == (identity, checksum):
            return [Summary(*each) for each in summaries]
    return None


def read_part_at(path: Path, identity: str, checksum: str | None) -> list[Summary] | None:
    """Return what `read_part` returns for a path; None if there is no such file."""
    try:
        journal = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        return read_part(journal, identity, checksum)
    finally:
        os.close(journal)


def check_zarr(
    path: Path, weight: Weight, chunks: Shape | None, shards: Shape | None
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Return the shapes of a chunk and of a shard, or raise the errors of `save_zarr`."""
    if path.suffix != ZARR:
        raise ValueError(f"{path}: the name must end in {ZARR}, got {path.suffix!r}")
    if weight.dtype.name in ML_DTYPES:
        raise ValueError(
            f"{path}: the zarr package has no {weight.dtype.name} (zarr-python's issue 2656); "
            "use .safetensors"
        )
    inner = _lengths(chunks, weight, "chunks") if chunks is not None else default_chunks(weight)
    outer = None if shards is None else _lengths(shards, weight, "shards")
    if outer is not None and any(whole % part for whole, part in zip(outer, inner, strict=True)):
        raise ValueError(f"shards must be multiples of the chunks {inner}, got {outer}")
    return inner, outer


def _lengths(given: Shape, weight: Weight, name: str) -> tuple[int, ...]:
    lengths = as_shape(given, name)
    if len(lengths) != weight.ndim or any(length < 1 for length in lengths):
        raise ValueError(
            f"{name} must have a length of 1 or more for each axis of {weight.shape}, got {lengths}"
        )
    return lengths


def default_chunks(weight: Weight) -> tuple[int, ...]:
    """Return the shape of a default chunk: whole rows, or part of a row that is too large."""
    return contiguous_lengths(weight.shape, CHUNK_BYTES // weight.dtype.itemsize)


def verify_zarr(
    path: Path,
    weights: Weight | Iterable[Weight] | None = None,
    *,
    progress: Progress | None = None,
    receipt: Receipt | str | os.PathLike[str] | None = None,
    sample: int | None = None,
    sample_seed: int | StreamSource | None = None,
) -> Verification:
    """Compare an array with its formula or a receipt, as `fastinit.verify` does for a file.

    The difference in the result is the first one in the first chunk or shard that differs.
    """
    path = as_local_path(path, "a Zarr array")
    layout = open_array(path)
    weights, receipt = expectation(weights, receipt)
    weight = _formula_of(layout.array, path) if weights is None else one_weight(weights)
    found, expected = (layout.dtype.name, layout.shape), (weight.dtype.name, weight.shape)
    if found != expected:
        raise FileFormatError(
            f"{path}: the array is {found[0]} of shape {found[1]}, "
            f"but {expected[0]} of shape {expected[1]} in its formula"
        )
    files = ChunkFiles(path, layout, weight)
    if receipt is not None:
        check_receipt_of(receipt, [tensor_of(layout.array, path)], path)
        return _verify_receipt(files, receipt, progress, sample, sample_seed)
    drawn, chosen = draw(range(files.grid.count), sample, sample_seed)
    if drawn is None:
        files.check_count()
    total = weight.nbytes if drawn is None else sum(map(files.nbytes, chosen))
    units = units_of(len(chosen), layout)
    return _compare(
        files,
        units,
        lambda unit: _first_difference(files, share(chosen, unit, units)),
        Meter(progress, 0, total),
        drawn,
    )


def _compare(
    files: ChunkFiles,
    units: int,
    compare: Callable[[int], tuple[Difference | BlockDifference | None, int]],
    meter: Meter,
    drawn: Sample | None,
) -> Verification:
    """Compare units of work on several threads; return the first difference."""
    differences: dict[int, Difference | BlockDifference] = {}

    def work(unit: int) -> None:
        if differences:
            return  # units before this one were started before: they are compared
        difference, nbytes = compare(unit)
        if difference is not None:
            differences[unit] = difference
        meter.add(nbytes)

    for_each_group(units, work)
    if not differences:
        meter.report()
    first = differences[min(differences)] if differences else None
    return Verification((files.weight,), meter.done, first, drawn)


def _first_difference(files: ChunkFiles, numbers: Iterable[int]) -> tuple[Difference | None, int]:
    """Compare files with the formula; return a difference, and the number of bytes compared."""
    weight, done = files.weight, 0
    memory = piece_memory()
    bits = f"u{weight.dtype.itemsize}"
    for number in numbers:
        for corner, theirs in files.parts(*files.box(number)):
            if theirs.nbytes <= memory.nbytes:
                ours = memory[: theirs.nbytes].view(weight.dtype).reshape(theirs.shape)
            else:
                ours = np.empty(theirs.shape, weight.dtype)
            weight.fill(ours, slices(corner, theirs.shape), threads=1)
            done += theirs.nbytes
            if np.array_equal(ours.view(bits), theirs.view(bits)):
                continue
            unequal = ours.view(bits) != theirs.view(bits)
            place = np.unravel_index(int(np.argmax(unequal)), theirs.shape)
            index = tuple(int(axis) + start for axis, start in zip(place, corner, strict=True))
            values = (float(ours[place]), float(theirs[place]))
            return Difference(weight.name, index, *values), done
    return None, done


def _verify_receipt(
    files: ChunkFiles,
    receipt: Receipt,
    progress: Progress | None,
    sample: int | None,
    sample_seed: int | StreamSource | None,
) -> Verification:
    """Compare the checksums of blocks in C order with those of a receipt."""
    blocks = blocks_of(lay_out(b"", [files.weight]), receipt.block_bytes)
    digests = digests_of(blocks, receipt)
    drawn, chosen = draw(range(len(blocks)), sample, sample_seed)
    if drawn is None:
        files.check_count()

    def compare(unit: int) -> tuple[BlockDifference | None, int]:
        block = blocks[chosen[unit]]
        found = _checksum_of(files, block, receipt.checksum)
        expected = digests[chosen[unit]]
        if found == expected:
            return None, block.nbytes
        first, last = (index_of(files.weight, place) for place in (block.start, block.stop - 1))
        difference = BlockDifference(files.weight.name, first, last, expected, found)
        return difference, block.nbytes

    meter = Meter(progress, 0, sum(blocks[number].nbytes for number in chosen))
    return _compare(files, len(chosen), compare, meter, drawn)


def _checksum_of(files: ChunkFiles, block: Block, checksum: str) -> str:
    """Return the checksum of elements of an array, in C order."""
    layout, own = files.layout, CHECKSUMS[checksum]()
    # A chunk is decoded for each piece, and the index of a shard is read: take the whole block.
    is_plain = layout.codecs == ("bytes",) and not layout.is_sharded
    step = PIECE_BYTES // layout.dtype.itemsize if is_plain else block.stop - block.start
    memory: NDArray[Any] = np.empty(min(step, block.stop - block.start), layout.dtype)
    for start in range(block.start, block.stop, step):
        done = 0
        for corner, lengths in boxes_of_range(start, min(start + step, block.stop), layout.shape):
            size = math.prod(lengths)
            box = memory[done : done + size].reshape(lengths)
            done += size
            for place, part in files.parts(corner, lengths):
                box_of(box, subtracted(place, corner), part.shape)[...] = part
        own.update(memory[:done].view(np.uint8).data)
    return own.hexdigest()


def tensor_of(array: Any, path: Path) -> Tensor:
    """Return the description of an array, or raise FileFormatError if its formula is damaged."""
    formula = array.attrs.get(FORMULA)
    if formula is not None and not isinstance(formula, str):
        raise FileFormatError(f"{path}: the formula of the array is not a text")
    try:
        given = {} if formula is None else loads(formula)
        if not isinstance(given, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004, TRY301 - reported below
        name = given.get("name")
        if formula is not None and not isinstance(name, str):
            raise ValueError("it has no name")  # noqa: TRY301 - reported below
    except ValueError as error:
        raise FileFormatError(f"{path}: the formula of the array: {error}") from None
    size = math.prod(array.shape) * array.dtype.itemsize
    return Tensor(name, array.dtype.name, tuple(array.shape), size, formula)


def open_zarr(path: Path) -> Any:
    """Return an array as the zarr package reads it, or raise FileFormatError."""
    return open_array(as_local_path(path, "a Zarr array")).array


def _formula_of(array: Any, path: Path) -> Weight:
    tensor = tensor_of(array, path)
    if tensor.formula is None:
        raise NoFormulaError(f"{path}: the array has no formula")
    return formula_of(tensor, path)


def one_weight(weights: Weight | Iterable[Weight]) -> Weight:
    """Return the only weight, or raise ValueError if there is not exactly one."""
    given = as_weights(weights)
    if len(given) != 1:
        raise ValueError(f"a Zarr array holds one weight, got {len(given)}; use .safetensors")
    return given[0]
