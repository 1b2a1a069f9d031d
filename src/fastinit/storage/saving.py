"""Save weights to a single file: each thread makes and writes blocks of its own.

A thread needs the memory of one piece, whatever the size of the weights. It makes a piece, computes
its sums and checksum, and writes it while the piece is in the cache of its core. The disk limits
the speed; if the disk is faster than the CPUs, the CPUs do.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from fastinit.typing import Checksum
from fastinit.weight import Weight

from . import blocks as blocks_module
from .atomic_file import check_target
from .block_stats import Summariser, Summary
from .blocks import blocks_of, for_each_block, part_of, piece_memory
from .direct_io import Reader, Writer, write_all
from .errors import FileFormatError
from .layout import layout_of
from .progress import Meter, Progress
from .receipts import Receipt, receipt_of, receipt_path, write_receipt
from .resumable_file import partial_file
from .targets import as_path
from .verifying import compare_checksum, compare_values

if TYPE_CHECKING:
    from .blocks import Block
    from .journal import Journal
    from .layout import Layout
    from .uploads import PartWriter

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
    layout = layout_of(path, weights)
    if not receipt:
        write_file(path, layout, force=force, progress=progress, resume=resume)
        return None
    beside = receipt_path(path) if isinstance(receipt, bool) else as_path(receipt)
    for each in (path, beside):
        check_target(each, force=force)
    summaries = write_file(
        path, layout, force=force, progress=progress, checksum=checksum, resume=resume
    )
    made = receipt_of(path.name, layout, summaries, checksum)
    write_receipt(beside, made, force=force)
    return made


def write_file(
    path: Path,
    layout: Layout,
    *,
    force: bool,
    progress: Progress | None = None,
    checksum: str | None = None,
    resume: bool = False,
) -> list[Summary]:
    """Write the file of a layout, whole or not at all; return the summaries of its blocks.

    The parameters are those of `save`. Without a checksum, the result is empty.
    """
    identity = identity_of(layout, checksum)
    blocks = blocks_of(layout)
    with partial_file(
        path, layout.size, identity, len(blocks), force=force, resume=resume
    ) as partial:
        descriptor, journal = partial
        write_all(descriptor, memoryview(layout.header), 0)
        return write_blocks(descriptor, layout, blocks, progress, checksum, journal)


def identity_of(layout: Layout, checksum: str | None) -> str:
    """Return a digest of the contents of a file and of the settings of its summaries."""
    formulas = [weight.to_json() for weight in layout.weights]
    settings = [blocks_module.BLOCK_BYTES, checksum, layout.size, layout.starts, formulas]
    return hashlib.sha256(layout.header + json.dumps(settings).encode()).hexdigest()


def write_blocks(
    descriptor: int,
    layout: Layout,
    blocks: list[Block],
    progress: Progress | None,
    checksum: str | None,
    journal: Journal,
) -> list[Summary]:
    """Write the blocks of a layout to an open file, except those that the journal lists.

    A listed block is read, and written again if the file does not hold what the journal says.
    Returns the summaries of all blocks, in order; an empty list without a checksum.
    """
    finished = journal.finished
    meter = Meter(progress, len(layout.header), layout.size)
    with closing(Writer(descriptor)) as writer, closing(Reader(descriptor)) as reader:

        def work(number: int) -> None:
            block = blocks[number]
            if number not in finished or not holds(reader, block, finished[number], checksum):
                summary = finished[number] = write_block(writer, block, checksum)
                journal.add(number, block.nbytes, summary)
            meter.add(block.nbytes)

        for_each_block(len(blocks), work)
    meter.report()
    found = (finished[number] for number in range(len(blocks)))
    return [summary for summary in found if summary is not None]


def holds(reader: Reader, block: Block, listed: Summary | None, checksum: str | None) -> bool:
    """Say whether a file holds a block as a journal lists it: by its checksum, or its formula."""
    try:
        if checksum is None:
            # A checksum in each journal would make every run slower, only for those that resume.
            return compare_values(reader, block, UNNAMED) is None
        if listed is None:
            return False
        return compare_checksum(reader, block, UNNAMED, checksum, listed.digest) is None
    except FileFormatError:  # the file is too short
        return False


def write_block(writer: Writer | PartWriter, block: Block, checksum: str | None) -> Summary | None:
    """Make and write the pieces of a block; return its summary if there is a checksum."""
    memory, dtype = piece_memory(), block.weight.dtype
    summariser = None if checksum is None else Summariser(dtype, block.distribution, checksum)
    for start, stop, position in block.pieces():
        part = part_of(memory, position, (stop - start) * dtype.itemsize)
        block.fill(part.view(dtype), start)
        if summariser is not None:
            summariser.add(part)
        writer.write(part, position)
    return None if summariser is None else summariser.result()
