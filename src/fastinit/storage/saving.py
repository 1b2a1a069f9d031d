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
from .direct_io import Writer, write_all
from .layout import layout_of
from .progress import Meter, Progress
from .receipts import Receipt, receipt_of, receipt_path, write_receipt
from .resumable_file import partial_file

if TYPE_CHECKING:
    from .blocks import Block
    from .journal import Journal
    from .layout import Layout


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
    beside = receipt_path(path) if isinstance(receipt, bool) else Path(receipt)
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
    with partial_file(path, layout.size, identity, force=force, resume=resume) as partial:
        descriptor, journal = partial
        write_all(descriptor, memoryview(layout.header), 0)
        return write_blocks(descriptor, layout, progress, checksum=checksum, journal=journal)


def identity_of(layout: Layout, checksum: str | None) -> str:
    """Return a digest of the contents of a file and of the settings of its summaries."""
    formulas = [weight.to_json() for weight in layout.weights]
    settings = [blocks_module.BLOCK_BYTES, checksum, layout.size, layout.starts, formulas]
    return hashlib.sha256(layout.header + json.dumps(settings).encode()).hexdigest()


def write_blocks(
    descriptor: int,
    layout: Layout,
    progress: Progress | None = None,
    *,
    checksum: str | None = None,
    journal: Journal | None = None,
) -> list[Summary]:
    """Write all weights of a layout to an open file, except the blocks that the journal lists.

    Returns the summaries of all blocks, in order; an empty list without a checksum.
    """
    blocks = blocks_of(layout)
    finished: dict[int, Summary | None] = {} if journal is None else journal.finished
    there = sum(blocks[number].nbytes for number in finished)
    meter = Meter(progress, len(layout.header) + there, layout.size)
    missing = [number for number in range(len(blocks)) if number not in finished]
    with closing(Writer(descriptor)) as writer:

        def work(place: int) -> None:
            number = missing[place]
            summary = write_block(writer, blocks[number], checksum)
            finished[number] = summary
            if journal is not None:
                journal.add(number, blocks[number].nbytes, summary)
            meter.add(blocks[number].nbytes)

        for_each_block(len(missing), work)
    meter.report()
    found = (finished[number] for number in range(len(blocks)))
    return [summary for summary in found if summary is not None]


def write_block(writer: Writer, block: Block, checksum: str | None) -> Summary | None:
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
