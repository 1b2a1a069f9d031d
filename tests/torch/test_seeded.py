"""`seed=` and `stream=` of the functions of `fastinit.torch`, and the schemes PyTorch lacks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import fastinit
import fastinit.torch as init

pytestmark = pytest.mark.once

#: Arguments for each function that draws, in PyTorch and in fastinit.
CALLS = {
    "uniform_": ((-0.5, 2.0), {}, {"low": -0.5, "high": 2.0}),
    "normal_": ((1.0, 0.1), {}, {"mean": 1.0, "std": 0.1}),
    "trunc_normal_": ((), {"std": 0.5, "a": -1.0, "b": 0.5}, {"std": 0.5, "a": -1.0, "b": 0.5}),
    "xavier_uniform_": ((2.0,), {}, {"gain": 2.0}),
    "xavier_normal_": ((), {"gain": 3.0}, {"gain": 3.0}),
    "kaiming_uniform_": ((), {"a": 0.3, "mode": "fan_out"}, {"a": 0.3, "mode": "fan_out"}),
    "kaiming_normal_": ((), {"nonlinearity": "tanh"}, {"nonlinearity": "tanh"}),
    "he_uniform_": ((0.3, "fan_out"), {}, {"a": 0.3, "mode": "fan_out"}),
    "he_normal_": ((), {"nonlinearity": "relu"}, {"nonlinearity": "relu"}),
    "lecun_uniform_": ((), {}, {}),
    "lecun_normal_": ((), {}, {}),
    "orthogonal_": ((2.0,), {}, {"gain": 2.0}),
    "sparse_": ((0.5,), {"std": 0.1}, {"sparsity": 0.5, "std": 0.1}),
}


def expected(name, shape, dtype=torch.float32, **address):
    """Return the values of the fastinit function, as bytes."""
    function = getattr(fastinit, name.removesuffix("_"))
    return function(shape, **CALLS[name][2], dtype=dtype, **address).tobytes()


def bytes_of(tensor):
    return tensor.detach().contiguous().view(torch.uint8).numpy().tobytes()


def draws():
    """Return the names of the functions that take a generator, and so a seed."""
    return {
        name
        for name in init.__all__
        if name.endswith("_") and "generator" in getattr(init, name).__annotations__
    }


def test_every_function_that_draws_is_here():
    assert set(CALLS) == draws()


@pytest.mark.parametrize("shape", [(6, 8), (70, 60)])  # on each side of SMALL
@pytest.mark.parametrize("name", CALLS)
def test_values_are_those_of_the_fastinit_function(name, shape):
    parameter = nn.Parameter(torch.full(shape, torch.nan))
    version, state = parameter._version, torch.get_rng_state()  # noqa: SLF001
    positional, keywords, _ = CALLS[name]
    function = getattr(init, name)
    given = function(parameter, *positional, **keywords, seed=3, stream="encoder.weight")
    assert given is parameter
    assert parameter._version > version  # noqa: SLF001
    assert torch.equal(torch.get_rng_state(), state)
    assert bytes_of(parameter) == expected(name, shape, seed=3, stream="encoder.weight")
    function(parameter, *positional, **keywords, seed=-1)
    assert bytes_of(parameter) == expected(name, shape, seed=2**64 - 1)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.float8_e5m2])
def test_every_dtype_and_layout(dtype):
    transposed = torch.empty(8, 6, dtype=dtype).T
    init.normal_(transposed, 1.0, 0.1, seed=3, stream=5)
    assert bytes_of(transposed) == expected("normal_", (6, 8), dtype, seed=3, stream=5)


def test_a_generator_of_fastinit_hands_out_its_streams():
    ours, theirs = fastinit.Generator(4), fastinit.Generator(4)
    for _ in range(2):
        tensor = init.normal_(torch.empty(6, 8), 1.0, 0.1, seed=ours)
        assert bytes_of(tensor) == expected("normal_", (6, 8), seed=theirs)


@pytest.mark.filterwarnings("ignore:`nn.init.normal` is now deprecated")
def test_names_before_pytorch_0_4_and_acceleration():
    tensor = init.normal(torch.empty(6, 8), 1.0, 0.1, seed=3)
    assert bytes_of(tensor) == expected("normal_", (6, 8), seed=3)
    with init.accelerate(seed=0) as report:
        init.he_normal_(tensor, nonlinearity="relu", seed=3)
        init.orthogonal_(tensor, 2.0, seed=3)
    assert report.tensors == 0  # the block makes other fills
    assert bytes_of(tensor) == expected("orthogonal_", (6, 8), seed=3)


@pytest.mark.parametrize("name", ["he_uniform_", "he_normal_", "lecun_uniform_", "lecun_normal_"])
def test_schemes_that_pytorch_lacks_without_a_seed(name):
    positional, keywords, _ = CALLS[name]
    tensor, number = torch.empty(70, 60), torch.empty(1, dtype=torch.int64)
    torch.manual_seed(5)
    getattr(init, name)(tensor, *positional, **keywords)
    torch.manual_seed(5)
    number.random_(-(1 << 63), None)
    assert bytes_of(tensor) == expected(name, (70, 60), seed=int(number) % 2**64)


def test_nothing_is_filled_on_the_meta_device():
    tensor = torch.empty(6, 8, device="meta")
    assert init.normal_(tensor, seed=3) is tensor


def vmapped(tensor):
    return torch.vmap(lambda row: init.normal_(row, seed=0))(tensor)


ERRORS = [
    ({"stream": "a"}, TypeError, r"normal_\(\) got stream= without seed="),
    ({"seed": 0, "generator": torch.Generator()}, TypeError, "both seed= and generator="),
    ({"seed": 2**64}, ValueError, "seed must be in"),
    ({"seed": 0.5}, TypeError, "seed must be an integer or a fastinit.Generator, got float"),
    ({"seed": 0, "stream": 1.5}, TypeError, "stream must be"),
    ({"seed": 0, "std": -1.0}, ValueError, "std must not be negative"),
]


@pytest.mark.parametrize(("given", "error", "text"), ERRORS)
def test_arguments_that_do_not_do(given, error, text):
    tensor = torch.full((6, 8), 7.0)
    with pytest.raises(error, match=text):
        init.normal_(tensor, **given)
    assert (tensor == 7.0).all()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: np.empty((6, 8), np.float32), "tensor must be a torch.Tensor, got ndarray"),
        (lambda: torch.empty(6, 8, dtype=torch.complex64), "real and imaginary parts"),
        (lambda: torch.empty(6, 8, dtype=torch.int32), "int32"),
        (lambda: torch.eye(6).to_sparse(), "layout torch.sparse_coo"),
        (lambda: torch.empty(6).expand(8, 6), "share memory|overlap"),
    ],
)
def test_tensors_that_cannot_be_filled(make, text):
    with pytest.raises((TypeError, ValueError), match=text):
        init.normal_(make(), seed=0)


def test_a_transform_is_an_error():
    with pytest.raises(TypeError, match=r"normal_\(\) with seed= cannot fill the tensor; it is"):
        vmapped(torch.zeros(3, 4))


@pytest.mark.parametrize("name", ["xavier_uniform_", "_calculate_fan_in_and_fan_out"])
def test_a_replaced_function_is_an_error(name, monkeypatch):
    tensor = torch.full((6, 8), 7.0)
    monkeypatch.setattr(nn.init, name, lambda tensor, *args, **kwargs: (1, 1))
    with pytest.raises(RuntimeError, match=rf"torch.nn.init.{name} is replaced by other code"):
        init.xavier_uniform_(tensor, seed=0)
    assert (tensor == 7.0).all()
