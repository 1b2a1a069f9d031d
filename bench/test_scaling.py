"""How the speed grows with the array and with the threads, float32 into warm memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import fastinit
from buffers import memset
from cases import MIB, NORMAL, THREADS, TRUNCATED, UNIFORM, Kind
from peers import PEERS, Peer

SIZES = [1 << power for power in range(8, 31, 2)]  # 256 B to 1 GiB
PEER_SIZES = [size for size in SIZES if size <= 64 * MIB]
SCALED_PEERS = [peer for peer in PEERS if peer.name in {"NumPy PCG64, out=", "PyTorch"}]

# All counts up to 8, then doubled, and all CPUs.
COUNTS = sorted(
    {count for count in [*range(1, 9), 16, 32, 64, 128] if count <= THREADS[-1]} | {THREADS[-1]}
)
THREADS_NBYTES = 256 * MIB


@pytest.fixture
def floats(warm: Any) -> Callable[[int], np.ndarray]:
    """Return a function that gives so many warm bytes as float32."""
    return lambda nbytes: warm.words[: nbytes // 4].view(np.float32)


@pytest.mark.parametrize("nbytes", SIZES)
def test_memset_by_size(measure: Any, floats: Any, nbytes: int) -> None:
    """The bound at each size."""
    out = floats(nbytes)
    measure(
        lambda: memset(out),
        nbytes=nbytes, elements=out.size, what="memset", threads=1, scaling="size",
    )  # fmt: skip


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("kind", [UNIFORM, NORMAL], ids=lambda kind: kind.name)
@pytest.mark.parametrize("nbytes", SIZES)
def test_fastinit_by_size(measure: Any, floats: Any, nbytes: int, kind: Kind, threads: int) -> None:
    """The package itself at each size."""
    out, fill = floats(nbytes), getattr(fastinit, kind.function)
    measure(
        lambda: fill(out, *kind.parameters, seed=1, threads=threads),
        nbytes=nbytes, elements=out.size,
        what="fastinit", kind=kind.name, dtype="float32", threads=threads, scaling="size",
    )  # fmt: skip


@pytest.mark.parametrize("kind", [UNIFORM, NORMAL], ids=lambda kind: kind.name)
@pytest.mark.parametrize("peer", SCALED_PEERS, ids=lambda peer: peer.name)
@pytest.mark.parametrize("nbytes", PEER_SIZES)
def test_peer_by_size(measure: Any, floats: Any, nbytes: int, peer: Peer, kind: Kind) -> None:
    """NumPy and PyTorch at each size; left out where it is not installed."""
    pytest.importorskip(peer.module, reason=f"to measure {peer.name}: {peer.install}")
    out = floats(nbytes)
    measure(
        peer.prepare(kind, out),
        nbytes=nbytes, elements=out.size,
        what=peer.name, kind=kind.name, dtype="float32", threads=1, scaling="size",
    )  # fmt: skip


@pytest.mark.parametrize("threads", COUNTS)
def test_memset_by_threads(measure: Any, floats: Any, threads: int) -> None:
    """The bound of so many threads, each with a part of the memory."""
    out = floats(THREADS_NBYTES)
    parts = np.array_split(out, threads)
    with ThreadPoolExecutor(threads) as pool:
        measure(
            lambda: list(pool.map(memset, parts)),
            nbytes=out.nbytes, elements=out.size,
            what="memset", threads=threads, scaling="threads",
        )  # fmt: skip


@pytest.mark.parametrize("threads", COUNTS)
@pytest.mark.parametrize("kind", [UNIFORM, NORMAL, TRUNCATED], ids=lambda kind: kind.name)
def test_fastinit_by_threads(measure: Any, floats: Any, kind: Kind, threads: int) -> None:
    """The package itself with so many threads."""
    out, fill = floats(THREADS_NBYTES), getattr(fastinit, kind.function)
    measure(
        lambda: fill(out, *kind.parameters, seed=1, threads=threads),
        nbytes=out.nbytes, elements=out.size,
        what="fastinit", kind=kind.name, dtype="float32", threads=threads, scaling="threads",
    )  # fmt: skip
