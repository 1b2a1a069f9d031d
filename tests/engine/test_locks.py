"""The threads of a fill share a list of chunks, which is used under its lock."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest

from fastinit._engine import engine
from tests.support.locks import RecordingLock

pytestmark = pytest.mark.once  # the same on every instruction set


@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_are_taken_under_the_lock(monkeypatch, threads):
    lock, depths, done = RecordingLock(), [], []

    class Chunks:
        def __init__(self, bounds):
            self.pairs = pairwise(bounds)

        def __next__(self):
            depths.append(lock.depth)
            return next(self.pairs)

    def fill(begin, end):
        assert lock._lock.acquire(blocking=False)  # noqa: SLF001 - no chunk is filled under it
        lock._lock.release()  # noqa: SLF001
        done.append((begin, end))

    fake = SimpleNamespace(Lock=lambda: lock)
    monkeypatch.setattr(engine, "threading", fake)
    monkeypatch.setattr(engine, "pairwise", Chunks)
    engine.run_chunks(fill, list(range(11)), threads)
    assert sorted(done) == list(pairwise(range(11)))
    assert set(depths) == {1}
