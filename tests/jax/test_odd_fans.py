"""`fastinit.jax.initializers` for odd sums of fans, and for shapes without elements."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest

from fastinit.jax import initializers as ours

pytestmark = pytest.mark.once


@pytest.mark.parametrize("shape", [(31, 20), (20, 31)])
def test_limits_for_odd_fans(shape):
    """The largest of 620 values is within 0.8 % of the limit; the fans differ by more."""
    inputs, outputs = shape
    for mode, fan in {
        "fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2,
        "fan_geo_avg": math.sqrt(inputs * outputs),
    }.items():  # fmt: skip
        limit = math.sqrt(3 * 0.7 / fan)
        values = np.asarray(ours.variance_scaling(0.7, mode, "uniform")(jax.random.key(3), shape))
        theirs = jax.nn.initializers.variance_scaling(0.7, mode, "uniform")
        for each in (values, np.asarray(theirs(jax.random.key(3), shape))):
            assert 0.992 * limit < abs(each).max() <= limit * (1 + 2.0**-23)


@pytest.mark.parametrize("name", ["uniform", "normal", "glorot_uniform", "he_normal", "orthogonal"])
def test_shapes_without_elements_are_filled(name):
    """JAX's own fans divide by zero here."""
    for shape in ((0, 5), (5, 0), (3, 0, 2)):
        found = getattr(ours, name)()(jax.random.key(1), shape)
        assert (found.shape, found.dtype) == (shape, np.float32)
