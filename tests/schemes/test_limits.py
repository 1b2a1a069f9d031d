"""Limits of schemes and structured weights: the last value accepted, and the first one refused."""

from __future__ import annotations

import math
from dataclasses import astuple
from functools import partial

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform
from fastinit._schemes.quantized import quantized_row_bytes
from fastinit._schemes.spelling import scheme_of_text
from tests.support import reference
from tests.support.limits import Limit, above, below, check

pytestmark = pytest.mark.once

INF = math.inf
FLOAT32_MAX = float(np.finfo(np.float32).max)
FLOAT16_MAX = 65504.0
LARGEST_STD_16 = FLOAT16_MAX / 6.34


def fan(**options):
    """Return the fan_in that a scheme sees: 1 / variance of lecun_normal."""
    weight = fastinit.Weight((4, 6), "lecun_normal", seed=1, name="w", **options)
    return round(1 / weight.distribution.std**2)


def rows(distribution, bits, row_layout):
    """Return quantised rows, and check that they stand for the float32 rows."""
    table = fastinit.quantized_rows((3, 8), distribution, bits=bits, row_layout=row_layout, seed=1)
    wide = np.empty((3, 8), np.float32)
    if isinstance(distribution, Constant):
        wide[...] = distribution.value
    else:
        getattr(fastinit, f"{distribution.function}_")(wide, *astuple(distribution), seed=1)
    size = 8 if (bits, row_layout) == (8, "fused_rowwise") else 4
    ends, codes = (
        (table[:, :size], table[:, size:])
        if row_layout == "tbe"
        else (table[:, -size:], table[:, :-size])
    )
    scale, bias = np.hsplit(ends.copy().view(f"f{size // 2}").astype(np.float64), 2)
    assert np.isfinite(scale).all()
    assert np.isfinite(bias).all()
    levels = np.stack([codes >> shift & 2**bits - 1 for shift in range(0, 8, bits)], axis=2)
    restored = levels.reshape(3, -1)[:, :8] * scale + bias
    # Half a step, and what rounding the bias and the scale to float16 loses.
    slack = 0.51 * scale + np.abs(wide).max() * 2.0**-10 * (2 if size == 4 else 1)
    assert (np.abs(restored - wide) <= slack).all()
    return True


def sparse_zeros(sparsity):
    matrix = fastinit.sparse((5, 4), sparsity, seed=1)
    return (matrix == 0).sum(axis=0).tolist()


def orthogonal_rows(shape, **options):
    matrix = fastinit.orthogonal(shape, dtype="float64", seed=1, **options)
    flat = matrix.reshape(len(matrix), -1)
    product = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
    return bool(np.allclose(product, np.eye(len(product))))


def delta(shape):
    """Return the index at which the matrix of a convolution is, and check the matrix."""
    weight = fastinit.delta_orthogonal(shape, dtype="float64", seed=1)
    places = np.argwhere(np.abs(weight).sum(axis=(0, 1)) > 0)
    assert len(places) == 1
    matrix = weight[(..., *places[0])]
    assert np.allclose(matrix.T @ matrix, np.eye(shape[1]))
    return tuple(places[0].tolist())


def ones_of_dirac(value):
    shape, groups = value
    weight = fastinit.dirac(shape, groups)
    assert {*weight.ravel().tolist()} <= {0.0, 1.0}
    return np.argwhere(weight == 1).tolist()


FAN = r"must be an integer in \[1, 2\*\*64\)"
AXES = r"must have 3, 4 or 5 axes"
COULD_OVERFLOW = "because scale and bias could overflow"
FUSED, TBE = "fused_rowwise", "tbe"
LIMITS = {
    "fan": Limit(lambda x: fan(fan_in=x), 1, 0, f"fan_in {FAN}", 1),
    "largest fan": Limit(
        lambda x: fastinit.Weight(3, "lecun_normal", fan_in=x, fan_out=x, seed=1, name="w").distribution.std,
        2**64 - 1, 2**64, f"fan_in {FAN}", 2.0**-32,
    ),
    "axis": Limit(lambda x: fan(in_axis=x, out_axis=0), 1, 2, r"in_axis must be in \[-2, 2\)", 6),
    "negative axis": Limit(lambda x: fan(in_axis=x, out_axis=1), -2, -3, r"in_axis must be in \[-2, 2\)", 4),
    "axes of a fan": Limit(fastinit.fans, (4, 6), (4,), "must have two or more axes", (6, 4)),
    "gain": Limit(
        lambda x: fastinit.xavier_uniform((4, 6), gain=x, seed=1), -0.0, -5e-324, "gain must not be negative",
        np.zeros((4, 6), np.float32),
    ),
    "scale": Limit(
        lambda x: fastinit.variance_scaling((4, 6), scale=x, seed=1), 0.0, -5e-324, "scale must not be negative",
        np.zeros((4, 6), np.float32),
    ),
    "largest gain": Limit(
        lambda x: fastinit.calculate_gain("leaky_relu", x), 1e154, INF, "param must be finite", math.sqrt(2 / 1e308),
    ),
    "sparsity": Limit(sparse_zeros, 1.0, above(1.0), r"sparsity must be in \[0, 1\]", [5] * 4),
    "least sparsity": Limit(sparse_zeros, -0.0, -5e-324, r"sparsity must be in \[0, 1\]", [0] * 4),
    "std of sparse": Limit(
        lambda x: fastinit.sparse((5, 4), 0.5, std=x, seed=1).any(), 0.0, -5e-324, "std must not be negative", False,
    ),
    "axes of sparse": Limit(
        lambda x: fastinit.sparse(x, 0.5, seed=1).shape, (5, 1), (5,), "must have 2 axes", (5, 1),
    ),
    "most axes of sparse": Limit(
        lambda x: fastinit.sparse(x, 0.5, seed=1).shape, (1, 4), (1, 4, 1), "must have 2 axes", (1, 4),
    ),
    "axes of eye": Limit(lambda x: fastinit.eye(x).tolist(), (1, 2), (1, 2, 1), "must have 2 axes", [[1.0, 0.0]]),
    "axes of orthogonal": Limit(orthogonal_rows, (1, 4), (4,), "must have two or more axes", True),
    "output axis": Limit(
        lambda x: orthogonal_rows((4, 3), out_axis=x), 1, 2, r"out_axis must be in \[-2, 2\)", True,
    ),
    "negative output axis": Limit(
        lambda x: orthogonal_rows((4, 3), out_axis=x), -2, -3, r"out_axis must be in \[-2, 2\)", True,
    ),
    "outputs and inputs": Limit(delta, (3, 3, 1), (3, 4, 1), "at least as many outputs as inputs", (0,)),
    "axes of a convolution": Limit(delta, (3, 2, 1), (3, 2), AXES, (0,)),
    "most axes of a convolution": Limit(delta, (3, 2, 1, 2, 3), (3, 2, 1, 2, 3, 1), AXES, (0, 0, 1)),
    "axes of dirac": Limit(ones_of_dirac, ((2, 2, 1), 1), ((2, 2), 1), AXES, [[0, 0, 0], [1, 1, 0]]),
    "most axes of dirac": Limit(
        ones_of_dirac, ((1, 2, 1, 2, 3), 1), ((1, 2, 1, 2, 3, 1), 1), AXES, [[0, 0, 0, 1, 1]],
    ),
    "groups": Limit(ones_of_dirac, ((2, 3, 1), 1), ((2, 3, 1), 0), "groups must divide the 2", [[0, 0, 0], [1, 1, 0]]),
    "most groups": Limit(ones_of_dirac, ((2, 3, 1), 2), ((2, 3, 1), 3), "groups must divide the 2", [[0, 0, 0], [1, 0, 0]]),
    "elements of a row": Limit(lambda x: quantized_row_bytes(x, 8), 1, 0, "dim must be 1 or more, got 0", 9),
    "columns": Limit(
        lambda x: fastinit.quantized_rows((0, x), "he_normal", seed=1).shape, 1, 0, "dim must be 1 or more", (0, 9),
    ),
    "bits": Limit(lambda x: quantized_row_bytes(5, x), 2, 1, "bits must be 8, 4 or 2, got 1", 6),
    "most bits": Limit(lambda x: quantized_row_bytes(5, x, TBE), 8, 16, "bits must be 8, 4 or 2, got 16", 9),
    "first row": Limit(
        lambda x: fastinit.quantized_rows((1, 2), Constant(1), first_row=x, seed=1).shape, 2**63 - 1, 2**63,
        "first_row must be at most 9223372036854775807 for 1 rows", (1, 10),
    ),
    "least first row": Limit(
        lambda x: fastinit.quantized_rows((1, 2), Constant(1), first_row=x, seed=1).shape, 0, -1,
        r"first_row must be in \[0, 2\*\*64\)", (1, 10),
    ),
    "bytes of a row": Limit(
        lambda x: fastinit.quantized_rows_(np.empty((2, x), np.uint8), 3, Constant(1), bits=4, seed=1).shape,
        6, 7, r"out must have the shape \(rows, 6\).*give out\[:, :6\]", (2, 6),
    ),
    "fewer bytes of a row": Limit(
        lambda x: fastinit.quantized_rows_(np.empty((2, x), np.uint8), 3, Constant(1), bits=4, seed=1).shape,
        6, 5, r"out must have the shape \(rows, 6\).*got \(2, 5\)$", (2, 6),
    ),
    "parameters of a text": Limit(
        scheme_of_text, "normal:1,2", "normal:1,2,3", "has 3 numbers: expected normal:MEAN,STD", Normal(1, 2),
    ),
    "no parameters of a text": Limit(scheme_of_text, "normal", "normal:", "expected numbers", Normal()),
    "order of a uniform": Limit(lambda x: Uniform(x, 1.0).low, 1.0, above(1.0), "low must not be above high", 1.0),
    "std of a normal": Limit(lambda x: Normal(0.0, x).std, 0.0, -5e-324, "std must not be negative", 0.0),
    "std of a truncated normal": Limit(
        lambda x: TruncatedNormal(0.0, x).std, 0.0, -5e-324, "std must not be negative", 0.0,
    ),
    "order of a truncated normal": Limit(
        lambda x: TruncatedNormal(0.0, 1.0, x, 1.0).low, 1.0, above(1.0), "low must not be above high", 1.0,
    ),
    "infinite bounds": Limit(
        lambda x: TruncatedNormal(0.0, 1.0, x, INF).low, -INF, INF, "low must not be above high", -INF,
    ),
}  # fmt: skip

#: The largest values whose scale and bias are finite, in each layout of quantised rows.
for _sign in (1, -1):
    for _bits, _layout, _largest, _std in [
        (8, FUSED, FLOAT32_MAX / 2, FLOAT32_MAX / 2 / 6.34),
        (4, FUSED, FLOAT16_MAX, LARGEST_STD_16),
        (2, TBE, FLOAT16_MAX, LARGEST_STD_16),
        (8, TBE, FLOAT16_MAX, LARGEST_STD_16),
    ]:
        _where = f"{_bits} bits, {_layout}, {_sign}"
        _rows = partial(rows, bits=_bits, row_layout=_layout)
        _bound = _sign * _largest
        LIMITS |= {
            f"uniform in {_where}": Limit(
                lambda x, rows=_rows: rows(Uniform(*sorted((x, 0.0)))), _bound, _sign * above(_largest),
                COULD_OVERFLOW, True,
            ),
            f"wide uniform in {_where}": Limit(
                lambda x, rows=_rows: rows(Uniform(-abs(x), abs(x))), _bound, _sign * above(_largest),
                COULD_OVERFLOW, True,
            ),
            f"constant in {_where}": Limit(
                lambda x, rows=_rows: rows(Constant(x)), _bound, _sign * above(_largest), COULD_OVERFLOW, True,
            ),
            f"normal in {_where}": Limit(
                lambda x, rows=_rows: rows(Normal(0.0, x)), below(_std), above(above(_std)), COULD_OVERFLOW, True,
            ),
            f"infinite bounds in {_where}": Limit(
                lambda x, rows=_rows: rows(TruncatedNormal(0.0, x, -INF, INF)), below(_std), above(above(_std)),
                COULD_OVERFLOW, True,
            ),
            f"one infinite bound in {_where}": Limit(
                lambda x, rows=_rows, s=_sign: rows(TruncatedNormal(0.0, x, *sorted((-s * 0.5, s * INF)))),
                below(_std), above(above(_std)), COULD_OVERFLOW, True,
            ),
            f"a bound in {_where}": Limit(
                lambda x, rows=_rows, s=_sign, unit=_largest * 2.0**-20: rows(
                    TruncatedNormal(x, unit, *sorted((s * INF, x)))
                ),
                _bound * (1 - 7 * 2.0**-20), _bound * (1 - 6 * 2.0**-20), COULD_OVERFLOW, True,
            ),
            f"a mean beyond in {_where}": Limit(
                lambda x, rows=_rows, s=_sign, far=2 * _largest: rows(
                    TruncatedNormal(s * far, far, *sorted((x, s * far / 8)))
                ),
                _bound, _sign * above(_largest), COULD_OVERFLOW, True,
            ),
        }  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_schemes(name):
    check(LIMITS[name])


@pytest.mark.parametrize("name", [name for name in reference.DTYPES if name != "bfloat16"])
@pytest.mark.parametrize("sign", [1, -1])
def test_values_that_round_to_the_largest_number(name, sign):
    """Constants and gains: up to half a unit above the largest number, if ties round to it."""
    dtype = reference.DTYPES[name]
    largest = reference.largest_of(dtype)
    if name == "float64":
        last, first = largest, INF
    else:
        numbers = np.array([largest], dtype)
        unit = largest - float(np.nextafter(numbers, dtype.type(0))[0].astype(np.float64))
        tie = largest + unit / 2
        is_even = largest / unit % 2 == 0
        last = tie if is_even else below(tie)
        first = above(last)
    whole = np.full(3, sign * largest, dtype)
    message = f"must be finite in {name}|must be finite, got"
    check(
        Limit(
            lambda x: fastinit.constant(3, x, dtype=name), sign * last, sign * first, message, whole
        )
    )
    check(
        Limit(
            lambda x: fastinit.eye((3, 3), gain=x, dtype=name).diagonal().copy(),
            sign * last,
            sign * first,
            message,
            whole,
        )
    )
    for function in (fastinit.orthogonal, fastinit.delta_orthogonal):
        shape = (2, 2) if function is fastinit.orthogonal else (2, 2, 1)
        call = partial(function, shape, dtype=name, seed=1)
        check(
            Limit(
                lambda x, call=call: np.isfinite(call(gain=x)).all(),
                sign * last,
                sign * first,
                message,
                True,
            )
        )


@pytest.mark.parametrize("fan_in", [1, 2, 3, 5, 2**53 + 1])
@pytest.mark.parametrize("fan_out", [1, 2, 4, 6])
def test_each_mode_of_odd_and_even_fans(fan_in, fan_out):
    """The variance times the fan is the scale, to the last digit or so."""
    fans = {
        "fan_in": fan_in,
        "fan_out": fan_out,
        "fan_avg": (fan_in + fan_out) / 2,
        "fan_geo_avg": math.sqrt(fan_in) * math.sqrt(fan_out),
    }
    for mode, expected in fans.items():
        for scheme, options, variance in [
            ("variance_scaling", {"scale": 3.0, "distribution": "normal"}, 3.0),
            ("he_normal", {}, 2.0),
            ("he_uniform", {}, 2.0),
        ]:
            law = fastinit.Weight(
                3, scheme, seed=1, name="w", fan_in=fan_in, fan_out=fan_out, mode=mode, **options
            ).distribution
            found = law.std**2 if isinstance(law, Normal) else law.high**2 / 3
            assert math.isclose(found * expected, variance, rel_tol=1e-14)


@pytest.mark.parametrize(
    "scheme", ["xavier", "xavier_uniform", "glorot_normal", "he_normal", "lecun_uniform"]
)
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0), (1, 1), (5, 1), (1, 5)], ids=str)
def test_shapes_with_axes_of_length_0_and_1(scheme, shape):
    values = getattr(fastinit, scheme)(shape, seed=1)
    assert values.shape == shape
    assert np.isfinite(values).all()
