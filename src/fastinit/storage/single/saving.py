"""Save weights to a single file: each thread makes and writes blocks of its own.

A thread needs the memory of one piece, whatever the size of the weights. It makes a piece, computes
its sums and checksum, and writes it while the piece is in the cache of its core. The disk or the
CPUs limit the speed, whichever are slower.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from fastinit.storage.atomic.atomic_file import errors_of, followed
from fastinit.storage.atomic.disk_space import blocks_of_file, check_length, check_room
from fastinit.storage.atomic.partial_names import partial_name
from fastinit.storage.atomic.resumable_file import Partial, partial_file, remove_left_over
from fastinit.storage.blocks import blocks as blocks_module
from fastinit.storage.blocks.block_stats import Summariser, Summary
from fastinit.storage.blocks.blocks import blocks_of, for_each_group, groups_of
from fastinit.storage.blocks.direct_io import PieceReader, PieceWriter, Reader, Writer, write_all
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.layout import layout_of
from fastinit.storage.progress import Meter, Progress
from fastinit.storage.receipts.receipt import Receipt, receipt_of
from fastinit.storage.receipts.staged_receipt import ReceiptFile
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import receipt_target
from fastinit.typing import Checksum
from fastinit.weight import Weight

from .verifying import compare_checksum, compare_values

if TYPE_CHECKING:
    from fastinit.storage.blocks.blocks import Block
    from fastinit.storage.blocks.direct_io import ByteWriter
    from fastinit.storage.formats.layout import Layout

#: The path for errors that are handled here.
UNNAMED = Path()


def save_file(
    path: Path,
    weights: Weight | Iterable[Weight],
    *,
    force: bool,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: Checksum = "crc32",
    resume: bool = False,
) -> Receipt | None:
    """Write weights to a single file; parameters, result and errors are those of `save`."""
    remove_left_over(path)
    layout, beside = checked_file(path, weights, force=force, receipt=receipt, checksum=checksum)
    return write_file(path, layout, beside, force=force, progress=progress, resume=resume)


def checked_file(
    path: Path,
    weights: Weight | Iterable[Weight],
    *,
    force: bool,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
) -> tuple[Layout, ReceiptFile]:
    """Return the layout of a new file and the file of its receipt, or raise the errors of `save`.

    Nothing is written.
    """
    layout = layout_of(path, weights)
    beside = ReceiptFile(path, receipt_target(path, receipt), layout, checksum)
    beside.check(force=force)
    return layout, beside


def check_room_of_file(path: Path, layout: Layout, receipt: Path | None) -> None:
    """Raise the error that `save_file` would raise for lack of space or of permission."""
    place = followed(path)
    with errors_of(path, size=layout.size):
        needed = layout.size - blocks_of_file(partial_name(place))  # which is used or removed
        check_room(place.parent, layout.size, needed)
    if receipt is not None and not is_remote(receipt):
        with errors_of(receipt):
            check_room(followed(receipt).parent, 0, 0)


def write_file(
    path: Path,
    layout: Layout,
    beside: ReceiptFile,
    *,
    force: bool,
    progress: Progress | None = None,
    resume: bool = False,
) -> Receipt | None:
    """Write the file of a layout, whole or not at all; return its receipt, if there is to be one.

    The parameters are those of `save`.
    """
    with errors_of(path, size=layout.size):
        check_length(layout.size)
    identity, blocks = identity_of(layout, beside.checksum), blocks_of(layout)
    with partial_file(
        path, layout.size, identity, len(blocks), beside, force=force, resume=resume
    ) as partial:
        try:
            partial.signals.deliver()
            write_all(partial.descriptor, memoryview(layout.header), 0)
            summaries = write_blocks(partial, layout, blocks, progress)
            if beside.checksum is not None:
                beside.made = receipt_of(path.name, layout, summaries, beside.checksum)
        finally:
            partial.signals.wait()
    return beside.made


def identity_of(layout: Layout, checksum: str | None) -> str:
    """Return a digest of the contents of a file and of the settings of its summaries."""
    # Where a file holds several weights, its header has their formulas.
    formulas = [weight.to_json() for weight in layout.weights] if len(layout.weights) == 1 else []
    settings = [blocks_module.BLOCK_BYTES, checksum, layout.size, layout.starts, formulas]
    return hashlib.sha256(layout.header + json.dumps(settings).encode()).hexdigest()


def write_blocks(
    partial: Partial, layout: Layout, blocks: list[Block], progress: Progress | None
) -> list[Summary]:
    """Write the blocks of a layout to an open file, except those that the journal lists.

    A listed block is read, and written again if the file does not hold what the journal says.
    Returns the summaries of all blocks, in order; an empty list without a checksum.
    """
    journal, checksum = partial.journal, partial.receipt.checksum
    finished, groups = journal.finished, groups_of(blocks)
    head = len(layout.header)
    meter = Meter(progress, head, head + sum(block.nbytes for block in blocks))
    with (
        closing(Writer(partial.descriptor)) as writer,
        closing(Reader(partial.descriptor)) as reader,
    ):

        def work(group: int) -> None:
            numbers = groups[group]
            missing: Sequence[int] = numbers
            if any(number in finished for number in numbers):
                last = blocks[numbers[-1]]
                pieces = PieceReader(reader, UNNAMED, last.position + last.nbytes)
                missing = [
                    number
                    for number in numbers
                    if number not in finished
                    or not holds(pieces, blocks[number], finished[number], checksum)
                ]
            summaries = write_group(writer, [blocks[number] for number in missing], checksum)
            for number, summary in zip(missing, summaries, strict=True):
                finished[number] = summary
                journal.add(number, blocks[number].nbytes, summary)
            meter.add(sum(blocks[number].nbytes for number in numbers))

        for_each_group(len(groups), work)
    meter.report()
    found = (finished[number] for number in range(len(blocks)))
    return [summary for summary in found if summary is not None]


def holds(reader: PieceReader, block: Block, listed: Summary | None, checksum: str | None) -> bool:
    """Say whether a file holds a block as a journal lists it: by its checksum, or its formula."""
    try:
        if checksum is None:
            # A checksum in each journal would make every run slower, only for those that resume.
            return compare_values(reader, block) is None
        if listed is None:
            return False
        return compare_checksum(reader, block, checksum, listed.digest) is None
    except FileFormatError:  # the file is too short
        return False


def write_group(
    writer: ByteWriter, blocks: Iterable[Block], checksum: str | None
) -> list[Summary | None]:
    """Make and write a group of blocks; return their summaries."""
    pieces = PieceWriter(writer)
    summaries = [write_block(pieces, block, checksum) for block in blocks]
    pieces.flush()
    return summaries


def write_block(writer: PieceWriter, block: Block, checksum: str | None) -> Summary | None:
    """Make the pieces of a block for a writer; return its summary if there is a checksum."""
    dtype = block.weight.dtype
    summariser = None if checksum is None else Summariser(dtype, block.distribution, checksum)
    for start, stop, position in block.pieces():
        part = writer.room(position, (stop - start) * dtype.itemsize)
        block.fill(part.view(dtype), start)
        if summariser is not None:
            summariser.add(part)
    return None if summariser is None else summariser.result()
