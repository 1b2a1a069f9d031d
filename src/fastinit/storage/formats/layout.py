"""Choose the format of a path and the position of each weight in the file.

Weights that a format cannot hold, and damaged files, raise an error before any byte of the tensors
is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastinit._support.strict_json import loads
from fastinit._support.suggestions import did_you_mean
from fastinit.storage.errors import FileFormatError, NoFormulaError, shortened
from fastinit.storage.targets import RAW, as_path, suffix_of
from fastinit.weight import Weight, check_weight

from . import npy, safetensors
from .shapes import check_shape

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .headers import Tensor


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


def as_weights(weights: Weight | Iterable[Weight]) -> list[Weight]:
    """Return weights as a list; raise an error unless all names differ.

    An empty list is one, but an iterator that gives nothing is an error: another call has read it.
    """
    given = [weights] if isinstance(weights, Weight) else list(weights)
    if not given and isinstance(weights, Iterator):
        raise ValueError(
            "no weights are given: the iterator is empty, or has been read already; pass a list"
        )
    names: set[str] = set()
    for weight in given:
        check_weight(weight, "each of the weights")
        if weight.name in names:
            raise ValueError(f"two weights have the name {weight.name!r}; all names must differ")
        names.add(weight.name)
    return given


def layout_of(path: str | os.PathLike[str], weights: Weight | Iterable[Weight]) -> Layout:
    """Return the layout of weights in a file; the suffix selects the format."""
    where, given = as_path(path), as_weights(weights)
    suffix = suffix_of(where)
    if suffix not in RAW:
        for weight in given:
            check_shape(weight)
    if suffix == ".safetensors":
        ordered = safetensors.in_order(given)
        return lay_out(safetensors.header(ordered), ordered)
    if len(given) != 1:
        raise ValueError(f"a {suffix} file holds one weight, got {len(given)}; use .safetensors")
    return lay_out(npy.header(given[0]) if suffix == ".npy" else b"", given)


def formula_of(tensor: Tensor, path: Path) -> Weight:
    """Return the weight that the formula of a tensor in a file describes.

    Raises
    ------
    NoFormulaError
        If the file has no formula of the tensor.
    FileFormatError
        If the formula is damaged, or is that of another tensor.
    """
    if tensor.formula is None:
        raise NoFormulaError(f"{path}: the file has no formula of {tensor.name!r}")
    try:
        given = loads(tensor.formula)
        if not isinstance(given, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004, TRY301 - reported below
        # Compare these first: of the two shapes, only the one in the header was checked.
        if (given.get("name"), given.get("shape")) != (tensor.name, list(tensor.shape or ())):
            raise ValueError("its name and shape are not those of the tensor")  # noqa: TRY301
        return Weight.from_json(tensor.formula)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        problem = shortened(error)
        raise FileFormatError(f"{path}: the formula of {tensor.name!r}: {problem}") from None


def check_header(tensors: Sequence[Tensor], path: Path, expected: Layout) -> Layout:
    """Return the positions of the weights in an existing file, or raise FileFormatError.

    Another program may have written the header. For each weight it must agree with the formula.
    """
    size = path.stat().st_size
    if suffix_of(path) in RAW:
        starts, end = expected.starts, expected.size
    else:
        # A .npy file has one tensor, without a name.
        named = {expected.weights[0].name if t.name is None else t.name: t for t in tensors}
        starts = tuple(_start_of(weight, named, path) for weight in expected.weights)
        end = max((tensor.start + tensor.nbytes for tensor in tensors), default=size)
    if size != end:
        raise FileFormatError(f"{path}: the file has {size:,} bytes, expected {end:,}")
    return Layout(b"", expected.weights, starts, size)


def _start_of(weight: Weight, tensors: Mapping[str, Tensor], path: Path) -> int:
    """Return the position of a weight in a file whose header agrees with its formula."""
    tensor = tensors.get(weight.name)
    if tensor is None:
        raise FileFormatError(
            f"{path}: the file has no tensor {weight.name!r}{did_you_mean(weight.name, tensors)}"
        )
    if (tensor.float_dtype, tensor.shape) != (weight.dtype, weight.shape):
        raise FileFormatError(
            f"{path}: {weight.name!r} is {tensor} in the file, "
            f"but {weight.dtype.name} of shape {weight.shape} in its formula"
        )
    return tensor.start
