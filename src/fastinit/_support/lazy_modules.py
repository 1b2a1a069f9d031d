"""Modules that are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """Stands in for a module until one of its attributes is read; then the module is imported.

    The attributes that describe a module, such as ``__file__`` and ``__spec__``, are known without
    an import. An error of the import reaches whoever reads the attribute.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        spec = find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        self.__spec__ = spec
        self.__loader__ = spec.loader
        self.__package__ = spec.name if spec.submodule_search_locations else spec.parent
        self.__file__ = spec.origin
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """The docstring of the module."""
        return import_module(self.__name__).__doc__

    def __getattr__(self, name: str) -> Any:
        # Tools ask any object for special attributes, such as __wrapped__.
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        return getattr(import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(import_module(self.__name__))

    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, (self.__name__,)
