"""Verify a file: make each block again from the formula and compare the bits, or its checksum.

Each thread takes blocks of its own, so that one thread reads while another computes.
"""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fastinit._random.streams import seed_of

from .block_stats import CHECKSUMS
from .blocks import blocks_of, for_each_block, part_of, piece_memory
from .direct_io import Reader
from .kinds import verifier
from .layout import (
    FileFormatError,
    NoFormulaError,
    check_header,
    layout_of,
    read_formulas,
    suffix_of,
)
from .progress import Meter
from .receipts import Receipt

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from fastinit._random.generator import Generator
    from fastinit.weight import Weight

    from .blocks import Block
    from .progress import Progress


Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first element that differs from its formula.

    Parameters
    ----------
    name : str
        The name of the weight.
    index : tuple of int
    expected, found : float
        The values, as float64. The comparison is of bits: 0.0 and -0.0 differ.
    """

    name: str
    index: tuple[int, ...]
    expected: float
    found: float

    def __str__(self) -> str:
        place = ", ".join(map(str, self.index))
        return f"{self.name}[{place}] is {self.found!r}, expected {self.expected!r}"


@dataclass(frozen=True, slots=True)
class BlockDifference:
    """The first block whose checksum differs from the receipt.

    Parameters
    ----------
    name : str
        The name of the weight.
    first, last : tuple of int
        The indices of the first and the last element of the block.
    expected, found : str
        The checksums, in hexadecimal.
    """

    name: str
    first: tuple[int, ...]
    last: tuple[int, ...]
    expected: str
    found: str

    def __str__(self) -> str:
        first, last = (", ".join(map(str, index)) for index in (self.first, self.last))
        return (
            f"{self.name}[{first}] to [{last}] has the checksum {self.found}, "
            f"and {self.expected} in the receipt"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """The blocks that were compared: `blocks` of `of` blocks in total, drawn with `seed`."""

    blocks: int
    of: int
    seed: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `verify`; true if what was compared agrees with the formulas or the receipt.

    Parameters
    ----------
    weights : tuple of Weight
        The weights that were compared.
    nbytes : int
        The number of bytes that were compared.
    difference : Difference, BlockDifference or None
        The first difference, in the order of the file.
    sample : Sample or None
        None if all blocks were to be compared.
    """

    weights: tuple[Weight, ...]
    nbytes: int
    difference: Difference | BlockDifference | None
    sample: Sample | None = None

    def __bool__(self) -> bool:
        return self.difference is None


def verify(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight] | None = None,
    *,
    progress: Progress | None = None,
    receipt: Receipt | str | os.PathLike[str] | None = None,
    sample: int | None = None,
    sample_seed: int | Generator | None = None,
) -> Verification:
    """Compare a file, block by block, with its formulas or with a receipt.

    Parameters
    ----------
    path : str or path
        A file of a format that `fastinit.save` writes, the directory or the index of a sharded set,
        or a Zarr array.
    weights : Weight or iterable of Weight, optional
        The formulas. The default is the formulas in the file itself; among single files, only
        safetensors files have them.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` on the calling thread, several times a
        second and at the end.
    receipt : Receipt or path, optional
        Compare the checksums of the blocks with those of this receipt, without computing values.
    sample : int, optional
        Compare only this number of blocks of 16 MiB, at random positions. For a sharded set, it is
        the number of blocks of each shard; for a Zarr array, the number of chunks.
    sample_seed : int or Generator, optional
        Selects the blocks of the sample. The default is an unpredictable seed, which the result
        contains; pass that seed to compare the same blocks again.

    Returns
    -------
    Verification
        True if all bits agree. Otherwise its `difference` is the first element that differs, or the
        first block whose checksum differs from the receipt.

    Raises
    ------
    FileFormatError
        A ValueError: if the file is damaged or cut off, or has other names, shapes or dtypes.
    ValueError
        If there is no formula to compare with, or if both formulas and a receipt are given.
    OSError
        If the file cannot be read.
    """
    where = Path(path)
    if (verify_folder := verifier(where)) is not None:
        if receipt is not None:
            raise ValueError(f"{where}: a receipt is of one file: give that file")
        return verify_folder(
            where, weights, progress=progress, sample=sample, sample_seed=sample_seed
        )
    if receipt is not None:
        if weights is not None:
            raise ValueError("give weights or a receipt, not both")
        receipt = receipt if isinstance(receipt, Receipt) else Receipt.read(receipt)
        weights = [each.weight for each in receipt.weights]
    elif weights is None:
        if (suffix := suffix_of(where)) != ".safetensors":
            where.stat()  # a missing file is reported as missing, not as a file without a formula
            raise NoFormulaError(f"{where}: a {suffix} file has no formula in it")
        weights = read_formulas(where)
    expected = layout_of(where, weights)
    with where.open("rb", buffering=0) as file, closing(Reader(file.fileno())) as reader:
        layout = check_header(file, where, expected)
        if receipt is None:
            blocks = blocks_of(layout)
        else:
            blocks = blocks_of(layout, receipt.block_bytes)
            digests = digests_of(blocks, receipt)
        drawn, blocks = draw(blocks, sample, sample_seed)

        def compare(block: Block) -> Difference | BlockDifference | None:
            if receipt is None:
                return compare_values(reader, block, where)
            return compare_checksum(reader, block, where, receipt.checksum, digests[block])

        difference, nbytes = compare_blocks(blocks, compare, progress)
    return Verification(layout.weights, nbytes, difference, drawn)


def digests_of(blocks: list[Block], receipt: Receipt) -> dict[Block, str]:
    """Return the checksum that a receipt has for each block, or raise an error."""
    listed = {each.weight.name: list(each.blocks) for each in receipt.weights}
    counts = Counter(block.weight.name for block in blocks)
    if any(len(digests) != counts[name] for name, digests in listed.items()):
        raise FileFormatError("the receipt is damaged: it has not one checksum for each block")
    remaining = {name: iter(digests) for name, digests in listed.items()}
    return {block: next(remaining[block.weight.name]) for block in blocks}


def draw(
    blocks: list[Piece], count: int | None, seed: int | Generator | None
) -> tuple[Sample | None, list[Piece]]:
    """Return a random sample of blocks, in order, and its record; without a count, all blocks."""
    if count is None:
        if seed is not None:
            raise ValueError("sample_seed says which blocks of a sample: give sample too")
        return None, blocks
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"sample must be an integer, at least 1, got {count!r}")
    seed = secrets.randbits(32) if seed is None else seed_of(seed)
    taken = min(count, len(blocks))
    # This is not a secret: the same seed must draw the same blocks again.
    numbers = sorted(random.Random(seed).sample(range(len(blocks)), taken))  # noqa: S311
    return Sample(taken, len(blocks), seed), [blocks[number] for number in numbers]


def compare_blocks(
    blocks: list[Block],
    compare: Callable[[Block], Difference | BlockDifference | None],
    progress: Progress | None,
) -> tuple[Difference | BlockDifference | None, int]:
    """Return the difference in the first differing block, and the number of bytes compared."""
    meter = Meter(progress, 0, sum(block.nbytes for block in blocks))
    found: dict[int, Difference | BlockDifference] = {}

    def work(number: int) -> None:
        if found:
            return  # earlier blocks of the file were started earlier: they are compared
        difference = compare(blocks[number])
        if difference is not None:
            found[number] = difference
        meter.add(blocks[number].nbytes)

    for_each_block(len(blocks), work)
    if not found:
        meter.report()
        return None, meter.done
    return found[min(found)], meter.done


def read_piece(
    reader: Reader, memory: NDArray[np.uint8], position: int, nbytes: int, path: Path
) -> NDArray[np.uint8]:
    """Return the bytes of a piece as the file has them."""
    part = part_of(memory, position, nbytes)
    if not reader.read(part, position):
        raise FileFormatError(f"{path}: the file ends while it is being read")
    return part


def compare_values(reader: Reader, block: Block, path: Path) -> Difference | None:
    """Make the values of a block again and compare the bits."""
    made, read = piece_memory(), piece_memory()
    itemsize = block.weight.dtype.itemsize
    for start, stop, position in block.pieces():
        nbytes = (stop - start) * itemsize
        theirs = read_piece(reader, read, position, nbytes, path)
        ours = part_of(made, position, nbytes)
        block.fill(ours.view(block.weight.dtype), start)
        words = f"u{math.gcd(8, nbytes)}"
        if not np.array_equal(ours.view(words), theirs.view(words)):
            return first_difference(block.weight, start, ours, theirs)
    return None


def compare_checksum(
    reader: Reader, block: Block, path: Path, checksum: str, expected: str
) -> BlockDifference | None:
    """Compare the checksum of a block with the checksum in a receipt."""
    memory, own = piece_memory(), CHECKSUMS[checksum]()
    itemsize = block.weight.dtype.itemsize
    for start, stop, position in block.pieces():
        own.update(read_piece(reader, memory, position, (stop - start) * itemsize, path).data)
    found = own.hexdigest()
    if found == expected:
        return None
    first, last = (index_of(block.weight, place) for place in (block.start, block.stop - 1))
    return BlockDifference(block.weight.name, first, last, expected, found)


def first_difference(
    weight: Weight, start: int, ours: NDArray[np.uint8], theirs: NDArray[np.uint8]
) -> Difference:
    """Return the first element that differs between two pieces that begin at a C-order index."""
    place = int(np.argmax(ours != theirs)) // weight.dtype.itemsize
    expected, found = (float(piece.view(weight.dtype)[place]) for piece in (ours, theirs))
    return Difference(weight.name, index_of(weight, start + place), expected, found)


def index_of(weight: Weight, place: int) -> tuple[int, ...]:
    """Return the index of an element from its position in C order."""
    return tuple(int(axis) for axis in np.unravel_index(place, weight.shape))
