"""Parsers of names in options. Their errors suggest the nearest name."""

from __future__ import annotations

import argparse

from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.suggestions import did_you_mean
from fastinit.storage.blocks.block_stats import CHECKSUMS

#: Short names of dtypes, as configurations of frameworks and safetensors spell them. `float` is not
#: one: it has 32 bits in PyTorch and 64 in NumPy.
SHORT_DTYPES = {
    "bf16": "bfloat16",
    "fp16": "float16",
    "f16": "float16",
    "half": "float16",
    "fp32": "float32",
    "f32": "float32",
    "single": "float32",
    "fp64": "float64",
    "f64": "float64",
    "double": "float64",
}


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
