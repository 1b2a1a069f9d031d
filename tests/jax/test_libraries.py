"""Haiku and Equinox, unmodified: their layers with our initialisers, beside their own."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fastinit.jax import initializers as ours

hk = pytest.importorskip("haiku", reason="pip install dm-haiku")
eqx = pytest.importorskip("equinox", reason="pip install equinox")

KEY = jax.random.key(7)


def with_hk_key(init):
    """Return a Haiku initializer, as docs/jax.md shows."""
    return lambda shape, dtype: init(hk.next_rng_key(), shape, dtype)


OF_HAIKU = {
    "he_normal": ("VarianceScaling", (2.0, "fan_in", "truncated_normal")),
    "lecun_normal": ("VarianceScaling", (1.0, "fan_in", "truncated_normal")),
    "glorot_uniform": ("VarianceScaling", (1.0, "fan_avg", "uniform")),
    "he_uniform": ("VarianceScaling", (2.0, "fan_in", "uniform")),
}
LAYERS = {
    "linear": (lambda w: hk.Linear(300, w_init=w), (1, 200)),
    "conv2_d": (lambda w: hk.Conv2D(100, 3, w_init=w), (1, 8, 8, 40)),
}


@pytest.mark.slow
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", OF_HAIKU)
def test_haiku(name, layer):
    kind, options = OF_HAIKU[name]
    build, shape = LAYERS[layer]

    def weight(initializer):
        def network(x):
            return build(initializer)(x)

        init = hk.transform(network).init
        at_once, jitted = (f(KEY, jnp.ones(shape))[layer]["w"] for f in (init, jax.jit(init)))
        assert np.array_equal(at_once, jitted)
        return np.asarray(at_once)

    made = weight(with_hk_key(getattr(ours, name)()))
    theirs = weight(getattr(hk.initializers, kind)(*options))
    # 36,000 values and more: five standard errors of a standard deviation.
    assert made.std() == pytest.approx(theirs.std(), rel=0.02)
    assert np.abs(made).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)


def test_haiku_layers_differ():
    def network(x):
        for _ in range(2):
            x = hk.Linear(20, w_init=with_hk_key(ours.he_normal()))(x)
        return x

    params = hk.transform(network).init(KEY, jnp.ones((1, 20)))
    assert not np.array_equal(params["linear"]["w"], params["linear_1"]["w"])


@pytest.mark.parametrize(
    ("build", "axes"),
    [
        (lambda: eqx.nn.Linear(700, 60, key=KEY), {"in_axis": -1, "out_axis": -2}),
        (lambda: eqx.nn.Conv2d(40, 100, 3, key=KEY), {"in_axis": 1, "out_axis": 0}),
    ],
)
def test_equinox(build, axes):
    """Equinox's own is uniform on 1/sqrt(fan_in): scale 1/3."""
    layer = build()
    init = ours.variance_scaling(1 / 3, "fan_in", "uniform", **axes)
    made = np.asarray(init(KEY, layer.weight.shape, layer.weight.dtype))
    assert made.std() == pytest.approx(np.asarray(layer.weight).std(), rel=0.02)
    assert np.abs(made).max() == pytest.approx(np.abs(layer.weight).max(), rel=0.01)
    replaced = eqx.tree_at(lambda each: each.weight, layer, jnp.asarray(made))
    assert np.array_equal(replaced.weight, made)


def test_equinox_models_of_many_keys():
    """`filter_vmap` over keys: an ensemble, each member with values of its own."""

    @eqx.filter_vmap
    def member(key):
        layer = eqx.nn.Linear(5, 7, key=key)
        weight = ours.he_normal(in_axis=-1, out_axis=-2)(key, layer.weight.shape)
        return eqx.tree_at(lambda each: each.weight, layer, weight)

    keys = jax.random.split(KEY, 3)
    weights = np.asarray(member(keys).weight)
    init = ours.he_normal(in_axis=-1, out_axis=-2)
    assert np.array_equal(weights, np.stack([init(key, (7, 5)) for key in keys]))
