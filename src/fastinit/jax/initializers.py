"""The names, signatures, defaults and distributions of `jax.nn.initializers`.

Call an initializer as ``init(key, shape, dtype, out_sharding)``. Its values are those of the
fastinit function with the seed and stream of the key (see `keys.address_of`). They do not depend on
the version of JAX, the device, the sharding, or on whether the call is traced. JAX itself makes
complex numbers and what is not random (`zeros`, `ones`, `constant`), and raises the errors for
dtypes that are not floating-point.

A scale may be traced, or be an array. fastinit then draws the values of scale 1, and the program
multiplies them.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._memory.arrays import as_shape
from fastinit._memory.dtypes import FLOAT_DTYPES, native_name
from fastinit._schemes import fan_schemes
from fastinit._schemes.deterministic import as_value, check_ndim
from fastinit._schemes.fans import as_axis, fans
from fastinit._schemes.orthogonal import (
    CONVOLUTION_AXES,
    check_has_outputs,
    check_is_matrix,
    delta_orthogonal_,
    orthogonal_,
)
from fastinit._schemes.values import DrawnValues, StructuredValues, Values, drawn
from fastinit._support.checks import as_factor
from fastinit._support.extras import require

from .arithmetic import as_rounded
from .dtypes import canonical, check_is_jaxs
from .keys import words_of
from .placing import make

if TYPE_CHECKING:
    ValuesOf = Callable[[tuple[int, ...], np.dtype[Any]], Values]


jax: Any = require("jax", "jax")
jnp = jax.numpy
stock = jax.nn.initializers

Initializer = stock.Initializer
zeros = stock.zeros
ones = stock.ones
constant = stock.constant

Mode = Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"]
Distribution = Literal["truncated_normal", "normal", "uniform"]

DEFAULT_IN_AXIS = -2
FEWEST_AXES = 2


def _check_order(key: Any, shape: Any, dtype: Any) -> None:
    """Raise TypeError if the arguments of an initializer are in another order than JAX has."""
    if isinstance(key, (tuple, list)):
        raise TypeError(f"the key comes first: init(key, {tuple(key)}), got {key!r} as the key")
    if isinstance(dtype, int):
        raise TypeError(
            f"the shape is one argument: init(key, (3, 4)), got {shape!r} as the shape and "
            f"{dtype!r} as the dtype"
        )


def _initializer(values_of: ValuesOf, own: Any, default_dtype: Any) -> Any:
    """Return an initializer. `own` is that of JAX, for dtypes that fastinit does not make."""

    def init(key: Any, shape: Any, dtype: Any = default_dtype, out_sharding: Any = None) -> Any:
        _check_order(key, shape, dtype)
        chosen = canonical(dtype)
        if native_name(chosen) not in FLOAT_DTYPES:
            check_is_jaxs(chosen)
            return own(key, shape, dtype, out_sharding)
        values = values_of(as_shape(shape), chosen)
        return make(values, words_of(key), out_sharding)

    return init


def _in_program(option: Any) -> bool:
    """Return whether an option is traced, or is an array with axes."""
    return isinstance(option, jax.core.Tracer) or getattr(option, "ndim", 0) > 0


def _scaled(unit: Any, scale_of: Callable[[Any], Any], default_dtype: Any) -> Any:
    """Return an initializer whose program multiplies the values of another.

    Parameters
    ----------
    unit : callable
        The initializer of scale 1.
    scale_of : callable
        From the dtype that the product is computed in to the factor.
    default_dtype : dtype or None
        The dtype if the call of the initializer gives none.
    """

    def init(key: Any, shape: Any, dtype: Any = default_dtype, out_sharding: Any = None) -> Any:
        _check_order(key, shape, dtype)
        chosen = canonical(dtype)
        arithmetic = chosen if chosen == np.float64 else np.dtype(np.float32)
        if native_name(chosen) not in FLOAT_DTYPES:
            arithmetic = chosen
        values = unit(key, shape, arithmetic, out_sharding)
        scaled = values * scale_of(arithmetic)
        if arithmetic == np.float32 and isinstance(scaled, jax.core.Tracer):
            scaled = as_rounded(scaled)  # so that later operations cannot change the bits
        return scaled.astype(chosen)

    return init


def uniform(scale: Any = 1e-2, dtype: Any = None) -> Any:
    """Return an initializer that draws from the uniform distribution on [0, scale).

    Parameters
    ----------
    scale : float
        The upper end, >= 0. It may be traced, or be an array.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.uniform(0.1)
    >>> init(jax.random.key(0), (2, 3))
    Array([[0.01558965, 0.04131706, 0.03424728],
           [0.00033545, 0.08937476, 0.06953256]], dtype=float32)
    """
    if _in_program(scale):
        return _scaled(uniform(1.0, dtype), lambda dtype: jnp.asarray(scale, dtype), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        as_factor(scale, "scale")
        law = kernel_arguments.uniform(0.0, scale, dtype, (None, "scale"))
        return DrawnValues(shape, dtype, law)

    return _initializer(values_of, stock.uniform(scale, dtype), dtype)


def normal(stddev: Any = 1e-2, dtype: Any = None) -> Any:
    """Return an initializer that draws from the normal distribution with mean 0.

    Parameters
    ----------
    stddev : float
        The standard deviation, >= 0. It may be traced, or be an array.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.normal(0.02)
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.00511631,  0.02355182,  0.01260368],
           [ 0.00535123,  0.03829607, -0.0070575 ]], dtype=float32)
    """
    if _in_program(stddev):
        return _scaled(normal(1.0, dtype), lambda dtype: jnp.asarray(stddev, dtype), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        law = kernel_arguments.normal(0.0, stddev, dtype, (None, "stddev"))
        return DrawnValues(shape, dtype, law)

    return _initializer(values_of, stock.normal(stddev, dtype), dtype)


def truncated_normal(
    stddev: Any = 1e-2, dtype: Any = None, lower: Any = -2.0, upper: Any = 2.0
) -> Any:
    """Return an initializer that draws from a truncated normal distribution with mean 0.

    Parameters
    ----------
    stddev : float
        The standard deviation before truncation, >= 0. It may be traced, or be an array.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.
    lower, upper : float
        The bounds, in units of `stddev`. They cannot be traced, because the host computes the
        probability between them.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Raises
    ------
    TypeError
        If a bound is traced.

    Examples
    --------
    >>> init = fastinit.jax.initializers.truncated_normal(0.02)
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.00487872,  0.02189678,  0.01195447],
           [ 0.00510226,  0.03304419, -0.00672368]], dtype=float32)
    """
    for name, bound in (("lower", lower), ("upper", upper)):
        if _in_program(bound):
            raise TypeError(
                f"{name} must be a number that is known before the program runs, got {bound}: "
                "give the bounds as numbers and trace stddev, or use jax.nn.initializers"
            )
    if _in_program(stddev):
        unit = truncated_normal(1.0, dtype, lower, upper)
        return _scaled(unit, lambda dtype: jnp.asarray(stddev, dtype), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        names = (None, "stddev", "lower", "upper")
        law = kernel_arguments.truncated_normal_in_stds(0.0, stddev, lower, upper, dtype, names)
        return DrawnValues(shape, dtype, law)

    return _initializer(values_of, stock.truncated_normal(stddev, dtype, lower, upper), dtype)


def variance_scaling(
    scale: Any,
    mode: Mode,
    distribution: Distribution,
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return an initializer with mean 0 and variance scale / fan.

    Parameters
    ----------
    scale : float
        The factor of the variance, >= 0. It may be traced, or be an array.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        The fan. fan_in is the product of all axes except the output and batch axes, fan_out the
        product of all axes except the input and batch axes.
    distribution : {"truncated_normal", "normal", "uniform"}
        The distribution. The truncated normal is cut at 2 standard deviations, and widened so that
        it keeps the variance.
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.variance_scaling(2.0, "fan_in", "normal")
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.2558153 ,  1.177591  ,  0.6301842 ],
           [ 0.26756164,  1.9148036 , -0.35287514]], dtype=float32)
    """
    if _in_program(scale):
        axes = (in_axis, out_axis, batch_axis)
        unit = variance_scaling(1.0, mode, distribution, *axes, dtype)
        return _scaled(unit, lambda dtype: jnp.sqrt(jnp.asarray(scale, dtype)), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        if len(shape) < FEWEST_AXES and in_axis == DEFAULT_IN_AXIS:
            raise ValueError(
                f"the shape must have two or more axes, got {shape}; for fewer axes, give in_axis="
            )
        of_shape = fans(shape, "keras", in_axis=in_axis, out_axis=out_axis, batch_axis=batch_axis)
        chosen = fan_schemes.variance_scaling(*of_shape, scale, mode, distribution)
        return drawn(shape, dtype, chosen)

    own = stock.variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)
    return _initializer(values_of, own, dtype)


def glorot_uniform(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(1.0, "fan_avg", "uniform")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.glorot_uniform()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.753893  , -0.19023359, -0.34512484],
           [-1.0880957 ,  0.8626578 ,  0.4279369 ]], dtype=float32)
    """
    return variance_scaling(1.0, "fan_avg", "uniform", in_axis, out_axis, batch_axis, dtype)


def glorot_normal(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(1.0, "fan_avg", "truncated_normal")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.glorot_normal()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.17539142,  0.7871951 ,  0.4297664 ],
           [ 0.18342774,  1.1879473 , -0.24171823]], dtype=float32)
    """
    return variance_scaling(
        1.0, "fan_avg", "truncated_normal", in_axis, out_axis, batch_axis, dtype
    )


def lecun_uniform(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(1.0, "fan_in", "uniform")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.lecun_uniform()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.8428781 , -0.21268761, -0.38586128],
           [-1.2165279 ,  0.96448076,  0.4784479 ]], dtype=float32)
    """
    return variance_scaling(1.0, "fan_in", "uniform", in_axis, out_axis, batch_axis, dtype)


def lecun_normal(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(1.0, "fan_in", "truncated_normal")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.lecun_normal()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.19609356,  0.88011086,  0.48049343],
           [ 0.20507845,  1.3281654 , -0.27024922]], dtype=float32)
    """
    return variance_scaling(1.0, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, dtype)


def he_uniform(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(2.0, "fan_in", "uniform")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.he_uniform()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-1.1920094 , -0.30078578, -0.5456903 ],
           [-1.7204303 ,  1.3639816 ,  0.6766275 ]], dtype=float32)
    """
    return variance_scaling(2.0, "fan_in", "uniform", in_axis, out_axis, batch_axis, dtype)


def he_normal(
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
    dtype: Any = None,
) -> Any:
    """Return ``variance_scaling(2.0, "fan_in", "truncated_normal")`` with these axes.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int
        The input axes, the output axes, and the axes along which weights are stacked.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.he_normal()
    >>> init(jax.random.key(0), (2, 3))
    Array([[-0.27731818,  1.2446647 ,  0.6795203 ],
           [ 0.29002473,  1.8783096 , -0.38219008]], dtype=float32)
    """
    return variance_scaling(2.0, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, dtype)


xavier_uniform = glorot_uniform
xavier_normal = glorot_normal
kaiming_uniform = he_uniform
kaiming_normal = he_normal


def orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Any:
    """Return an initializer of uniformly distributed orthogonal matrices times `scale`.

    Parameters
    ----------
    scale : float
        The factor. It may be traced, or be an array.
    column_axis : int
        The axis of the columns. All other axes together are the rows. If there are fewer columns
        than rows, the columns are orthonormal; otherwise the rows are.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.orthogonal()
    >>> matrix = init(jax.random.key(0), (5, 3))
    >>> bool(jax.numpy.allclose(matrix.T @ matrix, jax.numpy.eye(3), atol=1e-6))
    True
    """
    if _in_program(scale):
        unit = orthogonal(1.0, column_axis, dtype)
        return _scaled(unit, lambda dtype: jnp.asarray(scale, dtype), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        check_is_matrix(shape)
        as_axis(column_axis, len(shape), "column_axis")
        gain = as_value(scale, "scale", dtype)
        fill = partial(orthogonal_, gain=gain, layout="keras", out_axis=column_axis)
        return StructuredValues(shape, dtype, fill)

    return _initializer(values_of, stock.orthogonal(scale, column_axis, dtype), dtype)


def delta_orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Any:
    """Return an initializer of convolution weights with an orthogonal matrix at the kernel centre.

    The shape has three to five axes, (*kernel, in, out), with at least as many outputs as inputs.

    Parameters
    ----------
    scale : float
        The factor. It may be traced, or be an array.
    column_axis : int
        Has no effect, because the distribution is the same for both axes.
    dtype : dtype, optional
        The default dtype of the initializer. By default, the default float of JAX.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``, which returns a `jax.Array`.

    Examples
    --------
    >>> init = fastinit.jax.initializers.delta_orthogonal()
    >>> kernel = init(jax.random.key(0), (3, 3, 8, 8))
    >>> bool(jax.numpy.allclose(kernel[1, 1].T @ kernel[1, 1], jax.numpy.eye(8), atol=1e-6))
    True
    """
    if _in_program(scale):
        unit = delta_orthogonal(1.0, column_axis, dtype)
        return _scaled(unit, lambda dtype: jnp.asarray(scale, dtype), dtype)

    def values_of(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        check_ndim(shape, CONVOLUTION_AXES)
        check_has_outputs(shape[-1], shape[-2])
        gain = as_value(scale, "scale", dtype)
        fill = partial(delta_orthogonal_, gain=gain, layout="keras")
        return StructuredValues(shape, dtype, fill)

    return _initializer(values_of, stock.delta_orthogonal(scale, column_axis, dtype), dtype)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "Initializer",
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
