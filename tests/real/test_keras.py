"""keras.applications on each backend, in a process for each."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_applications(backend, tmp_path):
    checks = ROOT / "tests/keras/checks/applications.py"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore:__array__", str(checks)],
        cwd=ROOT, env=os.environ | {"KERAS_BACKEND": backend, "KERAS_HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    assert "2 passed" in run.stdout
