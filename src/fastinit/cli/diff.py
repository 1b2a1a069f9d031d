"""The command that compares the tensors of two files, bit by bit.

It reads both files, piece by piece, and needs no formula. Tensors are paired by name; files of one
tensor are paired without, because most formats have no names. A raw file has the dtype and the
shape of its receipt, or those of the other file.
"""

from __future__ import annotations

import json
import math
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastinit._support.summaries import counted
from fastinit.storage import FileFormatError
from fastinit.storage.errors import ReceiptError
from fastinit.storage.formats.layout import formula_of
from fastinit.storage.listing import contents
from fastinit.storage.regular_file import open_regular
from fastinit.storage.targets import INDEX_SUFFIX, as_local_path, is_zarr

from .beside import formulas_beside
from .output import GREEN, RED, add_command, add_output, complain, print_json, progress_bar, say
from .verify import DIFFERS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from fastinit.storage.formats.headers import Tensor
    from fastinit.weight import Weight

#: The number of elements of both files that are in memory at a time.
PIECE = 1 << 20

#: Dtypes of the words that are compared, by their length. Longer elements are compared in bytes.
WORDS = (1, 2, 4, 8)


class Side(NamedTuple):
    """A tensor of one of the files."""

    path: Path
    tensor: Tensor
    weight: Weight | None

    @property
    def dtype(self) -> str | None:
        """The name of the dtype, the same in all formats; None in a raw file without receipt."""
        if self.tensor.float_dtype is not None:
            return self.tensor.float_dtype.name
        if self.tensor.dtype is None and self.weight is not None:
            return self.weight.dtype.name
        return self.tensor.dtype

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape; None in a raw file without receipt."""
        if self.tensor.shape is None and self.weight is not None:
            return self.weight.shape
        return self.tensor.shape


class Result(NamedTuple):
    """What the comparison of two tensors found."""

    name: str
    sides: tuple[Side | None, Side | None]
    elements: int
    differing: int = 0
    first: tuple[int, ...] | None = None
    values: tuple[str, str] | None = None
    problem: str | None = None

    @property
    def same(self) -> bool:
        """Whether all bits agree."""
        return not self.differing and self.problem is None


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "diff",
        "compare the tensors of two files, bit by bit",
        [
            "here/table.npy there/table.safetensors",
            "old_model/ new_model/ --quiet",
        ],
        "Read two files or sets, and compare their tensors bit by bit. Print the first element "
        "that differs, the number of elements that differ, and both formulas if they are known. "
        "Exit status: 0 every bit is the same; 1 something differs; 3 a file cannot be read.",
    )
    text = "a file, or the directory or index of a set"
    parser.add_argument("first", metavar="A", help=text)
    parser.add_argument("second", metavar="B", help="the same; the format may differ")
    add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare, and print the differences."""
    pairs = paired(options, *map(sides_of, (options.first, options.second)))
    with progress_bar(quiet=options.quiet) as progress:
        results = list(compared(pairs, progress))
    different = [each for each in results if not each.same]
    if options.json:
        print_json({"same": not different, "tensors": [as_json(each) for each in results]})
    else:
        for each in different:
            first, *others = in_words(each, options)
            say("", head=first, style=RED)
            for line in others:
                say(line)
        if not different and not options.quiet:
            elements = sum(each.elements for each in results)
            words = f": {counted(len(results), 'tensor')}, {counted(elements, 'element')}"
            say(words, head="same", style=GREEN)
    return DIFFERS if different else 0


def sides_of(path: str) -> list[Side]:
    """Return the tensors of a file or a set, with the formulas that are known."""
    where = as_local_path(path, "a file that diff reads")
    if is_zarr(where):
        verify = f"`fastinit verify {shlex.quote(path)}`"
        raise ValueError(f"{path}: diff cannot read a Zarr array; use {verify}")
    folder = where.parent if where.name.endswith(INDEX_SUFFIX) else where
    beside: dict[Path, list[Weight]] = {}
    sides = []
    for tensor in contents(where):
        file = where if tensor.file is None else folder / tensor.file
        if tensor.formula is not None:
            sides.append(Side(file, tensor, formula_of(tensor, file)))
            continue
        if file not in beside:
            beside[file] = formulas_if_right(file)
        found = [each for each in beside[file] if tensor.name in (None, each.name)]
        sides.append(Side(file, tensor, found[0] if len(found) == 1 else None))
    return sides


def formulas_if_right(file: Path) -> list[Weight]:
    """Return the formulas in the receipt beside a file; none, with a warning, if it is damaged."""
    try:
        return formulas_beside(str(file))[1]
    except ReceiptError as error:
        complain(f"warning: {error}")
        return []


def paired(
    options: argparse.Namespace, first: list[Side], second: list[Side]
) -> list[tuple[str, Side | None, Side | None]]:
    """Return pairs of tensors with their name; a tensor that only one file has is alone."""
    if len(first) == len(second) == 1 and None in (first[0].tensor.name, second[0].tensor.name):
        one, other = first[0], second[0]
        known = [one.tensor.name, other.tensor.name]
        known += [each.weight.name for each in (one, other) if each.weight is not None]
        name = next((each for each in known if each is not None), one.path.stem)
        return [(name, one, other)]
    for path, sides in ((options.first, first), (options.second, second)):
        if any(each.tensor.name is None for each in sides):
            other = options.second if sides is first else options.first
            raise ValueError(f"{path} has one tensor without a name, but {other} has several")
    ours, theirs = ({str(each.tensor.name): each for each in sides} for sides in (first, second))
    return [(name, ours.get(name), theirs.get(name)) for name in {**ours, **theirs}]


def compared(
    pairs: list[tuple[str, Side | None, Side | None]],
    progress: Callable[[int, int], None] | None,
) -> Iterator[Result]:
    """Compare the pairs, in their order."""
    total = sum(one.tensor.nbytes for _, one, other in pairs if one and other)
    done = 0

    def report(nbytes: int) -> None:
        nonlocal done
        done += nbytes
        if progress is not None:
            progress(done, total)

    for name, one, other in pairs:
        if one is None or other is None:
            yield Result(name, (one, other), 0, problem="is missing")
        else:
            yield result_of(name, one, other, report)


def result_of(name: str, one: Side, other: Side, report: Callable[[int], None]) -> Result:
    """Compare two tensors."""
    shape = one.shape if one.shape is not None else other.shape
    dtype = one.dtype if one.dtype is not None else other.dtype
    if shape is None or dtype is None:  # two raw files without receipts: bytes
        shape, dtype = (one.tensor.nbytes,), "byte"
    size, nbytes = math.prod(shape), one.tensor.nbytes
    pair = (one, other)
    for what, has, expected in (
        ("dtype", one.dtype or dtype, other.dtype or dtype),
        # A shape may be (), which is false.
        ("shape", *(shape if each.shape is None else each.shape for each in pair)),
        ("length in bytes", nbytes, other.tensor.nbytes),
    ):
        if has != expected:
            return Result(name, pair, size, problem=f"has the {what} {has} and {expected}")
    itemsize = nbytes // size if size else 1
    differing, place, bits = 0, None, None
    for start, ours, theirs in pieces(one, other, size, itemsize):
        unequal = np.not_equal(ours, theirs)
        if unequal.ndim > 1:
            unequal = unequal.any(axis=1)
        if count := int(np.count_nonzero(unequal)):
            if place is None:
                at = int(unequal.argmax())
                place, bits = start + at, (ours[at], theirs[at])
            differing += count
        report(len(ours) * itemsize)
    if place is None or bits is None:
        return Result(name, pair, size)
    index = tuple(int(axis) for axis in np.unravel_index(place, shape))
    first, second = (value_of(word, one, other) for word in bits)
    return Result(name, pair, size, differing, index, (first, second))


def pieces(
    one: Side, other: Side, size: int, itemsize: int
) -> Iterator[tuple[int, NDArray[Any], NDArray[Any]]]:
    """Yield the elements of both as words, piece by piece, each with its first index."""
    with open_regular(one.path) as ours, open_regular(other.path) as theirs:
        for start in range(0, size, PIECE):
            count = min(PIECE, size - start)
            yield (
                start,
                words(ours, one, start, count, itemsize),
                words(theirs, other, start, count, itemsize),
            )


def words(file: Any, side: Side, start: int, count: int, itemsize: int) -> NDArray[Any]:
    """Read elements as words of their length, or as rows of bytes."""
    block = np.empty(count * itemsize, np.uint8)
    file.seek(side.tensor.start + start * itemsize)
    if file.readinto(block.data) < block.size:
        raise FileFormatError(f"{side.path}: the file ends while it is being read")
    if itemsize not in WORDS:
        return block.reshape(count, itemsize)
    return block.view(f"{'>' if side.tensor.big_endian else '<'}u{itemsize}")


def value_of(word: Any, one: Side, other: Side) -> str:
    """Return an element as a text: a number if the dtype is known, or else its bits."""
    for side in (one, other):
        dtype = side.tensor.float_dtype
        if dtype is None and side.weight is not None:
            dtype = side.weight.dtype
        if dtype is not None:
            native = np.asarray(word).astype(f"u{dtype.itemsize}").view(dtype.newbyteorder("="))
            return repr(float(native))
    return f"0x{np.asarray(word).astype(np.asarray(word).dtype.newbyteorder('>')).tobytes().hex()}"


def in_words(result: Result, options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines that describe a difference."""
    one, other = result.sides
    paths = options.first, options.second
    if one is None or other is None:
        yield f"{result.name} is only in {paths[one is None]}"
        return
    if result.first is None or result.values is None:
        yield f"{result.name} {result.problem}"
    else:
        place = ", ".join(map(str, result.first))
        first, second = result.values
        verb = "differs" if result.differing == 1 else "differ"
        yield (
            f"{result.name}[{place}] is {first} in {paths[0]} and {second} in {paths[1]}; "
            f"{result.differing:,} of {counted(result.elements, 'element')} {verb}"
        )
    for path, side in zip(paths, (one, other), strict=True):
        yield f"    {path}: {'no formula is known' if side.weight is None else side.weight}"


def as_json(result: Result) -> dict[str, Any]:
    """Return a result for JSON, with its values as text, because they may not be finite."""
    formulas = [
        None if side is None or side.weight is None else json.loads(side.weight.to_json())
        for side in result.sides
    ]
    return {
        "name": result.name,
        "same": result.same,
        "elements": result.elements,
        "differing": result.differing,
        "index": result.first,
        "values": result.values,
        "in": [side is not None for side in result.sides],
        "problem": result.problem,
        "formulas": formulas,
    }
