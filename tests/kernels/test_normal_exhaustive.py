"""A proof over all 2**32 words that the float32 normal is what the contract says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
import pytest
from scipy.special import ndtri

import fastinit
from fastinit._kernels.dispatch import KERNELS, load_kernels

PART = 1 << 22
HALF = 1 << 31


def quantiles(module, start):
    words = np.arange(start, start + PART, dtype=np.uint64).astype(np.uint32)
    out = np.empty(PART, np.float32)
    module.normal_of_words(words, out)
    return out


def prove_part(start):
    """Return the largest error, the sums of the powers, and the ends of one part of the words."""
    values = quantiles(KERNELS, start)
    assert np.isfinite(values).all()
    assert (values[1:] >= values[:-1]).all(), f"not monotone after word {start}"
    exact = np.asarray(values, np.float64)
    probability = (np.arange(start, start + PART, dtype=np.float64) + 0.5) * 2.0**-32
    # The upper half by symmetry, where a float64 near 1 would lose the tail.
    if start < HALF:
        error = np.abs(exact - ndtri(probability)).max()
    else:
        error = np.abs(exact + ndtri(1.0 - probability)).max()
    square = exact * exact
    return error, exact.sum(), square.sum(), (square * square).sum(), values[0], values[-1]


@pytest.mark.slow
def test_every_word():
    with ThreadPoolExecutor(cpu_count()) as pool:
        parts = np.array(list(pool.map(prove_part, range(0, 1 << 32, PART))), np.float64)
    errors, sums, squares, fourths, firsts, lasts = parts.T
    assert errors.max() <= 1e-6
    assert (firsts[1:] >= lasts[:-1]).all()
    assert firsts[0] < -6.3
    assert lasts[-1] > 6.3
    assert abs(sums.sum() / 2**32) <= 1e-9
    assert abs(squares.sum() / 2**32 - 1) <= 1e-6
    assert abs(fourths.sum() / 2**32 - 3) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(
    "isa", [isa for isa in fastinit.available_isas() if isa != fastinit.active_isa()]
)
def test_every_word_on_every_instruction_set(isa):
    module = load_kernels(isa)

    def same(start):
        return np.array_equal(quantiles(module, start), quantiles(KERNELS, start))

    with ThreadPoolExecutor(cpu_count()) as pool:
        assert all(pool.map(same, range(0, 1 << 32, PART)))
