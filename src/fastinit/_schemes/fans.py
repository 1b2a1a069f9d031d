r"""Fans: the numbers of inputs and outputs of a layer, computed from the shape of its weight.

Pure functions of the shape. The fans for each `layout`:

============  ========================  ===============================================
layout        shape of a weight         fans of a shape of two or more axes
============  ========================  ===============================================
``"torch"``   (out, in, \\*kernel)       fan_in = in x kernel, fan_out = out x kernel;
                                        fewer axes are an error, as in PyTorch
``"keras"``   (\\*kernel, in, out)       the same; a shape (n,) has both fans n, and ()
                                        both fans 1, as in Keras. JAX's initialisers
                                        take the same axes by default
============  ========================  ===============================================

Requires: the shape is a tuple of non-negative integers. It is the shape of the whole weight, not of
the part that one worker fills.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from fastinit._memory.arrays import as_shape
from fastinit._support.checks import as_count, check_choice
from fastinit.typing import Axes, Layout

from .argument_order import misplaced

#: For each layout, the axes of the inputs and of the outputs.
LAYOUTS: dict[str, tuple[int, int]] = {"torch": (1, 0), "keras": (-2, -1)}


def as_axes(axes: object, count: int, name: str) -> frozenset[int]:
    """Return axes (an int or a sequence of ints) as a set of indices in [0, count), or raise."""
    each: Sequence[Any] = axes if isinstance(axes, Sequence) else (axes,)
    try:
        given = [operator.index(axis) for axis in each]
    except TypeError:
        raise TypeError(f"{name} must be an int or a sequence of ints, got {axes!r}") from None
    for axis in given:
        if not -count <= axis < count:
            raise ValueError(
                f"{name} must be in [-{count}, {count}), because the shape has {count} axes, "
                f"got {axes!r}"
            )
    found = frozenset(axis % count for axis in given)
    if len(found) < len(given):
        raise ValueError(f"{name} must not have the same axis twice, got {axes!r}")
    return found


def as_axis(axis: object, count: int, name: str) -> int:
    """Return a single axis as an index in [0, count), or raise."""
    chosen = as_axes(axis, count, name)
    if len(chosen) != 1:
        raise ValueError(f"{name} must be a single axis, got {axis!r}")
    return min(chosen)


def _fans_of_layout(shape: tuple[int, ...], layout: str) -> tuple[int, int]:
    if len(shape) < 2:  # noqa: PLR2004 - in and out
        if layout == "torch":
            raise ValueError(
                f"the shape must have two or more axes in layout 'torch', got {shape}; for a bias, "
                "give fan_in= and fan_out= of its weight, or use uniform_ or normal_"
            )
        fan = shape[0] if shape else 1
        return fan, fan
    if layout == "torch":
        outputs, inputs, *kernel = shape
    else:
        *kernel, inputs, outputs = shape
    positions = math.prod(kernel)
    return positions * inputs, positions * outputs


def fans(
    shape: tuple[int, ...],
    layout: Layout = "torch",
    *,
    in_axis: Axes | None = None,
    out_axis: Axes | None = None,
    batch_axis: Axes = (),
) -> tuple[int, int]:
    """Return (fan_in, fan_out) of the whole shape of a weight.

    Parameters
    ----------
    shape : tuple of int
        The shape of the whole tensor, even if only a part of it is filled.
    layout : {"torch", "keras"}
        ``"torch"``: ``(out, in, *kernel)``. ``"keras"``, which is also the layout of JAX:
        ``(*kernel, in, out)``.
    in_axis, out_axis : int or sequence of int, optional
        The axes of the inputs and of the outputs, if they differ from those of the layout.
    batch_axis : int or sequence of int, default ()
        The axes along which independent weights are stacked, such as the experts of a mixture.

    Returns
    -------
    tuple of int
        fan_in and fan_out.

    Raises
    ------
    TypeError
        If an axis is not an integer.
    ValueError
        If `layout` is unknown; if the shape has fewer than two axes in the layout of PyTorch; if
        the shape does not have an axis that is given; if an axis is given twice, or an axis in
        `batch_axis` is also an axis of the inputs or outputs.

    Notes
    -----
    fan_in is the product of all lengths except those of the output and batch axes. fan_out is the
    product of all lengths except those of the input and batch axes. JAX's ``variance_scaling`` does
    the same.

    Examples
    --------
    >>> fastinit.fans((64, 3, 7, 7))
    (147, 3136)
    >>> fastinit.fans((7, 7, 3, 64), "keras")
    (147, 3136)
    """
    if isinstance(layout, int) and not isinstance(shape, (tuple, list)):  # as in fans(3, 4)
        raise misplaced("fans", ("shape",), shape, layout)
    return _fans(as_shape(shape), layout, in_axis=in_axis, out_axis=out_axis, batch_axis=batch_axis)


def _fans(
    shape: tuple[int, ...],
    layout: str,
    *,
    in_axis: Axes | None,
    out_axis: Axes | None,
    batch_axis: Axes,
) -> tuple[int, int]:
    """Return the fans of a shape that has been checked."""
    check_choice(layout, "layout", LAYOUTS)
    if in_axis is None and out_axis is None and batch_axis == ():
        return _fans_of_layout(shape, layout)
    default_in, default_out = LAYOUTS[layout]
    inputs = as_axes(default_in if in_axis is None else in_axis, len(shape), "in_axis")
    outputs = as_axes(default_out if out_axis is None else out_axis, len(shape), "out_axis")
    batch = as_axes(batch_axis, len(shape), "batch_axis")
    # An axis may be in both: the embeddings of Flax have out_axis=0 for the shape (rows, width).
    if batch & (inputs | outputs):
        raise ValueError(
            f"batch_axis must not have an axis of the inputs {sorted(inputs)} or of the outputs "
            f"{sorted(outputs)}, got {batch_axis!r} for the shape {shape}; give in_axis= and "
            "out_axis= too"
        )

    def product_without(axes: frozenset[int]) -> int:
        return math.prod(length for axis, length in enumerate(shape) if axis not in axes | batch)

    return product_without(outputs), product_without(inputs)


def as_parts(parts: object, outputs: int) -> int:
    """Return the number of equal parts that the outputs of a weight have, or raise."""
    count = as_count(parts, "parts")
    if outputs % count:
        raise ValueError(
            f"parts must divide the {outputs} outputs of the shape, got {parts}; for parts of "
            "several sizes, fill each part as a weight with a name of its own"
        )
    return count


def weight_fans(
    shape: tuple[int, ...],
    *,
    layout: Layout = "torch",
    in_axis: Axes | None = None,
    out_axis: Axes | None = None,
    batch_axis: Axes = (),
    fan_in: int | None = None,
    fan_out: int | None = None,
    parts: int = 1,
) -> tuple[int, int]:
    """Return the fans of a shape, or of one of its parts. Fans that are given replace them.

    The parts are equal matrices that are packed along the axes of the outputs.
    """
    given_in = None if fan_in is None else as_count(fan_in, "fan_in")
    given_out = None if fan_out is None else as_count(fan_out, "fan_out")
    if given_in is not None and given_out is not None:
        check_choice(layout, "layout", LAYOUTS)
        return given_in, given_out
    of_shape = _fans(shape, layout, in_axis=in_axis, out_axis=out_axis, batch_axis=batch_axis)
    if parts != 1:
        axes = as_axes(LAYOUTS[layout][1] if out_axis is None else out_axis, len(shape), "out_axis")
        count = as_parts(parts, math.prod(shape[axis] for axis in axes))
        of_shape = of_shape[0], of_shape[1] // count
    return given_in or of_shape[0], given_out or of_shape[1]
