"""Keras on TensorFlow: at once if TensorFlow runs operations at once, by an operation in a graph.

Promises: the values are the same in both cases. In a graph, such as that of a `tf.function`, the
values are made on the CPU of the host whenever the operation runs, and are no constant of the
graph. There, the lengths of a shape may be known only when the operation runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit._memory.arrays import as_shape, empty
from fastinit._memory.dtypes import native_name
from fastinit._memory.tensorflow_tensors import tensor_over
from fastinit._support.extras import require

from .seeds import address_of, address_of_state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from fastinit._schemes.values import Values

tf: Any = require("tensorflow", "tensorflow")
keras: Any = require("keras", "keras")


def not_converted(function: Any) -> Any:
    """Return a function that AutoGraph calls as it is, and does not convert to a graph."""
    return tf.autograph.experimental.do_not_convert(function)


def is_tracing() -> bool:
    """Return whether TensorFlow adds operations to a graph, and does not run them."""
    return not tf.executing_eagerly()


def lengths_of(shape: Any) -> tuple[int, ...] | Any:
    """Return a shape as a tuple of integers, or as a tensor that a graph will compute."""
    if isinstance(shape, tf.TensorShape):
        if not shape.is_fully_defined():
            raise ValueError(
                f"shape must have known lengths, got {shape}: inside a tf.function, give the "
                "tensor that tf.shape returns"
            )
        return tuple(shape.as_list())
    if isinstance(shape, (tuple, list)) and any(map(tf.is_symbolic_tensor, shape)):
        shape = tf.stack(shape)
    if not tf.is_tensor(shape):
        return as_shape(shape)
    known = tf.get_static_value(shape)
    return shape if known is None else as_shape(known)


def make(
    values_of: Callable[[tuple[int, ...]], Values],
    shape: tuple[int, ...] | Any,
    dtype: np.dtype[Any],
    seed: Any,
) -> Any:
    """Return a tensor of the values. The parameters are those of `tensors.make`."""
    known = isinstance(shape, tuple)
    values = values_of(shape) if known else None
    if values is not None and not is_tracing():
        array = empty(values.shape, dtype)
        values.fill(array, *address_of(seed))
        return tensor_over(array)

    def on_host(lengths: Sequence[int], *state: NDArray[Any]) -> NDArray[Any]:
        made = values or values_of(as_shape(lengths))
        array = empty(made.shape, dtype)
        made.fill(array, *(address_of_state(*state) if state else address_of(seed)))
        return array

    state = [seed.next()] if isinstance(seed, keras.random.SeedGenerator) else []
    made = tf.numpy_function(on_host, [shape, *state], native_name(dtype))
    made.set_shape(shape if known else _known_lengths(shape))
    return made


def _known_lengths(shape: Any) -> Any:
    """Return the lengths of a shape as far as the graph knows them."""
    known = tf.get_static_value(shape, partial=True)
    if known is None:
        rank = shape.shape[0]
        return tf.TensorShape(None if rank is None else [None] * rank)
    return list(known)
