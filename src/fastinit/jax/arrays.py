"""Weights as sharded arrays: the part of each device is made where it lives.

Promises: the global values depend on the weight alone, not on the mesh or the sharding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require

from .placing import as_named_sharding

if TYPE_CHECKING:
    from fastinit.weight import Weight

jax: Any = require("jax", "jax")


def make_array(weight: Weight, sharding: Any) -> Any:
    """Return a weight as an array that is spread over devices.

    Parameters
    ----------
    weight : Weight
        The formula; no process makes more of it than its own devices hold.
    sharding : jax.sharding.Sharding or PartitionSpec
        Where its parts go. A `PartitionSpec` is of the mesh in use (``jax.set_mesh``).

    Returns
    -------
    jax.Array
        Of the weight's shape and dtype. On the CPU it is the memory that was filled.

    Raises
    ------
    TypeError
        If `weight` is no `fastinit.Weight`.
    ValueError
        If JAX does not have the dtype (float64, unless ``jax_enable_x64`` is set), or the sharding
        does not divide the shape.

    Notes
    -----
    A part that several devices hold is made once for each. Source:
    ``jax.make_array_from_callback``.
    """
    from fastinit.weight import Weight  # noqa: PLC0415 - for the check alone

    if not isinstance(weight, Weight):
        raise TypeError(f"weight must be a fastinit.Weight, got {type(weight).__name__}")
    if jax.dtypes.canonicalize_dtype(weight.dtype) != weight.dtype:
        raise ValueError(
            f"JAX has no {weight.dtype.name} here: give a weight of another dtype, or set "
            "jax_enable_x64"
        )
    return jax.make_array_from_callback(
        weight.shape, as_named_sharding(sharding), lambda index: np.asarray(weight[index])
    )
