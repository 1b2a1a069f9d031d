"""Record how many threads a fill uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastinit._engine import engine
from fastinit._engine.helper_threads import Helpers

if TYPE_CHECKING:
    import pytest


def record_threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of threads of each run of the engine from now on.

    It counts the calling thread and the threads that the engine starts.
    """
    numbers: list[int] = []
    run_chunks, start = engine.run_chunks, Helpers.start

    def counted(helpers, count):
        numbers[-1] += count
        start(helpers, count)

    def recorded(fill_chunk, bounds, threads):
        numbers.append(1)
        run_chunks(fill_chunk, bounds, threads)

    monkeypatch.setattr(Helpers, "start", counted)
    monkeypatch.setattr(engine, "run_chunks", recorded)
    return numbers
