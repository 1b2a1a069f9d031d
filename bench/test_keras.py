"""`fastinit.keras.initializers` beside `keras.initializers`: new tensors, one thread each.

On the backend that KERAS_BACKEND names, by default PyTorch.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from adapters import DTYPES, SHAPES, measure_weight
from peers.peer import BENCH

CLASSES = ["RandomUniform", "RandomNormal", "TruncatedNormal", "GlorotUniform", "HeNormal"]


@pytest.fixture(scope="module")
def keras() -> Any:
    """Return Keras, its backend held to one thread."""
    backend = os.environ.setdefault("KERAS_BACKEND", "torch")
    os.environ.setdefault("NPROC", "1")
    module = pytest.importorskip("keras", reason=f"to measure Keras: {BENCH}")
    if backend == "torch":
        pytest.importorskip("torch").set_num_threads(1)
    return module


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("who", ["fastinit.keras", "keras"])
@pytest.mark.parametrize("name", CLASSES)
def test_initializer(measure: Any, keras: Any, name: str, who: str, dtype: str, shape: str) -> None:
    """A new tensor, ready to be read."""
    from fastinit.keras import initializers  # noqa: PLC0415 - imports keras

    module = keras.initializers if who == "keras" else initializers
    initializer = getattr(module, name)(seed=1)
    ready = (
        (lambda tensor: tensor.block_until_ready())
        if keras.backend.backend() == "jax"
        else (lambda tensor: tensor)
    )
    measure_weight(
        measure,
        lambda: ready(initializer(SHAPES[shape], dtype=dtype)),
        what=f"{who}.initializers, {keras.backend.backend()}", kind=name, dtype=dtype, shape=shape,
    )  # fmt: skip
