"""The header of a safetensors file: eight bytes of length, then JSON, then the tensors.

The source is the description of the format (https://github.com/huggingface/safetensors). The
formula of the weight NAME is the JSON text under ``fastinit.NAME`` in ``__metadata__``.
"""

from __future__ import annotations

import json
import math
import os
import sys
from operator import itemgetter
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, BinaryIO

from fastinit._memory.dtypes import native_name
from fastinit._support import strict_json

from .shapes import LARGEST_LENGTH, MOST_AXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from fastinit.weight import Weight

#: The names of the dtypes in the format.
DTYPES = {
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "float16": "F16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}
#: Bytes per element, by the names of the format. For other dtypes the length is not checked.
ITEMSIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 8),
}
FORMULA_KEY = "fastinit."
ALIGNMENT = 64
#: Readers refuse longer headers.
LONGEST_HEADER = 100_000_000


def in_order(weights: Sequence[Weight]) -> list[Weight]:
    """Return weights in file order: the widest dtypes come first, because gaps are not allowed."""
    return sorted(weights, key=lambda weight: -weight.dtype.itemsize)


def _name_of(dtype: np.dtype[Any]) -> str:
    name = native_name(dtype)
    if name not in DTYPES:
        raise ValueError(f"safetensors has no dtype {name}; use .npy or Zarr, or another dtype")
    return DTYPES[name]


def header(weights: Sequence[Weight]) -> bytes:
    """Return the bytes before the tensors; their number is a multiple of 64."""
    formulas = {f"{FORMULA_KEY}{weight.name}": weight.to_json() for weight in weights}
    # Some releases of transformers load only files with this format.
    entries: dict[str, Any] = {"__metadata__": {"format": "pt", **formulas}}
    end = 0
    for weight in weights:
        if weight.name == "__metadata__":
            raise ValueError("safetensors reserves the name '__metadata__'; use another name")
        start, end = end, end + weight.nbytes
        entries[weight.name] = {
            "dtype": _name_of(weight.dtype),
            "shape": weight.shape,
            "data_offsets": [start, end],
        }
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    if len(text) > LONGEST_HEADER:
        raise ValueError(
            f"the header has {len(text):,} bytes, and safetensors allows {LONGEST_HEADER:,}; "
            "use fewer weights, or a set of shards"
        )
    return len(text).to_bytes(8, "little") + text


#: Name, dtype, shape, and the first and the last byte of the data.
Entry = tuple[str, str, tuple[int, ...], int, int]


def read_header(
    file: BinaryIO, *, header_only: bool = False
) -> tuple[list[Entry], dict[str, str], int]:
    """Return the entries of a file, its metadata and the start of its tensors, or raise ValueError.

    The entries are in the order of the file. They have been checked: their tensors fill the rest of
    the file without gaps. With `header_only`, the file may end before its tensors do.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > LONGEST_HEADER:
        raise ValueError(f"not a safetensors file: its header would be too long ({length:,} bytes)")
    raw = file.read(length) if 8 + length <= size else b""
    if len(raw) < length or not raw.startswith(b"{"):
        raise ValueError("not a safetensors file: its header is missing or cut off")
    try:
        text = raw.decode()
        del raw  # a header of 100 MB is not kept twice
        given = strict_json.loads(text, _object)
        del text
        if type(given) is not dict:
            raise ValueError("it is one tensor without a name")  # noqa: TRY301 - reported below
        metadata = check_metadata(given.pop("__metadata__", {}))
        entries = [_named(name, entry) for name, entry in given.items()]
        end = sort_without_gaps(entries)
    except ValueError as error:
        raise ValueError(f"not a safetensors file: its header is damaged ({error})") from None
    if size != 8 + length + end and not header_only:
        raise ValueError(f"the file has {size:,} bytes, expected {8 + length + end:,}")
    return entries, metadata, 8 + length


def check_metadata(metadata: Any) -> dict[str, str]:
    """Return the metadata of a header; raise ValueError unless it maps strings to strings."""
    if not isinstance(metadata, dict) or not all(
        isinstance(each, str) for each in metadata.values()
    ):
        raise ValueError(f"__metadata__ must map strings to strings, got {shortened(metadata)}")
    return metadata


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """Return a JSON object; that of a tensor as a tuple, which takes a fifth of the memory.

    A header may have a million of them: each is checked as soon as it is read, in one pass.
    """
    found = strict_json.object_of(pairs)
    shape = found.get("shape")
    # The metadata may have these keys too, but only with strings.
    if type(shape) is not str and "shape" in found and "dtype" in found and "data_offsets" in found:
        return _checked(found["dtype"], shape, found["data_offsets"])
    return found


def _named(name: str, entry: Any) -> Entry:
    if type(entry) is not tuple:
        raise ValueError(
            f"a tensor must have dtype, shape and data_offsets, got {shortened(entry)}"
        )
    if not name.isascii():
        name.encode()  # a lone surrogate is not valid text
    return (name, *entry)


def _checked(dtype: Any, shape: Any, offsets: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Return the entry of a tensor without its name, or raise ValueError."""
    if type(dtype) is not str:
        raise ValueError(f"dtype must be a string, got {shortened(dtype)}")
    if not _are_lengths(shape) or len(shape) > MOST_AXES:
        raise ValueError(f"invalid shape {shortened(shape)}")
    if not _are_lengths(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:  # noqa: PLR2004
        raise ValueError(f"invalid data_offsets {shortened(offsets)}")
    first, last = offsets
    itemsize = ITEMSIZES.get(dtype)
    if itemsize is not None and math.prod(shape) * itemsize != last - first:
        raise ValueError(
            f"the length of {dtype} of shape {shape} is not that of data_offsets {offsets}"
        )
    return sys.intern(dtype), tuple(shape), first, last


def _are_lengths(values: Any) -> bool:
    if type(values) is not list:
        return False
    for value in values:  # noqa: SIM110 - `all` would make a generator for each tensor
        if type(value) is not int or not 0 <= value <= LARGEST_LENGTH:
            return False
    return True


def sort_without_gaps(entries: list[Entry]) -> int:
    """Sort entries by position and return the end of the last; refuse gaps and shared bytes."""
    # Two passes by one integer each are faster than one by pairs, and make no objects.
    entries.sort(key=itemgetter(4))
    entries.sort(key=itemgetter(3))
    end = 0
    for _, _, _, first, last in entries:
        if first != end:
            problem = "belongs to two tensors" if first < end else "belongs to no tensor"
            raise ValueError(f"byte {min(first, end):,} {problem}")
        end = last
    return end
