"""The fills: raw words, uniform and normal, into memory of the caller's or of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import fill
from fastinit._engine.threads import check_threads
from fastinit._memory.arrays import Shape, as_dtype, empty, writable_array
from fastinit._memory.dtypes import BITS_DTYPES, FLOAT_DTYPES
from fastinit._random.addressing import check_offset
from fastinit._random.default_generator import resolve

from .documentation import documented

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from fastinit._engine.kernel_arguments import Law
    from fastinit._random.generator import Generator


def fill_checked(
    array: NDArray[Any],
    law: Law,
    seed: int | Generator | None,
    stream: int | str | None,
    offset: int,
    threads: int | None,
) -> None:
    """Check the address, then fill an array that was checked before."""
    index = check_offset(offset, array.size, array.itemsize)
    limit = None if threads is None else check_threads(threads)
    # Last: a call that one of the checks refuses takes no stream of a generator.
    number, stream_number = resolve(seed, stream)
    fill(array, law, number, stream_number, index, limit)


def new_filled(
    shape: Shape,
    dtype: np.dtype[Any],
    law: Law,
    seed: int | Generator | None,
    stream: int | str | None,
    offset: int,
    threads: int | None,
) -> NDArray[Any]:
    """Return a new array, filled."""
    array = empty(shape, dtype)
    fill_checked(array, law, seed, stream, offset, threads)
    return array


@documented
def random_bits_(
    out: Any,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Any:
    """Fill `out` with the random words that everything else is made of.

    Parameters
    ----------
    out : array or buffer of uint32 or uint64
        Writable, of any shape and layout.
    {address}

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or an argument is out of range; nothing has been written then.

    Notes
    -----
    Philox4x32-10 (Salmon et al., SC'11). A uint32 element i is word ``i & 3`` of block ``i >> 2``;
    a uint64 element i has word 2 i as its high and word 2 i + 1 as its low half.

    {guarantee}
    """
    array = writable_array(out, BITS_DTYPES)
    fill_checked(array, kernel_arguments.random_bits(array.dtype), seed, stream, offset, threads)
    return out


@documented
def uniform_(
    out: Any,
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Any:
    """Fill `out` from the uniform distribution on [low, high).

    Parameters
    ----------
    out : array or buffer of a floating dtype
        {floats}; writable, of any
        shape and layout.
    low, high : float
        The interval's ends, finite and low <= high; rounded to the dtype of `out`. If they are
        equal, so are all values; else none equals `high`.
    {address}

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError
        If `out` is no array of such a dtype, or an argument has the wrong type.
    ValueError
        If `out` is read-only or overlaps itself, if a bound is not finite, low > high, or
        high - low overflows or is so small that its steps are subnormal, or if `seed`, `stream`,
        `offset` or `threads` is out of range. Nothing has been written then.

    Notes
    -----
    float32: ``low + (w mod 2**24) * 2**-24 * (high - low)``, w one 32-bit word. float64: the same
    with the low 53 bits of a 64-bit word. Narrower dtypes: the float32 value, rounded to nearest
    even; one that would be `high` becomes the number below it, and one below `low` that above.

    {guarantee}
    """
    array = writable_array(out, FLOAT_DTYPES)
    law = kernel_arguments.uniform(low, high, array.dtype)
    fill_checked(array, law, seed, stream, offset, threads)
    return out


@documented
def normal_(
    out: Any,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Any:
    """Fill `out` from the normal distribution.

    Parameters
    ----------
    out : array or buffer of a floating dtype
        {floats}; writable, of any
        shape and layout.
    mean, std : float
        Mean and standard deviation, finite and std >= 0; rounded to the dtype of `out`.
    {address}

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError
        If `out` is no array of such a dtype, or an argument has the wrong type.
    ValueError
        If `out` is read-only or overlaps itself, if `mean` or `std` is not finite or so large
        that a value could be infinite, if std < 0, or if `seed`, `stream`, `offset` or `threads`
        is out of range. Nothing has been written then.

    Notes
    -----
    float32: the inverse of the normal distribution function at (w + 1/2) / 2**32, w one 32-bit
    word; absolute error below 1e-6, monotone in w, within 6.34 standard deviations. float64: Box
    and Muller's transform (1958) of two 64-bit words, within 9.5 standard deviations. Narrower
    dtypes: the float32 value, rounded to nearest even.

    {guarantee}
    """
    array = writable_array(out, FLOAT_DTYPES)
    law = kernel_arguments.normal(mean, std, array.dtype)
    fill_checked(array, law, seed, stream, offset, threads)
    return out


@documented
def random_bits(
    shape: Shape,
    *,
    dtype: DTypeLike = np.uint32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array of the random words that everything else is made of.

    {allocating} `random_bits_`.
    """
    given = as_dtype(dtype, BITS_DTYPES)
    law = kernel_arguments.random_bits(given)
    return new_filled(shape, given, law, seed, stream, offset, threads)


@documented
def uniform(
    shape: Shape,
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: DTypeLike = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the uniform distribution on [low, high).

    {allocating} `uniform_`.
    """
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = kernel_arguments.uniform(low, high, given)
    return new_filled(shape, given, law, seed, stream, offset, threads)


@documented
def normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: DTypeLike = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution.

    {allocating} `normal_`.
    """
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = kernel_arguments.normal(mean, std, given)
    return new_filled(shape, given, law, seed, stream, offset, threads)
