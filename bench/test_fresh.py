"""Memory that was never touched: its page faults count, as when a table is first made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastinit
from buffers import FRESH, memset
from cases import MIB, THREADS

NBYTES = 256 * MIB


def fills() -> list[tuple[str, str, int, Callable[[np.ndarray], Any]]]:
    """Return (who, kind, threads, fill) of all that is measured."""
    generator = np.random.default_rng(1)
    own = [
        (
            "fastinit",
            kind,
            threads,
            lambda out, kind=kind, threads=threads: getattr(fastinit, f"{kind}_")(
                out, seed=1, threads=threads
            ),
        )
        for kind in ("uniform", "normal")
        for threads in THREADS
    ]
    return [
        ("memset", "", 1, memset),
        *own,
        ("NumPy PCG64, out=", "uniform", 1, lambda out: generator.random(out=out, dtype=out.dtype)),
    ]


@pytest.mark.parametrize("memory", FRESH)
@pytest.mark.parametrize(
    ("what", "kind", "threads", "fill"),
    [pytest.param(*each, id=" ".join(map(str, each[:3]))) for each in fills()],
)
def test_fresh(
    benchmark: Any, memory: str, what: str, kind: str, threads: int, fill: Callable[..., Any]
) -> None:
    """Each round gets memory of its own, and gives it back."""
    benchmark.extra_info.update(
        what=what, kind=kind, dtype="float32", memory=memory, threads=threads,
        nbytes=NBYTES, elements=NBYTES // 4,
    )  # fmt: skip
    benchmark.pedantic(
        fill, setup=lambda: ((FRESH[memory](NBYTES),), {}), rounds=5, warmup_rounds=1
    )
