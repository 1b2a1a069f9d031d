"""A fill of fastinit.torch that fails takes no stream of a generator of fastinit."""

from __future__ import annotations

import pytest
import torch

import fastinit
import fastinit.torch
from fastinit.torch import fills
from fastinit.torch.common_fills import thread

pytestmark = pytest.mark.once


class Stopped(BaseException):
    """As Ctrl-C is: no error."""


def stop(*_, **__):
    raise Stopped


WRONG = {
    "uniform_": ((4, 4), (2.0, 1.0)),
    "normal_": ((4, 4), (0.0, -1.0)),
    "trunc_normal_": ((4, 4), (0.0, -1.0)),
    "xavier_uniform_": ((4,), ()),
    "xavier_normal_": ((4, 4), (float("nan"),)),
    "kaiming_uniform_": ((4, 4), (0.0, "fan")),
    "kaiming_normal_": ((4, 4), (0.0, "fan_in", "gelu2")),
    "he_normal_": ((4,), ()),
    "he_uniform_": ((4,), ()),
    "lecun_normal_": ((4,), ()),
    "lecun_uniform_": ((4,), ()),
    "orthogonal_": ((4,), ()),
    "sparse_": ((4, 4), (1.5,)),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(name):
    shape, arguments = WRONG[name]
    process = fastinit.manual_seed(3)
    before, of_pytorch = process.get_state(), torch.get_rng_state()
    function, tensor = getattr(fastinit.torch, name), torch.ones(shape)
    for address in ({"seed": process}, {"seed": process, "stream": "w"}, {"stream": "w"}):
        with pytest.raises((TypeError, ValueError)):
            function(tensor, *arguments, **address)
    assert process.get_state() == before
    assert torch.equal(torch.get_rng_state(), of_pytorch)
    assert (tensor == 1).all()


def test_tensors_that_cannot_be_filled():
    process = fastinit.manual_seed(3)
    before = process.get_state()
    for tensor in (
        torch.ones(1).expand(4, 4),
        torch.ones(4, 4).to_sparse(),
        3,
        torch.ones(4).int(),
    ):
        with pytest.raises((TypeError, ValueError)):
            fastinit.torch.normal_(tensor, seed=process)
    assert process.get_state() == before


@pytest.mark.parametrize("in_process_group", [False, True])
def test_a_fill_that_stops_in_an_accelerated_block(monkeypatch, in_process_group):
    generator = fastinit.Generator(3)
    tensor = torch.empty(800, 700)  # too large for the path of small fills
    with fastinit.torch.accelerate(generator):
        thread.acceleration.in_process_group = in_process_group
        torch.nn.init.normal_(tensor)
        before = generator.get_state()
        with monkeypatch.context() as patch:
            patch.setattr(fills.engine, "fill", stop)
            with pytest.raises(Stopped):
                torch.nn.init.uniform_(tensor)
        assert generator.get_state() == before
        torch.nn.init.uniform_(tensor)
    expected = fastinit.uniform((800, 700), seed=3, stream=2**63 + 1)
    assert (tensor.numpy() == expected).all()


def test_models_take_no_stream():
    process = fastinit.manual_seed(3)
    before = process.get_state()
    layer = torch.nn.Linear(3, 4)
    with pytest.raises(ValueError, match="bias"):
        fastinit.torch.init_module(layer, seed=process, schemes={"weight": "he_normal"})
    fastinit.torch.init_module(layer, seed=process, schemes={"weight": "he_normal", "bias": 0})
    assert process.get_state() == before
