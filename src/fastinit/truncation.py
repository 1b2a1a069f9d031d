"""Truncated normals: from bounds in standard deviations to a kernel and its parameters.

Promises: the choice of the kernel and every parameter are exactly specified (decimal arithmetic,
then one rounding to float64), so that they are the same on every machine. The rule, in order, for
bounds a < b in standard deviations:

1. b - a <= 2**-20, or all is beyond 38 standard deviations: a *window*, in which the density falls
   exponentially; relative error of the distribution below 1e-6.
2. float32 or narrower, and a sixteenth of the normal's probability or more between the bounds: the
   octave table of the normal, absolute error below 1e-6 standard deviations.
3. Else the *tail* kernel in float64: 32 bits of a word resolve whatever lies between the bounds,
   because they divide its probability and not all of it; 64 bits for float64 outputs.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import NamedTuple

from . import gaussian

WINDOW = Decimal(2) ** -20
FAR = Decimal(38)
LEAST_PROBABILITY_OF_TABLE = Decimal(1) / 16
# Past the squares of which float64 has no numbers; nothing there differs from the bound itself.
FARTHEST = Decimal(10) ** 150

_HALF = Decimal("0.5")
_WORDS = 1 << 32


class Tail(NamedTuple):
    """Parameters of the kernels that invert the distribution function; see transforms.pxd."""

    below: float
    above: float
    between: float
    split: float
    log_unit: float = 0.0


class Window(NamedTuple):
    """Parameters of the window's kernel; see transforms.pxd."""

    reach: float
    gain: float
    slope: float
    curvature: float
    from_upper_bound: bool  # values are counted from there, downwards


def has_table(low: Decimal, high: Decimal) -> bool:
    """Say whether the octave table resolves what lies between the bounds."""
    return gaussian.probability_between(low, high) >= LEAST_PROBABILITY_OF_TABLE


def is_window(low: Decimal, high: Decimal) -> bool:
    """Say whether the density between the bounds is nearly exponential."""
    with localcontext() as context:
        context.prec = gaussian.DIGITS
        return high - low <= WINDOW or low >= FAR or high <= -FAR


def table(low: Decimal, high: Decimal) -> Tail:
    """Return the parameters of the octave table's kernel, probabilities in units of 2**-32."""
    with localcontext() as context:
        context.prec = gaussian.DIGITS
        below, above = gaussian.probability_above(-low), gaussian.probability_above(high)
        between = gaussian.probability_between(low, high)
        # Words whose middle is below the median; the last word is at the upper bound either way.
        split = ((_HALF - below) / between * _WORDS - _HALF).to_integral_value("ROUND_CEILING")
        split = min(max(split, Decimal(0)), Decimal(_WORDS - 1))
        return Tail(float(below * _WORDS), float(above * _WORDS), float(between), float(split))


def tail(low: Decimal, high: Decimal) -> Tail:
    """Return the parameters of the float64 kernel, probabilities in a unit that all are within."""
    with localcontext() as context:
        context.prec = gaussian.DIGITS
        below, above = gaussian.probability_above(-low), gaussian.probability_above(high)
        between = gaussian.probability_between(low, high)
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


def window(low: Decimal, high: Decimal) -> Window:
    """Return the parameters of the window's kernel."""
    with localcontext() as context:
        context.prec = gaussian.DIGITS
        from_upper_bound = low + high < 0
        if from_upper_bound:
            low, high = -high, -low
        low = min(low, FARTHEST)
        width = high - low
        if width <= WINDOW or low >= FARTHEST:
            # Exponential with the slope of the middle.
            slope = (low + high) / 2 if high.is_finite() else low
            fall = slope * width if width.is_finite() else Decimal("Infinity")
            least = Decimal(2) ** -60  # a fall that no one can tell from none
            if fall < least:
                fall = least
                slope = fall / width
            return Window(_reach(fall), 1.0, float(slope / 2), 0.0, from_upper_bound)
        # The logarithm of the probability above z is -(z**2) / 2 - ln z and small terms; to first
        # order in (z**2 - low**2) / low**2 its inverse is a square root.
        square = low * low
        gain = 2 * square / (square + 1 - 2 / square)
        fall = Decimal("Infinity")
        if high.is_finite():
            fall = gaussian.log_probability_above(low) - gaussian.log_probability_above(high)
        return Window(_reach(fall), float(gain), float(low), float(gain), from_upper_bound)


def _reach(fall: Decimal) -> float:
    """Return 1 - exp(-fall), and less than 1, whose logarithm would be infinite."""
    if not fall.is_finite():
        return 1 - 2.0**-53
    with localcontext() as context:
        context.prec = gaussian.DIGITS + 30  # a fall of 2**-60 leaves 18 digits
        return min(float(1 - (-fall).exp()), 1 - 2.0**-53)
