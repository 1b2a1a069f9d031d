"""Files: how fast fastinit makes and verifies one, beside a plain writer of the same bytes.

python bench/files.py FOLDER [--gigabytes 1] [--rounds 5] [--tensors 10000]

The plain writer does what ``dd`` does: it writes one buffer of 4 MiB again and again, into the page
cache, and synchronises the file at the end; its disk space is taken beforehand, as fastinit's is.
A file of many short tensors stands beside ``safetensors.save_file`` with ``fsync``, which is given
finished arrays. All take turns, so that what else the machine does meets all of them. CPU seconds
are those of the process and do not include the kernel's own threads that empty the page cache.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import fastinit
from fastinit import Weight
from fastinit.storage.blocks.blocks import PAGE_BYTES, piece_memory

if TYPE_CHECKING:
    from collections.abc import Callable

BUFFER_BYTES = 4 << 20
DIM = 128


def plain(path: Path, size: int, *, direct: bool = False) -> None:
    """Write one buffer again and again, then synchronise the file."""
    memory = piece_memory()[: 1 << 20] if direct else bytearray(os.urandom(BUFFER_BYTES))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | (os.O_DIRECT if direct else 0)
    descriptor = os.open(path, flags)
    os.posix_fallocate(descriptor, 0, size)
    for position in range(0, size, len(memory)):
        os.pwrite(descriptor, memory, position)
    os.fsync(descriptor)
    os.close(descriptor)


def weight(dtype: str, size: int) -> Weight:
    """Return a table of some bytes."""
    itemsize = 2 if dtype == "bfloat16" else 4
    return Weight((size // (DIM * itemsize), DIM), "he_normal", seed=7, name="table", dtype=dtype)


def saved(path: Path, size: int, dtype: str, checksum: str | None) -> None:
    """Save a table, with or without a receipt."""
    options = {} if checksum is None else {"checksum": checksum}
    fastinit.save(path, weight(dtype, size), receipt=checksum is not None, **options)


def cpu_seconds() -> float:
    """Return the CPU time of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(
    cases: dict[str, Callable[[], object]], clean: Callable[[], None], size: int, rounds: int
) -> None:
    """Print each case's best and median GB/s, in relation to the first's, and its CPU time."""
    speeds: dict[str, list[float]] = {name: [] for name in cases}
    costs: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            clean()
            start, cpu = time.perf_counter(), cpu_seconds()
            case()
            speeds[name].append(size / (time.perf_counter() - start) / 1e9)
            costs[name].append((cpu_seconds() - cpu) / size * 1e9)
    first = speeds[next(iter(cases))]
    print(f"{'':28} {'best':>6} {'median':>6}  of the first   CPU s/GB")
    for name, values in speeds.items():
        best, median = max(values), statistics.median(values)
        ratios = f"{best / max(first):5.2f} {median / statistics.median(first):5.2f}"
        print(f"{name:28} {best:6.2f} {median:6.2f}  {ratios}   {min(costs[name]):8.2f}")


def main() -> None:
    """Measure in a folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tensors", type=int, default=10_000)
    options = parser.parse_args()
    size = int(options.gigabytes * 1e9) // (1 << 22) * (1 << 22)
    path = options.folder / "table.bin"
    beside = options.folder / "table.bin.receipt.json"

    def clean() -> None:
        for each in (path, beside):
            each.unlink(missing_ok=True)

    cases: dict[str, Callable[[], object]] = {"plain writer": lambda: plain(path, size)}
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_DIRECT))
        cases["plain writer, O_DIRECT"] = lambda: plain(path, size, direct=True)
    except OSError:
        print("no O_DIRECT here")
    for dtype in ("float32", "bfloat16"):
        for checksum in (None, "crc32", "sha256"):
            cases[f"{dtype}, {checksum or 'no receipt'}"] = lambda dtype=dtype, checksum=checksum: (
                saved(path, size, dtype, checksum)
            )
    print(f"{size / 1e9:.2f} GB in {options.folder}, pages of {PAGE_BYTES}; GB/s")
    measure(cases, clean, size, options.rounds)
    clean()
    saved(path, size, "bfloat16", "crc32")
    table = weight("bfloat16", size)
    checks: dict[str, Callable[[], object]] = {
        "read again": lambda: read(path, size),
        "verify": lambda: fastinit.verify(path, table),
        "verify by receipt": lambda: fastinit.verify(path, receipt=beside),
    }
    measure(checks, lambda: forget(path), size, options.rounds)
    clean()
    short_tensors(options.folder, options.tensors, options.rounds)


def short_tensors(folder: Path, count: int, rounds: int) -> None:
    """Save and verify a file of many tensors of 25,600 bytes."""
    path, beside = folder / "short.safetensors", folder / "short.safetensors.receipt.json"
    weights = [
        Weight((100, 64), "he_normal", seed=7, name=f"layer {number}") for number in range(count)
    ]
    size = sum(each.nbytes for each in weights)

    def clean() -> None:
        for each in (path, beside):
            each.unlink(missing_ok=True)

    cases: dict[str, Callable[[], object]] = {}
    try:
        from safetensors.numpy import save_file  # noqa: PLC0415 - a peer, which may be missing
    except ImportError:
        print("no safetensors here")
    else:
        arrays = {each.name: np.asarray(each) for each in weights}

        def save_and_synchronise() -> None:
            save_file(arrays, path)
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)

        cases["safetensors.save_file, fsync"] = save_and_synchronise
    cases["fastinit.save"] = lambda: fastinit.save(path, weights)
    cases["fastinit.save, receipt"] = lambda: fastinit.save(path, weights, receipt=True)
    print(f"{count:,} tensors of 25,600 bytes; GB/s")
    measure(cases, clean, size, rounds)
    checks: dict[str, Callable[[], object]] = {
        "read again": lambda: read(path, size),
        "verify": lambda: fastinit.verify(path),
        "verify by receipt": lambda: fastinit.verify(path, receipt=beside),
    }
    measure(checks, lambda: forget(path), size, rounds)
    clean()


def forget(path: Path) -> None:
    """Let the page cache drop a file."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read(path: Path, size: int) -> None:
    """Read a file from its beginning to its end."""
    memory = bytearray(BUFFER_BYTES)
    with path.open("rb", buffering=0) as file:
        while file.readinto(memory):
            pass


if __name__ == "__main__":
    main()
