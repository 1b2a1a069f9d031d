"""Keras 3: `initializers`, with the names of `keras.initializers`, `scope` and `init_model`.

The values are made on the CPU of the host, directly in the memory of a backend tensor that is on
the CPU. Needs the extra ``keras`` and a backend: PyTorch, JAX or TensorFlow. Saved models refer to
these classes by name, so import this module before you load them.
"""

from __future__ import annotations

from fastinit._support.extras import require

BACKENDS = ("tensorflow", "jax", "torch", "openvino")

try:
    require("keras", "keras")
except ImportError as error:
    backend = (error.name or "").partition(".")[0]
    if backend not in BACKENDS:
        raise
    raise ImportError(
        f"Keras is installed, but its backend {backend} is not. Before Keras is imported, set "
        f"the environment variable KERAS_BACKEND to 'jax', 'torch' or 'tensorflow', whichever is "
        f"installed, or install {backend}",
        name=backend,
    ) from error

from . import initializers  # noqa: E402 - imports Keras
from .models import init_model  # noqa: E402
from .rerouting import scope  # noqa: E402


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["init_model", "initializers", "scope"]
