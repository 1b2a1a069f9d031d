"""Orthogonal and delta-orthogonal weights.

Guarantees: everything is checked before a byte is written. The random numbers are those of `fills`
for the same seed and stream, whatever the memory layout. Requires: `out` is the whole weight,
because no part of such a weight can be made without the rest.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.orthonormal import write_orthonormal_columns
from fastinit._engine.threads import as_limit
from fastinit._memory.arrays import as_dtype, empty, writable_array
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.default_generator import taken_address
from fastinit._random.streams import StreamSource
from fastinit._support.checks import check_choice
from fastinit.typing import (
    DTypeLike,
    Layout,
    NDArray,
    Out,
    Shape,
)

from .argument_order import misplaced
from .deterministic import as_value, torch_order, whole_weight
from .device_weights import also_on_devices
from .documentation import allocating, documented
from .fans import LAYOUTS, as_axis, as_parts
from .fills import new_filled

FLOAT64 = np.dtype(np.float64)

#: The numbers of axes of the weights of convolutions.
CONVOLUTION_AXES = (3, 4, 5)


def check_is_matrix(shape: tuple[int, ...]) -> None:
    """Raise unless a weight has axes for outputs and for inputs."""
    if len(shape) < 2:  # noqa: PLR2004 - outputs and inputs
        raise ValueError(f"the shape must have two or more axes, got {shape}")


def check_has_outputs(outputs: int, inputs: int) -> None:
    """Raise unless the inputs can have orthonormal images among the outputs."""
    if outputs < inputs:
        raise ValueError(
            "the shape must have at least as many outputs as inputs, "
            f"got {outputs} outputs and {inputs} inputs"
        )


def _write_orthogonal(
    out: NDArray[Any],
    factor: float,
    seed: int | StreamSource | None,
    stream: int | str | None,
    threads: int | None,
    offset: int = 0,
) -> None:
    """Write a uniformly distributed matrix with orthonormal columns (or rows, if these are fewer).

    It is computed in float64. So narrower dtypes have the same weight, rounded. `offset` is the
    index of its first normal in the stream.
    """
    rows, columns = out.shape
    tall = out if rows >= columns else out.T
    law = kernel_arguments.normal(0.0, 1.0, FLOAT64)
    normals = new_filled(tall.shape, FLOAT64, law, seed, stream, offset, threads)
    # R has a positive diagonal. This makes Q unique, and its distribution Haar's.
    write_orthonormal_columns(tall, normals, factor, threads)


@documented
@also_on_devices
def orthogonal_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Layout = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a weight with an orthogonal matrix, multiplied by `gain`.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, of two or more axes
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout.|shape : sequence of two or more int
        The shape of the whole weight.]] As a matrix it has one row for each
        output, and one column for each combination of the other indices.
    gain : float, default 1.0
        Multiplies the matrix; see `fastinit.calculate_gain`.
    layout : {"torch", "keras"}, default "torch"
        "torch": the outputs are the first axis. "keras": they are the last axis, as in JAX too.
    out_axis : int, optional
        The axis of the outputs, if it differs from that of the layout. JAX calls it
        ``column_axis``.
    parts : int, default 1
        The number of equal matrices that are packed along the axis of the outputs, such as 4 for
        the gates of an LSTM. Each is an orthogonal matrix of its own.{dtype}
    {address_without_offset}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] has fewer than two axes, or an argument is out of
        range.{unwritten}

    Notes
    -----
    The rows are orthonormal (or the columns, if these are fewer). The matrix is uniformly
    distributed (Haar measure). Source: Saxe et al., ICLR 2014. The method is that of Mezzadri,
    Notices of the AMS 54 (2007), section 5: a float64 normal matrix is drawn from this seed and
    stream, and decomposed into Q R, where R has a positive diagonal. The result is Q. With several
    parts of s elements each, part k has the normals from element k s on.

    All arithmetic is in float64 and does not use LAPACK. So, for one ``fastinit.CONTRACT_VERSION``,
    the bits are the same on every machine, instruction set and number of threads. `threads` applies
    to all of the work. The function needs memory for a few float64 matrices of this size.

    Examples
    --------
    >>> weight = fastinit.orthogonal_(np.empty((64, 128), np.float64), seed=7)
    >>> np.allclose(weight @ weight.T, np.eye(64))
    True
    """
    array = writable_array(out, FLOAT_DTYPES)
    check_is_matrix(array.shape)
    check_choice(layout, "layout", LAYOUTS)
    given = LAYOUTS[layout][1] if out_axis is None else out_axis
    axis = as_axis(given, array.ndim, "out_axis")
    factor = as_value(gain, "gain", array.dtype)
    weight = np.moveaxis(array, axis, 0)
    shape = (weight.shape[0], math.prod(weight.shape[1:]))
    count = as_parts(parts, shape[0])
    limit = as_limit(threads)
    matrix = weight if weight.ndim == 2 else np.empty(shape, weight.dtype)  # noqa: PLR2004
    rows = shape[0] // count
    with taken_address(seed, stream) as address:
        mark_written(out)
        for first in range(0, shape[0], max(1, rows)):
            part = matrix[first : first + rows]
            _write_orthogonal(part, factor, *address, limit, offset=first * shape[1])
    if matrix is not weight:
        weight[...] = matrix.reshape(weight.shape)
    return out


@documented
@also_on_devices
def delta_orthogonal_(
    out: Out,
    *,
    gain: float = 1.0,
    layout: Layout = "torch",
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill the weight of a convolution with an orthogonal matrix at its centre, and 0 elsewhere.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, of three to five axes
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout.|shape : sequence of three to five int
        The shape of the whole weight.]] It needs at least as many outputs as
        inputs.
    gain : float, default 1.0
        Multiplies the matrix.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.{dtype}
    {address_without_offset}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled,|`shape`]] does not have three to five axes, or has fewer
        outputs than inputs; if an argument is out of range.{unwritten}

    Notes
    -----
    The matrix is that of `orthogonal_` for the shape (out, in). It is at index (k - 1) // 2 of each
    axis of the kernel, as in JAX. Source: Xiao et al., ICML 2018.

    Examples
    --------
    >>> weight = fastinit.delta_orthogonal_(np.empty((32, 16, 3, 3), np.float32), seed=7)
    >>> np.allclose(weight[:, :, 1, 1].T @ weight[:, :, 1, 1], np.eye(16), atol=1e-6)
    True
    """
    weight = torch_order(whole_weight(out, CONVOLUTION_AXES), layout)
    outputs, inputs, *kernel = weight.shape
    check_has_outputs(outputs, inputs)
    factor = as_value(gain, "gain", weight.dtype)
    matrix = np.empty((outputs, inputs), weight.dtype)
    limit = as_limit(threads)
    with taken_address(seed, stream) as address:
        _write_orthogonal(matrix, factor, *address, limit)
    mark_written(out)
    weight[...] = 0
    if weight.size:
        weight[(..., *((length - 1) // 2 for length in kernel))] = matrix
    return out


@allocating(orthogonal_)
def orthogonal(
    shape: Shape,
    *more: NoReturn,
    gain: float = 1.0,
    layout: Layout = "torch",
    out_axis: int | None = None,
    parts: int = 1,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new orthogonal matrix, multiplied by `gain`.

    Examples
    --------
    >>> weight = fastinit.orthogonal((64, 128), dtype="float64", seed=7)
    >>> np.allclose(weight @ weight.T, np.eye(64))
    True
    """
    if more:
        raise misplaced("orthogonal", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    orthogonal_(
        array,
        gain=gain,
        layout=layout,
        out_axis=out_axis,
        parts=parts,
        seed=seed,
        stream=stream,
        threads=threads,
    )
    return array


@allocating(delta_orthogonal_)
def delta_orthogonal(
    shape: Shape,
    *more: NoReturn,
    gain: float = 1.0,
    layout: Layout = "torch",
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new weight of a convolution: an orthogonal matrix at its centre, and 0 elsewhere.

    Examples
    --------
    >>> weight = fastinit.delta_orthogonal((32, 16, 3, 3), seed=7)
    >>> np.allclose(weight[:, :, 1, 1].T @ weight[:, :, 1, 1], np.eye(16), atol=1e-6)
    True
    """
    if more:
        raise misplaced("delta_orthogonal", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    delta_orthogonal_(array, gain=gain, layout=layout, seed=seed, stream=stream, threads=threads)
    return array
