"""From a scheme to the values of one leaf: a function from an index to that part of the array.

Promises: the values are those of a `fastinit.Weight` with the name of the leaf. What can be checked
is checked before the function is returned; only a structured scheme checks its shape later.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastinit._memory.dtypes import FLOAT_DTYPES, native_name
from fastinit._schemes.choices import (
    AXES,
    element_of,
    fill_of_whole,
    kind_of,
    needs_whole,
    of_weight,
    options_for_whole,
    options_of,
    part_of_whole,
    reads_fans,
)
from fastinit._support.extras import require
from fastinit.weight import Weight

from .arrays import check_has_dtype
from .axes import INPUTS_FIRST, OUTPUTS_FIRST, axes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastinit._schemes.choices import Scheme

    from .axes import Path, Shape
    from .leaves import Leaf

jax: Any = require("jax", "jax")

Part = Callable[[Any], NDArray[Any]]
Fill = Callable[..., object]


def part_of(leaf: Leaf, scheme: Scheme, seed: int, shapes: Mapping[Path, Shape]) -> Part:
    """Return the function from an index to that part of a leaf.

    Parameters
    ----------
    leaf : Leaf
        A leaf that is an array.
    scheme : Scheme
        Any scheme but None.
    seed : int
        The seed.
    shapes : mapping of tuple of str to tuple of int
        The shapes of all leaves by their paths.
    """
    shape, dtype = tuple(leaf.value.shape), leaf.value.dtype
    if jax.dtypes.issubdtype(dtype, jax.dtypes.extended):
        raise TypeError(
            f"schemes are for floating-point numbers, but the dtype is {dtype}: give None"
        )
    if not leaf.is_float:
        # It takes the memory of one element.
        array = np.broadcast_to(element_of(scheme, dtype), shape)
        return lambda index: array[index].copy()
    dtype = np.dtype(dtype)
    if native_name(dtype) not in FLOAT_DTYPES:
        raise TypeError(
            f"fastinit makes no {dtype.name}; it makes {', '.join(FLOAT_DTYPES)}: give None, and "
            "make it otherwise"
        )
    check_has_dtype(dtype)
    if needs_whole(scheme):
        fill = partial(_fill(scheme, leaf, shapes), seed=seed, stream=leaf.name)
        return part_of_whole(fill, shape, dtype)
    kind = of_weight(scheme)
    options = _axes(scheme, leaf, shapes) | options_of(scheme)
    weight = Weight(shape, kind, seed=seed, name=leaf.name, dtype=dtype, **options)
    return lambda index: np.asarray(weight[index])


def _axes(scheme: Scheme, leaf: Leaf, shapes: Mapping[Path, Shape]) -> dict[str, Any]:
    """Return the options for the axes of a leaf, if a scheme of `Weight` depends on its fans."""
    if not reads_fans(scheme, shapes[leaf.path], "leaf", "{'*/scale': 'ones'}"):
        return {}
    if options_of(scheme).keys() & AXES:
        return _layout(leaf)
    return OUTPUTS_FIRST if leaf.outputs_first else axes_of(leaf.path, shapes)


def _layout(leaf: Leaf) -> dict[str, Any]:
    return OUTPUTS_FIRST if leaf.outputs_first else INPUTS_FIRST


def _fill(scheme: Scheme, leaf: Leaf, shapes: Mapping[Path, Shape]) -> Fill:
    """Return the function that fills the whole weight of a structured scheme."""
    function = fill_of_whole(scheme)
    takes = options_for_whole(scheme)
    given = options_of(scheme)
    if "layout" not in takes or given.keys() & {"layout", "out_axis"}:
        return partial(function, **(_layout(leaf) if "layout" in takes - given.keys() else {}))
    axes = OUTPUTS_FIRST if leaf.outputs_first else axes_of(leaf.path, shapes)
    if axes.get("batch_axis"):
        raise ValueError(
            f"{kind_of(scheme)} makes one matrix, but the shape {shapes[leaf.path]} is that of "
            "stacked layers: make each layer as a leaf of its own, or give another scheme"
        )
    outputs = axes.get("out_axis", -1)
    if "out_axis" not in takes or isinstance(outputs, int):
        return partial(function, **{key: axes[key] for key in takes & axes.keys()})

    def fill(array: NDArray[Any], **address: Any) -> None:
        # Several axes of outputs, which are the last ones, are the columns of one matrix.
        inputs = array.shape[: array.ndim - len(outputs)]
        function(array.reshape(*inputs, -1), **INPUTS_FIRST, **address)

    return fill
