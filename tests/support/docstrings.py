"""The docstrings of public functions, classes and methods: their sections, and their examples."""

from __future__ import annotations

import doctest
import inspect
import re
from typing import Any

import numpy as np

import fastinit

GLOBALS = {"np": np, "fastinit": fastinit}


def sections_of(text: str) -> dict[str, str]:
    """Return the sections of a docstring by their headings; the summary is under ''."""
    parts = re.split(r"\n\n(\w+)\n-+\n", text)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def parameters_of(section: str) -> list[str]:
    """Return the names that a section of parameters describes, in order."""
    entries = re.findall(r"^(\S.*?)(?: :.*)?$", section, re.MULTILINE)
    return [name.lstrip("*") for entry in entries for name in entry.split(", ")]


def callables_of(module: Any) -> dict[str, Any]:
    """Return the public functions, classes and methods of fastinit in a module, by their names.

    Exceptions are left out: the functions that raise them describe them.
    """
    found = {}
    for name in module.__all__:
        value = getattr(module, name)
        if not getattr(value, "__module__", "").startswith("fastinit") or not callable(value):
            continue
        if inspect.isclass(value) and issubclass(value, Exception):
            continue
        found[name] = value
        for method in dir(value) if inspect.isclass(value) else ():
            member = getattr(value, method)
            own = getattr(member, "__module__", None) or ""
            if not method.startswith("_") and callable(member) and own.startswith("fastinit"):
                found[f"{name}.{method}"] = member
    return found


def check_sections(value: Any) -> None:
    """Assert that a docstring describes the parameters and the result that the signature has."""
    found = sections_of(inspect.getdoc(value) or "")
    signature = inspect.signature(value)
    assert "\n" not in found[""].partition("\n\n")[0], "the summary is one line"
    parameters = [each for each in signature.parameters if each != "self"]
    assert parameters_of(found.get("Parameters", "")) == parameters
    if not inspect.isclass(value):
        assert ("Returns" in found) == (signature.return_annotation not in ("None", None))


def examples_of(name: str, value: object) -> list[doctest.DocTest]:
    """Return the examples in a docstring: a list of one, or an empty one."""
    finder = doctest.DocTestFinder(recurse=False)
    found = finder.find(value, name, module=False, globs=GLOBALS)
    return [each for each in found if each.examples]


def failures_of(example: doctest.DocTest, **names: Any) -> list[str]:
    """Run an example and return what is wrong with it. `names` are the modules that it uses."""
    report: list[str] = []
    example.globs.update(names)
    doctest.DocTestRunner().run(example, out=report.append)
    return report
