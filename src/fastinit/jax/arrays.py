"""Weights as sharded arrays: each process makes only the parts of its own devices.

Promises: the values of the global array depend only on the weight, not on the mesh or the sharding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fastinit._support.extras import require
from fastinit.weight import Weight, check_weight

from .placing import as_named_sharding, place

jax: Any = require("jax", "jax")


def make_array(weight: Weight, sharding: Any) -> Any:
    """Return a weight as an array that is sharded over devices.

    Parameters
    ----------
    weight : fastinit.Weight
        The formula of the array. A process makes only the parts that its own devices hold.
    sharding : jax.sharding.Sharding or PartitionSpec
        How the array is sharded. A `PartitionSpec` refers to the current mesh (``jax.set_mesh``).

    Returns
    -------
    jax.Array
        An array with the shape and dtype of the weight. On the CPU it uses the filled memory
        without a copy.

    Raises
    ------
    TypeError
        If `weight` is not a `fastinit.Weight`.
    ValueError
        If JAX does not have the dtype (float64, unless ``jax_enable_x64`` is set), or the sharding
        does not divide the shape.

    Notes
    -----
    If several devices hold the same part, it is made once for each of them. Source:
    ``jax.make_array_from_callback``.

    Examples
    --------
    >>> mesh = jax.make_mesh((1,), ("rows",))
    >>> sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("rows", None))
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> fastinit.jax.make_array(weight, sharding).shape
    (1000, 64)
    """
    check_weight(weight)
    check_has_dtype(weight.dtype)
    return place(weight.shape, lambda index: np.asarray(weight[index]), as_named_sharding(sharding))


def check_has_dtype(dtype: np.dtype[Any]) -> None:
    """Raise an error for float64, unless JAX has it."""
    if jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise ValueError(
            f"JAX has no {dtype.name} here: give a weight of another dtype, or set jax_enable_x64"
        )
