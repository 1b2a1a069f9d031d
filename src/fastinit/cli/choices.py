"""Parsers of names in options. Their errors suggest the nearest name."""

from __future__ import annotations

import argparse

from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.suggestions import did_you_mean
from fastinit.storage.blocks.block_stats import CHECKSUMS
from fastinit.storage.config import SHORT_DTYPES


def dtype_of(text: str) -> str:
    """Read the name of a dtype; also a short one, such as bf16, in any case."""
    name = SHORT_DTYPES.get(text.lower(), text)
    if name not in FLOAT_DTYPES:
        hint = did_you_mean(text, (*FLOAT_DTYPES, *SHORT_DTYPES))
        known = ", ".join(FLOAT_DTYPES)
        raise argparse.ArgumentTypeError(f"must be one of {known}, got {text!r}{hint}")
    return name


def checksum_of(text: str) -> str:
    """Read the name of a checksum."""
    if text not in CHECKSUMS:
        known = " or ".join(CHECKSUMS)
        hint = did_you_mean(text, CHECKSUMS)
        raise argparse.ArgumentTypeError(f"must be {known}, got {text!r}{hint}")
    return text
