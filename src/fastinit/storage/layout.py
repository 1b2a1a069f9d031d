"""Choose the format of a path and the position of each weight in the file.

Weights that a format cannot hold, and damaged files, raise an error before any byte of the tensors
is read or written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from fastinit._support.strict_json import loads
from fastinit.weight import Weight

from . import npy, safetensors

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

RAW = (".bin", ".raw")
#: The longest error text about a formula, in characters: the error may quote the whole formula.
LONGEST_PROBLEM = 300
SUFFIXES = (".safetensors", ".npy", *RAW)


class FileFormatError(ValueError):
    """A file is damaged, or does not have the format that its name says."""


class NoFormulaError(ValueError):
    """A file contains no formula, and the caller gave none."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: give its Weight")


@dataclass(frozen=True, slots=True)
class Layout:
    """The bytes of a file: a header, then weights without gaps.

    Parameters
    ----------
    header : bytes
    weights : tuple of Weight
        In the order of the file.
    starts : tuple of int
        The position of the first byte of each weight in the file.
    size : int
        The size of the whole file, in bytes.
    """

    header: bytes
    weights: tuple[Weight, ...]
    starts: tuple[int, ...]
    size: int


def lay_out(head: bytes, weights: Sequence[Weight]) -> Layout:
    """Place weights one after another after a header."""
    starts, end = [], len(head)
    for weight in weights:
        starts.append(end)
        end += weight.nbytes
    return Layout(head, tuple(weights), tuple(starts), end)


def suffix_of(path: Path) -> str:
    """Return the suffix that names the format, or raise ValueError."""
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: the name must end in {', '.join(SUFFIXES)}, got {path.suffix!r}; "
            "that of a new folder of shards in /"
        )
    return path.suffix


def as_weights(weights: Weight | Iterable[Weight]) -> list[Weight]:
    """Return weights as a list; raise an error unless all names differ."""
    given = [weights] if isinstance(weights, Weight) else list(weights)
    names: set[str] = set()
    for weight in given:
        if not isinstance(weight, Weight):
            raise TypeError(f"weights must be fastinit.Weight, got {type(weight).__name__}")
        if weight.name in names:
            raise ValueError(f"two weights are named {weight.name!r}: a file holds a name once")
        names.add(weight.name)
    return given


def layout_of(path: str | os.PathLike[str], weights: Weight | Iterable[Weight]) -> Layout:
    """Return the layout of weights in a file; the suffix selects the format."""
    where, given = Path(path), as_weights(weights)
    suffix = suffix_of(where)
    if suffix == ".safetensors":
        ordered = safetensors.in_order(given)
        return lay_out(safetensors.header(ordered), ordered)
    if len(given) != 1:
        raise ValueError(f"{suffix} holds one weight, got {len(given)}: use .safetensors")
    return lay_out(npy.header(given[0]) if suffix == ".npy" else b"", given)


def read_formulas(path: Path) -> list[Weight]:
    """Return the weights whose formulas a safetensors file contains, in file order."""
    with path.open("rb") as file:
        try:
            entries, metadata, _ = safetensors.read_header(file)
        except ValueError as error:
            raise FileFormatError(f"{path}: {error}") from None
    names = sorted(entries, key=lambda name: tuple(entries[name]["data_offsets"]))
    for name in names:
        if f"{safetensors.FORMULA_KEY}{name}" not in metadata:
            raise NoFormulaError(f"{path}: the file has no formula of {name!r}")
    return [
        _formula_of(path, name, entries[name], metadata[f"{safetensors.FORMULA_KEY}{name}"])
        for name in names
    ]


def _formula_of(path: Path, name: str, entry: Mapping[str, Any], text: str) -> Weight:
    """Return the weight that a formula in a file describes, or raise FileFormatError."""
    try:
        formula = loads(text)
        # Compare these first: the shape in the entry was checked, the shape in the formula was not.
        given = (formula.get("name"), formula.get("shape")) if isinstance(formula, dict) else None
        if given != (name, entry["shape"]):
            raise ValueError("it is another tensor's")  # noqa: TRY301 - reported with the others
        return Weight.from_json(text)
    except (ValueError, TypeError, ArithmeticError) as error:
        problem = str(error)[:LONGEST_PROBLEM]
        raise FileFormatError(f"{path}: the formula of {name!r}: {problem}") from None


def check_header(file: BinaryIO, path: Path, expected: Layout) -> Layout:
    """Return the positions of the weights in an existing file, or raise FileFormatError.

    Another program may have written the header. For each weight it must agree with the formula.
    """
    try:
        found = _read_layout(file, path, expected)
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}") from None
    size = path.stat().st_size
    if size != found.size:
        raise FileFormatError(f"{path}: the file has {size:,} bytes, expected {found.size:,}")
    return found


def _read_layout(file: BinaryIO, path: Path, expected: Layout) -> Layout:
    suffix = suffix_of(path)
    if suffix in RAW:
        return expected
    if suffix == ".npy":
        shape, dtype, start = npy.read_header(file)
        weight = expected.weights[0]
        _check(weight, (dtype.str, shape), (weight.dtype.str, weight.shape))
        return Layout(b"", expected.weights, (start,), start + weight.nbytes)
    entries, _, start = safetensors.read_header(file)
    starts = []
    for weight in expected.weights:
        entry = entries.get(weight.name)
        if entry is None:
            raise ValueError(f"the file has no tensor {weight.name!r}")
        first, last = entry["data_offsets"]
        found = (entry["dtype"], tuple(entry["shape"]), last - first)
        _check(weight, found, (safetensors.DTYPES[weight.dtype.name], weight.shape, weight.nbytes))
        starts.append(start + first)
    end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    return Layout(b"", expected.weights, tuple(starts), start + end)


def _check(weight: Weight, found: tuple[object, ...], expected: tuple[object, ...]) -> None:
    if found != expected:
        raise ValueError(f"{weight.name!r} is {found} in the file, and {expected} by its formula")
