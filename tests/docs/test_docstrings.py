"""Docstrings of public functions are whole, and their examples give what they say."""

from __future__ import annotations

import doctest
import inspect
import re

import numpy as np
import pytest

import fastinit
from fastinit._schemes.documentation import PARTS

FILLS = [
    name
    for name in fastinit.__all__
    if inspect.isfunction(getattr(fastinit, name))
    and {"out", "dtype"} & set(inspect.signature(getattr(fastinit, name)).parameters)
    and getattr(fastinit, name).__module__.startswith(("fastinit._schemes", "fastinit"))
    and not getattr(fastinit, name).__module__.startswith("fastinit.storage")
] + ["quantized_rows"]
SECTIONS = ["Parameters", "Returns", "Raises", "Notes", "Examples"]


def sections_of(text):
    """Return the sections of a docstring by their headings; the summary is under ''."""
    parts = re.split(r"\n\n(\w+)\n-+\n", text)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def parameters_of(section):
    """Return the names that a section of parameters describes, in order."""
    entries = re.findall(r"^(\S.*?)(?: :.*)?$", section, re.MULTILINE)
    return [name.lstrip("*") for entry in entries for name in entry.split(", ")]


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
    assert shared | {"out"} - {"dim"} == set(
        inspect.signature(getattr(fastinit, f"{name}_")).parameters
    ) - {"dim"}


EXAMPLES = [
    example
    for name in fastinit.__all__
    for item in [getattr(fastinit, name)]
    for example in doctest.DocTestFinder(recurse=False).find(
        item, name, module=False, globs={"np": np, "fastinit": fastinit}
    )
    if example.examples
] + doctest.DocTestFinder(recurse=False).find(
    fastinit.typing, "typing", globs={"np": np, "fastinit": fastinit}
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example):
    report: list[str] = []
    doctest.DocTestRunner().run(example, out=report.append)
    assert report == []


def test_each_fill_has_an_example():
    assert {*FILLS} <= {example.name for example in EXAMPLES}
