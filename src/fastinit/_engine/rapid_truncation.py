"""The parameters of most truncated normals in microseconds, with the correct last bit.

`truncation` specifies the parameters: 50 decimal digits, rounded once to float64. This module
computes them in fixed point with Python integers, and has a bound of its error. If all numbers
within that bound round to the same float64, it is the specified one. If they do not (one law in
10**11), or if the law is a window, `parameters` returns None. The caller then uses `truncation`.

The probability Q(z) that a standard normal exceeds z >= 0 is an integral over the real line. The
midpoint rule with step h = 1/2 computes it, and a second term accounts for the pole of the
integrand (Chiarella and Reichel, Math. Comp. 22, 1968; Hunter and Regan, Math. Comp. 26, 1972):

    s_n = (n + 1/2) h
    Q(z) = exp(-z**2 / 2) z h / pi  sum over n >= 0 of exp(-s_n**2 / 2) / (s_n**2 + z**2)
           + 1 / (1 + exp(2 pi z / h)), if z < 2 pi / h

The error bound relative to Q(z), for z <= 64, has five parts. A unit is one unit in the last place,
2**-112.

- The midpoint rule: by Poisson's summation formula, its error is at most
  2 exp(-2 pi**2 / h**2) exp(-z**2 / 2) / 2. This is below 2**-106 Q(z), because
  Q(z) > exp(-z**2 / 2) / (3 (z + 1)).
- The sum has 25 terms. The other terms are below 2**-115 of it.
- z is rounded by at most half a unit. This changes Q(z) by (z + 1) / 2 units: below 2**-106.
- `_exponential`: the remainder of the series is below 2**-116, and its rounding is below 3 units.
  Six squarings make this 2**9 units. ln 2 is rounded and multiplied by up to 2955: 2**12 units.
- The sum has 16 more bits than the rest, so its rounding is below 2**-107 of it.

All terms are positive, so the sum loses no digit. The total is below 2**-97. The code uses 2**-96,
and a test measures 2**-100.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from .truncation import FAR, LEAST_PROBABILITY_OF_TABLE, WINDOW, Table, Tail

BITS = 112
_ONE = 1 << BITS
_EXTRA_BITS = 16
RELATIVE_ERROR_BITS = 96
#: The error of a sum or difference of probabilities, in units of the last place of the larger one.
_ERROR = 1 << (BITS - RELATIVE_ERROR_BITS + 2)

# 60 digits, more than any use needs.
_PI = (3141592653589793238462643383279502884197169399375105820974944 << BITS) // 10**60
_LN2 = (693147180559945309417232121458176568075500134360255254120680 << BITS) // 10**60

_SQUARINGS = 6
_INVERSE_FACTORIALS = [_ONE // math.factorial(n) for n in range(12, -1, -1)]

#: From this z on, Q(z) is 0 in every parameter. The smallest float64, 2**-1074, is at z = 38.5.
_FARTHEST = 64 << BITS
_FAR, _WINDOW, _LEAST_PROBABILITY_OF_TABLE = (
    int(Fraction(each) * _ONE) for each in (FAR, WINDOW, LEAST_PROBABILITY_OF_TABLE)
)


class _UncertainError(ArithmeticError):
    """Two float64s, or two decisions, are possible within the error."""


def _exponential(y: int) -> tuple[int, int]:
    """Return exp(-y) as a mantissa in (1/2, 1] and the power of 1/2 that multiplies it."""
    power, rest = divmod(y, _LN2)
    rest >>= _SQUARINGS
    mantissa = 0
    for coefficient in _INVERSE_FACTORIALS:
        mantissa = coefficient - (rest * mantissa >> BITS)
    for _ in range(_SQUARINGS):
        mantissa = mantissa * mantissa >> BITS
    return mantissa, power


def _node(n: int) -> tuple[int, int]:
    """Return the square of s_n, and the numerator exp(-s_n**2 / 2) h / pi of its term."""
    square = ((2 * n + 1) ** 2 << BITS) // 16
    mantissa, power = _exponential(square // 2)
    return square, ((mantissa << (2 * BITS + _EXTRA_BITS)) // (2 * _PI)) >> power


_NODES = [_node(n) for n in range(25)]


@lru_cache(maxsize=256)
def probability_above(z: int) -> tuple[int, int]:
    """Return the probability that a standard normal exceeds z >= 0, as a numerator and its bits."""
    square = z * z >> BITS
    mantissa, power = _exponential(square >> 1)
    total = sum([weight // (node + square) for node, weight in _NODES])
    probability = mantissa * z * total >> (2 * BITS + _EXTRA_BITS)
    if z < 4 * _PI:
        mantissa, pole_power = _exponential(4 * _PI * z >> BITS)
        pole = (mantissa << BITS) // (_ONE + (mantissa >> pole_power))
        probability += pole >> (pole_power - power)
    return probability, BITS + power


def _rounded(numerator: int, bits: int, error: int) -> float:
    """Return the float64 nearest to numerator / 2**bits, or raise if it is uncertain."""
    lowest, highest = (numerator - error) / (1 << bits), (numerator + error) / (1 << bits)
    if lowest != highest:
        raise _UncertainError
    return highest


def _rounded_probability(numerator: int, bits: int) -> float:
    return _rounded(numerator, bits, (numerator >> RELATIVE_ERROR_BITS) + 1)


def _standardised(bound: float, mean: float, std: float) -> int:
    """Return (bound - mean) / std, rounded to the nearest unit."""
    if math.isinf(bound):
        return _FARTHEST if bound > 0 else -_FARTHEST
    numerator, denominator = bound.as_integer_ratio()
    if mean != 0.0:
        mean_numerator, mean_denominator = mean.as_integer_ratio()
        numerator = numerator * mean_denominator - mean_numerator * denominator
        denominator *= mean_denominator
    std_numerator, std_denominator = std.as_integer_ratio()
    numerator *= std_denominator
    denominator *= std_numerator
    z = ((numerator << (BITS + 1)) // denominator + 1) >> 1
    if z == 0 and numerator != 0:
        raise _UncertainError  # its side of the mean selects the formulas
    return min(max(z, -_FARTHEST), _FARTHEST)


def parameters(
    mean: float, std: float, low: float, high: float, *, table_allowed: bool
) -> Table | Tail | None:
    """Return the result of `truncation.parameters`, or None if it is a window or uncertain."""
    try:
        return _parameters(
            _standardised(low, mean, std), _standardised(high, mean, std), table_allowed
        )
    except _UncertainError:
        return None


@lru_cache(maxsize=256)
def _parameters(low: int, high: int, table_allowed: bool) -> Table | Tail:  # noqa: FBT001
    if high - low <= _WINDOW + 1 or low >= _FAR - 1 or high <= 1 - _FAR:
        raise _UncertainError
    below, above = probability_above(abs(low)), probability_above(abs(high))
    if low < 0 < high:
        bits = BITS
        between = _ONE - (below[0] >> (below[1] - bits)) - (above[0] >> (above[1] - bits))
    else:
        nearer, farther = (below, above) if low >= 0 else (above, below)
        bits = nearer[1]
        between = nearer[0] - (farther[0] >> (farther[1] - bits))
    if table_allowed:
        margin = (between >> (bits - BITS)) - _LEAST_PROBABILITY_OF_TABLE
        if abs(margin) <= _ERROR:
            raise _UncertainError
        if margin > 0:
            return _table(low, high, below, above, (between, bits))
    return _tail(low, high, below, above, (between, bits))


_Probability = tuple[int, int]


def _rest(probability: _Probability) -> _Probability:
    numerator, bits = probability
    return _ONE - (numerator >> (bits - BITS)), BITS


def _table(
    low: int, high: int, below: _Probability, above: _Probability, between: _Probability
) -> Table:
    """Return the parameters that `truncation.table` specifies."""
    if low > 0:
        below = _rest(below)
    if high < 0:
        above = _rest(above)
    # The probability between the lower bound and the median, and that between both bounds.
    lower, whole = (
        (_ONE >> 1) - (below[0] >> (below[1] - BITS)),
        between[0] >> (between[1] - BITS),
    )
    first = _first_upper_word(lower - _ERROR, whole + _ERROR)
    if first != _first_upper_word(lower + _ERROR, whole - _ERROR):
        raise _UncertainError
    return Table(
        _rounded_probability(below[0], below[1] - 32),
        _rounded_probability(above[0], above[1] - 32),
        _rounded(between[0], between[1], _ERROR),
        float(first),
    )


def _first_upper_word(lower: int, whole: int) -> int:
    """Return the first word that counts from the upper bound: lower / whole 2**32 - 1/2."""
    word = -((whole - (lower << 33)) // (2 * whole))
    return min(max(word, 0), (1 << 32) - 1)


def _tail(
    low: int, high: int, below: _Probability, above: _Probability, between: _Probability
) -> Tail:
    """Return the parameters that `truncation.tail` specifies."""
    if low < 0 < high:
        power = 1
        lower = (_ONE >> 1) - (below[0] >> (below[1] - BITS))
        whole = between[0]
        split = (lower - _ERROR) / (whole + _ERROR)
        if split != (lower + _ERROR) / (whole - _ERROR):
            raise _UncertainError
    else:
        split = -1.0 if low >= 0 else 2.0
        numerator, bits = below if low >= 0 else above
        error = (numerator >> RELATIVE_ERROR_BITS) + 1
        power = max(1, bits - (numerator - error - 1).bit_length())
        if power != max(1, bits - (numerator + error).bit_length()):
            raise _UncertainError
    return Tail(
        1.0 if low >= 0 else _rounded_probability(below[0], below[1] - power),
        1.0 if high <= 0 else _rounded_probability(above[0], above[1] - power),
        _rounded(between[0], between[1] - power, _ERROR),
        split,
        _rounded(2 * power * _LN2, BITS, 2 * power),
    )
