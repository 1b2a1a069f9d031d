"""Distributions against SciPy's, with fixed seeds and thresholds that a wrong constant fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import fastinit

COUNT = 4_000_000
DTYPES = [np.float32, np.float64]
SMALLEST_P = 1e-4  # the seeds are fixed: chance cannot fail a test twice


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stream", range(3))
def test_uniform_kolmogorov_smirnov(dtype, stream):
    values = fastinit.uniform(COUNT, -0.3, 1.7, dtype=dtype, seed=1, stream=stream)
    assert values.min() >= -0.3
    assert values.max() < 1.7
    law = stats.uniform(np.float64(dtype(-0.3)), np.float64(dtype(1.7)) - np.float64(dtype(-0.3)))
    assert stats.kstest(values.astype(np.float64), law.cdf).pvalue > SMALLEST_P


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stream", range(3))
def test_normal_kolmogorov_smirnov(dtype, stream):
    values = fastinit.normal(COUNT, 0.25, 0.3, dtype=dtype, seed=2, stream=stream)
    result = stats.kstest(values.astype(np.float64), stats.norm(0.25, 0.3).cdf)
    assert result.pvalue > SMALLEST_P


@pytest.mark.parametrize("dtype", DTYPES)
def test_chi_square(dtype):
    uniform = fastinit.uniform(COUNT, dtype=dtype, seed=3)
    counts = np.bincount((uniform * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > SMALLEST_P
    normal = fastinit.normal(COUNT, dtype=dtype, seed=3).astype(np.float64)
    counts = np.bincount((stats.norm.cdf(normal) * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > SMALLEST_P


@pytest.mark.parametrize("dtype", DTYPES)
def test_moments_to_the_fourth(dtype):
    z = fastinit.normal(COUNT, dtype=dtype, seed=4).astype(np.float64)
    u = fastinit.uniform(COUNT, -1, 1, dtype=dtype, seed=4).astype(np.float64)
    # (sample moment, expected, variance of the moment's terms)
    for name, values, moments in (
        ("normal", z, {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96)}),
        ("uniform", u, {1: (0, 1 / 3), 2: (1 / 3, 4 / 45), 3: (0, 1 / 7), 4: (1 / 5, 16 / 225)}),
    ):
        for order, (expected, variance) in moments.items():
            error = (values**order).mean() - expected
            assert abs(error) < 4 * np.sqrt(variance / COUNT), (name, order)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lag", [1, 2, 3, 4, 8, 16, 48, 96, 1024])
def test_serial_correlation(dtype, lag):
    z = fastinit.normal(COUNT, dtype=dtype, seed=5)
    for transform in (np.asarray, np.square, np.abs):
        a = transform(z).astype(np.float64)
        correlation = np.corrcoef(a[:-lag], a[lag:])[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(COUNT)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"seed": 0}, {"seed": 1}),
        ({"seed": 6}, {"seed": 7}),
        ({"seed": 0}, {"seed": 2**32}),
        ({"seed": 6, "stream": 0}, {"seed": 6, "stream": 1}),
        ({"seed": 6, "stream": 1}, {"seed": 6, "stream": 2**32}),
        ({"seed": 6, "stream": "layer.0"}, {"seed": 6, "stream": "layer.1"}),
        ({"seed": 1, "stream": 0}, {"seed": 0, "stream": 1}),
        ({"seed": 6}, {"seed": 6, "offset": 2**34}),
    ],
)
def test_neighbouring_seeds_and_streams(dtype, one, other):
    a = fastinit.normal(COUNT, dtype=dtype, **one)
    b = fastinit.normal(COUNT, dtype=dtype, **other)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / np.sqrt(COUNT)


def test_every_bit_is_fair():
    words = fastinit.random_bits(COUNT, seed=8)
    for bit in range(32):
        ones = int((words >> np.uint32(bit) & np.uint32(1)).sum())
        assert abs(ones - COUNT / 2) < 4.5 * np.sqrt(COUNT) / 2, bit


def test_float64_normal_pairs_are_independent():
    z = fastinit.normal(COUNT, dtype=np.float64, seed=9)
    angle = np.arctan2(z[1::2], z[::2]) / (2 * np.pi) % 1.0
    radius = np.exp(-(z[::2] ** 2 + z[1::2] ** 2) / 2)
    assert stats.kstest(angle, "uniform").pvalue > SMALLEST_P
    assert stats.kstest(radius, "uniform").pvalue > SMALLEST_P
    assert abs(np.corrcoef(angle, radius)[0, 1]) < 4.5 / np.sqrt(COUNT / 2)


def test_the_thresholds_would_notice():
    """A standard deviation wrong by 0.5 % fails the same test that the right one passes."""
    z = fastinit.normal(COUNT, dtype=np.float64, seed=2)
    assert stats.kstest(z, stats.norm(0, 1).cdf).pvalue > SMALLEST_P
    assert stats.kstest(z, stats.norm(0, 1.005).cdf).pvalue < SMALLEST_P
