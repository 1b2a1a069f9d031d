"""TensorFlow, from a folder of its own, for processes that a test starts.

Beside it, Keras on other backends, and other libraries, would import TensorFlow wherever they find it,
which takes seconds in each process. ``tools/install_peers`` installs it in a folder that is not on
Python's path.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = Path(sys.prefix) / "beside_tensorflow"


def environment_of_tensorflow() -> dict[str, str]:
    """Return variables for a process that imports TensorFlow; skip the test if there is none."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    if find_spec("tensorflow") is not None:
        return quiet
    if not (FOLDER / "tensorflow").is_dir():
        pytest.skip(f"no TensorFlow in {FOLDER}: run tools/install_peers {sys.prefix}")
    path = [os.environ.get("PYTHONPATH", ""), str(FOLDER)]
    return quiet | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
