"""Curves and comparisons of `fastinit plot`: what holds above the mean holds below it, too."""

from __future__ import annotations

import math
import re

import mpmath
import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from fastinit import Normal, TruncatedNormal, Uniform, Weight
from fastinit._engine.regions import place_of_row
from fastinit._memory.dtypes import format_of
from fastinit.cli.plot.comparison import compare, fitted_normal, shown_ranks
from fastinit.cli.plot.curves import curve_of
from fastinit.cli.plot.picture import draw_histogram, draw_quantiles
from fastinit.cli.plot.samples import Sample, sample_of
from fastinit.cli.plot.sources import source_of_file, source_of_formula
from tests.support import reference
from tests.support.laws import FLOATS

pytestmark = pytest.mark.once

INF = math.inf
PROBABILITIES = np.array([1e-6, 1e-4, 0.01, 0.2, 0.5, 0.8, 0.99, 1 - 1e-4, 1 - 1e-6])

#: Bounds in standard deviations from the mean: on both sides, and with the mean inside and outside.
BOUNDS = [
    (-2, 2), (-0.5, 3), (0, INF), (1, INF), (2, 2.5), (6, INF), (8, 10), (3, 3.001), (-9, 1), (0, 1e-3),
    (37, INF), (-0.25, INF),
]  # fmt: skip
PLACES = [(0.0, 1.0), (1.0, 2.0), (-3.0, 0.25), (1e4, 0.5)]


def mirrored(law):
    """Return the distribution of -x."""
    if isinstance(law, Uniform):
        return Uniform(-law.high, -law.low)
    if isinstance(law, Normal):
        return Normal(-law.mean, law.std)
    return TruncatedNormal(-law.mean, law.std, -law.high, -law.low)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("mean", "std"), PLACES)
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_truncated_curves_against_mpmath(low, high, mean, std, sign):
    law = TruncatedNormal(mean, std, mean + std * low, mean + std * high)
    if sign < 0:
        law = mirrored(law)
    curve = curve_of(law)
    assert (np.diff(curve.points) > 0).all()
    assert law.low <= curve.points[0] < curve.points[-1] <= law.high
    spread = np.ptp(curve.quantile([0.01, 0.99]))
    with mpmath.workdps(50):
        a, b = ((mpmath.mpf(each) - law.mean) / law.std for each in (law.low, law.high))
        # Differences of the probabilities on the side of the bounds lose no digits.
        side = 1 if a + b > 0 else -1
        ends = [mpmath.erfc(side * each / mpmath.sqrt(2)) / 2 for each in (a, b)]
        mass = abs(ends[0] - ends[1])
        for probability in PROBABILITIES.tolist():
            value = curve.quantile([probability])[0]
            z = (mpmath.mpf(float(value)) - law.mean) / law.std
            below = abs(ends[0] - mpmath.erfc(side * z / mpmath.sqrt(2)) / 2) / mass
            density = mpmath.npdf(z) / (mass * law.std)
            assert abs(below - probability) < 1e-6 + 3e-5 * spread * density
            assert curve.probability_below([value])[0] == pytest.approx(float(below), abs=1e-6)
            assert curve.density([value])[0] == pytest.approx(float(density), rel=1e-4)
    for outside in (curve.points[0] - spread, curve.points[-1] + spread):
        assert curve.density([outside])[0] == 0


@pytest.mark.parametrize("law", [Normal(3, 0.2), Uniform(-2, 5), Uniform(1, 2)], ids=str)
def test_mirrored_curves_against_scipy(law):
    for each in (law, mirrored(law)):
        if isinstance(each, Normal):
            theirs = stats.norm(each.mean, each.std)
        else:
            theirs = stats.uniform(each.low, each.high - each.low)
        curve = curve_of(each)
        values = theirs.ppf(PROBABILITIES)
        spread = np.ptp(theirs.ppf([0.01, 0.99]))
        np.testing.assert_allclose(curve.quantile(PROBABILITIES), values, atol=2e-5 * spread)
        np.testing.assert_allclose(curve.probability_below(values), PROBABILITIES, atol=1e-6)
        np.testing.assert_allclose(curve.density(values), theirs.pdf(values), rtol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_curves_far_out_fall_exponentially_from_the_bound(sign):
    law = TruncatedNormal(0, 1, 1e4, INF)
    curve = curve_of(law if sign > 0 else mirrored(law))
    expected = 1e4 - np.log1p(-np.array([0.1, 0.5, 0.9])) / 1e4
    found = curve.quantile([0.1, 0.5, 0.9]) if sign > 0 else -curve.quantile([0.9, 0.5, 0.1])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    assert np.argmax(curve.densities) == (0 if sign > 0 else curve.points.size - 1)


@pytest.mark.parametrize(
    ("law", "value"),
    [
        (TruncatedNormal(0, 1, -INF, -1e200), "-1e+200"),
        (TruncatedNormal(0, 1, 1e200, INF), "1e+200"),
        (TruncatedNormal(0, 1, 1, 1), "1.0"),
        (Normal(1, 0), "1.0"),
        (Uniform(1, 1), "1.0"),
        (TruncatedNormal(0, 1, -1, -1), "-1.0"),
        (TruncatedNormal(-3, 0, -4, INF), "-3.0"),
        (Normal(-2, 0), "-2.0"),
        (Uniform(-5, -5), "-5.0"),
    ],
)
def test_constants_have_no_curve(law, value):
    with pytest.raises(ValueError, match=re.escape(f"every value is {value} by the formula")):
        curve_of(law)


LAWS = [Normal(0.3, 0.7), Uniform(0.25, 1), TruncatedNormal(0, 1, -0.5, INF), TruncatedNormal(0, 1, 1, 3)]  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "law",
    # A uniform distribution has only one of its ends.
    [Normal(0.3, 0.7), TruncatedNormal(0.1, 1.03, -0.53, INF), TruncatedNormal(0, 0.97, 1.01, 3.07)],
    ids=str,
)  # fmt: skip
def test_a_mirrored_sample_has_the_mirrored_comparison(law, dtype):
    weight = Weight((100, 512), law, seed=1, name="w", dtype=dtype)
    sample = sample_of(source_of_formula(weight))
    image = Sample(-sample.values[::-1], 0, 1, sample.of)
    given = compare(sample, weight.dtype, law)
    turned = compare(image, weight.dtype, mirrored(law))
    close = np.testing.assert_allclose
    close(-turned.edges[::-1], given.edges, rtol=1e-6, atol=1e-9)
    close(turned.densities[::-1], given.densities, rtol=1e-6)
    assert np.array_equal(-turned.found[::-1], given.found)
    close(-turned.expected[::-1], given.expected, atol=1e-4 * np.ptp(given.expected))
    assert given.outside == turned.outside == 0
    assert given.distance < given.limit
    assert turned.distance < turned.limit


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_values_beyond_either_end_are_counted(law, sign):
    weight = Weight((20, 512), law, seed=1, name="w")
    values = sample_of(source_of_formula(weight)).values.copy()
    values[:: values.size // 7] = sign * 1e30
    chosen = law if sign > 0 else mirrored(law)
    others = values[values != sign * 1e30]
    sample = np.sort(np.concatenate([sign * others, values[values == sign * 1e30]]))
    made = compare(Sample(sample, 0, 1, sample.size), weight.dtype, chosen)
    assert made.outside == sample.size - others.size > 1
    assert abs(made.edges).max() < 20
    far = made.found[-1 if sign > 0 else 0]
    assert far == sign * 1e30
    assert made.distance > 1e-4


@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_a_shift_to_either_side_is_seen(shift):
    weight = Weight((100, 512), Normal(0, 1), seed=1, name="w")
    sample = sample_of(source_of_formula(weight))
    moved = Sample(sample.values + shift, 0, 1, sample.of)
    made = compare(moved, weight.dtype, Normal(0, 1))
    # The largest difference of the two distribution functions is half-way between their means.
    expected = stats.norm.cdf(0.25) - stats.norm.cdf(-0.25)
    assert made.distance == pytest.approx(expected, abs=0.01)


def test_a_fitted_normal_far_from_zero_keeps_its_width():
    for sign in (1, -1):
        values = np.sort(sign * (1e9 + np.arange(1000) / 1000))
        law = fitted_normal(values)
        assert law.mean == pytest.approx(sign * (1e9 + 0.4995), rel=1e-15)
        assert law.std == pytest.approx(math.sqrt((1000**2 - 1) / 12) / 1000, rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 399, 400, 401, 1000, 123_457])
def test_both_tails_show_the_same_ranks(count):
    ranks = shown_ranks(count)
    assert np.array_equal(ranks, count - 1 - ranks[::-1])
    near = min(count, 5)
    assert ranks[:near].tolist() == list(range(near))


@pytest.mark.parametrize("padding_idx", [0, 1, 150, 298, 299, -1])
def test_the_padding_row_is_left_out_wherever_it_is(padding_idx):
    weight = Weight((300, 64), Normal(-1, 0.1), seed=7, name="w", padding_idx=padding_idx)
    whole = np.asarray(weight)
    kept = np.sort(np.delete(whole, padding_idx, 0).ravel())
    assert np.array_equal(sample_of(source_of_formula(weight)).values, kept)


def test_places_of_a_row_in_any_range():
    shape = (5, 3)
    rows = np.repeat(np.arange(5), 3)
    for start in range(15):
        for stop in range(start, 16):
            part = rows[start:stop]
            for row in range(5):
                found = np.zeros(part.size, bool)
                found[place_of_row(row, shape, start)] = True
                assert np.array_equal(found, part == row), (row, start, stop)


def vertical_lines(axes):
    """Return the positions and heights of the steps at which a density ends."""
    lines = [line.get_xydata() for line in axes.lines if len(line.get_xydata()) == 2]
    return [(float(line[0, 0]), float(line[1, 1])) for line in lines if line[0, 0] == line[1, 0]]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_picture_has_a_step_where_the_density_ends(sign):
    for law, bounds in [
        (TruncatedNormal(0, 1, 1, INF), [1]),
        (TruncatedNormal(0, 1, -1, 2), [-1, 2]),
        (Uniform(2, 3), [2, 3]),
        (Normal(2, 1), []),
    ]:
        chosen = law if sign > 0 else mirrored(law)
        weight = Weight((20, 512), chosen, seed=1, name="w")
        made = compare(sample_of(source_of_formula(weight)), weight.dtype, chosen)
        left, right = Figure().subplots(1, 2)
        draw_histogram(left, made)
        draw_quantiles(right, made)
        steps = vertical_lines(left)
        assert sorted(sign * place for place, _ in steps) == bounds
        for place, height in steps:
            inside = place + 1e-9 * (made.curve.quantile([0.5])[0] - place)
            assert height == pytest.approx(made.curve.density([inside])[0], rel=1e-3)
        ideal, points = (line.get_xydata() for line in right.lines)
        assert ideal.tolist() == [[made.expected[place]] * 2 for place in (0, -1)]
        assert np.array_equal(points, np.stack([made.expected, made.found], -1))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"])
def test_neighbours_of_a_number_on_both_sides_of_zero(dtype):
    numbers = reference.numbers_of(reference.DTYPES[dtype])
    form, step = format_of(reference.DTYPES[dtype]), 1 if numbers.size < 256 else 13
    for lower, upper in zip(numbers.tolist()[::step], numbers.tolist()[1::step], strict=False):
        assert form.below(upper) == form.at_or_below(lower) == lower
        middle = (lower + upper) / 2
        assert (form.below(middle), form.at_or_above(middle)) == (lower, upper)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neighbours_of_powers_of_two(dtype):
    form, kind = format_of(np.dtype(dtype)), np.dtype(dtype).type
    for exponent in (-1080, -1074, -149, -126, -30, -1, 0, 1, 30, 127, 1023):
        for sign in (1, -1, 0):
            value = kind(math.ldexp(sign, exponent)) if exponent < 128 or kind is np.float64 else 0
            if np.isfinite(value):
                below = np.nextafter(kind(value), kind(-INF))
                assert form.below(float(value)) == float(below)


@pytest.mark.parametrize("suffix", ["npy", "safetensors"])
def test_not_a_number_of_any_kind_is_counted(tmp_path, suffix):
    """NaN with a payload, a signalling NaN, and infinities of both signs."""
    values = np.arange(1, 65, dtype=np.float32)
    values.view(np.uint32)[[3, 9, 17, 40, 63]] = [
        0x7FC00001, 0xFFC12345, 0x7F800001, 0x7F800000, 0xFF800000
    ]  # fmt: skip
    values[50] = -0.0
    path = tmp_path / f"t.{suffix}"
    if suffix == "npy":
        np.save(path, values)
    else:
        save = pytest.importorskip("safetensors.numpy").save_file
        save({"w": values}, path)
    sample = sample_of(source_of_file(path))
    assert sample.not_finite == 5
    assert sample.values.size == 59
    assert np.array_equal(sample.values, np.sort(values[np.isfinite(values)]))
