"""Verify a single file: compare the bits of each block with its formula, or its checksum.

Each thread takes blocks of its own, so that one thread reads while another computes.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
import operator
import os
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np

from fastinit._random.streams import StreamSource, seed_of
from fastinit._support.checks import is_bool
from fastinit._support.summaries import counted, html_table, sized
from fastinit.storage.blocks.block_stats import CHECKSUMS
from fastinit.storage.blocks.blocks import PIECE_BYTES, blocks_of, for_each_group, groups_of
from fastinit.storage.blocks.direct_io import PieceReader, Reader
from fastinit.storage.errors import NoFormulaError, ReceiptError
from fastinit.storage.formats.headers import read_header
from fastinit.storage.formats.layout import check_header, formula_of, layout_of
from fastinit.storage.progress import Meter, Progress
from fastinit.storage.receipts.receipt import Receipt, check_receipt_of
from fastinit.storage.regular_file import open_regular
from fastinit.storage.remote.remote_path import RangeReader, is_remote
from fastinit.storage.targets import suffix_of
from fastinit.typing import NDArray
from fastinit.weight import Weight

if TYPE_CHECKING:
    from fastinit.storage.blocks.block_stats import Summariser
    from fastinit.storage.blocks.blocks import Block
    from fastinit.storage.blocks.direct_io import ByteReader


Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first element that differs from its formula.

    Parameters
    ----------
    name : str
        The name of the weight.
    index : tuple of int
        The index of the element in the weight.
    expected, found : float
        The values, as float64. The comparison is of bits: 0.0 and -0.0 differ.

    Examples
    --------
    >>> np.save("ones.npy", np.ones(3, np.float32))
    >>> weight = fastinit.Weight((3,), "zeros", seed=0, name="bias")
    >>> fastinit.verify("ones.npy", weight).difference
    Difference(name='bias', index=(0,), expected=0.0, found=1.0)
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

    Examples
    --------
    >>> weight = fastinit.Weight((3,), "zeros", seed=0, name="bias")
    >>> receipt = fastinit.save("bias.npy", weight, receipt=True)
    >>> np.save("bias.npy", np.ones(3, np.float32))
    >>> print(fastinit.verify("bias.npy", receipt=receipt).difference)
    bias[0] to [2] has the checksum dc7c4e94, expected 7bd5c66f
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
            f"expected {self.expected}"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """The blocks that were compared: `blocks` of `of` blocks in total, drawn with `seed`."""

    blocks: int
    of: int
    seed: int


@dataclass(frozen=True, slots=True, repr=False)
class Verification:
    """The result of `verify`; true if what was compared agrees with the formulas or the receipt.

    Parameters
    ----------
    weights : tuple of Weight
        The weights that were compared.
    nbytes : int
        The number of bytes that were compared. If there is a difference, those of the blocks, or
        of the chunks, up to the one that differs.
    difference : Difference, BlockDifference or None
        The first difference, in the order of the file.
    sample : Sample or None
        None if all blocks were to be compared.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> fastinit.save("user_id.npy", weight)
    >>> result = fastinit.verify("user_id.npy", weight)
    >>> bool(result), result.nbytes, result.difference
    (True, 256000, None)
    """

    weights: tuple[Weight, ...]
    nbytes: int
    difference: Difference | BlockDifference | None
    sample: Sample | None = None

    def __bool__(self) -> bool:
        return self.difference is None

    def __repr__(self) -> str:
        return f"<Verification: {self._result()}>"

    def _result(self) -> str:
        compared = f"{counted(len(self.weights), 'weight')}, {counted(self.nbytes, 'byte')}"
        if self.sample is not None:
            compared += f" in {self.sample.blocks:,} of {counted(self.sample.of, 'block')}"
        return f"equal, {compared}" if self else f"{self.difference}; {compared}"

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        rows: list[tuple[str, object]] = [
            ("result", "equal" if self else "different"),
            ("weights", f"{len(self.weights):,}"),
            ("compared", sized(self.nbytes)),
        ]
        if self.sample is not None:
            blocks = f"{self.sample.blocks:,} of {counted(self.sample.of, 'block')}"
            rows.append(("sample", f"{blocks}, drawn with seed {self.sample.seed}"))
        if self.difference is not None:
            rows.append(("first difference", self.difference))
        return html_table("fastinit.Verification", rows)


def verify_file(
    path: Path,
    weights: Weight | Iterable[Weight] | None,
    *,
    progress: Progress | None,
    receipt: Receipt | str | os.PathLike[str] | None = None,
    sample: int | None,
    sample_seed: int | StreamSource | None,
) -> Verification:
    """Compare a single file; parameters, result and errors are those of `verify`."""
    weights, receipt = expectation(weights, receipt)
    expected = layout_of(path, read_formulas(path) if weights is None else weights)
    with open_regular(path) as file:
        tensors = read_header(file, path)
        layout = check_header(tensors, path, expected)
        if receipt is None:
            if tensors and not expected.weights:
                raise nothing_to_compare()
            checksum, blocks = "", blocks_of(layout)
            digests = [""] * len(blocks)
        else:
            check_receipt_of(receipt, tensors, path)
            checksum, blocks = receipt.checksum, blocks_of(layout, receipt.block_bytes)
            digests = digests_of(blocks, receipt)
        drawn, numbers = draw(range(len(blocks)), sample, sample_seed)
        blocks = [blocks[number] for number in numbers]
        digests = [digests[number] for number in numbers]

        def compare(pieces: PieceReader, number: int) -> Difference | BlockDifference | None:
            if not checksum:
                return compare_values(pieces, blocks[number])
            return compare_checksum(pieces, blocks[number], checksum, digests[number])

        with closing(reader_of(path, file, blocks)) as reader:
            difference, nbytes = compare_blocks(reader, path, blocks, compare, progress)
    return Verification(layout.weights, nbytes, difference, drawn)


def nothing_to_compare() -> ValueError:
    """Return the error for no weights at all: a result that compared nothing would be true."""
    return ValueError(
        "no weights are given to compare with; pass some, or None for the formulas in the file"
    )


def expectation(
    weights: Weight | Iterable[Weight] | None, receipt: Receipt | str | os.PathLike[str] | None
) -> tuple[Weight | Iterable[Weight] | None, Receipt | None]:
    """Return the weights, which may be those of a receipt, and the receipt; or raise ValueError."""
    if receipt is None:
        return weights, None
    if weights is not None:
        raise ValueError("pass weights or a receipt, not both")
    read = receipt if isinstance(receipt, Receipt) else Receipt.read(receipt)
    return [each.weight for each in read.weights], read


def reader_of(path: Path, file: BinaryIO, blocks: Sequence[Block]) -> Reader | RangeReader:
    """Return what reads the blocks of a file or of an object, and nothing else."""
    if is_remote(path):
        return RangeReader(path, [(each.position, each.position + each.nbytes) for each in blocks])
    return Reader(file.fileno())


def read_formulas(path: Path) -> list[Weight]:
    """Return the weights whose formulas a file contains, in file order."""
    if (suffix := suffix_of(path)) != ".safetensors":
        path.stat()  # a missing file is reported as missing, not as a file without a formula
        raise NoFormulaError(f"{path}: a {suffix} file has no formula in it")
    with open_regular(path) as file:
        return [formula_of(tensor, path) for tensor in read_header(file, path)]


def digests_of(blocks: list[Block], receipt: Receipt) -> list[str]:
    """Return the checksum that a receipt has for each block, or raise an error."""
    listed = {each.weight.name: list(each.blocks) for each in receipt.weights}
    counts = Counter(block.weight.name for block in blocks)
    if any(len(digests) != counts[name] for name, digests in listed.items()):
        raise ReceiptError("the receipt is damaged: it does not have one checksum for each block")
    remaining = {name: iter(digests) for name, digests in listed.items()}
    return [next(remaining[block.weight.name]) for block in blocks]


def draw(
    blocks: Sequence[Piece], count: int | None, seed: int | StreamSource | None
) -> tuple[Sample | None, Sequence[Piece]]:
    """Return a random sample of blocks, in order, and its record; without a count, all blocks."""
    if count is None:
        if seed is not None:
            raise ValueError("sample_seed selects the blocks of a sample; pass sample too")
        return None, blocks
    try:
        number = 0 if is_bool(count) else operator.index(count)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"sample must be an integer, at least 1, got {count!r}")
    seed = secrets.randbits(32) if seed is None else seed_of(seed)
    taken = min(number, len(blocks))
    # This is not a secret: the same seed must draw the same blocks again.
    numbers = sorted(random.Random(seed).sample(range(len(blocks)), taken))  # noqa: S311
    return Sample(taken, len(blocks), seed), [blocks[number] for number in numbers]


def compare_blocks(
    reader: ByteReader,
    path: Path,
    blocks: list[Block],
    compare: Callable[[PieceReader, int], Difference | BlockDifference | None],
    progress: Progress | None,
) -> tuple[Difference | BlockDifference | None, int]:
    """Return the difference in the first differing block, and the bytes of the blocks up to it."""
    meter = Meter(progress, 0, sum(block.nbytes for block in blocks))
    groups = groups_of(blocks)
    found: dict[int, Difference | BlockDifference] = {}

    def work(group: int) -> None:
        numbers = groups[group]
        if any(number < numbers[0] for number in list(found)):
            return  # an earlier difference is known
        last = blocks[numbers[-1]]
        pieces = PieceReader(reader, path, last.position + last.nbytes)
        for number in numbers:
            difference = compare(pieces, number)
            meter.add(blocks[number].nbytes)
            if difference is not None:
                found[number] = difference
                return

    for_each_group(len(groups), work)
    if not found:
        meter.report()
        return None, meter.done
    first = min(found)  # threads may have compared blocks after it
    return found[first], sum(block.nbytes for block in blocks[: first + 1])


def compare_values(
    reader: PieceReader, block: Block, summariser: Summariser | None = None
) -> Difference | None:
    """Make the values of a block again and compare the bits; summarise the bits of the file."""
    itemsize = block.weight.dtype.itemsize
    made = np.empty(min(block.nbytes, PIECE_BYTES) // itemsize, block.weight.dtype)
    for start, stop, position in block.pieces():
        theirs = reader.read(position, (stop - start) * itemsize)
        ours = made[: stop - start]
        block.fill(ours, start)
        if summariser is not None:
            summariser.add(theirs)
        words = f"u{math.gcd(8, theirs.size)}"
        if not np.array_equal(ours.view(words), theirs.view(words)):
            return first_difference(block.weight, start, ours.view(np.uint8), theirs)
    return None


def compare_checksum(
    reader: PieceReader, block: Block, checksum: str, expected: str
) -> BlockDifference | None:
    """Compare the checksum of a block with the checksum in a receipt."""
    own = CHECKSUMS[checksum]()
    itemsize = block.weight.dtype.itemsize
    for start, stop, position in block.pieces():
        own.update(reader.read(position, (stop - start) * itemsize).data)
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
