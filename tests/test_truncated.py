"""Truncated normals against SciPy's, over a grid of bounds, and far in the tails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

import fastinit
from fastinit import gaussian, laws
from fastinit.formats import FORMATS
from fastinit.laws import Kind
from fastinit.memory import as_dtype

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
    law = laws.truncated_normal(0, 1, *bounds, np.dtype("f4"))
    assert law.kind == kind


@pytest.mark.parametrize(("low", "high"), [(-1.5, 1.5), (-2, 1), (-0.5, INF)])
def test_table_and_tail_agree(low, high):
    """Two ways to the same distribution, word by word within the table's error."""
    table = fastinit.trunc_normal(100_000, 0, 1, low, high, seed=11)
    law = laws.Law(
        Kind.TRUNCATED_TAIL,
        2,
        (-1e30, 1e30, 0.0, 1.0, *tail_parameters(low, high)),
    )
    exact = np.empty(100_000, np.float32)
    fastinit.fills.fill(exact, law, 11, 0, 0, 1)
    assert np.abs(table.astype(np.float64) - exact).max() < 1.5e-6


def tail_parameters(low, high):
    from fastinit import truncation  # noqa: PLC0415

    return truncation.tail(laws.standardised(low, 0.0, 1.0), laws.standardised(high, 0.0, 1.0))


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


def test_published_constant():
    """TensorFlow's and JAX's, of the normal truncated at two standard deviations."""
    two = laws.standardised(2.0, 0.0, 1.0)
    assert float(gaussian.truncated_deviation(-two, two)) == 0.87962566103423978


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ((0, 1, 2, -2), "a must not be above b"),
        ((0, 1, INF, INF), "a must not be above b"),
        ((0, -1, -2, 2), "std must not be negative"),
        ((0, math.nan, -2, 2), "std must be finite"),
        ((0, 1, math.nan, 2), "a must be a number"),
        ((INF, 1, -2, 2), "mean must be finite"),
        ((0, 1, 1 + 2**-30, 1 + 2**-29), "no float32 lies in"),
        ((5, 0, -2, 2), "mean must lie in"),
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
