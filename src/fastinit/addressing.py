"""Where a value comes from: the seed, the stream and the index of an element.

This is the addressing contract's entry: word i of (seed, stream) is word ``i & 3`` of Philox block
``i >> 2``; element i of 32 bits uses word i, one of 64 bits uses words 2 i and 2 i + 1.
"""

from __future__ import annotations

import operator
from hashlib import blake2b

#: Changes whenever any value for the same arguments does.
CONTRACT_VERSION = 1

_LIMIT = 1 << 64


def as_index(value: object, name: str, also: str = "") -> int:
    """Return an integer in [0, 2**64), or raise an error that names what else could be given."""
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an integer{also}, not the bool {value}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer{also}, got {type(value).__name__}") from None
    if not 0 <= number < _LIMIT:
        raise ValueError(f"{name} must be in [0, 2**64), got {number}")
    return number


def check_seed(seed: object, also: str = "") -> int:
    """Return a seed in [0, 2**64), or raise an error that names what else could be given."""
    if type(seed) is int and 0 <= seed < _LIMIT:
        return seed
    # NumPy's bool has an index too, and is no more a seed than Python's.
    if type(seed).__name__ in ("bool", "bool_"):
        raise TypeError(f"seed must be an integer{also}, not the bool {seed}")
    return as_index(seed, "seed", also)


def number_of_name(name: str) -> int:
    """Return the number that stands for a name: its 8-byte BLAKE2b digest, little-endian."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def check_stream(stream: object) -> int:
    """Return a stream's number, which may be given by a name."""
    if type(stream) is int and 0 <= stream < _LIMIT:
        return stream
    if isinstance(stream, str):
        return number_of_name(stream)
    return as_index(stream, "stream", " or a string")


def check_offset(offset: object, count: int, itemsize: int) -> int:
    """Return the index of the first of count elements, or raise if the last has none."""
    index = 0 if type(offset) is int and offset == 0 else as_index(offset, "offset")
    limit = _LIMIT if itemsize <= 4 else _LIMIT // 2  # noqa: PLR2004 - bytes of a word
    if index + count > limit:
        raise ValueError(
            f"offset {index} + {count} elements of {itemsize} bytes end past the stream, "
            f"which has 2**{limit.bit_length() - 1} of them"
        )
    return index
