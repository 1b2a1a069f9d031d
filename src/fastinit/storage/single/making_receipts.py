"""Make the receipts of files that exist, from the bytes that they hold.

A receipt says which formula a file has. So the bytes are compared with the formula in the same
pass, and a file that differs gets no receipt.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from fastinit.storage.atomic.atomic_file import check_target
from fastinit.storage.blocks.block_stats import Summariser, Summary
from fastinit.storage.blocks.blocks import blocks_of
from fastinit.storage.blocks.direct_io import PieceReader
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.headers import read_header
from fastinit.storage.formats.layout import Layout, as_weights, check_header, layout_of
from fastinit.storage.progress import Progress
from fastinit.storage.receipts.receipt import Receipt, receipt_of, write_receipt
from fastinit.storage.receipts.staged_receipt import is_receipt_of, is_same
from fastinit.storage.regular_file import open_regular
from fastinit.storage.targets import receipt_path, receipt_target
from fastinit.typing import Checksum
from fastinit.weight import Weight

from .verifying import (
    BlockDifference,
    Difference,
    compare_blocks,
    compare_values,
    read_formulas,
    reader_of,
)


def make_file_receipt(
    path: Path,
    weights: Weight | Iterable[Weight] | None,
    *,
    receipt: bool | str | os.PathLike[str],
    checksum: Checksum,
    force: bool,
    progress: Progress | None,
) -> Receipt:
    """Make the receipt of a single file; parameters and errors are those of `make_receipt`."""
    given = as_weights(read_formulas(path) if weights is None else weights)
    return make_beside(
        path,
        layout_of(path, given),
        lambda: receipt_of_file(path, given, checksum, progress),
        receipt=receipt,
        checksum=checksum,
        force=force,
    )


def make_beside(
    path: Path,
    layout: Layout,
    make: Callable[[], Receipt | Difference | BlockDifference],
    *,
    receipt: bool | str | os.PathLike[str],
    checksum: str,
    force: bool,
) -> Receipt:
    """Call `make`, and write the receipt that it returns; raise an error if it finds a difference.

    What must not be replaced is refused before the call.
    """
    target = receipt_target(path, receipt)
    if target is not None:
        other = not is_receipt_of(target, path.name, layout, checksum)
        check_target(target, force=force or not other)
    made = make()
    if isinstance(made, Difference | BlockDifference):
        raise FileFormatError(f"{path}: {made}; a file that is not as its formula gets no receipt")
    if target is not None and not is_same(target, made):
        check_target(target, force=force)  # it may have appeared meanwhile
        write_receipt(target, made, force=force)
    return made


def keep_receipt(
    path: Path, weights: Iterable[Weight], checksum: str, progress: Progress | None
) -> bool:
    """Write the receipt of a file unless it has the right one; return false if the file differs."""
    made = receipt_of_file(path, weights, checksum, progress)
    if not isinstance(made, Receipt):
        return False
    beside = receipt_path(path)
    if not is_same(beside, made):
        write_receipt(beside, made, force=True)
    return True


def receipt_of_file(
    path: Path, weights: Weight | Iterable[Weight], checksum: str, progress: Progress | None
) -> Receipt | Difference | BlockDifference:
    """Read a file once; return its receipt, or the first difference from its formulas."""
    expected = layout_of(path, weights)
    with open_regular(path) as file:
        tensors = read_header(file, path)
        layout = check_header(tensors, path, expected)
        others = {each.name for each in tensors if each.name is not None}
        others -= {weight.name for weight in layout.weights}
        if others:
            raise ValueError(f"{path}: the receipt needs a formula of {min(others)!r} too")
        blocks = blocks_of(layout)
        summaries: dict[int, Summary] = {}

        def compare(pieces: PieceReader, number: int) -> Difference | None:
            block = blocks[number]
            summariser = Summariser(block.weight.dtype, block.distribution, checksum)
            difference = compare_values(pieces, block, summariser)
            summaries[number] = summariser.result()
            return difference

        with closing(reader_of(path, file, blocks)) as reader:
            difference, _ = compare_blocks(reader, path, blocks, compare, progress)
    if difference is not None:
        return difference
    in_order = [summaries[number] for number in range(len(blocks))]
    return receipt_of(path.name, layout, in_order, checksum)
