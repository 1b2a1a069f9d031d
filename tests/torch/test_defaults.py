"""The scheme "default" of `init_module`: what a module's own `reset_parameters` draws, by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

import fastinit
from fastinit.torch import accelerate, init_module

pytestmark = pytest.mark.once

ALPHA = 1e-4  # seeds are fixed: a failure is an error, not chance

MODULES = {
    "Linear": lambda: nn.Linear(60, 300),
    "Bilinear": lambda: nn.Bilinear(10, 11, 200),
    "Conv1d": lambda: nn.Conv1d(20, 200, 5, groups=2),
    "Conv2d": lambda: nn.Conv2d(20, 200, 3),
    "Conv2d, channels last": lambda: nn.Conv2d(20, 200, 3).to(memory_format=torch.channels_last),
    "Conv3d": lambda: nn.Conv3d(10, 200, 2, bias=False),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(20, 200, 3),
    "Embedding": lambda: nn.Embedding(90, 40, padding_idx=3),
    "EmbeddingBag": lambda: nn.EmbeddingBag(90, 40),
    "BatchNorm2d": lambda: nn.BatchNorm2d(9),
    "LayerNorm": lambda: nn.LayerNorm(9),
    "GroupNorm": lambda: nn.GroupNorm(3, 9),
    "RMSNorm": lambda: nn.RMSNorm(9),
    "PReLU": lambda: nn.PReLU(3, init=0.5),
    "LSTM": lambda: nn.LSTM(30, 40, proj_size=20, num_layers=2),
    "GRU": lambda: nn.GRU(30, 40, bidirectional=True),
    "RNN": lambda: nn.RNN(30, 40),
    "LSTMCell": lambda: nn.LSTMCell(30, 40),
    "MultiheadAttention": lambda: nn.MultiheadAttention(40, 4, add_bias_kv=True),
    "MultiheadAttention, other widths": lambda: nn.MultiheadAttention(40, 4, kdim=30, vdim=20),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(40, 4, 80),
    "Transformer": lambda: nn.Transformer(20, 4, 1, 1, 40, batch_first=True),
}


def values_of(module):
    return {name: each.detach().clone() for name, each in module.named_parameters()}


@pytest.mark.parametrize("name", MODULES)
def test_the_distribution_is_that_of_the_constructed_module(name):
    torch.manual_seed(7)
    module = MODULES[name]()
    own = values_of(module)
    for each in module.parameters():
        nn.init.constant_(each, math.nan)
    report = init_module(module, seed=7, schemes="default")
    assert report.filled == tuple(own)
    for key, ours in values_of(module).items():
        theirs = own[key].double().numpy().ravel()
        values = ours.double().numpy().ravel()
        if np.ptp(theirs) == 0:
            assert np.array_equal(values, theirs), key
            continue
        assert not np.array_equal(values, theirs)
        assert stats.ks_2samp(values, theirs).pvalue > ALPHA, key
        # Uniform values end at the same bound; the test above would not see a small difference.
        assert np.abs(values).max() == pytest.approx(np.abs(theirs).max(), rel=0.4), key


def test_values_are_those_of_a_weight_of_the_name_whatever_else_there_is():
    module = nn.ModuleDict({"first": nn.Linear(30, 40), "second": nn.Linear(30, 40)})
    init_module(module, seed=5, schemes="default")
    bound = 1 / math.sqrt(30)
    for name, values in values_of(module).items():
        shape = tuple(values.shape)
        weight = fastinit.Weight(shape, fastinit.Uniform(-bound, bound), seed=5, name=name)
        assert np.array_equal(values, weight[...]), name
    other = nn.ModuleDict({"norm": nn.LayerNorm(3), "second": nn.Linear(30, 40)})
    torch.manual_seed(1)
    state = torch.get_rng_state()
    with accelerate(seed=9) as block:
        init_module(other, seed=5, types={nn.Linear: "default"}, schemes={"norm.*": 0.5})
    assert torch.equal(torch.get_rng_state(), state)
    assert block.tensors == 0
    assert torch.equal(other["second"].weight, module["second"].weight)
    assert torch.equal(other["second"].bias, module["second"].bias)
    assert (other["norm"].weight == 0.5).all()


def test_padding_rows_buffers_and_parameters_without_elements():
    module = nn.Sequential(nn.Embedding(6, 4, padding_idx=-2), nn.BatchNorm1d(4))
    module[1].running_mean.fill_(7)
    report = init_module(module, seed=0, schemes={"*": "default"})
    assert dict(report.buffers)["1.running_mean"] == "BatchNorm1d.reset_running_stats"
    table = fastinit.Weight((6, 4), fastinit.Normal(), seed=0, name="0.weight", padding_idx=4)
    assert np.array_equal(module[0].weight.detach(), table[...])
    # A pattern that reaches a buffer leaves it to the method of its module.
    init_module(module, seed=0, schemes={"1.running_mean": "default", "*": 0})
    assert (module[1].running_mean == 0).all()
    with pytest.warns(UserWarning, match="zero-element"):
        empty = nn.Linear(0, 3)
    init_module(empty, seed=0, schemes="default")
    assert (empty.bias == 0).all()


class Users(nn.Module):
    """A module of a user, with a method as many have it."""

    def __init__(self, reset):
        super().__init__()
        self.weight = nn.Parameter(torch.full((30, 40), 7.0))
        self.parts = nn.ParameterList([torch.full((20,), 7.0)])
        self.scale = 0.25
        self.reset = reset

    def reset_parameters(self):
        self.reset(self)


def settled(module):
    module.weight.data.uniform_(-module.scale, 2 * module.scale)
    nn.init.normal_(module.parts[0], 1.0, std=0.5)
    module.scale = None


def settled_and_read(module):
    settled(module)
    torch.zeros_like(module.weight).mul_(module.weight)  # reads it only


@pytest.mark.parametrize("reset", [settled, settled_and_read])
def test_the_method_of_a_user(reset):
    module = Users(reset)
    init_module(module, seed=3, schemes="default")
    expected = {"weight": fastinit.Uniform(-0.25, 0.5), "parts.0": fastinit.Normal(1.0, 0.5)}
    for name, values in values_of(module).items():
        weight = fastinit.Weight(tuple(values.shape), expected[name], seed=3, name=name)
        assert np.array_equal(values, weight[...]), name
    assert module.scale == 0.25  # what the method changes besides is undone


def raises(module):
    raise RuntimeError("no data")


ERRORS = [
    (lambda module: None, r"no such method of Users .* sets this parameter"),
    (lambda module: module.weight.data[:3].zero_(), "that of Users does not fill"),
    (lambda module: module.weight.data.normal_().mul_(2), "that of Users does not fill"),
    (lambda module: module.weight.data.copy_(torch.ones(30, 40)), "that of Users does not fill"),
    (lambda module: nn.init.orthogonal_(module.weight), "Users"),
    (lambda module: nn.init.trunc_normal_(module.weight), "trunc_normal_ does not show"),
    (lambda module: nn.init.eye_(module.weight), "Users"),
    (lambda module: setattr(module.weight, "data", torch.ones(30, 40)), "does not run on tensors"),
    (raises, r"that of Users does not run on .* \(RuntimeError: no data\)"),
]


@pytest.mark.parametrize(("reset", "text"), ERRORS)
def test_a_method_that_says_no_distribution_is_an_error(reset, text):
    module = Users(reset)
    with pytest.raises(ValueError, match=rf"parameter 'weight': .*{text}"):
        init_module(module, seed=3, schemes={"weight": "default", "parts.*": 0})
    assert all((each == 7.0).all() for each in module.parameters())


def test_other_errors():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(3))

    with pytest.raises(ValueError, match=r"'0.weight': .*no such method of Plain or of a module"):
        init_module(nn.Sequential(Plain()), seed=0, schemes="default")
    linear = nn.Linear(3, 3)
    with pytest.raises(TypeError, match="'weight': the scheme 'default' takes no options, got"):
        init_module(linear, seed=0, schemes={"scheme": "default", "gain": 2.0})
    with pytest.raises(ValueError, match="'weight': it has no shape yet"):
        init_module(nn.LazyLinear(3), seed=0, schemes="default")
    with pytest.raises(TypeError, match="meta device"):
        init_module(nn.Linear(3, 3, device="meta"), seed=0, schemes="default")
