"""The number formats that can be filled, with exact arithmetic on their representable values.

Guarantees: `Format.nearest`, `at_or_above` and `at_or_below` are right in every floating-point
environment of the host program, because they use only Python integers and powers of two in
float64. Requires: a value to be rounded is a float64. Formats of ml_dtypes are identified by the
name of their dtype. Only `dtype_of_name` imports ml_dtypes, for a dtype of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable


class FormatNumber(IntEnum):
    """The numbers of the formats in the kernels, in the order of ``Format`` in transforms.pxd."""

    UINT32 = 0
    UINT64 = 1
    FLOAT32 = 2
    FLOAT64 = 3
    BFLOAT16 = 4
    FLOAT16 = 5
    FLOAT8_E4M3 = 6
    FLOAT8_E5M2 = 7


@dataclass(frozen=True, slots=True, eq=False)  # unique objects: fast hash by identity
class Format:
    """A binary floating-point format.

    Parameters
    ----------
    name : str
        The name of its dtype.
    number : FormatNumber
        Its number in the kernels.
    mantissa_bits : int
        The number of stored mantissa bits, without the leading one.
    lowest_exponent : int
        The exponent of the smallest normal number.
    largest : float
        The largest finite number.
    dlpack : (int, int)
        The type code and the number of bits in DLPack.
    """

    name: str
    number: FormatNumber
    mantissa_bits: int
    lowest_exponent: int
    largest: float
    dlpack: tuple[int, int]

    def _on_grid(self, value: float, round_integer: Callable[[float], int]) -> float:
        if value == 0.0 or not math.isfinite(value):
            return value
        exponent = max(math.frexp(value)[1] - 1, self.lowest_exponent)
        unit = exponent - self.mantissa_bits
        return math.ldexp(round_integer(math.ldexp(value, -unit)), unit)

    def nearest(self, value: float) -> float:
        """Return the representable value nearest to a value, ties to even."""
        return self._on_grid(value, round)

    def at_or_above(self, value: float) -> float:
        """Return the smallest representable value that is not below a value."""
        return self._on_grid(value, math.ceil)

    def at_or_below(self, value: float) -> float:
        """Return the largest representable value that is not above a value."""
        return self._on_grid(value, math.floor)

    def below(self, value: float) -> float:
        """Return the largest representable value below a value."""
        highest = self.at_or_below(value)
        if highest < value:
            return highest
        if value == 0.0:
            return -math.ldexp(1.0, self.lowest_exponent - self.mantissa_bits)
        fraction, exponent = math.frexp(value)
        # Below a positive power of two, representable values are twice as dense.
        finer = fraction == 0.5  # noqa: PLR2004 - the smallest mantissa of frexp
        unit = max(exponent - 1 - finer, self.lowest_exponent) - self.mantissa_bits
        return value - math.ldexp(1.0, unit)


FLOAT32 = Format("float32", FormatNumber.FLOAT32, 23, -126, (2 - 2.0**-23) * 2.0**127, (2, 32))

#: All floating-point formats, by the names of their dtypes. Other modules derive theirs from it.
FORMATS = {
    each.name: each
    for each in (
        FLOAT32,
        Format("float64", FormatNumber.FLOAT64, 52, -1022, (2 - 2.0**-52) * 2.0**1023, (2, 64)),
        Format("bfloat16", FormatNumber.BFLOAT16, 7, -126, (2 - 2.0**-7) * 2.0**127, (4, 16)),
        Format("float16", FormatNumber.FLOAT16, 10, -14, 65504.0, (2, 16)),
        Format("float8_e4m3fn", FormatNumber.FLOAT8_E4M3, 3, -6, 448.0, (10, 8)),
        Format("float8_e5m2", FormatNumber.FLOAT8_E5M2, 2, -14, 57344.0, (12, 8)),
    )
}
FLOAT_DTYPES = tuple(FORMATS)
BITS_DTYPES = ("uint32", "uint64")
#: The dtypes that NumPy lacks; ml_dtypes has them.
ML_DTYPES = tuple(name for name in FORMATS if not hasattr(np, name))


def dtype_of_name(name: str) -> np.dtype[Any]:
    """Return a dtype of NumPy or of ml_dtypes."""
    return np.dtype(getattr(require("ml_dtypes", "ml-dtypes"), name) if name in ML_DTYPES else name)


@lru_cache(maxsize=64)
def native_name(dtype: np.dtype[Any]) -> str | None:
    """Return the name of a dtype, or None if it is not in native byte order."""
    return dtype.name if dtype.isnative else None  # computing `name` takes a microsecond


@lru_cache(maxsize=64)
def format_of(dtype: np.dtype[Any]) -> Format:
    """Return the format of a floating-point dtype that has been checked."""
    return FORMATS[dtype.name]
