"""mkl_random: Intel's Vector Statistics. It draws float64 only, and into new memory only.

So it draws a cache's worth at a time, which is written where it is wanted: much faster than one
large draw, whose new memory costs page faults.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cases import UNIFORM, Kind

from .numpy_peers import BOTH
from .peer import Peer

if TYPE_CHECKING:
    import numpy as np


PIECE = 1 << 17  # elements: 1 MiB, which malloc keeps for the next draw


def of_bits(bits: str, kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Draw by one of its bit generators, normals by inversion: its fastest method."""
    import mkl_random  # noqa: PLC0415 - may be absent

    generator = mkl_random.MKLRandomState(1, brng=bits)
    if kind is UNIFORM:
        draw = generator.random_sample
    else:
        draw = partial(generator.standard_normal, method="ICDF")
    pieces = [out[start : start + PIECE] for start in range(0, out.size, PIECE)]

    def fill() -> None:
        for piece in pieces:
            piece[...] = draw(piece.size)

    return fill


PEERS = [
    Peer(f"mkl_random {bits}", "mkl_random", BOTH, ["float64", "float32"], partial(of_bits, bits))
    for bits in ("ARS5", "SFMT19937")
]
