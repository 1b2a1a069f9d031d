"""Editors that use jedi show signatures and docstrings, without running the package."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

import fastinit

jedi = pytest.importorskip("jedi")
pytestmark = pytest.mark.once

ROOT = Path(fastinit.__file__).parents[1]


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """Return a function that opens a program, which uses the package, in an editor."""
    project = jedi.Project(
        tmp_path_factory.mktemp("project"),
        sys_path=[str(ROOT), *sys.path],
    )
    return lambda text: jedi.Script(f"import fastinit\n{text}", project=project)


@pytest.mark.parametrize("name", ["he_normal", "kaiming_uniform_", "variance_scaling", "Weight"])
def test_hover_shows_the_docstring(script, name):
    [shown] = script(f"fastinit.{name}").help(2, 12)
    assert inspect.getdoc(getattr(fastinit, name)) in shown.docstring()


def test_call_shows_the_signature(script):
    text = "fastinit.he_normal("
    shown, *_ = script(text).get_signatures(2, len(text))
    names = [each.name for each in shown.params]
    assert names == list(inspect.signature(fastinit.he_normal).parameters)
    assert 'Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"]' in shown.to_string()


def test_completion_lists_what_is_public(script):
    text = "fastinit."
    shown = {each.name for each in script(text).complete(2, len(text))}
    assert {"he_normal", "torch", "typing", "Weight", "verify"} <= shown
