"""`fastinit.keras.init_model` on whichever backend Keras uses: run by tests/keras/test_backends.py.

The values are compared with those of `fastinit.Weight`, so they are the same on every backend.
"""

from __future__ import annotations

from functools import cache

import keras
import numpy as np
import pytest

import fastinit
import fastinit.keras
from fastinit.keras import init_model, initializers

stock = keras.initializers

OTHERS = {"*/gamma": 1, "*/moving_variance": "ones", "*/beta": 0, "*/moving_mean": 0, "*bias": 0}
SCHEMES = {**OTHERS, "table/*": "embedding_uniform", "*/recurrent_kernel": "orthogonal"}


@cache
def built():
    """Return a model with a layer of each kind that has axes of its own, the same one each time."""
    ids = keras.Input((6,), dtype="int32")
    hidden = keras.layers.Embedding(20, 8, name="table")(ids)
    hidden = keras.layers.MultiHeadAttention(2, 4, name="attention")(hidden, hidden)
    hidden = keras.layers.LSTM(5, name="lstm")(hidden)
    hidden = keras.layers.Dense(12, name="dense", dtype="bfloat16")(hidden)
    hidden = keras.layers.BatchNormalization(name="norm")(hidden)
    hidden = keras.layers.Reshape((2, 2, 3))(hidden)
    return keras.Model(ids, keras.layers.Conv2DTranspose(5, 2, name="up")(hidden))


def bytes_of(model):
    """Return the name, the dtype and the bytes of each weight."""
    arrays = {
        each.path: (each.dtype, keras.ops.convert_to_numpy(keras.ops.cast(each, "float32")))
        for each in model.weights
    }
    return {name: (dtype, array.tobytes()) for name, (dtype, array) in arrays.items()}


def assert_is(model, name, expected):
    [variable] = [each for each in model.weights if each.path == name]
    array = np.asarray(expected)
    assert variable.dtype == array.dtype.name
    assert bytes_of(model)[name] == (array.dtype.name, array.astype(np.float32).tobytes()), name


FANS = {  # inputs and outputs, counted by hand
    "attention/query/kernel": ((8, 2, 4), 8, 8),
    "attention/value/kernel": ((8, 2, 4), 8, 8),
    "attention/attention_output/kernel": ((2, 4, 8), 8, 8),
    "lstm/lstm_cell/kernel": ((8, 20), 8, 20),
    "dense/kernel": ((5, 12), 5, 12),
    "up/kernel": ((2, 2, 5, 3), 2 * 2 * 3, 2 * 2 * 5),
}


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
def test_each_weight_has_the_values_of_its_path(mode):
    model = built()
    scheme = {"scheme": "he_normal", "mode": mode}
    got = init_model(model, 3, {**SCHEMES, "*/kernel": scheme})
    assert list(got) == [each.path for each in model.weights]
    assert (got["dense/kernel"], got["dense/bias"]) == (scheme, 0)
    for name, (shape, fan_in, fan_out) in FANS.items():
        dtype = "bfloat16" if name == "dense/kernel" else "float32"
        options = {"fan_in": fan_in, "fan_out": fan_out, "mode": mode}
        weight = fastinit.Weight(shape, "he_normal", seed=3, name=name, dtype=dtype, **options)
        assert_is(model, name, weight)
    name = "table/embeddings"
    assert_is(model, name, fastinit.Weight((20, 8), "embedding_uniform", seed=3, name=name))
    name = "lstm/lstm_cell/recurrent_kernel"
    assert_is(model, name, fastinit.orthogonal((5, 20), seed=3, stream=name, layout="keras"))
    for name, value in {"norm/gamma": 1, "norm/moving_variance": 1, "norm/beta": 0}.items():
        assert_is(model, name, np.full(12, value, np.float32))


def test_fan_in_of_an_embedding_is_its_width():
    layer = keras.layers.Embedding(20, 8, name="table")
    layer.build()
    init_model(layer, 3, "he_normal")
    weight = fastinit.Weight(
        (20, 8), "he_normal", seed=3, name="table/embeddings", fan_in=8, fan_out=1
    )
    assert np.array_equal(keras.ops.convert_to_numpy(layer.embeddings), np.asarray(weight))


def test_a_seed_gives_the_same_model_again_and_another_seed_another():
    model = built()
    schemes = {**SCHEMES, "*/kernel": "he_normal"}
    init_model(model, 3, schemes)
    first = bytes_of(model)
    init_model(model, 4, schemes)
    assert bytes_of(model)["dense/kernel"] != first["dense/kernel"]
    source = fastinit.Generator(3)
    init_model(model, source, schemes)
    assert bytes_of(model) == first
    assert source.next_stream() == 2**63  # it did not advance


@pytest.mark.parametrize("module", [stock, initializers])
@pytest.mark.parametrize("seed", [1, None])
def test_initializers_of_keras_are_distributions(module, seed):
    """Of the whole weight, with the axes that its layer gives them; their seed does not count."""
    model = built()
    schemes = {"norm/gamma": module.Constant(2), **SCHEMES, "*/kernel": module.HeNormal(seed=seed)}
    del schemes["*/gamma"]
    init_model(model, 3, schemes)
    for name, (shape, fan_in, _) in FANS.items():
        # Keras reads a transposed convolution as it does others.
        inputs = 2 * 2 * 5 if name == "up/kernel" else fan_in
        dtype = "bfloat16" if name == "dense/kernel" else "float32"
        options = {"truncated": True, "fan_in": inputs, "fan_out": 1}
        weight = fastinit.Weight(shape, "he_normal", seed=3, name=name, dtype=dtype, **options)
        assert_is(model, name, weight)
    assert_is(model, "norm/gamma", np.full(12, 2, np.float32))


def test_options_distributions_and_none():
    model = built()
    before = bytes_of(model)
    schemes = {
        "dense/kernel": {"scheme": "he_normal", "mode": "fan_out", "truncated": True},
        "lstm/*/kernel": fastinit.Normal(0.0, 0.5),
        "up/kernel": {"scheme": "lecun_uniform", "fan_in": 7, "fan_out": 1},
        "*": None,
    }
    got = init_model(model, 3, schemes)
    after = bytes_of(model)
    assert [name for name in got if after[name] != before[name]] == [
        "lstm/lstm_cell/kernel", "dense/kernel", "up/kernel",
    ]  # fmt: skip
    assert got["norm/gamma"] is None
    name = "dense/kernel"
    options = {"layout": "keras", "mode": "fan_out", "truncated": True}
    assert_is(
        model, name,
        fastinit.Weight((5, 12), "he_normal", seed=3, name=name, dtype="bfloat16", **options),
    )  # fmt: skip
    name = "lstm/lstm_cell/kernel"
    assert_is(model, name, fastinit.Weight((8, 20), fastinit.Normal(0, 0.5), seed=3, name=name))


def test_a_layer_that_another_one_contains_too_gives_the_axes():
    table = keras.layers.Embedding(20, 8, name="shared_table")

    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.table = table

        def call(self, batch):
            return self.table(batch)

    ids = keras.Input((6,), dtype="int32")
    model = keras.Model(ids, [table(ids), Block()(ids)])
    init_model(model, 3, "he_normal")
    name, fans = "shared_table/embeddings", {"fan_in": 8, "fan_out": 1}
    assert_is(model, name, fastinit.Weight((20, 8), "he_normal", seed=3, name=name, **fans))


def test_names_may_be_others_than_paths():
    layer = keras.layers.Dense(3, name="dense_7")
    layer.build((None, 4))
    got = init_model(
        layer, 3, {"*kernel": "he_normal", "*": 0}, name=lambda path: f"head/{path[8:]}"
    )
    assert list(got) == ["head/kernel", "head/bias"]
    weight = fastinit.Weight((4, 3), "he_normal", seed=3, name="head/kernel", layout="keras")
    assert np.array_equal(keras.ops.convert_to_numpy(layer.kernel), np.asarray(weight))


def test_integers_keep_their_values_unless_a_pattern_is_for_them():
    class Counting(keras.layers.Dense):
        def build(self, shape):
            ones = {"initializer": "ones", "trainable": False}
            self.count = self.add_weight(shape=(2,), dtype="int32", name="count", **ones)
            super().build(shape)

    layer = Counting(3, name="dense")
    layer.build((None, 4))

    def value():
        return keras.ops.convert_to_numpy(layer.count).tolist()

    assert init_model(layer, 3, {"*": 0})["dense/count"] is None
    assert value() == [1, 1]
    init_model(layer, 3, {"*/count": 7, "*": 0})
    assert value() == [7, 7]
    for scheme, error, message in (
        (1.5, ValueError, "int32 cannot hold 1.5"),
        (2**70, ValueError, "int32 cannot hold 1180591620717411303424"),
        ("he_normal", TypeError, "schemes are for floating-point numbers"),
        (stock.Ones(), TypeError, "schemes are for floating-point numbers"),
    ):
        with pytest.raises(error, match=f"weight 'dense/count': {message}"):
            init_model(layer, 3, {"*/count": scheme, "*": 0})
    assert value() == [7, 7]


class Custom(stock.Initializer):
    def __call__(self, shape, dtype=None):
        raise AssertionError("must not be called")


ALL = {**SCHEMES, "*/kernel": "he_normal"}


@pytest.mark.parametrize(
    ("schemes", "error", "message"),
    [
        ({**ALL, "*/kernl": 0}, ValueError, r"'\*/kernl' matches no weight.*did you mean '\*/kernel'\?"),
        ({**ALL, "dens/kernel": 0}, ValueError, r"did you mean 'dense/kernel'\?"),
        (SCHEMES, ValueError, r"no pattern matches 7 weights:\n.*a weight, of shape \(8, 2, 4\) in EinsumDense"),
        ({**ALL, "up/kernel": 0}, ValueError, "patterns before it match the same names"),
        ({"*": "he_normal"}, ValueError, "weight '.*': he_normal needs two or more axes, .*'zeros'"),
        ({**SCHEMES, "*/kernel": "he_norml"}, ValueError, r"weight '.*kernel': .*did you mean 'he_normal'"),
        ({**SCHEMES, "*/kernel": Custom()}, TypeError, "weight '.*kernel': Custom is not a class of keras"),
        ({**SCHEMES, "*/kernel": {"mode": "fan_in"}}, TypeError, "needs a 'scheme'"),
        ({**SCHEMES, "*/kernel": float("inf")}, ValueError, "weight '.*kernel': .*inf"),
        (None, TypeError, "a mapping of patterns to schemes, or one scheme"),
    ],
)  # fmt: skip
def test_errors_are_raised_before_anything_is_written(schemes, error, message):
    model = built()
    before = bytes_of(model)
    with pytest.raises(error, match=message):
        init_model(model, 3, schemes)
    assert bytes_of(model) == before


class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.first = keras.layers.Dense(4, name="first")
        self.unused = keras.layers.Dense(4, name="unused")
        self.dropout = keras.layers.Dropout(0.5)

    def call(self, batch):
        return self.dropout(self.first(batch))


@pytest.mark.filterwarnings("ignore:.build... was called on layer:UserWarning")  # of the unused one
def test_models_that_are_not_built():
    with pytest.raises(ValueError, match=r"the model is not built, .*'dense_of_test'"):
        init_model(keras.Sequential([keras.layers.Dense(3, name="dense_of_test")]), 3, 0)
    model = Subclassed(name="model")
    with pytest.raises(ValueError, match=r"'model', .*Call the model on a batch"):
        init_model(model, 3, 0)
    model(np.ones((2, 3), np.float32))
    with pytest.raises(ValueError, match="no weights yet: 'unused'"):
        init_model(model, 3, 0)
    model.unused.build((None, 4))
    assert "model/first/kernel" in init_model(model, 3, 0)


def test_two_weights_of_one_name():
    class Twice(keras.layers.Layer):
        def build(self, shape):
            self.both = [keras.layers.Dense(2, name="same") for _ in range(2)]
            for each in self.both:
                each.build(shape)

    layer = Twice(name="twice")
    layer.build((None, 3))
    with pytest.raises(ValueError, match=r"two weights have the name .*same/kernel'"):
        init_model(layer, 3, 0)
    with pytest.raises(TypeError, match="name must return strings, but returned None"):
        init_model(layer, 3, 0, name=lambda path: None)


@pytest.mark.parametrize("given", [None, "model", np.ones(3)])
def test_what_is_no_model(given):
    with pytest.raises(TypeError, match="model must be a Keras model or layer, got"):
        init_model(given, 3, 0)


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), (2**64, ValueError), ("3", TypeError)]
)
def test_seeds(seed, error):
    with pytest.raises(error, match="seed must be"):
        init_model(built(), seed, 0)
