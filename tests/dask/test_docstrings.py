"""The examples in the docstrings of `fastinit.dask` are right."""

from __future__ import annotations

import pytest

import fastinit.dask
from tests.support.docstrings import callables_of, check_sections, examples_of, failures_of

CALLABLES = callables_of(fastinit.dask)


@pytest.mark.parametrize("name", CALLABLES)
def test_example(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [example] = examples_of(name, CALLABLES[name])
    assert failures_of(example) == []


@pytest.mark.parametrize("name", CALLABLES)
def test_docstring_describes_parameters_and_result(name):
    check_sections(CALLABLES[name])
