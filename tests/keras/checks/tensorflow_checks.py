"""`fastinit.keras` on TensorFlow: run by tests/keras/test_backends.py, with two CPUs."""

from __future__ import annotations

import inspect
import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import fastinit
import fastinit.keras
from fastinit.keras import initializers as ours
from tests.support.paths import ROOT

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

FLOATS = ("float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2")


def expected_of(shape, seed=3, stream=0, dtype="float32"):
    return fastinit.he_normal(
        shape, layout="keras", truncated=True, seed=seed, stream=stream, dtype=dtype
    )


def same(tensor, array):
    """Say whether a tensor has the dtype and the bits of an array."""
    return tensor.dtype == array.dtype and tensor.numpy().tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
def test_native_tensors(dtype):
    assert keras.backend.backend() == "tensorflow"
    made = ours.HeNormal(seed=3)((40, 30), dtype=dtype)
    assert isinstance(made, tf.Tensor)
    assert same(made, expected_of((40, 30), dtype=dtype))
    assert same(ours.HeNormal(seed=3)((0, 30), dtype=dtype), expected_of((0, 30), dtype=dtype))
    assert ours.HeNormal(seed=3)((4, 3), dtype=tf.dtypes.as_dtype(dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_the_tensor_has_the_memory_that_was_filled(dtype, monkeypatch):
    monkeypatch.setattr(tf, "convert_to_tensor", None)  # it makes a copy
    filled = []
    orthogonal = ours.orthogonal_
    monkeypatch.setattr(
        ours, "orthogonal_", lambda array, **rest: filled.append(array) or orthogonal(array, **rest)
    )
    made = ours.Orthogonal(seed=3)((4, 3), dtype=dtype)
    filled[0][...] = 7
    assert np.all(made.numpy() == 7)


@pytest.mark.parametrize(
    "shape", [tf.TensorShape((4, 3)), tf.constant((4, 3)), [tf.constant(4), 3], np.array((4, 3))]
)
def test_shapes_of_tensorflow(shape):
    assert same(ours.HeNormal(seed=3)(shape), expected_of((4, 3)))


@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        (tf.TensorShape((None, 3)), ValueError, r"known lengths, got \(None, 3\)"),
        (tf.TensorShape(None), ValueError, "known lengths, got <unknown>"),
        (tf.constant((4.5, 3.0)), TypeError, "sequence of integers"),
        (tf.constant((-1, 3)), ValueError, "negative lengths"),
        ((None, 3), TypeError, "sequence of integers"),
    ],
)
def test_shapes_that_are_none(shape, error, message):
    with pytest.raises(error, match=message):
        ours.HeNormal(seed=3)(shape)


# Graphs


def test_values_are_no_constant_of_a_graph():
    initializer = ours.HeNormal(seed=2**40 + 5)
    program = tf.function(lambda: initializer((100, 200)))
    graph = program.get_concrete_function().graph
    assert len(graph.as_graph_def().SerializeToString()) < 10_000  # the values take 80,000
    assert "PyFunc" in {operation.type for operation in graph.get_operations()}
    for _ in range(2):
        assert same(program(), expected_of((100, 200), seed=2**40 + 5))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16", "float8_e4m3fn"])
def test_dtypes_in_a_graph(dtype):
    initializer = ours.HeNormal(seed=3)
    made = tf.function(lambda: initializer((4, 3), dtype=dtype))()
    assert same(made, expected_of((4, 3), dtype=dtype))


def test_shapes_that_a_graph_computes():
    initializer = ours.HeNormal(seed=3)

    @tf.function(input_signature=[tf.TensorSpec((None, 3))])
    def program(batch):
        made = [initializer((tf.shape(batch)[0], 3)), initializer(tf.shape(batch))]
        assert [each.shape.rank for each in made] == [2, 2]
        assert made[0].shape[1] == 3
        return made

    for rows in (4, 7):
        for made in program(tf.ones((rows, 3))):
            assert same(made, expected_of((rows, 3)))


def test_an_error_of_a_shape_that_a_graph_computes():
    initializer = ours.Orthogonal(seed=3)
    program = tf.function(initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match="two or more axes, got"):
        program(tf.constant((4,)))


def test_a_seed_generator_in_a_graph():
    """Each run of the graph advances it, as each call outside does."""
    initializer = ours.HeNormal(seed=keras.random.SeedGenerator(5))
    program = tf.function(lambda: (initializer((4, 3)), initializer((4, 3))))
    made = [each for _ in range(2) for each in program()]
    made.append(initializer((4, 3)))
    for stream, each in enumerate(made):
        assert same(each, expected_of((4, 3), seed=5, stream=stream))


def test_autograph_calls_initializers_as_they_are(capfd):
    initializer = ours.HeNormal(seed=3)
    frames = []

    class Noted(ours.HeNormal):
        def _values(self, shape, dtype):
            frames.extend(frame.filename for frame in inspect.stack())
            return super()._values(shape, dtype)

    for each in (initializer, Noted(seed=3)):

        @tf.function
        def program(each=each):
            return each((4, 3))

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert same(program(), expected_of((4, 3)))
    source = inspect.getsourcefile(ours)
    assert source in frames
    assert not any("autograph_generated" in each for each in frames[: frames.index(source)])
    assert "AutoGraph could not transform" not in capfd.readouterr().err


def test_a_layer_that_is_built_in_a_function():
    layer = keras.layers.Dense(3, kernel_initializer=ours.HeNormal(seed=3))
    tf.function(layer)(tf.ones((2, 4)))
    assert same(layer.kernel.value, expected_of((4, 3)))


def test_a_variable_that_is_made_in_a_function():
    class Module(tf.Module):
        weight = None

        @tf.function
        def __call__(self, batch):
            if self.weight is None:
                self.weight = tf.Variable(lambda: ours.HeNormal(seed=3)((4, 3)))
            return batch @ self.weight

    module = Module()
    module(tf.ones((2, 4)))
    assert same(module.weight, expected_of((4, 3)))


def test_xla_refuses_the_operation_by_its_name():
    initializer = ours.HeNormal(seed=3)
    program = tf.function(lambda: initializer((4, 3)), jit_compile=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="PyFunc"):
        program()


# Whole models


def model_of(initializer):
    return keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(3, kernel_initializer=initializer),
            keras.layers.Dense(1),
        ]
    )


def test_tf_keras_is_keras():
    with fastinit.keras.scope():
        layer = tf.keras.layers.Dense(3, kernel_initializer="he_normal")
    assert type(layer.kernel_initializer) is ours.HeNormal
    layer = tf.keras.layers.Dense(3, kernel_initializer=ours.HeNormal(seed=3))
    layer.build((None, 4))
    assert same(layer.kernel.value, expected_of((4, 3)))


def test_saved_models(tmp_path):
    model = model_of(ours.HeNormal(seed=3))
    batch = tf.ones((2, 4))
    tf.saved_model.save(model, tmp_path / "saved")
    model.export(tmp_path / "exported", verbose=False)
    for folder in ("saved", "exported"):
        [made] = (
            tf.saved_model.load(tmp_path / folder).signatures["serving_default"](batch).values()
        )
        hidden = expected_of((4, 3)).sum(0)
        assert np.allclose(made, hidden @ model.layers[1].kernel.numpy(), atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*keras.distribution:UserWarning")
def test_mirrored_strategy():
    """Each replica has the values, and a SeedGenerator advances once for each variable."""
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    with strategy.scope():
        model = model_of(ours.HeNormal(seed=keras.random.SeedGenerator(3)))
        second = model_of(model.layers[0].kernel_initializer)
        model.compile(keras.optimizers.SGD(0.01), "mse")
    for stream, each in enumerate((model, second)):
        replicas = each.layers[0].kernel.value.values
        assert [replica.device[-1] for replica in replicas] == ["0", "1"]
        for replica in replicas:
            assert same(replica, expected_of((4, 3), stream=stream))
    random = np.random.default_rng(0)
    inputs = random.normal(size=(64, 4)).astype(np.float32)
    losses = model.fit(inputs, inputs.sum(1), batch_size=16, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    one, two = (replica.numpy() for replica in model.layers[0].kernel.value.values)
    assert np.array_equal(one, two)
    fastinit.keras.init_model(model, 3, {"*/kernel": "he_normal", "*": 0})
    name = model.layers[0].kernel.path
    weight = fastinit.Weight((4, 3), "he_normal", seed=3, name=name, layout="keras")
    for replica in model.layers[0].kernel.value.values:
        assert same(replica, np.asarray(weight))
    with pytest.raises(ValueError, match=r"several replicas.*variable\.assign"):
        fastinit.normal_(model.layers[0].kernel.value, seed=3)


def test_init_model_in_a_function():
    model = model_of("zeros")
    program = tf.function(lambda: fastinit.keras.init_model(model, 3, 1), autograph=False)
    with pytest.raises(TypeError, match="init_model writes weights now"):
        program()
    assert np.all(model.layers[0].kernel.numpy() == 0)


def test_init_model_makes_no_copy(monkeypatch):
    model = model_of("zeros")
    with monkeypatch.context() as patch:
        patch.setattr(tf, "convert_to_tensor", None)
        filled = []
        fill = fastinit.Weight.fill
        patch.setattr(
            fastinit.Weight, "fill", lambda self, out: filled.append(out) or fill(self, out)
        )
        fastinit.keras.init_model(model, 3, {"*/kernel": "he_normal", "*": None})
    filled[0][...] = 7
    assert np.all(model.layers[0].kernel.numpy() == 7)


def examples_of_the_page():
    page = (ROOT / "docs/keras.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "import tensorflow" in block]


def test_the_page_has_examples():
    assert examples_of_the_page()


@pytest.mark.parametrize("example", examples_of_the_page())
def test_example_of_the_page(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own


# Variables as `out=`


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("shape", [(40, 30), (0, 3), ()])
def test_a_variable_is_filled(shape, dtype):
    variable = tf.Variable(tf.ones(shape, dtype))
    assert fastinit.normal_(variable, seed=3) is variable
    assert same(variable, fastinit.normal(shape, seed=3, dtype=dtype))


def test_no_tensor_changes_when_a_variable_is_filled():
    ones = tf.ones((64, 64))
    variable = tf.Variable(ones)  # has the memory of the tensor
    before = variable.read_value()
    fastinit.normal_(variable, seed=3)
    after = variable.read_value()
    variable.assign_add(ones)
    for tensor in (ones, before):
        assert np.all(tensor.numpy() == 1)
    assert same(after, fastinit.normal((64, 64), seed=3))
    assert same(variable, after.numpy() + np.float32(1))


def test_a_variable_keeps_its_values_if_the_call_raises():
    variable = tf.Variable(tf.ones((4, 3)))
    with pytest.raises(ValueError, match="must not be negative"):
        fastinit.normal_(variable, 0.0, -1.0, seed=3)
    weight = fastinit.Weight((5, 3), "he_normal", seed=3, name="w")
    with pytest.raises(ValueError, match="shape"):
        weight.fill(variable)
    assert np.all(variable.numpy() == 1)


def of_float8():
    return tf.Variable(tf.convert_to_tensor(fastinit.normal(4, seed=1, dtype="float8_e5m2")))


def scattered():
    variable = tf.Variable(tf.ones((4, 3)))
    variable.scatter_update(tf.IndexedSlices(tf.zeros((1, 3)), tf.constant([0])))
    return variable


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tf.ones(3), TypeError, "immutable: fill a NumPy array and convert it"),
        (lambda: tf.Variable(tf.zeros(3, "int32")), TypeError, "dtype of out must be .*got int32"),
        (lambda: tf.Variable(tf.zeros(3, "bool")), TypeError, "bool.*variable.assign"),
        (of_float8, TypeError, "float8_e5m2.*variable.assign"),
        (scattered, ValueError, "does not share the memory of this variable.*variable.assign"),
    ],
)
def test_what_cannot_be_filled(make, error, message):
    out = make()
    before = out.numpy().tobytes()
    with pytest.raises(error, match=message):
        fastinit.normal_(out, seed=3)
    assert out.numpy().tobytes() == before


def test_a_variable_in_a_graph_cannot_be_filled():
    variable = tf.Variable(tf.ones((4, 3)))

    @tf.function(autograph=False)
    def program():
        fastinit.normal_(variable, seed=3)

    with pytest.raises(ValueError, match=r"in a graph.*variable\.assign"):
        program()
