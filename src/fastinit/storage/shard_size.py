"""Parse the largest size of a shard as Hugging Face does: ``"5GB"``, ``"500MB"``, or bytes."""

from __future__ import annotations

import re

UNITS = {
    "": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
    "TIB": 1 << 40,
}
#: The default of Hugging Face.
DEFAULT = "5GB"


def as_shard_size(size: int | str) -> int:
    """Return a size in bytes; raise TypeError or ValueError if it is not one.

    Parameters
    ----------
    size : int or str
        Bytes, or a number and a unit: KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB.
    """
    if isinstance(size, int) and not isinstance(size, bool):
        number = size
    elif isinstance(size, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B)?\s*", size, re.IGNORECASE)
        if found is None:
            raise ValueError(f"max_shard_size: write it like 5GB, 500MB or 1GiB, got {size!r}")
        number = int(float(found[1]) * UNITS[(found[2] or "").upper()])
    else:
        raise TypeError(f"max_shard_size must be an integer or a string, got {size!r}")
    if number < 1:
        raise ValueError(f"max_shard_size must be 1 byte or more, got {size!r}")
    return number
