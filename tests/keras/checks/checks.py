"""`fastinit.keras` on whichever backend Keras uses: run by tests/keras/test_backends.py."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_digits

import fastinit
import fastinit.keras
from fastinit.keras import initializers as ours
from tests.support.docstrings import callables_of, examples_of, failures_of

stock = keras.initializers
TRUNCATED_STD = 0.87962566103423978

RANDOM = [
    "RandomNormal", "TruncatedNormal", "RandomUniform", "VarianceScaling", "GlorotUniform",
    "GlorotNormal", "LecunUniform", "LecunNormal", "HeUniform", "HeNormal", "Orthogonal",
]  # fmt: skip
SCALED = RANDOM[3:-1]


def as_numpy(tensor):
    """Return a tensor's values, exactly, as float64."""
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")), np.float64)


def public(module):
    return {name for name in dir(module) if not name.startswith("_")}


def test_every_name_is_there():
    assert public(stock) <= public(ours)
    for name in public(stock):
        mine, theirs = getattr(ours, name), getattr(stock, name)
        if isinstance(theirs, type):
            assert issubclass(mine, theirs)
            assert (mine is not theirs) == (theirs.__name__ in RANDOM)
            assert mine.__qualname__ == theirs.__name__


@pytest.mark.parametrize("name", RANDOM)
def test_signatures(name):
    mine, theirs = getattr(ours, name), getattr(stock, name)
    assert inspect.signature(mine) == inspect.signature(theirs)
    parameters = inspect.signature(mine(seed=1)).parameters
    assert {key: value.default for key, value in parameters.items()} == {
        "shape": inspect.Parameter.empty, "dtype": None, "layout": None,
    }  # fmt: skip


EQUIVALENTS = {
    "RandomNormal": lambda s, **k: fastinit.normal(s, 0.0, 0.05, **k),
    "TruncatedNormal": lambda s, **k: fastinit.trunc_normal(s, 0.0, 0.05, lower=-2, upper=2, **k),
    "RandomUniform": lambda s, **k: fastinit.uniform(s, -0.05, 0.05, **k),
    "VarianceScaling": lambda s, **k: fastinit.variance_scaling(s, layout="keras", **k),
    "GlorotUniform": lambda s, **k: fastinit.glorot_uniform(s, layout="keras", **k),
    "GlorotNormal": lambda s, **k: fastinit.glorot_normal(s, layout="keras", truncated=True, **k),
    "LecunUniform": lambda s, **k: fastinit.lecun_uniform(s, layout="keras", **k),
    "LecunNormal": lambda s, **k: fastinit.lecun_normal(s, layout="keras", truncated=True, **k),
    "HeUniform": lambda s, **k: fastinit.he_uniform(s, layout="keras", **k),
    "HeNormal": lambda s, **k: fastinit.he_normal(s, layout="keras", truncated=True, **k),
    "Orthogonal": lambda s, **k: fastinit.orthogonal(s, layout="keras", **k),
}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", RANDOM)
def test_the_bits_are_fastinits(name, dtype):
    """And hence the same on every backend."""
    shape, seed = (3, 3, 8, 10), 2**40 + 7
    made = getattr(ours, name)(seed=seed)(shape, dtype=dtype)
    assert keras.ops.is_tensor(made)
    assert keras.backend.standardize_dtype(made.dtype) == dtype
    expected = EQUIVALENTS[name](shape, seed=seed, dtype=dtype)
    assert np.array_equal(as_numpy(made), expected.astype(np.float64))


def test_default_dtype_is_floatx():
    assert keras.config.floatx() == "float32"
    keras.config.set_floatx("bfloat16")
    try:
        made = ours.HeNormal(seed=1)((3, 4))
    finally:
        keras.config.set_floatx("float32")
    assert keras.backend.standardize_dtype(made.dtype) == "bfloat16"
    made = ours.HeNormal(seed=1)((3, 4))
    assert keras.backend.standardize_dtype(made.dtype) == "float32"


@pytest.mark.parametrize("shape", [(), (5,), [4, 5], (0, 5), (2, 3, 4)])
def test_shapes(shape):
    for name in ("RandomNormal", "HeNormal"):
        assert tuple(getattr(ours, name)(seed=1)(shape).shape) == tuple(shape)


# Distributions, written out from Keras's documentation

FAN_IN, FAN_OUT = 5 * 40, 5 * 500
SHAPE = (5, 40, 500)


def uniform(limit):
    return stats.uniform(-limit, 2 * limit)


def truncated(std):
    return stats.truncnorm(-2, 2, 0, std)


DISTRIBUTIONS = {
    "RandomNormal": stats.norm(0, 0.05),
    "TruncatedNormal": truncated(0.05),
    "RandomUniform": uniform(0.05),
    "VarianceScaling": truncated(math.sqrt(1 / FAN_IN) / TRUNCATED_STD),
    "GlorotUniform": uniform(math.sqrt(6 / (FAN_IN + FAN_OUT))),
    "GlorotNormal": truncated(math.sqrt(2 / (FAN_IN + FAN_OUT)) / TRUNCATED_STD),
    "LecunUniform": uniform(math.sqrt(3 / FAN_IN)),
    "LecunNormal": truncated(math.sqrt(1 / FAN_IN) / TRUNCATED_STD),
    "HeUniform": uniform(math.sqrt(6 / FAN_IN)),
    "HeNormal": truncated(math.sqrt(2 / FAN_IN) / TRUNCATED_STD),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name):
    values = as_numpy(getattr(ours, name)(seed=3)(SHAPE)).ravel()
    assert stats.kstest(values, DISTRIBUTIONS[name].cdf).pvalue > 1e-4
    theirs = as_numpy(getattr(stock, name)(seed=3)(SHAPE)).ravel()
    # 100,000 values: a standard deviation is known to 0.25 %.
    assert values.std() == pytest.approx(DISTRIBUTIONS[name].std(), rel=0.012)
    assert values.std() == pytest.approx(theirs.std(), rel=0.015)
    assert stats.ks_2samp(values, theirs).pvalue > 1e-4


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance_scaling(mode, distribution):
    options = {"scale": 1.7, "mode": mode, "distribution": distribution, "seed": 4}
    values, theirs = (
        as_numpy(module.VarianceScaling(**options)((3, 5, 20, 60))) for module in (ours, stock)
    )
    assert values.std() == pytest.approx(theirs.std(), rel=0.04)
    if distribution != "untruncated_normal":
        assert np.abs(values).max() == pytest.approx(np.abs(theirs).max(), rel=0.002)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3, 5, 20, 60), {"input_axes": [2], "output_axes": [3]}),  # no receptive field then
        ((30, 8, 40), {"input_axes": [0], "output_axes": [1, 2]}),
        ((30, 8, 40), {"input_axes": [0]}),  # ignored alone
        ((9000,), {}),
    ],
)
def test_fans(shape, axes):
    values, theirs = (
        as_numpy(module.GlorotUniform(seed=4, **axes)(shape)) for module in (ours, stock)
    )
    assert np.abs(values).max() == pytest.approx(np.abs(theirs).max(), rel=0.002)


@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (3, 4, 7), (2, 2, 30)])
def test_orthogonal(shape):
    for module in (ours, stock):
        matrix = as_numpy(module.Orthogonal(gain=1.5, seed=3)(shape)).reshape(-1, shape[-1])
        gram = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
        assert np.allclose(gram, 2.25 * np.eye(len(gram)), atol=1e-5)


# Seeds


@pytest.mark.parametrize("name", RANDOM)
def test_an_integer_gives_the_same_values_at_each_call(name):
    initializer = getattr(ours, name)(seed=5)
    first = as_numpy(initializer((6, 4)))
    assert np.array_equal(first, as_numpy(initializer((6, 4))))
    assert not np.array_equal(first, as_numpy(getattr(ours, name)(seed=6)((6, 4))))


def test_no_seed_is_a_random_one_fixed_when_made():
    keras.utils.set_random_seed(1)
    one, two = ours.HeNormal(), ours.HeNormal()
    assert np.array_equal(as_numpy(one((6, 4))), as_numpy(one((6, 4))))
    assert not np.array_equal(as_numpy(one((6, 4))), as_numpy(two((6, 4))))
    keras.utils.set_random_seed(1)
    assert np.array_equal(as_numpy(ours.HeNormal()((6, 4))), as_numpy(one((6, 4))))


def test_a_seed_generator_advances():
    initializer = ours.RandomNormal(seed=keras.random.SeedGenerator(5))
    draws = [as_numpy(initializer((6, 4))) for _ in range(3)]
    of_integer = as_numpy(ours.RandomNormal(seed=5)((6, 4)))
    assert np.array_equal(draws[0], of_integer)
    streams = [fastinit.normal((6, 4), 0.0, 0.05, seed=5, stream=n) for n in range(3)]
    assert np.array_equal(draws, streams)
    # On Keras's torch backend, the second draw of seed 5 is the first of seed 6.
    assert not np.array_equal(draws[1], as_numpy(ours.RandomNormal(seed=6)((6, 4))))


def shared_by_layers(initializer):
    """Return the weights that one instance gives to layers that share it, or copy it."""
    first, second = (keras.layers.Dense(8, kernel_initializer=initializer) for _ in range(2))
    copied = keras.layers.Dense(8, kernel_initializer=initializer.clone())
    attention = keras.layers.MultiHeadAttention(2, 4, kernel_initializer=initializer)
    recurrent = keras.layers.LSTM(
        2, kernel_initializer=initializer, recurrent_initializer=initializer
    )
    for layer in (first, second, copied):
        layer.build((None, 8))
    attention.build((None, 3, 8), (None, 3, 8))
    recurrent.build((None, 3, 2))
    weights = [
        variable
        for layer in (first, second, copied, attention, recurrent)
        for variable in layer.weights
        if "kernel" in variable.path
    ]
    return [as_numpy(each).ravel() for each in weights]


@pytest.mark.parametrize("seed", [None, 5, "generator"])
def test_one_instance_for_several_layers(seed):
    """Weights are alike where Keras's are, and nowhere else."""
    alike = []
    for module in (ours, stock):
        given = keras.random.SeedGenerator(5) if seed == "generator" else seed
        weights = shared_by_layers(module.HeNormal(seed=given))
        alike.append([[np.array_equal(one, two) for two in weights] for one in weights])
    assert alike[0] == alike[1]


@pytest.mark.parametrize("seed", [-1, 0, 2**31, 2**63, 2**64 + 3])
def test_any_integer_is_a_seed(seed):
    made = as_numpy(ours.RandomNormal(seed=seed)((6, 4)))
    assert np.array_equal(made, fastinit.normal((6, 4), 0.0, 0.05, seed=seed % 2**64))


def test_a_seed_generator_with_a_large_seed():
    initializer = ours.RandomNormal(seed=keras.random.SeedGenerator(2**31 - 1))
    expected = fastinit.normal((6, 4), 0.0, 0.05, seed=2**31 - 1)
    assert np.array_equal(as_numpy(initializer((6, 4))), expected)


# Configurations


CONFIGURED = {
    "RandomNormal": {"mean": 0.5, "stddev": 2.0},
    "TruncatedNormal": {"mean": 0.5, "stddev": 2.0},
    "RandomUniform": {"minval": 1.0, "maxval": 2.0},
    "VarianceScaling": {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"},
    "Orthogonal": {"gain": 3.0},
} | {name: {"input_axes": [0], "output_axes": [1]} for name in SCALED[1:]}


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("seeded", [True, False])
def test_configurations(name, seeded):
    options = CONFIGURED[name] | ({"seed": 9} if seeded else {})
    mine, theirs = getattr(ours, name)(**options), getattr(stock, name)(**options)
    assert mine.get_config() == theirs.get_config()
    config = keras.initializers.serialize(mine)
    assert config["registered_name"] == f"fastinit>{name}"
    again = [
        type(mine).from_config(mine.get_config()),
        keras.initializers.deserialize(config),
        ours.deserialize(ours.serialize(mine)),
        mine.clone(),
    ]
    for each in again:
        assert type(each) is type(mine)
        assert each.get_config() == mine.get_config()
        if seeded:
            assert np.array_equal(as_numpy(each((4, 3))), as_numpy(mine((4, 3))))


def test_no_name_in_a_configuration_is_one_of_keras_s():
    """Where fastinit.keras was not imported, Keras must find nothing, and not its own class."""
    for name in RANDOM:
        config = keras.initializers.serialize(getattr(ours, name)())
        for each in (config["class_name"], config["registered_name"]):
            assert not hasattr(stock, each)
            assert stock.get(each if ">" in each else "zeros") is not None
        with pytest.raises(ValueError, match="Could not interpret initializer identifier"):
            stock.get({"class_name": config["class_name"], "config": {}})


def test_the_registered_name_is_an_initializer_s_name():
    layer = keras.layers.Dense(3, kernel_initializer="fastinit>HeNormal")
    assert type(layer.kernel_initializer) is ours.HeNormal


def test_a_configuration_keeps_the_class_that_it_names():
    theirs = keras.initializers.serialize(stock.HeNormal(seed=3))
    mine = keras.initializers.serialize(ours.HeNormal(seed=3))
    with fastinit.keras.scope():
        assert type(stock.get(mine)) is ours.HeNormal
    assert type(ours.get(theirs)) is stock.HeNormal
    assert type(ours.get(mine)) is ours.HeNormal


def test_configurations_written_before_the_classes_had_names_of_their_own():
    """They held Keras's class name beside the registered one, which counts."""
    config = keras.initializers.serialize(ours.HeNormal(seed=3)) | {"class_name": "HeNormal"}
    assert type(stock.get(config)) is ours.HeNormal


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


@pytest.mark.parametrize("name", RANDOM)
def test_copies(name):
    initializer = getattr(ours, name)(seed=3)
    for each in (copy.deepcopy(initializer), pickled(initializer)):
        assert type(each) is type(initializer)
        assert np.array_equal(as_numpy(each((4, 3))), as_numpy(initializer((4, 3))))


def test_a_seed_generator_in_a_configuration():
    mine = ours.HeNormal(seed=keras.random.SeedGenerator(5))
    again = ours.deserialize(ours.serialize(mine))
    assert isinstance(again.seed, keras.random.SeedGenerator)
    assert np.array_equal(as_numpy(again((4, 3))), as_numpy(mine((4, 3))))


def test_get():
    for name, kind in ours.BY_NAME.items():
        assert type(ours.get(name)) is kind
        assert isinstance(ours.get(name), type(stock.get(name)))
    assert type(ours.get("zeros")) is stock.Zeros
    config = {"class_name": "HeNormal", "config": {"seed": 3}}
    assert type(ours.get(config)) is ours.HeNormal
    assert ours.get(config).seed == 3
    assert ours.get(None) is None
    assert type(ours.get(ours.HeNormal)) is ours.HeNormal
    with pytest.raises(ValueError, match="no_such"):
        ours.get("no_such")


def small_model(initializer):
    return keras.Sequential(
        [
            keras.layers.Input((64,)),
            keras.layers.Dense(64, activation="relu", kernel_initializer=initializer),
            keras.layers.Dense(10),
        ]
    )


def test_a_cloned_model_has_the_initializers_and_their_seeds():
    model = small_model(ours.HeNormal(seed=3))
    fresh = keras.models.clone_model(model)
    assert type(fresh.layers[0].kernel_initializer) is ours.HeNormal
    assert np.array_equal(as_numpy(fresh.layers[0].kernel), as_numpy(model.layers[0].kernel))


#: Run in a process of its own: loads and clones models, and prints what they have, or the error.
LOAD = """
import pathlib, sys
import keras
{imports}
for path in map(pathlib.Path, sys.argv[1:]):
    read = keras.models.model_from_json if path.suffix == ".json" else keras.saving.load_model
    try:
        model = keras.models.clone_model(read(path.read_text() if path.suffix == ".json" else path))
    except Exception as error:
        print(str(error).splitlines()[-1])
    else:
        initializer = model.layers[0].kernel_initializer
        kernel = keras.ops.convert_to_numpy(model.layers[0].kernel)
        print(type(initializer).__module__, initializer.seed, kernel.tobytes().hex())
"""


def test_a_saved_model_in_another_process(tmp_path):
    """With fastinit it has fastinit's initializers; without, Keras refuses it."""
    model = small_model(ours.HeNormal(seed=3))
    paths = [tmp_path / f"model.{kind}" for kind in ("keras", "h5", "json")]
    model.save(paths[0])
    model.save(paths[1])
    paths[2].write_text(model.to_json())

    def load(imports):
        program = [sys.executable, "-c", LOAD.format(imports=imports), *map(str, paths)]
        run = subprocess.run(program, capture_output=True, text=True, check=True)
        lines = run.stdout.splitlines()
        assert len(lines) == len(paths)
        return lines

    kernel = keras.ops.convert_to_numpy(model.layers[0].kernel).tobytes().hex()
    for line in load("import fastinit.keras"):
        assert line == f"fastinit.keras.initializers 3 {kernel}"
    for line in load(""):
        assert "Could not interpret initializer identifier" in line
        assert "'module': 'fastinit.keras.initializers'" in line  # what to import


# The scope


def test_the_scope_reroutes_names():
    with fastinit.keras.scope():
        for name, kind in ours.BY_NAME.items():
            assert type(keras.initializers.get(name)) is kind
        dense = keras.layers.Dense(8, kernel_initializer="he_normal")
        dense.build((None, 4))
        embedding = keras.layers.Embedding(9, 4)  # "uniform" by default
        lstm = keras.layers.LSTM(3)
        given = keras.layers.Dense(8, kernel_initializer=stock.HeNormal(seed=1))
    assert type(dense.kernel_initializer) is ours.HeNormal
    seed = dense.kernel_initializer.seed
    expected = fastinit.he_normal((4, 8), layout="keras", truncated=True, seed=seed)
    assert np.array_equal(as_numpy(dense.kernel), expected)
    assert type(embedding.embeddings_initializer) is ours.RandomUniform
    assert type(lstm.cell.kernel_initializer) is ours.GlorotUniform
    assert type(lstm.cell.recurrent_initializer) is ours.Orthogonal
    assert type(lstm.cell.bias_initializer) is stock.Zeros
    assert type(given.kernel_initializer) is ours.HeNormal
    assert type(keras.initializers.get("he_normal")) is stock.HeNormal


def test_the_scope_ends_with_an_exception():
    with pytest.raises(KeyError), fastinit.keras.scope():
        raise KeyError
    assert type(keras.initializers.get("he_normal")) is stock.HeNormal


def test_the_scope_restores_what_was_before():
    class Custom(stock.Initializer):
        pass

    with keras.saving.custom_object_scope({"he_normal": Custom}):
        with fastinit.keras.scope():
            assert type(keras.initializers.get("he_normal")) is ours.HeNormal
        assert type(keras.initializers.get("he_normal")) is Custom


def test_the_scope_is_of_its_thread():
    found = []

    def look():
        found.extend(keras.initializers.get(each) for each in ("he_normal", stock.HeNormal()))

    with fastinit.keras.scope():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert [type(each) for each in found] == [stock.HeNormal] * 2


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("seed", [9, None, "generator"])
def test_the_scope_reaches_objects_and_configurations(name, seed):
    """With their arguments and their seed: what they would draw, and what they say."""
    seed = keras.random.SeedGenerator(5) if seed == "generator" else seed
    theirs = getattr(stock, name)(**CONFIGURED[name], seed=seed)
    with fastinit.keras.scope():
        mine = stock.get(theirs)
        read = stock.get(stock.serialize(theirs))
    assert type(mine) is type(read) is getattr(ours, name)
    assert mine.seed is theirs.seed
    assert mine.get_config() == theirs.get_config() == read.get_config()
    number = 5 if isinstance(seed, keras.random.SeedGenerator) else theirs.seed
    again = getattr(ours, name)(**CONFIGURED[name], seed=number)
    assert np.array_equal(as_numpy(mine((4, 3))), as_numpy(again((4, 3))))
    assert type(stock.get(theirs)) is getattr(stock, name)


def test_the_scope_leaves_what_is_no_random_class_of_keras():
    class Custom(stock.HeNormal):
        pass

    with fastinit.keras.scope():
        for each in (Custom(seed=1), stock.Ones(), ours.HeNormal(seed=1), len):
            assert keras.initializers.get(each) is each
        assert keras.initializers.get(None) is None


def test_scopes_inside_each_other():
    original = keras.initializers.get
    with fastinit.keras.scope():
        with fastinit.keras.scope():
            pass
        assert type(keras.initializers.get(stock.HeNormal())) is ours.HeNormal
        keras.utils.clear_session()
        assert type(keras.initializers.get("he_normal")) is ours.HeNormal
    assert keras.initializers.get is original
    assert not hasattr(original, "__wrapped__")  # Keras's own, and none that fastinit put there


def test_the_scope_reaches_clones_of_models():
    model = small_model(stock.HeNormal(seed=3))
    with fastinit.keras.scope():
        fresh = keras.models.clone_model(model)
    assert type(model.layers[0].kernel_initializer) is stock.HeNormal
    kinds = [type(layer.kernel_initializer) for layer in fresh.layers]
    assert kinds == [ours.HeNormal, ours.GlorotUniform]
    expected = fastinit.he_normal((64, 64), layout="keras", truncated=True, seed=3)
    assert np.array_equal(as_numpy(fresh.layers[0].kernel), expected)


# What is not fastinit's


def test_other_dtypes_are_keras_own_business():
    try:
        expected = stock.RandomUniform(0, 9, seed=1)((3, 4), dtype="int32")
    except Exception as error:  # noqa: BLE001 - whatever it is
        with pytest.raises(type(error)):
            ours.RandomUniform(0, 9, seed=1)((3, 4), dtype="int32")
    else:
        made = ours.RandomUniform(0, 9, seed=1)((3, 4), dtype="int32")
        assert np.array_equal(as_numpy(made), as_numpy(expected))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ours.VarianceScaling(scale=0.0), "scale"),
        (lambda: ours.VarianceScaling(mode="fan"), "mode"),
        (lambda: ours.VarianceScaling(distribution="gauss"), "distribution"),
        (lambda: ours.HeNormal(seed="7"), "seed"),
        (lambda: ours.RandomNormal(stddev=-1.0)((3,)), "stddev must not be negative"),
        (lambda: ours.RandomUniform(2.0, 1.0)((3,)), "minval must not be above maxval"),
        (lambda: ours.TruncatedNormal(stddev=math.inf)((3,)), "stddev must be finite"),
        (lambda: ours.Orthogonal()((3,)), "two or more axes"),
        (lambda: ours.Orthogonal(gain=math.nan)((3, 3)), "gain must be finite"),
    ],
)
def test_errors(make, message):
    with pytest.raises((ValueError, AttributeError), match=message):
        make()


# Training


def final_loss(initializer):
    images, labels = load_digits(return_X_y=True)
    keras.utils.set_random_seed(3)
    model = small_model(initializer)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=loss)
    history = model.fit(images / 16.0, labels, batch_size=128, epochs=4, verbose=0)
    return history.history["loss"]


def test_training_reaches_the_loss_of_keras_own():
    """Digits, 1797 x 64: 60 steps of Adam from either initialisation."""
    mine, theirs = final_loss(ours.HeNormal(seed=1)), final_loss(stock.HeNormal(seed=1))
    assert mine[-1] < 0.3
    assert abs(mine[-1] - theirs[-1]) < 0.1


CALLABLES = callables_of(fastinit.keras) | {
    name: getattr(ours, name) for name in (*RANDOM, "deserialize", "get")
}


@pytest.mark.parametrize("name", CALLABLES)
def test_example_in_docstring(name):
    [example] = examples_of(name, CALLABLES[name])
    assert failures_of(example, keras=keras) == []
