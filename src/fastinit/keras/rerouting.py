"""`scope`, inside which the random initializers of Keras become those of fastinit.

Keras resolves names in a `keras.saving.custom_object_scope`. It resolves objects and configurations
in `keras.initializers.get`, which every layer calls with its arguments. So while a scope is open,
another function replaces `get`. It passes the calls of other threads to the original.
"""

# ruff: noqa: TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

from fastinit._support.extras import require

from .initializers import BY_NAME, rerouted, stock

keras: Any = require("keras", "keras")

#: The function of Keras, and the modules from which Keras and its users call it.
_get = stock.get
_modules: tuple[Any, ...] = (stock, sys.modules[_get.__module__])

_lock = threading.Lock()
_open_scopes = 0


class _OfThread(threading.local):
    """The number of scopes that are open in a thread."""

    scopes = 0


_thread = _OfThread()


@wraps(_get)
def _rerouting_get(identifier: Any) -> Any:
    found = _get(identifier)
    return rerouted(found) if _thread.scopes else found


def _count(change: int) -> None:
    """Count the open scopes, and put the function in its place while there are any."""
    global _open_scopes  # noqa: PLW0603 - of the process, as the modules of Keras are
    with _lock:
        _open_scopes += change
        _thread.scopes += change
        for module in _modules:
            module.get = _rerouting_get if _open_scopes else _get


@contextmanager
def _scope() -> Iterator[None]:
    _count(1)
    try:
        with keras.saving.custom_object_scope(BY_NAME):
            yield
    finally:
        _count(-1)


def scope() -> AbstractContextManager[Any]:
    """Return a context in which the random initializers of layers are those of fastinit.

    Inside ``with fastinit.keras.scope():``, a layer with ``kernel_initializer="he_normal"`` gets
    the class of fastinit. This holds for a name that is the default of the layer, for an object
    such as ``keras.initializers.HeNormal(seed=3)``, and for a configuration. So
    `keras.models.clone_model` and `from_config` make a model with the classes of fastinit from one
    that has those of Keras. An object keeps its arguments and its seed.

    Layers that exist already do not change. The context affects only the calling thread. When it
    ends, also because of an exception, everything means what it meant before.

    Returns
    -------
    context manager
        Names are those of a `keras.saving.custom_object_scope`. As with every such scope, an inner
        one hides an outer one. Subclasses of the classes of Keras stay as they are.

    Examples
    --------
    >>> with fastinit.keras.scope():
    ...     layer = keras.layers.Dense(10, kernel_initializer="he_normal")
    >>> isinstance(layer.kernel_initializer, fastinit.keras.initializers.HeNormal)
    True
    """
    return _scope()
