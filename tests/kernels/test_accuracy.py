"""The transforms, value by value, against formulas in higher precision."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments


def words_of(seed, count):
    return fastinit.random_bits(count, dtype=np.uint64, seed=seed)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.3, 0.7), (-1e30, 3e30), (5.0, 5.0)])
def test_uniform_float32_formula(kernels, generate, low, high):
    out = np.empty(100_000, np.float32)
    kernels.fill(out, *kernel_arguments.uniform(low, high, out.dtype), 1, 2, 3, 0, out.size, False)
    words = fastinit.random_bits(out.size, seed=1, stream=2, offset=3)
    a, b = np.float32(low), np.float32(high)
    step = np.float32(2.0**-24) * (b - a)
    expected = a + (words & np.uint32(0xFFFFFF)).astype(np.float32) * step
    expected = np.minimum(expected, max(a, np.nextafter(b, a)))
    assert np.array_equal(out, expected)


def test_uniform_float64_formula(kernels):
    out = np.empty(100_000)
    kernels.fill(out, *kernel_arguments.uniform(-0.3, 0.7, out.dtype), 1, 2, 3, 0, out.size, False)
    words = fastinit.random_bits(out.size, dtype=np.uint64, seed=1, stream=2, offset=3)
    step = (0.7 - -0.3) * 2.0**-53
    expected = -0.3 + (words & np.uint64(2**53 - 1)).astype(np.float64) * step
    assert np.array_equal(out, np.minimum(expected, np.nextafter(0.7, -0.3)))


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.float32, 1.0, 1.0 + 2**-23),
        (np.float32, 2.0**24, 2.0**24 + 2),
        (np.float32, -1, 2**-30),
        (np.float64, 1.0, 1.0 + 2**-52),
        (np.float64, 2.0**53, 2.0**53 + 2),
        (np.float64, -1, 2**-60),
    ],
)
def test_high_is_never_returned(kernels, dtype, low, high):
    """Intervals where rounding to nearest would return high for half of the words."""
    out = np.empty(100_000, dtype)
    kernels.fill(out, *kernel_arguments.uniform(low, high, out.dtype), 1, 0, 0, 0, out.size, False)
    assert out.max() < dtype(high)
    assert out.min() >= dtype(low)


def box_muller(first, second):
    mpmath.mp.prec = 200
    u = (mpmath.mpf(int(first)) + 0.5) / 2**64
    angle = 2 * mpmath.pi * (mpmath.mpf(int(second)) + 0.5) / 2**64
    radius = mpmath.sqrt(-2 * mpmath.log(u))
    return radius * mpmath.cos(angle), radius * mpmath.sin(angle)


def test_normal_float64_against_mpmath(kernels):
    """At most 4 units in the last place of 1.0, times the radius where that is above 1.

    Far out an absolute bound cannot hold: half a unit in the last place of 8.5 is 4 of 1.0.
    """
    count = 20_000
    out = np.empty(count)
    kernels.fill(out, *kernel_arguments.normal(0, 1, out.dtype), 11, 0, 0, 0, count, False)
    words = words_of(11, count)
    worst = 0.0
    for i in range(0, count, 2):
        exact = box_muller(words[i], words[i + 1])
        scale = max(1.0, float(mpmath.hypot(*exact)))
        for value, wanted in zip(out[i : i + 2], exact, strict=True):
            worst = max(worst, abs(float(mpmath.mpf(float(value)) - wanted)) / scale)
    assert worst <= 4 * 2.0**-52


def test_normal_float32_tail_words(kernels):
    """The extreme words, the middle, and each octave's ends."""
    words = {0, 1, 2, 3, 2**31 - 2, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1}
    for octave in range(32):
        words |= {
            w & 0xFFFFFFFF for near in (-1, 0, 1) for w in (2**octave + near, -(2**octave) + near)
        }
    words = np.array(sorted(words), np.uint32)
    out = np.empty(words.size, np.float32)
    kernels.normal_of_words(words, out)
    mpmath.mp.prec = 100
    exact = [
        float(mpmath.sqrt(2) * mpmath.erfinv(2 * (mpmath.mpf(int(w)) + 0.5) / 2**32 - 1))
        for w in words
    ]
    assert np.abs(out - np.array(exact)).max() <= 1e-6
    assert (np.diff(out.astype(np.float64)) >= 0).all()
    assert out[0] < -6.3 < 6.3 < out[-1]
