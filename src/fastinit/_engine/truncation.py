"""Truncated normals: from a mean, a std and bounds to a kernel and its parameters.

Guarantees: the choice of the kernel and every parameter are exactly specified (decimal arithmetic
of 50 digits, then one rounding to float64). So they are the same on every machine.
`rapid_truncation` computes most of them faster. Let a < b be the bounds in standard deviations from
the mean. The first rule that applies selects the kernel:

1. b - a <= 2**-20, or both bounds are beyond 38 on one side: a *window*. The density falls
   exponentially. The relative error of the distribution is below 1e-6.
2. The output is float32 or narrower, and the probability between the bounds is at least 1/16: the
   octave *table* of the normal. The absolute error is below 1.5e-6 standard deviations. A value
   that would be beyond 6.338 becomes 6.338. At most 8 of the 2**32 words give such a value.
3. All other cases: the *tail* kernel in float64. It uses 32 bits of a word, or 64 bits for float64
   outputs. They divide the probability between the bounds, not the whole probability, so they
   resolve any interval.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from . import decimal_normal

# These are exact. They are not computed in decimal arithmetic, whose precision the program may set.
WINDOW = Decimal(2.0**-20)
FAR = Decimal(38)
LEAST_PROBABILITY_OF_TABLE = Decimal(1 / 16)
# From here on the density is exponential in all digits of a float64, and squares may overflow.
FARTHEST = Decimal("1e150")
# The window kernel squares half of the slope. The square must be finite.
_STEEPEST = Decimal(2**511)
_LEAST_FALL = Decimal(2.0**-60)  # it has the same effect as 0

_HALF = Decimal("0.5")
_WORDS = 1 << 32


class Table(NamedTuple):
    """Parameters of the table kernel; see transforms.pxd."""

    below: float
    above: float
    between: float
    split: float


class Tail(NamedTuple):
    """Parameters of the tail kernel; see transforms.pxd."""

    below: float
    above: float
    between: float
    split: float
    log_unit: float


class Window(NamedTuple):
    """Parameters of the window kernel; see transforms.pxd."""

    reach: float
    gain: float
    slope: float
    curvature: float
    from_upper_bound: bool  # values are counted downwards from the upper bound
    unit_exponent: int  # values are in units of 2**unit_exponent standard deviations


def parameters(
    mean: float, std: float, low: float, high: float, *, table_allowed: bool
) -> Table | Tail | Window:
    """Return the parameters for a kernel. Their type says which kernel.

    Parameters
    ----------
    mean, std : float
        Finite; std > 0.
    low, high : float
        Absolute bounds, low < high. They may be infinite.
    table_allowed : bool
        Whether the format of the output is float32 or narrower.
    """
    below, above = standardised(low, mean, std), standardised(high, mean, std)
    if is_window(below, above):
        # Not above - below: far from the mean, that difference may have no correct digit.
        return window(below, above, standardised(high, low, std))
    if table_allowed and has_table(below, above):
        return table(below, above)
    return tail(below, above)


def standardised(bound: float, mean: float, std: float) -> Decimal:
    """Return (bound - mean) / std with negligible rounding. One of the two may be infinite."""
    if math.isinf(bound) or math.isinf(mean):
        return Decimal(bound) - Decimal(mean)
    exact = (Fraction(bound) - Fraction(mean)) / Fraction(std)
    with decimal_normal.arithmetic():
        return Decimal(exact.numerator) / Decimal(exact.denominator)


def has_table(low: Decimal, high: Decimal) -> bool:
    """Say whether the octave table has enough resolution between the bounds."""
    return decimal_normal.probability_between(low, high) >= LEAST_PROBABILITY_OF_TABLE


def is_window(low: Decimal, high: Decimal) -> bool:
    """Say whether the density between the bounds is nearly exponential."""
    with decimal_normal.arithmetic():
        return high - low <= WINDOW or low >= FAR or high <= -FAR


def table(low: Decimal, high: Decimal) -> Table:
    """Return the parameters of the table kernel. Probabilities are in units of 2**-32."""
    with decimal_normal.arithmetic():
        below, above = (
            decimal_normal.probability_above(-low),
            decimal_normal.probability_above(high),
        )
        between = decimal_normal.probability_between(low, high)
        # The number of words whose midpoint is below the median. The last word counts from above.
        split = ((_HALF - below) / between * _WORDS - _HALF).to_integral_value("ROUND_CEILING")
        split = min(max(split, Decimal(0)), Decimal(_WORDS - 1))
        return Table(float(below * _WORDS), float(above * _WORDS), float(between), float(split))


def tail(low: Decimal, high: Decimal) -> Tail:
    """Return the parameters of the tail kernel. No probability exceeds their common unit."""
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
        # A power of two, so that the scaling changes no digit of a float64.
        power = 0
        while largest * 2 <= 1:
            shift = max(1, int(-largest.log10() * 3))
            largest *= Decimal(2) ** shift
            power += shift
        unit = Decimal(2) ** power
        log_unit = 2 * power * Decimal(2).ln()
        # The side that is not used may exceed the unit. It is not read, but must be finite.
        return Tail(
            float(min(below * unit, Decimal(1))),
            float(min(above * unit, Decimal(1))),
            float(between * unit),
            float(split),
            float(log_unit),
        )


def window(low: Decimal, high: Decimal, width: Decimal) -> Window:
    """Return the parameters of the window kernel. `width` is high - low."""
    with decimal_normal.arithmetic():
        from_upper_bound = low + high < 0
        if from_upper_bound:
            low, high = -high, -low
        if width <= WINDOW or low >= FARTHEST:
            # Exponential, with the slope of the midpoint, or of the bound if the window is wide.
            slope = (low + high) / 2 if width <= WINDOW else low
            fall = slope * width
            if fall < _LEAST_FALL:
                fall = _LEAST_FALL
                slope = fall / width
            # A steep slope is counted in a smaller unit: a power of two, which changes no digit.
            halvings = int(slope / (2 * _STEEPEST)).bit_length()
            slope /= 2**halvings
            return Window(_reach(fall), 1.0, float(slope / 2), 0.0, from_upper_bound, -halvings)
        # The logarithm of the probability above z is -(z**2) / 2 - ln z plus small terms. To first
        # order in (z**2 - low**2) / low**2, its inverse is a square root.
        square = low * low
        gain = 2 * square / (square + 1 - 2 / square)
        fall = Decimal("Infinity")
        if high.is_finite():
            fall = decimal_normal.log_probability_above(low) - decimal_normal.log_probability_above(
                high
            )
        return Window(_reach(fall), float(gain), float(low), float(gain), from_upper_bound, 0)


def _reach(fall: Decimal) -> float:
    """Return 1 - exp(-fall), but less than 1, because the logarithm of 0 would be infinite."""
    if not fall.is_finite():
        return 1 - 2.0**-53
    with decimal_normal.arithmetic(decimal_normal.DIGITS + 30):  # a fall of 2**-60 loses 18 digits
        return min(float(1 - (-fall).exp()), 1 - 2.0**-53)
