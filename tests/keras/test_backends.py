"""`fastinit.keras`: a process for each backend, since Keras has one for a process's life."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.tensorflow_beside import environment_of_tensorflow

CHECKS = Path(__file__).parent / "checks"
#: What every backend must pass.
NAMES = ("checks.py", "model_checks.py", "property_checks.py")

#: What does not depend on the backend, and takes long on TensorFlow: it would be imported twice more.
NOT_ON_TENSORFLOW = ("-k", "not in_another_process and not training_reaches")

# Keras reads its own variables in a way that NumPy warns of.
KERAS_OWN_WARNING = "ignore:__array__ implementation doesn't accept a copy keyword"

#: The fewest checks that each backend must pass: a file that is not found would pass none.
FEWEST = 100


@pytest.mark.parametrize(
    "backend",
    ["torch", *(pytest.param(name, marks=pytest.mark.slow) for name in ("jax", "tensorflow"))],
)
def test_on_backend(backend, tmp_path):
    checks = [str(CHECKS / name) for name in (*NAMES, f"{backend}_checks.py")]
    environment = {
        "KERAS_BACKEND": backend,
        "KERAS_HOME": str(tmp_path),
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
    }
    options = ["-W", KERAS_OWN_WARNING]
    if backend == "tensorflow":
        environment |= environment_of_tensorflow()
        options += NOT_ON_TENSORFLOW
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *checks],
        cwd=ROOT, env=os.environ | environment,
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed
    assert int(passed.group(1)) >= FEWEST
    assert "skipped" not in run.stdout


def error_of_import(before, environment):
    """Return what `import fastinit.keras` says after some statements, in another process."""
    program = (
        f"{before}\ntry:\n    import fastinit.keras\nexcept ImportError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_importing_without_keras_names_the_extra():
    assert "fastinit-sampler[keras]" in error_of_import(
        "import sys; sys.modules['keras'] = None", os.environ
    )


@pytest.mark.parametrize("backend", [None, "tensorflow", "jax", "torch"])
def test_importing_without_keras_s_backend_names_the_backend(backend, tmp_path):
    """Keras itself is there, and unless KERAS_BACKEND is set its backend is TensorFlow."""
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    environment["KERAS_HOME"] = str(tmp_path)
    if backend:
        environment["KERAS_BACKEND"] = backend
    missing = backend or "tensorflow"
    said = error_of_import(f"import sys; sys.modules[{missing!r}] = None", environment)
    assert f"its backend {missing} is not" in said
    assert "KERAS_BACKEND" in said
    assert "pip install" not in said
