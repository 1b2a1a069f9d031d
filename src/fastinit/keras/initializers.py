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
from fastinit._memory.arrays import as_shape
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes import schemes
from fastinit._schemes.deterministic import as_value
from fastinit._schemes.fans import fans
from fastinit._schemes.orthogonal import orthogonal_
from fastinit._schemes.values import DrawnValues, StructuredValues, Values, drawn
from fastinit._support.extras import require

from .tensors import dtype_of, make

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
FEWEST_AXES = 2


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

    def __call__(self, shape: Sequence[int], dtype: Any = None, layout: Any = None) -> Any:
        """Return a tensor of the backend.

        Parameters
        ----------
        shape : sequence of int
            The shape of the whole weight.
        dtype : str, optional
            The dtype, by default ``keras.config.floatx()``.
        layout : keras.distribution.TensorLayout or a layout of the backend, optional
            How the tensor is sharded over devices.
        """
        name = keras.backend.standardize_dtype(dtype)
        if name not in FLOAT_DTYPES:
            return super().__call__(shape, dtype=dtype)  # type: ignore[misc]
        values = self._values(as_shape(shape), dtype_of(name))
        return make(values, self.seed, layout)

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        raise NotImplementedError


@_registered
class RandomNormal(Filled, stock.RandomNormal):  # type: ignore[misc]
    """The normal distribution: ``RandomNormal(mean=0.0, stddev=0.05, seed=None)``."""

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        law = kernel_arguments.normal(self.mean, self.stddev, dtype, ("mean", "stddev"))
        return DrawnValues(shape, dtype, law)


@_registered
class TruncatedNormal(Filled, stock.TruncatedNormal):  # type: ignore[misc]
    """The normal distribution, truncated at two standard deviations from the mean.

    ``TruncatedNormal(mean=0.0, stddev=0.05, seed=None)``. `stddev` is the standard deviation before
    truncation.
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

    ``RandomUniform(minval=-0.05, maxval=0.05, seed=None)``.
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
        chosen = schemes.variance_scaling(*of_shape, self.scale, self.mode, self.distribution)
        return drawn(shape, dtype, chosen)


@_registered
class VarianceScaling(Scaled, stock.VarianceScaling):  # type: ignore[misc]
    """A distribution with mean 0 and variance scale / fan.

    ``VarianceScaling(scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None,
    input_axes=None, output_axes=None)``.
    """


@_registered
class GlorotUniform(Scaled, stock.GlorotUniform):  # type: ignore[misc]
    """The uniform distribution with variance 2 / (fan_in + fan_out), also called Xavier uniform."""


@_registered
class GlorotNormal(Scaled, stock.GlorotNormal):  # type: ignore[misc]
    """The truncated normal with variance 2 / (fan_in + fan_out), also called Xavier normal."""


@_registered
class LecunUniform(Scaled, stock.LecunUniform):  # type: ignore[misc]
    """The uniform distribution with variance 1 / fan_in."""


@_registered
class LecunNormal(Scaled, stock.LecunNormal):  # type: ignore[misc]
    """The truncated normal distribution with variance 1 / fan_in."""


@_registered
class HeUniform(Scaled, stock.HeUniform):  # type: ignore[misc]
    """The uniform distribution with variance 2 / fan_in, also called Kaiming uniform."""


@_registered
class HeNormal(Scaled, stock.HeNormal):  # type: ignore[misc]
    """The truncated normal distribution with variance 2 / fan_in, also called Kaiming normal."""


@_registered
class Orthogonal(Filled, stock.Orthogonal):  # type: ignore[misc]
    """A uniformly distributed orthogonal matrix times `gain`: ``Orthogonal(gain=1.0, seed=None)``.

    The last axis is the axis of the columns, and all other axes together are the rows. If there are
    fewer columns than rows, the columns are orthonormal; otherwise the rows are.
    """

    def _values(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Values:
        if len(shape) < FEWEST_AXES:
            raise ValueError(f"the shape must have two or more axes, got {shape}")
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


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer of a configuration, like `keras.initializers.deserialize`."""
    return stock.deserialize(config, custom_objects=BY_NAME | (custom_objects or {}))


def get(identifier: Any) -> Any:
    """Return the initializer for a name, a configuration or an object, like `get` of Keras."""
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    # `deserialize` returns an unknown name unchanged; Keras then raises its error.
    return stock.get(deserialize(identifier) if isinstance(identifier, dict) else identifier)
