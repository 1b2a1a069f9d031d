"""The header of a safetensors file: eight bytes of length, then JSON, then the tensors.

The source is the format's own description (https://github.com/huggingface/safetensors). The
formula of weight NAME is the JSON text under ``fastinit.NAME`` in ``__metadata__``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

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
FORMULA_KEY = "fastinit."
ALIGNMENT = 64
#: Readers refuse longer headers.
LONGEST_HEADER = 100_000_000


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


def read_header(file: BinaryIO) -> tuple[dict[str, Any], dict[str, str], int]:
    """Return a file's entries, its metadata, and where its tensors start, or raise ValueError.

    The entries are by name: dtype, shape and data_offsets, as they stand in the file.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > LONGEST_HEADER:
        raise ValueError("no safetensors file: its header would be too long")
    text = file.read(length)
    if len(text) < length or not text.startswith(b"{"):
        raise ValueError("no safetensors file: its header is missing or cut off")
    try:
        entries = json.loads(text, object_pairs_hook=_without_repeats)
        metadata = entries.pop("__metadata__", {})
        for entry in entries.values():
            _check_entry(entry)
        if not isinstance(metadata, dict):
            raise TypeError("the metadata is no object")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no safetensors file: its header is damaged ({error})") from None
    return entries, metadata, 8 + length


def _check_entry(entry: dict[str, Any]) -> None:
    """Raise unless an entry of a header has the types and signs that a tensor's has."""
    first, last = entry["data_offsets"]
    numbers = [first, last, *entry["shape"]]
    whole = isinstance(entry["shape"], list) and all(type(each) is int for each in numbers)
    if not whole or min(numbers) < 0 or first > last or not isinstance(entry["dtype"], str):
        raise ValueError(f"{entry} is no tensor")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a name that is there twice is an error, where readers would differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found
