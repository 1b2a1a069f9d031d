"""Docstrings of public functions are whole, and their examples give what they say."""

from __future__ import annotations

import inspect
from operator import attrgetter

import pytest

import fastinit
from fastinit._engine import threads
from fastinit._schemes.documentation import PARTS
from tests.support.docstrings import (
    callables_of,
    check_sections,
    examples_of,
    failures_of,
    parameters_of,
    sections_of,
)

FILLS = [
    name
    for name in fastinit.__all__
    if inspect.isfunction(getattr(fastinit, name))
    and {"out", "dtype"} & set(inspect.signature(getattr(fastinit, name)).parameters)
    and getattr(fastinit, name).__module__.startswith(("fastinit._schemes", "fastinit"))
    and not getattr(fastinit, name).__module__.startswith("fastinit.storage")
] + ["quantized_rows"]
SECTIONS = ["Parameters", "Returns", "Raises", "Notes", "Examples"]


@pytest.mark.parametrize("name", FILLS)
def test_docstring_is_whole(name):
    function = getattr(fastinit, name)
    found = sections_of(inspect.getdoc(function))
    assert list(found) == ["", *SECTIONS]
    assert "\n" not in found[""]
    assert parameters_of(found["Parameters"]) == list(inspect.signature(function).parameters)
    assert all(line.strip() for each in found.values() for line in each.splitlines()[:1])
    assert f"fastinit.{name}(" in found["Examples"] or function.__name__ != name


@pytest.mark.parametrize("name", FILLS)
def test_no_marks_are_left(name):
    text = inspect.getdoc(getattr(fastinit, name))
    prose = text.partition("\n\nExamples\n")[0]
    assert "[[" not in prose
    assert "]]" not in prose
    assert not [part for part in PARTS if f"{{{part}}}" in prose]
    assert ("`out`" in prose) <= name.endswith("_"), "only an in-place function has out"


@pytest.mark.parametrize("name", [name for name in FILLS if f"{name}_" in FILLS])
def test_both_forms_say_the_same(name):
    one, other = (
        sections_of(inspect.getdoc(getattr(fastinit, each))) for each in (name, f"{name}_")
    )
    assert one["Notes"] == other["Notes"]
    shared = set(inspect.signature(getattr(fastinit, name)).parameters) - {"shape", "dtype"}
    own = {"out", "dim"} if name == "quantized_rows" else {"out"}
    assert shared | own == set(inspect.signature(getattr(fastinit, f"{name}_")).parameters)


#: Public names that only other modules of the package call.
INTERNAL = ("law", "as_call")
CALLABLES = {
    name: value
    for module in (fastinit, fastinit.storage)
    for name, value in callables_of(module).items()
    if not name.endswith(INTERNAL)
}


@pytest.mark.parametrize("name", CALLABLES)
def test_each_public_callable_has_an_example(name):
    assert examples_of(name, CALLABLES[name])


@pytest.mark.parametrize("name", [name for name in CALLABLES if name not in FILLS])
def test_docstring_describes_parameters_and_result(name):
    """Those of fills are tested above."""
    check_sections(CALLABLES[name])


@pytest.fixture
def _settings_are_restored():
    generator, number = fastinit.default_generator(), threads.chosen_num_threads()
    state = generator.get_state()
    yield
    generator.set_state(state)
    fastinit.set_num_threads(number)


@pytest.mark.usefixtures("_settings_are_restored")
@pytest.mark.parametrize("name", [*CALLABLES, "Philox.state", "typing"])
def test_examples_are_right(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value = CALLABLES.get(name) or attrgetter(name)(fastinit)
    [example] = examples_of(name, value)
    assert failures_of(example) == []
