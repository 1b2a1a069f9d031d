"""Flax (linen and nnx), Haiku and Equinox: their layers, with fastinit's initializers for JAX's."""

from __future__ import annotations

import equinox as eqx
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from flax import linen, nnx

import fastinit.jax
from tests.real.construction import SEEDS, compare

DRAWS = ("bits", "normal", "orthogonal", "truncated_normal", "uniform")

PICTURES = jnp.ones((2, 8, 8, 6))
ROWS = jnp.ones((2, 5, 24))
TOKENS = jnp.ones((2, 5), int)


class Stack(linen.Module):
    """Three layers as one, by `linen.scan`: their weights are drawn under `vmap`."""

    initializers: object

    @linen.compact
    def __call__(self, rows):
        class Layer(linen.Module):
            initializers: object

            @linen.compact
            def __call__(self, carry, _):
                return linen.Dense(24, kernel_init=self.initializers.he_normal())(carry), None

        scanned = linen.scan(
            Layer, variable_axes={"params": 0}, split_rngs={"params": True}, length=3
        )
        return scanned(self.initializers)(rows, None)[0]


#: Each takes a module of initializers, JAX's or ours, and returns a layer and its input.
LINEN = {
    "Dense": lambda init: (linen.Dense(48, kernel_init=init.lecun_normal(), bias_init=init.normal(0.1)), ROWS),
    "DenseGeneral": lambda init: (linen.DenseGeneral((4, 12), kernel_init=init.glorot_normal()), ROWS),
    "Conv": lambda init: (linen.Conv(16, (3, 3), kernel_init=init.he_normal()), PICTURES),
    "ConvTranspose": lambda init: (linen.ConvTranspose(16, (3, 3), kernel_init=init.he_uniform()), PICTURES),
    "ConvLocal": lambda init: (linen.ConvLocal(4, (3, 3), kernel_init=init.lecun_uniform()), PICTURES),
    "Embed": lambda init: (
        linen.Embed(60, 16, embedding_init=init.variance_scaling(1.0, "fan_in", "normal", out_axis=0)), TOKENS,
    ),
    "MultiHeadDotProductAttention": lambda init: (
        linen.MultiHeadDotProductAttention(4, kernel_init=init.xavier_uniform()), ROWS,
    ),
    "RNN of LSTM cells": lambda init: (
        linen.RNN(linen.OptimizedLSTMCell(16, kernel_init=init.glorot_uniform(), recurrent_kernel_init=init.orthogonal())),
        ROWS,
    ),
    "scan": lambda init: (Stack(init), ROWS),
}  # fmt: skip

#: Each takes a module of initializers and nnx's random streams.
NNX = {
    "Linear": lambda init, rngs: nnx.Linear(24, 48, kernel_init=init.truncated_normal(0.02), rngs=rngs),
    "LinearGeneral": lambda init, rngs: nnx.LinearGeneral(24, (4, 12), kernel_init=init.glorot_normal(), rngs=rngs),
    "Einsum": lambda init, rngs: nnx.Einsum("abc,cde->abde", (24, 4, 12), kernel_init=init.uniform(0.1), rngs=rngs),
    "Conv": lambda init, rngs: nnx.Conv(6, 16, (3, 3), kernel_init=init.he_normal(), rngs=rngs),
    "Embed": lambda init, rngs: nnx.Embed(60, 16, embedding_init=init.normal(0.3), rngs=rngs),
    "MultiHeadAttention": lambda init, rngs: nnx.MultiHeadAttention(
        4, 24, kernel_init=init.xavier_uniform(), decode=False, rngs=rngs
    ),
    "LoRA": lambda init, rngs: nnx.LoRA(24, 8, 16, a_initializer=init.he_uniform(), rngs=rngs),
    "GRUCell": lambda init, rngs: nnx.GRUCell(
        24, 16, kernel_init=init.glorot_uniform(), recurrent_kernel_init=init.orthogonal(), rngs=rngs
    ),
}  # fmt: skip


def for_haiku(initializer):
    """Haiku's initializers take no key: they ask for the next."""
    return lambda shape, dtype: initializer(hk.next_rng_key(), shape, dtype)


#: Each takes a module of initializers, and is called in `hk.transform`.
HAIKU = {
    "MLP": lambda init: hk.nets.MLP([32, 16], w_init=for_haiku(init.truncated_normal(0.1)))(ROWS),
    "Conv2D": lambda init: hk.Conv2D(16, 3, w_init=for_haiku(init.he_normal()))(PICTURES),
    "Embed": lambda init: hk.Embed(60, 16, w_init=for_haiku(init.normal(0.2)))(TOKENS),
    "MultiHeadAttention": lambda init: hk.MultiHeadAttention(4, 8, w_init=for_haiku(init.glorot_uniform()))(
        ROWS, ROWS, ROWS
    ),
}  # fmt: skip


def redrawn(model, initializer, key):
    """Return an Equinox model with other weights in its linear layers: Equinox's own recipe."""

    def weights(tree):
        leaves = jax.tree.leaves(tree, is_leaf=lambda each: isinstance(each, eqx.nn.Linear))
        return [each.weight for each in leaves if isinstance(each, eqx.nn.Linear)]

    old = weights(model)
    keys = jax.random.split(key, len(old))
    new = [initializer(k, each.shape, each.dtype) for k, each in zip(keys, old, strict=True)]
    return eqx.tree_at(weights, model, new)


EQUINOX = {
    "MLP": lambda key: eqx.nn.MLP(24, 16, 32, 2, key=key),
    "MultiheadAttention": lambda key: eqx.nn.MultiheadAttention(4, 24, key=key),
}


def linen_tree(name, initializers, key):
    layer, given = LINEN[name](initializers)
    return jax.jit(layer.init)(key, given) if name == "scan" else layer.init(key, given)


def nnx_tree(name, initializers, key):
    return nnx.state(NNX[name](initializers, nnx.Rngs(key)), nnx.Param)


def haiku_tree(name, initializers, key):
    return hk.transform(lambda: HAIKU[name](initializers)).init(key)


def equinox_tree(name, initializers, key):
    model = EQUINOX[name](jax.random.key(0))  # its biases stay, and are constants
    initializer = initializers.he_normal(in_axis=-1, out_axis=-2)  # Equinox: (out, in)
    return eqx.filter(redrawn(model, initializer, key), eqx.is_array)


PROGRAMS = [
    pytest.param(make, name, id=f"{library}-{name}")
    for library, make, names in (
        ("linen", linen_tree, LINEN),
        ("nnx", nnx_tree, NNX),
        ("haiku", haiku_tree, HAIKU),
        ("equinox", equinox_tree, EQUINOX),
    )
    for name in names
]


def tensors(tree):
    return {
        jax.tree_util.keystr(path): torch.from_numpy(np.array(leaf))
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def refuse(*_, **__):
    raise AssertionError("JAX drew numbers itself")


@pytest.mark.parametrize(("make", "name"), PROGRAMS)
def test_construction(make, name, monkeypatch):
    theirs = [tensors(make(name, jax.nn.initializers, jax.random.key(seed))) for seed in SEEDS]
    if make is not equinox_tree:  # which draws weights of its own first
        for draw in DRAWS:
            monkeypatch.setattr(jax.random, draw, refuse)
    ours, again = (
        [tensors(make(name, fastinit.jax.initializers, jax.random.key(seed))) for seed in seeds]
        for seeds in (SEEDS, SEEDS[:1])
    )
    assert compare(theirs, ours, again[0]) > 100
