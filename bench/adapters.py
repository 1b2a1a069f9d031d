"""What is measured of the frameworks' adapters: initialisers, dtypes and sizes, on one thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import fastinit

#: Of float32: 16 elements to 64 Mi, up to a table of 256 MiB.
SHAPES = {
    "4 × 4": (4, 4),
    "64 × 64": (64, 64),
    "1024 × 1024": (1024, 1024),
    "131072 × 128": (1 << 17, 128),
    "524288 × 128": (1 << 19, 128),
}
DTYPES = ["float32", "bfloat16"]
ITEMSIZES = {"float32": 4, "bfloat16": 2}


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold fastinit to one thread."""
    before = fastinit.get_num_threads()
    fastinit.set_num_threads(1)
    try:
        yield
    finally:
        fastinit.set_num_threads(before)


def measure_weight(
    measure: Callable[..., None], make: Callable[[], Any], *, shape: str, dtype: str, **row: Any
) -> None:
    """Measure a call that makes a new weight."""
    elements = math.prod(SHAPES[shape])
    with one_thread():
        measure(
            make, nbytes=elements * ITEMSIZES[dtype], elements=elements,
            dtype=dtype, size=shape, threads=1, **row,
        )  # fmt: skip
