"""Fit the polynomials of the normal fills and write them as a C header.

What it is for
    The C kernels turn random words into normal variates with nothing but + - * /, sqrt,
    conversions and bit operations, so that every machine gets the same bits. The
    transcendental functions they need are therefore polynomials, and this script is where the
    coefficients in ``src/fastinit/_kernels/polynomials.h`` come from:

    * the float32 inverse normal distribution, one polynomial for each octave of probability;
    * the float64 logarithm, sine and cosine of the Box-Muller transform;
    * the float64 inverse normal distribution in the square root of -2 ln p, for truncated normals.

What it promises
    The header is a function of this file alone. Every number in it is computed with mpmath at a
    fixed precision far beyond the target's and rounded to nearest exactly once, so the header is
    the same byte for byte on every machine; ``--check`` holds the committed file to that.

What it takes for granted
    The kernels are compiled without contraction to fused multiply-add and round to nearest even.
    The errors printed in the header are those of the polynomials. What the kernels' own rounding
    adds, and that the normal stays monotone under it, ``tests/kernels/test_normal_exhaustive.py``
    proves on the compiled kernels, for each of the 2^32 words.

Usage
    python tools/fit_polynomials.py             write the header
    python tools/fit_polynomials.py --check     compare the header with what would be written
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from mpmath import mp, mpf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEADER_PATH = Path(__file__).resolve().parents[1] / "src/fastinit/_kernels/polynomials.h"

# Enough that rounding in the solves stays far below the last bit of a float64 coefficient.
WORKING_DIGITS = 50

# A fit is the best one on this many points. With some twenty of them to each ripple of the error,
# the error between the points exceeds that on the points by less than half a per cent.
FIT_POINTS = 192

FLOAT32_BITS = 24
FLOAT64_BITS = 53

# The magnitude f handed to the octave polynomials lies in [2^-1, 2^31): one polynomial for each
# exponent, named by the exponent field of f's float32 representation.
FIRST_OCTAVE = 126
LAST_OCTAVE = 157
FIRST_COMMON_OCTAVE = 150
OCTAVES = range(FIRST_OCTAVE, LAST_OCTAVE + 1)
COMMON_OCTAVES = range(FIRST_COMMON_OCTAVE, LAST_OCTAVE + 1)
OCTAVE_DEGREE = 6
FLOAT32_EXPONENT_BIAS = 127
WORD_BITS = 32

# The exponent e that the logarithm's kernel multiplies TWO_LN2_HIGH by is at most 66. Eight free
# trailing bits keep the product exact for every e up to 256.
FREE_BITS_OF_TWO_LN2_HIGH = 8

# Fitted errors, before the coefficients are rounded; the lowest degree that meets one is used.
LOG_RELATIVE_BOUND = mpf(2) ** -57
SIN_RELATIVE_BOUND = mpf(3) / 10**17
COS_ABSOLUTE_BOUND = mpf(6) / 10**17
QUANTILE_ABSOLUTE_BOUND = mpf(1) / 10**16

# The upper quantile of p as a function of y = sqrt(-2 ln p) is fitted on two ranges: from p = 1/2
# to y = 7, which 2^-35 of all p are beyond, and from there to the p of 38 standard deviations.
QUANTILE_RANGES = ((mpf("1.177"), mpf(7)), (mpf(7), mpf(40)))
# c in 1 / (y + c), the variable in which the fits need the fewest terms.
QUANTILE_SHIFTS = (mpf(3), mpf(8))


# ---------------------------------------------------------------------------------------------
# Minimax fitting
# ---------------------------------------------------------------------------------------------


def chebyshev_nodes(low: mpf, high: mpf) -> list[mpf]:
    """Return FIT_POINTS points inside (low, high), densest near the ends."""
    centre, half_width = (low + high) / 2, (high - low) / 2
    return [
        centre - half_width * mp.cos(mp.pi * (2 * i + 1) / (2 * FIT_POINTS))
        for i in range(FIT_POINTS)
    ]


def residuals(
    basis: Sequence[Sequence[mpf]], target: Sequence[mpf], coefficients: Sequence[mpf]
) -> list[mpf]:
    """Return target minus the combination of basis functions, point by point."""
    return [value - mp.fdot(row, coefficients) for row, value in zip(basis, target, strict=True)]


def levelled_fit(
    basis: Sequence[Sequence[mpf]], target: Sequence[mpf], reference: Sequence[int]
) -> list[mpf]:
    """Return the coefficients whose errors at the reference points are +h, -h, +h, ..."""
    size = len(reference)
    system, right_side = mp.matrix(size, size), mp.matrix(size, 1)
    for row, point in enumerate(reference):
        for column, value in enumerate(basis[point]):
            system[row, column] = value
        system[row, size - 1] = (-1) ** row
        right_side[row] = target[point]
    return list(mp.lu_solve(system, right_side))[:-1]


def extremes_by_sign(errors: Sequence[mpf]) -> list[int]:
    """Return, for each run of errors of one sign, where the largest of them is."""
    extremes: list[int] = []
    for point, error in enumerate(errors):
        if not extremes or (error > 0) != (errors[extremes[-1]] > 0):
            extremes.append(point)
        elif abs(error) > abs(errors[extremes[-1]]):
            extremes[-1] = point
    return extremes


def minimax(basis: Sequence[Sequence[mpf]], target: Sequence[mpf]) -> list[mpf]:
    """Return the coefficients of the best uniform approximation, by Remez's exchange.

    ``basis[i][j]`` is basis function j at point i. The functions must satisfy Haar's condition
    on the points, taken in increasing order: then the best approximation is the one whose error
    takes its largest magnitude with alternating signs at one point more than there are functions.
    """
    count = len(basis[0])
    # The points are Chebyshev nodes, so evenly spaced indices are a good first reference.
    reference = [(len(target) - 1) * i // count for i in range(count + 1)]
    for _ in range(50):
        coefficients = levelled_fit(basis, target, reference)
        extremes = extremes_by_sign(residuals(basis, target, coefficients))
        if extremes == reference:
            return coefficients
        if len(extremes) != count + 1:
            raise ArithmeticError(f"{len(extremes)} alternations where {count + 1} were expected")
        reference = extremes
    raise ArithmeticError("Remez's exchange did not settle")


def evaluate(coefficients: Sequence[mpf | float], x: mpf) -> mpf:
    """Return the polynomial with the given coefficients, constant term first, at x."""
    return mp.polyval(list(reversed(coefficients)), x)


def round_to_bits(value: mpf, bits: int) -> mpf:
    """Return value rounded once, to nearest even, to a significand of the given width."""
    with mp.workprec(bits):
        return +value


# ---------------------------------------------------------------------------------------------
# Part A: the inverse normal distribution, float32, octave by octave
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OctaveFit:
    """One octave's polynomial in t, its coefficients float32 values, constant term first."""

    octave: int
    coefficients: list[float]
    fitted_error: mpf  # of the real polynomial
    rounded_error: mpf  # of the one with float32 coefficients, evaluated exactly


def normal_quantile(probability: mpf) -> mpf:
    """Return the inverse of the normal distribution function at the working precision."""
    quantile = mpf(NormalDist().inv_cdf(float(probability)))
    for _ in range(3):  # Newton's steps square the start's 1e-15; two would do
        quantile -= (mp.ncdf(quantile) - probability) / mp.npdf(quantile)
    return quantile


def octave_quantile(octave: int, t: mpf) -> mpf:
    """Return the quantile that the octave's polynomial stands for: f = 2^exponent (3/2 + t)."""
    magnitude = mp.ldexp(t + mpf(3) / 2, octave - FLOAT32_EXPONENT_BIAS)
    return normal_quantile(mp.ldexp(magnitude, -WORD_BITS))


def fit_with_exact_ends(octave: int, points: list[mpf], values: list[mpf]) -> list[mpf]:
    """Return the best real coefficients among the polynomials exact at t = -1/2 and t = 1/2.

    Exact ends make neighbouring octaves meet, so that the whole is continuous and can be
    monotone. Such a polynomial is the chord between the ends plus (t^2 - 1/4) r(t), with r free.
    """
    half = mpf(1) / 2
    low, high = octave_quantile(octave, -half), octave_quantile(octave, half)
    chord = [(low + high) / 2, high - low]
    free_terms = range(OCTAVE_DEGREE - 1)
    basis = [[(t * t - half**2) * t**power for power in free_terms] for t in points]
    target = [value - evaluate(chord, t) for t, value in zip(points, values, strict=True)]
    coefficients = chord + [mpf(0)] * (OCTAVE_DEGREE - 1)
    for power, factor in enumerate(minimax(basis, target)):
        coefficients[power] -= factor / 4
        coefficients[power + 2] += factor
    return coefficients


def round_with_exact_ends(coefficients: Sequence[mpf]) -> list[mpf]:
    """Round coefficients to float32 so that the values at t = -1/2 and t = 1/2 stay put.

    Rounding c_k by d moves the ends by d t^k. Moving c_(k+2) by -4 d undoes that there, and
    leaves d t^k (1 - 4 t^2), never more than d t^k, between them. Only the last two
    coefficients' own rounding, shrunk by 2^-5 and 2^-6, reaches the ends.
    """
    pending = list(coefficients)
    rounded = []
    for power in range(len(pending)):
        coefficient = pending[power]
        rounded.append(round_to_bits(coefficient, FLOAT32_BITS))
        if power + 2 < len(pending):
            pending[power + 2] += 4 * (coefficient - rounded[power])
    return rounded


def fit_octave(octave: int) -> OctaveFit:
    """Fit one octave's polynomial and round it to float32."""
    points = chebyshev_nodes(mpf(-1) / 2, mpf(1) / 2)
    values = [octave_quantile(octave, t) for t in points]

    def largest_error(coefficients: Sequence[mpf]) -> mpf:
        return max(
            abs(evaluate(coefficients, t) - value) for t, value in zip(points, values, strict=True)
        )

    fitted = fit_with_exact_ends(octave, points, values)
    rounded = round_with_exact_ends(fitted)
    return OctaveFit(
        octave=octave,
        coefficients=[float(coefficient) for coefficient in rounded],
        fitted_error=largest_error(fitted),
        rounded_error=largest_error(rounded),
    )


# ---------------------------------------------------------------------------------------------
# Part B: logarithm, sine and cosine, float64
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeriesFit:
    """A polynomial in y = x^2, its coefficients float64 values, constant term first."""

    coefficients: list[float]
    fitted_error: mpf  # of the real polynomial
    rounded_error: mpf  # of the one with float64 coefficients, evaluated exactly

    @property
    def degree(self) -> int:
        """The highest power of x^2."""
        return len(self.coefficients) - 1


def fit_series(
    function: Callable[[mpf], mpf],
    largest_x: mpf,
    bound: mpf,
    *,
    relative: bool,
) -> SeriesFit:
    """Fit function(x), even in x, on |x| <= largest_x with a polynomial in x^2.

    The constant term is function(0), exactly, so that the fit is best where x is tiny. The
    degree is the lowest whose error (relative to the function if asked so) is below the bound.
    """
    points = chebyshev_nodes(mpf(0), largest_x**2)
    values = [function(mp.sqrt(y)) for y in points]
    weights = [1 / abs(value) if relative else mpf(1) for value in values]
    constant = function(mpf(0))

    def largest_error(coefficients: Sequence[mpf]) -> mpf:
        return max(
            weight * abs(evaluate(coefficients, y) - value)
            for y, value, weight in zip(points, values, weights, strict=True)
        )

    target = [weight * (value - constant) for value, weight in zip(values, weights, strict=True)]
    for degree in range(1, 16):
        basis = [
            [weight * y**power for power in range(1, degree + 1)]
            for y, weight in zip(points, weights, strict=True)
        ]
        fitted = [constant, *minimax(basis, target)]
        if largest_error(fitted) < bound:
            rounded = [round_to_bits(coefficient, FLOAT64_BITS) for coefficient in fitted]
            return SeriesFit(
                coefficients=[float(coefficient) for coefficient in rounded],
                fitted_error=largest_error(fitted),
                rounded_error=largest_error(rounded),
            )
    raise ArithmeticError(f"no degree up to 15 has an error below {mp.nstr(bound, 3)}")


def fit_log() -> SeriesFit:
    """Fit P in -2 ln m = S P(S^2), S = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2)."""

    def function(s: mpf) -> mpf:
        return -4 * mp.atanh(s) / s if s else mpf(-4)

    return fit_series(function, 3 - 2 * mp.sqrt(2), LOG_RELATIVE_BOUND, relative=True)


def fit_sin() -> SeriesFit:
    """Fit P in sin(pi/2 x) = x P(x^2) for |x| <= 1/2."""

    def function(x: mpf) -> mpf:
        return mp.sin(mp.pi / 2 * x) / x if x else mp.pi / 2

    return fit_series(function, mpf(1) / 2, SIN_RELATIVE_BOUND, relative=True)


def fit_cos() -> SeriesFit:
    """Fit Q in cos(pi/2 x) = Q(x^2) for |x| <= 1/2."""

    def function(x: mpf) -> mpf:
        return mp.cos(mp.pi / 2 * x)

    return fit_series(function, mpf(1) / 2, COS_ABSOLUTE_BOUND, relative=False)


def split_two_ln2() -> tuple[float, float]:
    """Return 2 ln 2 as a float64 with free trailing bits, and the float64 that remains."""
    exact = 2 * mp.ln(2)
    high = round_to_bits(exact, FLOAT64_BITS - FREE_BITS_OF_TWO_LN2_HIGH)
    return float(high), float(round_to_bits(exact - high, FLOAT64_BITS))


def sqrt_half_bits() -> int:
    """Return the bit pattern of the float64 nearest to sqrt(1/2)."""
    nearest = float(round_to_bits(mp.sqrt(mpf(1) / 2), FLOAT64_BITS))
    return int(np.float64(nearest).view(np.uint64))


# ---------------------------------------------------------------------------------------------
# Part C: the inverse normal distribution, float64
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuantileFit:
    """y minus the upper quantile of p = exp(-y^2 / 2), a polynomial in (y - centre)/(y + shift)."""

    shift: float
    centre: float
    polynomial: SeriesFit


def upper_quantile(y: mpf) -> mpf:
    """Return z such that the standard normal exceeds it with probability exp(-y^2 / 2)."""
    z = y - mpf("0.9") / (1 + y / 4)
    for _ in range(40):  # Newton's steps on the logarithm, which is nearly a parabola
        tail = mp.erfc(z / mp.sqrt(2)) / 2
        step = (mp.log(tail) + y * y / 2) * tail / mp.npdf(z)
        z += step
        if abs(step) < mpf(10) ** (5 - WORKING_DIGITS):
            return z
    raise ArithmeticError(f"Newton's steps did not settle at y = {y}")


def fit_quantile(low: mpf, high: mpf, shift: mpf, degree: int) -> QuantileFit:
    """Fit the quantile on low <= y <= high with a polynomial of the given degree."""
    centre = round_to_bits(2 / (1 / (low + shift) + 1 / (high + shift)) - shift, FLOAT64_BITS)
    ends = ((low - centre) / (low + shift), (high - centre) / (high + shift))
    points = chebyshev_nodes(*ends)
    values = []
    for t in points:
        y = (centre + shift * t) / (1 - t)
        values.append(y - upper_quantile(y))
    fitted = minimax([[t**power for power in range(degree + 1)] for t in points], values)
    rounded = [round_to_bits(coefficient, FLOAT64_BITS) for coefficient in fitted]

    def largest_error(coefficients: Sequence[mpf]) -> mpf:
        return max(
            abs(evaluate(coefficients, t) - value) for t, value in zip(points, values, strict=True)
        )

    return QuantileFit(
        shift=float(shift),
        centre=float(centre),
        polynomial=SeriesFit(
            coefficients=[float(coefficient) for coefficient in rounded],
            fitted_error=largest_error(fitted),
            rounded_error=largest_error(rounded),
        ),
    )


def fit_quantiles() -> list[QuantileFit]:
    """Fit both ranges with one degree, the lowest that meets the bound."""
    for degree in range(20, 30):
        fits = [
            fit_quantile(low, high, shift, degree)
            for (low, high), shift in zip(QUANTILE_RANGES, QUANTILE_SHIFTS, strict=True)
        ]
        if all(fit.polynomial.fitted_error < QUANTILE_ABSOLUTE_BOUND for fit in fits):
            return fits
    raise ArithmeticError("no degree up to 29 meets the bound of the quantile")


# ---------------------------------------------------------------------------------------------
# The header
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Polynomials:
    """Everything that the header states."""

    octaves: list[OctaveFit]
    log: SeriesFit
    sin: SeriesFit
    cos: SeriesFit
    quantiles: list[QuantileFit]
    two_ln2_high: float
    two_ln2_low: float
    sqrt_half_bits: int


def fit_all() -> Polynomials:
    """Fit every polynomial, at the working precision."""
    with mp.workdps(WORKING_DIGITS):
        two_ln2_high, two_ln2_low = split_two_ln2()
        return Polynomials(
            octaves=[fit_octave(octave) for octave in OCTAVES],
            log=fit_log(),
            sin=fit_sin(),
            cos=fit_cos(),
            quantiles=fit_quantiles(),
            two_ln2_high=two_ln2_high,
            two_ln2_low=two_ln2_low,
            sqrt_half_bits=sqrt_half_bits(),
        )


def float_literal(value: float) -> str:
    """Return a float32 value as a hexadecimal C literal."""
    if value == 0:
        return "0.0f"
    significand, exponent = value.hex().split("p")
    kept, dropped = significand[:-7], significand[-7:]
    if dropped != "0000000":
        raise ValueError(f"{value!r} is not a float32")
    return f"{kept}p{exponent}f"


def octave_list_lines(name: str, fits: Sequence[OctaveFit]) -> list[str]:
    """Return a macro that hands each octave and its coefficients to another macro."""
    lines = [f"#define {name}(OCTAVE)"]
    for fit in fits:
        literals = [float_literal(value) for value in fit.coefficients]
        lines += [f"    OCTAVE({fit.octave}, {', '.join(literals[:3])},"]
        lines += [f"        {', '.join(literals[3:])})"]
    return [f"{line:<78} \\" for line in lines[:-1]] + [lines[-1]]


def octave_table_lines(fits: Sequence[OctaveFit]) -> list[str]:
    """Return the octave table: three layouts of coefficients that are printed once."""
    names = ", ".join(f"c{power}" for power in range(OCTAVE_DEGREE + 1))
    in_rows = f"    .rows[(E) & 31] = {{{names}}},"
    in_columns = [
        f"    .columns[{power}][(E) & 31] = c{power}," for power in range(OCTAVE_DEGREE + 1)
    ]
    in_common = [f"    .common[{power}][(E) & 7] = c{power}," for power in range(OCTAVE_DEGREE + 1)]
    macros = [
        [f"#define IN_ROWS_AND_COLUMNS(E, {names})", in_rows, *in_columns],
        [f"#define IN_COMMON(E, {names})", *in_common],
    ]
    return [
        *octave_list_lines("RARE_OCTAVES", [f for f in fits if f.octave not in COMMON_OCTAVES]),
        *octave_list_lines("COMMON_OCTAVES", [f for f in fits if f.octave in COMMON_OCTAVES]),
        "",
        "#ifdef __cplusplus",
        "/* The kernels for GPUs, which are C++, have one layout: rows in the order of the octaves. */",
        "#define IN_ORDER(E, ...) {__VA_ARGS__},",
        "static const float OCTAVES_IN_ORDER[32][8] = {",
        "    RARE_OCTAVES(IN_ORDER)",
        "    COMMON_OCTAVES(IN_ORDER)",
        "};",
        "#undef IN_ORDER",
        "#else",
        *(f"{line} \\" if line != macro[-1] else line for macro in macros for line in macro),
        "",
        "static const OctaveTable NORMAL_TABLE __attribute__((unused)) = {",
        "    RARE_OCTAVES(IN_ROWS_AND_COLUMNS)",
        "    COMMON_OCTAVES(IN_ROWS_AND_COLUMNS)",
        "    COMMON_OCTAVES(IN_COMMON)",
        "};",
        "#undef IN_COMMON",
        "#undef IN_ROWS_AND_COLUMNS",
        "#endif",
        "",
        "#define COUNTED(E, ...) + 1",
        "STATIC_ASSERT(0 COMMON_OCTAVES(COUNTED) == LAST_OCTAVE - FIRST_COMMON_OCTAVE + 1);",
        "STATIC_ASSERT(0 RARE_OCTAVES(COUNTED) == FIRST_COMMON_OCTAVE - FIRST_OCTAVE);",
        "",
        "#undef COUNTED",
        "#undef COMMON_OCTAVES",
        "#undef RARE_OCTAVES",
        "",
        "/* The low bits of an octave are its index: there is one octave for each index. */",
        "STATIC_ASSERT(LAST_OCTAVE - FIRST_OCTAVE + 1 == 32);",
        "STATIC_ASSERT(LAST_OCTAVE - FIRST_COMMON_OCTAVE + 1 == 8);",
        "STATIC_ASSERT(OCTAVE_DEGREE + 1 <= 8);",
        "",
        "/* Whole vectors are loaded from the table: of 64 bytes from columns, of 32 from common, of",
        " * 16 from rows. */",
        "#ifndef __cplusplus",
        "STATIC_ASSERT(offsetof(OctaveTable, columns) % 64 == 0);",
        "STATIC_ASSERT(offsetof(OctaveTable, common) % 32 == 0);",
        "STATIC_ASSERT(sizeof(OctaveTable) % 64 == 0);",
        "#endif",
    ]


def series_lines(name: str, degree_name: str, fit: SeriesFit) -> list[str]:
    """Return the definition of one float64 polynomial."""
    literals = [value.hex() for value in fit.coefficients]
    return [
        f"static const double {name}[{degree_name} + 1] __attribute__((unused)) = {{",
        *(f"    {literal}," for literal in literals),
        "};",
    ]


def double_line(name: str, value: float) -> str:
    """Return the definition of one float64 constant."""
    return f"static const double {name} __attribute__((unused)) = {value.hex()};"


def error_text(error: mpf) -> str:
    """Return an error with two significant digits."""
    return f"{float(error):.1e}"


def octave_error_lines(fits: Sequence[OctaveFit]) -> list[str]:
    """Return the comment's table of fitted errors."""
    return [
        f" *   {fit.octave}     {error_text(fit.fitted_error)}        "
        f"{error_text(fit.rounded_error)}"
        for fit in fits
    ]


def header_text(polynomials: Polynomials) -> str:
    """Return the whole header."""
    log, sin, cos = polynomials.log, polynomials.sin, polynomials.cos
    near, far = polynomials.quantiles
    largest = float(np.nextafter(np.float32(2) ** 31, np.float32(0)))
    lines = [
        "/* Polynomials of the normal kernels.",
        " *",
        " * Written by tools/fit_polynomials.py. Change the script, not this file, and run it again.",
        " *",
        " * The largest errors of the polynomials themselves, first with real coefficients, then with",
        " * the rounded coefficients below. The kernels round each operation, which adds to these",
        " * errors; tests/kernels/test_normal_exhaustive.py measures the sum.",
        " *",
        " *   logarithm (relative), sine (relative), cosine (absolute):",
        f" *   -2 ln m       {error_text(log.fitted_error)}    {error_text(log.rounded_error)}",
        f" *   sin(pi/2 x)   {error_text(sin.fitted_error)}    {error_text(sin.rounded_error)}",
        f" *   cos(pi/2 x)   {error_text(cos.fitted_error)}    {error_text(cos.rounded_error)}",
        " *",
        " *   float64 inverse normal distribution (absolute), y below and above 7:",
        (
            f" *   near          {error_text(near.polynomial.fitted_error)}"
            f"    {error_text(near.polynomial.rounded_error)}"
        ),
        (
            f" *   far           {error_text(far.polynomial.fitted_error)}"
            f"    {error_text(far.polynomial.rounded_error)}"
        ),
        " *",
        " *   inverse normal distribution (absolute), by octave:",
        " *   octave  real coeff.    float32 coeff.",
        *octave_error_lines(polynomials.octaves),
        " */",
        "#ifndef FASTINIT_POLYNOMIALS_H",
        "#define FASTINIT_POLYNOMIALS_H",
        "",
        '#include "guards.h"',
        "",
        "enum {",
        f"    OCTAVE_DEGREE = {OCTAVE_DEGREE},",
        f"    FIRST_OCTAVE = {FIRST_OCTAVE},",
        f"    FIRST_COMMON_OCTAVE = {FIRST_COMMON_OCTAVE},",
        f"    LAST_OCTAVE = {LAST_OCTAVE},",
        f"    LOG_DEGREE = {log.degree},",
        f"    SIN_DEGREE = {sin.degree},",
        f"    COS_DEGREE = {cos.degree},",
        f"    QUANTILE_DEGREE = {near.polynomial.degree},",
        "};",
        "",
        "/* The inverse normal distribution function, one polynomial for each octave of probability.",
        " *",
        " * Let f be a float32 in [2^-1, 2^31), E its exponent field (126 to 157), and 3/2 + t its",
        " * significand in [1, 2). The polynomial of octave E, with coefficients c_0 to c_6, gives at",
        " * t the normal quantile of the probability f * 2^-32, which is negative.",
        " *",
        " * The table has three layouts, for three ways to look coefficients up:",
        " *   rows[E & 31][k] = c_k      load all coefficients of an octave; the last number is 0",
        " *   columns[k][E & 31] = c_k   permute two registers",
        " *   common[k][E & 7] = c_k     permute one register; only the octaves from 150 on, which",
        " *                              have 255 of 256 words",
        " */",
        "#ifndef __cplusplus",
        "typedef struct __attribute__((aligned(64))) {",
        "    float rows[32][8];",
        "    float columns[OCTAVE_DEGREE + 1][32];",
        "    float common[OCTAVE_DEGREE + 1][8];",
        "} OctaveTable;",
        "#endif",
        "",
        "/* The largest float32 below 2^31, where the octave after the last would begin. */",
        f"static const float LARGEST_MAGNITUDE __attribute__((unused)) = {float_literal(largest)};",
        "",
        *octave_table_lines(polynomials.octaves),
        "",
        "/* -2 ln m = S P(S^2) with S = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2). */",
        *series_lines("LOG_POLYNOMIAL", "LOG_DEGREE", log),
        "",
        "/* 2 ln 2 as a sum of two numbers. The first ends in so many zero bits that its product with",
        " * an integer of up to eight bits is exact. */",
        double_line("TWO_LN2_HIGH", polynomials.two_ln2_high),
        double_line("TWO_LN2_LOW", polynomials.two_ln2_low),
        "",
        "/* The representation of the float64 nearest to sqrt(1/2). */",
        (
            "static const uint64_t SQRT_HALF_BITS __attribute__((unused)) = "
            f"UINT64_C(0x{polynomials.sqrt_half_bits:016x});"
        ),
        "",
        "/* sin(pi/2 x) = x P(x^2) for |x| <= 1/2. */",
        *series_lines("SIN_POLYNOMIAL", "SIN_DEGREE", sin),
        "",
        "/* cos(pi/2 x) = Q(x^2) for |x| <= 1/2. */",
        *series_lines("COS_POLYNOMIAL", "COS_DEGREE", cos),
        "",
        "/* The upper normal quantile of exp(-y^2 / 2) is y - P((y - CENTRE) / (y + SHIFT)), by the",
        " * first polynomial where y < FAR_FROM, else by the second, up to y = 40. */",
        double_line("QUANTILE_FAR_FROM", float(QUANTILE_RANGES[1][0])),
        double_line("QUANTILE_NEAR_SHIFT", near.shift),
        double_line("QUANTILE_NEAR_CENTRE", near.centre),
        *series_lines("QUANTILE_NEAR_POLYNOMIAL", "QUANTILE_DEGREE", near.polynomial),
        double_line("QUANTILE_FAR_SHIFT", far.shift),
        double_line("QUANTILE_FAR_CENTRE", far.centre),
        *series_lines("QUANTILE_FAR_POLYNOMIAL", "QUANTILE_DEGREE", far.polynomial),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def check_header(text: str) -> bool:
    """Say whether the header on disk is the given text."""
    matches = HEADER_PATH.exists() and HEADER_PATH.read_bytes() == text.encode()
    print(f"{HEADER_PATH}: {'up to date' if matches else 'differs from the generated text'}")
    return matches


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the header, or check it."""
    summary, _, _ = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--check", action="store_true", help="compare the header, write nothing")
    options = parser.parse_args(arguments)

    polynomials = fit_all()
    text = header_text(polynomials)
    if options.check:
        return 0 if check_header(text) else 1
    HEADER_PATH.parent.mkdir(parents=True, exist_ok=True)
    HEADER_PATH.write_bytes(text.encode())
    print(f"wrote {HEADER_PATH}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
