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
from fastinit._support.checks import as_real

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
    CONSTANT = 6


class Parameters(NamedTuple):
    """The numbers that a kernel takes. Each kernel reads only some; the others are 0.

    The names and their order are those of ``Parameters`` in _kernels/transforms.pxd.
    """

    lowest: float = 0.0
    """No value is below it. It is representable in the format of the output."""
    largest: float = 0.0
    """No value is above it. It is representable in the format of the output."""
    location: float = 0.0
    """The low of a uniform, the mean, the constant, or the bound at which a window begins."""
    scale: float = 0.0
    """The standard deviation; of a window, in its units and negative if it runs downwards."""
    step: float = 0.0
    """The distance of neighbouring values of a uniform."""
    below: float = 0.0
    """`Table` and `Tail` of truncation.py define this and the next ones."""
    above: float = 0.0
    between: float = 0.0
    split: float = 0.0
    log_unit: float = 0.0
    reach: float = 0.0
    """`Window` of truncation.py defines this and the next ones."""
    gain: float = 0.0
    slope: float = 0.0
    curvature: float = 0.0


class Law(NamedTuple):
    """The arguments of a kernel."""

    kind: Kind
    format: FormatNumber
    parameters: Parameters = Parameters()


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


# The names of the parameters in error messages. A caller whose own arguments have other names gives
# those; None stands for a parameter that its users cannot choose.
Names = tuple[str | None, ...]
_UNIFORM_NAMES = ("low", "high")
_NORMAL_NAMES = ("mean", "std")
_TRUNCATED_NAMES = ("mean", "std", "low", "high")
_TRUNCATED_IN_STDS_NAMES = ("mean", "std", "lower", "upper")


# Floats are the keys of caches: they are checked when a law is computed, not at each later call.
# Arguments of other types become floats before, because some of them have no hash.


def as_parameter(value: object, name: str | None, *, finite: bool = True) -> float:
    """Return a parameter of a distribution as a float, or raise; see `as_real`."""
    # The sum makes -0.0 positive: both zeros are equal, so they are one key of a cache.
    return as_real(value, name or "the parameter", finite=finite) + 0.0


def _joined(names: Names, values: tuple[float, ...] | None = None) -> str:
    """Return "mean and std", or with values "mean=0.0 and std=1.0", without unnamed parameters."""
    texts = [
        each if values is None else f"{each}={values[place]}"
        for place, each in enumerate(names)
        if each is not None
    ]
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last


def random_bits(dtype: np.dtype[Any]) -> Law:
    """Return the law of raw words."""
    four_bytes = dtype.itemsize == 4  # noqa: PLR2004 - bytes of a word
    return Law(Kind.BITS, FormatNumber.UINT32 if four_bytes else FormatNumber.UINT64)


def uniform(low: object, high: object, dtype: np.dtype[Any], names: Names = _UNIFORM_NAMES) -> Law:
    """Return the uniform law on [low, high), both rounded to the precision of the arithmetic."""
    if type(low) is not float or type(high) is not float:
        low, high = as_parameter(low, names[0]), as_parameter(high, names[1])
    return _uniform(low, high, dtype, names)


def constant(value: object, dtype: np.dtype[Any]) -> Law:
    """Return the law of one value, rounded to the dtype."""
    number, form = as_parameter(value, "value"), format_of(dtype)
    check_finite(number, "value", form)
    return _constant(number, form)


def normal(mean: object, std: object, dtype: np.dtype[Any], names: Names = _NORMAL_NAMES) -> Law:
    """Return the normal law, with mean and std rounded to the precision of the arithmetic."""
    if type(mean) is not float or type(std) is not float:
        mean, std = as_parameter(mean, names[0]), as_parameter(std, names[1])
    return _normal(mean, std, dtype, names)


def truncated_normal(
    mean: object,
    std: object,
    low: object,
    high: object,
    dtype: np.dtype[Any],
    names: Names = _TRUNCATED_NAMES,
    *,
    std_correction: bool = False,
) -> Law:
    """Return the normal law truncated to the absolute bounds [low, high], which may be infinite."""
    if type(mean) is not float or type(std) is not float:
        mean, std = as_parameter(mean, names[0]), as_parameter(std, names[1])
    if type(low) is not float or type(high) is not float:
        low = as_parameter(low, names[2], finite=False)
        high = as_parameter(high, names[3], finite=False)
    return _truncated_normal(mean, std, low, high, dtype, std_correction, names)


def truncated_normal_in_stds(
    mean: object,
    std: object,
    lower: object,
    upper: object,
    dtype: np.dtype[Any],
    names: Names = _TRUNCATED_IN_STDS_NAMES,
    *,
    std_correction: bool = False,
) -> Law:
    """Return the normal law truncated to mean + std [lower, upper], as in JAX.

    With `std_correction`, the std of the parent normal (also in the bounds) is chosen so that the
    result has the standard deviation `std`.
    """
    mean_name, std_name, lower_name, upper_name = names
    centre, parent = as_parameter(mean, mean_name), as_parameter(std, std_name)
    below = as_parameter(lower, lower_name, finite=False)
    above = as_parameter(upper, upper_name, finite=False)
    check_std(parent, std_name)
    if not below < above:
        raise ValueError(
            f"{lower_name} must be below {upper_name}, "
            f"got {_joined((lower_name, upper_name), (below, above))}"
        )
    if std_correction:
        parent = parent / _deviation(below, above)
    if parent == 0:
        below = above = 0.0
    start = "" if mean_name is None else f"{mean_name} + "
    return truncated_normal(
        centre,
        parent,
        centre + parent * below,
        centre + parent * above,
        dtype,
        (mean_name, std_name, f"{start}{std_name}*{lower_name}", f"{start}{std_name}*{upper_name}"),
    )


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
def _uniform(low: float, high: float, dtype: np.dtype[Any], names: Names) -> Law:
    low, high = as_parameter(low, names[0]), as_parameter(high, names[1])
    form = format_of(dtype)
    check_order(low, high, names)
    arithmetic = _arithmetic(form)
    a, b = arithmetic.nearest(low), arithmetic.nearest(high)
    narrower = form is not arithmetic
    for name, value in zip(names, (low, high), strict=True):
        check_finite(value, name, form)
    width = b - a
    range_name = " - ".join(name for name in reversed(names) if name is not None)
    if width > arithmetic.largest:
        raise ValueError(
            f"{range_name} must be finite in {form.name}, got {_joined(names, (low, high))}"
        )
    smallest = _SMALLEST_RANGE_FLOAT64 if form.number == FormatNumber.FLOAT64 else _SMALLEST_RANGE
    if 0 < width < smallest:
        raise ValueError(
            f"{range_name} must be 0 or at least {smallest} in {form.name}, got {width}"
        )
    if width == 0:
        return _constant(a, form)
    lowest, largest = (form.at_or_above(a) if narrower else a), form.below(b)
    if lowest > largest:
        raise ValueError(
            f"{form.name} has no number in [{', '.join(map(str, names))}), "
            f"got {_joined(names, (low, high))}; give a wider interval or a wider dtype"
        )
    # The variate is an integer of as many bits as a significand has.
    step = math.ldexp(arithmetic.nearest(width), -(arithmetic.mantissa_bits + 1))
    return Law(Kind.UNIFORM, form.number, Parameters(lowest, largest, location=a, step=step))


def check_finite(number: float, name: str | None, form: Format) -> None:
    """Raise if a number is infinite when it is rounded to a format."""
    if abs(form.nearest(number)) > form.largest:
        raise ValueError(
            f"{name} must be finite in {form.name}, whose largest number is {form.largest:g}, "
            f"got {number}"
        )


def check_std(std: float, name: str | None = "std") -> None:
    """Raise if a standard deviation is negative."""
    if std < 0:
        raise ValueError(f"{name} must not be negative, got {std}")


def check_order(low: float, high: float, names: Names) -> None:
    """Raise if no number lies between two bounds, including the ends."""
    if low > high or low == math.inf or high == -math.inf:
        low_name, high_name = names
        raise ValueError(
            f"{low_name} must not be above {high_name}, got {_joined(names, (low, high))}"
        )


def _check_range(mean: float, reach: float, form: Format, std: float, names: Names) -> None:
    if abs(mean) + reach > form.largest:
        raise _not_finite(mean, form, std, names)


def _not_finite(mean: float, form: Format, std: float, names: Names) -> ValueError:
    return ValueError(
        f"{_joined(names)} must keep all values finite in {form.name}, whose largest number is "
        f"{form.largest:g}, got {_joined(names, (mean, std))}"
    )


def reach_of_normal(form: Format) -> float:
    """Return a magnitude that no standard normal of a format exceeds."""
    return _REACH_OF_BOX_MULLER if form.number == FormatNumber.FLOAT64 else REACH_OF_TABLE


@lru_cache(maxsize=256)
def _normal(mean: float, std: float, dtype: np.dtype[Any], names: Names) -> Law:
    mean, std = as_parameter(mean, names[0]), as_parameter(std, names[1])
    form = format_of(dtype)
    check_std(std, names[1])
    _check_range(mean, std * reach_of_normal(form), form, std, names)
    rounded = _arithmetic(form).nearest(mean)
    # Without spread it is a constant, except that a negative mean that float32 rounds to zero gives
    # zeros of both signs. The kernel rounds to a narrow format, which keeps the sign of a zero.
    if std == 0 and (rounded != 0 or mean >= 0):
        nearest = form.nearest(rounded)
        return Law(Kind.CONSTANT, form.number, Parameters(nearest, nearest, location=rounded))
    bounds = -form.largest, form.largest
    return Law(Kind.NORMAL, form.number, Parameters(*bounds, location=mean, scale=std))


@lru_cache(maxsize=256)
def _truncated_normal(
    mean: float,
    std: float,
    low: float,
    high: float,
    dtype: np.dtype[Any],
    std_correction: bool,  # noqa: FBT001
    names: Names,
) -> Law:
    mean, std = as_parameter(mean, names[0]), as_parameter(std, names[1])
    low = as_parameter(low, names[2], finite=False)
    high = as_parameter(high, names[3], finite=False)
    form = format_of(dtype)
    mean_name, std_name, *bound_names = names
    interval = f"[{', '.join(map(str, bound_names))}]"
    check_std(std, std_name)
    check_order(low, high, tuple(bound_names))
    lowest = max(form.at_or_above(low), -form.largest)
    largest = min(form.at_or_below(high), form.largest)
    if lowest > largest:
        raise ValueError(
            f"{form.name} has no number in {interval}, "
            f"got {_joined(tuple(bound_names), (low, high))}; give wider bounds or a wider dtype"
        )
    if std == 0:
        if not low <= mean <= high:
            raise ValueError(
                f"{mean_name} must be in {interval} if {std_name} is 0, "
                f"got {_joined((mean_name, *bound_names), (mean, low, high))}"
            )
        if abs(form.nearest(mean)) > form.largest:
            raise _not_finite(mean, form, std, (mean_name, std_name))
        return _constant(mean, form, lowest, largest)
    if low == high:
        return _constant(low, form, lowest, largest)
    if std_correction:
        std = _corrected_std(mean, std, low, high, names)
    bounds = (lowest, largest)
    # The table kernel takes mean and std as float32, which must hold them with full precision.
    table_allowed = form.number != FormatNumber.FLOAT64 and (
        _SMALLEST_NORMAL <= std <= FLOAT32.largest and abs(mean) <= FLOAT32.largest
    )
    arguments = mean, std, low, high
    found = rapid_truncation.parameters(
        *arguments, table_allowed=table_allowed
    ) or truncation.parameters(*arguments, table_allowed=table_allowed)
    # Beyond a bound in the tail, the density falls faster than from the mean.
    nearest, reach = min(max(mean, low), high), REACH_OF_TABLE * std
    if max(-max(low, nearest - reach), min(high, nearest + reach)) > form.largest:
        raise _not_finite(mean, form, std, (mean_name, std_name))
    if isinstance(found, truncation.Window):
        start, scale = (high, -std) if found.from_upper_bound else (low, std)
        scale = math.ldexp(scale, found.unit_exponent)
        window = Parameters(
            *bounds,
            location=start,
            scale=scale,
            reach=found.reach,
            gain=found.gain,
            slope=found.slope,
            curvature=found.curvature,
        )
        return Law(Kind.TRUNCATED_WINDOW, form.number, window)
    kind = Kind.TRUNCATED if isinstance(found, truncation.Table) else Kind.TRUNCATED_TAIL
    parameters = Parameters(*bounds, location=mean, scale=std, **found._asdict())
    return Law(kind, form.number, parameters)


def _constant(
    value: float, form: Format, lowest: float | None = None, largest: float | None = None
) -> Law:
    """Return the law of a value, rounded to a format; it stays within bounds, if there are any."""
    # A number that float32 has rounded up may be nearer to infinity than to the largest number.
    lowest = -form.largest if lowest is None else lowest
    largest = form.largest if largest is None else largest
    nearest = min(max(form.nearest(value), lowest), largest)
    return Law(Kind.CONSTANT, form.number, Parameters(nearest, nearest, location=nearest))


def _corrected_std(mean: float, std: float, low: float, high: float, names: Names) -> float:
    """Return the std of the parent normal for which the truncated normal has the requested std.

    It is the smallest float64 that gives at least this std. Between fixed bounds, the std of the
    truncated normal increases with that of its parent, up to (high - low) / sqrt(12), the std of
    the uniform distribution.
    """
    widest = (high - low) / math.sqrt(12.0)
    if std >= widest:
        raise ValueError(
            f"{names[1]} must be below ({names[3]} - {names[2]}) / sqrt(12) = {widest} if "
            f"std_correction is true, got {std}; give wider bounds or std_correction=False"
        )

    with decimal_normal.arithmetic(_DIGITS_OF_CORRECTION):
        return _least_std(mean, std, low, high, names)


def _least_std(mean: float, std: float, low: float, high: float, names: Names) -> float:
    def excess(parent: float) -> Decimal:
        bounds = [truncation.standardised(bound, mean, parent) for bound in (low, high)]
        width = truncation.standardised(high, low, parent)
        return Decimal(parent) * decimal_normal.truncated_deviation(*bounds, width) - Decimal(std)

    below, above = 0.0, std
    too_little, too_much = Decimal(-std), excess(above)
    while too_much < 0:
        if above == sys.float_info.max:
            raise ValueError(
                f"{names[1]} is too large for these bounds: std_correction would need a standard "
                f"deviation that is infinite, got {_joined(names, (mean, std, low, high))}; "
                f"give a smaller {names[1]} or std_correction=False"
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
