"""The stub of the package says what the running package has."""

from __future__ import annotations

import ast
import inspect
import runpy
from pathlib import Path

import numpy as np
import pytest

import fastinit

STUB = Path(fastinit.__file__).with_suffix(".pyi")
TREE = ast.parse(STUB.read_text())
TOOL = Path(__file__).parents[2] / "tools" / "make_stubs.py"

DEFINITIONS: dict[str, list[ast.FunctionDef]] = {}
ALIASES: dict[str, str] = {}
IMPORTS: dict[str, str] = {}
for node in TREE.body:
    if isinstance(node, ast.FunctionDef):
        DEFINITIONS.setdefault(node.name, []).append(node)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
        ALIASES[node.targets[0].id] = node.value.id
    elif isinstance(node, ast.ImportFrom) and node.level:
        IMPORTS.update({each.asname: node.module for each in node.names if each.asname})

KINDS = inspect._ParameterKind  # noqa: SLF001


def parameters_of(node):
    """Return name, kind and default of each parameter of a definition, as the running code would."""
    arguments = node.args
    found = []
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for place, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        only = place < len(arguments.posonlyargs)
        kind = KINDS.POSITIONAL_ONLY if only else KINDS.POSITIONAL_OR_KEYWORD
        found.append((each.arg, kind, default))
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append((each.arg, KINDS.KEYWORD_ONLY, default))
    if arguments.kwarg:
        found.append((arguments.kwarg.arg, KINDS.VAR_KEYWORD, None))
    return [(name, kind, value_of(default)) for name, kind, default in found]


def value_of(default):
    if default is None:
        return inspect.Parameter.empty
    return eval(compile(ast.Expression(default), "default", "eval"), {"np": np})  # noqa: S307


def test_stub_has_each_public_name():
    declared = {node.target.id for node in TREE.body if isinstance(node, ast.AnnAssign)}
    listed = next(
        ast.literal_eval(node.value)
        for node in TREE.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    )
    assert listed == fastinit.__all__
    assert {*DEFINITIONS, *ALIASES, *IMPORTS, *declared} == set(dir(fastinit))


def test_stub_imports_the_same_objects():
    for name, module in IMPORTS.items():
        if module is None:
            assert inspect.ismodule(getattr(fastinit, name))
        else:
            source = __import__(f"fastinit.{module}", fromlist=[name])
            assert getattr(source, name) is getattr(fastinit, name)
    for name, other in ALIASES.items():
        assert getattr(fastinit, name) is getattr(fastinit, other)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_signature_and_docstring(name):
    function = getattr(fastinit, name)
    running = [
        (each.name, each.kind, each.default)
        for each in inspect.signature(function).parameters.values()
    ]
    first, *others = DEFINITIONS[name]
    assert parameters_of(first) == running
    for each in (first, *others[-1:]):
        assert ast.get_docstring(each) == inspect.getdoc(function)
    assert len(others) in ((0,) if "dtype" not in dict.fromkeys(r[0] for r in running) else (2, 3))
    for other in others:  # they have no default for the dtype
        without = [
            each if each[0] != "dtype" else (*each[:2], inspect.Parameter.empty) for each in running
        ]
        assert parameters_of(other) == without


@pytest.mark.skipif(not TOOL.exists(), reason="the tool is in the source tree")
def test_stub_is_up_to_date(monkeypatch, capsys):
    tool = runpy.run_path(str(TOOL))
    assert STUB.read_text() == tool["stub"](), "run python tools/make_stubs.py"
