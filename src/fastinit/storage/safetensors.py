"""The header of a safetensors file: eight bytes of length, then JSON, then the tensors.

The source is the format's own description (https://github.com/huggingface/safetensors). The
formula of weight NAME is the JSON text under ``fastinit.NAME`` in ``__metadata__``.
"""

from __future__ import annotations

import json
import math
import os
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, BinaryIO

from fastinit._support.strict_json import loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastinit.weight import Weight

#: The format's names of dtypes.
DTYPES = {
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "float16": "F16",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}
#: Bytes of an element, by the format's names; of others the length is not checked.
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
#: As many as an array of NumPy's or PyTorch's may have.
MOST_AXES = 64
LARGEST_LENGTH = (1 << 63) - 1


def in_order(weights: Sequence[Weight]) -> list[Weight]:
    """Return weights in the order of a file: it has no gaps, so the widest elements come first."""
    return sorted(weights, key=lambda weight: -weight.dtype.itemsize)


def header(weights: Sequence[Weight]) -> bytes:
    """Return what precedes the tensors of weights in order; they start at a multiple of 64."""
    formulas = {f"{FORMULA_KEY}{weight.name}": weight.to_json() for weight in weights}
    # Some of transformers' releases load no file without this format.
    entries: dict[str, Any] = {"__metadata__": {"format": "pt", **formulas}}
    end = 0
    for weight in weights:
        if weight.name == "__metadata__":
            raise ValueError("safetensors keeps the name '__metadata__' to itself: use another")
        start, end = end, end + weight.nbytes
        entries[weight.name] = {
            "dtype": DTYPES[weight.dtype.name],
            "shape": weight.shape,
            "data_offsets": [start, end],
        }
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    if len(text) > LONGEST_HEADER:
        raise ValueError(f"the header takes {len(text):,} bytes, more than safetensors allows")
    return len(text).to_bytes(8, "little") + text


def read_header(
    file: BinaryIO, *, header_only: bool = False
) -> tuple[dict[str, Any], dict[str, str], int]:
    """Return a file's entries, its metadata, and where its tensors start, or raise ValueError.

    The entries are by name: dtype, shape and data_offsets, as they stand in the file. They have
    been checked: their tensors fill the rest of the file, without gaps; with `header_only`, the
    file may also end before they do.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > LONGEST_HEADER:
        raise ValueError("no safetensors file: its header would be too long")
    text = file.read(length) if 8 + length <= size else b""
    if len(text) < length or not text.startswith(b"{"):
        raise ValueError("no safetensors file: its header is missing or cut off")
    try:
        entries = loads(text)
        metadata = check_metadata(entries.pop("__metadata__", {}))
        for name, entry in entries.items():
            check_entry(name, entry)
        end = check_no_gaps(entries)
    except ValueError as error:
        raise ValueError(f"no safetensors file: its header is damaged ({error})") from None
    if size != 8 + length + end and not header_only:
        raise ValueError(f"the file has {size:,} bytes, expected {8 + length + end:,}")
    return entries, metadata, 8 + length


def check_metadata(metadata: Any) -> dict[str, str]:
    """Return a header's metadata, or raise unless it maps texts to texts."""
    if not isinstance(metadata, dict) or not all(
        isinstance(each, str) for each in metadata.values()
    ):
        raise ValueError(f"__metadata__ is {shortened(metadata)}, expected texts by name")
    return metadata


def check_entry(name: str, entry: Any) -> None:
    """Raise ValueError unless an entry of a header describes a tensor."""
    name.encode()  # a lone surrogate is no text
    if not isinstance(entry, dict) or not entry.keys() >= {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{shortened(entry)} is no tensor")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str):
        raise ValueError(f"{shortened(dtype)} is no dtype")  # noqa: TRY004 - damage, not misuse
    if not _are_lengths(shape) or len(shape) > MOST_AXES:
        raise ValueError(f"{shortened(shape)} is no shape")
    if not _are_lengths(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:  # noqa: PLR2004
        raise ValueError(f"{shortened(offsets)} are no data_offsets")
    itemsize = ITEMSIZES.get(dtype)
    if itemsize is not None and math.prod(shape) * itemsize != offsets[1] - offsets[0]:
        raise ValueError(f"{dtype} of shape {shape} does not take the bytes {offsets}")


def _are_lengths(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= LARGEST_LENGTH for value in values
    )


def check_no_gaps(entries: dict[str, Any]) -> int:
    """Return where the last tensor ends; raise where two overlap, or bytes belong to none."""
    end = 0
    for first, last in sorted(entry["data_offsets"] for entry in entries.values()):
        if first != end:
            problem = "belongs to two tensors" if first < end else "belongs to no tensor"
            raise ValueError(f"byte {min(first, end):,} {problem}")
        end = last
    return end
