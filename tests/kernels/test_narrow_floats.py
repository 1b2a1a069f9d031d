"""Narrow formats: the float32 values, rounded to nearest even, and the rule at the end points."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments
from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FORMATS, format_of

NARROW = ["bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


def raw(array):
    return array.view(f"u{array.itemsize}")


def on(kernels, law, dtype, count):
    out = np.empty(count, f"u{dtype.itemsize}")
    kernels.fill(out, *law, 5, 6, 7, 0, count, False)
    return out.view(dtype)


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("std", [1.0, 0.02, 3e-5, 1e-7])
def test_normal_is_the_rounded_float32(kernels, name, std):
    """Subnormals too: those of float16 begin at 6e-5, and ml_dtypes rounds them for us."""
    dtype = as_dtype(name, tuple(FORMATS))
    values = on(kernels, kernel_arguments.normal(0, std, dtype), dtype, 300_001)
    wide = on(kernels, kernel_arguments.normal(0, std, np.dtype("f4")), np.dtype("f4"), 300_001)
    assert np.array_equal(raw(values), raw(wide.astype(dtype)))


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.01, 0.01), (-0.3, 0.7), (1, 2), (-8, -0.5)])
def test_uniform_keeps_its_ends(kernels, name, low, high):
    """Where the rounded float32 would be `high` it is the number before, and nothing else moves."""
    dtype = as_dtype(name, tuple(FORMATS))
    count = 1_000_001
    values = on(kernels, kernel_arguments.uniform(low, high, dtype), dtype, count)
    wide = on(kernels, kernel_arguments.uniform(low, high, np.dtype("f4")), np.dtype("f4"), count)
    below = np.array(format_of(dtype).below(np.float32(high)), dtype)
    above = np.array(format_of(dtype).at_or_above(np.float32(low)), dtype)
    expected = np.clip(wide, below.dtype.type(above).astype("f4"), below.astype("f4"))
    assert np.array_equal(raw(values), raw(expected.astype(dtype)))
    widened = values.astype(np.float64)
    assert np.float32(low) <= widened.min()
    assert widened.max() < np.float32(high)
    assert widened.max() == below


@pytest.mark.parametrize("name", NARROW)
def test_uniform_bias_is_that_of_the_end_alone(name):
    """Half a step of probability moves down by a step: step**2 / 2, and rounding adds none."""
    count = 4_000_000
    values = fastinit.uniform(count, dtype=name, seed=3).astype(np.float64)
    wide = fastinit.uniform(count, dtype=np.float32, seed=3).astype(np.float64)
    step = 1 - FORMATS[name].below(1.0)
    difference = values - wide
    error = difference.std() / np.sqrt(count)
    assert abs(difference.mean() + 0.5 * step**2) < 4 * error


@pytest.mark.parametrize("name", NARROW)
def test_grid_against_ml_dtypes(name):
    dtype = as_dtype(name, tuple(FORMATS))
    form = format_of(dtype)
    info = ml_dtypes.finfo(dtype)
    assert form.largest == float(info.max)
    numbers = np.arange(2 ** (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}").view(dtype)
    with np.errstate(invalid="ignore"):  # signalling NaNs are among them
        grid = numbers.astype(np.float64)
    grid = np.unique(grid[np.isfinite(grid)])
    for i in np.linspace(1, grid.size - 2, 997).astype(int):
        exact, between = float(grid[i]), float((grid[i] + grid[i + 1]) / 2)
        assert form.below(exact) == grid[i - 1]
        assert form.at_or_below(between) == exact
        assert form.at_or_above(between) == grid[i + 1]
        assert form.nearest(between) == float(np.array(between).astype(dtype))


@pytest.mark.parametrize("name", NARROW)
def test_layouts(name):
    dtype = as_dtype(name, tuple(FORMATS))
    expected = fastinit.normal((40, 30), 0.1, 0.3, dtype=name, seed=4)
    memory = np.zeros((80, 90), dtype)
    view = memory[::2, 59::-2]
    assert fastinit.normal_(view, 0.1, 0.3, seed=4) is view
    assert np.array_equal(raw(view.copy()), raw(expected))
    assert not memory[1::2].astype(np.float32).any()
    part = fastinit.normal(1000, 0.1, 0.3, dtype=name, seed=4, offset=133)
    assert np.array_equal(raw(part), raw(expected.reshape(-1)[133:1133]))


@pytest.mark.parametrize("name", NARROW)
def test_large_fills_on_threads(name):
    one = fastinit.uniform(40_000_003, -0.3, 0.7, dtype=name, seed=4, threads=1)
    two = fastinit.uniform(40_000_003, -0.3, 0.7, dtype=name, seed=4, threads=2)
    assert np.array_equal(raw(one), raw(two))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fastinit.normal(9, 0, 1e5, dtype="float16", seed=0), "finite in float16"),
        (lambda: fastinit.uniform(9, 0, 500, dtype="float8_e4m3fn", seed=0), "high must be finite"),
        (
            lambda: fastinit.uniform(9, 0.1001, 0.1002, dtype="bfloat16", seed=0),
            "bfloat16 has no number in",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
