"""`fastinit.jax.init_tree`: any tree of JAX, by the names of its leaves."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import fastinit
import fastinit.jax
from fastinit.jax import init_tree

pytestmark = pytest.mark.once

F32, BF16 = jnp.float32, jnp.bfloat16


def abstract(*shape, dtype=F32, **more):
    return jax.ShapeDtypeStruct(shape, dtype, **more)


class Cell(NamedTuple):
    kernel: object
    bias: object


def tree():
    return {
        "dense": {"kernel": abstract(6, 5), "bias": abstract(5)},
        "cells": [Cell(abstract(5, 4, dtype=BF16), abstract(4, dtype=BF16)), Cell(abstract(4, 3), abstract(3))],
    }  # fmt: skip


SCHEMES = {"*kernel": "he_normal", "*bias": "zeros"}
SINGLE = jax.sharding.SingleDeviceSharding(jax.devices()[0])


def weight(shape, name, scheme="he_normal", seed=7, **more):
    return np.asarray(fastinit.Weight(shape, scheme, seed=seed, name=name, **more))


def same(array, expected):
    return (
        isinstance(array, jax.Array)
        and array.dtype == expected.dtype
        and array.shape == expected.shape
        and np.asarray(array).tobytes() == expected.tobytes()
    )


def test_each_leaf_is_the_weight_of_its_name():
    made = init_tree(tree(), 7, SCHEMES)
    assert same(made["dense"]["kernel"], weight((6, 5), "dense/kernel", layout="keras"))
    first, second = made["cells"]
    assert isinstance(first, Cell)
    assert same(first.kernel, weight((5, 4), "cells/0/kernel", layout="keras", dtype=BF16))
    assert same(second.kernel, weight((4, 3), "cells/1/kernel", layout="keras"))
    assert same(first.bias, np.zeros(4, BF16))


def test_other_leaves_do_not_change_values():
    alone = init_tree({"cells": [None, {"kernel": abstract(4, 3)}]}, 7, "he_normal")
    assert same(
        alone["cells"][1]["kernel"], np.asarray(init_tree(tree(), 7, SCHEMES)["cells"][1].kernel)
    )


def test_seed_and_name_change_values():
    made = [
        np.asarray(init_tree({name: abstract(6, 5)}, seed, "he_normal")[name]).tobytes()
        for name in "ab"
        for seed in (0, 1)
    ]
    assert len(set(made)) == 4


def test_a_part_with_a_prefix_has_the_values_of_the_whole():
    whole = init_tree({"params": tree()}, 7, SCHEMES)["params"]
    for prefix in ("params", "params/"):
        part = init_tree(tree(), 7, SCHEMES, prefix=prefix)
        assert jax.tree.all(jax.tree.map(lambda a, b: same(a, np.asarray(b)), part, whole))
    single = init_tree(abstract(6, 5), 7, "he_normal", prefix="params/dense/kernel")
    assert same(single, np.asarray(whole["dense"]["kernel"]))


@pytest.mark.parametrize(
    "seed",
    [
        7,
        np.int64(7),
        jnp.int32(7),
        fastinit.default_rng(7),
        jax.random.key(7),
        jax.random.PRNGKey(7),
    ],
)
def test_seeds(seed):
    made = init_tree({"w": abstract(6, 5)}, seed, "he_normal")["w"]
    assert same(made, weight((6, 5), "w", layout="keras"))


def test_arrays_are_replaced():
    given = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), tree())
    for concrete in (given, jax.tree.map(np.asarray, given)):
        made = init_tree(concrete, 7, SCHEMES)
        expected = init_tree(tree(), 7, SCHEMES)
        assert jax.tree.all(jax.tree.map(lambda a, b: same(a, np.asarray(b)), made, expected))


@pytest.mark.parametrize(
    ("scheme", "function"),
    [
        ("orthogonal", lambda: fastinit.orthogonal((6, 5), seed=7, stream="w", layout="keras")),
        ({"scheme": "orthogonal", "gain": 2.0, "layout": "torch"},
         lambda: fastinit.orthogonal((6, 5), seed=7, stream="w", gain=2.0)),
        ({"scheme": "sparse", "sparsity": 0.5}, lambda: fastinit.sparse((6, 5), 0.5, seed=7, stream="w")),
        ({"scheme": "orthogonal", "parts": 5},
         lambda: fastinit.orthogonal((6, 5), seed=7, stream="w", layout="keras", parts=5)),
        ("identity_plus_noise", lambda: fastinit.identity_plus_noise((6, 5), seed=7, stream="w")),
        ("identity_hadamard", lambda: fastinit.identity_hadamard((6, 5), layout="keras")),
        ("eye", lambda: fastinit.eye((6, 5))),
        (0.25, lambda: np.full((6, 5), 0.25, np.float32)),
        (fastinit.Uniform(1, 2), lambda: weight((6, 5), "w", fastinit.Uniform(1, 2))),
        ({"scheme": "he_normal", "in_axis": 1, "out_axis": 0}, lambda: weight((6, 5), "w")),
        ({"scheme": "he_normal", "layout": "torch"}, lambda: weight((6, 5), "w")),
        ({"scheme": "he_normal", "padding_idx": 2}, lambda: weight((6, 5), "w", layout="keras", padding_idx=2)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sharding", [None, SINGLE])
def test_schemes(scheme, function, sharding):
    assert same(init_tree({"w": abstract(6, 5)}, 7, scheme, sharding)["w"], function())


def test_stacked_layers_have_the_fans_of_one():
    scheme = {"scheme": "he_normal", "batch_axis": 0}
    made = init_tree({"kernel": abstract(50, 40, 30)}, 7, scheme)["kernel"]
    assert same(made, weight((50, 40, 30), "kernel", layout="keras", batch_axis=0))
    assert np.asarray(made).std() == pytest.approx((2 / 40) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("scheme", "std"),
    [
        ("embedding_normal", 4**-0.5),
        ({"scheme": "depth_scaled", "layers": 8}, 0.005),
        ({"scheme": "glorot_normal", "parts": 2}, 0.5),
    ],
)
def test_schemes_that_do_not_read_fans_or_read_those_of_a_part(scheme, std):
    made = init_tree(
        {"kernel": abstract(4, 8) if "parts" in scheme else abstract(9, 4)}, 7, scheme
    )["kernel"]
    assert same(made, weight(made.shape, "kernel", fastinit.Normal(0, std)))


def test_what_is_no_array_of_floats_stays():
    key, step = jax.random.key(3), jnp.array(5)
    rest = {"key": key, "step": step, "n": None, "f": jax.nn.relu, "p": 0.1, "s": "x", "q": np.float32(2),
            "later": abstract(dtype=jnp.int32)}  # fmt: skip
    made = init_tree({"w": abstract(6, 5), **rest}, 7, {"w": "he_normal"})
    assert {name: made[name] for name in rest} == rest
    assert made["step"] is step
    assert isinstance(made["w"], jax.Array)


def test_none_leaves_what_matches():
    kept = jnp.ones(3)
    made = init_tree(
        {"w": abstract(6, 5), "scale": kept, "step": np.array(4)}, 7, {"s*": None, "w": 1}
    )
    assert made["scale"] is kept
    assert made["step"] == 4


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "int4"])
def test_integers_take_a_number_of_their_own(dtype):
    leaves = {"count": abstract(2, dtype=dtype), "w": abstract(6, 5)}
    made = init_tree(leaves, 7, {"count": 1, "w": "zeros"})
    assert same(made["count"], np.ones(2, dtype))
    assert init_tree(leaves, 7, {"*": "zeros"})["count"] is leaves["count"]


def test_leaves_keep_their_shardings():
    placed = abstract(6, 5, sharding=SINGLE)
    assert init_tree({"w": placed}, 7, "he_normal")["w"].sharding == SINGLE
    committed = jax.device_put(jnp.ones((6, 5)), SINGLE)
    assert init_tree({"w": committed}, 7, "he_normal")["w"].committed
    assert not init_tree({"w": jnp.ones((6, 5))}, 7, "he_normal")["w"].committed


def test_trees_without_leaves():
    assert init_tree({}, 7, {}) == {}
    assert init_tree({"a": None}, 7, {}) == {"a": None}


def test_a_weight_without_elements_or_axes():
    made = init_tree(
        {"a": abstract(0, 3), "b": abstract()}, 7, {"a": "he_normal", "b": fastinit.Normal()}
    )
    assert made["a"].shape == (0, 3)
    assert same(made["b"], weight((), "b", fastinit.Normal()))


BAD = [
    (tree, {"*kernel": "he_normal"}, None, ValueError,
     (r"no pattern matches 3 leaves:\n  'cells/\*/bias': 2 leaves, such as 'cells/0/bias', bfloat16 of shape \(4,\)\n"
      r"  'dense/bias': a leaf, float32 of shape \(5,\)\nAdd each pattern")),
    (tree, SCHEMES | {"*/kernell": 1}, None, ValueError,
     r"pattern '\*/kernell' matches no leaf's name; .* did you mean '\*/kernel'"),
    (tree, SCHEMES | {"dense/*": 1}, None, ValueError, r"'dense/\*' has no effect, because patterns before it"),
    (tree, "he_normal", None, ValueError, r"leaf 'cells/0/bias': he_normal needs two or more axes"),
    (tree, "he_norml", None, ValueError, r"leaf 'cells/0/kernel': scheme must be one of .*he_normal'\?"),
    (tree, {"scheme": "he_normal", "gian": 1}, None, TypeError, "leaf 'cells/0/kernel': .*'gian'"),
    (tree, {"*": {"gain": 1}}, None, TypeError, "leaf 'cells/0/kernel': a dict of options needs a 'scheme'"),
    (tree, fastinit.Normal(0, 1e39), None, ValueError, r"leaf 'cells/0/kernel': .* bfloat16, .* std=1e\+39"),
    (tree, [1], None, TypeError, r"leaf 'cells/0/kernel': a scheme must be a name"),
    (tree, None, None, TypeError, "schemes must be a mapping"),
    (tree, SCHEMES, {"dense": SINGLE}, ValueError, "leaf 'cells/0/kernel': shardings has no entry for it"),
    (tree, SCHEMES, {"dense": SINGLE, "cells": None, "dens": SINGLE}, ValueError,
     "shardings has 'dens', but the tree has no such leaf; did you mean 'dense'"),
    (tree, SCHEMES, {"dense": {"kernel": SINGLE, "bias": "x"}, "cells": None}, TypeError,
     r"leaf 'dense/bias': its sharding must be a jax.sharding.Sharding, .* got str"),
    (tree, SCHEMES, jax.sharding.PartitionSpec(), ValueError,
     r"leaf 'cells/0/kernel' of shape \(5, 4\): the sharding .* has no devices: use it under jax.set_mesh"),
    (lambda: {"a": {"b": abstract(2)}, "a/b": abstract(2)}, "zeros", None, ValueError,
     "two leaves have the name 'a/b'"),
    (lambda: abstract(2), "zeros", None, ValueError, "single array, which has no name: give prefix="),
    (lambda: {"w": abstract(2, dtype="complex64")}, "zeros", None, TypeError, "leaf 'w': fastinit makes no complex64"),
    (lambda: {"w": np.ones(2)}, "zeros", None, ValueError, "leaf 'w': JAX has no float64 here"),
    (lambda: {"n": abstract(2, dtype="int32")}, "he_normal", None, TypeError, "leaf 'n': schemes are for floating"),
    (lambda: {"n": abstract(2, dtype="int32")}, 0.5, None, ValueError, "leaf 'n': int32 cannot hold 0.5"),
    (lambda: {"n": abstract(2, dtype="uint8")}, 256, None, ValueError, "leaf 'n': uint8 cannot hold 256"),
    (lambda: {"k": jax.random.key(0)}, 0, None, TypeError, "leaf 'k': schemes are for floating"),
]  # fmt: skip


def test_a_prefix_that_is_no_text():
    with pytest.raises(TypeError, match="prefix must be a string, got int"):
        init_tree({"w": abstract(2)}, 7, "zeros", prefix=3)


@pytest.mark.parametrize(("make", "schemes", "shardings", "kind", "message"), BAD)
def test_one_error_before_an_array_is_made(make, schemes, shardings, kind, message, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("an array was placed")

    monkeypatch.setattr("fastinit.jax.placing.jax.device_put", refuse)
    monkeypatch.setattr("fastinit.jax.placing.jax.make_array_from_callback", refuse)
    leaves = make()
    with pytest.raises(kind, match=f"(?s){message}"):
        init_tree(leaves, 7, schemes, shardings)


@pytest.mark.parametrize(
    ("seed", "kind", "message"),
    [
        (-1, ValueError, "seed"),
        (1.5, TypeError, "seed"),
        (None, TypeError, "seed"),
        (jax.random.key(0, impl="rbg"), ValueError, "the key has 4 words, but a seed has two"),
        (jax.random.split(jax.random.key(0)), ValueError, "single key"),
    ],
)
def test_bad_seeds(seed, kind, message):
    with pytest.raises(kind, match=message):
        init_tree(tree(), seed, SCHEMES)


TRANSFORMS = {
    "jit": lambda call: jax.jit(call)(1.0),
    "eval_shape": lambda call: jax.eval_shape(call, 1.0),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_traced_call_says_what_to_do(transform):
    def call(_):
        return init_tree(tree(), 7, SCHEMES)

    with pytest.raises(TypeError, match=r"outside, or use fastinit\.jax\.initializers inside"):
        transform(call)


AXES = {
    "convolution": ({"kernel": (3, 3, 8, 16), "bias": (16,)}, {"kernel": (72, 144)}),
    "convolution without a bias": ({"kernel": (3, 3, 8, 16)}, {"kernel": (72, 144)}),
    "convolution of one axis": ({"kernel": (3, 8, 16), "bias": (16,)}, {"kernel": (24, 48)}),
    "embedding": ({"embedding": (100, 8)}, {"embedding": (8, 100)}),
    "embeddings": ({"embeddings": (100, 8)}, {"embeddings": (8, 100)}),
    "general": ({"kernel": (8, 2, 5), "bias": (2, 5)}, {"kernel": (8, 10)}),
    "stacked": ({"kernel": (4, 8, 5), "bias": (4, 5)}, {"kernel": (8, 5)}),
    "transposed in Haiku": ({"conv2_d_transpose": {"w": (3, 3, 16, 8)}}, {"conv2_d_transpose/w": (72, 144)}),
    "attention": (
        {"query": {"kernel": (12, 2, 5)}, "key": {"kernel": (7, 2, 5)}, "value": {"kernel": (7, 2, 5)},
         "out": {"kernel": (2, 5, 12)}},
        {"query/kernel": (12, 10), "key/kernel": (7, 10), "value/kernel": (7, 10), "out/kernel": (10, 12)},
    ),
    "stacked attention": (
        {"query": {"kernel": (3, 12, 2, 5), "bias": (3, 2, 5)}, "out": {"kernel": (3, 2, 5, 12)}},
        {"query/kernel": (12, 10), "out/kernel": (10, 12)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AXES)
def test_axes(case):
    """The standard deviation of `variance_scaling` shows both fans."""
    shapes, fans = AXES[case]
    leaves = jax.tree.map(
        lambda shape: abstract(*shape), shapes, is_leaf=lambda each: type(each) is tuple
    )
    for mode, place in (("fan_in", 0), ("fan_out", 1)):
        scheme = {"scheme": "variance_scaling", "mode": mode, "distribution": "normal"}
        made = init_tree(
            leaves, 7, {"*bias": "zeros", "*": scheme} if "bias" in str(shapes) else scheme
        )
        for path, array in jax.tree_util.tree_leaves_with_path(made):
            name = jax.tree_util.keystr(path, simple=True, separator="/")
            if name in fans:
                std = fans[name][place] ** -0.5
                assert same(array, weight(array.shape, name, fastinit.Normal(0, std))), (name, mode)


@pytest.mark.parametrize(
    "shapes",
    [
        {"kernel": (3, 8, 16)},
        {"kernel": (4, 4, 5), "bias": (4, 5)},
        {"kernel": (3, 8, 16), "bias": (3, 8)},
        {"query": {"kernel": (12, 3, 2, 5)}, "out": {"kernel": (2, 3, 5, 12)}},
    ],
)
def test_axes_that_nothing_tells_are_an_error(shapes):
    leaves = jax.tree.map(
        lambda shape: abstract(*shape), shapes, is_leaf=lambda each: type(each) is tuple
    )
    zeros = {"*bias": 0} if "bias" in shapes else {}
    with pytest.raises(ValueError, match=r"tell (its|their) axes: give \{\"scheme\": .*batch_axis"):
        init_tree(leaves, 7, zeros | {"*kernel": "he_normal"})
    init_tree(leaves, 7, zeros | {"*kernel": {"scheme": "he_normal", "layout": "keras"}})
    init_tree(
        leaves, 7, zeros | {"*kernel": fastinit.Normal(0, 0.02)}
    )  # it does not depend on fans


def test_orthogonal_projections_into_heads_are_one_matrix():
    shapes = {"query": (12, 2, 5), "out": (2, 5, 12)}
    leaves = {name: {"kernel": abstract(*shape)} for name, shape in shapes.items()}
    made = init_tree(leaves, 7, "orthogonal")
    query = np.asarray(made["query"]["kernel"]).reshape(12, 10)
    out = np.asarray(made["out"]["kernel"]).reshape(10, 12)
    assert np.allclose(query.T @ query, np.eye(10), atol=1e-5)
    assert np.allclose(out @ out.T, np.eye(10), atol=1e-5)


def test_structured_schemes_check_their_shapes_before_others_are_made(monkeypatch):
    monkeypatch.setattr("fastinit.jax.placing.jax.device_put", lambda *_: pytest.fail("placed"))
    with pytest.raises(ValueError, match="leaf 'b': the shape must have two or more axes"):
        init_tree({"a": abstract(2, 2), "b": abstract(5)}, 7, {"a": 0, "b": "orthogonal"})


def test_orthogonal_stacked_layers_are_an_error():
    leaves = {"kernel": abstract(4, 8, 5), "bias": abstract(4, 5)}
    with pytest.raises(ValueError, match="leaf 'kernel': orthogonal makes one matrix"):
        init_tree(leaves, 7, {"kernel": "orthogonal", "bias": 0})
