"""parallel-numpy-rng, which splits a NumPy stream over threads; each call allocates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cases import THREADS, UNIFORM, Kind

from .numpy_peers import BOTH
from .peer import Peer


def prepare(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Draw as many elements on all threads."""
    import parallel_numpy_rng  # noqa: PLC0415 - may be absent

    generator = parallel_numpy_rng.MTGenerator(np.random.PCG64(1), nthread=THREADS[-1])
    draw = generator.random if kind is UNIFORM else generator.standard_normal
    return partial(draw, size=out.size, dtype=out.dtype.type)


PEERS = [
    Peer(
        "parallel-numpy-rng", "parallel_numpy_rng", BOTH, ["float32", "float64"], prepare,
        THREADS[-1],
    )
]  # fmt: skip
