"""From values to a tensor of the Keras backend.

Promises: there is no copy if the backend allows it. PyTorch tensors on the CPU are filled in place,
and JAX uses the filled memory. Assumes: the values were checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit._memory.arrays import as_dtype, empty
from fastinit._memory.dlpack import array_of
from fastinit._memory.dtypes import FLOAT_DTYPES, native_name
from fastinit._support.extras import require

from .seeds import address_of

if TYPE_CHECKING:
    import numpy as np

    from fastinit._schemes.values import Values

keras: Any = require("keras", "keras")


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the dtype that the backend gives for the name of a floating-point dtype."""
    if keras.backend.backend() == "jax":
        from fastinit.jax.dtypes import canonical  # noqa: PLC0415 - imports jax

        return canonical(name)
    return as_dtype(name, FLOAT_DTYPES)


def make(values: Values, seed: Any, layout: Any) -> Any:
    """Return a tensor of the values.

    Parameters
    ----------
    values : Values
        What to make.
    seed : int or SeedGenerator
        The seed of an initializer.
    layout : keras.distribution.TensorLayout, a layout of the backend, or None
        How the tensor is sharded over devices.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        from .on_jax import make as make_on_jax  # noqa: PLC0415 - imports jax

        return make_on_jax(values, seed, layout)
    tensor = _torch_tensor(values, seed) if backend == "torch" else _converted(values, seed)
    return tensor if layout is None else keras.distribution.distribute_tensor(tensor, layout)


def _torch_tensor(values: Values, seed: Any) -> Any:
    tensor = keras.ops.empty(values.shape, native_name(values.dtype))
    if tensor.device.type == "meta":
        return tensor  # Keras needs only the shape
    host = tensor if tensor.device.type == "cpu" else tensor.new_empty(values.shape, device="cpu")
    values.fill(array_of(host), *address_of(seed))
    return tensor if host is tensor else tensor.copy_(host)


def _converted(values: Values, seed: Any) -> Any:
    array = empty(values.shape, values.dtype)
    values.fill(array, *address_of(seed))
    return keras.ops.convert_to_tensor(array, native_name(values.dtype))
