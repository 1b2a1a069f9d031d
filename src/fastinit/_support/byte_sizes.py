"""Sizes in bytes as text: ``"64MiB"``, ``"1.5GB"``, ``"4096"``."""

from __future__ import annotations

import re

_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def bytes_of(text: str) -> int:
    """Return a number of bytes, or raise ValueError.

    Parameters
    ----------
    text : str
        A number and, optionally, a unit in upper or lower case: B, KB, MB, GB or TB (powers of
        1000); KiB, MiB, GiB or TiB (powers of 1024). A part of a byte is dropped.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMGT]?)(I?)B)?\s*", text.upper())
    if found is None or (found[3] and not found[2]):
        raise ValueError(f"expected a size such as 64MiB or 5GB, got {text!r}")
    unit = (1024 if found[3] else 1000) ** _POWERS[found[2] or ""]
    number = found[1]
    return int(number) * unit if number.isdecimal() else int(float(number) * unit)
