"""Seeds as `torch.manual_seed` takes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fastinit.torch import init_module
from fastinit.torch.seeds import as_seed


@pytest.mark.parametrize(
    "seed", [0, 1, -1, -2, 5, -(2**63), 2**63 - 1, 2**63, 2**64 - 1, np.int64(-3), np.uint64(7)]
)
def test_seeds_are_those_of_pytorch(seed):
    number = as_seed(seed)
    assert type(number) is int
    generators = torch.Generator().manual_seed(int(seed)), torch.Generator().manual_seed(number)
    first, second = (torch.rand(8, generator=generator) for generator in generators)
    assert torch.equal(first, second)
    assert 0 <= number < 2**64


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_seeds_out_of_range(seed):
    with pytest.raises(ValueError, match=rf"seed must be in \[-2\*\*63, 2\*\*64\), got {seed}"):
        as_seed(seed)
    with pytest.raises((ValueError, RuntimeError)):
        torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [True, np.True_, 1.0, "1", None, (1,)])
def test_what_is_no_seed(seed):
    with pytest.raises(TypeError, match="seed must be an integer or None, "):
        as_seed(seed, " or None")


def test_a_generator_of_pytorch_is_no_seed_and_is_named_in_full():
    expected = r"integer or a fastinit\.Generator, got torch\._C\.Generator$"
    with pytest.raises(TypeError, match=expected):
        init_module(torch.nn.Linear(2, 2), seed=torch.Generator())
