"""`Weight.replace` and `Weight.to_torch`."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import fastinit

pytestmark = pytest.mark.once

KERNEL = fastinit.Weight(
    (3, 3, 8, 16), "he_normal", layout="keras", mode="fan_out", seed=1, name="conv", padding_idx=1
)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": (5, 4)},
        {"scheme": "he_uniform"},
        {"seed": 2},
        {"seed": fastinit.Generator(7)},
        {"name": "other"},
        {"dtype": "float16"},
        {"padding_idx": None},
        {"padding_idx": 2},
        {"mode": "fan_in"},
        {"options": {}, "scheme": fastinit.Normal(0.0, 1.0)},
        {"options": {"layout": "keras"}, "gain": 2.0, "scheme": "xavier_normal"},
        {},
    ],
    ids=str,
)
def test_replace_is_the_constructor_with_the_other_facts(changes):
    assert KERNEL.replace(**changes) == dataclasses.replace(KERNEL, **changes)


def test_replace_changes_only_what_is_given():
    other = KERNEL.replace(name="other")
    assert (other.options, other.padding_idx, other.name) == (KERNEL.options, 1, "other")
    assert KERNEL.name == "conv"
    assert other.replace(name="conv") == KERNEL
    assert KERNEL.replace(padding_idx=None).padding_idx is None


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"seed": -1}, ValueError, "seed must be in"),
        ({"dtype": "int8"}, TypeError, "dtype must be float32"),
        ({"shape": (3, -1)}, ValueError, "negative lengths"),
        ({"padding_idx": 3}, ValueError, "padding_idx must be in"),
        ({"mod": "fan_in"}, TypeError, "unexpected keyword argument 'mod'.*did you mean 'mode'"),
        ({"scheme": "zeros"}, TypeError, "options"),
        ({"scheme": "he_norml"}, ValueError, "did you mean 'he_normal'"),
    ],
)
def test_errors_of_replace(changes, error, message):
    with pytest.raises(error, match=message):
        KERNEL.replace(**changes)


DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_pytorch(dtype):
    torch = pytest.importorskip("torch")
    weight = fastinit.Weight((6, 4), "he_normal", seed=1, name="w", dtype=dtype, padding_idx=2)
    for index in (..., 1, slice(4, 0, -2), [2, 5], (slice(None), [3, 0]), (1, 2)):
        tensor = weight.to_torch(index)
        assert tensor.dtype is getattr(torch, dtype)
        assert not tensor.requires_grad
        expected = np.asarray(weight[index])
        assert tuple(tensor.shape) == expected.shape
        codes = tensor.reshape(-1).contiguous().view(torch.uint8)
        assert codes.numpy().tobytes() == expected.tobytes()
    assert weight.to_torch(threads=1).shape == (6, 4)


def test_errors_of_to_torch():
    torch = pytest.importorskip("torch")
    weight = fastinit.Weight((6, 4), "he_normal", seed=1, name="w")
    with pytest.raises(ValueError, match="meta device"):
        weight.to_torch(device="meta")
    with pytest.raises(IndexError, match="out of bounds"):
        weight.to_torch(6)
    with pytest.raises(ValueError, match="threads"):
        weight.to_torch(threads=0)
    for device in ("cpu", torch.device("cpu")):
        with pytest.raises(TypeError, match=r"is given by name: to_torch\(device='cpu'\)$"):
            weight.to_torch(device)
        assert isinstance(weight.to_torch(device=device), torch.Tensor)


def test_to_torch_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ImportError, match=r"fastinit-sampler\[torch\]|torch"):
        KERNEL.to_torch()
