"""Sums of codes where counts are unequal, odd or too many; tests/storage/test_receipts.py has more."""

from __future__ import annotations

import mmap
import sys

import numpy as np
import pytest

from fastinit._kernels.moments import CodeMoments

pytestmark = pytest.mark.once

#: A meaning for each byte whose sums are exact.
MEANINGS = np.arange(256, dtype=np.float32)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 1000, 1001])
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_bytes_count_once_wherever_a_piece_ends(length, pieces):
    codes = (np.arange(length * pieces) * 89 % 251).astype(np.uint8)
    moments = CodeMoments(1, 2.0)
    for piece in codes.reshape(pieces, length):
        moments.add(piece)
    shifted = codes.astype(np.int64) - 2
    expected = (shifted.sum(), (shifted * shifted).sum(), codes.min(), codes.max())
    assert moments.result(MEANINGS) == tuple(map(float, expected))


@pytest.mark.skipif(sys.platform != "linux", reason="needs memory that nothing is reserved for")
def test_more_codes_than_a_count_can_hold_are_refused_before_one_is_read():
    no_reserve = 0x4000  # mmap.MAP_NORESERVE, since Python 3.13
    memory = mmap.mmap(-1, 2**33, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve)
    moments = CodeMoments(1, 0.0)
    moments.add(np.full(4, 7, np.uint8))
    numbers = np.frombuffer(memory, np.uint8)
    with pytest.raises(OverflowError, match="more codes than can be counted"):
        moments.add(numbers)
    assert moments.result(MEANINGS) == (28.0, 196.0, 7.0, 7.0)
