"""Evaluate the type hints of everything public in modules, and print how much that is in each."""

from __future__ import annotations

import inspect
import sys
import typing
from importlib import import_module


def public_callables(module):
    """Return the public classes, methods, properties and functions of a module by name."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    ]
    found = {}
    for name in names:
        value = getattr(module, name)
        if isinstance(value, type):
            found[name] = value
            for key, member in vars(value).items():
                function = member.fget if isinstance(member, property) else member
                function = getattr(function, "__func__", function)
                if inspect.isfunction(function) and not key.startswith("_"):
                    found[f"{name}.{key}"] = function
            for key in ("__init__", "__getitem__"):
                if inspect.isfunction(vars(value).get(key)):
                    found[f"{name}.{key}"] = vars(value)[key]
        elif callable(value):
            found[name] = value
    return found


def check(name, value):
    """Evaluate the hints of one object."""
    try:
        typing.get_type_hints(value)
    except Exception as error:
        raise TypeError(f"{name} has hints that do not resolve: {error}") from error


if __name__ == "__main__":
    for module in sys.argv[1:]:
        callables = public_callables(import_module(module))
        for name, each in callables.items():
            check(f"{module}.{name}", each)
        print(module, len(callables))  # noqa: T201
