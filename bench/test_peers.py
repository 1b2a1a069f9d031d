"""The other libraries, each by its fastest way, into warm memory, in the same process."""

from __future__ import annotations

from typing import Any

import pytest

from cases import PEER_SIZES, Kind
from peers import PEERS, Peer

CASES = [
    pytest.param(peer, kind, dtype, size, id=f"{peer.name}-{kind.name}-{dtype}-{size}")
    for peer in PEERS
    for kind in peer.kinds
    for dtype in peer.dtypes
    for size in (PEER_SIZES if peer.threads == 1 else PEER_SIZES[-1:])
]


@pytest.mark.parametrize(("peer", "kind", "dtype", "size"), CASES)
def test_peer(measure: Any, warm: Any, peer: Peer, kind: Kind, dtype: str, size: str) -> None:
    """One library's fill; left out where it is not installed."""
    pytest.importorskip(peer.module, reason=f"to measure {peer.name}: {peer.install}")
    out = warm(size, dtype)
    measure(
        peer.prepare(kind, out),
        nbytes=out.nbytes, elements=out.size,
        what=peer.name, kind=kind.name, dtype=dtype, size=size, threads=peer.threads,
    )  # fmt: skip
