"""Load for some seconds: the bits stay right, and nothing grows; soak.py runs it for longer."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys

import numpy as np
import pytest

import fastinit
from tests.programs.soak import RSS_SLACK, Soak, Usage
from tests.support.paths import ROOT


@pytest.mark.slow
def test_soak():
    """In a process of its own: this one's memory is other tests' too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.programs.soak", "--seconds", "6"], cwd=ROOT,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong: nothing; grown: nothing" in done.stdout
    for what in ("fills", "forks", "interruptions", "pools by fork", "pools by spawn", "files"):
        assert what in done.stdout


def test_growth_is_noticed():
    soak = Soak.__new__(Soak)
    flat = Usage(100 << 20, 9, 1)
    soak.usage = [flat] * 30
    assert soak.growth() == []
    for field, step in (("rss", RSS_SLACK // 8), ("descriptors", 1), ("threads", 1)):
        soak.usage = [
            flat._replace(**{field: getattr(flat, field) + turn * step}) for turn in range(30)
        ]
        assert len(soak.growth()) == 1


def test_a_thousand_fills_leave_nothing():
    """Small and refused ones: no descriptor, no thread, no memory."""
    out = np.empty((1000, 33), np.float32)[:, ::2]

    def work(count):
        for turn in range(count):
            fastinit.normal_(out, seed=turn)
            fastinit.uniform(100, seed=turn, stream="name")
            with contextlib.suppress(ValueError):
                fastinit.normal_(out, seed=-1)

    work(200)
    before = Usage.now()
    work(1000)
    after = Usage.now()
    assert after.descriptors <= before.descriptors
    assert after.threads <= before.threads
    assert after.rss < before.rss + (4 << 20)


def test_threads_fill_parts_of_one_array_at_once():
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    whole = fastinit.normal(4_000_000, seed=3, threads=1)
    out = np.zeros_like(whole)
    bounds = [0, 1, 7, 100_001, 1_000_000, 1_000_003, 2_777_777, out.size]
    parts = list(itertools.pairwise(bounds))

    def fill(part):
        start, stop = part
        fastinit.normal_(out[start:stop], seed=3, offset=start, threads=2)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, parts))  # each once: two that write one place would be a race
    assert np.array_equal(out, whole)
