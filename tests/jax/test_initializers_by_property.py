"""Any arguments of `fastinit.jax.initializers`: shape, dtype and errors as those of JAX."""

from __future__ import annotations

import dataclasses
import math

import jax
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from jax._src.nn.initializers import _compute_fans

import fastinit
from fastinit.jax import initializers as ours
from tests.support.fuzzing import fuzz

stock = jax.nn.initializers
NAMES = {  # scale, mode and distribution, as JAX's documentation has them
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "glorot_normal": (1.0, "fan_avg", "truncated_normal"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "lecun_normal": (1.0, "fan_in", "truncated_normal"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "truncated_normal"),
}
axes = st.sampled_from([0, -1, -2, (0, 1), (-1,), 1])
shapes = st.sampled_from([(), (3,), (2, 3), (3, 2, 4), (1, 5, 3), (2, 1, 2, 3)])


def result(function):
    """Return what a call returns, and whether it is an error."""
    try:
        return function(), False
    except (ValueError, TypeError, IndexError, ZeroDivisionError):
        return None, True


def parameters(shape, scale, mode, distribution, by_axes):
    """The variance that JAX computes, as arguments of a fill."""
    fan_in, fan_out = _compute_fans(shape, **by_axes)
    fan = {
        "fan_in": fan_in,
        "fan_out": fan_out,
        "fan_avg": (fan_in + fan_out) / 2,
        "fan_geo_avg": (fan_in * fan_out) ** 0.5,
    }[mode]
    std = math.sqrt(scale / fan)
    if distribution == "uniform":
        limit = math.sqrt(3 * scale / fan)
        return fastinit.Uniform(-limit, limit)
    if distribution == "normal":
        return fastinit.Normal(0.0, std)
    parent = std / 0.87962566103423978
    return fastinit.TruncatedNormal(0.0, parent, -2 * parent, 2 * parent)


@fuzz(60)
@given(
    st.data(),
    st.sampled_from(["variance_scaling", *NAMES]),
    shapes,
    st.sampled_from(["float32", "bfloat16", "float16"]),
    st.integers(0, 2**31),
)
def test_variance_scaling(data, name, shape, dtype, seed):
    by_axes = {}
    for each in ("in_axis", "out_axis"):
        if data.draw(st.booleans()):
            by_axes[each] = data.draw(axes)
    if len(shape) > 2 and not by_axes and data.draw(st.booleans()):
        by_axes["batch_axis"] = data.draw(st.sampled_from([0, (0,)]))
    arguments = NAMES.get(name) or (
        data.draw(st.sampled_from([0.5, 1.0, 3])),
        data.draw(st.sampled_from(["fan_in", "fan_out", "fan_avg", "fan_geo_avg", "fan_sum"])),
        data.draw(st.sampled_from(["uniform", "normal", "truncated_normal", "cauchy"])),
    )
    given_arguments = arguments if name == "variance_scaling" else ()
    key = jax.random.key(seed)
    theirs, is_error = result(
        lambda: jax.eval_shape(
            lambda: getattr(stock, name)(*given_arguments, **by_axes)(key, shape, dtype)
        )
    )
    made, refused = result(
        lambda: getattr(ours, name)(*given_arguments, **by_axes)(key, shape, dtype)
    )
    assert refused or not is_error
    if refused:
        # fastinit also refuses an axis that is given twice or does not exist.
        assert is_error or name == "variance_scaling" or by_axes
        return
    assert (made.shape, made.dtype) == (theirs.shape, theirs.dtype)
    law = parameters(shape, *arguments, by_axes)
    fill = getattr(fastinit, law.function)
    expected = fill(shape, *dataclasses.astuple(law), dtype=dtype, seed=seed, stream=0)
    rounding = 1e-6 if dtype == "float32" else 1e-2  # the variance may differ in its last digit
    values = (np.asarray(each, np.float64) for each in (made, expected))
    assert np.allclose(*values, rtol=rounding, atol=1e-6)
