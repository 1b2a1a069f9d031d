"""`fastinit.keras` on JAX: run by tests/keras/test_backends.py, with eight devices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import fastinit
import fastinit.keras
from fastinit._engine import engine
from fastinit.keras import initializers as ours


def expected_of(shape, seed=1, stream=0, dtype="float32"):
    return fastinit.he_normal(
        shape, layout="keras", truncated=True, seed=seed, stream=stream, dtype=dtype
    )


def test_native_arrays():
    assert keras.backend.backend() == "jax"
    for dtype in ("float32", "bfloat16", "float16"):
        made = ours.HeNormal(seed=1)((4, 3), dtype=dtype)
        assert isinstance(made, jax.Array)
        assert made.dtype == dtype
        assert np.asarray(made).tobytes() == expected_of((4, 3), dtype=dtype).tobytes()


def test_float64_as_jax_has_it():
    with pytest.warns(UserWarning, match="float64"):
        assert ours.HeNormal(seed=1)((4, 3), dtype="float64").dtype == "float32"
    with jax.enable_x64(True):
        made = ours.HeNormal(seed=1)((4, 3), dtype="float64")
    assert np.array_equal(made, expected_of((4, 3), dtype="float64"))


def test_in_a_program():
    """No value becomes a constant of the program, and a SeedGenerator may be traced."""
    initializer = ours.HeNormal(seed=2**40 + 5)
    program = jax.jit(lambda: initializer((100, 200)))
    # As a constant the values alone would take 160,000 characters.
    assert len(program.lower().as_text()) < 100_000
    assert np.array_equal(program(), expected_of((100, 200), seed=2**40 + 5))

    generator = keras.random.SeedGenerator(5)
    drawn = ours.HeNormal(seed=generator)

    @jax.jit
    def stateless(state):
        with keras.StatelessScope(state_mapping=[(generator.state, state)]) as scope:
            values = drawn((4, 3))
        return values, scope.get_current_value(generator.state)

    state = generator.state.value
    for stream in range(3):
        values, state = stateless(state)
        assert np.array_equal(values, expected_of((4, 3), seed=5, stream=stream))


def test_eval_shape_makes_nothing(monkeypatch):
    monkeypatch.setattr(engine, "fill", None)
    made = jax.eval_shape(lambda: ours.HeNormal(seed=1)((2**40, 2**10)))
    assert made.shape == (2**40, 2**10)


@pytest.fixture
def mesh():
    assert jax.device_count() == 8
    return keras.distribution.DeviceMesh((2, 4), ["batch", "model"])


@pytest.mark.parametrize(
    "axes", [("batch", "model"), (None, "model"), ("model", None), (None, None)]
)
@pytest.mark.parametrize("name", ["HeNormal", "Orthogonal"])
def test_layouts(mesh, axes, name):
    layout = keras.distribution.TensorLayout(axes, mesh)
    initializer = getattr(ours, name)(seed=1)
    made = initializer((16, 24), layout=layout)
    assert made.sharding.is_equivalent_to(layout.backend_layout, 2)
    assert np.array_equal(made, np.asarray(initializer((16, 24))))


def test_model_parallel(mesh, monkeypatch):
    """Each variable's parts are made as its layout has them, and the values are the same."""
    sizes = []
    fill_box = engine.fill_box
    monkeypatch.setattr(
        engine, "fill_box", lambda array, *rest: sizes.append(array.shape) or fill_box(array, *rest)
    )
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["dense.*kernel"] = (None, "model")
    distribution = keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    with distribution.scope():
        layer = keras.layers.Dense(24, kernel_initializer=ours.HeNormal(seed=1), name="dense")
        layer.build((None, 16))
    kernel = layer.kernel.value
    assert not kernel.is_fully_replicated
    assert {shard.data.shape for shard in kernel.addressable_shards} == {(16, 6)}
    assert set(sizes) == {(16, 6)}
    assert np.array_equal(kernel, expected_of((16, 24)))
    assert layer(jnp.ones((2, 16))).shape == (2, 24)


def test_data_parallel():
    distribution = keras.distribution.DataParallel(devices=keras.distribution.list_devices())
    with distribution.scope():
        layer = keras.layers.Dense(24, kernel_initializer=ours.HeNormal(seed=1))
        layer.build((None, 16))
    assert layer.kernel.value.is_fully_replicated
    assert np.array_equal(layer.kernel.value, expected_of((16, 24)))


def test_init_model_makes_the_part_of_each_device(mesh, monkeypatch):
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["dense.*kernel"] = (None, "model")
    distribution = keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    with distribution.scope():
        layer = keras.layers.Dense(24, name="dense_of_test")
        layer.build((None, 16))
    before = layer.kernel.value.sharding
    sizes = []
    fill_box = engine.fill_box
    monkeypatch.setattr(
        engine, "fill_box", lambda array, *rest: sizes.append(array.shape) or fill_box(array, *rest)
    )
    name = layer.kernel.path
    schemes = {"*/kernel": "he_normal", "*/bias": 0}
    fastinit.keras.init_model(layer, 3, schemes)
    assert set(sizes) == {(16, 6)}
    assert layer.kernel.value.sharding == before
    weight = fastinit.Weight((16, 24), "he_normal", seed=3, name=name, layout="keras")
    assert np.array_equal(layer.kernel.value, weight)
    fastinit.keras.init_model(layer, 3, {"*/kernel": "orthogonal", "*/bias": 0})
    expected = fastinit.orthogonal((16, 24), seed=3, stream=name, layout="keras")
    assert np.array_equal(layer.kernel.value, expected)
    with pytest.raises(TypeError, match="init_model writes weights now"):
        jax.jit(lambda: fastinit.keras.init_model(layer, 3, 0))()
