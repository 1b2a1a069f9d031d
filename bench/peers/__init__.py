"""The libraries that fastinit is measured beside.

Each module here has the peers of one library: for a distribution and an array, a call that fills it
by the library's fastest way. What is not installed is left out of the results.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from . import jax_peers, mkl_peers, numpy_peers, parallel_peers, randomgen_peers, torch_peers
from .peer import Peer

PEERS: list[Peer] = [
    *numpy_peers.PEERS,
    *parallel_peers.PEERS,
    *randomgen_peers.PEERS,
    *mkl_peers.PEERS,
    *torch_peers.PEERS,
    *jax_peers.PEERS,
]


def version_of(module: str) -> str | None:
    """Return the version of an installed library."""
    try:
        return version(module)
    except PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Return the version of each library, None where it is not installed."""
    return {module: version_of(module) for module in dict.fromkeys(peer.module for peer in PEERS)}


__all__ = ["PEERS", "Peer", "versions"]
