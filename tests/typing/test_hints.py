"""`typing.get_type_hints` works on everything public, and the choices are those of the tables."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import typing
from importlib.util import find_spec
from pathlib import Path

import pytest

import fastinit
from fastinit import typing as types
from fastinit._schemes.distributions import CONSTANTS
from fastinit._schemes.fan_schemes import MODES
from fastinit._schemes.fans import LAYOUTS
from fastinit._schemes.gains import SQUARED_GAINS
from fastinit._schemes.quantized import ROW_LAYOUTS
from fastinit._schemes.scheme_functions import signature_of
from fastinit._schemes.schemes import SCHEMES
from fastinit._schemes.suitability import ACTIVATIONS
from fastinit.storage.blocks.block_stats import CHECKSUMS

PROGRAM = Path(__file__).parent / "count_hints.py"

#: At least how many public callables each module has, by the framework that it imports.
MODULES = {
    None: {"fastinit": 100, "fastinit.storage": 20, "fastinit.weight": 10, "fastinit.dask": 1},
    "torch": {"fastinit.torch": 25},
    "jax": {"fastinit.jax": 1, "fastinit.jax.initializers": 15},
    "keras": {"fastinit.keras": 1, "fastinit.keras.initializers": 20},
}


def skip_without(name):
    """Skip the test without a framework, and do not import it into the process of the tests."""
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")


@pytest.mark.once
@pytest.mark.parametrize("framework", MODULES)
def test_hints_of_public_callables(framework):
    if framework:
        skip_without(framework)
    done = subprocess.run(
        [sys.executable, PROGRAM, *MODULES[framework]],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert list(found) == list(MODULES[framework])
    too_few = {name for name, fewest in MODULES[framework].items() if int(found[name]) < fewest}
    assert not too_few, found


@pytest.mark.parametrize(
    ("choices", "table"),
    [
        (types.Mode, MODES),
        (types.Layout, LAYOUTS),
        (types.Nonlinearity, [*SQUARED_GAINS, "leaky_relu"]),
        (types.Activation, ACTIVATIONS),
        (types.SchemeName, SCHEMES),
        (types.ConstantName, CONSTANTS),
        (types.RowLayout, ROW_LAYOUTS),
        (types.Checksum, CHECKSUMS),
    ],
)
def test_choices_are_those_of_the_tables(choices, table):
    assert typing.get_args(choices) == tuple(table)


@pytest.mark.parametrize("distribution", typing.get_args(types.ScalingDistribution))
def test_scaling_distributions(distribution):
    fastinit.variance_scaling((2, 2), distribution=distribution, seed=0)


def test_scheme_options_are_those_of_the_schemes():
    options = {}
    for scheme in SCHEMES.values():
        options |= {each.name: each.annotation for each in signature_of(scheme).options}
    assert typing.get_type_hints(types.SchemeOptions) == options


def test_signature_shows_the_choices():
    hint = inspect.signature(fastinit.variance_scaling).parameters["distribution"].annotation
    assert hint == types.ScalingDistribution
    assert "'truncated_normal', 'normal', 'untruncated_normal', 'uniform'" in str(hint)


def test_all_names_types():
    assert sorted(types.__all__) == types.__all__
    assert all(hasattr(types, name) for name in types.__all__)
