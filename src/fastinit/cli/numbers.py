"""Parsers of the numbers in options."""

from __future__ import annotations

import argparse

from fastinit._support.byte_sizes import bytes_of


def integer(text: str) -> int:
    """Read an integer."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be an integer, got {text!r}") from None


def real(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None


def positive(text: str) -> int:
    """Read a positive integer."""
    number = integer(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def size(text: str) -> int:
    """Read a number of bytes, such as 64MiB or 1GB."""
    try:
        number = bytes_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1 byte, got {text!r}")
    return number
