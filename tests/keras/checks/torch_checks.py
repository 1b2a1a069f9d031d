"""`fastinit.keras` on PyTorch: run by tests/keras/test_backends.py."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import torch

import fastinit
import fastinit.keras
from fastinit.keras import initializers as ours


def test_native_tensors():
    assert keras.backend.backend() == "torch"
    for dtype in ("float32", "float64", "bfloat16", "float16"):
        made = ours.HeNormal(seed=1)((4, 3), dtype=dtype)
        assert type(made) is torch.Tensor
        assert made.dtype == getattr(torch, dtype)
    expected = fastinit.normal(9, 0.0, 0.05, dtype="float64", seed=1)
    assert np.array_equal(ours.RandomNormal(seed=1)((9,), dtype="float64").numpy(), expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_tensor_is_filled_where_it_is(dtype, monkeypatch):
    made = []
    empty = keras.ops.empty

    def noted(*arguments, **options):
        made.append(empty(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(keras.ops, "empty", noted)
    assert ours.HeNormal(seed=1)((40, 30), dtype=dtype) is made[0]


def test_on_the_meta_device_nothing_is_made():
    with keras.device("meta"):
        made = ours.HeNormal(seed=1)((2**30, 2**20))
    assert made.is_meta
    assert made.shape == (2**30, 2**20)


def test_a_layer_s_weight_is_a_trainable_parameter():
    layer = keras.layers.Dense(3, kernel_initializer=ours.HeNormal(seed=1))
    layer.build((None, 4))
    layer(torch.ones(2, 4)).sum().backward()
    assert layer.kernel.value.grad.shape == (4, 3)


def test_init_model_fills_parameters_where_they_are():
    layer = keras.layers.Dense(3)
    layer.build((None, 4))
    parameter = layer.kernel.value
    address, version = parameter.data_ptr(), parameter._version  # noqa: SLF001
    fastinit.keras.init_model(layer, 3, {"*/kernel": "he_normal", "*/bias": 0})
    assert layer.kernel.value is parameter
    assert parameter.data_ptr() == address
    assert parameter._version > version  # noqa: SLF001 - autograd knows
    assert parameter.requires_grad


def test_init_model_on_the_meta_device():
    with keras.device("meta"):
        layer = keras.layers.Dense(3, name="dense_of_test")
        layer.build((None, 4))
    with pytest.raises(ValueError, match=r"weight 'dense_of_test/kernel': .*meta device"):
        fastinit.keras.init_model(layer, 3, 0)
