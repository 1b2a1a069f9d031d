"""A proof over all 2**32 words that the float32 normal is what the contract says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
import pytest

import fastinit
from fastinit._kernels.dispatch import KERNELS, load_kernels
from tests.support.reference import standard_normal32

WORDS = 1 << 32
PART = 1 << 22
#: What the CPU's cache holds: words, values and their powers.
BLOCK = 1 << 16
TOLERANCE = 1e-6
OTHERS = {
    isa: load_kernels(isa) for isa in fastinit.available_isas() if isa != fastinit.active_isa()
}


def blocks_of(start):
    """Yield the words of one part in blocks: each block is the memory of the one before."""
    words = np.arange(start, start + BLOCK, dtype=np.uint64).astype(np.uint32)
    yield words
    for _ in range(PART // BLOCK - 1):
        words += np.uint32(BLOCK)
        yield words


def check_part(start):
    """Return the sums of the powers, and the ends, of one part of the words."""
    values, others = np.empty((2, BLOCK), np.float32)
    exact, square = np.empty((2, BLOCK))
    sums = np.zeros(3)
    first, last = None, -np.inf
    for words in blocks_of(start):
        KERNELS.normal_of_words(words, values)
        # A NaN fails a comparison too.
        assert last <= values[0], f"not monotone at word {words[0]}"
        assert (values[1:] >= values[:-1]).all(), f"not monotone after word {words[0]}"
        for isa, module in OTHERS.items():
            module.normal_of_words(words, others)
            assert np.array_equal(others, values), f"{isa} after word {words[0]}"
        first, last = values[0] if first is None else first, values[-1]
        exact[:] = values
        np.multiply(exact, exact, out=square)
        sums += exact.sum(), square.sum(), np.multiply(square, square, out=exact).sum()
    return *sums, first, last


@pytest.mark.slow
def test_every_word():
    """The values rise with the words, have a normal's moments, and are one on every instruction set."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        parts = np.array(list(pool.map(check_part, range(0, WORDS, PART))), np.float64)
    sums, squares, fourths, firsts, lasts = parts.T
    assert (firsts[1:] >= lasts[:-1]).all()
    assert firsts[0] < -6.3
    assert lasts[-1] > 6.3
    assert np.isfinite(parts).all()
    assert abs(sums.sum() / WORDS) <= 1e-9
    assert abs(squares.sum() / WORDS - 1) <= 1e-6
    assert abs(fourths.sum() / WORDS - 3) <= 1e-5


#: All words below it are compared with the exact normal, and 2**23 of each octave above it.
DENSE = 1 << 24
SPAN = 1 << 19


def spans_of_the_lower_half():
    """Yield words in order, SPAN + 1 at a time; each span begins where the last one ended."""
    start = 0
    while start < WORDS // 2:
        step = max(1, (1 << start.bit_length()) // DENSE)
        yield np.arange(start, start + SPAN * step + 1, step)
        start += SPAN * step


@pytest.mark.slow
@pytest.mark.parametrize("upper", [False, True])
def test_error_of_every_word(upper):
    """Values that rise, as `test_every_word` proves, are bounded by those of two words around them.

    With v the values and r the exact normal, both rising, a word between words a and b has
    v(a) - r(b) <= v - r <= v(b) - r(a).
    """
    end = 0
    for below in spans_of_the_lower_half():
        assert below[0] == end
        end = below[-1]
        words = WORDS - 1 - below[::-1] if upper else below
        exact = standard_normal32(words)
        values = np.empty(words.size, np.float32)
        KERNELS.normal_of_words(words.astype(np.uint32), values)
        assert np.abs(values - exact).max() <= TOLERANCE
        if words[1] - words[0] > 1:
            assert (exact[1:] - values[:-1]).max() <= TOLERANCE
            assert (values[1:] - exact[:-1]).max() <= TOLERANCE
    assert end == WORDS // 2
