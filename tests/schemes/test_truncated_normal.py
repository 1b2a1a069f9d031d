"""Truncated normals against SciPy's, over a grid of bounds, and far in the tails."""

from __future__ import annotations

import decimal
import hashlib
import math
import random
import re

import mpmath
import numpy as np
import pytest
from scipy import special, stats

import fastinit
from fastinit._engine import decimal_normal, engine, kernel_arguments, rapid_truncation, truncation
from fastinit._engine.kernel_arguments import Kind
from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FORMATS

INF = math.inf
COUNT = 1_000_000
SMALLEST_P = 1e-4  # the seeds are fixed: chance cannot fail a test twice
BOUNDS = [
    (-2, 2), (-1, 3), (-0.7, 0.1), (0, INF), (-INF, 0.5), (1, 1.5), (-INF, INF), (-100, 100),
    (2, INF), (4, INF), (-INF, -6), (8, 9), (20, INF), (-INF, -37), (40, INF), (-INF, -100),
    (-0.05, 0.05), (1, 1.01), (-9, -2), (-5, 4), (6.9, 7.1),
]  # fmt: skip
NARROW_BOUNDS = [(1, 1 + 1e-5), (2, 2 + 2**-21), (0, 1e-7), (-1e-8, 1e-8), (-41, -41 + 1e-7)]


def fractions(z, low, high):
    """Return the distribution function at z of the standard normal between bounds."""
    if low + high < 0:
        z, low, high = -z, -high, -low
    if low < 0:
        return (special.ndtr(z) - special.ndtr(low)) / (special.ndtr(high) - special.ndtr(low))
    top, bottom = special.log_ndtr(-low), special.log_ndtr(-high)
    return np.expm1(special.log_ndtr(-z) - top) / np.expm1(bottom - top)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_kolmogorov_smirnov(dtype, low, high):
    mean, std = 0.25, 0.5
    a, b = mean + std * low, mean + std * high
    values = fastinit.trunc_normal(COUNT, mean, std, a, b, dtype=dtype, seed=5).astype(np.float64)
    assert a <= values.min()
    assert values.max() <= b
    u = fractions((values - mean) / std, (a - mean) / std, (b - mean) / std)
    assert stats.kstest(u, "uniform").pvalue > SMALLEST_P


@pytest.mark.parametrize(("low", "high"), NARROW_BOUNDS)
def test_narrow_windows(low, high):
    values = fastinit.trunc_normal(COUNT, 0, 1, low, high, dtype="float64", seed=6)
    assert low <= values.min()
    assert values.max() <= high
    if low == -41:  # here SciPy's logarithms cancel; the density is exp(41 x) to 1e-14
        width = high - low
        u = np.expm1(41 * (values - low)) / np.expm1(41 * width)
    else:
        u = fractions(values, low, high)
    assert stats.kstest(u, "uniform").pvalue > SMALLEST_P


@pytest.mark.parametrize("low", [2, 3, 4, 5])
def test_tail_of_a_tail(low):
    """What is beyond one standard deviation more is right on its own, not only within the whole."""
    values = fastinit.trunc_normal(8_000_000, 0, 1, low, INF, seed=7).astype(np.float64)
    beyond = values[values > low + 1]
    expected = COUNT * 8 * special.ndtr(-low - 1) / special.ndtr(-low)
    assert abs(beyond.size - expected) < 4 * math.sqrt(expected)
    assert stats.kstest(fractions(beyond, low + 1, INF), "uniform").pvalue > SMALLEST_P


def test_small_std_within_wide_bounds():
    """PyTorch's known failure: std 0.002 within -2 and 2 gave values of 1000 standard deviations."""
    values = fastinit.trunc_normal(COUNT, 0, 0.002, -2, 2, seed=8)
    assert np.abs(values).max() < 0.002 * 6.4
    assert stats.kstest(values.astype(np.float64), stats.norm(0, 0.002).cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(("a", "b"), [(-0.01, 0.01), (0.1, 0.3), (-2, 2), (0.3, INF)])
def test_never_outside_in_any_format(name, a, b):
    values = fastinit.trunc_normal(200_000, 0, 0.1, a, b, dtype=name, seed=9).astype(np.float64)
    assert a <= values.min()
    assert values.max() <= b


def test_narrow_formats_are_the_rounded_float32():
    wide = fastinit.trunc_normal(100_000, 0, 1, -2, 2, seed=10)
    for name in ("bfloat16", "float16"):
        values = fastinit.trunc_normal(100_000, 0, 1, -2, 2, dtype=name, seed=10)
        assert values.tobytes() == wide.astype(values.dtype).tobytes()


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [
        ((-2, 2), Kind.TRUNCATED),
        ((1.6, INF), Kind.TRUNCATED_TAIL),
        ((4, INF), Kind.TRUNCATED_TAIL),
        ((38, INF), Kind.TRUNCATED_WINDOW),
        ((0, 2**-20), Kind.TRUNCATED_WINDOW),
    ],
)
def test_rule_of_the_kernels(bounds, kind):
    law = kernel_arguments.truncated_normal(0, 1, *bounds, np.dtype("f4"))
    assert law.kind == kind


@pytest.mark.parametrize(("low", "high"), [(-1.5, 1.5), (-2, 1), (-0.5, INF)])
def test_table_and_tail_agree(low, high):
    """Two ways to the same distribution, word by word within the table's error."""
    table = fastinit.trunc_normal(100_000, 0, 1, low, high, seed=11)
    law = kernel_arguments.Law(
        Kind.TRUNCATED_TAIL,
        2,
        kernel_arguments.Parameters(
            -1e30, 1e30, location=0.0, scale=1.0, **tail_parameters(low, high)._asdict()
        ),
    )
    exact = np.empty(100_000, np.float32)
    engine.fill(exact, law, 11, 0, 0, 1)
    assert np.abs(table.astype(np.float64) - exact).max() < 1.5e-6


def tail_parameters(low, high):
    return truncation.tail(
        truncation.standardised(low, 0.0, 1.0), truncation.standardised(high, 0.0, 1.0)
    )


def test_float64_quantiles_against_scipy():
    words = fastinit.random_bits(100_000, dtype=np.uint64, seed=12)
    values = fastinit.trunc_normal(100_000, 0, 1, -INF, INF, dtype="float64", seed=12)
    u = (words.astype(np.float64) + 0.5) * 2.0**-64
    lower = u < 0.5
    exact = np.where(lower, special.ndtri(u), -special.ndtri((~words + 0.5) * 2.0**-64))
    assert np.abs(values - exact).max() < 4e-15
    assert (values[lower] < 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_std_correction(dtype):
    values = fastinit.trunc_normal(
        4_000_000, 1, 0.3, lower=-2, upper=2, std_correction=True, dtype=dtype, seed=13
    )
    assert abs(values.std(dtype=np.float64) / 0.3 - 1) < 1e-3
    parent = 0.3 / 0.87962566103423978
    assert abs(np.abs(values - 1).max() - 2 * parent) < 1e-5
    values = fastinit.trunc_normal(
        4_000_000, 0, 0.5, -1, 1, std_correction=True, dtype=dtype, seed=14
    )
    assert abs(values.std(dtype=np.float64) / 0.5 - 1) < 1e-3
    assert np.abs(values).max() <= 1


@pytest.mark.parametrize(
    ("parameters", "std"),
    [
        ({"lower": 0, "upper": 1e-30}, 1),
        ({"lower": -1e-200, "upper": 1e-200}, 1),
        ({"lower": 3000, "upper": INF}, 1),
        ({"lower": -INF, "upper": -3000}, 2),
        ({"lower": 5000, "upper": 5000.0004}, 1),
        ({"lower": -INF, "upper": INF}, 1),
        ({"mean": -1, "a": 0}, 1e-20),
        ({"mean": -1, "a": 0}, 1e-200),
        ({"mean": 1, "a": -INF, "b": 0}, 1e-20),
        ({"mean": 1e5, "a": 0, "b": 1}, 0.1),
        ({"a": -1, "b": 1}, (1 - 1e-15) / math.sqrt(3)),
        ({"a": -1, "b": 1}, 1e-300),
        ({"a": -INF, "b": 0}, 1e300),
        ({"a": -1e308, "b": 1e308}, 1e300),
    ],
)
def test_std_correction_at_extremes(parameters, std):
    parameters = {"mean": 0, "a": -INF, "b": INF, **parameters}
    values = fastinit.trunc_normal(
        200_000, std=std, std_correction=True, dtype="float64", seed=18, **parameters
    )
    assert abs(((values - values.mean()) / std).std() - 1) < 0.01


def test_corrections_without_a_finite_std():
    with pytest.raises(ValueError, match="std is too large for these bounds"):
        fastinit.trunc_normal(9, 0, 1.7e308, -INF, 0, dtype="float64", std_correction=True, seed=0)


def test_a_corrected_std_is_the_smallest_that_is_enough():
    """In mpmath's arithmetic: the float64 before it leaves too little between the bounds."""
    mpmath.mp.dps = 60
    for mean, std, low, high in [
        (0.0, 0.5, -1.0, 1.0),
        (0.3, 0.02, 0.29, INF),
        (-2.0, 0.1, 0.0, 1.0),
    ]:
        parent = kernel_arguments.truncated_normal(
            mean, std, low, high, np.dtype("f8"), std_correction=True
        ).parameters.scale
        parent = abs(parent)
        for given, enough in ((parent, True), (math.nextafter(parent, 0), False)):
            alpha, beta = ((mpmath.mpf(bound) - mean) / given for bound in (low, high))
            mass = mpmath.ncdf(-alpha) - mpmath.ncdf(-beta)
            first = (mpmath.npdf(alpha) - mpmath.npdf(beta)) / mass
            second = mpmath.npdf(alpha) * alpha
            if beta < INF:
                second -= mpmath.npdf(beta) * beta
            spread = given * mpmath.sqrt(1 + second / mass - first * first)
            assert (spread >= std) == enough


def test_the_programs_decimal_context_changes_nothing():
    expected = kernel_arguments.truncated_normal(0.0, 1.0, 39.0, INF, np.dtype("f8"))
    corrected = kernel_arguments.truncated_normal(
        0.0, 1.0, -2.0, 1.9, np.dtype("f8"), std_correction=True
    )
    for function in (kernel_arguments._truncated_normal, decimal_normal.probability_above):  # noqa: SLF001
        function.cache_clear()
    decimal_normal.truncated_deviation.cache_clear()
    traps = [decimal.Inexact, decimal.Rounded, decimal.Underflow]
    with decimal.localcontext(decimal.Context(5, decimal.ROUND_UP, -9, 9, traps=traps)):
        assert kernel_arguments.truncated_normal(0.0, 1.0, 39.0, INF, np.dtype("f8")) == expected
        again = kernel_arguments.truncated_normal(
            0.0, 1.0, -2.0, 1.9, np.dtype("f8"), std_correction=True
        )
    assert again == corrected


def test_published_constant():
    """TensorFlow's and JAX's, of the normal truncated at two standard deviations."""
    two = truncation.standardised(2.0, 0.0, 1.0)
    assert float(decimal_normal.truncated_deviation(-two, two, two + two)) == 0.87962566103423978


TINY = 5e-324  # the smallest float64; that of float32 is 1.4e-45
EXTREMES = [
    # Bounds within 1e-175 std, down to the smallest float64s.
    (0, 1e300, -1, 1), (0, 1e300, 0, 1), (1, 1e308, -3, 3), (0, 1e170, -1, 1), (0, 1e308, 0, TINY),
    (0, 1e308, -TINY, TINY), (0, 1e308, -9 * TINY, 2 * TINY), (0, 1e308, 1e-320, 1.1e-320),
    (0, 1, 0, 1e-200), (1, 1e-10, 1 - 1e-15, 1 + 1e-15), (0, 1e305, 1, 1 + 1e-15),
    # A mean so far away that 50 digits see no width, and densities that end at once.
    (1, 1, 0, 1e-45), (1, 1, 0, 1e-60), (1e100, 1e80, -1, 1), (-1e300, 1, 0, 1), (1e300, 1, -1, 0),
    (-1, 1e-160, 0, INF), (1, 1e-160, -INF, 0), (-1e200, 1e20, 0, INF), (-1e200, 1e20, 0, 1e-160),
    (-1e300, 1e290, 0, 1), (1e300, 1e290, -1, 0), (-1, 1e-100, 0, 1e-199), (-1e160, 1, 0, 1e-165),
    # Standard deviations at either end of float64.
    (0, 7 * TINY, -INF, INF), (0, 3 * TINY, -20 * TINY, 0), (TINY, 1e-320, 0, INF),
    (0, 1e308, -1e308, 1e308), (0, 1e308, 0, 1e307), (1e306, 1e307, -INF, 1e306),
]  # fmt: skip
EXTREMES_OF_FLOAT32 = [
    (0, 1e300, -1, 1), (1, 1e308, -3, 3), (0, 1e308, 0, 1e-44), (1, 1, 0, 1e-45), (1, 1, 0, 1e-30),
    (-1e300, 1e290, 0, 1), (1e300, 1e290, -1, 0), (-1e60, 1e36, 0, INF), (-1, 1e-21, 0, INF),
    # Standard deviations that are no float32, in whose arithmetic the table's kernel is.
    (0, 1e39, -1e38, 1e38), (0, 1e39, -1e38, 3e38), (1e38, 2e39, -1e38, 1e38), (0, 5e38, 0, 3e38),
    (0, 2e-45, -4e-45, 4e-45), (3e-45, 5e-44, -INF, 1e-43), (0, 1e-41, -2e-41, 2e-41),
]  # fmt: skip


def distribution_function(mean, std, low, high):
    """Return that of a truncated normal in 1400 digits, which tell all float64s apart."""
    mpmath.mp.dps = 1400
    mean, std, low, high = map(mpmath.mpf, (mean, std, low, high))
    side = 1 if low + high >= 2 * mean else -1  # where probabilities are small, not near 1
    scale = mpmath.sqrt(2 / mpmath.pi)

    def beyond(value):
        z = side * (value - mean) / std
        if not 1e6 < z < INF:
            return mpmath.erfc(z / mpmath.sqrt(2))
        # mpmath has none so far out. Abramowitz and Stegun, 26.2.12.
        square = z * z
        return mpmath.exp(-square / 2) / z * (1 - 1 / square + 3 / square**2) * scale

    start, end = beyond(low), beyond(high)
    return lambda value: (start - beyond(min(max(value, low), high))) / (start - end)


@pytest.mark.parametrize(
    ("dtype", "parameters"),
    [
        *(("float64", parameters) for parameters in EXTREMES),
        *(("float32", parameters) for parameters in EXTREMES_OF_FLOAT32),
        ("float16", (0, 1e5, -6e4, 6e4)),
        ("float16", (0, 1e39, -6e4, 6e4)),
        ("float16", (0, 1e-45, -2e-7, 2e-7)),
        ("bfloat16", (0, 1e39, -1e38, 1e38)),
        ("float8_e5m2", (0, 1e300, -1, 1)),
    ],
)
def test_each_word_gives_its_value(dtype, parameters):
    """At extreme parameters too, within the promised error and the rounding of the format."""
    count = 16
    mean, std, low, high = parameters
    form = FORMATS[dtype]
    values = fastinit.trunc_normal(count, *parameters, dtype=dtype, seed=15).astype(np.float64)
    assert low <= values.min()
    assert values.max() <= high
    word_type = np.uint64 if dtype == "float64" else np.uint32
    words = fastinit.random_bits(count, dtype=word_type, seed=15)
    law = kernel_arguments.truncated_normal(*parameters, as_dtype(dtype, (dtype,)))
    from_upper_bound = law.kind == Kind.TRUNCATED_WINDOW and law.parameters.scale < 0
    ordered = values[np.argsort(words)]
    assert (np.diff(ordered[::-1] if from_upper_bound else ordered) >= 0).all()
    error = {Kind.TRUNCATED: 1.5e-6, Kind.TRUNCATED_TAIL: 1e-14}.get(law.kind, 0.0)
    distribution = distribution_function(*parameters)
    for word, value in zip(words.tolist(), values.tolist(), strict=True):
        fraction = (mpmath.mpf(word) + 0.5) / 2 ** (8 * word_type().itemsize)
        if from_upper_bound:
            fraction = 1 - fraction
        step = mpmath.mpf(2) ** (form.lowest_exponent - form.mantissa_bits)
        slack = step + max(abs(value), error and abs(mean)) * mpmath.mpf(2) ** -form.mantissa_bits
        slack += mpmath.mpf(error) * std
        assert distribution(value - slack) - 1e-6 <= fraction <= distribution(value + slack) + 1e-6


@pytest.mark.parametrize(
    ("bounds", "digest"), [((-1, 1), "3bd10a579ec2c84b"), ((0, 1), "eea3473550d9af10")]
)
@pytest.mark.parametrize("exponent", [30, 100, 570, 572, 573, 574, 575, 600, 800, 1023])
def test_windows_of_any_width_in_stds(exponent, bounds, digest):
    """A power of two changes no digit. Up to 2**572, the digests are those of release 0.5."""
    values = fastinit.trunc_normal(1000, 0, 2.0**exponent, *bounds, dtype="float64", seed=1)
    assert hashlib.blake2b(values.tobytes(), digest_size=8).hexdigest() == digest


@pytest.mark.parametrize("exponent", [1023, 700, 600, 570])
def test_no_level_is_lost(exponent):
    """Of 2**53 float64s between 1 and 2 a million words find a million; of eight, all eight."""
    std = 2.0**exponent
    values = fastinit.trunc_normal(100_000, 0, std, 1, 2, dtype="float64", seed=2)
    assert len(np.unique(values)) == values.size
    assert stats.kstest(values - 1, "uniform").pvalue > SMALLEST_P
    few = fastinit.trunc_normal(10_000, 0, std, -4 * TINY, 4 * TINY, dtype="float64", seed=2)
    levels, counts = np.unique(few, return_counts=True)
    assert levels.tolist() == [TINY * k for k in range(-4, 5)]
    assert stats.chisquare(counts, [625, *[1250] * 7, 625]).pvalue > SMALLEST_P


def random_parameters(generator):
    """Return a mean, a std and bounds; of all kernels, and near to where the choice turns."""
    std = generator.choice(
        [1.0, 0.02, 10 ** generator.uniform(-3, 3), 10 ** generator.uniform(-300, 300)]
    )
    mean = generator.choice([0.0, 0.0, generator.gauss(0, 1) * std, generator.gauss(0, 10) * std])
    if generator.random() < 0.1:
        return mean, std, -2.0, 2.0
    low = generator.choice([0.0, -2.0, generator.gauss(0, 2), generator.uniform(-40, 40)])
    high = generator.choice(
        [
            -low,
            low + 10 ** generator.uniform(-6.1, 1.5),
            low + 2.0**-20 * (1 + generator.uniform(-1e-15, 1e-15)),
            -INF,
            INF,
            generator.gauss(0, 2),
            # A probability of about 1/16 between the bounds.
            special.ndtri(min(special.ndtr(low) + 1 / 16, 1)) + generator.uniform(-1e-14, 1e-14),
        ]
    )
    return mean, std, *sorted((mean + std * low, mean + std * high))


@pytest.mark.parametrize("table_allowed", [False, True])
def test_rapid_parameters_are_the_specified_ones(table_allowed):
    """Those that are computed in microseconds are those of 50 digits, to the bit."""
    generator = random.Random(16)  # noqa: S311
    uncertain = 0
    types = set()
    for _ in range(1500):
        parameters = random_parameters(generator)
        if parameters[2] == parameters[3]:
            continue
        rapid = rapid_truncation.parameters(*parameters, table_allowed=table_allowed)
        specified = truncation.parameters(*parameters, table_allowed=table_allowed)
        if rapid is None:
            uncertain += not isinstance(specified, truncation.Window)
        else:
            assert (type(rapid), rapid) == (type(specified), specified), parameters
            types.add(type(rapid))
    assert uncertain == 0
    assert types == ({truncation.Table, truncation.Tail} if table_allowed else {truncation.Tail})


@pytest.mark.parametrize(
    "parameters",
    [
        (0.0, 1.0, 0.0, 2.0**-20),  # a window's width, and the next float64
        (0.0, 1.0, 0.0, 2.0**-20 + 2.0**-72),
        (0.0, 3.0, 1.0, 1.0 + 3 * 2.0**-20),
        (0.0, 1.0, 38.0, INF),
        (0.0, 1.0, math.nextafter(38.0, 0), INF),
        (0.0, 1.0, -INF, -38.0),
        (1e-60, 1.0, 0.0, 1.0),  # the mean so near to a bound that only 50 digits tell
        (-1e-60, 1.0, 0.0, 1.0),
        (1e-40, 1.0, 0.0, 1.0),
        (1e-20, 1.0, -1.0, 0.0),
        (0.0, 1.0, -1.0, TINY),
        (0.0, 1.0, 0.0, INF),
        (0.0, 1.0, -INF, INF),
        (0.0, 1.0, -1e300, 1e300),
        (0.0, 1.0, 37.9, 54.0),
        (0.0, 1.0, -60.0, 38.4),
    ],
)
@pytest.mark.parametrize("table_allowed", [False, True])
def test_rapid_parameters_where_decisions_turn(parameters, table_allowed):
    rapid = rapid_truncation.parameters(*parameters, table_allowed=table_allowed)
    specified = truncation.parameters(*parameters, table_allowed=table_allowed)
    if rapid is not None:
        assert (type(rapid), rapid) == (type(specified), specified)
    law = kernel_arguments.truncated_normal(*parameters, np.dtype("f4" if table_allowed else "f8"))
    if not isinstance(specified, truncation.Window):
        named = (getattr(law.parameters, name) for name in specified._fields)
        assert tuple(named) == specified


def test_rapid_probabilities_against_mpmath():
    """Within the error that the module derives: 2**-96 of the probability."""
    generator = random.Random(17)  # noqa: S311
    mpmath.mp.prec = 300
    unit = mpmath.mpf(2) ** -rapid_truncation.BITS
    for _ in range(2000):
        z = generator.choice(
            [generator.uniform(0, 64), generator.uniform(0, 4), 10 ** generator.uniform(-30, 1)]
        )
        fixed = int(z / unit)
        numerator, bits = rapid_truncation.probability_above(fixed)
        exact = mpmath.erfc(fixed * unit / mpmath.sqrt(2)) / 2
        assert abs(numerator * mpmath.mpf(2) ** -bits / exact - 1) < mpmath.mpf(2) ** -96


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((0, 1, 2, -2), "a must not be above b"),
        ((0, 1, INF, INF), "a must not be above b"),
        ((0, -1, -2, 2), "std must not be negative"),
        ((0, math.nan, -2, 2), "std must be finite"),
        ((0, 1, math.nan, 2), "a must be a number"),
        ((INF, 1, -2, 2), "mean must be finite"),
        ((0, 1, 1 + 2**-30, 1 + 2**-29), "float32 has no number in"),
        ((5, 0, -2, 2), r"mean must be in \[a, b\] if std is 0"),
    ],
)
def test_errors(parameters, message):
    out = np.full(10, 7, np.float32)
    with pytest.raises(ValueError, match=message):
        fastinit.trunc_normal_(out, *parameters, seed=0)
    assert (out == 7).all()


def test_impossible_correction():
    with pytest.raises(ValueError, match=r"below \(b - a\) / sqrt\(12\)"):
        fastinit.trunc_normal(9, 0, 1, -1, 1, std_correction=True, seed=0)


def test_degenerate():
    assert (fastinit.trunc_normal(9, 0.5, 0, -2, 2, seed=0) == 0.5).all()
    assert (fastinit.trunc_normal(9, 0, 1, 2, 2, seed=0) == 2).all()
    assert as_dtype("float32", tuple(FORMATS)) == np.float32


@pytest.mark.parametrize(
    ("dtype", "mean", "std", "low", "high"),
    [
        ("float16", 65000, 200, 65400, 65450),
        ("float16", 70000, 2000, 64000, 65504),
        ("float8_e4m3fn", 400, 20, 410, 448),
        ("float32", 3e38, 1e38, 3.1e38, 3.3e38),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_within_the_dtype_are_enough(dtype, mean, std, low, high, sign):
    """A tail that ends at a bound reaches no farther, wherever the mean is."""
    low, high = sorted((sign * low, sign * high))
    law = fastinit.TruncatedNormal(sign * mean, std, low, high)
    values = fastinit.Weight((1000,), law, seed=0, name="near the end", dtype=dtype)[:]
    assert len(np.unique(values)) > 1
    assert (low <= values.astype(float)).all()
    assert (values.astype(float) <= high).all()
    bounds = (low, INF) if sign > 0 else (-INF, high)
    law = fastinit.TruncatedNormal(sign * mean, std, *bounds)
    shown = re.escape(str(float(sign * mean)))
    with pytest.raises(ValueError, match=rf"got mean={shown} and std="):
        fastinit.Weight((9,), law, seed=0, name="w", dtype=dtype)[:]
