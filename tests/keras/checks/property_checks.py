"""Any arguments of `fastinit.keras.initializers`: configurations, fans and errors as Keras's."""

from __future__ import annotations

import math

import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from keras.src.initializers.random_initializers import compute_fans

import fastinit
import fastinit.keras
from fastinit.keras import initializers as ours
from tests.support.fuzzing import fuzz

stock = keras.initializers
FIXED = {  # scale, mode and distribution, as Keras's documentation has them
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
}
shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)
axes = st.none() | st.lists(st.integers(-1, 1), min_size=1, max_size=2, unique=True)


def made_by(module, name, arguments):
    """Return an initializer, or the type of the error."""
    try:
        return getattr(module, name)(**arguments)
    except (ValueError, TypeError) as error:
        return type(error)


@fuzz(60)
@given(st.data(), st.sampled_from(["VarianceScaling", *FIXED]), shapes, st.integers(0, 2**40))
def test_variance_scaling(data, name, shape, seed):
    arguments = {"seed": seed}
    scale, mode, distribution = FIXED.get(name) or (
        data.draw(st.sampled_from([0.5, 2, 0, -1])),
        data.draw(st.sampled_from(["fan_in", "fan_out", "fan_avg", "fan_geo_avg"])),
        data.draw(
            st.sampled_from(["uniform", "normal", "Truncated_Normal", "untruncated_normal", "x"])
        ),
    )
    if name == "VarianceScaling":
        arguments |= {"scale": scale, "mode": mode, "distribution": distribution}
    if len(shape) > 1:
        arguments |= {"input_axes": data.draw(axes), "output_axes": data.draw(axes)}
    mine, theirs = made_by(ours, name, arguments), made_by(stock, name, arguments)
    if isinstance(theirs, type):
        assert mine is theirs
        return
    assert mine.get_config() == theirs.get_config()
    again = ours.deserialize(ours.serialize(mine))
    assert type(again) is type(mine)
    assert again.get_config() == mine.get_config()

    fan_in, fan_out = compute_fans(shape, arguments.get("input_axes"), arguments.get("output_axes"))
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    variance = scale / max(1.0, fan)
    expected = fastinit.variance_scaling(
        shape,
        scale=variance,
        distribution={"normal": "truncated_normal"}.get(distribution.lower(), distribution.lower()),
        fan_in=1,
        fan_out=1,
        seed=seed,
    )
    for initializer in (mine, again):
        values = keras.ops.convert_to_numpy(initializer(shape))
        assert values.shape == shape
        assert np.allclose(values, expected, rtol=1e-6, atol=1e-6 * math.sqrt(variance))
