"""Find public functions by their parameters."""

from __future__ import annotations

import inspect


def functions_with(namespace: object, parameter: str) -> list[str]:
    """Return the names of the public functions of a module or a class that have a parameter."""
    found = []
    for name in dir(namespace):
        function = getattr(namespace, name)
        if name.startswith("_") or inspect.isclass(function) or not callable(function):
            continue
        if parameter in inspect.signature(function).parameters:
            found.append(name)
    return found
