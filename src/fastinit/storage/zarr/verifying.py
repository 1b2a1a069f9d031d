"""Compare a Zarr array with its formula or its receipt, and make the receipt of an existing one."""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from fastinit._random.streams import StreamSource
from fastinit.storage.blocks.block_stats import CHECKSUMS, Summary
from fastinit.storage.blocks.blocks import (
    PIECE_BYTES,
    Block,
    blocks_of,
    for_each_group,
    piece_memory,
)
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.layout import lay_out
from fastinit.storage.progress import Meter, Progress
from fastinit.storage.receipts.receipt import (
    Receipt,
    check_receipt_of,
    receipt_of,
)
from fastinit.storage.single.making_receipts import make_beside
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
from fastinit.storage.targets import as_local_path
from fastinit.typing import Checksum, NDArray
from fastinit.weight import Weight

from .arrays import formula_of_array, one_weight, share, summary_of, tensor_of, units_of
from .chunks import ChunkFiles
from .grid import box_of, boxes_of_range, slices, subtracted
from .metadata import open_array


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
    weight = formula_of_array(layout.array, path) if weights is None else one_weight(weights)
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
    compared: dict[int, int] = {}

    def work(unit: int) -> None:
        if differences:
            return  # units before this one were started before: they are compared
        difference, compared[unit] = compare(unit)
        if difference is not None:
            differences[unit] = difference
        meter.add(compared[unit])

    for_each_group(units, work)
    if not differences:
        meter.report()
        return Verification((files.weight,), meter.done, None, drawn)
    first = min(differences)  # threads may have compared units after it
    nbytes = sum(size for unit, size in compared.items() if unit <= first)
    return Verification((files.weight,), nbytes, differences[first], drawn)


def _first_difference(files: ChunkFiles, numbers: Iterable[int]) -> tuple[Difference | None, int]:
    """Compare files with the formula; return a difference, and the bytes of the compared files."""
    weight, done = files.weight, 0
    memory = piece_memory()
    bits = f"u{weight.dtype.itemsize}"
    for number in numbers:
        done += files.nbytes(number)
        for corner, theirs in files.parts(*files.box(number)):
            if theirs.nbytes <= memory.nbytes:
                ours = memory[: theirs.nbytes].view(weight.dtype).reshape(theirs.shape)
            else:
                ours = np.empty(theirs.shape, weight.dtype)
            weight.fill(ours, slices(corner, theirs.shape), threads=1)
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
    weight = (
        formula_of_array(open_array(path).array, path) if weights is None else one_weight(weights)
    )
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
