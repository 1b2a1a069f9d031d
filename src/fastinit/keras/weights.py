"""The weights of a model: their names, and which axes are inputs and outputs.

Promises: each weight is listed once, in the order of ``model.weights``, and has a name of its own.
Axes follow the layer that owns a weight:

- `EinsumDense`, and so attention, has the axes that its equation gives. The axes of the kernel that
  the output has are outputs, and the others are inputs, as for Keras's own initializers.
- A transposed convolution has the shape (*kernel, out, in).
- The table of an `Embedding` has the shape (rows, width). Each row is an output, as in
  `fastinit.jax.init_tree`, so fan_in is the width.
- Any other weight has the shape (*kernel, in, out), as Keras's initializers assume.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fastinit._support.checks import check_renaming
from fastinit._support.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable

keras: Any = require("keras", "keras")

#: The largest number of layers that an error lists.
LISTED = 5

TRANSPOSED = tuple(
    getattr(keras.layers, name)
    for name in ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
    if hasattr(keras.layers, name)
)


class NamedWeight(NamedTuple):
    """A variable of a model, the name that determines its values, and the layer that owns it."""

    name: str
    variable: Any
    layer: Any


def weights_of(model: Any, name: Callable[[str], str] | None) -> dict[str, NamedWeight]:
    """Return the weights of a model by name, or raise if it is not built.

    Parameters
    ----------
    model : keras.Model or keras.layers.Layer
        The model.
    name : callable, optional
        A function from the path of a variable to its name.
    """
    check_renaming(name)
    if not isinstance(model, keras.layers.Layer):
        raise TypeError(f"model must be a Keras model or layer, got {type(model).__name__}")
    layers = model._flatten_layers()  # noqa: SLF001 - Keras has no public list of all layers
    _check_is_built(layers)
    owners = {id(each): layer for layer in reversed(layers) for each in _own_variables(layer)}
    named: dict[str, NamedWeight] = {}
    for variable in model.weights:
        own = variable.path if name is None else name(variable.path)
        if not isinstance(own, str):
            raise TypeError(f"name must return strings, but returned {own!r} for {variable.path!r}")
        if own in named:
            raise ValueError(
                f"two weights have the name {own!r}, and would get the same values: give their "
                "layers different names"
            )
        named[own] = NamedWeight(own, variable, owners[id(variable)])
    return named


def _own_variables(layer: Any) -> list[Any]:
    """Return the variables of a layer itself, without those of the layers in it."""
    own: list[Any] = layer._trainable_variables + layer._non_trainable_variables  # noqa: SLF001
    return own


def _check_is_built(layers: list[Any]) -> None:
    unbuilt = [
        layer
        for layer in layers
        if not layer.built
        and (layer is layers[0] or type(layer).build is not keras.layers.Layer.build)
    ]
    if unbuilt:
        names = ", ".join(repr(layer.name) for layer in unbuilt[:LISTED])
        more = ", ..." if len(unbuilt) > LISTED else ""
        raise ValueError(
            f"the model is not built, so these layers have no weights yet: {names}{more}. Call the "
            "model on a batch, or model.build(input_shape), and then init_model"
        )


def axes_of(weight: NamedWeight) -> dict[str, Any]:
    """Return the options of `fastinit.fans` for a weight of two or more axes."""
    layer, rank = weight.layer, len(weight.variable.shape)
    if isinstance(layer, keras.layers.Embedding) and weight.variable.name == "embeddings":
        return {"layout": "torch"}
    if weight.variable.name != "kernel":
        return {"layout": "keras"}
    if isinstance(layer, TRANSPOSED):
        return {"layout": "keras", "in_axis": -1, "out_axis": -2}
    if isinstance(layer, keras.layers.EinsumDense):
        _, kernel, output = re.split(",|->", layer.equation.replace(" ", ""))
        if len(kernel) == rank:
            return {
                "layout": "keras",
                "in_axis": tuple(i for i, axis in enumerate(kernel) if axis not in output),
                "out_axis": tuple(i for i, axis in enumerate(kernel) if axis in output),
            }
    return {"layout": "keras"}
