"""`init_module` by the names of all schemes; and what PyTorch's users mean by Xavier."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

import fastinit
import fastinit.torch
from fastinit.torch import init_module

pytestmark = pytest.mark.once

SCHEMES = {
    "wte.weight": "embedding_uniform",
    "qkv.weight": {"scheme": "xavier_uniform", "parts": 3},
    "proj.weight": {"scheme": "depth_scaled", "layers": 12},
    "lstm.weight_ih*": "identity_hadamard",
    "lstm.weight_hh*": {"scheme": "orthogonal", "parts": 4},
    "lstm.bias_ih*": "lstm_bias",
    "*bias*": "zeros",
}


@pytest.fixture
def model():
    return nn.ModuleDict(
        {
            "wte": nn.Embedding(50, 12, padding_idx=3),
            "qkv": nn.Linear(12, 36),
            "proj": nn.Linear(12, 12),
            "lstm": nn.LSTM(12, 8),
        }
    )


def test_values_are_those_of_the_functions(model):
    init_module(model, seed=5, schemes=SCHEMES)
    table = fastinit.Weight((50, 12), "embedding_uniform", seed=5, name="wte.weight", padding_idx=3)
    expected = {
        "wte.weight": np.asarray(table),
        "qkv.weight": fastinit.xavier_uniform((36, 12), parts=3, seed=5, stream="qkv.weight"),
        "proj.weight": fastinit.depth_scaled((12, 12), layers=12, seed=5, stream="proj.weight"),
        "lstm.weight_ih_l0": fastinit.identity_hadamard((32, 12)),
        "lstm.weight_hh_l0": fastinit.orthogonal(
            (32, 8), parts=4, seed=5, stream="lstm.weight_hh_l0"
        ),
        "lstm.bias_ih_l0": np.repeat(np.float32([0, 1, 0, 0]), 8),
    }
    for name, values in expected.items():
        assert np.array_equal(model.get_parameter(name).detach(), values), name


def test_parts_of_packed_attention_have_the_fans_of_one_part():
    attention = nn.MultiheadAttention(24, 4)
    schemes = {
        "in_proj_weight": {"scheme": "xavier_uniform", "parts": 3},
        "out_proj.weight": "xavier_uniform",
        "*bias": "zeros",
    }
    init_module(attention, seed=5, schemes=schemes)
    packed = attention.in_proj_weight.detach().numpy()
    bound = np.sqrt(6 / (24 + 24))
    expected = fastinit.uniform((72, 24), -bound, bound, seed=5, stream="in_proj_weight")
    np.testing.assert_allclose(packed, expected, rtol=1e-6)
    for part in np.split(packed, 3):
        assert 0.95 * bound < np.abs(part).max() <= bound
    init_module(
        attention,
        seed=5,
        schemes={**schemes, "in_proj_weight": {"scheme": "orthogonal", "parts": 3}},
    )
    for part in np.split(attention.in_proj_weight.detach().numpy(), 3):
        np.testing.assert_allclose(part @ part.T, np.eye(24), atol=1e-5)
    with pytest.raises(ValueError, match=r"'in_proj_weight': .*parts"):
        init_module(
            attention,
            seed=5,
            schemes={**schemes, "in_proj_weight": {"scheme": "xavier_uniform", "parts": 5}},
        )


@pytest.mark.parametrize(
    ("pattern", "scheme", "error", "match"),
    [
        ("proj.weight", "depth_scaled", TypeError, r"'proj.weight': depth_scaled\(\) also needs"),
        ("*bias*", {"scheme": "small_init", "width": 9}, ValueError, "'qkv.bias': .*two or more axes"),
        ("wte.weight", "embeding_normal", ValueError, "did you mean 'embedding_normal'"),
        ("wte.weight", "normal", ValueError, r"give fastinit\.Normal"),
    ],
)  # fmt: skip
def test_errors_name_the_parameter_and_the_cure(model, pattern, scheme, error, match):
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    with pytest.raises(error, match=match):
        init_module(model, seed=5, schemes=SCHEMES | {pattern: scheme})
    assert all((before[name] == each).all() for name, each in model.named_parameters())


@pytest.mark.parametrize("name", ["xavier", "xavier_"])
def test_plain_xavier_is_not_what_pytorch_means(name):
    meant = name.replace("xavier", "xavier_uniform")
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': did you mean '{meant}'"):
        getattr(fastinit.torch, name)
