"""Truncated normals: from a mean, a std and bounds to a kernel and its parameters.

Promises: the choice of the kernel and every parameter are exactly specified (50 decimal digits,
then one rounding to float64), so that they are the same on every machine. `rapid_truncation`
computes most of them sooner. The rule, in order, for bounds a < b in standard deviations from the
mean:

1. b - a <= 2**-20, or all is beyond 38 standard deviations: a *window*, in which the density falls
   exponentially; relative error of the distribution below 1e-6.
2. float32 or narrower, and a sixteenth of the normal's probability or more between the bounds: the
   octave *table* of the normal, absolute error below 1e-6 standard deviations.
3. Else the *tail* kernel in float64: 32 bits of a word resolve whatever lies between the bounds,
   because they divide its probability and not all of it; 64 bits for float64 outputs.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from . import decimal_normal

# All exact: they are no results of decimal arithmetic, whose digits the program may have set.
WINDOW = Decimal(2.0**-20)
FAR = Decimal(38)
LEAST_PROBABILITY_OF_TABLE = Decimal(1 / 16)
# From here on the density is exponential to all digits of a float64, and squares may overflow.
FARTHEST = Decimal("1e150")
# The window's kernel squares half of the slope, which must stay finite.
_STEEPEST = Decimal(2**511)
_LEAST_FALL = Decimal(2.0**-60)  # that no one can tell from none

_HALF = Decimal("0.5")
_WORDS = 1 << 32


class Table(NamedTuple):
    """Parameters of the octave table's kernel; see transforms.pxd."""

    below: float
    above: float
    between: float
    split: float


class Tail(NamedTuple):
    """Parameters of the kernel that inverts the distribution function; see transforms.pxd."""

    below: float
    above: float
    between: float
    split: float
    log_unit: float


class Window(NamedTuple):
    """Parameters of the window's kernel; see transforms.pxd."""

    reach: float
    gain: float
    slope: float
    curvature: float
    from_upper_bound: bool  # values are counted from there, downwards
    unit_exponent: int  # they are in units of 2**unit_exponent standard deviations


def parameters(
    mean: float, std: float, low: float, high: float, *, table_allowed: bool
) -> Table | Tail | Window:
    """Return what a kernel is to be given; of which type it is says which kernel.

    Parameters
    ----------
    mean, std : float
        Finite; std > 0.
    low, high : float
        Absolute bounds, low < high; they may be infinite.
    table_allowed : bool
        Whether the format of the output is float32 or narrower.
    """
    below, above = standardised(low, mean, std), standardised(high, mean, std)
    if is_window(below, above):
        # Not above - below: far from the mean no digit of the difference may be left.
        return window(below, above, standardised(high, low, std))
    if table_allowed and has_table(below, above):
        return table(below, above)
    return tail(below, above)


def standardised(bound: float, mean: float, std: float) -> Decimal:
    """Return (bound - mean) / std without a rounding that matters; one may be infinite."""
    if math.isinf(bound) or math.isinf(mean):
        return Decimal(bound) - Decimal(mean)
    exact = (Fraction(bound) - Fraction(mean)) / Fraction(std)
    with decimal_normal.arithmetic():
        return Decimal(exact.numerator) / Decimal(exact.denominator)


def has_table(low: Decimal, high: Decimal) -> bool:
    """Say whether the octave table resolves what lies between the bounds."""
    return decimal_normal.probability_between(low, high) >= LEAST_PROBABILITY_OF_TABLE


def is_window(low: Decimal, high: Decimal) -> bool:
    """Say whether the density between the bounds is nearly exponential."""
    with decimal_normal.arithmetic():
        return high - low <= WINDOW or low >= FAR or high <= -FAR


def table(low: Decimal, high: Decimal) -> Table:
    """Return the parameters of the octave table's kernel, probabilities in units of 2**-32."""
    with decimal_normal.arithmetic():
        below, above = (
            decimal_normal.probability_above(-low),
            decimal_normal.probability_above(high),
        )
        between = decimal_normal.probability_between(low, high)
        # Words whose middle is below the median; the last word is at the upper bound either way.
        split = ((_HALF - below) / between * _WORDS - _HALF).to_integral_value("ROUND_CEILING")
        split = min(max(split, Decimal(0)), Decimal(_WORDS - 1))
        return Table(float(below * _WORDS), float(above * _WORDS), float(between), float(split))


def tail(low: Decimal, high: Decimal) -> Tail:
    """Return the parameters of the float64 kernel, probabilities in a unit that all are within."""
    with decimal_normal.arithmetic():
        below, above = (
            decimal_normal.probability_above(-low),
            decimal_normal.probability_above(high),
        )
        between = decimal_normal.probability_between(low, high)
        if low >= 0:
            largest, split = above + between, Decimal(-1)
        elif high <= 0:
            largest, split = below + between, Decimal(2)
        else:
            largest, split = _HALF, (_HALF - below) / between
        # A power of two, so that the products are as exact as their factors.
        power = 0
        while largest * 2 <= 1:
            shift = max(1, int(-largest.log10() * 3))
            largest *= Decimal(2) ** shift
            power += shift
        unit = Decimal(2) ** power
        log_unit = 2 * power * Decimal(2).ln()
        # The side that is not used may be larger than the unit; it is not read, but stays finite.
        return Tail(
            float(min(below * unit, Decimal(1))),
            float(min(above * unit, Decimal(1))),
            float(between * unit),
            float(split),
            float(log_unit),
        )


def window(low: Decimal, high: Decimal, width: Decimal) -> Window:
    """Return the parameters of the window's kernel; `width` is high - low."""
    with decimal_normal.arithmetic():
        from_upper_bound = low + high < 0
        if from_upper_bound:
            low, high = -high, -low
        if width <= WINDOW or low >= FARTHEST:
            # Exponential with the slope of the middle; a wide one ends long before its middle.
            slope = (low + high) / 2 if width <= WINDOW else low
            fall = slope * width
            if fall < _LEAST_FALL:
                fall = _LEAST_FALL
                slope = fall / width
            # A steep slope is counted in a smaller unit: a power of two changes no digit.
            halvings = int(slope / (2 * _STEEPEST)).bit_length()
            slope /= 2**halvings
            return Window(_reach(fall), 1.0, float(slope / 2), 0.0, from_upper_bound, -halvings)
        # The logarithm of the probability above z is -(z**2) / 2 - ln z and small terms; to first
        # order in (z**2 - low**2) / low**2 its inverse is a square root.
        square = low * low
        gain = 2 * square / (square + 1 - 2 / square)
        fall = Decimal("Infinity")
        if high.is_finite():
            fall = decimal_normal.log_probability_above(low) - decimal_normal.log_probability_above(
                high
            )
        return Window(_reach(fall), float(gain), float(low), float(gain), from_upper_bound, 0)


def _reach(fall: Decimal) -> float:
    """Return 1 - exp(-fall), and less than 1, whose logarithm would be infinite."""
    if not fall.is_finite():
        return 1 - 2.0**-53
    with decimal_normal.arithmetic(decimal_normal.DIGITS + 30):  # a fall of 2**-60 leaves 18 digits
        return min(float(1 - (-fall).exp()), 1 - 2.0**-53)
