"""Write `src/fastinit/__init__.pyi` from the running package: signatures, types and docstrings.

    python tools/make_stubs.py            # write the file
    python tools/make_stubs.py --check    # fail if it is not up to date

Type checkers and editors read this file instead of `__init__.py`. They cannot see signatures and
docstrings that are made at run time. Classes, and functions that are written out in full, are
imported from their modules. The fills get their whole signature and docstring here, and an overload
for each dtype that NumPy has a type for.
"""

from __future__ import annotations

import argparse
import collections.abc
import inspect
import sys
import typing
from pathlib import Path
from types import FunctionType, UnionType
from typing import Any

import numpy as np

import fastinit
import fastinit.typing as types
from fastinit._random.streams import StreamSource

TARGET = Path(__file__).parents[1] / "src" / "fastinit" / "__init__.pyi"

HEAD = """\
# Made by tools/make_stubs.py from the running package: edit the sources, and run it again.
# ruff: noqa: E501, I001, PYI011, PYI021, PYI055 - editors show the docstrings, which are those of the sources
# fmt: off
"""

#: Types that have a name in the stub; all others are written out, so that editors show the choices.
NAMED: list[tuple[Any, str]] = [
    (types.DTypeLike, "DTypeLike"),
    (types.NDArray[Any], "NDArray[Any]"),
    (types.NDArray[np.uint8], "NDArray[np.uint8]"),
    (types.Out, "Out"),
    (fastinit.Generator, "Generator"),
    (StreamSource, "Generator"),
    (Any, "Any"),
]

#: Generic types that take one type.
OF_ONE_TYPE = {collections.abc.Sequence: "Sequence", type: "type", np.dtype: "np.dtype"}

#: For each dtype that has a type: the arguments that mean it. The first row is the default.
FLOATS = {
    "np.float32": types.Float32,
    "np.float64": types.Float64,
    "np.float16": types.Float16,
}
WORDS = {"np.uint32": types.UInt32, "np.uint64": types.UInt64}
#: The overloads for which mypy warns about the ones after it: all but the last one for a type.
ALL_BUT_LAST = list(FLOATS.values())[:-1]
DTYPES = {np.float32: FLOATS, np.uint32: WORDS}


def type_text(hint: Any) -> str:
    """Return a type as an annotation."""
    for known, name in NAMED:
        if hint is known or hint == known:
            return name
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in (None, type(None)):
        return "None"
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(default_text, arguments))}]"
    if origin in (typing.Union, UnionType):
        return " | ".join(map(type_text, arguments))
    if origin in OF_ONE_TYPE:
        return f"{OF_ONE_TYPE[origin]}[{type_text(arguments[0])}]"
    if isinstance(hint, type) and origin is None:
        return f"np.{hint.__name__}" if hint.__module__ == "numpy" else hint.__name__
    raise TypeError(f"no text for the type {hint!r}: add it to tools/make_stubs.py")


def default_text(value: object) -> str:
    """Return a default value as an expression."""
    if isinstance(value, type):
        return f"np.{value.__name__}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def options_text(function: Any) -> str:
    """Return the annotation of ``**options``."""
    hint = inspect.signature(function).parameters["options"].annotation
    assert hint == "Unpack[SchemeOptions]", hint  # noqa: S101
    return hint


def parameter_texts(function: Any, dtype: Any, *, required: bool) -> list[str]:
    """Return the lines of a parameter list. `dtype` replaces the type of the parameter dtype."""
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    lines: list[str] = []
    for before, each in zip([None, *parameters], parameters, strict=False):
        if each.kind is each.KEYWORD_ONLY and (before is None or before.kind is not each.kind):
            lines.append("*")
        if before is not None and before.kind is each.POSITIONAL_ONLY is not each.kind:
            lines.insert(len(lines) - (lines[-1:] == ["*"]), "/")
        if each.kind is each.VAR_KEYWORD:
            lines.append(f"**{each.name}: {options_text(function)}")
            continue
        text = f"{each.name}: {type_text(hints[each.name])}"
        if each.name == "dtype" and dtype is not None:
            text = f"dtype: {type_text(dtype)}"
        if each.default is not each.empty and not (each.name == "dtype" and required):
            text += f" = {default_text(each.default)}"
        lines.append(text)
    return lines


def docstring_lines(function: Any) -> list[str]:
    """Return the lines of a docstring, quoted and indented."""
    text = inspect.getdoc(function)
    assert text, f"{function.__name__} has no docstring"  # noqa: S101
    assert '"""' not in text  # noqa: S101
    prefix = "r" if "\\" in text else ""
    first, *others = text.split("\n")
    quoted = [f'{prefix}"""{first}', *others]
    if others:
        quoted.append('"""')
    else:
        quoted[0] += '"""'
    return [f"    {line}" if line else "" for line in quoted]


def definition(
    function: Any, dtype: Any, result: str, *, first: bool = True, last: bool = True
) -> list[str]:
    """Return a function, or one of its overloads.

    Two overloads have the docstring: pyright shows that of the first, and jedi that of the last.
    """
    name = function.__name__
    parameters = parameter_texts(function, dtype, required=not first)
    # mypy takes the types of np.float32 and np.float16 for overlapping.
    ignored = "  # type: ignore[overload-overlap]" if dtype in ALL_BUT_LAST else ""
    head = [f"def {name}({ignored}", *[f"    {each}," for each in parameters], f") -> {result}:"]
    return [*head, *docstring_lines(function)] if first or last else [*head[:-1], f"{head[-1]} ..."]


def function_lines(name: str) -> list[str]:
    """Return the definition of a public function, with an overload for each dtype."""
    function = getattr(fastinit, name)
    result = type_text(typing.get_type_hints(function)["return"])
    parameters = inspect.signature(function).parameters
    if "dtype" not in parameters:
        lines = definition(function, None, result)
    else:
        lines = []
        rows = DTYPES[parameters["dtype"].default]
        for number, (scalar, given) in enumerate([*rows.items(), ("Any", types.DTypeLike)]):
            place = {"first": number == 0, "last": number == len(rows)}
            lines += ["@overload", *definition(function, given, f"NDArray[{scalar}]", **place)]
    if function.__name__ != name:
        lines = [f"{name} = {function.__name__}"]
    return lines


def is_fill(value: object) -> bool:
    """Say whether a public object is a function that writes values."""
    return (
        isinstance(value, FunctionType)
        and not module_of(value).startswith(".storage")
        and not {"out", "dtype", "options"}.isdisjoint(inspect.signature(value).parameters)
    )


def module_of(value: Any) -> str:
    """Return the module from which the stub imports an object."""
    module = value.__module__.removeprefix("fastinit")
    if module.startswith(".storage"):
        return ".storage"
    return "._random.bit_generator" if value is fastinit.Philox else module


def import_lines() -> list[str]:
    """Return the imports of the public modules and of all names that are written out elsewhere."""
    names: dict[str, list[str]] = {}
    for name in fastinit.__all__:
        value = getattr(fastinit, name)
        if isinstance(value, (type, FunctionType)) and not is_fill(value) and module_of(value):
            names.setdefault(module_of(value), []).append(name)
    names[".typing"] = []
    lines = [f"from . import {name} as {name}" for name in sorted(fastinit._MODULES)]  # noqa: SLF001
    for module in sorted(names):
        lines.append(f"from {module} import (")
        lines += [f"    {name} as {name}," for name in sorted(names[module])]
        lines += ["    DTypeLike,", "    Out,", "    SchemeOptions,"] * (module == ".typing")
        lines.append(")")
    return lines


def variable_lines() -> list[str]:
    """Return the declarations of constants, and the list of public names."""
    constants = {
        name: getattr(fastinit, name)
        for name in fastinit.__all__
        if not callable(getattr(fastinit, name))
    }
    return [
        *[f"{name}: {type(value).__name__}" for name, value in constants.items()],
        "__all__ = [",
        *[f'    "{name}",' for name in fastinit.__all__],
        "]",
    ]


def stub() -> str:
    """Return the text of the stub."""
    fills = [name for name in fastinit.__all__ if is_fill(getattr(fastinit, name))]
    local = [
        name
        for name in fastinit.__all__
        if getattr(getattr(fastinit, name), "__module__", None) == "fastinit" and name not in fills
    ]
    fills.sort(key=lambda name: getattr(fastinit, name).__name__ != name)  # aliases come last
    lines = [
        *HEAD.splitlines(),
        f'"""{fastinit.__doc__}"""',
        "",
        "from collections.abc import Sequence",
        "from typing import Any, Literal, SupportsIndex, overload",
        "",
        "import numpy as np",
        "from numpy.typing import NDArray",
        "from typing_extensions import Unpack",
        "",
        *import_lines(),
        "",
        *variable_lines(),
    ]
    for name in [*local, *fills]:
        lines += ["", *function_lines(name)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the stub, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    text = stub()
    if not check:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        sys.exit(f"{TARGET} is not up to date: run python tools/make_stubs.py")


if __name__ == "__main__":
    main()
