"""Save weights: threads make pieces and write them, each its own blocks.

Costs: a piece of memory a thread, whatever the weights' size. A piece is made, summed, hashed and
written while it is in its core's cache. The bound is the disk; where it is faster, the CPUs.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from . import blocks as blocks_module
from .atomic_file import check_target
from .block_stats import Summariser, Summary
from .blocks import blocks_of, for_each_block, part_of, piece_memory
from .direct_io import Writer, write_all
from .kinds import saver
from .layout import layout_of
from .progress import Meter
from .receipts import check_checksum, receipt_of, receipt_path, write_receipt
from .resumable_file import partial_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from fastinit.weight import Weight

    from .blocks import Block
    from .journal import Journal
    from .layout import Layout
    from .progress import Progress
    from .receipts import Receipt


def save(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    force: bool = False,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: str = "crc32",
    resume: bool = False,
) -> Receipt | None:
    """Write weights to a file, a block at a time: they may be larger than memory.

    Parameters
    ----------
    path : str or path
        Its suffix is the format: ``.safetensors`` (any dtype, any number of weights, and their
        formulas as metadata), ``.npy`` (one weight of a dtype of NumPy's own) or ``.bin`` or
        ``.raw`` (one weight's elements in C order and native byte order, and nothing else). Folders
        go to `fastinit.save_zarr` (``.zarr``) and, if they exist or the name ends in ``/`` or
        ``.safetensors.index.json``, to `fastinit.save_sharded`, which have options of their own.
    weights : Weight or iterable of Weight
        Of different names.
    force : bool, default False
        Replace the file, and the receipt, if they exist.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` on the caller's thread, some times a
        second and at the end.
    receipt : bool or path, default False
        Make a receipt in the same pass, and write it as JSON to this path, or to that of the file
        with ``.receipt.json`` after it.
    checksum : {"crc32", "sha256"}, default "crc32"
        The receipt's, of each block.
    resume : bool, default False
        Take up what a run left that was killed, and leave what is written if this one is stopped.

    Returns
    -------
    Receipt or None
        The receipt, if there is one to be made.

    Raises
    ------
    FileExistsError
        If the file or the receipt exists and `force` is false.
    BlockingIOError
        If another process is writing the file.
    OSError
        If it cannot be written: no such folder, no permission, disk full.
    TypeError, ValueError
        If the format cannot hold the weights, or there is another file's rest to be resumed.
        Nothing has been written then.

    Notes
    -----
    The file appears under its name when all of it is on the disk, and not before. Until then it is
    ``.NAME.fastinit-partial`` in the same folder, beside ``.NAME.fastinit-journal``; unless
    `resume`, an error or an interruption removes both.
    """
    if (save_folder := saver(path)) is not None:
        if receipt or resume:
            raise ValueError(f"{path}: for receipts of a set, and to resume one, use save_sharded")
        save_folder(path, weights, force=force, progress=progress)
        return None
    layout, where = layout_of(path, weights), Path(path)
    if not receipt:
        write_file(where, layout, force=force, progress=progress, resume=resume)
        return None
    beside = receipt_path(where) if isinstance(receipt, bool) else Path(receipt)
    check_checksum(checksum)
    for each in (where, beside):
        check_target(each, force=force)
    summaries = write_file(
        where, layout, force=force, progress=progress, checksum=checksum, resume=resume
    )
    made = receipt_of(where.name, layout, summaries, checksum)
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
    """Write a file of a layout, whole or not at all; return its blocks' summaries, if any.

    Parameters are those of `save`; without a checksum, blocks are not summed up.
    """
    identity = identity_of(layout, checksum)
    with partial_file(path, layout.size, identity, force=force, resume=resume) as partial:
        descriptor, journal = partial
        write_all(descriptor, memoryview(layout.header), 0)
        return write_blocks(descriptor, layout, progress, checksum=checksum, journal=journal)


def identity_of(layout: Layout, checksum: str | None) -> str:
    """Return a digest of what a file holds and how its blocks are summed up."""
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
    """Write all weights of a layout, but for the blocks that a journal has, to an open file.

    Returns the summaries of all blocks, in order, if there is a checksum.
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
    """Make a block's pieces and write each; return the block's summary, if there is a checksum."""
    memory, dtype = piece_memory(), block.weight.dtype
    summariser = None if checksum is None else Summariser(dtype, block.distribution, checksum)
    for start, stop, position in block.pieces():
        part = part_of(memory, position, (stop - start) * dtype.itemsize)
        block.fill(part.view(dtype), start)
        if summariser is not None:
            summariser.add(part)
        writer.write(part, position)
    return None if summariser is None else summariser.result()
