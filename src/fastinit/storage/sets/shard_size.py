"""Parse the largest size of a shard as Hugging Face does: ``"5GB"``, ``"500MB"``, or bytes."""

from __future__ import annotations

from fastinit._support.byte_sizes import bytes_of
from fastinit._support.checks import as_integer

#: The default of Hugging Face.
DEFAULT = "5GB"


def as_shard_size(size: int | str) -> int:
    """Return a size in bytes; raise TypeError or ValueError if it is not one.

    Parameters
    ----------
    size : int or str
        Bytes, or text as `bytes_of` reads it.
    """
    if isinstance(size, str):
        try:
            number = bytes_of(size)
        except ValueError as error:
            raise ValueError(f"max_shard_size: {error}") from None
    else:
        try:
            number = as_integer(size, "max_shard_size")
        except TypeError:
            raise TypeError(
                f"max_shard_size must be an integer or a string, got {size!r}"
            ) from None
    if number < 1:
        raise ValueError(f"max_shard_size must be 1 byte or more, got {size!r}")
    return number
