"""JAX dtypes: which dtype JAX gives for a requested one."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.extras import require

jax: Any = require("jax", "jax")


def canonical(dtype: Any) -> np.dtype[Any]:
    """Return the dtype that JAX gives for a requested dtype; for None its default float.

    A request for float64 gives float64 only if ``jax_enable_x64`` is set. Otherwise it gives
    float32, with the warning of JAX.
    """
    given = np.dtype(float if dtype is None else dtype)
    chosen: np.dtype[Any] = np.dtype(jax.dtypes.canonicalize_dtype(given))
    if dtype is not None and chosen != given:
        jax.numpy.zeros((), dtype)  # makes JAX warn, if it has a warning
    return chosen


def check_is_jaxs(dtype: np.dtype[Any]) -> None:
    """Raise an error for a real floating-point dtype that fastinit does not make.

    The functions of JAX would return NaN, or values with a wrong mean, for such a dtype.
    """
    if jax.numpy.issubdtype(dtype, jax.numpy.floating):
        raise TypeError(
            f"fastinit makes no {dtype.name}; it makes {', '.join(FLOAT_DTYPES)}: make bfloat16 "
            f"and convert it, init(key, shape, 'bfloat16').astype('{dtype.name}')"
        )
