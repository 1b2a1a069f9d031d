"""How fast one and two processes, of one thread each, make the parts of one table."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.synchronize import Barrier

import numpy as np

from buffers import memset
from fastinit import Normal, Uniform, Weight

PART_ROWS = 1 << 17  # 64 MiB in float32
ROW = 128
ROUNDS = 60
TABLES = {
    "normal float32": Weight((10**9, ROW), Normal(), seed=0, name="table"),
    "uniform float32": Weight((10**9, ROW), Uniform(), seed=0, name="table"),
    "normal bfloat16": Weight((10**9, ROW), Normal(), seed=0, name="table", dtype="bfloat16"),
}
CASES = ["memset", *TABLES]


def work(rank: int, processes: int, together: Barrier, ends: multiprocessing.Queue) -> None:
    """Fill every processes-th part into warm memory, and say when each round began and ended."""
    for case in CASES:
        table = TABLES.get(case)
        out = np.ones((PART_ROWS, ROW), np.float32 if table is None else table.dtype)
        for turn in range(ROUNDS):
            first = (turn * processes + rank) * PART_ROWS
            together.wait()
            begin = time.perf_counter()
            if table is None:
                memset(out)
            else:
                table.fill(out, np.s_[first : first + PART_ROWS], threads=1)
            ends.put((case, turn, begin, time.perf_counter(), out.nbytes))


def rates() -> dict[str, list[float]]:
    """Return, by case, the GB/s of 1 and of 2 processes together."""
    found: dict[str, list[float]] = {case: [] for case in CASES}
    context = multiprocessing.get_context("spawn")
    for processes in (1, 2):
        together, ends = context.Barrier(processes), context.Queue()
        workers = [
            context.Process(target=work, args=(rank, processes, together, ends))
            for rank in range(processes)
        ]
        for worker in workers:
            worker.start()
        rounds = [ends.get() for _ in range(processes * len(CASES) * ROUNDS)]
        for worker in workers:
            worker.join()
        for case in CASES:
            best = 0.0
            for turn in range(ROUNDS):
                same = [each for each in rounds if each[:2] == (case, turn)]
                seconds = max(each[3] for each in same) - min(each[2] for each in same)
                best = max(best, sum(each[4] for each in same) / seconds / 1e9)
            found[case].append(best)
    return found
