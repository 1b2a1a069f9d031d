"""The command that initialises an embedding table in memory and reports the speed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit

from .numbers import positive
from .output import add_command, print_table

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(commands, "demo", "fill an embedding table in memory, and print the speed")
    parser.add_argument(
        "--rows",
        type=positive,
        default=10_000_000,
        help="the number of rows; by default 10,000,000",
    )
    parser.add_argument(
        "--dim", type=positive, default=128, help="the length of a row; by default 128"
    )
    parser.add_argument("--seed", type=int, default=0, help="the seed of the values; by default 0")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fill a table in memory."""
    demo((options.rows, options.dim), options.seed)
    return 0


def mean_and_std(table: np.ndarray) -> tuple[float, float]:
    """Return the mean and the standard deviation of a table, in float64, without copying it."""
    total = squares = 0.0
    rows = max(1, (1 << 18) // max(1, table.shape[1]))
    for start in range(0, len(table), rows):
        part = table[start : start + rows].astype(np.float64)
        total += float(part.sum())
        squares += float(np.square(part).sum())
    mean = total / table.size
    return mean, (squares / table.size - mean * mean) ** 0.5


def demo(shape: tuple[int, int], seed: int) -> None:
    """Fill an embedding table in memory twice: in fresh memory, page faults limit the speed."""
    start = time.perf_counter()
    table = fastinit.he_normal(shape, seed=seed)
    fresh = time.perf_counter() - start
    start = time.perf_counter()
    fastinit.he_normal_(table, seed=seed)
    again = time.perf_counter() - start
    mean, std = mean_and_std(table)
    rows, dim = shape
    print_table(
        [
            ("shape", f"{rows:,} x {dim} {table.dtype.name}, {table.nbytes / 1e9:.2f} GB"),
            ("scheme", f"he_normal, fan_in {dim}"),
            ("seed", seed),
            ("time", f"{fresh:.3f} s, memory allocated and its pages touched"),
            ("speed", f"{table.nbytes / fresh / 1e9:.1f} GB/s"),
            ("filled again", f"{again:.3f} s, {table.nbytes / again / 1e9:.1f} GB/s"),
            ("kernels", fastinit.active_isa()),
            ("threads", fastinit.get_num_threads()),
            ("mean", f"{mean:+.3e}"),
            ("std", f"{std:.6f} (expected {(2 / dim) ** 0.5:.6f})"),
        ]
    )
