"""JAX's dtypes: what it makes of a request."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.extras import require

jax: Any = require("jax", "jax")


def canonical(dtype: Any) -> np.dtype[Any]:
    """Return the dtype that JAX gives for a request: for None its default float.

    float64 only if ``jax_enable_x64`` is set; else float32, with JAX's own warning.
    """
    given = np.dtype(float if dtype is None else dtype)
    chosen: np.dtype[Any] = np.dtype(jax.dtypes.canonicalize_dtype(given))
    if dtype is not None and chosen != given:
        jax.numpy.zeros((), dtype)  # for the warning, where it has one
    return chosen


def check_is_jaxs(dtype: np.dtype[Any]) -> None:
    """Raise for a real floating dtype that fastinit does not make.

    What JAX's functions make of it is NaN, or of the wrong mean.
    """
    if jax.numpy.issubdtype(dtype, jax.numpy.floating):
        raise TypeError(
            f"fastinit makes no {dtype.name}; it makes {', '.join(FLOAT_DTYPES)}: make bfloat16 "
            f"and convert it, init(key, shape, 'bfloat16').astype('{dtype.name}')"
        )
