"""Save weights to a local file or to an object in a store.

An object is sent in parts while later parts are made. A thread needs the memory of one piece, as
for files; the parts that are made or sent need more, 300 to 400 MB.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.atomic.atomic_file import check_target
from fastinit.storage.blocks.blocks import blocks_of, for_each_group, groups_of
from fastinit.storage.formats.layout import layout_of
from fastinit.storage.progress import Meter
from fastinit.storage.receipts.receipt import Receipt, is_any_receipt, receipt_of, write_receipt
from fastinit.storage.receipts.staged_receipt import is_receipt_of
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.remote.uploads import uploaded
from fastinit.storage.targets import receipt_path, receipt_target

from .saving import check_room_of_file, checked_file, save_file, write_group

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fastinit.storage.blocks.block_stats import Summary
    from fastinit.storage.blocks.blocks import Block
    from fastinit.storage.formats.layout import Layout
    from fastinit.storage.progress import Progress
    from fastinit.storage.remote.remote_path import RemotePath
    from fastinit.storage.remote.uploads import PartWriter
    from fastinit.typing import Checksum
    from fastinit.weight import Weight

#: The amount that is made before whole parts are sent.
BATCH_BYTES = 64 << 20


def save_single(
    path: Path,
    weights: Weight | Iterable[Weight],
    *,
    force: bool,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: Checksum = "crc32",
    resume: bool = False,
) -> Receipt | None:
    """Write weights to a file or an object; parameters, result and errors are those of `save`."""
    target = path if is_remote(path) else None
    if target is None:
        return save_file(
            path,
            weights,
            force=force,
            progress=progress,
            receipt=receipt,
            checksum=checksum,
            resume=resume,
        )
    layout, beside, old, left = checked_object(
        path, weights, force=force, receipt=receipt, checksum=checksum, resume=resume
    )
    for each in left:
        each.unlink(missing_ok=True)
    return write_object(
        target, layout, beside, old, force=force, progress=progress, checksum=checksum
    )


def check_single(
    path: Path,
    weights: Weight | Iterable[Weight],
    *,
    force: bool,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
    resume: bool,
) -> None:
    """Raise the errors that `save_single` raises before it writes the first byte."""
    is_object: bool = is_remote(path)
    if is_object:
        checked_object(
            path, weights, force=force, receipt=receipt, checksum=checksum, resume=resume
        )
    else:
        layout, beside = checked_file(
            path, weights, force=force, receipt=receipt, checksum=checksum
        )
        check_room_of_file(path, layout, beside.target)


def checked_object(
    path: Path,
    weights: Weight | Iterable[Weight],
    *,
    force: bool,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
    resume: bool,
) -> tuple[Layout, Path | None, set[Path], set[Path]]:
    """Return what is needed to write an object, or raise the errors of `save`.

    These are its layout, the path of its receipt, the receipts that are removed if an object is
    replaced, and those that a killed run left. Nothing is written.
    """
    if resume:
        raise ValueError(
            f"{path}: an upload cannot be resumed; save a set of shards, of which a later run "
            "writes only those that are missing"
        )
    layout = layout_of(path, weights)
    beside = receipt_target(path, receipt)
    check_target(path, force=force)
    default = receipt_path(path)
    old = {default} if is_any_receipt(default) else set()
    old |= {beside} if beside is not None else set()
    left = (
        set()
        if force
        else {each for each in old if is_receipt_of(each, path.name, layout, checksum)}
    )
    for each in old:
        check_target(each, force=force or each in left)
    return layout, beside, old, left


def write_object(
    path: RemotePath,
    layout: Layout,
    beside: Path | None,
    old: set[Path],
    *,
    force: bool,
    progress: Progress | None,
    checksum: str,
) -> Receipt | None:
    """Write the object of a layout and the receipt beside it, each of them whole or not at all.

    The parameters are those of `save`, but for `beside`, the path of the receipt or None, and
    `old`, the receipts that are removed if the object is replaced.

    At no time is a receipt beside an object that it does not describe. So a new receipt comes
    before its object. If an object is replaced, its receipt is removed before, and the new one
    comes after. Signals wait while the upload begins and while it ends.
    """
    meter = Meter(progress, 0, layout.size)
    made = None
    with WaitingSignals() as signals:
        with (
            removed_after_error() as written,
            uploaded(path, layout.size, force=force, sent=meter.add) as writer,
        ):
            try:
                signals.deliver()
                summaries = write_parts(writer, layout, meter, None if beside is None else checksum)
                writer.finish()
                meter.report()
            finally:
                signals.wait()
            if force:
                for each in old:
                    each.unlink(missing_ok=True)
            if beside is not None:
                made = receipt_of(path.name, layout, summaries, checksum)
                if not force:
                    write_receipt(beside, made, force=False)
                    written.append(beside)
        if made is not None and beside is not None and force:
            write_receipt(beside, made, force=True)
    return made


@contextmanager
def removed_after_error() -> Iterator[list[Path]]:
    """Yield a list of paths, to which the caller adds; after an error, remove the files."""
    paths: list[Path] = []
    try:
        yield paths
    except BaseException:
        for path in paths:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def write_parts(
    writer: PartWriter, layout: Layout, meter: Meter, checksum: str | None
) -> list[Summary]:
    """Make all bytes of an object; return the summaries of its blocks if there is a checksum."""
    writer.write(np.frombuffer(layout.header, np.uint8), 0)
    summaries: list[Summary | None] = []
    for batch in batches(blocks_of(layout)):
        groups = groups_of(batch)
        made: list[list[Summary | None]] = [[] for _ in groups]

        def work(
            group: int, batch: list[Block] = batch, groups: Any = groups, made: Any = made
        ) -> None:
            made[group] = write_group(writer, [batch[n] for n in groups[group]], checksum)

        for_each_group(len(groups), work)
        summaries += chain.from_iterable(made)
        writer.send()
        meter.report()
    return [summary for summary in summaries if summary is not None]


def batches(blocks: list[Block]) -> Iterator[list[Block]]:
    """Divide blocks into groups that are made together."""
    batch: list[Block] = []
    size = 0
    for block in blocks:
        batch.append(block)
        size += block.nbytes
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
