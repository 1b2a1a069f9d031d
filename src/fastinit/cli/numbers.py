"""Parsers of the numbers in options."""

from __future__ import annotations

import argparse

#: The bytes of each unit. Longer names come first, because a short name may end a longer one.
UNITS = {
    **{f"{prefix}iB": 1 << 10 * power for power, prefix in enumerate("KMGT", 1)},
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("kMGT", 1)},
    "B": 1,
}


def positive(text: str) -> int:
    """Read a positive integer."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be an integer, got {text!r}") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def size(text: str) -> int:
    """Read a number of bytes, such as 64MiB or 1GB."""
    number, unit = text, 1
    for name, nbytes in UNITS.items():
        if text.lower().endswith(name.lower()):
            number, unit = text[: -len(name)], nbytes
            break
    try:
        return positive(number.strip()) * unit
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"write it like 64MiB, got {text!r}") from None
