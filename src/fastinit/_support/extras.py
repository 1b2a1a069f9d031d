"""Optional packages: imported when they are needed, with an error that says why that failed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def require(module: str, extra: str) -> Any:
    """Return a module of an optional package.

    Raises
    ------
    ImportError
        If the package is not installed: with the extra to install. If it is installed and its
        import fails: with the reason, such as another package that it needs.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if _is_absent(module, error):
            message = f"this needs {module}: pip install 'fastinit-sampler[{extra}]'"
        else:
            message = f"{module} is installed, but importing it failed: {error}"
        raise ImportError(message, name=error.name, path=error.path) from error


def _is_absent(module: str, error: ImportError) -> bool:
    """Say whether the module itself was not found, or a package that contains it."""
    return isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
