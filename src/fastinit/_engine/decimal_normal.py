"""The normal distribution function in decimal arithmetic, for the parameters of truncated normals.

Guarantees: about 40 of its 50 digits are correct, also far in a tail where float64 has none. The
digits are the same on every machine, because the decimal arithmetic of Python is exactly specified;
the erfc of a C library is not. They are the same in every program, because the decimal context of
the program is not used. One value takes up to 200 microseconds.
"""

from __future__ import annotations

from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

DIGITS = 50
_ONE = Decimal(1)
_INFINITY = Decimal("Infinity")

# From this x on, the continued fraction needs fewer terms than the series.
_SERIES_REACH = 6
_FRACTION_DEPTH = 400

# Beyond these limits the density is exponential within the precision of float64. The relative
# effect of its curvature is the square of the width, or 3 divided by the square of the bound.
_NARROW = Decimal("1e-10")
_FAR = Decimal("1e8")


def arithmetic(digits: int = DIGITS) -> AbstractContextManager[Context]:
    """Return a decimal context that cannot overflow, independent of the context of the program."""
    return localcontext(_context(digits))


@lru_cache
def _context(digits: int) -> Context:
    return Context(
        prec=digits,
        rounding=ROUND_HALF_EVEN,
        Emin=MIN_EMIN,
        Emax=MAX_EMAX,
        traps=[InvalidOperation, DivisionByZero, Overflow],
    )


@lru_cache(maxsize=1)
def _sqrt_two_pi() -> Decimal:
    """Return the square root of 2 pi, with pi from Machin's formula."""
    with arithmetic(DIGITS + 10):

        def arc_cotangent(x: int) -> Decimal:
            total, power, k = Decimal(0), _ONE / x, 0
            while power > Decimal(10) ** -(DIGITS + 10):
                total += (-1) ** k * power / (2 * k + 1)
                power /= x * x
                k += 1
            return total

        return (8 * (4 * arc_cotangent(5) - arc_cotangent(239))).sqrt()


def density(x: Decimal) -> Decimal:
    """Return the standard normal density at x."""
    return (-x * x / 2).exp() / _sqrt_two_pi()


def _mills_ratio(x: Decimal) -> Decimal:
    """Return P(above x) / density(x) for large x, by a continued fraction."""
    denominator = x
    for k in range(_FRACTION_DEPTH, 0, -1):
        denominator = x + k / denominator
    return _ONE / denominator


@lru_cache(maxsize=1024)
def probability_above(x: Decimal) -> Decimal:
    """Return the probability that a standard normal exceeds x, which may be infinite."""
    with arithmetic() as context:
        if x == _INFINITY:
            return Decimal(0)
        if x < 0:
            return _ONE - probability_above(-x)
        if x >= _SERIES_REACH:
            return density(x) * _mills_ratio(x)
        # Abramowitz and Stegun, 26.2.11. Ten digits are added: the difference may lose them.
        context.prec = DIGITS + 10
        term, total, odd = x, x, 1
        while term > Decimal(10) ** -(DIGITS + 10):
            odd += 2
            term = term * x * x / odd
            total += term
        return Decimal("0.5") - density(x) * total


def log_probability_above(x: Decimal) -> Decimal:
    """Return the logarithm of the probability that a standard normal exceeds x >= 6."""
    with arithmetic():
        return -x * x / 2 - _sqrt_two_pi().ln() + _mills_ratio(x).ln()


def probability_between(low: Decimal, high: Decimal) -> Decimal:
    """Return the probability that a standard normal lies between two bounds."""
    with arithmetic():
        if low < 0 < high:
            return _ONE - probability_above(-low) - probability_above(high)
        if high <= 0:
            low, high = -high, -low
        return probability_above(low) - probability_above(high)


@lru_cache(maxsize=256)
def truncated_deviation(low: Decimal, high: Decimal, width: Decimal) -> Decimal:
    """Return the standard deviation of a standard normal truncated to [low, high].

    `width` is high - low. It is given separately, because the difference of the two decimals may
    have no correct digit. Source: Johnson, Kotz and Balakrishnan, Continuous Univariate
    Distributions 1, section 10.1.
    """
    with arithmetic():
        if high < -low:
            low, high = -high, -low
        if width <= _NARROW:
            return width * _exponential_deviation((low + high) / 2 * width)
        if low >= _FAR:
            deviation = 1 / low
            if width.is_finite():
                deviation = width * _exponential_deviation(low * width)
            return deviation

        def moments(x: Decimal) -> tuple[Decimal, Decimal]:
            if not x.is_finite():
                return Decimal(0), Decimal(0)
            value = density(x)
            return value, x * value

        mass = probability_between(low, high)
        (first_low, second_low), (first_high, second_high) = moments(low), moments(high)
        mean = (first_low - first_high) / mass
        return (_ONE + (second_low - second_high) / mass - mean * mean).sqrt()


def _exponential_deviation(fall: Decimal) -> Decimal:
    """Return the standard deviation on [0, 1] of a density that falls by the factor exp(-fall)."""
    if fall < _NARROW:
        return (_ONE / 12).sqrt()
    ratio = (-fall).exp()
    return (1 / (fall * fall) - ratio / ((1 - ratio) * (1 - ratio))).sqrt()
