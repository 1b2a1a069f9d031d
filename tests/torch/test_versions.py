"""Fills of tensors and autograd: a fill that raises leaves the version, so saved graphs stay valid."""

from __future__ import annotations

from inspect import signature

import pytest
import torch

import fastinit
from fastinit._schemes.scheme_functions import INITIALIZERS
from tests.support.schemes import NEEDED

pytestmark = pytest.mark.once

WEIGHT = fastinit.Weight((8, 8), "he_normal", seed=0, name="w")

#: For each fill: a shape, arguments, and others that are an error.
FILLS = {
    "uniform_": ((8, 8), {}, {"low": 2.0}),
    "normal_": ((8, 8), {}, {"std": -1.0}),
    "trunc_normal_": ((8, 8), {}, {"std": -1.0}),
    "constant_": ((8, 8), {"value": 0.5}, {"value": float("inf")}),
    "eye_": ((8, 8), {}, {"gain": float("nan")}),
    "dirac_": ((8, 8, 3), {}, {"groups": 3}),
    "lstm_bias_": ((8,), {}, {"gate": 4}),
    "orthogonal_": ((8, 8), {}, {"parts": 3}),
    "delta_orthogonal_": ((8, 8, 3), {}, {"threads": 0}),
    "sparse_": ((8, 8), {"sparsity": 0.5}, {"sparsity": 2.0}),
    "identity_plus_noise_": ((8, 8), {}, {"std": -1.0}),
    "identity_hadamard_": ((8, 8), {}, {"layout": "jax"}),
    **{
        name: ((8, 8), NEEDED.get(name.removesuffix("_"), {}), {"threads": 0})
        for name in INITIALIZERS
        if name.endswith("_")
    },
}


def checked(call, tensor, *wrong):
    """Check that a call counts as a write if it writes, and that wrong calls do not."""
    version, before = tensor._version, tensor.clone()  # noqa: SLF001
    for arguments in wrong:
        with pytest.raises((TypeError, ValueError)):
            call(tensor, **arguments)
        assert tensor._version == version  # noqa: SLF001
        assert torch.equal(tensor, before)
    call(tensor)
    assert tensor._version > version  # noqa: SLF001


@pytest.mark.parametrize("name", FILLS)
def test_fills(name):
    shape, arguments, wrong = FILLS[name]
    function = getattr(fastinit, name)
    # Each fill that draws checks these after the arguments of its own.
    late = ({"threads": 0}, {"seed": -1}, {"stream": 1.5})
    drawn = [each for each in late if each.keys() <= signature(function).parameters.keys()]
    assert drawn or name in {"constant_", "eye_", "dirac_", "lstm_bias_", "identity_hadamard_"}
    checked(
        lambda out, **more: function(out, **(arguments | more)), torch.ones(shape), wrong, *drawn
    )


def test_zeros_ones_and_words():
    for function, dtype in (
        (fastinit.zeros_, torch.float32),
        (fastinit.ones_, torch.float32),
        (fastinit.random_bits_, torch.uint32),
    ):
        tensor = torch.zeros(3, dtype=dtype)
        version = tensor._version  # noqa: SLF001
        function(tensor)
        assert tensor._version > version  # noqa: SLF001


def test_weights_generators_and_quantised_rows():
    checked(WEIGHT.fill, torch.ones(8, 8), {"threads": 0})
    checked(
        lambda out, **more: WEIGHT.fill(out, slice(2, 4), **more), torch.ones(2, 8), {"threads": 0}
    )
    checked(lambda out, **more: WEIGHT.rows([1], out, **more), torch.ones(1, 8), {"threads": 0})
    for method in ("random", "standard_normal", "normal", "uniform"):
        draw = getattr(fastinit.Generator(0), method)
        checked(
            lambda out, draw=draw, **more: draw(out=out, **({"dtype": "float32"} | more)),
            torch.ones(8),
            {"size": 9},
        )
    rows = torch.ones(4, 8 + 8, dtype=torch.uint8)
    checked(
        lambda out, **more: fastinit.quantized_rows_(out, 8, fastinit.Uniform(0, 1), **more),
        rows,
        {"first_row": -1},
        {"threads": 0},
        {"seed": -1},
        {"bits": 3},
    )


def test_a_graph_survives_a_fill_that_raises():
    weight = torch.ones(4, requires_grad=True)
    factor = torch.full((4,), 2.0)
    loss = (weight * factor).sum()
    with pytest.raises(ValueError, match="std must not be negative"):
        fastinit.normal_(factor, std=-1.0, seed=0)
    loss.backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [2.0] * 4
    loss = (weight * factor).sum()
    fastinit.normal_(factor, seed=0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
