"""Keras 3: `initializers` by the names of `keras.initializers`, and `scope` for the string names.

The values are made on the host's CPU, in the memory of the backend's own tensor where that is on
the CPU. Needs the extra ``keras`` and a backend: PyTorch and JAX are tested. Saved models name
these classes: import this module before they are loaded.
"""

from __future__ import annotations

from . import initializers
from .rerouting import scope

__all__ = ["initializers", "scope"]
