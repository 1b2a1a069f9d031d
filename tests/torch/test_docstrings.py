"""Each public function and class of `fastinit.torch` has an example, and the examples are right."""

from __future__ import annotations

import pytest
import torch

import fastinit.torch
from fastinit.torch.originals import pytorch
from tests.support.docstrings import callables_of, check_sections, examples_of, failures_of

#: The names before PyTorch 0.4 have the docstrings of PyTorch.
CALLABLES = {
    name: value
    for name, value in callables_of(fastinit.torch).items()
    if not hasattr(pytorch, f"{name}_")
}


@pytest.fixture
def _random_state_is_restored():
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)


@pytest.mark.usefixtures("_random_state_is_restored")
@pytest.mark.parametrize("name", CALLABLES)
def test_example(name):
    [example] = examples_of(name, CALLABLES[name])
    assert failures_of(example, torch=torch) == []


@pytest.mark.parametrize("name", CALLABLES)
def test_docstring_describes_parameters_and_result(name):
    check_sections(CALLABLES[name])
