"""Limits of laws, boxes, chunks and threads: the last value accepted, and the first one refused."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise

import mpmath
import numpy as np
import pytest

import fastinit
from fastinit import Constant, TruncatedNormal, Weight
from fastinit._engine import decimal_normal, engine, kernel_arguments, threads
from fastinit._engine.regions import as_rows, box_of, place_of_row
from tests.support import reference
from tests.support.limits import Limit, above, below, check
from tests.support.paths import read_golden

pytestmark = pytest.mark.once  # golden values at limits run on each instruction set

INF = math.inf
SEED, STREAM, COUNT = 5, "limits", 40
INDICES = np.arange(COUNT, dtype=np.uint64)
NARROW = [name for name, dtype in reference.DTYPES.items() if dtype.itemsize < 4]
LARGEST = {name: reference.largest_of(dtype) for name, dtype in reference.DTYPES.items()}
#: The distance from 1 to the next number.
EPS = {"float32": 2.0**-23, "float64": 2.0**-52, "bfloat16": 2.0**-7, "float16": 2.0**-10,
       "float8_e4m3fn": 2.0**-3, "float8_e5m2": 2.0**-2}  # fmt: skip
#: The largest magnitudes of standard normals that docs promise: of float64, and of all others.
REACH = {name: 9.5 if name == "float64" else 6.34 for name in EPS}


def last_finite(name):
    """Return the largest float64 that a format rounds to a finite number, ties to even."""
    largest = LARGEST[name]
    if name == "float64":
        return largest
    unit = EPS[name] * 2.0 ** (math.frexp(largest)[1] - 1)
    is_even = largest / unit % 2 == 0  # only in float8_e4m3fn, which has NaN in place of the next
    return largest + unit / 2 if is_even else below(largest + unit / 2)


def fill(function, name, parameters, **options):
    """Return the values of a fill."""
    return getattr(fastinit, function)(
        COUNT, *parameters, dtype=name, seed=SEED, stream=STREAM, **options
    )


def full(name, value):
    return np.full(COUNT, value, reference.DTYPES[name])


def uniforms(name, low, high):
    return partial(reference.uniform, INDICES, SEED, STREAM, low, high, name)


def normals(name, mean, std):
    """Return a function for the values of normals by the contract, from standard normals."""

    def values():
        if name == "float64":
            return mean + std * fill("normal", name, ())
        standard = fill("normal", "float32", ())
        return (np.float32(mean) + np.float32(std) * standard).astype(reference.DTYPES[name])

    return values


def below32(number):
    return float(np.nextafter(np.float32(number), np.float32(-INF)))


def above32(number):
    return float(np.nextafter(np.float32(number), np.float32(INF)))


def last_std(name, room):
    """Return the largest std whose reach is at most `room`, and one that is certainly larger."""
    std = room / REACH[name]
    return below(std), above(above(std))


FINITE = "must be finite in {name}|must be finite, got -?inf"
NO_VALUE_INFINITE = "must keep all values finite in {name}"


def ends_of_formats(name):
    """Numbers at which a format becomes infinite: uniforms, constants, and normals without std."""
    last, largest = last_finite(name), LARGEST[name]
    first = above(last)
    message = FINITE.format(name=name)
    yield "high", Limit(lambda x: fill("uniform", name, (0.0, x)), last, first, message,
                        uniforms(name, 0.0, last))  # fmt: skip
    yield "low", Limit(lambda x: fill("uniform", name, (x, 0.0)), -last, -first, message,
                       uniforms(name, -last, 0.0))  # fmt: skip
    for sign in (1, -1):
        yield f"low and high {sign}", Limit(
            lambda x: fill("uniform", name, (x, x)), sign * last, sign * first, message,
            full(name, sign * largest),
        )  # fmt: skip
        yield f"Constant {sign}", Limit(
            lambda x: Weight(COUNT, Constant(x), seed=1, name="w", dtype=name)[:],
            sign * last, sign * first, message, full(name, sign * largest),
        )  # fmt: skip
        refused = NO_VALUE_INFINITE.format(name=name) + "|mean must be finite"
        yield f"mean of a normal without std {sign}", Limit(
            lambda x: fill("normal", name, (x, 0.0)), sign * largest, sign * above(largest),
            refused, full(name, sign * largest),
        )  # fmt: skip
        yield f"mean of a truncated normal without std or bounds {sign}", Limit(
            lambda x: fill("trunc_normal", name, (x, 0.0, -INF, INF)), sign * last, sign * first,
            refused, full(name, sign * largest),
        )  # fmt: skip


def widths_of_uniforms(name):
    """The narrowest and the widest intervals, and those with one number of the format."""
    wide = name == "float64"
    smaller, larger = (below, above) if wide else (below32, above32)
    least = 2.0**-969 if wide else 2.0**-102
    call = partial(fill, "uniform", name)
    message = f"high - low must be 0 or at least .* in {name}"
    yield "narrowest", Limit(call, (0.0, least), (0.0, smaller(least)), message,
                             uniforms(name, 0.0, least))  # fmt: skip
    if name in ("float32", "float64", "bfloat16"):  # others have no number in [-least, 0)
        yield "narrowest below 0", Limit(call, (-least, 0.0), (-smaller(least), 0.0), message,
                                         uniforms(name, -least, 0.0))  # fmt: skip
    if name in ("float32", "float64"):
        half = 2.0**1023 if wide else 2.0**127
        rest = LARGEST[name] - half
        message = f"high - low must be finite in {name}"
        yield "widest", Limit(call, (-half, rest), (-half, larger(rest)), message,
                              uniforms(name, -half, rest))  # fmt: skip
    else:
        following, eps = larger(1.0), EPS[name]
        message = rf"{name} has no number in \[low, high\)"
        yield (
            "a number below high",
            Limit(
                call,
                (following, larger(1 + eps)),
                (following, 1 + eps),
                message,
                full(name, 1 + eps),
            ),
        )
        yield (
            "a number at low",
            Limit(call, (1.0, 1 + eps), (following, 1 + eps), message, full(name, 1.0)),
        )
        yield (
            "a number at low, below 0",
            Limit(call, (-1 - eps, -1.0), (larger(-1 - eps), -1.0), message, full(name, -1 - eps)),
        )
    yield "order", Limit(call, (1.0, 1.0), (above(1.0), 1.0), "low must not be above high",
                         full(name, 1.0))  # fmt: skip


def spreads(name):
    """Standard deviations: 0, and the largest for which all values are finite."""
    largest = LARGEST[name]
    call = partial(fill, "normal", name)
    yield "std 0", Limit(call, (1.0, -0.0), (1.0, -5e-324), "std must not be negative",
                         full(name, 1.0))  # fmt: skip
    for mean in (0.0, largest / 2, -largest / 2):
        last, first = last_std(name, largest - abs(mean))
        message = NO_VALUE_INFINITE.format(name=name)
        yield f"largest std about {mean:g}", Limit(call, (mean, last), (mean, first), message,
                                                   normals(name, mean, last))  # fmt: skip


def truncations(name):
    """Bounds, means and standard deviations of truncated normals, on one side of the mean."""
    largest, eps, inner = LARGEST[name], EPS[name], below(1 + EPS[name])
    one, following = full(name, 1.0), full(name, 1 + eps)
    no_number = rf"{name} has no number in \[a, b\]"
    order, infinite = "a must not be above b", NO_VALUE_INFINITE.format(name=name)
    yield "order", (0.0, 1.0, 1.0, 1.0), (0.0, 1.0, above(1.0), 1.0), order, one
    yield "infinite bounds", (1.0, 0.0, -INF, INF), (1.0, 0.0, INF, INF), order, one
    yield "a bound that is infinite", (1.0, 0.0, 1.0, INF), (1.0, 0.0, INF, INF), order, one
    yield "std 0", (1.0, 0.0, 0.0, 2.0), (1.0, -5e-324, 0.0, 2.0), "std must not be negative", one
    without_std = r"mean must be in \[a, b\] if std is 0"
    yield "mean at a", (1.0, 0.0, 1.0, 2.0), (below(1.0), 0.0, 1.0, 2.0), without_std, one
    yield "mean at b", (1.0, 0.0, 0.0, 1.0), (above(1.0), 0.0, 0.0, 1.0), without_std, one
    yield (
        "no std and a infinite",
        (1.0, 0.0, -INF, 1.0),
        (above(1.0), 0.0, -INF, 1.0),
        without_std,
        one,
    )
    yield (
        "no std and b infinite",
        (1.0, 0.0, 1.0, INF),
        (below(1.0), 0.0, 1.0, INF),
        without_std,
        one,
    )
    if name != "float64":
        yield "a number at a", (0.0, 1.0, 1.0, inner), (0.0, 1.0, above(1.0), inner), no_number, one
        yield (
            "a number at b",
            (0.0, 1.0, above(1.0), 1 + eps),
            (0.0, 1.0, above(1.0), inner),
            no_number,
            following,
        )
        yield (
            "a number at a, mean beyond",
            (9.0, 1.0, 1.0, inner),
            (9.0, 1.0, above(1.0), inner),
            no_number,
            one,
        )
        yield (
            "bounds at the largest number",
            (0.0, 1.0, largest, largest),
            (0.0, 1.0, above(largest), above(largest)),
            no_number,
            full(name, largest),
        )
        # The mean is outside the format, the bounds are inside.
        far, low = 2 * largest, largest * (1 - eps)
        yield (
            "b with the mean beyond",
            (far, largest, low, largest),
            (far, largest, low, above(largest)),
            infinite,
            None,
        )
        yield (
            "b with the mean far beyond",
            (1000 * far, 100 * far, low, largest),
            (1000 * far, 100 * far, low, above(largest)),
            infinite,
            None,
        )
    last, first = last_std(name if name != "float64" else "float32", largest)
    if name == "float64":
        last, first = largest / 6.34, above(above(largest / 6.34))
    yield (
        "largest std without bounds",
        (0.0, last, -INF, INF),
        (0.0, first, -INF, INF),
        infinite,
        None,
    )
    yield (
        "largest std, bounded on the other side",
        (0.0, last, -1.0, INF),
        (0.0, first, -1.0, INF),
        infinite,
        None,
    )
    half = largest / 2  # beyond a bound in the tail, the density falls faster than from the mean
    yield (
        "largest std from a bound",
        (0.0, last / 2, half, INF),
        (0.0, first, half, INF),
        infinite,
        None,
    )


def mirrored(mean, std, low, high):
    return -mean, std, -high, -low


def truncation_limits(name):
    for what, accepted, refused, message, values in truncations(name):
        call = partial(fill, "trunc_normal", name)
        given = {} if values is None else {"gives": values}
        yield f"trunc_normal {what}", Limit(call, accepted, refused, message, **given)
        given = {} if values is None else {"gives": (-values).astype(values.dtype)}
        yield (
            f"trunc_normal {what}, mirrored",
            Limit(call, mirrored(*accepted), mirrored(*refused), message, **given),
        )


LAWS = {
    f"{name} {what}": limit
    for name in reference.DTYPES
    for group in (ends_of_formats, widths_of_uniforms, spreads, truncation_limits)
    for what, limit in group(name)
}


@pytest.mark.parametrize("name", LAWS)
def test_limits_of_laws(name):
    check(LAWS[name])


def truncated_cases():
    """Yield the accepted truncated normals of the table whose values no rule gives."""
    for name, limit in LAWS.items():
        if "trunc_normal" in name and not isinstance(limit.gives, np.ndarray):
            yield name.split()[0], limit.accepted


def golden_cases():
    """Yield the truncated normals that are pinned at limits."""
    for case in read_golden()["cases"]:
        name, parameters = case["dtype"], case["parameters"]
        is_near = max(map(abs, parameters), default=0) < 1e100  # mpmath has no erfc farther out
        if case["function"] == "trunc_normal" and case["shape"] == [101, 97] and is_near:
            yield name, parameters


@pytest.mark.parametrize("cases", [truncated_cases, golden_cases])
def test_truncated_normals_at_limits_have_their_values(cases):
    """Each word divides the probability between the bounds, within the error of the contract."""
    for name, parameters in cases():
        values = fill("trunc_normal", name, parameters)
        words = (reference.words64 if name == "float64" else reference.words32)(
            INDICES[:3], SEED, STREAM
        )
        for value, word in zip(values[:3].astype(float).tolist(), words.tolist(), strict=True):
            reference.check_fraction(value, word, *parameters, reference.DTYPES[name])


def test_no_standard_normal_exceeds_its_reach():
    """The largest magnitudes are those of the first word, by the definitions in the contract."""
    with mpmath.workprec(100):
        of_box_muller = mpmath.sqrt(-2 * mpmath.log(mpmath.mpf(2) ** -65))
    largest = np.abs(reference.standard_normal32(np.array([0, 2**32 - 1]))).max() + 7.7e-7
    dtype = reference.DTYPES
    assert (
        largest
        < kernel_arguments.reach_of_normal(kernel_arguments.format_of(dtype["float16"]))
        <= 6.34
    )
    assert (
        of_box_muller
        < kernel_arguments.reach_of_normal(kernel_arguments.format_of(dtype["float64"]))
        <= 9.5
    )


@pytest.mark.parametrize("name", [name for name in reference.DTYPES if name != "float64"])
@pytest.mark.parametrize(
    "mean", [-(2.0**-150), above(-(2.0**-150)), below(-(2.0**-150)), -5e-324, -0.0, 0.0]
)
def test_negative_means_that_float32_rounds_to_zero(name, mean):
    """Without spread too, the zeros have the signs of a sum in float32."""
    found = fill("normal", name, (mean, 0.0))
    expected = normals(name, mean + 0.0, 0.0)()
    assert found.tobytes() == expected.tobytes()
    assert len(np.unique(np.signbit(found))) == (2 if 0 > mean >= -(2.0**-150) else 1)


@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (0.0, 1e-3), (-4.0, 3.0), (0.5, 7.0)])
def test_the_largest_std_that_a_correction_gives(bounds):
    """It is that of the uniform distribution, (b - a) / sqrt(12), which no normal reaches."""
    low, high = bounds
    widest = (high - low) / math.sqrt(12)
    correct = partial(fastinit.trunc_normal, COUNT, dtype="float64", seed=1, std_correction=True)
    limit = Limit(
        lambda std: correct(0.0, std, low, high),
        below(widest),
        widest,
        r"std must be below \(b - a\) / sqrt\(12\)",
    )
    check(limit)
    found = (correct(0.0, limit.accepted, low, high) - low) / (high - low)
    words = fastinit.random_bits(COUNT, dtype="uint64", seed=1) / 2.0**64
    # A window on the lower side of the mean counts from its upper bound.
    assert np.allclose(found, 1 - words if low + high < 0 else words, rtol=0, atol=1e-6)


def test_bounds_in_standard_deviations():
    call = partial(fastinit.trunc_normal, 3, 1.0, 2.0, dtype="float64", seed=1)
    order = "lower must be below upper"
    check(Limit(lambda x: call(lower=1.0, upper=x), above(1.0), 1.0, order))
    check(Limit(lambda x: call(lower=x, upper=1.0), below(1.0), 1.0, order))
    check(Limit(lambda x: call(lower=x, upper=INF), -INF, INF, order))
    assert {*call(lower=1.0, upper=above(1.0))} <= {3.0, above(3.0)}
    constant = partial(fastinit.trunc_normal, 3, 0.5, 0.0, seed=1)
    for bounds in ((-INF, INF), (-INF, -1.0), (1.0, INF)):
        assert (constant(lower=bounds[0], upper=bounds[1]) == 0.5).all()


def exact_deviation(low, width):
    """Return the standard deviation of a standard normal on [low, low + width]."""
    with mpmath.workdps(120):
        low, width = mpmath.mpf(low), mpmath.mpf(width)
        if width == INF:
            # Moments about the bound, in units of 1 / low: exp(-t - (t / low)**2 / 2).
            points, scale = [0, 1, 5, 20, 80, 200], 1 / low
            density = lambda t: mpmath.exp(-t - (t * scale) ** 2 / 2)  # noqa: E731
        else:
            points, scale = [0, 0.5, 1], width
            density = lambda t: mpmath.exp(-low * width * t - (width * t) ** 2 / 2)  # noqa: E731
        total, first, second = (
            mpmath.quad(lambda t, n=n: t**n * density(t), points) for n in range(3)
        )
        mean = first / total
        return scale * mpmath.sqrt(second / total - mean * mean)


@pytest.mark.parametrize(
    ("low", "width"),
    [
        *((low, width) for low in (0.0, 1.0, 30.0) for width in (1e-10, above(1e-10), 1e-9)),
        *((low, INF) for low in (1e8, below(1e8), 1e9)),
        *((low, 1e-8) for low in (1e8, below(1e8))),
        (1.0, 1e-10 * 0.999),
        (-0.5e-10, 1e-10),
    ],
)
def test_deviations_on_both_sides_of_a_formula(low, width):
    """Where the density is nearly exponential, another formula has all digits of a float64."""
    with decimal_normal.arithmetic(200):
        bounds = Decimal(low), Decimal(low) + Decimal(width)
    found = decimal_normal.truncated_deviation(*bounds, Decimal(width))
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(str(found)) / exact_deviation(low, width) - 1) < 4e-16


def test_least_std_of_a_correction_is_the_smallest():
    """A std of one float64 and its neighbours give increasing parents, down to the smallest."""
    parents = [
        kernel_arguments.truncated_normal(
            0.0, std, -1.0, 1.0, np.dtype("f8"), std_correction=True
        ).parameters.scale
        for std in (5e-324, 1e-323, below(0.01), 0.01, above(0.01))
    ]
    assert parents == sorted(parents)
    assert parents[0] == 5e-324
    assert Fraction(parents[3]) >= Fraction(0.01)


ROWS = "row numbers must be in"
BOXES = {
    "row": Limit(lambda x: as_rows([x], 5).tolist(), 4, 5, rf"{ROWS} \[0, 5\), got 5", [4], IndexError),
    "first row": Limit(lambda x: as_rows([x], 5).tolist(), 0, -1, rf"{ROWS} \[0, 5\), got -1", [0], IndexError),
    "negative row": Limit(lambda x: as_rows([x], 5, negative=True).tolist(), -5, -6, rf"{ROWS} \[-5, 5\), got -6", [0], IndexError),
    "row among others": Limit(lambda x: as_rows([0, x, 2], 5).tolist(), 4, 5, "got 5", [0, 4, 2], IndexError),
    "rows of nothing": Limit(lambda x: as_rows(x, 0).tolist(), [], [0], r"\[0, 0\), got 0", [], IndexError),
    "largest row": Limit(
        lambda x: as_rows(np.array([x], np.uint64), 2**64).tolist(), 2**63 - 1, 2**63,
        rf"{ROWS} \[0, {2**63}\), got {2**63}", [2**63 - 1], IndexError,
    ),
    "negative row of a long tensor": Limit(
        lambda x: as_rows([x], 2**63, negative=True).tolist(), 0, -1, rf"{ROWS} \[0,", [0], IndexError,
    ),
    "negative row of the longest tensor": Limit(
        lambda x: as_rows([x], 2**63 - 1, negative=True).tolist(), -(2**63) + 1, -(2**63),
        rf"{ROWS} \[-{2**63 - 1},", [0], IndexError,
    ),
    "index": Limit(lambda x: box_of(x, (5, 3)).origin, 4, 5, "index 5 is out of bounds for axis 0 with size 5", 12, IndexError),
    "negative index": Limit(lambda x: box_of(x, (5, 3)).origin, -5, -6, "index -6 is out of bounds for axis 0", 0, IndexError),
    "index of the last axis": Limit(lambda x: box_of((0, x), (5, 3)).origin, 2, 3, "for axis 1 with size 3", 2, IndexError),
    "index of an axis of length 1": Limit(lambda x: box_of((x, 2), (1, 3)).origin, -1, 1, "for axis 0 with size 1", 2, IndexError),
    "number of indices": Limit(lambda x: box_of(x, (5, 3)).origin, (4, 2), (4, 2, 0), "the weight has 2 axes, but 3", 14, IndexError),
    "number of indices with an ellipsis": Limit(lambda x: box_of(x, (5, 3)).origin, (4, ..., 2), (4, 2, 0, ...), "but 3", 14, IndexError),
    "one ellipsis": Limit(lambda x: box_of(x, (5, 3)).lengths, (..., 2), (..., ...), "a single ellipsis", (5, 1), IndexError),
}  # fmt: skip


@pytest.mark.parametrize("name", BOXES)
def test_limits_of_indices(name):
    check(BOXES[name])


@pytest.mark.parametrize("shape", [(5, 3), (5,), (5, 1), (1, 3)], ids=str)
def test_the_place_of_each_row_in_each_box(shape):
    """Of each slice with each step, and of each list: as in a tensor of row numbers."""
    rows = np.broadcast_to(np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)), shape)
    ends = [None, *range(-shape[0] - 1, shape[0] + 2)]
    slices = [slice(a, b, step) for a in ends for b in ends for step in (-3, -2, -1, 1, 2, 3)]
    for index in [*slices, [0], [*range(shape[0])] * 2]:
        part = rows[index]
        if part.size:
            box = box_of(index, shape)
            for row in range(shape[0]):
                marked = np.zeros(part.shape, bool)
                marked[box.place_of_row(row, shape)] = True
                assert np.array_equal(marked, part == row), (index, row)
    flat = rows.reshape(-1)
    for start in range(flat.size):
        for row in range(shape[0]):
            marked = np.zeros(flat.size - start, bool)
            marked[place_of_row(row, shape, start)] = True
            assert np.array_equal(marked, flat[start:] == row)


MIB = 1 << 20


@pytest.mark.parametrize(
    ("size", "threads", "expected"),
    [
        (2 * MIB - 1, 8, (1, 2 * MIB - 1)),  # smaller fills have one thread
        (2 * MIB, 8, (2, 2 * MIB // 8)),
        (3 * MIB - 1, 8, (2, (3 * MIB - 1) // 8)),  # each thread has a MiB at least
        (3 * MIB, 8, (3, 3 * MIB // 12)),
        (64 * MIB, 2, (2, 8 * MIB)),  # a chunk has 8 MiB at most, and each thread four at least
        (64 * MIB - 8, 2, (2, 8 * MIB - 1)),
        (640 * MIB, 2, (2, 8 * MIB)),
        (64 * MIB, 1, (1, 8 * MIB)),
    ],
)
def test_shares_of_threads(size, threads, expected):
    assert engine.shares(size, threads) == expected


@pytest.mark.parametrize(
    ("size", "streaming"), [(2 * MIB - 1, False), (32 * MIB - 1, False), (32 * MIB, True)]
)
def test_the_size_from_which_stores_bypass_the_caches(size, streaming):
    calls = []
    array = np.empty(size, np.uint8)  # its memory is never touched
    engine.write_in_chunks(array, lambda *each: calls.append(each), 1)
    assert {each[2] for each in calls} == {streaming}
    bounds = [each[:2] for each in calls]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == size
    assert all(one[1] == other[0] for one, other in pairwise(bounds))
    assert max(end - begin for begin, end in bounds) <= 8 * MIB


@pytest.mark.parametrize(("chunk", "aligned"), [(2 * MIB, True), (2 * MIB - 1, False)])
def test_the_size_from_which_chunks_end_on_huge_pages(chunk, aligned):
    memory = np.empty(8 * MIB, np.uint8)  # its memory is never touched
    array = memory[2 * MIB + 64 - memory.ctypes.data % (2 * MIB) :]
    bounds = engine.chunk_bounds(array, chunk)
    assert [bounds[0], bounds[-1]] == [0, array.size]
    assert bounds[1] == (chunk - 64 if aligned else chunk)
    assert {end - begin for begin, end in pairwise(bounds[1:-1])} <= {chunk}


THREADS = {
    "threads": Limit(threads.check_threads, 1, 0, "threads must be at least 1, got 0", 1),
    "threads of a fill": Limit(
        lambda x: fastinit.normal(3, seed=1, threads=x), 1, 0, "threads must be at least 1",
        lambda: fastinit.normal(3, seed=1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THREADS)
def test_limits_of_threads(name):
    check(THREADS[name])


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [("0", 0.0), ("-1", INF), ("1", 1 / 100_000), ("100000", 1.0), ("100001", 1.00001), ("x", INF)],
)
def test_quotas(tmp_path, monkeypatch, quota, cpus):
    """A quota below 0 means none; at least one thread is left, and a part of a CPU counts as one."""
    (tmp_path / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu.cfs_period_us").write_text("100000")
    assert threads.read_quota_v1(tmp_path) == cpus
    monkeypatch.setattr(threads, "quota_cpus", lambda: cpus)
    monkeypatch.setattr(threads, "affinity_cpus", lambda: 7)
    monkeypatch.setattr(threads, "_last_quota", (INF, -INF))
    assert threads.usable_cpus() == (7 if cpus == INF else max(1, math.ceil(cpus)))


@pytest.mark.parametrize("sign", [1, -1])
def test_distributions_reach_as_far_as_their_values(sign):
    """`reach`, from which limits of quantised rows follow, is where values end."""
    low, high = sorted((sign * 1.0, sign * 3.0))
    for law, reach in [
        (fastinit.Uniform(low, high), 3.0),
        (fastinit.Normal(sign * 1.0, 0.5), 1.0 + 6.34 * 0.5),
        (Constant(sign * 3.0), 3.0),
        (TruncatedNormal(0.0, 1.0, low, high), 3.0),
        (TruncatedNormal(0.0, 1.0, -INF, INF), 6.34),
        (TruncatedNormal(0.0, 1.0, *sorted((sign * 2.0, sign * INF))), 2.0 + 6.34),
        (TruncatedNormal(0.0, 1.0, *sorted((sign * 2.0, -sign * INF))), 6.34),
        (TruncatedNormal(sign * 9.0, 0.1, low, high), 3.0),
        (TruncatedNormal(sign * 9.0, 0.1, *sorted((sign * 3.0, -sign * INF))), 3.0),
        (TruncatedNormal(-sign * 9.0, 1.0, *sorted((-sign * 3.0, sign * INF))), 3.0 + 0.34),
    ]:
        assert abs(law.reach - reach) < 1e-12, law
