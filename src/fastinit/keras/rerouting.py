"""The string names: within `scope` they mean fastinit's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastinit._support.extras import require

from .initializers import BY_NAME

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

keras: Any = require("keras", "keras")


def scope() -> AbstractContextManager[Any]:
    """Return a context in which the names of random initializers mean fastinit's.

    Within ``with fastinit.keras.scope():`` a layer's ``kernel_initializer="he_normal"``, given or
    by default, makes one of fastinit's classes; initializers that exist already stay what they are.
    The context is the calling thread's, and what was before is restored when it ends, also by an
    exception.

    Notes
    -----
    A `keras.saving.custom_object_scope` of these names; as with any of those, an inner one hides an
    outer one.
    """
    context: AbstractContextManager[Any] = keras.saving.custom_object_scope(BY_NAME)
    return context
