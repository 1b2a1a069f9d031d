"""Each public function of `fastinit.jax` has an example, and the examples are right."""

from __future__ import annotations

import jax
import pytest

import fastinit.jax
from tests.support.docstrings import callables_of, check_sections, examples_of, failures_of

CALLABLES = callables_of(fastinit.jax) | callables_of(fastinit.jax.initializers)


@pytest.mark.parametrize("name", CALLABLES)
def test_example(name):
    [example] = examples_of(name, CALLABLES[name])
    assert failures_of(example, jax=jax) == []


@pytest.mark.parametrize("name", CALLABLES)
def test_docstring_describes_parameters_and_result(name):
    check_sections(CALLABLES[name])
