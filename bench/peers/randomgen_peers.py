"""randomgen's bit generators behind NumPy's Generator: the two fastest in these fills."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .numpy_peers import BOTH, fill_out
from .peer import Peer

if TYPE_CHECKING:
    from cases import Kind


def of_bits(bits: str, kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """One of randomgen's bit generators."""
    import randomgen  # noqa: PLC0415 - may be absent

    return partial(fill_out, np.random.Generator(getattr(randomgen, bits)(1)), kind, out)


PEERS = [
    Peer(
        f"randomgen {bits}, out=", "randomgen", BOTH, ["float32", "float64"], partial(of_bits, bits)
    )
    for bits in ("Romu", "AESCounter")
]
