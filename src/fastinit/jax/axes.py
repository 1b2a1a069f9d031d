"""Which axes of a weight are inputs and outputs, in Flax, Haiku and Equinox.

Pure functions of paths and shapes. The rules, of which the first that applies decides:

- A weight in a module of Equinox has the outputs first: (out, in, *kernel), as in PyTorch.
- ``embedding`` (Flax) and ``embeddings`` (Haiku) have the shape (rows, width). Each row is an
  output, so fan_in is the width, as in Flax's own default.
- In Flax's attention (``query``, ``key``, ``value`` and ``out``), a kernel has the shape
  (in, heads, width) or (heads, width, out). Axes before these are those of stacked layers.
- A ``kernel`` beside a ``bias`` of several axes is a `DenseGeneral` or `LinearGeneral` with several
  axes of outputs, or stacked layers. The bias tells which.
- A ``kernel`` of three axes without a bias is an error: it may be a convolution, stacked layers, or
  a `DenseGeneral`.
- ``w`` in a module of Haiku whose name has ``transpose`` has the shape (*kernel, out, in).
- Any other weight has the shape (*kernel, in, out), as JAX's initializers assume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Path = tuple[str, ...]
    Shape = tuple[int, ...]

OUTPUTS_FIRST: dict[str, Any] = {"layout": "torch"}
INPUTS_FIRST: dict[str, Any] = {"layout": "keras"}

INTO_HEADS = ("query", "key", "value")
OUT_OF_HEADS = "out"

#: How to say what the shape of a weight does not say.
GIVE_AXES = (
    'give {"scheme": ..., "in_axis": ..., "out_axis": ...}, with "batch_axis": 0 if layers are '
    'stacked along the first axis, or "layout": "keras" for a convolution'
)


def axes_of(path: Path, shapes: Mapping[Path, Shape]) -> dict[str, Any]:
    """Return the options of `fastinit.fans` for a weight that is not in a module of Equinox.

    Parameters
    ----------
    path : tuple of str
        The path of the weight.
    shapes : mapping of tuple of str to tuple of int
        The shapes of all weights of the tree, by their paths.

    Raises
    ------
    ValueError
        If names and shapes do not tell the axes.
    """
    shape, parent, own = shapes[path], path[:-1], path[-1]
    if own in ("embedding", "embeddings") and len(shape) == 2:  # noqa: PLR2004 - rows and width
        return OUTPUTS_FIRST
    if own == "w" and parent and "transpose" in parent[-1]:
        return {**INPUTS_FIRST, "in_axis": -1, "out_axis": -2}
    if own != "kernel" or len(shape) <= 2:  # noqa: PLR2004 - inputs and outputs
        return INPUTS_FIRST
    if parent and parent[-1] in (*INTO_HEADS, OUT_OF_HEADS):
        query, out = (
            shapes.get((*parent[:-1], name, "kernel"), ()) for name in ("query", OUT_OF_HEADS)
        )
        stacked = len(shape) - 3
        if len(shape) == len(query) == len(out) and stacked >= 0:
            if query[:stacked] + query[stacked + 1 :] == out[:-1]:
                return _split(shape, stacked, 2 if parent[-1] == OUT_OF_HEADS else 1)
            raise ValueError(
                f"the kernels of query {query} and out {out} do not tell their axes: {GIVE_AXES}"
            )
    bias = shapes.get((*parent, "bias"))
    if bias is not None and len(bias) > 1:
        inputs, stacked = len(shape) - len(bias), len(bias) - 1
        general = inputs >= 1 and shape[inputs:] == bias
        in_stack = len(shape) == stacked + 2 and shape[:stacked] + shape[-1:] == bias
        if general != in_stack:
            return _split(shape, 0, inputs) if general else _split(shape, stacked, 1)
        raise ValueError(
            f"the shape {shape} with a bias {bias} does not tell its axes: {GIVE_AXES}"
        )
    if bias is None and len(shape) == 3:  # noqa: PLR2004 - a convolution of one axis
        raise ValueError(f"the shape {shape} without a bias does not tell its axes: {GIVE_AXES}")
    return INPUTS_FIRST


def _split(shape: Shape, stacked: int, inputs: int) -> dict[str, Any]:
    """Return axes in the order: those of stacked layers, those of inputs, those of outputs."""
    axes = tuple(range(len(shape)))
    return {
        **INPUTS_FIRST,
        "batch_axis": axes[:stacked],
        "in_axis": axes[stacked : stacked + inputs],
        "out_axis": axes[stacked + inputs :],
    }
