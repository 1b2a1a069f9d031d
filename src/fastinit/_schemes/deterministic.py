"""Weights without randomness: constants, the identity, the bias of an LSTM, convolutions that copy.

Guarantees: everything is checked before a byte is written. No value is infinite or NaN.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from fastinit._engine import engine
from fastinit._memory.arrays import as_dtype, empty, listed, writable_array
from fastinit._memory.devices import writable_memory
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._support.checks import as_integer, as_real, check_choice
from fastinit.typing import (
    DTypeLike,
    Layout,
    NDArray,
    Out,
    Shape,
)

from .argument_order import check_shape_first, misplaced
from .device_weights import also_on_devices
from .documentation import allocating, documented
from .fans import LAYOUTS

#: The number of gates of an LSTM.
GATES = 4

#: Every dtype has larger numbers.
FINITE_IN_ALL = 256.0


def as_value(value: object, name: str, dtype: np.dtype[Any]) -> float:
    """Return a real number that is also finite in a dtype, or raise."""
    number = as_real(value, name)
    if -FINITE_IN_ALL <= number <= FINITE_IN_ALL:
        return number
    # An assignment, as the fills do: ml_dtypes does not round as in `astype`.
    rounded = np.empty((), dtype)
    with np.errstate(over="ignore"):  # the error below says more than the warning
        rounded[...] = number
    if not np.isfinite(rounded):
        raise ValueError(f"{name} must be finite in {dtype.name}, got {value}")
    return number


def check_ndim(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    """Raise unless the number of axes of a shape is among those allowed."""
    if len(shape) not in axes:
        expected = listed(tuple(map(str, axes)))
        raise ValueError(f"the shape must have {expected} axes, got {shape}")


def whole_weight(out: Any, axes: tuple[int, ...]) -> NDArray[Any]:
    """Return a writable array whose number of axes is among those allowed, or raise."""
    array = writable_array(out, FLOAT_DTYPES)
    check_ndim(array.shape, axes)
    return array


def torch_order(array: NDArray[Any], layout: str) -> NDArray[Any]:
    """Return a view of a weight whose axes are in the order of PyTorch: (out, in, *kernel)."""
    check_choice(layout, "layout", LAYOUTS)
    return array if layout == "torch" else np.moveaxis(array, (-1, -2), (0, 1))


@documented
def constant_(out: Out, value: float) -> Out:
    """Fill `out` with one value.

    Parameters
    ----------
    {out}
    value : float
        Finite. It is rounded to the dtype. -0.0 keeps its sign.{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled|`dtype` is not one of these dtypes]], or `value` is not a real
        number or is not finite in the dtype.

    Notes
    -----
    Source: ``torch.nn.init.constant_``, ``constant`` of JAX and ``Constant`` of Keras.

    Examples
    --------
    >>> fastinit.constant_(np.empty(3, np.float32), 0.5)
    array([0.5, 0.5, 0.5], dtype=float32)
    """
    array = writable_memory(out, FLOAT_DTYPES)
    number = as_value(value, "value", array.dtype)
    mark_written(out)
    engine.put(array, number)
    return out


@documented
def zeros_(out: Out) -> Out:
    """Fill `out` with zeros, as usual for biases.

    Parameters
    ----------
    {out}{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled|an argument has the wrong type or is out of range]].

    Notes
    -----
    Source: ``torch.nn.init.zeros_``, ``zeros`` of JAX and ``Zeros`` of Keras.

    Examples
    --------
    >>> fastinit.zeros_(np.empty(3, np.float32))
    array([0., 0., 0.], dtype=float32)
    """
    return constant_(out, 0.0)


@documented
def ones_(out: Out) -> Out:
    """Fill `out` with ones, as usual for the gains of normalisations.

    Parameters
    ----------
    {out}{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled|an argument has the wrong type or is out of range]].

    Notes
    -----
    Source: ``torch.nn.init.ones_``, ``ones`` of JAX and ``Ones`` of Keras.

    Examples
    --------
    >>> fastinit.ones_(np.empty(3, np.float32))
    array([1., 1., 1.], dtype=float32)
    """
    return constant_(out, 1.0)


@documented
@also_on_devices
def eye_(out: Out, *, gain: float = 1.0) -> Out:
    """Fill a matrix with the identity: `gain` on the diagonal and 0 elsewhere.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, shape (n, m)
        The dtype is {floats}.
        Writable, of any memory layout. It need not be square.|shape : (int, int)
        The shape of the new matrix. It need not be square.]]
    gain : float, default 1.0
        The value on the diagonal. Finite.{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] does not have two axes, or `gain` is not a real
        number or is not finite in the dtype.{unwritten}

    Notes
    -----
    Source: ``torch.nn.init.eye_`` and ``Identity`` of Keras.

    Examples
    --------
    >>> fastinit.eye_(np.empty((2, 2), np.float32), gain=2.0)
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """
    array = whole_weight(out, (2,))
    value = as_value(gain, "gain", array.dtype)
    mark_written(out)
    array[...] = 0
    diagonal = np.arange(min(array.shape))
    array[diagonal, diagonal] = value
    return out


@documented
@also_on_devices
def dirac_(out: Out, groups: int = 1, *, layout: Layout = "torch") -> Out:
    """Fill the weight of a convolution so that it copies its input channels to its output channels.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, of three to five axes
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout.|shape : sequence of three to five int
        The shape of the whole weight.]]
    groups : int, default 1
        The number of groups of the convolution. Each group copies the same input channels.
    layout : {"torch", "keras"}, default "torch"
        "torch": the shape is ``(out, in, *kernel)``. "keras": it is ``(*kernel, in, out)``.{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError
        If [[`out` is not an array of one|`dtype` is not one]] of these dtypes, or `groups` is not
        an integer.
    ValueError
        If [[`out` is read-only, its elements share memory, or it|`shape`]] does not have three to
        five axes; if its output channels cannot be divided into this number of groups.{unwritten}

    Notes
    -----
    Within each group, output channel d has a 1 at input channel d and the centre of the kernel,
    index k // 2 of each kernel axis. This holds for as many channels as both have. Source:
    ``torch.nn.init.dirac_``.

    Examples
    --------
    >>> fastinit.dirac_(np.empty((1, 1, 3), np.float32))
    array([[[0., 1., 0.]]], dtype=float32)
    """
    weight = torch_order(whole_weight(out, (3, 4, 5)), layout)
    count = as_integer(groups, "groups")
    channels, inputs, *kernel = weight.shape
    if count < 1 or channels % count:
        raise ValueError(
            f"groups must divide the {channels} output channels of {weight.shape}, got {groups}"
        )
    mark_written(out)
    weight[...] = 0
    if weight.size:
        centre = tuple(length // 2 for length in kernel)
        of_group = channels // count
        passed = np.arange(min(of_group, inputs))
        for first in range(0, channels, of_group):
            weight[(first + passed, passed, *centre)] = 1
    return out


@documented
@also_on_devices
def lstm_bias_(out: Out, *, forget: float = 1.0, gate: int = 1) -> Out:
    """Fill the bias of an LSTM: `forget` for the forget gate and 0 for the other three gates.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, shape (4 n,)
        The whole bias. The dtype is {floats}.
        Writable, of any memory layout.|shape : int or (int,)
        The length of the whole bias: 4 n.]]
    forget : float, default 1.0
        The value for the forget gate. Finite.
    gate : int, default 1
        The place of the forget gate among the four, from 0 to 3. It is 1 in PyTorch (input, forget,
        cell, output) and in Keras, and 2 in ONNX (input, output, forget, cell).{dtype}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] is not one axis of 4 n elements, or an argument is
        out of range.{unwritten}

    Notes
    -----
    PyTorch adds two biases, ``bias_ih`` and ``bias_hh``: fill one of them with zeros. Source: Gers,
    Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12 (2000); Jozefowicz et al.,
    ICML 2015, section 2.2. It is ``unit_forget_bias`` of Keras.

    Examples
    --------
    >>> fastinit.lstm_bias_(np.empty(8, np.float32))
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
    array = writable_array(out, FLOAT_DTYPES)
    if array.ndim != 1 or len(array) % GATES:
        raise ValueError(f"the shape must be (4 n,), for four gates, got {array.shape}")
    value = as_value(forget, "forget", array.dtype)
    place = as_integer(gate, "gate")
    if not 0 <= place < GATES:
        raise ValueError(f"gate must be 0, 1, 2 or 3, got {gate}")
    length = len(array) // GATES
    mark_written(out)
    array[...] = 0
    array[place * length : (place + 1) * length] = value
    return out


@allocating(constant_)
def constant(
    shape: Shape, value: float, *more: NoReturn, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Return a new array of one value.

    Examples
    --------
    >>> fastinit.constant(3, 0.5)
    array([0.5, 0.5, 0.5], dtype=float32)
    """
    if more:
        raise misplaced("constant", ("shape", "value"), shape, value, *more)
    check_shape_first("constant", shape, value)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    constant_(array, value)
    return array


@allocating(zeros_)
def zeros(shape: Shape, *more: NoReturn, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Return a new array of zeros, as usual for biases.

    Examples
    --------
    >>> fastinit.zeros(3)
    array([0., 0., 0.], dtype=float32)
    """
    if more:
        raise misplaced("zeros", ("shape",), shape, *more)
    return constant(shape, 0.0, dtype=dtype)


@allocating(ones_)
def ones(shape: Shape, *more: NoReturn, dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """Return a new array of ones, as usual for the gains of normalisations.

    Examples
    --------
    >>> fastinit.ones(3)
    array([1., 1., 1.], dtype=float32)
    """
    if more:
        raise misplaced("ones", ("shape",), shape, *more)
    return constant(shape, 1.0, dtype=dtype)


@allocating(eye_)
def eye(
    shape: Shape, *more: NoReturn, gain: float = 1.0, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Return a new identity matrix: `gain` on the diagonal and 0 elsewhere.

    Examples
    --------
    >>> fastinit.eye((2, 2), gain=2.0)
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """
    if more:
        raise misplaced("eye", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    eye_(array, gain=gain)
    return array


@allocating(dirac_)
def dirac(
    shape: Shape,
    groups: int = 1,
    *more: NoReturn,
    layout: Layout = "torch",
    dtype: DTypeLike = np.float32,
) -> NDArray[Any]:
    """Return a new weight of a convolution that copies its input channels to its output channels.

    Examples
    --------
    >>> fastinit.dirac((1, 1, 3))
    array([[[0., 1., 0.]]], dtype=float32)
    """
    if more:
        raise misplaced("dirac", ("shape",), shape, groups, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    dirac_(array, groups, layout=layout)
    return array


@allocating(lstm_bias_)
def lstm_bias(
    shape: Shape,
    *more: NoReturn,
    forget: float = 1.0,
    gate: int = 1,
    dtype: DTypeLike = np.float32,
) -> NDArray[Any]:
    """Return a new bias of an LSTM: `forget` for the forget gate and 0 for the other three gates.

    Examples
    --------
    >>> fastinit.lstm_bias(8)
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """
    if more:
        raise misplaced("lstm_bias", ("shape",), shape, *more)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    lstm_bias_(array, forget=forget, gate=gate)
    return array


#: The name that Keras uses.
identity, identity_ = eye, eye_
