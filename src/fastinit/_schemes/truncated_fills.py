"""Fill new arrays, or memory of the caller, from the truncated normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._memory.arrays import Shape, as_dtype, writable_array
from fastinit._memory.dtypes import FLOAT_DTYPES

from .documentation import documented
from .fills import fill_checked, new_filled

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from fastinit._engine.kernel_arguments import Law
    from fastinit._random.generator import Generator

#: The names of the arguments in error messages.
NAMES = ("mean", "std", "a", "b")


def _law(
    mean: float,
    std: float,
    absolute: tuple[float, float],
    in_stds: tuple[float | None, float | None],
    dtype: np.dtype[Any],
    *,
    std_correction: bool,
) -> Law:
    lower, upper = in_stds
    if lower is None and upper is None:
        return kernel_arguments.truncated_normal(
            mean, std, *absolute, dtype, NAMES, std_correction=std_correction
        )
    if lower is None or upper is None:
        raise TypeError("lower and upper must be given together; either may be infinite")
    return kernel_arguments.truncated_normal_in_stds(
        mean, std, lower, upper, dtype, std_correction=std_correction
    )


@documented
def trunc_normal_(
    out: Any,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> Any:
    """Fill `out` from the normal distribution, truncated to the interval [a, b].

    Parameters
    ----------
    out : array or buffer of a floating dtype
        The dtype is {floats}.
        Writable, of any shape and memory layout.
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
        numerically.
    {address}

    Returns
    -------
    out
        The same object.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these dtypes, or an argument has the wrong type.
    ValueError
        If `out` is read-only or its elements share memory; if `mean` or `std` is not finite, std <
        0 or a > b; if [a, b] contains no representable value of the dtype, or values would be
        infinite in it; if no normal has the corrected `std`; if `seed`, `stream`, `offset` or
        `threads` is out of range. Nothing has been written in these cases.

    Notes
    -----
    A value is the inverse of the distribution function at P + (w + 1/2) / 2**32 S. Here w is one
    32-bit word (float64: a 64-bit word), P is the probability below `a`, and S is the probability
    between the bounds. No value is rejected. No value is outside the bounds in the dtype of `out`.
    The bounds may be far in a tail or close together, and every argument may be as large or as
    small as a float64 can be. The absolute error is below 1.5e-6 std.

    {guarantee}
    """
    array = writable_array(out, FLOAT_DTYPES)
    law = _law(mean, std, (a, b), (lower, upper), array.dtype, std_correction=std_correction)
    fill_checked(array, law, seed, stream, offset, threads)
    return out


@documented
def trunc_normal(
    shape: Shape,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    lower: float | None = None,
    upper: float | None = None,
    std_correction: bool = False,
    dtype: DTypeLike = np.float32,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    offset: int = 0,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new array from the normal distribution, truncated to the interval [a, b].

    {allocating} `trunc_normal_`.
    """
    given = as_dtype(dtype, FLOAT_DTYPES)
    law = _law(mean, std, (a, b), (lower, upper), given, std_correction=std_correction)
    return new_filled(shape, given, law, seed, stream, offset, threads)
