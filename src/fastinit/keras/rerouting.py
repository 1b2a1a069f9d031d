"""`scope`, inside which the string names of initializers mean the classes of fastinit."""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from fastinit._support.extras import require

from .initializers import BY_NAME

keras: Any = require("keras", "keras")


def scope() -> AbstractContextManager[Any]:
    """Return a context in which the names of random initializers mean the classes of fastinit.

    Inside ``with fastinit.keras.scope():``, a layer with ``kernel_initializer="he_normal"`` gets
    the class of fastinit, also if the name is the default of the layer. Initializers that exist
    already do not change. The context affects only the calling thread. When it ends, also because
    of an exception, the names mean what they meant before.

    Returns
    -------
    context manager
        A `keras.saving.custom_object_scope` with these names. As with every such scope, an inner
        one hides an outer one.

    Examples
    --------
    >>> with fastinit.keras.scope():
    ...     layer = keras.layers.Dense(10, kernel_initializer="he_normal")
    >>> isinstance(layer.kernel_initializer, fastinit.keras.initializers.HeNormal)
    True
    """
    context: AbstractContextManager[Any] = keras.saving.custom_object_scope(BY_NAME)
    return context
