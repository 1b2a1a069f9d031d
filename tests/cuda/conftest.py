"""A GPU that is not there, for the tests of this folder."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

from tests.support.fake_gpu import Compiler, Driver, forget

# PyTorch reads NVIDIA's bindings when it is imported: it must find the true ones.
with suppress(ImportError):
    import torch  # noqa: F401


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    """Put a driver and a compiler in the place of NVIDIA's; nothing is known of earlier ones."""
    made = Driver()
    made.compiler = Compiler()
    monkeypatch.setitem(sys.modules, "cuda.bindings.driver", made)
    monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", made.compiler)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget()
    yield made
    assert made.contexts == ["the caller's"]
    assert made.copies == []
    forget()
