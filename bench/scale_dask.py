"""What Dask makes of a table: its speed, its traffic, its cost for each task, its files."""

from __future__ import annotations

import itertools
import math
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster, wait

from fastinit import Normal, Weight
from fastinit.dask import from_weight

MIB = 1 << 20
ROW = 128
CHUNK_ROWS = 64 * MIB // (4 * ROW)


_seeds = itertools.count()  # a new one for each array: equal ones would have been made already


def table(chunks: int) -> Weight:
    """Return the formula of so many chunks, of another table each time."""
    return Weight((chunks * CHUNK_ROWS, ROW), Normal(), seed=next(_seeds), name="table")


def by_fastinit(chunks: int) -> da.Array:
    """Return such a table, made by fastinit."""
    return from_weight(table(chunks), (CHUNK_ROWS, -1))


def by_dask(chunks: int) -> da.Array:
    """Return normals of the same shape and dtype, made by Dask's own generator."""
    return da.random.default_rng(next(_seeds)).standard_normal(
        (chunks * CHUNK_ROWS, ROW), chunks=(CHUNK_ROWS, -1), dtype=np.float32
    )


def by_client(chunks: int) -> da.Array:
    """Return such a table, made here, and sent to the workers."""
    return da.from_array(np.asarray(table(chunks)), (CHUNK_ROWS, -1))


def corner(chunk: np.ndarray) -> np.ndarray:
    """Return one element of a chunk, with the chunk's axes."""
    return chunk[-1:, -1:].copy()


def make(client: Client, array: da.Array) -> None:
    """Let the workers make every chunk; they keep one number of each, and send none."""
    kept = array.map_blocks(corner, chunks=(1, 1), dtype=array.dtype, meta=array._meta)  # noqa: SLF001
    wait(client.persist(kept))


def cluster(workers: int) -> LocalCluster:
    """Return a cluster of processes of one thread, which listen on the loopback interface."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    )


def seconds(action: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def rates() -> dict[str, list[float]]:
    """Return, by maker, the GB/s of 1 and of 2 workers together, into memory new for each chunk."""
    found: dict[str, list[float]] = {}
    for workers in (1, 2):
        with cluster(workers) as local, Client(local) as client:
            for name, maker, chunks in (
                ("fastinit", by_fastinit, 32),
                ("dask.array.random", by_dask, 8),
            ):
                make(client, maker(workers))
                arrays = [maker(chunks) for _ in range(6)]
                best = min(seconds(lambda array=array: make(client, array)) for array in arrays)
                found.setdefault(name, []).append(arrays[0].nbytes / best / 1e9)
    return found


def overhead() -> dict[str, float]:
    """Return what a task costs the scheduler when there is next to nothing to fill.

    The scheduler is a thread of this process, so its CPU time is this process's, the client's
    included, whatever else the machine does.
    """
    tasks, elapsed, used = 2000, math.inf, math.inf
    with cluster(2) as local, Client(local) as client:
        make(client, by_fastinit(4))
        for _ in range(5):
            weight = Weight((tasks, 8), Normal(), seed=next(_seeds), name="table")
            array = from_weight(weight, (1, -1))
            before = time.process_time()
            elapsed = min(elapsed, seconds(lambda array=array: make(client, array)))
            used = min(used, time.process_time() - before)
    return {"seconds a task": elapsed / tasks, "CPU seconds a task": used / tasks}


def files() -> dict[str, float]:
    """Return the GB/s of two workers that write zarr files, and of writing and syncing alone."""
    found = {}
    chunks = 16
    folder = Path(tempfile.mkdtemp(dir="."))
    try:
        with cluster(2) as local, Client(local):
            for name, options in (("zarr, uncompressed", {"compressors": None}), ("zarr", {})):
                best = math.inf
                for turn in range(3):
                    array, path = by_fastinit(chunks), folder / f"{name}{turn}"
                    took = seconds(lambda: array.to_zarr(path, **options))  # noqa: B023
                    best = min(best, took)
                    size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
                    shutil.rmtree(path)
                found[name] = array.nbytes / best / 1e9
                found[f"{name}: bytes of file a byte"] = size / array.nbytes
    finally:
        shutil.rmtree(folder)
    return found


def loopback() -> int:
    """Return the bytes that have crossed this namespace's loopback interface, headers included."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "lo":
            return int(counters.split()[0])
    raise OSError("there is no loopback interface")


def traffic() -> dict[str, Any]:
    """Return, by maker, the bytes sent for each GB and each chunk, beyond those of an idle cluster.

    The last maker sends the values themselves, from the client: so much would be seen.
    """
    found: dict[str, Any] = {}
    with cluster(2) as local, Client(local) as client:
        make(client, by_fastinit(4))
        before = loopback()
        time.sleep(10)
        idle = found["idle bytes a second"] = (loopback() - before) / 10
        for name, maker, chunks in (
            ("fastinit", by_fastinit, 32),
            ("dask.array.random", by_dask, 32),
            ("sent by the client", by_client, 4),
        ):
            least = math.inf
            for _ in range(3):
                array = maker(chunks)
                before = loopback()
                took = seconds(lambda array=array: make(client, array))
                time.sleep(1)
                least = min(least, loopback() - before - idle * (took + 1))
            found[name] = {
                "bytes a GB": least / (array.nbytes / 1e9),
                "bytes a chunk": least / chunks,
            }
    return found
