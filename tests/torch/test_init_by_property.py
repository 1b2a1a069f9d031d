"""Any call of `fastinit.torch`, or of `torch.nn.init` in `accelerate`, against `torch.nn.init`."""

from __future__ import annotations

import contextlib
import inspect
import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import init as torch_init

import fastinit.torch
from fastinit.torch import fills
from tests.support.fuzzing import fuzz

#: Each function with strategies for its arguments, also with values that it refuses.
numbers = st.sampled_from([0.0, -0.0, 1.0, -1.5, 0.3, 2, 1e-3])
scales = st.sampled_from([0.0, 0.5, 1.0, 2, -1.0])
kaiming = {
    "a": st.sampled_from([0, 0.2, -1, math.sqrt(5), "a"]),
    "mode": st.sampled_from(["fan_in", "fan_out", "FAN_OUT", "fan_avg"]),
    "nonlinearity": st.sampled_from(["relu", "leaky_relu", "tanh", "selu", "linear", "gelu"]),
}
FUNCTIONS = {
    "uniform_": {"a": numbers, "b": numbers},
    "normal_": {"mean": numbers, "std": scales},
    "trunc_normal_": {"mean": numbers, "std": scales, "a": numbers, "b": numbers},
    "xavier_uniform_": {"gain": scales},
    "xavier_normal_": {"gain": scales},
    "kaiming_uniform_": kaiming,
    "kaiming_normal_": kaiming,
    "constant_": {"val": numbers},
    "ones_": {},
    "zeros_": {},
    "eye_": {},
    "dirac_": {"groups": st.integers(0, 3)},
    "orthogonal_": {"gain": scales},
    "sparse_": {"sparsity": st.sampled_from([0.0, 0.3, 1.0, 2.0]), "std": scales},
}
#: What takes no random numbers: the values are PyTorch's.
EQUAL = ("constant_", "ones_", "zeros_", "eye_", "dirac_")
#: The functions with bounds, and their defaults.
BOUNDS = {"uniform_": (0.0, 1.0), "trunc_normal_": (-2.0, 2.0)}
DTYPES = ("float32", "float64", "bfloat16", "float16", "int32")


@st.composite
def tensors(draw):
    """Return a function that makes a tensor of any dtype, layout and kind."""
    shape = draw(st.lists(st.integers(0, 5), max_size=4))
    dtype = getattr(torch, draw(st.sampled_from(DTYPES)))
    order = draw(st.permutations(range(len(shape))))
    step = draw(st.sampled_from([1, 1, 2]))
    kind = draw(st.sampled_from(["plain", "plain", "parameter", "expanded", "requires_grad"]))

    def make():
        whole = torch.zeros([step * n for n in shape], dtype=dtype)
        tensor = whole[tuple(slice(None, None, step) for _ in shape)].permute(order)
        if kind == "expanded" and 0 not in tensor.shape[:1]:
            tensor = tensor[:1].expand(3, *tensor.shape[1:]) if shape else tensor.expand(3)
        floating = dtype.is_floating_point
        if kind == "parameter":
            tensor = torch.nn.Parameter(tensor, requires_grad=floating)
        elif kind == "requires_grad" and floating:
            tensor = tensor.requires_grad_()
        return tensor

    return make


def outcome(function, tensor, arguments):
    """Return what a call returns, its exception, its warnings and the draws from the generator."""
    torch.manual_seed(7)
    returned, error = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            returned = function(tensor, **arguments)
        except Exception as raised:  # noqa: BLE001 - it is compared with that of PyTorch
            error = raised
    said = [(each.category, str(each.message)) for each in caught]
    return returned, error, said


def check_same(name, arguments, ours, theirs, mine, yours):
    """The same error, or the same tensor with other random values of the same distribution."""
    (returned, error, said), (_, their_error, they_said) = mine, yours
    assert type(error) is type(their_error), (error, their_error)
    assert str(error) == str(their_error)
    assert said == they_said
    assert (ours.shape, ours.stride(), ours.dtype) == (theirs.shape, theirs.stride(), theirs.dtype)
    assert (type(ours), ours.requires_grad) == (type(theirs), theirs.requires_grad)
    assert ours.grad_fn is None
    assert (ours._version > 0) == (theirs._version > 0)  # noqa: SLF001 - what autograd sees
    if error is not None:
        return
    assert returned is ours
    if name in EQUAL:
        assert torch.equal(ours.double(), theirs.double())
        return
    values, others = ours.detach().double(), theirs.detach().double()
    assert values.isfinite().all()
    if name in BOUNDS:
        low, high = (
            torch.tensor(arguments.get(key, default), dtype=ours.dtype).double()
            for key, default in zip("ab", BOUNDS[name], strict=True)
        )
        assert ((values >= low) & (values <= high)).all()
    assert bool((values == 0).all()) == bool((others == 0).all()) or values.numel() < 9


@contextlib.contextmanager
def accelerated():
    with fastinit.torch.accelerate():
        yield torch_init


@fuzz(300)
@given(st.data(), st.sampled_from(sorted(FUNCTIONS)), tensors(), st.booleans())
def test_a_call_is_as_pytorchs(data, name, make, by_accelerate):
    arguments = {
        key: data.draw(value) for key, value in FUNCTIONS[name].items() if data.draw(st.booleans())
    }
    if name == "sparse_":
        arguments.setdefault("sparsity", 0.5)
    if name == "constant_":
        arguments.setdefault("val", 0.25)
    ours, theirs = make(), make()
    yours = outcome(getattr(torch_init, name), theirs, arguments)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(fills, "SMALL", data.draw(st.sampled_from([0, fills.SMALL])))
        if by_accelerate:
            with accelerated() as module:
                mine = outcome(getattr(module, name), ours, arguments)
        else:
            mine = outcome(getattr(fastinit.torch, name), ours, arguments)
    check_same(name, arguments, ours, theirs, mine, yours)


def test_every_function_is_drawn():
    public = {
        name
        for name, each in vars(torch_init).items()
        if inspect.isfunction(each) and name.endswith("_") and not name.startswith("_")
    }
    assert public == FUNCTIONS.keys()
