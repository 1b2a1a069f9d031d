"""`init_module`: modules and tensors that are shared, and tensors that are none of the usual ones."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import fastinit
from fastinit.torch import init_module


def formula(shape, name):
    return torch.from_numpy(fastinit.Weight(shape, "he_normal", seed=0, name=name)[...])


@pytest.mark.parametrize("padding", ["first", "second"])
def test_parameters_of_the_same_memory_are_one_parameter(padding):
    table, head = nn.Embedding(5, 4, padding_idx=1), nn.Linear(4, 5, bias=False)
    head.weight.data = table.weight.data
    first, second = (table, head) if padding == "first" else (head, table)
    report = init_module(nn.Sequential(first, second), seed=0, schemes="he_normal")
    assert report.filled == ("0.weight",)
    assert dict(report.tied) == {"1.weight": "0.weight"}
    expected = formula((5, 4), "0.weight")
    expected[1] = 0
    assert torch.equal(table.weight, expected)
    assert torch.equal(head.weight, expected)


def test_memory_that_two_fills_would_write_is_an_error():
    module = nn.Module()
    module.qkv = nn.Parameter(torch.zeros(6, 4))
    module.query = nn.Parameter(module.qkv.detach()[:2])
    with pytest.raises(ValueError, match="'qkv' and 'query' share memory"):
        init_module(module, seed=0, schemes="he_normal")
    assert not module.qkv.any()
    init_module(module, seed=0, schemes={"query": None, "qkv": "he_normal"})
    assert torch.equal(module.query, formula((6, 4), "qkv")[:2])


def test_views_of_one_tensor_that_share_no_element_are_filled():
    module = nn.Module()
    module.query, module.key = map(nn.Parameter, torch.zeros(8, 6).chunk(2, 1))
    init_module(module, seed=0, schemes="he_normal")
    assert torch.equal(module.query, formula((8, 3), "query"))
    assert torch.equal(module.key, formula((8, 3), "key"))


def test_a_module_that_holds_the_one_that_holds_it():
    module = nn.Sequential(nn.Linear(2, 2))
    module[0].outer = module
    assert init_module(module, seed=0, schemes=0.5).filled == ("0.weight", "0.bias")


class Resets(nn.Module):
    """A module whose method changes more than its buffer."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("table", torch.zeros(2))
        self.part = nn.Linear(2, 2)
        self.calls = 0
        self.reset_parameters()

    def reset_parameters(self):
        self.calls += 1
        self.doubled = self.weight.detach() * 2
        self.part = nn.Linear(2, 2)
        self.added = nn.Linear(2, 2)
        self.table = torch.full((2,), 2.0)


def test_a_method_that_sets_attributes_changes_none():
    module = Resets()
    module.table.fill_(7)
    before = {**vars(module), **dict(module.named_children())}
    report = init_module(module, seed=0, schemes={"*": 0.5})
    assert dict(report.buffers) == {"table": "Resets.reset_parameters"}
    assert torch.equal(module.table, torch.full((2,), 2.0))
    after = {**vars(module), **dict(module.named_children())}
    assert after.keys() == before.keys()
    assert all(after[key] is before[key] for key in before)
    assert not module.doubled.is_meta


@pytest.mark.parametrize("device", ["meta"])  # as "cuda" would be, without the hardware
def test_a_default_device_changes_nothing(device):
    def made():
        return nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 3)), nn.BatchNorm1d(3))

    schemes = {"*num_batches_tracked": 3, "*bias": 0.0, "1.weight": 1.0, "*": "he_normal"}
    here, there = made(), made()
    expected = init_module(here, seed=0, schemes=schemes)
    with torch.device(device):
        assert init_module(there, seed=0, schemes=schemes) == expected
    for (name, one), other in zip(
        here.state_dict().items(), there.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name


def buffer(value):
    module = nn.Module()
    module.register_buffer("table", value)
    return module


@pytest.mark.parametrize(
    ("value", "scheme", "error", "text"),
    [
        (torch.zeros(2, dtype=torch.int8), 300, ValueError, "torch.int8 cannot hold 300"),
        (torch.zeros(2, dtype=torch.int8), 0.5, ValueError, "torch.int8 cannot hold 0.5"),
        (
            torch.zeros(2, dtype=torch.int8),
            {"scheme": 1, "mode": "fan_in"},
            TypeError,
            "a constant takes no options, got {'mode': 'fan_in'}",
        ),
        (torch.zeros(1, 3).expand(2, 3), 1.0, TypeError, "its elements share memory"),
        (
            nn.Parameter(torch.zeros(1, 3).expand(2, 3)),
            1.0,
            TypeError,
            "its elements share memory",
        ),
    ],
)
def test_what_a_tensor_cannot_hold(value, scheme, error, text):
    module = nn.Module()
    if isinstance(value, nn.Parameter):
        module.table = value
    else:
        module.register_buffer("table", value)
    with pytest.raises(error, match=f"'table': .*{re.escape(text)}"):
        init_module(module, seed=0, schemes={"table": scheme})
    assert not value.any()


def test_nan_in_complex_numbers():
    module = buffer(torch.zeros(2, dtype=torch.complex64))
    init_module(module, seed=0, schemes={"table": float("nan")})
    assert module.table.isnan().all()


@pytest.mark.parametrize("schemes", [{"*": 1.0}, {"num_batches_tracked": 0, "*": None}, {}])
def test_inference_tensors_are_written_in_inference_mode(schemes):
    with torch.inference_mode():
        module = nn.BatchNorm1d(3, affine="*" in schemes)
        for each in module.buffers():
            each.fill_(5)
    with pytest.raises(ValueError, match=r"'\w+': it is an inference tensor"):
        init_module(module, seed=0, schemes=schemes)
    assert module.running_mean.eq(5).all()
    with torch.inference_mode():
        init_module(module, seed=0, schemes=schemes)
        assert module.num_batches_tracked == 0


class Makes(nn.Module):
    """A module that makes its buffer again."""

    def __init__(self, make):
        super().__init__()
        self.make = make
        self.register_buffer("table", make())

    def reset_parameters(self):
        self.table = self.make()


def test_buffers_that_are_conjugated_lazily():
    def make():
        return torch.polar(torch.ones(4), torch.arange(4.0)).conj()

    module = Makes(make)
    module.table.zero_()
    init_module(module, seed=0, schemes={})
    assert torch.equal(module.table, make())


def test_sparse_buffers_need_a_pattern():
    module = Makes(lambda: torch.eye(3).to_sparse())
    with pytest.raises(ValueError, match="'table': a buffer of Makes"):
        init_module(module, seed=0, schemes={})
    assert init_module(module, seed=0, schemes={"table": None}).left == ("table",)
