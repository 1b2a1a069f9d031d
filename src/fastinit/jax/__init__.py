"""JAX and Flax: `initializers`, with the names of `jax.nn.initializers`, arrays and whole models.

Outside a trace, the values are made on the CPU of the host and passed to JAX, without a copy if the
device is the CPU. In a traced program, XLA computes the same values on the devices. Needs the extra
``jax``.
"""

from __future__ import annotations

from . import initializers
from .arrays import make_array
from .trees import init_tree


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["init_tree", "initializers", "make_array"]
