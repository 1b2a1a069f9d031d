"""`fastinit.torch` for shapes with odd, unequal lengths, and for shapes without elements."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from torch import nn

import fastinit.torch as init

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("outputs", "inputs"), [(101, 82), (82, 101)])
def test_limits_for_odd_fans(outputs, inputs):
    """The largest of 3 x 8282 values is within 0.2 % of the limit; the fans differ by more."""
    fans = {"fan_in": 3 * inputs, "fan_out": 3 * outputs}
    for fill, limit in [
        (init.xavier_uniform_, math.sqrt(6 / sum(fans.values()))),
        *(
            (lambda tensor, mode=mode: init.kaiming_uniform_(tensor, mode=mode), math.sqrt(6 / fan))
            for mode, fan in fans.items()
        ),
    ]:
        torch.manual_seed(1)
        values = fill(torch.empty(outputs, inputs, 3, dtype=torch.float64))
        assert 0.998 * limit < values.max() < limit
        assert -limit <= values.min() < -0.998 * limit


FILLS = {
    "uniform_": (), "normal_": (), "trunc_normal_": (), "xavier_uniform_": (), "xavier_normal_": (),
    "kaiming_uniform_": (), "kaiming_normal_": (), "orthogonal_": (), "zeros_": (), "ones_": (),
    "constant_": (-2.0,), "eye_": (), "sparse_": (0.5,), "dirac_": (),
}  # fmt: skip


def outcome(fill, shape, *arguments):
    """Return the shape of a filled tensor, or the type of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return fill(torch.empty(shape), *arguments).shape
        except (ValueError, RuntimeError, IndexError, ZeroDivisionError) as error:
            return type(error)


@pytest.mark.parametrize("name", FILLS)
def test_shapes_without_elements_are_pytorchs(name):
    for shape in ((0,), (0, 5), (5, 0), (0, 0), (3, 0, 2), (0, 3, 2), (2, 3, 0)):
        theirs = outcome(getattr(nn.init, name), shape, *FILLS[name])
        assert outcome(getattr(init, name), shape, *FILLS[name]) == theirs, shape


def test_modules_without_elements():
    module = nn.ModuleDict(
        {
            "none_in": nn.Embedding(4, 0), "no_rows": nn.Embedding(0, 4),
            "padded": nn.Embedding(5, 3, padding_idx=4), "first": nn.Embedding(5, 3, padding_idx=0),
        }
    )  # fmt: skip
    init.init_module(module, seed=1, schemes={"*": "xavier"})
    assert (module["padded"].weight[4] == 0).all()
    assert (module["first"].weight[0] == 0).all()
    assert torch.count_nonzero(module["padded"].weight) == 12
    assert torch.count_nonzero(module["first"].weight) == 12
