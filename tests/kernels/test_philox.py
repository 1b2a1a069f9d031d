"""The words, against what others publish: Random123's known answers and randomgen's Philox."""

from __future__ import annotations

import numpy as np
import pytest
from randomgen import Philox

import fastinit
from fastinit._engine.kernel_arguments import random_bits
from tests.support.paths import DATA

WORDS = random_bits(np.dtype(np.uint32))
PAIRS = random_bits(np.dtype(np.uint64))
VECTORS = [
    [int(word, 16) for word in line.split()]
    for line in (DATA / "philox4x32_10.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("vector", VECTORS)
def test_known_answers(kernels, vector):
    counter, key, expected = vector[:4], vector[4:6], vector[6:]
    block = counter[0] | counter[1] << 32
    stream = counter[2] | counter[3] << 32
    seed = key[0] | key[1] << 32
    out = np.empty(4, np.uint32)
    # An index has 64 bits: blocks past those it can name are checked on the reference only.
    pairs = np.empty(2, np.uint64)
    if block < 1 << 62:
        kernels.fill(out, *WORDS, seed, stream, 4 * block, 0, 4, False)
        assert out.tolist() == expected
    if block < 1 << 63:
        kernels.fill(pairs, *PAIRS, seed, stream, 2 * block, 0, 2, False)
        assert pairs.tolist() == [
            expected[0] << 32 | expected[1],
            expected[2] << 32 | expected[3],
        ]


def python_philox(counter, key):
    """Philox4x32-10 in plain integers, for block numbers past what an index can name."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        mask = 0xFFFFFFFF
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & mask, p0 >> 32 ^ c[3] ^ k[1], p0 & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return c


@pytest.mark.parametrize("vector", VECTORS)
def test_reference_knows_the_answers(vector):
    assert python_philox(vector[:4], vector[4:6]) == vector[6:]


@pytest.mark.parametrize("block", [0, 1, 2**32 - 1, 2**32, 2**40 + 7, 2**62 - 1])
@pytest.mark.parametrize("stream", [0, 2**32, 2**64 - 1])
@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**64 - 1, 0x0123456789ABCDEF])
def test_any_counter_and_key(kernels, block, stream, seed):
    out = np.empty(4, np.uint32)
    kernels.fill(out, *WORDS, seed, stream, 4 * block, 0, 4, False)
    mask = 0xFFFFFFFF
    counter = [block & mask, block >> 32, stream & mask, stream >> 32]
    assert out.tolist() == python_philox(counter, [seed & mask, seed >> 32])


@pytest.mark.parametrize("seed", [0, 42, 2**63 + 5])
def test_whole_stream_against_randomgen(seed):
    # randomgen increments the counter before its first block: start it at the last one.
    reference = Philox(key=seed, counter=2**128 - 1, number=4, width=32)
    words = reference.random_raw(100_000).astype(np.uint32)
    assert np.array_equal(fastinit.random_bits(100_000, seed=seed), words)


def test_64_bit_elements_are_pairs_of_words():
    words = fastinit.random_bits(2000, seed=9, stream="table").astype(np.uint64)
    pairs = fastinit.random_bits(1000, dtype=np.uint64, seed=9, stream="table")
    assert np.array_equal(pairs, words[::2] << np.uint64(32) | words[1::2])
