"""The names, arguments, configurations and distributions of `keras.initializers`.

Each random class is a subclass of the Keras class with another ``__call__``. So it has the
arguments, the checks and the configuration of the installed Keras. The values are those of the
fastinit function with the seed of the initializer (see `seeds`), on any backend. Keras itself makes
what is not random, and dtypes that are not floating-point.
"""

# ruff: noqa: TC002, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes import fan_schemes
from fastinit._schemes.deterministic import as_value
from fastinit._schemes.fans import fans
from fastinit._schemes.orthogonal import check_is_matrix, orthogonal_
from fastinit._schemes.values import DrawnValues, StructuredValues, Values, drawn
from fastinit._support.extras import require

from .tensors import as_lengths, dtype_of, make, unconverted

keras: Any = require("keras", "keras")
stock: Any = keras.initializers

Class = TypeVar("Class", bound=type)

Initializer = stock.Initializer
Constant = constant = stock.Constant
Identity = IdentityInitializer = identity = stock.Identity
Ones = ones = stock.Ones
STFT = STFTInitializer = stft = stock.STFT
Zeros = zeros = stock.Zeros
serialize = stock.serialize

# Keras truncates all its truncated normals at these numbers of standard deviations.
LOWER, UPPER = -2.0, 2.0


def _registered(cls: Class) -> Class:
    """Register a class under a name for which Keras has no class.

    A saved model contains the ``__name__`` and the registered name of the class. If this module was
    not imported, Keras does not know the registered name. It then silently uses a Keras class with
    the same ``__name__``, if there is one.
    """
    name = cls.__name__
    cls.__name__ = f"Fastinit{name}"
    registered: Class = keras.saving.register_keras_serializable("fastinit", name)(cls)
    return registered


class Filled:
    """The base class of the random classes, with their ``__call__``."""

    seed: Any

    @unconverted
    def __call__(self, shape: Sequence[int], dtype: Any = None, layout: Any = None) -> Any:
        """Return a tensor of the backend.

        Parameters
        ----------
        shape : sequence of int
            The shape of the whole weight. It may be a tensor, or a `tf.TensorShape`.
        dtype : str, optional
            The dtype, by default ``keras.config.floatx()``.
        layout : keras.distribution.TensorLayout or a layout of the backend, optional
            How the tensor is sharded over devices.
        """
        if isinstance(dtype, int):
            raise TypeError(
                "the shape is one argument: initializer((3, 4)), got "
                f"initializer({shape!r}, {dtype!r})"
            )
        name = keras.backend.standardize_dtype(dtype)
        if name not in FLOAT_DTYPES:
            return super().__call__(shape, dtype=dtype)  # type: ignore[misc]
        of_backend = dtype_of(name)
        values_of = partial(self._values, dtype=of_backend)
        return make(values_of, as_lengths(shape), of_backend, self.seed, layout)

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        raise NotImplementedError


@_registered
class RandomNormal(Filled, stock.RandomNormal):  # type: ignore[misc]
    """The normal distribution.

    Parameters
    ----------
    mean, stddev : float
        Mean and standard deviation. The defaults are 0.0 and 0.05.
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.

    Examples
    --------
    >>> init = fastinit.keras.initializers.RandomNormal(0.0, 0.02, seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.00511631,  0.02355182,  0.01260368],
           [ 0.00535123,  0.03829607, -0.0070575 ]], dtype=float32)
    """

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        law = kernel_arguments.normal(self.mean, self.stddev, dtype, ("mean", "stddev"))
        return DrawnValues(shape, dtype, law)


@_registered
class TruncatedNormal(Filled, stock.TruncatedNormal):  # type: ignore[misc]
    """The normal distribution, truncated at two standard deviations from the mean.

    Parameters
    ----------
    mean, stddev : float
        Mean and standard deviation before the truncation. The defaults are 0.0 and 0.05.
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.

    Examples
    --------
    >>> init = fastinit.keras.initializers.TruncatedNormal(0.0, 0.02, seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.00487872,  0.02189678,  0.01195447],
           [ 0.00510226,  0.03304419, -0.00672368]], dtype=float32)
    """

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        names = ("mean", "stddev", f"({LOWER})", f"({UPPER})")
        law = kernel_arguments.truncated_normal_in_stds(
            self.mean, self.stddev, LOWER, UPPER, dtype, names
        )
        return DrawnValues(shape, dtype, law)


@_registered
class RandomUniform(Filled, stock.RandomUniform):  # type: ignore[misc]
    """The uniform distribution on [minval, maxval).

    Parameters
    ----------
    minval, maxval : float
        The ends of the interval. The defaults are -0.05 and 0.05.
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.

    Examples
    --------
    >>> init = fastinit.keras.initializers.RandomUniform(-0.1, 0.1, seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.0688207 , -0.01736587, -0.03150544],
           [-0.09932909,  0.07874952,  0.03906512]], dtype=float32)
    """

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        law = kernel_arguments.uniform(self.minval, self.maxval, dtype, ("minval", "maxval"))
        return DrawnValues(shape, dtype, law)


def _fans(
    shape: tuple[int, ...], input_axes: Sequence[int] | None, output_axes: Sequence[int] | None
) -> tuple[int, int]:
    """Return the fans of Keras. If both kinds of axes are given, other axes are not counted."""
    if input_axes is None or output_axes is None:
        return fans(shape, "keras")
    return (
        math.prod(shape[axis] for axis in input_axes),
        math.prod(shape[axis] for axis in output_axes),
    )


class Scaled(Filled):
    """The base class of the variance-scaling classes, which computes the distribution from fans."""

    scale: float
    mode: Any
    distribution: Any
    input_axes: Sequence[int] | None
    output_axes: Sequence[int] | None

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        of_shape = _fans(shape, self.input_axes, self.output_axes)
        chosen = fan_schemes.variance_scaling(*of_shape, self.scale, self.mode, self.distribution)
        return drawn(shape, dtype, chosen)


@_registered
class VarianceScaling(Scaled, stock.VarianceScaling):  # type: ignore[misc]
    """A distribution with mean 0 and variance scale / fan.

    Parameters
    ----------
    scale : float, default 1.0
        The factor of the variance, above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
        The fan.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}, default "truncated_normal"
        The distribution. ``"normal"`` means ``"truncated_normal"``.
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, if Keras has these parameters. If both are given,
        other axes are not counted.

    Examples
    --------
    >>> init = fastinit.keras.initializers.VarianceScaling(2.0, "fan_in", "uniform", seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-1.1920094 , -0.30078578, -0.5456903 ],
           [-1.7204303 ,  1.3639816 ,  0.6766275 ]], dtype=float32)
    """


@_registered
class GlorotUniform(Scaled, stock.GlorotUniform):  # type: ignore[misc]
    """The uniform distribution with variance 2 / (fan_in + fan_out), also called Xavier uniform.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.GlorotUniform(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.753893  , -0.19023359, -0.34512484],
           [-1.0880957 ,  0.8626578 ,  0.4279369 ]], dtype=float32)
    """


@_registered
class GlorotNormal(Scaled, stock.GlorotNormal):  # type: ignore[misc]
    """The truncated normal with variance 2 / (fan_in + fan_out), also called Xavier normal.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.GlorotNormal(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.17539142,  0.7871951 ,  0.4297664 ],
           [ 0.18342774,  1.1879473 , -0.24171823]], dtype=float32)
    """


@_registered
class LecunUniform(Scaled, stock.LecunUniform):  # type: ignore[misc]
    """The uniform distribution with variance 1 / fan_in.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.LecunUniform(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.8428781 , -0.21268761, -0.38586128],
           [-1.2165279 ,  0.96448076,  0.4784479 ]], dtype=float32)
    """


@_registered
class LecunNormal(Scaled, stock.LecunNormal):  # type: ignore[misc]
    """The truncated normal distribution with variance 1 / fan_in.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.LecunNormal(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.19609356,  0.88011086,  0.48049343],
           [ 0.20507845,  1.3281654 , -0.27024922]], dtype=float32)
    """


@_registered
class HeUniform(Scaled, stock.HeUniform):  # type: ignore[misc]
    """The uniform distribution with variance 2 / fan_in, also called Kaiming uniform.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.HeUniform(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-1.1920094 , -0.30078578, -0.5456903 ],
           [-1.7204303 ,  1.3639816 ,  0.6766275 ]], dtype=float32)
    """


@_registered
class HeNormal(Scaled, stock.HeNormal):  # type: ignore[misc]
    """The truncated normal distribution with variance 2 / fan_in, also called Kaiming normal.

    Parameters
    ----------
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.
    input_axes, output_axes : sequence of int, optional
        The axes of the inputs and of the outputs, as in `VarianceScaling`.

    Examples
    --------
    >>> init = fastinit.keras.initializers.HeNormal(seed=0)
    >>> keras.ops.convert_to_numpy(init((2, 3)))
    array([[-0.27731818,  1.2446647 ,  0.6795203 ],
           [ 0.29002473,  1.8783096 , -0.38219008]], dtype=float32)
    """


@_registered
class Orthogonal(Filled, stock.Orthogonal):  # type: ignore[misc]
    """A uniformly distributed orthogonal matrix times `gain`.

    The last axis is the axis of the columns, and all other axes together are the rows. If there are
    fewer columns than rows, the columns are orthonormal; otherwise the rows are.

    Parameters
    ----------
    gain : float, default 1.0
        The factor.
    seed : int or keras.random.SeedGenerator, optional
        An integer gives the same values at every call. By default, Keras draws an integer.

    Examples
    --------
    >>> matrix = fastinit.keras.initializers.Orthogonal(seed=0)((5, 3))
    >>> matrix = keras.ops.convert_to_numpy(matrix)
    >>> bool(np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-6))
    True
    """

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        check_is_matrix(shape)
        gain = as_value(self.gain, "gain", dtype)
        return StructuredValues(shape, dtype, partial(orthogonal_, gain=gain, layout="keras"))


random_normal = RandomNormal
truncated_normal = TruncatedNormal
random_uniform = RandomUniform
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
he_uniform = HeUniform
he_normal = HeNormal
orthogonal = OrthogonalInitializer = Orthogonal

#: The random classes, by every name that Keras has for them.
BY_NAME: dict[str, type[Filled]] = {
    name: value
    for name, value in dict(globals()).items()
    if isinstance(value, type) and issubclass(value, Filled) and hasattr(stock, name)
} | {"normal": RandomNormal, "uniform": RandomUniform}

#: The random classes, by the classes of Keras that they replace.
BY_STOCK_CLASS: dict[type, type[Filled]] = {
    each.__bases__[-1]: each for each in set(BY_NAME.values())
}

#: The classes that draw no random numbers.
CONSTANT = (Constant, Identity, Ones, STFT, Zeros)


def rerouted(initializer: Any) -> Any:
    """Return a random initializer of Keras as one of fastinit with the same arguments and seed.

    Everything else, and an object of a subclass, is returned as it is.
    """
    kind = BY_STOCK_CLASS.get(type(initializer))
    if kind is None:
        return initializer
    mine = kind.__new__(kind)
    mine.__dict__.update(initializer.__dict__)
    return mine


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer of a configuration, like `keras.initializers.deserialize`.

    Parameters
    ----------
    config : dict or str
        What `serialize` returned, or a name.
    custom_objects : dict, optional
        Further classes or functions by name.

    Returns
    -------
    keras.initializers.Initializer or None
        None for None. An unknown name is returned unchanged.

    Raises
    ------
    ValueError
        The errors of Keras.

    Examples
    --------
    >>> saved = fastinit.keras.initializers.serialize(fastinit.keras.initializers.HeNormal(seed=0))
    >>> type(fastinit.keras.initializers.deserialize(saved)) is fastinit.keras.initializers.HeNormal
    True
    """
    return stock.deserialize(config, custom_objects=BY_NAME | (custom_objects or {}))


def get(identifier: Any) -> Any:
    """Return the initializer for a name, a configuration or an object, like `get` of Keras.

    Parameters
    ----------
    identifier : str, dict, callable or None
        A name, a configuration, or an object.

    Returns
    -------
    callable or None
        The initializer. None for None.

    Raises
    ------
    ValueError
        If there is no such initializer.

    Examples
    --------
    >>> init = fastinit.keras.initializers.get("he_normal")
    >>> isinstance(init, fastinit.keras.initializers.HeNormal)
    True
    """
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    # `deserialize` returns an unknown name unchanged; Keras then raises its error.
    return stock.get(deserialize(identifier) if isinstance(identifier, dict) else identifier)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]
