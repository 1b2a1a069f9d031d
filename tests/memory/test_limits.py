"""Limits of memory: the last shape, stride and number accepted, and the first one refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fastinit
from fastinit._memory.arrays import ALIGNMENT, as_shape, empty, overlaps_itself, writable_array
from fastinit._memory.dtypes import FLOAT_DTYPES, FORMATS
from tests.support import reference
from tests.support.limits import Limit, above, below, check

pytestmark = pytest.mark.once

INF = math.inf
BYTE = np.dtype("u1")
FLOAT32 = np.dtype("f4")
#: No system has so much memory for one array.
MOST_BYTES = 2**63 - 1 - ALIGNMENT


def with_neighbours(name):
    """Yield numbers of a format, each with those below and above it; of 16 bits, every seventh."""
    dtype = reference.DTYPES[name]
    if dtype.itemsize < 4:
        numbers = [-INF, *reference.numbers_of(dtype).tolist(), INF]
        for place in range(1, len(numbers) - 1, 7 if dtype.itemsize == 2 else 1):
            yield numbers[place - 1 : place + 2]
    else:
        tiny = float(np.finfo(dtype).tiny)
        for start in (0.0, 1.0, -1.0, tiny, -tiny, 0.1, 2.0, -8.0):
            number = dtype.type(start)
            lower, higher = (float(np.nextafter(number, dtype.type(end))) for end in (-INF, INF))
            yield lower, float(number), higher


@pytest.mark.parametrize("name", FORMATS)
def test_rounding_at_each_number_and_between(name):
    """Against a list of all numbers: at a number, one float64 beside it, and half way to the next."""
    form = FORMATS[name]
    for lower, number, higher in with_neighbours(name):
        for round_to in (form.nearest, form.at_or_above, form.at_or_below):
            assert round_to(number) == number
        if lower > -INF:
            assert form.below(number) == lower
        if higher == INF or lower == -INF or name == "float64":
            continue
        assert form.at_or_above(above(number)) == higher
        assert form.at_or_below(above(number)) == form.nearest(above(number)) == number
        assert form.at_or_below(below(number)) == lower
        assert form.at_or_above(below(number)) == form.nearest(below(number)) == number
        assert form.below(above(number)) == number
        half = number / 2 + higher / 2
        assert form.nearest(below(half)) == number
        assert form.nearest(above(half)) == higher
        unit = higher - number
        even = number if number / unit % 2 == 0 else higher
        assert form.nearest(half) == even


def test_values_that_are_no_finite_numbers():
    for form in FORMATS.values():
        for round_to in (form.nearest, form.at_or_above, form.at_or_below):
            assert [round_to(each) for each in (INF, -INF, 0.0)] == [INF, -INF, 0.0]
            assert math.isnan(round_to(math.nan))
            assert math.copysign(1, round_to(-0.0)) == -1


def strided(strides, shape):
    """Return an array of float32 with the given strides in bytes."""
    return np.lib.stride_tricks.as_strided(np.zeros(100, "f4")[50:], shape, strides)


def is_filled(strides, shape=(2, 3)):
    array = strided(strides, shape)
    fastinit.uniform_(array, seed=1)
    assert not overlaps_itself(array)
    assert np.array_equal(array, fastinit.uniform(shape, seed=1))
    return True


SHARED = "must not have elements that share memory"
LIMITS = {
    "length": Limit(as_shape, (3, 0), (3, -1), r"negative lengths, got \(3, -1\)", (3, 0)),
    "one length": Limit(as_shape, 0, -1, r"negative lengths, got \(-1,\)", (0,)),
    "bytes of an array": Limit(
        lambda x: empty((2**62, x), BYTE).shape, 0, 2, "is too large", (2**62, 0),
    ),
    "axes next to each other": Limit(is_filled, (12, 4), (11, 4), SHARED, True),
    "columns next to each other": Limit(is_filled, (4, 8), (4, 7), SHARED, True),
    "neighbours": Limit(is_filled, (20, 4), (20, 3), SHARED, True),
    "backwards": Limit(is_filled, (-12, 4), (-11, 4), SHARED, True),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_memory(name):
    check(LIMITS[name])


def test_the_largest_array():
    """The largest size is left to NumPy, which has no such memory; the next one is refused."""
    with pytest.raises(MemoryError):
        empty((MOST_BYTES,), BYTE)
    for shape, dtype in [((MOST_BYTES + 1,), BYTE), ((2**61,), FLOAT32)]:
        with pytest.raises(ValueError, match="is too large"):
            empty(shape, dtype)


@pytest.mark.parametrize("stride", [0, -4, 4, 12, 1000])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_strides_of_axes_of_length_1_do_not_matter(stride, axis):
    shape, strides = [2, 3], [12, 4]
    shape.insert(axis, 1)
    strides.insert(axis, stride)
    assert is_filled(tuple(strides), tuple(shape))
    weight = fastinit.Weight(shape, fastinit.Uniform(), seed=1, name="w", padding_idx=0)
    out = strided(tuple(strides), tuple(shape))
    assert weight.fill(out) is out
    assert np.array_equal(out, weight[:])
    assert not out[0].any()


def test_an_axis_without_elements_cannot_overlap():
    for shape in [(0, 3), (2, 0), (0, 0)]:
        array = strided((0, 0), shape)
        assert writable_array(array, FLOAT_DTYPES) is array
