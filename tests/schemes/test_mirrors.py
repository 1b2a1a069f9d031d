"""What holds on one side holds on the other: lower bounds, outputs for inputs, the last for the first."""

from __future__ import annotations

import math
import pickle

import mpmath
import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform, Weight
from fastinit._engine import kernel_arguments, rapid_truncation, truncation
from fastinit._engine.kernel_arguments import Kind
from fastinit._schemes.scheme_functions import distribution_of
from fastinit._schemes.schemes import SCHEMES
from fastinit._schemes.spelling import scheme_of_text
from tests.support import reference
from tests.support.laws import FLOATS

pytestmark = pytest.mark.once

INF = math.inf

#: Bounds in standard deviations from the mean, of each kernel.
WINDOWS = [
    (38, INF),
    (39, 40),
    (50, 50.5),
    (1, 1 + 2**-21),
    (1e-9, 3e-9),
    (0, 2**-20),
    (1e4, INF),
    (1e160, INF),
]
TAILS = [
    (1.6, INF),
    (2, 3),
    (0, 1e-3),
    (4, INF),
    (6, 6.5),
    (-0.01, 0.02),
    (37, INF),
    (30, 31),
    (0.5, 0.6),
    (37, 39),
]
TABLES = [(-2, 2), (-1, 3), (0, INF), (-0.5, 1), (0.25, 9), (-7, 0.5), (1.5, INF), (-INF, INF), (-9, 4)]  # fmt: skip
PLACES = [(0.0, 1.0), (0.25, 0.5), (-3.0, 0.3), (1000.0, 0.125)]


def laws_of(bounds, places=PLACES):
    """Return (mean, std, low, high), and those of -x."""
    for mean, std in places:
        low, high = (mean + std * each for each in bounds)
        if low < high:
            yield (mean, std, low, high), (-mean, std, -high, -low)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("bounds", WINDOWS)
def test_windows_are_mirrored_to_the_bit(bounds, dtype):
    """Below the mean, the values are counted from the upper bound."""
    for upper, lower in laws_of(bounds):
        try:
            values = fastinit.trunc_normal(1000, *upper, dtype=dtype, seed=3, stream=9)
        except ValueError as error:  # this dtype has no number there
            with pytest.raises(ValueError, match=str(error)[:12]):
                fastinit.trunc_normal(1000, *lower, dtype=dtype, seed=3, stream=9)
            continue
        image = fastinit.trunc_normal(1000, *lower, dtype=dtype, seed=3, stream=9)
        law = kernel_arguments.truncated_normal(*upper, values.dtype)
        if law.kind == Kind.TRUNCATED_WINDOW:
            assert np.array_equal(values.astype(float), -image.astype(float))


@pytest.mark.parametrize("table_allowed", [True, False])
@pytest.mark.parametrize("bounds", TABLES + TAILS)
def test_probabilities_on_both_sides_are_exchanged(bounds, table_allowed):
    for module in (truncation, rapid_truncation):
        for upper, lower in laws_of(bounds):
            above = module.parameters(*upper, table_allowed=table_allowed)
            below = module.parameters(*lower, table_allowed=table_allowed)
            assert type(above) is type(below)
            assert (above.below, above.above) == (below.above, below.below)
            assert above.between == below.between
            if isinstance(above, truncation.Table):
                # The words below the median, of 2**32 - 1 that are not the last one.
                assert abs(above.split + below.split - (2**32 - 1)) <= 1
            else:
                assert above.log_unit == below.log_unit
                assert above.split + below.split == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("dtype", "bounds"),
    [("float32", each) for each in WINDOWS[:3] + TAILS + TABLES]
    + [("float64", each) for each in WINDOWS[:-1] + TAILS + TABLES],
)
def test_each_word_has_its_probability_on_both_sides(bounds, dtype):
    count = 6
    size = reference.DTYPES[dtype].itemsize
    words = (reference.words32 if size == 4 else reference.words64)(np.arange(count), 5, 6)
    for law in (each for pair in laws_of(bounds, PLACES[1:3]) for each in pair):
        _, std, low, high = law
        values = fastinit.trunc_normal(count, *law, dtype=dtype, seed=5, stream=6)
        slack = (1.5e-6 if size == 4 else 1e-14) * std
        for word, value in zip(words.tolist(), values.astype(float).tolist(), strict=True):
            fraction = (mpmath.mpf(word) + 0.5) / 2 ** (8 * size)
            if reference.counts_from_above(*law):
                fraction = 1 - fraction
            near = slack + abs(value) * 2.0 ** (-23 if size == 4 else -51)
            least, _ = reference.truncated_probability(value - near, *law)
            most, _ = reference.truncated_probability(value + near, *law)
            assert least - 1e-6 <= fraction <= most + 1e-6
            assert low <= value <= high


@pytest.mark.parametrize("bounds", [(-2, 1), (0, INF), (2, 3), (-0.1, 0.3), (3000, INF), (-INF, 9)])
def test_corrected_stds_of_both_sides_are_equal(bounds):
    for dtype in (np.dtype("f4"), np.dtype("f8")):
        upper = kernel_arguments.truncated_normal_in_stds(
            0.0, 0.5, *bounds, dtype, std_correction=True
        )
        lower = kernel_arguments.truncated_normal_in_stds(
            0.0, 0.5, -bounds[1], -bounds[0], dtype, std_correction=True
        )
        assert abs(upper.parameters.scale) == abs(lower.parameters.scale)
    for law in ((0.25, 0.125, 0.0, INF), (0.0, 0.25, -1.0, 0.5)):
        mean, std, low, high = law
        pair = [
            kernel_arguments.truncated_normal(*each, np.dtype("f8"), std_correction=True)
            for each in (law, (-mean, std, -high, -low))
        ]
        assert abs(pair[0].parameters.scale) == abs(pair[1].parameters.scale)


@pytest.mark.parametrize(
    "bounds", [*TABLES, *TAILS, *WINDOWS[:4], (1e3, INF), (1e6, INF), (-INF, 2)]
)
def test_centre_and_reach_are_those_of_the_mirror_image(bounds):
    for upper, lower in laws_of(bounds):
        one, other = TruncatedNormal(*upper), TruncatedNormal(*lower)
        assert one.centre == -other.centre
        assert one.reach == other.reach
        for each in (one, other):
            try:
                values = Weight((20_000,), each, seed=1, name="w")[:].astype(float)
            except ValueError:
                continue  # float32 has no number within the bounds
            assert abs(values).max() <= each.reach * (1 + 2.0**-23)
            # It is not much larger than what the most extreme of 2**32 words has.
            spread = values.max() - values.min()
            assert each.reach <= abs(values).max() * (1 + 1e-6) + 4 * spread


FORMULAS = [
    Normal(-3, 0.5), Uniform(-3, -1), Uniform(-0.0, 2.5), Constant(-0.25), TruncatedNormal(-1, 2, -INF, -2),
    TruncatedNormal(1, 2, 2, INF), TruncatedNormal(-1, 2, -4, 0.5), TruncatedNormal(0, 1e300, -1, 2),
]  # fmt: skip


@pytest.mark.parametrize("law", FORMULAS, ids=str)
def test_formulas_on_both_sides_are_read_as_they_were_written(law):
    given = Weight((5, 3), law, seed=2**64 - 1, name="w", dtype="float64", padding_idx=-1)
    assert given.padding_idx == 4
    for again in (Weight.from_json(given.to_json()), pickle.loads(pickle.dumps(given))):  # noqa: S301
        assert again == given
        assert again.distribution == law
        assert again[:].tobytes() == given[:].tobytes()
    assert scheme_of_text(law.as_call().replace("(", ":").rstrip(")").replace(" ", "")) == law


FANS = [(3, 4), (4, 3), (1, 2), (7, 12), (5, 1), (1, 1), (1001, 300)]


@pytest.mark.parametrize(("inputs", "outputs"), FANS)
@pytest.mark.parametrize("name", ["he_normal", "he_uniform", "variance_scaling"])
def test_fan_in_of_a_shape_is_fan_out_of_the_exchanged_shape(name, inputs, outputs):
    def of(shape, mode, **options):
        return distribution_of(SCHEMES[name], name, shape, {"mode": mode, **options}, stacklevel=1)

    one, other = (outputs, inputs), (inputs, outputs)
    assert of(one, "fan_in") == of(other, "fan_out") == of(other, "fan_in", layout="keras")
    assert of(one, "fan_out") == of(other, "fan_in") == of(other, "fan_out", layout="keras")
    for mode in ("fan_avg", "fan_geo_avg"):
        assert of(one, mode) == of(other, mode) == of(other, mode, layout="keras")
    if inputs != outputs:
        assert len({of(one, mode) for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")}) == 4
    # One fan may be given; the other one is that of the shape.
    assert of((outputs, 99), "fan_avg", fan_in=inputs) == of(one, "fan_avg")
    assert of((99, inputs), "fan_avg", fan_out=outputs) == of(one, "fan_avg")


@pytest.mark.parametrize("kernel", [(), (1,), (3,), (2, 5), (7, 1, 4), (0,), (3, 0)])
@pytest.mark.parametrize(("inputs", "outputs"), [(3, 4), (4, 3), (5, 5), (1, 9), (0, 7), (7, 0)])
def test_layouts_have_the_same_fans(kernel, inputs, outputs):
    torch, keras = (outputs, inputs, *kernel), (*kernel, inputs, outputs)
    positions = math.prod(kernel)
    expected = (inputs * positions, outputs * positions)
    assert fastinit.fans(torch) == fastinit.fans(keras, "keras") == expected
    axes = len(torch)
    named = [
        fastinit.fans(torch, in_axis=1, out_axis=0, batch_axis=[]),
        fastinit.fans(torch, in_axis=1 - axes, out_axis=-axes, batch_axis=[]),
        fastinit.fans(keras, "keras", in_axis=axes - 2, out_axis=axes - 1, batch_axis=[]),
        fastinit.fans(torch, "keras", in_axis=1, out_axis=0),
    ]
    assert set(named) == {expected}


@pytest.mark.parametrize("shape", [(6, 3, 2, 5), (3, 6, 5, 2), (4, 4, 3), (7, 2, 1, 4, 3)])
def test_layouts_have_the_same_convolutions(shape):
    keras = (*shape[2:], shape[1], shape[0])

    def as_keras(weight):
        return np.moveaxis(weight, (0, 1), (-1, -2))

    weight = fastinit.dirac(shape)
    centre = tuple(length // 2 for length in shape[2:])
    assert np.array_equal(weight[(..., *centre)], np.eye(*shape[:2]))
    assert np.count_nonzero(weight) == min(shape[:2])
    assert np.array_equal(fastinit.dirac(keras, layout="keras"), as_keras(weight))
    if shape[0] >= shape[1]:
        weight = fastinit.delta_orthogonal(shape, seed=1)
        centre = tuple((length - 1) // 2 for length in shape[2:])
        matrix = fastinit.orthogonal(shape[:2], seed=1)
        assert np.array_equal(weight[(..., *centre)], matrix)
        assert np.count_nonzero(weight) == np.count_nonzero(matrix)
        again = fastinit.delta_orthogonal(keras, layout="keras", seed=1)
        assert np.array_equal(again, as_keras(weight))


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (1, 5), (5, 1), (40, 33), (33, 40)])
def test_wide_and_tall_matrices(shape):
    assert np.array_equal(fastinit.eye(shape, gain=-2.0), -2 * np.eye(*shape))
    wide = fastinit.orthogonal(shape, dtype="float64", seed=1, gain=-3.0)
    tall = fastinit.orthogonal(shape[::-1], dtype="float64", seed=1, gain=-3.0)
    short = min(shape)
    for each in (wide, tall):
        product = each @ each.T if each.shape[0] == short else each.T @ each
        np.testing.assert_allclose(product, 9 * np.eye(short), atol=1e-12)
    # A wide matrix is decomposed as the tall one with as many elements; see the contract.
    assert np.array_equal(wide, tall.T)
    turned = fastinit.orthogonal(shape[::-1], dtype="float64", seed=1, gain=-3.0, layout="keras")
    assert np.array_equal(turned, wide.T)
    for sparsity in (0.0, 0.3, 1.0):
        matrix = fastinit.sparse(shape, sparsity, seed=1)
        zeros = math.ceil(sparsity * shape[0])
        assert ((matrix == 0).sum(0) == zeros).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 5, 2**32 - 3, 2**33 + 1])
def test_reversed_and_exchanged_axes_of_memory(dtype, offset):
    """Where a value is in memory does not matter: only its index."""
    shape = (5, 7, 3)
    plain = fastinit.normal(shape, -0.3, 0.7, dtype=dtype, seed=9, stream=4, offset=offset)
    for axes in ((0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)):
        for steps in ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (-2, -1, -3), (2, 3, -1)):
            large = np.zeros([3 * shape[axis] for axis in axes], plain.dtype)
            view = large.transpose(np.argsort(axes))[
                tuple(slice(None, None, step) for step in steps)
            ]
            view = view[tuple(slice(0, length) for length in shape)]
            fastinit.normal_(view, -0.3, 0.7, seed=9, stream=4, offset=offset)
            assert np.ascontiguousarray(view).tobytes() == plain.tobytes()
            assert np.count_nonzero(large) == np.count_nonzero(plain)


@pytest.mark.parametrize("padding_idx", [0, 6, -7, -1, 3])
def test_negative_indices_count_from_the_end(padding_idx):
    weight = Weight((7, 4, 3), Normal(-1, 0.1), seed=1, name="w", padding_idx=padding_idx)
    whole = np.asarray(weight)
    assert (whole[padding_idx] == 0).all()
    assert np.count_nonzero(whole) == 6 * 12
    indices = [
        -1, -7, (-1, -4, -3), slice(-3, None), slice(None, -3), slice(-1, -8, -2), slice(None, None, -1),
        (slice(-5, -1), slice(None, None, -3)), (..., -1), (slice(5, 1, -1), -2, slice(-1, None, -1)),
        ([-1, 0, -7], slice(None, None, -1)), np.array([[-1, 6], [0, -7]]),
    ]  # fmt: skip
    for index in indices:
        assert np.array_equal(weight[index], whole[index])
        out = np.full_like(whole[index], 7)
        if out.shape:
            weight.fill(out[::-1], index)
            assert np.array_equal(out[::-1], whole[index])
    for index in (-8, (0, -5), (0, 0, -4), [-8]):
        with pytest.raises(IndexError):
            weight[index]
    with pytest.raises(IndexError, match=r"in \[0, 7\), got -1"):
        weight.rows([0, -1])
