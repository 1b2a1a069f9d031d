"""From values to a tensor of the Keras backend.

Promises: there is no copy if the backend allows it. PyTorch tensors on the CPU are filled in place,
and JAX and TensorFlow use the filled memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from fastinit._memory.arrays import as_dtype, as_shape, empty
from fastinit._memory.dlpack import array_of
from fastinit._memory.dtypes import FLOAT_DTYPES, native_name
from fastinit._support.extras import require

from .seeds import address_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from fastinit._schemes.values import Values

keras: Any = require("keras", "keras")

Function = TypeVar("Function")


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the dtype that the backend gives for the name of a floating-point dtype."""
    if keras.backend.backend() == "jax":
        from fastinit.jax.dtypes import canonical  # noqa: PLC0415 - imports jax

        return canonical(name)
    return as_dtype(name, FLOAT_DTYPES)


def as_lengths(shape: Any) -> tuple[int, ...] | Any:
    """Return a shape as a tuple of integers, or raise.

    The shape may be a tensor of the backend. If a TensorFlow graph computes it, it stays a tensor.
    """
    if keras.backend.backend() == "tensorflow":
        from .on_tensorflow import lengths_of  # noqa: PLC0415 - imports tensorflow

        return lengths_of(shape)
    return as_shape(keras.ops.convert_to_numpy(shape) if keras.ops.is_tensor(shape) else shape)


def make(
    values_of: Callable[[tuple[int, ...]], Values],
    shape: tuple[int, ...] | Any,
    dtype: np.dtype[Any],
    seed: Any,
    layout: Any,
) -> Any:
    """Return a tensor of the values.

    Parameters
    ----------
    values_of : callable
        A function from a shape to the values. It raises if they cannot be made.
    shape : tuple of int, or a tensor of a TensorFlow graph
        What `as_lengths` returned.
    dtype : dtype
        The dtype of the values.
    seed : int or SeedGenerator
        The seed of an initializer.
    layout : keras.distribution.TensorLayout, a layout of the backend, or None
        How the tensor is sharded over devices.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        from .on_jax import make as make_on_jax  # noqa: PLC0415 - imports jax

        return make_on_jax(values_of(shape), seed, layout)
    if backend == "tensorflow":
        from .on_tensorflow import make as make_on_tensorflow  # noqa: PLC0415 - imports tensorflow

        tensor = make_on_tensorflow(values_of, shape, dtype, seed)
    elif backend == "torch":
        tensor = _torch_tensor(values_of(shape), seed)
    else:
        tensor = _converted(values_of(shape), seed)
    return tensor if layout is None else keras.distribution.distribute_tensor(tensor, layout)


def unconverted(function: Function) -> Function:
    """Return a function that AutoGraph of TensorFlow calls as it is."""
    if keras.backend.backend() == "tensorflow":
        from .on_tensorflow import not_converted  # noqa: PLC0415 - imports tensorflow

        function = not_converted(function)
    return function


def check_runs_now(function: str) -> None:
    """Raise if a compiled program is traced, whose operations would run later."""
    backend = keras.backend.backend()
    if backend == "jax":
        from fastinit.jax.keys import is_tracing  # noqa: PLC0415 - imports jax

        traced = is_tracing()
    elif backend == "tensorflow":
        from .on_tensorflow import is_tracing as in_graph  # noqa: PLC0415 - imports tensorflow

        traced = in_graph()
    else:
        traced = False
    if traced:
        raise TypeError(
            f"{function} writes weights now, but a function that is traced calls it (jit, "
            "tf.function): call it outside"
        )


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
