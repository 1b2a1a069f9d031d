"""Find public functions by their parameters."""

from __future__ import annotations

import inspect


def functions_with(namespace: object, parameter: str) -> list[str]:
    """Return the names of the public functions of a module or a class that have a parameter.

    Methods that a class has from NumPy are not ours.
    """
    found = []
    for name in dir(namespace):
        function = getattr(namespace, name)
        if inspect.isclass(namespace) and _is_numpys(namespace, name):
            continue
        if name.startswith("_") or inspect.isclass(function) or not callable(function):
            continue
        if parameter in inspect.signature(function).parameters:
            found.append(name)
    return found


def _is_numpys(owner: type, name: str) -> bool:
    """Return whether the class that defines a method is one of NumPy."""
    return next(each for each in owner.__mro__ if name in vars(each)).__module__.startswith("numpy")
