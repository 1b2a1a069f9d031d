"""The command that initialises an embedding table in memory, and compares the speed with NumPy.

Promises: the table fits into the memory that is free, or nothing is allocated. The first touch of
the memory and the fill are timed apart. NumPy fills the same memory with the same distribution.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from fastinit._engine.engine import shares
from fastinit._random.addressing import check_seed
from fastinit._support.summaries import counted

from .expected import digits
from .free_memory import free_memory
from .numbers import integer, positive
from .output import add_command, print_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

#: The best of so many rounds counts, because other programs only add time.
ROUNDS = 3

NAME = "user_id"


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "demo",
        "fill an embedding table in memory, and compare the speed with NumPy",
        [
            "",
            "--rows 10000000 --dim 128",
        ],
    )
    parser.add_argument(
        "--rows", type=positive, default=1_000_000, help="the number of rows; by default 1,000,000"
    )
    parser.add_argument(
        "--dim", type=positive, default=64, help="the length of a row; by default 64"
    )
    parser.add_argument(
        "--seed", type=integer, default=0, help="the seed of the values; by default 0"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fill a table in memory."""
    demo((options.rows, options.dim), check_seed(options.seed))
    return 0


def demo(shape: tuple[int, int], seed: int) -> None:
    """Fill an embedding table in memory, with fastinit and with NumPy, and print both speeds."""
    table = allocated(shape)
    std = 1 / math.sqrt(shape[1])
    random = np.random.default_rng(seed)

    def with_numpy() -> None:
        random.standard_normal(out=table, dtype=np.float32)
        np.multiply(table, np.float32(std), out=table)

    def with_fastinit(threads: int | None = None) -> None:
        fastinit.embedding_normal_(table, seed=seed, stream=NAME, threads=threads)

    touched = seconds_of(lambda: table.fill(0), rounds=1)
    numpy = seconds_of(with_numpy)
    single = seconds_of(lambda: with_fastinit(threads=1))
    full = seconds_of(with_fastinit)
    mean, found = mean_and_std(table)
    threads, _ = shares(table.nbytes, None)  # a small table has one

    def speed(seconds: float) -> str:
        return f"{seconds:.3f} s, {table.nbytes / seconds / 1e9:.2f} GB/s"

    def compared(seconds: float) -> str:
        return f"{speed(seconds)}, {numpy / seconds:.1f} times as fast as NumPy"

    rows, dim = shape
    print_table(
        [
            ("table", f"{NAME}, {rows:,} x {dim} float32, {table.nbytes / 1e9:.2f} GB"),
            ("scheme", f"embedding_normal: N(0, 1 / {dim})"),
            ("seed", seed),
            ("kernels", fastinit.active_isa()),
            ("first touch", f"{touched:.3f} s, for the system to provide the memory"),
            ("NumPy", speed(numpy)),
            ("fastinit", compared(single)),
            *([(f"on {counted(threads, 'thread')}", compared(full))] if threads > 1 else []),
            ("mean", f"{digits(mean)} (expected 0)"),
            ("std", f"{digits(found)} (expected {digits(std)})"),
        ]
    )


def allocated(shape: tuple[int, int]) -> np.ndarray:
    """Return a table in memory that nothing has touched yet, or raise if it would not fit."""
    size, free = math.prod(shape) * np.dtype(np.float32).itemsize, free_memory()
    if size > free:
        raise ValueError(
            f"the table needs {size / 1e9:,.2f} GB of memory, and {free / 1e9:,.2f} GB are free; "
            "give fewer --rows"
        )
    return np.empty(shape, np.float32)


def seconds_of(work: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Return the seconds of the fastest of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def mean_and_std(table: np.ndarray) -> tuple[float, float]:
    """Return the mean and the standard deviation of a table, in float64, without copying it."""
    total = squares = 0.0
    rows = max(1, (1 << 18) // max(1, table.shape[1]))
    for start in range(0, len(table), rows):
        part = table[start : start + rows].astype(np.float64)
        total += float(part.sum())
        squares += float(np.square(part).sum())
    mean = total / table.size
    return mean, max(0.0, squares / table.size - mean * mean) ** 0.5
