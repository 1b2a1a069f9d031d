"""What is measured: distributions, dtypes and sizes, by the names that the tables show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

import fastinit

MIB = 1 << 20
SIZES = {
    "256 B": 256,
    "4 KiB": 4 << 10,
    "1 MiB": MIB,
    "64 MiB": 64 * MIB,
    "1 GiB": 1024 * MIB,
}
PEER_SIZES = ["256 B", "4 KiB", "1 MiB", "64 MiB"]
DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn"]
THREADS = sorted({1, fastinit.get_num_threads()})


@dataclass(frozen=True)
class Kind:
    """A distribution.

    Parameters
    ----------
    name : str
        In the tables.
    function : str
        fastinit's, in place.
    parameters : tuple of float
        (low, high), (mean, std) or (mean, std, a, b).
    """

    name: str
    function: str
    parameters: tuple[float, ...]


UNIFORM = Kind("uniform", "uniform_", (0.0, 1.0))
NORMAL = Kind("normal", "normal_", (0.0, 1.0))
TRUNCATED = Kind("truncated ±2σ", "trunc_normal_", (0.0, 1.0, -2.0, 2.0))
WIDE = Kind("truncated ±20σ", "trunc_normal_", (0.0, 0.1, -2.0, 2.0))  # PyTorch's default bounds
TAIL = Kind("truncated above 4σ", "trunc_normal_", (0.0, 1.0, 4.0, np.inf))

KINDS = [UNIFORM, NORMAL, TRUNCATED, WIDE, TAIL]


def as_dtype(name: str) -> np.dtype[Any]:
    """Return a dtype of NumPy's or of ml_dtypes'."""
    return np.dtype(getattr(ml_dtypes, name, name))
