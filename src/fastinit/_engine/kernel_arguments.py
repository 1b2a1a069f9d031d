"""Laws: the kernel for a distribution and its parameters, checked for the output format.

Pure values. Guarantees: with parameters that pass here, no element is infinite or NaN, no element
is outside its bounds, and no uniform equals `high`.
"""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fastinit._memory.dtypes import FLOAT32, Format, FormatNumber, format_of

from . import decimal_normal, rapid_truncation, truncation

if TYPE_CHECKING:
    import numpy as np


class Kind(IntEnum):
    """The numbers of the kernels, in the order of ``Distribution`` in _kernels/transforms.pxd."""

    BITS = 0
    UNIFORM = 1
    NORMAL = 2
    TRUNCATED = 3
    TRUNCATED_TAIL = 4
    TRUNCATED_WINDOW = 5


class Law(NamedTuple):
    """The arguments of a kernel. Parameters have the order of ``Parameters`` in transforms.pxd."""

    kind: Kind
    format: FormatNumber
    parameters: tuple[float, ...] = ()


# The largest magnitude of a standard normal: the inverse CDF at 2**-33, and sqrt(2 ln 2**65).
REACH_OF_TABLE = 6.34
_REACH_OF_BOX_MULLER = 9.5

# The step of a uniform, which is its range times 2**-24 (float64: 2**-53), must be a normal number,
# because machines treat subnormal numbers differently.
_SMALLEST_RANGE = 2.0**-102
_SMALLEST_RANGE_FLOAT64 = 2.0**-969

# The number of digits in which two standard deviations are compared. The last bits depend on it.
_DIGITS_OF_CORRECTION = 28

# The smallest normal float32. Smaller numbers have fewer digits.
_SMALLEST_NORMAL = 2.0**-126


def as_float(value: object, name: str, *, finite: bool = True) -> float:
    """Return a number as a float, or raise. Infinite numbers are accepted if `finite` is false."""
    if type(value) is not float:
        if isinstance(value, (str, bytes)):
            raise TypeError(f"{name} must be a real number, got {type(value).__name__}")
        try:
            value = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a real number, got {type(value).__name__}") from None
        except OverflowError:
            raise ValueError(f"{name} must be finite, got {value}") from None
    if not math.isfinite(value) and (finite or math.isnan(value)):
        raise ValueError(f"{name} must be {'finite' if finite else 'a number'}, got {value}")
    return value + 0.0  # makes -0.0 positive: both are equal and have the same hash


def random_bits(dtype: np.dtype[Any]) -> Law:
    """Return the law of raw words."""
    four_bytes = dtype.itemsize == 4  # noqa: PLR2004 - bytes of a word
    return Law(Kind.BITS, FormatNumber.UINT32 if four_bytes else FormatNumber.UINT64)


def uniform(low: object, high: object, dtype: np.dtype[Any]) -> Law:
    """Return the uniform law on [low, high), both rounded to the precision of the arithmetic."""
    return _uniform(as_float(low, "low"), as_float(high, "high"), format_of(dtype))


def constant(value: object, dtype: np.dtype[Any]) -> Law:
    """Return the law of one value, rounded to the dtype."""
    number, form = as_float(value, "value"), format_of(dtype)
    if abs(form.nearest(number)) > form.largest:
        raise ValueError(f"value must be finite in {form.name}, got {number}")
    return _constant(number, -form.largest, form.largest, form)


def normal(mean: object, std: object, dtype: np.dtype[Any]) -> Law:
    """Return the normal law, with mean and std rounded to the precision of the arithmetic."""
    return _normal(as_float(mean, "mean"), as_float(std, "std"), format_of(dtype))


def truncated_normal(
    mean: object,
    std: object,
    low: object,
    high: object,
    dtype: np.dtype[Any],
    *,
    std_correction: bool = False,
) -> Law:
    """Return the normal law truncated to the absolute bounds [low, high], which may be infinite."""
    return _truncated_normal(
        as_float(mean, "mean"),
        as_float(std, "std"),
        as_float(low, "a", finite=False),
        as_float(high, "b", finite=False),
        format_of(dtype),
        std_correction,
    )


def truncated_normal_in_stds(
    mean: object,
    std: object,
    lower: object,
    upper: object,
    dtype: np.dtype[Any],
    *,
    std_correction: bool = False,
) -> Law:
    """Return the normal law truncated to mean + std [lower, upper], as in JAX.

    With `std_correction`, the std of the parent normal (also in the bounds) is chosen so that the
    result has the standard deviation `std`.
    """
    centre, parent = as_float(mean, "mean"), as_float(std, "std")
    below = as_float(lower, "lower", finite=False)
    above = as_float(upper, "upper", finite=False)
    if not below < above:
        raise ValueError(f"lower must be below upper, got lower={lower} and upper={upper}")
    if std_correction:
        parent = parent / _deviation(below, above)
    if parent == 0:
        below = above = 0.0
    return truncated_normal(centre, parent, centre + parent * below, centre + parent * above, dtype)


@lru_cache(maxsize=256)
def _deviation(lower: float, upper: float) -> float:
    """Return the standard deviation of a standard normal truncated to [lower, upper]."""
    bounds = (truncation.standardised(bound, 0.0, 1.0) for bound in (lower, upper))
    width = truncation.standardised(upper, lower, 1.0)
    return float(decimal_normal.truncated_deviation(*bounds, width))


def _arithmetic(form: Format) -> Format:
    """Return the format in which the values of a format are computed."""
    return form if form.number == FormatNumber.FLOAT64 else FLOAT32


@lru_cache(maxsize=256)
def _uniform(low: float, high: float, form: Format) -> Law:
    check_order(low, high, "low", "high")
    arithmetic = _arithmetic(form)
    a, b = arithmetic.nearest(low), arithmetic.nearest(high)
    narrower = form is not arithmetic
    for name, value, nearest in (("low", low, a), ("high", high, b)):
        if abs(form.nearest(value) if narrower else nearest) > form.largest:
            raise ValueError(f"{name} must be finite in {form.name}, got {value}")
    width = b - a
    if width > arithmetic.largest:
        raise ValueError(f"high - low must be finite in {form.name}, got low={low} and high={high}")
    smallest = _SMALLEST_RANGE_FLOAT64 if form.number == FormatNumber.FLOAT64 else _SMALLEST_RANGE
    if 0 < width < smallest:
        raise ValueError(f"high - low must be 0 or at least {smallest} in {form.name}, got {width}")
    if width == 0:
        lowest = largest = form.nearest(a)
    else:
        lowest, largest = (form.at_or_above(a) if narrower else a), form.below(b)
    if lowest > largest:
        raise ValueError(
            f"no {form.name} lies in [low, high), got low={low} and high={high}; "
            "give a wider interval or a wider dtype"
        )
    return Law(Kind.UNIFORM, form.number, (lowest, largest, low, high))


def check_std(std: float) -> None:
    """Raise if a standard deviation is negative."""
    if std < 0:
        raise ValueError(f"std must not be negative, got {std}")


def check_order(low: float, high: float, low_name: str, high_name: str) -> None:
    """Raise if no number lies between two bounds, including the ends."""
    if low > high or low == math.inf or high == -math.inf:
        raise ValueError(
            f"{low_name} must not be above {high_name}, got {low_name}={low} and {high_name}={high}"
        )


def _check_range(mean: float, reach: float, form: Format, std: float) -> None:
    if abs(mean) + reach > form.largest:
        raise ValueError(
            f"mean and std must keep all values finite in {form.name}, "
            f"got mean={mean} and std={std}"
        )


def reach_of_normal(form: Format) -> float:
    """Return a magnitude that no standard normal of a format exceeds."""
    return _REACH_OF_BOX_MULLER if form.number == FormatNumber.FLOAT64 else REACH_OF_TABLE


@lru_cache(maxsize=256)
def _normal(mean: float, std: float, form: Format) -> Law:
    check_std(std)
    _check_range(mean, std * reach_of_normal(form), form, std)
    return Law(Kind.NORMAL, form.number, (-form.largest, form.largest, mean, std))


@lru_cache(maxsize=256)
def _truncated_normal(
    mean: float,
    std: float,
    low: float,
    high: float,
    form: Format,
    std_correction: bool,  # noqa: FBT001
) -> Law:
    check_std(std)
    check_order(low, high, "a", "b")
    lowest = max(form.at_or_above(low), -form.largest)
    largest = min(form.at_or_below(high), form.largest)
    if lowest > largest:
        raise ValueError(
            f"no {form.name} lies in [a, b], got a={low} and b={high}; "
            "give wider bounds or a wider dtype"
        )
    if std == 0:
        if not low <= mean <= high:
            raise ValueError(
                f"mean must lie in [a, b] where std is 0, got mean={mean}, a={low} and b={high}"
            )
        return _constant(mean, lowest, largest, form)
    if low == high:
        return _constant(low, lowest, largest, form)
    if std_correction:
        std = _corrected_std(mean, std, low, high)
    bounds = (lowest, largest)
    # The table kernel takes mean and std as float32, which must hold them with full precision.
    table_allowed = form.number != FormatNumber.FLOAT64 and (
        _SMALLEST_NORMAL <= std <= FLOAT32.largest and abs(mean) <= FLOAT32.largest
    )
    arguments = mean, std, low, high
    found = rapid_truncation.parameters(
        *arguments, table_allowed=table_allowed
    ) or truncation.parameters(*arguments, table_allowed=table_allowed)
    nearest, reach = min(max(mean, low), high), REACH_OF_TABLE * std
    # The window kernel counts from a bound, the others from the mean.
    origin = nearest if isinstance(found, truncation.Window) else mean
    _check_range(nearest, min(reach, max(high - origin, origin - low)), form, std)
    if isinstance(found, truncation.Window):
        start, scale = (high, -std) if found.from_upper_bound else (low, std)
        scale = math.ldexp(scale, found.unit_exponent)
        window = (found.reach, found.gain, found.slope, found.curvature)
        unused = (0.0,) * len(truncation.Tail._fields)
        return Law(Kind.TRUNCATED_WINDOW, form.number, (*bounds, start, scale, *unused, *window))
    kind = Kind.TRUNCATED if isinstance(found, truncation.Table) else Kind.TRUNCATED_TAIL
    return Law(kind, form.number, (*bounds, mean, std, *found))


def _constant(value: float, lowest: float, largest: float, form: Format) -> Law:
    nearest = min(max(form.nearest(value), lowest), largest)
    return Law(Kind.UNIFORM, form.number, (nearest, nearest, nearest, nearest))


def _corrected_std(mean: float, std: float, low: float, high: float) -> float:
    """Return the std of the parent normal for which the truncated normal has the requested std.

    It is the smallest float64 that gives at least this std. Between fixed bounds, the std of the
    truncated normal increases with that of its parent, up to (high - low) / sqrt(12), the std of
    the uniform distribution.
    """
    widest = (high - low) / math.sqrt(12.0)
    if std >= widest:
        raise ValueError(
            f"no normal truncated to [a, b] has a standard deviation of {std}: it must be below "
            f"(b - a) / sqrt(12) = {widest}; give wider bounds or std_correction=False"
        )

    with decimal_normal.arithmetic(_DIGITS_OF_CORRECTION):
        return _least_std(mean, std, low, high)


def _least_std(mean: float, std: float, low: float, high: float) -> float:
    def excess(parent: float) -> Decimal:
        bounds = [truncation.standardised(bound, mean, parent) for bound in (low, high)]
        width = truncation.standardised(high, low, parent)
        return Decimal(parent) * decimal_normal.truncated_deviation(*bounds, width) - Decimal(std)

    below, above = 0.0, std
    too_little, too_much = Decimal(-std), excess(above)
    while too_much < 0:
        if above == sys.float_info.max:
            raise ValueError(
                f"no normal of a finite standard deviation has one of {std} between [a, b], got "
                f"mean={mean}, a={low} and b={high}; give a smaller std or std_correction=False"
            )
        below, too_little = above, too_much
        above = min(2 * above, sys.float_info.max)
        too_much = excess(above)
    # The Illinois method (Dowell and Jarratt, BIT 11, 1971): the next point is the zero of the line
    # through both ends. If an end stays twice, its value is halved, so that both ends converge.
    moved = 0
    while (first := math.nextafter(below, math.inf)) < above:
        share = float(too_little / (too_little - too_much))
        middle = min(max(below + share * (above - below), first), math.nextafter(above, 0.0))
        excess_there = excess(middle)
        if excess_there < 0:
            too_much /= 2 if moved < 0 else 1
            below, too_little, moved = middle, excess_there, -1
        else:
            too_little /= 2 if moved > 0 else 1
            above, too_much, moved = middle, excess_there, 1
    return above
