"""Addresses of values: the seed, the stream and the index of an element.

From the contract: word i of (seed, stream) is word ``i & 3`` of Philox block ``i >> 2``. Element i
of 32 bits uses word i. Element i of 64 bits uses words 2 i and 2 i + 1.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from fastinit._support.checks import as_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

#: It is raised whenever a value for the same arguments changes.
CONTRACT_VERSION = 1

_LIMIT = 1 << 64


def as_index(value: object, name: str, also: str = "") -> int:
    """Return an integer in [0, 2**64), or raise; the error names what else is accepted."""
    number = as_integer(value, name, also)
    if not 0 <= number < _LIMIT:
        raise ValueError(f"{name} must be in [0, 2**64), got {number}")
    return number


def check_seed(seed: object, also: str = "") -> int:
    """Return a seed in [0, 2**64), or raise; the error names what else is accepted."""
    if type(seed) is int and 0 <= seed < _LIMIT:
        return seed
    return as_index(seed, "seed", also)


def as_signed(word: int) -> int:
    """Return a number below 2**64 as a signed 64-bit integer: 2**64 is subtracted from 2**63 on.

    Saved states hold such integers, because the largest integer of checkpoints is 2**63 - 1.
    """
    return word - _LIMIT if word >= _LIMIT // 2 else word


def of_signed(value: object, name: str, also: str = "") -> int:
    """Return the number in [0, 2**64) that a signed integer stands for, or raise."""
    number = as_integer(value, name, also)
    if not -_LIMIT // 2 <= number < _LIMIT:
        raise ValueError(f"{name} must be in [-2**63, 2**64), got {number}")
    return number % _LIMIT


def check_contract(version: object, what: str) -> None:
    """Raise unless something was saved with the current version of the contract."""
    try:
        same = as_integer(version, "contract_version") == CONTRACT_VERSION
    except TypeError:
        same = False
    if not same:
        raise ValueError(
            f"{what} must have contract version {CONTRACT_VERSION}, got {version!r}: other "
            "versions give other values, so use the version of fastinit that saved it"
        )


def check_state(state: Mapping[str, object], names: frozenset[str]) -> None:
    """Raise unless a saved state has the current version of the contract and all required names."""
    check_contract(state.get("contract_version"), "state")
    if state.keys() != names:
        raise ValueError(
            f"state must have the keys {', '.join(sorted(names))}, "
            f"got {', '.join(sorted(map(str, state)))}"
        )


def check_bit_generator(state: object, name: str) -> None:
    """Raise unless a state is a dict that says that it belongs to a bit generator of this name."""
    if not isinstance(state, dict):
        raise TypeError(f"state must be a dict, got {type(state).__name__}")
    if state.get("bit_generator") != name:
        raise ValueError(
            f"state must be the state of a {name}, got the state of "
            f"{state.get('bit_generator', 'an unknown bit generator')}"
        )


@lru_cache(maxsize=1024)  # a digest takes 0.5 us
def number_of_name(name: str) -> int:
    """Return the number of a name: its 8-byte BLAKE2b digest, little-endian."""
    try:
        text = name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a name must be text that UTF-8 can encode, got {name!r}: the character at index "
            f"{error.start} is half of a surrogate pair"
        ) from None
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def check_stream(stream: object) -> int:
    """Return the number of a stream, which may be given as a name."""
    if type(stream) is int and 0 <= stream < _LIMIT:
        return stream
    if isinstance(stream, str):
        # A subclass may equal another text.
        return number_of_name(stream if type(stream) is str else str.__str__(stream))
    return as_index(stream, "stream", " or a string")


def check_offset(offset: object, count: int, itemsize: int) -> int:
    """Return the index of the first of `count` elements, or raise if the last one has no index."""
    index = 0 if type(offset) is int and offset == 0 else as_index(offset, "offset")
    limit = _LIMIT if itemsize <= 4 else _LIMIT // 2  # noqa: PLR2004 - bytes of a word
    if index + count > limit:
        raise ValueError(
            f"{count} elements from element {index} on end past the stream, which has "
            f"2**{limit.bit_length() - 1} elements of {itemsize} bytes"
        )
    return index
