"""What was computed once is kept: the second call with the same parameters computes nothing again.

The values are the same without the caches, and only the time would change.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

import fastinit
from fastinit import Weight
from fastinit._engine.kernel_arguments import truncated_normal_in_stds

pytestmark = pytest.mark.once  # the same on every instruction set

#: How many sets of parameters each cache holds at least; None: all.
CACHES = {
    "fastinit._engine.decimal_normal.probability_above": 1024,
    "fastinit._engine.decimal_normal.truncated_deviation": 256,
    "fastinit._engine.kernel_arguments._deviation": 256,
    "fastinit._engine.kernel_arguments._uniform": 256,
    "fastinit._engine.kernel_arguments._normal": 256,
    "fastinit._engine.kernel_arguments._truncated_normal": 256,
    "fastinit._engine.rapid_truncation.probability_above": 256,
    "fastinit._engine.rapid_truncation._parameters": 256,
    "fastinit._memory.arrays._known_dtype": 64,
    "fastinit._memory.dtypes.native_name": 64,
    "fastinit._memory.dtypes.format_of": 64,
    "fastinit._random.addressing.number_of_name": 1024,
    "fastinit._schemes.resolution.distribution_of_name": 256,
    "fastinit._schemes.resolution.law_of_name": 256,
    "fastinit._schemes.scheme_functions._options_of": None,
    "fastinit._schemes.scheme_functions.signature_of": None,
    "fastinit.storage.atomic.disk_space.system_call": None,
    "fastinit.storage.blocks.block_stats.values_of_codes": 8,
}
#: Caches of one value for the whole process, and of a context for each precision.
CONSTANTS = {
    "fastinit._engine.decimal_normal._sqrt_two_pi",
    "fastinit._engine.decimal_normal._context",
}


def caches():
    """Return all caches of the modules that are loaded, except those of the adapters."""
    adapters = tuple(f"fastinit.{name}" for name in ("torch", "jax", "keras", "dask"))
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("fastinit") and not name.startswith(adapters):
            for attribute, value in vars(module).items():
                if hasattr(value, "cache_info") and value.__module__ == name:
                    found[f"{name}.{attribute}"] = value
    return found


def use(folder):
    """Make calls with 50 sets of parameters each."""
    for number in range(1, 51):
        for dtype in (np.float32, np.float64):
            scale = number / 50
            fastinit.uniform(3, -scale, scale, dtype=dtype, seed=1)
            fastinit.normal(3, scale, scale, dtype=dtype, seed=1)
            fastinit.trunc_normal(3, 0, scale, -2 * scale, 1.5, dtype=dtype, seed=1)
        Weight((number, 64), "lecun_normal", seed=1, name="w")[0]
    for number in range(1, 6):  # as the JAX adapter does
        truncated_normal_in_stds(0, 1, -number, 2, np.dtype(np.float32), std_correction=True)
    for dtype in ("bfloat16", "float16", "float8_e4m3fn"):
        path = folder / f"{dtype}.safetensors"
        Weight((30, 4), "he_normal", seed=1, name="w", dtype=dtype).save(
            path, receipt=True, force=True
        )


@pytest.fixture
def loaded():
    """Return all caches; the storage is loaded, and no cache holds anything."""
    importlib.import_module("fastinit.storage.api")
    found = caches()
    for each in found.values():
        each.cache_clear()
    return found


def test_the_caches_are_these(loaded):
    sizes = {name: each.cache_parameters()["maxsize"] for name, each in loaded.items()}
    assert sizes.keys() == CACHES.keys() | CONSTANTS
    for name, size in CACHES.items():
        assert size is None if sizes[name] is None else sizes[name] >= size, name


def test_nothing_is_computed_twice(loaded, tmp_path):
    use(tmp_path)
    first = {name: each.cache_info() for name, each in loaded.items()}
    use(tmp_path)
    second = {name: each.cache_info() for name, each in loaded.items()}
    again = {name for name in loaded if second[name].misses > first[name].misses}
    assert again == set()
    unused = {name for name, info in first.items() if not info.currsize}
    # The decimal arithmetic is for parameters that the rapid one cannot decide.
    rare = {name for name in loaded if ".decimal_normal." in name}
    assert unused - rare <= {
        "fastinit._schemes.scheme_functions._options_of",
        "fastinit._schemes.scheme_functions.signature_of",
    }
