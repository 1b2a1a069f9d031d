"""Compare `Weight.rows` with a contiguous fill of as many bytes, as tables.

    python bench/gathered_rows.py
    FASTINIT_ISA=avx2 python bench/gathered_rows.py

A cell is a fraction of the speed of the fill, on one thread, of rows with random numbers in a
table of ten million rows. `kernel` is the compiled loop alone. The functions take turns, and the
best time of each counts. There are 65,536 rows, or as many as fit into 1 MiB, near the caches.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

import fastinit
from fastinit._engine import engine
from fastinit._engine.regions import box_of

if TYPE_CHECKING:
    from collections.abc import Callable

DIMS = [1, 4, 8, 10, 16, 32, 48, 64, 100, 128, 256]
DTYPES = ["float32", "bfloat16"]
SCHEMES: dict[str, fastinit.Uniform | fastinit.Normal] = {
    "uniform": fastinit.Uniform(-0.3, 0.3),
    "normal": fastinit.Normal(0.0, 0.02),
}
ROWS_OF_TABLE = 10_000_000
MOST_ROWS = 1 << 16
MOST_BYTES = 1 << 20
ROUNDS = 40


def best_times(calls: list[Callable[[], object]]) -> list[float]:
    """Return the best time of each call in seconds."""
    best = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for place, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[place] = min(best[place], time.perf_counter() - start)
    return best


def fractions(dim: int, scheme: fastinit.Uniform | fastinit.Normal, dtype: str) -> list[float]:
    """Return the speeds of `rows` and of its kernel as fractions of that of a fill."""
    weight = fastinit.Weight((ROWS_OF_TABLE, dim), scheme, seed=1, name="table", dtype=dtype)
    count = min(MOST_ROWS, MOST_BYTES // (dim * weight.dtype.itemsize))
    ids = np.random.default_rng(1).integers(0, ROWS_OF_TABLE, count)
    out = np.empty((count, dim), weight.dtype)
    law = weight.distribution.law(weight.dtype)
    box = box_of(ids, weight.shape)
    fill, rows, kernel = best_times(
        [
            lambda: engine.fill(out, law, 1, 2, 0, 1),
            lambda: weight.rows(ids, out, threads=1),
            lambda: engine.fill_box(out, law, 1, 2, box, 1),
        ]
    )
    return [fill / rows, fill / kernel]


if __name__ == "__main__":
    print(f"Kernels {fastinit.active_isa()}, rows / kernel\n")
    print("| elements a row | " + " | ".join(map(str, DIMS)) + " |")
    print("|---" * (len(DIMS) + 1) + "|")
    for name, scheme in SCHEMES.items():
        for dtype in DTYPES:
            cells = [
                " / ".join(f"{each:.2f}" for each in fractions(dim, scheme, dtype)) for dim in DIMS
            ]
            print(f"| {name} {dtype} | " + " | ".join(cells) + " |", flush=True)
