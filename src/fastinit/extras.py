"""Optional packages: imported when they are needed, with an error that names what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def require(module: str, extra: str) -> Any:
    """Return a module of an optional package, or raise ImportError that names the extra."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"this needs {module}: pip install 'fastinit-sampler[{extra}]'", name=error.name
        ) from error
