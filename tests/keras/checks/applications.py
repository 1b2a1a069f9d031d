"""Whole models of `keras.applications`, unchanged, in `fastinit.keras.scope`: run by tests/real/test_keras.py."""

from __future__ import annotations

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import torch

import fastinit.keras
from tests.real.construction import SEEDS, compare

TINY = {"weights": None, "classes": 10, "input_shape": (32, 32, 3)}

APPLICATIONS = {
    "MobileNetV2": lambda: keras.applications.MobileNetV2(alpha=0.35, **TINY),
    "MobileNetV3Small": lambda: keras.applications.MobileNetV3Small(alpha=0.35, **TINY),
}


def tensors(model):
    return {
        variable.path: torch.from_numpy(np.array(keras.ops.convert_to_numpy(variable)))
        for variable in model.variables
    }


def refuse(*_, **__):
    raise AssertionError("Keras drew numbers itself")


def built(build, seed, scope):
    keras.utils.clear_session()  # names are counted from the start; a scope would end
    keras.utils.set_random_seed(seed)
    with scope:
        return tensors(build())


@pytest.mark.parametrize("name", APPLICATIONS)
def test_construction(name, monkeypatch):
    build = APPLICATIONS[name]
    theirs = [built(build, seed, nullcontext()) for seed in SEEDS]
    for draw in ("normal", "truncated_normal", "uniform"):
        monkeypatch.setattr(keras.src.backend.random, draw, refuse)
    ours = [built(build, seed, fastinit.keras.scope()) for seed in SEEDS]
    again = built(build, SEEDS[0], fastinit.keras.scope())
    assert compare(theirs, ours, again) > 100_000
