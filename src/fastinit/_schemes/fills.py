"""Fill new arrays, or memory of the caller, with random words or with random values."""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import fill
from fastinit._engine.threads import as_limit
from fastinit._memory.arrays import as_dtype, empty
from fastinit._memory.devices import DeviceArray, writable_memory
from fastinit._memory.dtypes import BITS_DTYPES, FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.addressing import check_offset
from fastinit._random.common_fills import BITS, NORMAL, TRUNCATED_NORMAL, UNIFORM
from fastinit._random.default_generator import resolve, take_back
from fastinit._random.streams import StreamSource
from fastinit._support.checks import as_bool
from fastinit.typing import (
    DTypeLike,
    NDArray,
    Out,
    Shape,
)

from .argument_order import check_shape_first, misplaced
from .documentation import allocating, documented

if TYPE_CHECKING:
    from fastinit._engine.kernel_arguments import Law


def fill_checked(
    array: NDArray[Any] | DeviceArray,
    law: Law,
    seed: int | StreamSource | None,
    stream: int | str | None,
    offset: int,
    threads: int | None,
    out: object = None,
) -> None:
    """Check seed, stream, offset and threads; then fill an array that has been checked.

    `out` is the argument of the caller that has the memory, if there is one.
    """
    index = check_offset(offset, array.size, array.itemsize)
    limit = as_limit(threads)
    # This comes last: if a check fails, the call takes no stream from a generator.
    number, stream_number = resolve(seed, stream)
    try:
        mark_written(out)
        fill(array, law, number, stream_number, index, limit)
    except BaseException:  # a GPU without its packages, Ctrl-C
        take_back(seed, stream, stream_number)
        raise


def new_filled(
    shape: Shape,
    dtype: np.dtype[Any],
    law: Law,
    seed: int | StreamSource | None,
    stream: int | str | None,
    offset: int,
    threads: int | None,
) -> NDArray[Any]:
    """Return a new array, filled."""
    array = empty(shape, dtype)
    fill_checked(array, law, seed, stream, offset, threads)
    return array


# Each function offers its arguments to a common fill first, which returns False or None for what
# only the general path takes.

#: The names of the parameters of `trunc_normal` in error messages.
TRUNC_NORMAL_NAMES = ("mean", "std", "a", "b")


@documented
def random_bits_(
    out: Out,
    *,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` with the random words from which all other values are made.

    Parameters
    ----------
    [[out : array or buffer of uint32 or uint64
        Writable, of any shape and memory layout.|shape : int or sequence of int
        The shape of the new array.
    dtype : dtype, default uint32
        uint32 or uint64. It may be a name.]]
    {address}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled, or |]]an argument [[|has the wrong type or ]]is out of
        range.{unwritten}

    Notes
    -----
    The generator is Philox4x32-10 (Salmon et al., SC'11). Element i of uint32 is word ``i & 3`` of
    block ``i >> 2``. Element i of uint64 has word 2 i as its high half and word 2 i + 1 as its low
    half.

    {guarantee}

    Examples
    --------
    >>> fastinit.random_bits_(np.empty(2, np.uint32), seed=7)
    array([4099963437, 3221879260], dtype=uint32)
    """
    if BITS.fill(out, (), seed, stream, offset, threads):
        return out
    array = writable_memory(out, BITS_DTYPES)
    law = kernel_arguments.random_bits(array.dtype)
    fill_checked(array, law, seed, stream, offset, threads, out)
    return out


@documented
def uniform_(
    out: Out,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the uniform distribution on [low, high).

    Parameters
    ----------
    {out}
    low, high : float
        The ends of the interval: finite, low <= high. They are rounded to the dtype. If
        they are equal, all values are equal to them. Otherwise no value equals `high`.{dtype}
    {address}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError
        If [[`out` is not an array of one|`dtype` is not one]] of these dtypes, or an argument has
        the wrong type.
    ValueError
        If [[`out` is read-only or its elements share memory; if |]]a bound is not finite or low >
        high; if high - low overflows, or is so small that its steps are subnormal; if `seed`,
        `stream`, `offset` or `threads` is out of range.{unwritten}

    Notes
    -----
    float32: ``low + (w mod 2**24) * 2**-24 * (high - low)``, where w is one 32-bit word. float64:
    the same with the low 53 bits of a 64-bit word. Narrower dtypes: the float32 value, rounded to
    nearest even. If that gives `high`, the value is the largest representable value below `high`.
    If it gives a value below `low`, the value is the smallest representable value that is not below
    `low`.

    {guarantee}

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.uniform_(out, -0.1, 0.1, seed=7, stream="embedding") is out
    True
    """
    if UNIFORM.fill(out, (low, high), seed, stream, offset, threads):
        return out
    array = writable_memory(out, FLOAT_DTYPES)
    law = kernel_arguments.uniform(low, high, array.dtype)
    fill_checked(array, law, seed, stream, offset, threads, out)
    return out


@documented
def normal_(
    out: Out,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the normal distribution.

    Parameters
    ----------
    {out}
    mean, std : float
        Mean and standard deviation: finite, std >= 0. They are rounded to the dtype.{dtype}
    {address}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError
        If [[`out` is not an array of one|`dtype` is not one]] of these dtypes, or an argument has
        the wrong type.
    ValueError
        If [[`out` is read-only or its elements share memory; if |]]`mean` or `std` is not finite,
        or is so large that a value could be infinite; if std < 0; if `seed`, `stream`, `offset` or
        `threads` is out of range.{unwritten}

    Notes
    -----
    float32: the inverse of the normal distribution function at (w + 1/2) / 2**32, where w is one
    32-bit word. The absolute error is below 1e-6. The values are monotone in w and lie within 6.34
    standard deviations. float64: the transform of Box and Muller (1958) of two 64-bit words; the
    values lie within 9.5 standard deviations. Narrower dtypes: the float32 value, rounded to
    nearest even.

    {guarantee}

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.normal_(out, 0.0, 0.02, seed=7, stream="embedding") is out
    True
    """
    if NORMAL.fill(out, (mean, std), seed, stream, offset, threads):
        return out
    array = writable_memory(out, FLOAT_DTYPES)
    law = kernel_arguments.normal(mean, std, array.dtype)
    fill_checked(array, law, seed, stream, offset, threads, out)
    return out


def _truncated_law(
    mean: float,
    std: float,
    absolute: tuple[float, float],
    in_stds: tuple[float | None, float | None],
    dtype: np.dtype[Any],
    *,
    std_correction: bool,
) -> Law:
    lower, upper = in_stds
    std_correction = as_bool(std_correction, "std_correction")
    if lower is None and upper is None:
        return kernel_arguments.truncated_normal(
            mean, std, *absolute, dtype, TRUNC_NORMAL_NAMES, std_correction=std_correction
        )
    if lower is None or upper is None:
        raise TypeError("lower and upper must be given together; either may be infinite")
    return kernel_arguments.truncated_normal_in_stds(
        mean, std, lower, upper, dtype, std_correction=std_correction
    )


@documented
def trunc_normal_(
    out: Out,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Out:
    """Fill `out` from the normal distribution, truncated to the interval [a, b].

    Parameters
    ----------
    {out}
    mean, std : float
        Mean and standard deviation of the normal before the truncation: finite, std >= 0.
    a, b : float
        The bounds as absolute values, as in PyTorch: a <= b. They may be infinite.
    lower, upper : float, optional
        The bounds in standard deviations from the mean, as in JAX. They replace `a` and `b`.
    std_correction : bool, default False
        If true, widen the normal before the truncation so that `std` is the standard deviation of
        the result. With `lower` and `upper`, `std` is divided by the standard deviation of the
        truncated standard normal (0.8796 for -2 and 2), and the bounds count in the widened
        standard deviation. With `a` and `b`, the bounds stay, and the equation is solved
        numerically.{dtype}
    {address}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError
        If [[`out` is not an array of one|`dtype` is not one]] of these dtypes, or an argument has
        the wrong type.
    ValueError
        If [[`out` is read-only or its elements share memory; if |]]`mean` or `std` is not finite,
        std < 0 or a > b; if [a, b] contains no representable value of the dtype, or values would be
        infinite in it; if no normal has the corrected `std`; if `seed`, `stream`, `offset` or
        `threads` is out of range.{unwritten}

    Notes
    -----
    A value is the inverse of the distribution function at P + S (w + 1/2) / 2**32. Here w is one
    32-bit word (float64: a 64-bit word), P is the probability below `a`, and S is the probability
    between the bounds. No value is rejected. No value is outside the bounds in the dtype.
    The bounds may be far in a tail or close together, and every argument may be as large or as
    small as a float64 can be. The absolute error is below 1.5e-6 std. In float32 and narrower
    dtypes, up to 8 of the 2**32 words mean a value beyond 6.338 std if S is 1/16 or more; these
    words give 6.338 std.

    {guarantee}

    Examples
    --------
    >>> out = np.empty(1000, np.float32)
    >>> fastinit.trunc_normal_(out, std=0.02, a=-0.04, b=0.04, seed=7) is out
    True
    """
    is_plain = lower is None and upper is None and std_correction is False
    if is_plain and TRUNCATED_NORMAL.fill(out, (mean, std, a, b), seed, stream, offset, threads):
        return out
    array = writable_memory(out, FLOAT_DTYPES)
    law = _truncated_law(
        mean, std, (a, b), (lower, upper), array.dtype, std_correction=std_correction
    )
    fill_checked(array, law, seed, stream, offset, threads, out)
    return out


@allocating(random_bits_)
def random_bits(
    shape: Shape,
    *more: NoReturn,
    dtype: DTypeLike = np.uint32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array of the random words from which all other values are made.

    Examples
    --------
    >>> fastinit.random_bits(2, seed=7)
    array([4099963437, 3221879260], dtype=uint32)
    """
    if more:
        raise misplaced("random_bits", ("shape",), shape, *more)
    made = BITS.new(shape, dtype, (), seed, stream, offset, threads)
    if made is not None:
        return made
    given = as_dtype(dtype, BITS_DTYPES)
    law = kernel_arguments.random_bits(given)
    return new_filled(shape, given, law, seed, stream, offset, threads)


@allocating(uniform_)
def uniform(
    shape: Shape,
    low: float = 0.0,
    high: float = 1.0,
    *more: NoReturn,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the uniform distribution on [low, high).

    Examples
    --------
    >>> table = fastinit.uniform((1000, 64), -0.1, 0.1, seed=7, stream="embedding")
    >>> bool(-0.1 <= table.min() and table.max() < 0.1)
    True
    """
    if more:
        raise misplaced("uniform", ("shape", "low", "high"), shape, low, high, *more)
    made = UNIFORM.new(shape, dtype, (low, high), seed, stream, offset, threads)
    if made is not None:
        return made
    check_shape_first("uniform", shape, low, high)
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = kernel_arguments.uniform(low, high, given)
    return new_filled(shape, given, law, seed, stream, offset, threads)


@allocating(normal_)
def normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    *more: NoReturn,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution.

    Examples
    --------
    >>> table = fastinit.normal((1000, 64), 0.0, 0.02, dtype="float64", seed=7)
    >>> round(float(table.std()), 3)
    0.02
    """
    if more:
        raise misplaced("normal", ("shape", "mean", "std"), shape, mean, std, *more)
    made = NORMAL.new(shape, dtype, (mean, std), seed, stream, offset, threads)
    if made is not None:
        return made
    check_shape_first("normal", shape, mean, std)
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = kernel_arguments.normal(mean, std, given)
    return new_filled(shape, given, law, seed, stream, offset, threads)


@allocating(trunc_normal_)
def trunc_normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *more: NoReturn,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution, truncated to the interval [a, b].

    Examples
    --------
    >>> table = fastinit.trunc_normal((1000, 64), std=0.02, lower=-2, upper=2, seed=7)
    >>> bool(abs(table).max() <= 0.04)
    True
    """
    if more:
        known = ("shape", *TRUNC_NORMAL_NAMES)
        raise misplaced("trunc_normal", known, shape, mean, std, a, b, *more)
    if lower is None and upper is None and std_correction is False:
        parameters = (mean, std, a, b)
        made = TRUNCATED_NORMAL.new(shape, dtype, parameters, seed, stream, offset, threads)
        if made is not None:
            return made
    check_shape_first("trunc_normal", shape, mean, std, a, b)
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = _truncated_law(mean, std, (a, b), (lower, upper), given, std_correction=std_correction)
    return new_filled(shape, given, law, seed, stream, offset, threads)
