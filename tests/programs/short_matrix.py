"""Every kernel in a second, for checkers that slow it a hundredfold: compares a digest of all bits.

Heap blocks of the exact size hold the outputs, so that a checker of memory sees one byte too many.
The digest goes to a system call as it is: a checker of initialised memory then sees whether all that
it depends on was written. The exit status is 1 where it is not the contract's.
"""

from __future__ import annotations

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np

import fastinit
from fastinit._kernels.dispatch import KERNELS
from fastinit._kernels.moments import CodeMoments, NumberMoments
from tests.support.laws import LAWS

#: Of contract version 1, on every instruction set.
DIGEST = "93acff73b804905f0249da414294d89cf595cf519b5180e9fd893fabd2680d21"


def outputs(dtype: np.dtype):
    """Arrays of a dtype: lengths around blocks and groups, strided, misaligned."""
    raw = f"u{dtype.itemsize}"
    for length in (1, 3, 5, 16, 63, 129, 1025):
        yield np.empty(length, raw)
    yield np.empty((9, 14), raw)[::2, ::-3]
    yield np.empty((5, 33), raw, order="F")
    yield np.empty(dtype.itemsize * 37 + 1, np.uint8)[1:].view(raw)


def in_threads() -> list[np.ndarray]:
    """Arrays that are large enough for threads, made by two of Python's threads at once."""
    weight = fastinit.Weight((1200, 500), "he_normal", seed=5, name="threads")
    calls = [
        lambda: fastinit.normal(600_001, seed=6, threads=4),
        lambda: fastinit.uniform_(np.zeros((601, 2000))[:, ::2], seed=6, threads=3),
        lambda: weight.rows(np.arange(1199, -1, -1), threads=4),
        lambda: fastinit.quantized_rows((700, 1000), fastinit.Normal(), seed=6, threads=3),
    ]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda call: call(), calls))


def digest_of_everything() -> bytes:
    """Fill everything once and return the digest."""
    digest = hashlib.sha256()
    for dtype, law in LAWS.values():
        for out in outputs(dtype):
            offset = 2**34 - 50 if dtype.itemsize < 8 else 2**33 - 25
            KERNELS.fill(out, *law, 3, 4, offset, 0, out.size, out.size > 1000)
            digest.update(out.tobytes())
        for rows in (None, np.array([6, 0, 6, 3, 2, 5, 1], np.int64)):
            box = np.empty((7, 11), f"u{dtype.itemsize}")
            KERNELS.fill_box(box, *law, 3, 4, 5, (40, 3), rows, 0, box.size, False)
            digest.update(box.tobytes())
    for bits, row_layout in product((8, 4, 2), ("fused_rowwise", "tbe")):
        for dim in (1, 7, 64, 129):
            rows = fastinit.quantized_rows(
                (5, dim), fastinit.Normal(0.1, 0.3), bits=bits, row_layout=row_layout, seed=1
            )
            digest.update(rows.tobytes())
    for shape in ((1, 1), (3, 5), (33, 32), (70, 70), (200, 37)):
        for threads in (1, 3):
            digest.update(fastinit.orthogonal(shape, seed=1, threads=threads).tobytes())
    words = np.arange(2**32 - 101, 2**32, dtype=np.uint64).astype(np.uint32)
    normals = np.empty(words.size, np.float32)
    KERNELS.normal_of_words(words, normals)
    digest.update(normals.tobytes())
    for array in in_threads():
        digest.update(array.tobytes())
    bits = fastinit.Philox(1)
    digest.update(np.random.Generator(bits).random(100).tobytes())
    return digest.digest()


def misaligned(array: np.ndarray) -> np.ndarray:
    """Return a copy at an odd address, which ends where its block of the heap does."""
    block = np.empty(array.nbytes + 1, np.uint8)
    block[1:] = array.view(np.uint8)
    return block[1:].view(array.dtype)


def check_moments() -> None:
    """Sum up numbers and codes at even and odd addresses."""
    numbers = fastinit.normal(1001, seed=7)
    codes = numbers.view(np.uint32)
    for kind, array in (
        (lambda: NumberMoments(0.5), numbers),
        (lambda: NumberMoments(0.5), numbers.astype(np.float64)),
        (lambda: CodeMoments(2, 0.5), codes.astype(np.uint16)),
        (lambda: CodeMoments(1, 0.5), codes.astype(np.uint8)),
    ):
        values = [np.arange(256**array.itemsize, dtype=np.float32)] if array.itemsize < 4 else []
        results = []
        for memory in (array, misaligned(array)):
            moments = kind()
            moments.add(memory)
            results.append(moments.result(*values))
        assert results[0] == results[1]


if __name__ == "__main__":
    check_moments()
    digest = digest_of_everything()
    with open(os.devnull, "wb", buffering=0) as nowhere:  # noqa: PTH123 - no Path is needed
        nowhere.write(digest)
    print(f"short matrix on {fastinit.active_isa()}: {digest.hex()}")
    sys.exit(int(digest.hex() != DIGEST))
