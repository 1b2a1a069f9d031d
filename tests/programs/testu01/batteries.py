"""Run a battery of TestU01 on a source of words, and read its p-values."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.programs.testu01.library import load
from tests.programs.testu01.sources import BLOCK, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

BATTERIES = {"smallcrush": 0, "crush": 1, "rabbit": 2, "alphabit": 3}
TESTS = {"smallcrush": 10, "crush": 96}

#: A p-value nearer to 0 or 1 is a failure: among 1,000 of a good generator one in 10**7 runs has it.
FAILURE = 1e-10
#: TestU01's own threshold for a report; one in 500 of a good generator's is beyond it.
SUSPECT = 1e-3


class Result(NamedTuple):
    """One statistic of one test."""

    name: str
    p_value: float

    def beyond(self, threshold: float) -> bool:
        """Say whether the p-value is nearer to 0 or 1 than a threshold."""
        return not threshold <= self.p_value <= 1 - threshold


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what the library prints nowhere."""
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        libc.fflush(None)
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)


class Stream:
    """A source that TestU01 reads from; one test after another goes on where the last stopped."""

    def __init__(self, source: str) -> None:
        self._library = load()
        self._fill = SOURCES[source]
        self._block = np.empty(BLOCK, np.uint32)
        self._blocks = 0
        self._refill = ctypes.CFUNCTYPE(None)(self._next_block)  # kept: C holds its address
        self._library.feed_begin(
            ctypes.c_void_p(self._block.ctypes.data), ctypes.c_size_t(BLOCK), self._refill
        )

    def _next_block(self) -> None:
        self._fill(self._block, self._blocks * BLOCK)
        self._blocks += 1

    @property
    def used(self) -> int:
        """How many words TestU01 has read."""
        return int(self._library.feed_used())

    def run(self, battery: str, test: int = 0, bits: float = 2.0**25) -> list[Result]:
        """Run a battery, or one test of smallcrush or crush, numbered from 1.

        `bits` is how many rabbit and alphabit may read.
        """
        with _quiet():
            count = self._library.run_battery(BATTERIES[battery], test, bits)
        results = [
            Result(self._library.test_name(i).decode().strip(), self._library.p_value(i))
            for i in range(count)
        ]
        return [result for result in results if 0 <= result.p_value <= 1]
