"""`fastinit.jax.make_array` and `out_sharding`: eight devices, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import fastinit
import fastinit.jax


def run_on_eight_devices(program):
    """Return what a program prints as JSON, on eight devices that the host pretends to have."""
    flags = "--xla_force_host_platform_device_count=8"
    run = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).parent / "programs" / program)],
        env=os.environ | {"XLA_FLAGS": flags},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_on_meshes():
    checked = run_on_eight_devices("make_array_on_meshes.py")
    assert len(checked["meshes"]) >= 12
    assert all(checked["meshes"].values()), checked
    assert checked["devices"] == 8


def test_initializers_with_shardings():
    checked = run_on_eight_devices("initializers_on_meshes.py")
    assert len(checked) >= 12
    assert all(checked.values()), checked


@pytest.mark.slow
def test_programs_without_shardings():
    checked = run_on_eight_devices("programs_on_meshes.py")
    assert len(checked) >= 40
    assert all(checked.values()), checked


@pytest.mark.slow
def test_on_the_devices_that_jax_chooses():
    checked = run_on_eight_devices("placed_as_jax_does.py")
    assert len(checked) >= 60
    assert all(checked.values()), checked


def test_each_device_makes_its_part():
    """`jit(init, out_shardings=...)` as MaxText and t5x call it, and Flax's partitioned models."""
    checked = run_on_eight_devices("models_on_meshes.py")
    assert len(checked) >= 20
    assert all(checked.values()), checked


def test_trees():
    checked = run_on_eight_devices("trees_on_meshes.py")
    assert len(checked) >= 14
    assert all(checked.values()), checked


SINGLE = jax.sharding.SingleDeviceSharding(jax.devices()[0])


def test_one_device():
    weight = fastinit.Weight((6, 5), "he_normal", seed=3, name="w", dtype="bfloat16")
    made = fastinit.jax.make_array(weight, SINGLE)
    assert made.dtype == "bfloat16"
    assert np.asarray(made).tobytes() == np.asarray(weight).tobytes()


def test_a_weight_without_axes():
    weight = fastinit.Weight((), fastinit.Normal(), seed=3, name="w")
    made = fastinit.jax.make_array(weight, SINGLE)
    assert made.shape == ()
    assert made == weight[()]


def test_padding_row():
    weight = fastinit.Weight((6, 5), fastinit.Normal(), seed=3, name="w", padding_idx=2)
    made = np.asarray(fastinit.jax.make_array(weight, SINGLE))
    assert (made[2] == 0).all()
    assert np.count_nonzero(made) == 25


def test_errors():
    weight = fastinit.Weight((6, 5), "he_normal", seed=3, name="w", dtype="float64")
    with pytest.raises(ValueError, match=r"no float64.*jax_enable_x64"):
        fastinit.jax.make_array(weight, SINGLE)
    with jax.enable_x64(True):
        assert fastinit.jax.make_array(weight, SINGLE).dtype == "float64"
    with pytest.raises(TypeError, match=r"fastinit.Weight, got ndarray"):
        fastinit.jax.make_array(np.zeros((6, 5)), SINGLE)
    with pytest.raises(ValueError, match=r"no devices.*set_mesh"):
        fastinit.jax.make_array(weight_of(np.float32), jax.sharding.PartitionSpec("x"))


def weight_of(dtype):
    return fastinit.Weight((6, 5), "he_normal", seed=3, name="w", dtype=dtype)
