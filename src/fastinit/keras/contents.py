"""From a scheme to the content of one weight, and from the content to the variable.

Promises: the values are those of a `fastinit.Weight` with the name of the weight. What can be
checked is checked before a content or a destination is returned; only a structured scheme checks
its shape later.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastinit._memory.arrays import as_dtype, empty
from fastinit._memory.dlpack import array_of
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.addressing import check_stream
from fastinit._schemes.choices import (
    AXES,
    element_of,
    fill_of_whole,
    needs_whole,
    of_weight,
    options_for_whole,
    options_of,
    part_of_whole,
    reads_fans,
)
from fastinit._support.extras import require
from fastinit.weight import Weight

from .initializers import CONSTANT, Filled, Scaled, rerouted, stock
from .weights import axes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .weights import NamedWeight

keras: Any = require("keras", "keras")


class Content(NamedTuple):
    """The values of one weight: into an array of its shape and dtype, or a part as a new array."""

    dtype: np.dtype[Any]
    fill: Callable[[NDArray[Any]], object]
    part: Callable[[Any], NDArray[Any]]


def is_float(weight: NamedWeight) -> bool:
    """Say whether a weight has a floating-point dtype."""
    return "float" in keras.backend.standardize_dtype(weight.variable.dtype)


def content_of(weight: NamedWeight, scheme: Any, seed: int) -> Content:
    """Return the content that a scheme gives a weight, or raise."""
    shape = tuple(weight.variable.shape)
    name = keras.backend.standardize_dtype(weight.variable.dtype)
    if not is_float(weight):
        array = np.broadcast_to(element_of(scheme, np.dtype(name)), shape)
        return _of_whole(shape, np.dtype(name), partial(np.copyto, src=array))
    dtype = as_dtype(name, FLOAT_DTYPES)
    if isinstance(scheme, stock.Initializer):
        return _of_initializer(weight, scheme, dtype, seed)
    if needs_whole(scheme):
        function = partial(fill_of_whole(scheme), seed=seed, stream=weight.name)
        if "layout" in options_for_whole(scheme) - options_of(scheme).keys():
            function = partial(function, layout="keras")
        return _of_whole(shape, dtype, function)
    kind = of_weight(scheme)
    options = _axes(weight, scheme) | options_of(scheme)
    made = Weight(shape, kind, seed=seed, name=weight.name, dtype=dtype, **options)
    return Content(dtype, made.fill, lambda index: np.asarray(made[index]))


def _of_whole(
    shape: tuple[int, ...], dtype: np.dtype[Any], fill: Callable[[NDArray[Any]], object]
) -> Content:
    return Content(dtype, fill, part_of_whole(fill, shape, dtype))


def _axes(weight: NamedWeight, scheme: Any) -> dict[str, Any]:
    """Return the options for the axes of a weight, if a scheme of `Weight` depends on its fans."""
    shape = tuple(weight.variable.shape)
    if not reads_fans(scheme, shape, "weight", "{'*/gamma': 'ones'}"):
        return {}
    return {"layout": "keras"} if options_of(scheme).keys() & AXES else axes_of(weight)


def _of_initializer(
    weight: NamedWeight, initializer: Any, dtype: np.dtype[Any], seed: int
) -> Content:
    """Return the content with the distribution of an initializer, but the seed and the name."""
    shape = tuple(weight.variable.shape)
    chosen = rerouted(initializer)
    if not isinstance(chosen, (Filled, *CONSTANT)):
        raise TypeError(
            f"{type(chosen).__name__} is not a class of keras.initializers, so its values may not "
            "depend on the seed and the name: give the name of a scheme, a distribution or None"
        )
    if not isinstance(chosen, Filled):
        return _of_whole(shape, dtype, partial(_copy_of, chosen, shape, dtype.name))
    axes = axes_of(weight)
    if isinstance(chosen, Scaled) and isinstance(axes.get("in_axis"), tuple):
        chosen = copy.copy(chosen)  # as `EinsumDense.build` does
        chosen.input_axes = chosen.input_axes or axes["in_axis"]
        chosen.output_axes = chosen.output_axes or axes["out_axis"]
    values = chosen._values(shape, dtype)  # noqa: SLF001 - of this package
    stream = check_stream(weight.name)
    return Content(
        dtype,
        lambda array: values.fill(array, seed, stream),
        lambda index: values.part(index, seed, stream),
    )


def _copy_of(initializer: Any, shape: tuple[int, ...], dtype: str, array: NDArray[Any]) -> None:
    """Write what an initializer that draws no random numbers returns."""
    array[...] = keras.ops.convert_to_numpy(initializer(shape, dtype=dtype))


def destination_of(weight: NamedWeight) -> Callable[[Content], None]:
    """Return the function that gives a weight its content, or raise if it has no memory."""
    backend = keras.backend.backend()
    if backend == "torch":
        return _into_torch(weight.variable)
    return partial(_assign_on_jax if backend == "jax" else _assign, weight.variable)


def _into_torch(variable: Any) -> Callable[[Content], None]:
    tensor = variable.value.detach()
    if not tensor.is_floating_point() or tensor.device.type not in ("cpu", "meta"):
        return partial(_assign, variable)
    array = array_of(tensor)  # raises for the meta device

    def fill(content: Content) -> None:
        content.fill(array)
        mark_written(variable.value)

    return fill


def _assign(variable: Any, content: Content) -> None:
    array = empty(tuple(variable.shape), content.dtype)
    content.fill(array)
    variable.assign(tensor_of(array))


def tensor_of(array: NDArray[Any]) -> Any:
    """Return a tensor of the backend, over the memory of the array if the backend allows it."""
    if keras.backend.backend() == "tensorflow":
        from fastinit._memory.tensorflow_tensors import tensor_over  # noqa: PLC0415 - imports ctypes

        return tensor_over(array)
    return keras.ops.convert_to_tensor(array, array.dtype.name)


def _assign_on_jax(variable: Any, content: Content) -> None:
    from fastinit.jax.placing import place  # noqa: PLC0415 - imports jax

    sharding = variable.value.sharding
    if sharding.num_devices > 1:
        variable.assign(place(tuple(variable.shape), content.part, sharding))
        return
    array = empty(tuple(variable.shape), content.dtype)
    content.fill(array)
    variable.assign(place(array.shape, lambda index: array[index], sharding))
