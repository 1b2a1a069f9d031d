"""Load: many threads that fill at once, processes forked and spawned meanwhile, interrupted fills.

`python -m tests.programs.soak --seconds 600` runs for ten minutes and prints what it has used; it exits with
1 if a value was wrong, or if memory, file descriptors or threads have grown. test_load.py runs the
same for seconds.
"""
# ruff: noqa: S311

from __future__ import annotations

import argparse
import gc
import hashlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

import fastinit

WORKERS = 6
#: What malloc keeps for each thread comes and goes; see test_load.py for smaller leaks.
RSS_SLACK = 64 << 20
FEWEST_ROUNDS = 12


class Job(NamedTuple):
    """A fill, and the digest of what it must write."""

    function: str
    shape: tuple[int, ...]
    dtype: str
    step: int
    digest: str = ""

    def run(self, threads: int | None) -> str:
        """Fill every `step`-th column of a new array and return the digest of the values."""
        form = "uint16" if self.dtype == "bfloat16" else self.dtype
        memory = np.zeros((*self.shape[:-1], self.shape[-1] * self.step), form)
        out = memory[..., :: self.step]
        if self.dtype == "bfloat16":
            import ml_dtypes  # noqa: PLC0415 - a spawned process needs it too

            out = out.view(ml_dtypes.bfloat16) if self.step == 1 else memory.view(ml_dtypes.bfloat16)[..., :: self.step]  # fmt: skip
        getattr(fastinit, self.function)(out, seed=11, stream=self.function, threads=threads)
        return hashlib.blake2b(out.tobytes()).hexdigest()

    def is_right(self, threads: int | None = None) -> bool:
        """Run, and compare with the digest."""
        return self.run(threads) == self.digest


def jobs() -> list[Job]:
    """Return small and large fills, contiguous and strided, with the digests of one thread."""
    plain = [
        Job("normal_", (1000, 1003), "float32", 1),
        Job("normal_", (700, 501), "float64", 2),
        Job("uniform_", (3_000_001,), "float32", 1),
        Job("uniform_", (400, 33, 17), "bfloat16", 3),
        Job("trunc_normal_", (999, 512), "bfloat16", 1),
        Job("random_bits_", (100, 77), "uint32", 1),
        Job("random_bits_", (250_001,), "uint64", 2),
        Job("normal_", (5,), "float32", 1),
        Job("he_normal_", (512, 1024), "float32", 1),
    ]
    return [job._replace(digest=job.run(1)) for job in plain]


class Usage(NamedTuple):
    """What a process holds."""

    rss: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Usage:
        """Read it from the kernel."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            pages * os.sysconf("SC_PAGE_SIZE"),
            len(list(Path("/proc/self/fd").iterdir())),
            len(list(Path("/proc/self/task").iterdir())),
        )


class Soak:
    """One run: counts what was done and what was wrong."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.jobs = jobs()
        self.counts: dict[str, int] = {}
        self.wrong: list[str] = []
        self.usage: list[Usage] = []
        self._lock = threading.Lock()

    def note(self, what: str, *, right: bool) -> None:
        """Count something done."""
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            if not right:
                self.wrong.append(what)

    def fill_in_threads(self, meanwhile: list) -> None:
        """Fill from several Python threads, each fill with threads of its own, and do more."""

        def work(seed: int) -> None:
            chosen = random.Random(seed)
            for _ in range(4):
                job = chosen.choice(self.jobs)
                self.note("fills", right=job.is_right(chosen.choice([None, 1, 2, 5])))

        workers = [
            threading.Thread(target=work, args=(self.random.random(),)) for _ in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
        for action in meanwhile:
            action()
        for worker in workers:
            worker.join()

    def fork(self) -> None:
        """Fork while other threads fill: the child must be able to fill, with threads."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12's, of threads
            pid = os.fork()
        if pid == 0:
            signal.alarm(60)  # a child that hangs ends as a failure
            try:
                os._exit(0 if all(job.is_right(3) for job in self.jobs[:4]) else 1)
            finally:
                os._exit(2)
        self.note("forks", right=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0)

    def processes(self, method: str) -> None:
        """Fill in a pool of multiprocessing."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            with multiprocessing.get_context(method).Pool(2) as pool:
                results = pool.map(Job.is_right, self.jobs)
                pool.close()
                pool.join()
        self.note(f"pools by {method}", right=all(results))

    def interrupt(self) -> None:
        """Interrupt a fill by a signal's exception; the next one must be right."""

        def stop(*_: object) -> None:
            raise InterruptedError

        before = signal.signal(signal.SIGALRM, stop)
        out = np.empty(8_000_000)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.random.uniform(0.001, 0.02))
            for _ in range(1000):
                fastinit.normal_(out, seed=1, threads=3)
            self.note("interruptions", right=False)
        except InterruptedError:
            self.note("interruptions", right=self.jobs[0].is_right(2))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def files(self) -> None:
        """Save a weight and verify it."""
        weight = fastinit.Weight((300, 257), "he_normal", seed=2, name="soak")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "weight.npy"
            weight.save(path)
            values = np.load(path)
            self.note("files", right=bool(np.array_equal(values, np.asarray(weight))))

    def run(self, seconds: float) -> None:
        """Go round until the time is over."""
        end = time.monotonic() + seconds
        turn = 0
        while turn < FEWEST_ROUNDS or time.monotonic() < end:
            self.fill_in_threads([self.fork, self.files] if turn % 2 == 0 else [self.files])
            self.interrupt()
            if turn % 10 == 1:
                self.processes("fork")
            if turn % 20 == 2:
                self.processes("spawn")
            self.usage.append(Usage.now())
            turn += 1

    def growth(self) -> list[str]:
        """Say what has grown between the first third after the start and the last."""
        # The first rounds load modules, start multiprocessing's helper and fill malloc's arenas.
        settled = self.usage[3:]
        third = len(settled) // 3
        early, late = settled[:third], settled[-third:]
        grown = []
        if min(u.descriptors for u in late) > max(u.descriptors for u in early):
            grown.append("file descriptors")
        if min(u.threads for u in late) > max(u.threads for u in early):
            grown.append("threads")
        if min(u.rss for u in late) > max(u.rss for u in early) + RSS_SLACK:
            grown.append("memory")
        return grown


def main() -> int:
    """Run, and print what was done and used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    given = parser.parse_args()
    soak = Soak()
    soak.run(given.seconds)
    print(f"{given.seconds:.0f} s on {os.cpu_count()} CPUs, kernels {fastinit.active_isa()}")
    print(", ".join(f"{number:,} {what}" for what, number in sorted(soak.counts.items())))
    print("   round  RSS MiB  descriptors  threads")
    for turn in sorted({*range(0, len(soak.usage), max(1, len(soak.usage) // 20)), len(soak.usage) - 1}):  # fmt: skip
        usage = soak.usage[turn]
        print(f"{turn:8d} {usage.rss / 2**20:8.1f} {usage.descriptors:12d} {usage.threads:8d}")
    print(f"wrong: {soak.wrong or 'nothing'}; grown: {soak.growth() or 'nothing'}")
    return int(bool(soak.wrong or soak.growth()))


if __name__ == "__main__":
    sys.exit(main())
