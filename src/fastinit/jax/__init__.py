"""JAX and Flax: `initializers` by the names of `jax.nn.initializers`, and `make_array`.

The values are made on the host's CPU and then handed to JAX, without a copy where the device is
the CPU. Needs the extra ``jax``.
"""

from __future__ import annotations

from . import initializers
from .arrays import make_array

__all__ = ["initializers", "make_array"]
