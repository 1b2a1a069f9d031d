"""Weights that start as the identity, for networks that start as a copy of their input.

Guarantees: everything is checked before a byte is written. Requires: `out` is the whole weight.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import fill, fill_box
from fastinit._engine.regions import Box
from fastinit._engine.threads import as_limit
from fastinit._memory.arrays import as_dtype, empty, writable_array
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.default_generator import taken_address
from fastinit._random.streams import StreamSource
from fastinit.typing import DTypeLike, Layout, NDArray, Out, Shape

from .argument_order import misplaced
from .deterministic import torch_order, whole_weight
from .device_weights import also_on_devices
from .documentation import allocating, documented
from .orthogonal import check_is_matrix


@documented
@also_on_devices
def identity_plus_noise_(
    out: Out,
    *,
    gain: float = 1.0,
    std: float = 0.01,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a matrix with normals: their mean is `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, shape (n, m)
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout. It need not be square.|shape : (int, int)
        The shape of the whole weight. It need not be square.]]
    gain : float, default 1.0
        The mean on the diagonal. Finite.
    std : float, default 0.01
        The standard deviation of all elements. Not negative.{dtype}
    {address_without_offset}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] does not have two axes, or an argument is out of
        range.{unwritten}

    Notes
    -----
    An element on the diagonal is that of ``fastinit.normal_(out, gain, std)``, and any other
    element is that of ``fastinit.normal_(out, 0, std)``, with the same seed and stream. It is for
    recurrent weights. Source: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks
    of Rectified Linear Units", 2015 (the identity); the noise breaks the symmetry of equal units.

    Examples
    --------
    >>> weight = fastinit.identity_plus_noise_(np.empty((64, 64), np.float32), seed=7)
    >>> bool(abs(weight - np.eye(64)).max() < 0.06)
    True
    """
    array = whole_weight(out, (2,))
    elsewhere = kernel_arguments.normal(0.0, std, array.dtype)
    on_diagonal = kernel_arguments.normal(gain, std, array.dtype, ("gain", "std"))
    limit = as_limit(threads)
    places = np.arange(min(array.shape))
    diagonal = empty(places.shape, array.dtype)
    box = Box(0, (array.shape[1] + 1,), diagonal.shape, None, (), ())
    with taken_address(seed, stream) as (number, stream_number):
        fill_box(diagonal, on_diagonal, number, stream_number, box, limit)
        mark_written(out)
        fill(array, elsewhere, number, stream_number, 0, limit)
        array[places, places] = diagonal
    return out


@documented
@also_on_devices
def identity_hadamard_(out: Out, *, layout: Layout = "torch") -> Out:
    """Fill a weight with the identity or, if it has more outputs than inputs, a Hadamard matrix.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, of two or more axes
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout.|shape : sequence of two or more int
        The shape of the whole weight.]]
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``, as in
        JAX too.{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] has fewer than two axes, or `layout` is
        unknown.{unwritten}

    Notes
    -----
    With as many inputs as outputs or more, the element (i, i) is 1 and all others are 0. Otherwise,
    the element (i, j) is (-1)**b 2**(-m/2), where b is the number of bits that i and j have in
    common, and m is the logarithm of the number of outputs to the base 2, rounded up. So different
    units start differently without random numbers. In a convolution, this matrix is at the centre
    of the kernel, index k // 2 of each axis, and all else is 0.

    Source: Zhao, Schaefer and Anandkumar, "ZerO Initialization: Initializing Neural Networks with
    only Zeros and Ones", TMLR 2022, algorithms 1 and 2, with the scale of the code of its authors.

    Examples
    --------
    >>> fastinit.identity_hadamard_(np.empty((4, 2), np.float32))
    array([[ 0.5,  0.5],
           [ 0.5, -0.5],
           [ 0.5,  0.5],
           [ 0.5, -0.5]], dtype=float32)
    """
    array = writable_array(out, FLOAT_DTYPES)
    check_is_matrix(array.shape)
    weight = torch_order(array, layout)
    outputs, inputs, *kernel = weight.shape
    mark_written(out)
    weight[...] = 0
    if not weight.size:
        return out
    matrix = weight[(..., *(length // 2 for length in kernel))]
    if outputs <= inputs:
        diagonal = np.arange(outputs)
        matrix[diagonal, diagonal] = 1
        return out
    logarithm = (outputs - 1).bit_length()
    matrix[0, 0] = math.sqrt(2.0**-logarithm)
    for size in (1 << bit for bit in range(logarithm)):
        # The four quarters of the next Hadamard matrix, as far as the weight reaches.
        right = matrix[:size, size : 2 * size]
        right[...] = matrix[:size, : right.shape[1]]
        below = matrix[size : 2 * size, :size]
        below[...] = matrix[: below.shape[0], : below.shape[1]]
        last = matrix[size : 2 * size, size : 2 * size]
        last[...] = -matrix[: last.shape[0], : last.shape[1]]
    return out


@allocating(identity_plus_noise_)
def identity_plus_noise(
    shape: Shape,
    *more: NoReturn,
    gain: float = 1.0,
    std: float = 0.01,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new matrix of normals: their mean is `gain` on the diagonal and 0 elsewhere.

    Examples
    --------
    >>> weight = fastinit.identity_plus_noise((64, 64), seed=7)
    >>> bool(abs(weight - np.eye(64)).max() < 0.06)
    True
    """
    if more:
        raise misplaced("identity_plus_noise", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    identity_plus_noise_(array, gain=gain, std=std, seed=seed, stream=stream, threads=threads)
    return array


@allocating(identity_hadamard_)
def identity_hadamard(
    shape: Shape, *more: NoReturn, layout: Layout = "torch", dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Return a new identity or, if it has more outputs than inputs, a new Hadamard matrix.

    Examples
    --------
    >>> fastinit.identity_hadamard((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    if more:
        raise misplaced("identity_hadamard", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    identity_hadamard_(array, layout=layout)
    return array
