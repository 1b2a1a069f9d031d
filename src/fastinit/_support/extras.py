"""Optional packages: imported on demand, with an error that says why an import failed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def require(module: str, extra: str) -> Any:
    """Return a module of an optional package.

    Raises
    ------
    ImportError
        If the package is not installed: the message names the extra to install. If the package is
        installed but cannot be imported: the message gives the reason, such as a missing
        dependency.
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
    """Say whether the module itself, or a package that contains it, was not found."""
    return isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
