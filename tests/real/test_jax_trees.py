"""`init_tree` for models of Flax (linen and NNX), Haiku and Equinox, as their libraries make them."""

from __future__ import annotations

import equinox as eqx
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx

import fastinit
from fastinit.jax import init_tree

PICTURES, ROWS, TOKENS = jnp.ones((2, 8, 8, 6)), jnp.ones((2, 5, 24)), jnp.ones((2, 5), int)
KEY = jax.random.key(0)

#: What the libraries do by default, as schemes: of linen and NNX, of Haiku, of Equinox.
LECUN = {"scheme": "lecun_normal", "truncated": True}
#: Haiku truncates at two standard deviations and does not make up for it.
NARROWER = {"scheme": "variance_scaling", "scale": 0.87962566**2}
THIRD = {"scheme": "variance_scaling", "scale": 1 / 3, "distribution": "uniform"}
FLAX = {
    "*embedding": {"scheme": "variance_scaling", "distribution": "normal"},
    "*kernel": LECUN,
    "*scale": 1,
    "*": 0,
}
HAIKU = {"*embeddings": fastinit.TruncatedNormal(), "*w": NARROWER, "*scale": 1, "*": 0}
EQUINOX = {
    "*embedding/weight": fastinit.Normal(),
    "*norm/weight": 1,
    "*weight": THIRD,
    "*bias": None,
}


class Network(linen.Module):
    """Layers of all kinds of axes."""

    @linen.compact
    def __call__(self, pictures, tokens):
        x = linen.ConvTranspose(16, (3, 3))(linen.Conv(24, (3, 3))(pictures)).reshape(2, 64, 16)
        x = linen.LayerNorm()(linen.DenseGeneral((4, 6))(x).reshape(2, 64, 24))
        return linen.MultiHeadDotProductAttention(4)(x, linen.Embed(200, 24)(tokens))


class NnxNetwork(nnx.Module):
    """The same with NNX."""

    def __init__(self, rngs):
        self.convolution = nnx.Conv(6, 24, (3, 3), rngs=rngs)
        self.layers = nnx.List(
            [nnx.LinearGeneral(24, (4, 6), rngs=rngs), nnx.Linear(24, 24, rngs=rngs)]
        )
        self.norm = nnx.LayerNorm(24, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)
        self.embed = nnx.Embed(200, 24, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(4, 24, decode=False, rngs=rngs)

    def __call__(self, pictures, tokens):
        x = self.layers[0](self.convolution(pictures)).reshape(2, 64, 24)
        return self.attention(self.norm(self.layers[1](x)), self.embed(tokens))


def haiku_network(pictures, tokens):
    x = hk.Conv2DTranspose(16, 3)(hk.Conv2D(24, 3)(pictures)).reshape(2, 64, 16)
    x = hk.LayerNorm(-1, create_scale=True, create_offset=True)(hk.Linear(24)(x))
    return hk.MultiHeadAttention(4, 6, w_init=hk.initializers.VarianceScaling(NARROWER["scale"]))(
        x, hk.Embed(200, 24)(tokens), hk.Embed(200, 24)(tokens)
    )


class EquinoxNetwork(eqx.Module):
    convolution: eqx.nn.Conv2d
    layers: list
    norm: eqx.nn.LayerNorm
    embedding: eqx.nn.Embedding
    attention: eqx.nn.MultiheadAttention

    def __init__(self, key):
        keys = jax.random.split(key, 4)
        self.convolution = eqx.nn.Conv2d(6, 24, 3, key=keys[0])
        self.layers = [
            eqx.nn.Linear(24, 48, key=keys[1]),
            jax.nn.relu,
            eqx.nn.MLP(48, 24, 32, 2, key=keys[1]),
        ]
        self.norm = eqx.nn.LayerNorm(24)
        self.embedding = eqx.nn.Embedding(200, 24, key=keys[2])
        self.attention = eqx.nn.MultiheadAttention(4, 24, key=keys[3])


def linen_trees():
    init = Network().init
    return jax.eval_shape(init, KEY, PICTURES, TOKENS), init(KEY, PICTURES, TOKENS), FLAX


def nnx_trees():
    abstract = nnx.eval_shape(lambda: NnxNetwork(nnx.Rngs(0)))
    return nnx.state(abstract, nnx.Param), nnx.state(NnxNetwork(nnx.Rngs(0)), nnx.Param), FLAX


def haiku_trees():
    init = hk.transform(haiku_network).init
    return jax.eval_shape(init, KEY, PICTURES, TOKENS), init(KEY, PICTURES, TOKENS), HAIKU


def equinox_trees():
    return eqx.filter_eval_shape(EquinoxNetwork, KEY), EquinoxNetwork(KEY), EQUINOX


@pytest.mark.parametrize("trees", [linen_trees, nnx_trees, haiku_trees, equinox_trees])
def test_the_distributions_of_the_library(trees):
    """The library's defaults as schemes give the library's standard deviations: the axes are right."""
    abstract, theirs, schemes = trees()
    ours = init_tree(abstract, 7, schemes)
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    compared = 0
    for made, own in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        if isinstance(made, jax.Array):
            assert (made.shape, made.dtype) == (own.shape, own.dtype)
            spread = np.asarray(own).std()
            # Up to six standard errors of both standard deviations.
            assert np.asarray(made).std() == pytest.approx(spread, rel=6 / made.size**0.5), (
                made.shape
            )
            compared += bool(spread > 0)
    assert compared >= 7


def test_models_run():
    abstract, _, _ = linen_trees()
    assert Network().apply(init_tree(abstract, 7, FLAX), PICTURES, TOKENS).shape == (2, 64, 24)
    abstract, _, _ = haiku_trees()
    run = hk.without_apply_rng(hk.transform(haiku_network)).apply
    assert run(init_tree(abstract, 7, HAIKU), PICTURES, TOKENS).shape == (2, 64, 24)


def test_nnx_modules_and_states():
    abstract = nnx.eval_shape(lambda: NnxNetwork(nnx.Rngs(0)))
    whole = init_tree(abstract, 7, FLAX)
    assert whole(PICTURES, TOKENS).shape == (2, 64, 24)
    graph, state = nnx.split(abstract)
    merged = nnx.merge(graph, init_tree(state, 7, FLAX))
    pure = init_tree(nnx.to_pure_dict(state), 7, FLAX)
    expected = fastinit.lecun_normal(
        (24, 24), seed=7, stream="layers/1/kernel", layout="keras", truncated=True
    )
    for kernel in (whole.layers[1].kernel, merged.layers[1].kernel, pure["layers"][1]["kernel"]):
        assert np.asarray(kernel).tobytes() == expected.tobytes()
    # A dropout's key is not the weights' business.
    assert isinstance(pure["dropout"]["rngs"]["key"], jax.ShapeDtypeStruct)


def test_equinox_keeps_what_is_no_array():
    made = init_tree(eqx.filter_eval_shape(EquinoxNetwork, KEY), 7, EQUINOX | {"*bias": 0})
    assert made.layers[1] is jax.nn.relu
    assert made.layers[2](made.layers[0](jnp.ones(24))).shape == (24,)
    expected = fastinit.variance_scaling(
        (24, 6, 3, 3), scale=1 / 3, distribution="uniform", seed=7, stream="convolution/weight"
    )
    assert np.asarray(made.convolution.weight).tobytes() == expected.tobytes()
