"""Distributions: which kernel, and its two parameters, checked for the dtype of the output.

Pure values. Promises: with parameters that pass here, no element is infinite or NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np


class Kind(IntEnum):
    """The kernels' numbers, in the order of ``Distribution`` in _kernels/transforms.pxd."""

    BITS32 = 0
    BITS64 = 1
    UNIFORM32 = 2
    UNIFORM64 = 3
    NORMAL32 = 4
    NORMAL64 = 5


@dataclass(frozen=True, slots=True)
class Law:
    """What the kernels are asked for: a kind, and low and high or mean and std."""

    kind: Kind
    first: float = 0.0
    second: float = 0.0


FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)
BITS_DTYPES = (np.dtype(np.uint32), np.dtype(np.uint64))
FLOAT_DTYPES = (FLOAT32, FLOAT64)

_LARGEST = {FLOAT32: float(np.finfo(np.float32).max), FLOAT64: float(np.finfo(np.float64).max)}

# The largest magnitude of a standard normal: the inverse CDF at 2**-33, and sqrt(2 ln 2**65).
_NORMAL_REACH = {FLOAT32: 6.34, FLOAT64: 9.5}

# A uniform's step, its range times 2**-24 (float32) or 2**-53 (float64), must be a normal number:
# machines differ in how they treat others.
_SMALLEST_RANGE = {FLOAT32: 2.0**-102, FLOAT64: 2.0**-969}


def _as_float(value: object, name: str) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a real number, got {type(value).__name__}") from None
    except OverflowError:
        raise ValueError(f"{name} must be finite, got {value}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")
    return number


def _in_dtype(number: float, name: str, dtype: np.dtype[Any]) -> float:
    if dtype == FLOAT64:
        return number
    if abs(number) > _LARGEST[FLOAT32]:
        raise ValueError(f"{name} must be finite in {dtype.name}, got {number}")
    return float(np.float32(number))


def random_bits(dtype: np.dtype[Any]) -> Law:
    """Return the law of raw words."""
    return Law(Kind.BITS32 if dtype == BITS_DTYPES[0] else Kind.BITS64)


def uniform(low: object, high: object, dtype: np.dtype[Any]) -> Law:
    """Return the uniform law on [low, high), both rounded to the dtype."""
    first, second = _as_float(low, "low"), _as_float(high, "high")
    # Rounded here for the checks only: the kernels round in a known floating-point environment.
    a, b = _in_dtype(first, "low", dtype), _in_dtype(second, "high", dtype)
    if first > second:
        raise ValueError(f"low must not be above high, got low={low} and high={high}")
    width = b - a
    if width > _LARGEST[dtype]:
        raise ValueError(
            f"high - low must be finite in {dtype.name}, got low={low} and high={high}"
        )
    if 0 < width < _SMALLEST_RANGE[dtype]:
        raise ValueError(
            f"high - low must be 0 or at least {_SMALLEST_RANGE[dtype]} in {dtype.name}, "
            f"got {width}"
        )
    return Law(Kind.UNIFORM32 if dtype == FLOAT32 else Kind.UNIFORM64, first, second)


def normal(mean: object, std: object, dtype: np.dtype[Any]) -> Law:
    """Return the normal law, mean and standard deviation rounded to the dtype."""
    centre, deviation = _as_float(mean, "mean"), _as_float(std, "std")
    if deviation < 0:
        raise ValueError(f"std must not be negative, got {std}")
    _in_dtype(centre, "mean", dtype)
    _in_dtype(deviation, "std", dtype)
    if abs(centre) + _NORMAL_REACH[dtype] * deviation > _LARGEST[dtype]:
        raise ValueError(
            f"mean and std must keep all values finite in {dtype.name}, "
            f"got mean={mean} and std={std}"
        )
    return Law(Kind.NORMAL32 if dtype == FLOAT32 else Kind.NORMAL64, centre, deviation)
