"""NumPy's habits: the methods of `Generator`, against NumPy's and against the fills."""

from __future__ import annotations

import array
import hashlib
import inspect

import ml_dtypes
import numpy as np
import pytest
from scipy import stats

import fastinit
from fastinit._memory.dtypes import FLOAT_DTYPES
from tests.support.paths import read_golden

FIRST = 2**63
GOLDEN = read_golden()["generators"]
METHODS = ("random", "uniform", "normal", "standard_normal", "integers", "bytes", "spawn")


def numpy_generator(seed, stream=FIRST):
    return np.random.Generator(fastinit.Philox(seed, stream=stream))


@pytest.mark.parametrize("name", METHODS)
def test_signatures_are_numpys(name):
    theirs = list(inspect.signature(getattr(np.random.Generator, name)).parameters.values())
    ours = list(inspect.signature(getattr(fastinit.Generator, name)).parameters.values())
    for their, our in zip(theirs, ours, strict=False):
        assert (our.name, our.default) == (their.name, their.default)
        assert our.kind in (their.kind, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    more = [(our.name, our.kind) for our in ours[len(theirs) :]]
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    expected = (
        [("dtype", keyword_only), ("out", keyword_only)] if name in ("uniform", "normal") else []
    )
    assert more == expected


def test_default_rng():
    generator = fastinit.default_rng(7)
    assert isinstance(generator, fastinit.Generator)
    assert generator.seed == 7
    assert fastinit.default_rng(generator) is generator
    assert fastinit.default_rng().seed != fastinit.default_rng().seed
    assert list(inspect.signature(fastinit.default_rng).parameters) == list(
        inspect.signature(np.random.default_rng).parameters
    )
    for number in (np.uint64(7), np.array(7)):
        assert fastinit.default_rng(number).seed == 7
    for wrong in (1.0, "7", np.random.default_rng(7), True, {7}):
        with pytest.raises(TypeError, match="integer, a sequence of them, a SeedSequence"):
            fastinit.default_rng(wrong)
    with pytest.raises(ValueError, match="seed must be in"):
        fastinit.default_rng(-1)


@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
@pytest.mark.parametrize("size", [1000, (3, 4), (), (2, 0)])
def test_values_are_those_of_the_fills(dtype, size):
    generator = fastinit.Generator(7)
    given = np.zeros(size, np.dtype(getattr(ml_dtypes, dtype, dtype)))
    calls = [
        (generator.random, (), fastinit.uniform, ()),
        (generator.standard_normal, (), fastinit.normal, ()),
        (generator.uniform, (-0.3, 0.7), fastinit.uniform, (-0.3, 0.7)),
        (generator.normal, (0.1, 0.3), fastinit.normal, (0.1, 0.3)),
    ]
    for k, (method, parameters, function, same) in enumerate(calls):
        expected = function(size, *same, dtype=dtype, seed=7, stream=FIRST + 2 * k)
        values = method(*parameters, size=size, dtype=dtype)
        assert values.dtype == expected.dtype
        assert values.tobytes() == expected.tobytes()
        assert values.shape == expected.shape
        assert method(*parameters, out=given, dtype=dtype) is given
        expected = function(size, *same, dtype=dtype, seed=7, stream=FIRST + 2 * k + 1)
        assert given.tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ["random", "uniform", "normal", "standard_normal"])
def test_the_default_is_float64_and_a_number(name):
    method = getattr(fastinit.Generator(7), name)
    theirs = getattr(np.random.default_rng(7), name)
    assert method(size=3).dtype == np.float64
    for size in (3, (), (2, 3), [2, 3], np.int64(2), (np.int64(2), 0)):
        assert method(size=size).shape == theirs(size=size).shape
    for dtype in FLOAT_DTYPES:
        assert type(method(dtype=dtype)) is float


def test_uniform_is_numpys_to_the_bit():
    ours = fastinit.Generator(7)
    assert np.array_equal(ours.random(10_001), numpy_generator(7).random(10_001))
    theirs = numpy_generator(7, FIRST + 1)
    assert np.array_equal(ours.uniform(-0.3, 0.4, 10_001), theirs.uniform(-0.3, 0.4, 10_001))
    low, high = np.linspace(-5, 3, 50), np.linspace(3, 100, 40)[:, None]
    theirs = numpy_generator(7, FIRST + 2)
    assert np.array_equal(ours.uniform(low, high), theirs.uniform(low, high))


SHAPES = [
    ([0.0, 1.0], 2.0, None),
    (0.0, [[1.0], [2.0]], None),
    ([0, 1], [[1], [2], [3]], None),
    ([0.0, 1.0], 2.0, (4, 2)),
    ([0.0], 2.0, 5),
    (np.float32(0), np.ones((2, 1), np.float16), (3, 2, 4)),
    (np.zeros((2, 0)), 1.0, None),
    (np.zeros((1, 0)), 1.0, (3, 0)),
]


@pytest.mark.parametrize(("low", "width", "size"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_as_parameters(low, width, size, dtype):
    high = np.add(low, width)
    expected = np.random.default_rng(1).uniform(low, high, size)
    generator = fastinit.Generator(7)
    values = generator.uniform(low, high, size, dtype=dtype)
    normals = generator.normal(low, width, size, dtype=dtype)
    for k, array_ in enumerate((values, normals)):
        assert array_.shape == expected.shape
        assert array_.dtype == dtype
        out = np.empty(expected.shape, dtype).T.copy().T  # of another layout
        other = fastinit.Generator(7)
        assert [other.uniform, other.normal][k](low, [high, width][k], dtype=dtype, out=out) is out
        if k == 0:
            assert np.array_equal(out, array_)
    z = fastinit.normal(expected.shape, dtype=dtype, seed=7, stream=FIRST + 1)
    assert np.array_equal(normals, z * np.asarray(width, dtype) + np.asarray(low, dtype))
    assert (values < high).all()
    assert (values >= low).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_arrays_are_the_scalars(dtype):
    for low, high in ((-0.3, 0.4), (1.0, np.nextafter(1.0, 2)), (0.1, 0.1), (5, 6)):
        one, many = fastinit.Generator(7), fastinit.Generator(7)
        expected = one.uniform(low, high, 5000, dtype=dtype)
        assert np.array_equal(many.uniform([low], high, 5000, dtype=dtype), expected)
        expected = one.normal(low, high, 5000, dtype=dtype)
        assert np.array_equal(many.normal(low, [high], 5000, dtype=dtype), expected)


def test_array_uniforms_never_return_high():
    # One float lies in [low, high), and half of the products round up to high.
    high = np.full(1000, np.nextafter(np.float32(1), np.float32(2)))
    values = fastinit.Generator(7).uniform(np.ones(1000), high, dtype="float32")
    assert (values == 1).all()


BAD = [
    ("random", {"dtype": "int64"}, TypeError, "dtype must be"),
    ("random", {"size": -1}, ValueError, "size must not have negative"),
    ("random", {"size": 2.0}, TypeError, "size must be an integer or a sequence"),
    ("random", {"size": "ab"}, TypeError, "size must be"),
    ("random", {"out": np.zeros(3, np.float32)}, TypeError, "float64, got float32; to fill it, give dtype='float32'"),
    ("random", {"out": np.zeros(3), "size": 4}, ValueError, r"size must be the shape of out, \(3,\), got 4"),
    ("random", {"out": np.broadcast_to(np.zeros(1), 3)}, ValueError, "read-only"),
    ("standard_normal", {"dtype": complex}, TypeError, "dtype must be"),
    ("standard_normal", {"out": np.zeros(3), "size": (3, 1)}, ValueError, "size must be the shape of out"),
    ("uniform", {"low": 2.0}, ValueError, "low must not be above high"),
    ("uniform", {"low": [2.0, 0.0]}, ValueError, "low must not be above high"),
    ("uniform", {"high": np.inf}, OverflowError, "must be finite"),
    ("uniform", {"high": [np.inf]}, OverflowError, "must be finite"),
    ("uniform", {"low": np.nan}, OverflowError, "must be finite"),
    ("uniform", {"low": -1e308, "high": 1e308}, OverflowError, "must be finite"),
    ("uniform", {"low": [-1e308], "high": 1e308}, OverflowError, "must be finite"),
    ("uniform", {"low": [0, 1, 2], "high": [3, 4]}, ValueError, "broadcast"),
    ("uniform", {"low": [0, 1], "high": 3, "size": 3}, ValueError, "broadcast"),
    ("uniform", {"low": [0, 0], "size": ()}, ValueError, "must be a shape to which the parameters broadcast"),
    ("uniform", {"low": 1j}, TypeError, "complex"),
    ("uniform", {"low": [1j]}, TypeError, "low must be a real number or an array"),
    ("uniform", {"low": None}, TypeError, "NoneType"),
    ("normal", {"scale": -1.0}, ValueError, "must not be negative"),
    ("normal", {"scale": [1.0, -1.0]}, ValueError, "scale must not be negative"),
    ("normal", {"loc": [[0], [1]], "size": 2}, ValueError, "must be a shape to which the parameters broadcast"),
    ("normal", {"loc": None}, TypeError, "NoneType"),
    ("integers", {"low": 5, "high": 1}, ValueError, "low >= high"),
    ("integers", {"low": 0, "high": 2**40, "dtype": np.int32}, ValueError, "high is out of bounds"),
    ("integers", {"low": 5, "dtype": float}, TypeError, "Unsupported dtype"),
    ("integers", {"low": 5, "size": -1}, ValueError, "negative dimensions"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "error", "message"), BAD)
def test_errors_are_of_numpys_kinds(name, arguments, error, message):
    generator = fastinit.Generator(7)
    with pytest.raises(error, match=message):
        getattr(generator, name)(**arguments)
    assert generator.next_stream() == FIRST
    with np.errstate(all="ignore"), pytest.raises(error):
        getattr(np.random.default_rng(7), name)(**arguments)


BAD_HERE_ALONE = [
    ("random", {"out": [1.0]}, TypeError, "out must be a NumPy array or a writable buffer"),
    ("normal", {"loc": np.nan}, ValueError, "finite"),
    ("normal", {"scale": [np.inf]}, ValueError, "loc and scale must be finite"),
    ("normal", {"loc": [1e39], "dtype": "float32"}, ValueError, "loc and scale must be finite"),
    ("normal", {"loc": [1.0], "dtype": "float16"}, TypeError, "parameters that are arrays must be float32 or float64"),
    ("uniform", {"high": [1e39], "dtype": "float32"}, OverflowError, "finite"),
    ("uniform", {"low": "0"}, TypeError, "low must be a real number"),
    ("bytes", {"length": -1}, ValueError, "length must be in"),
    ("bytes", {"length": 2.0}, TypeError, "length must be an integer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "error", "message"), BAD_HERE_ALONE)
def test_errors_where_numpy_has_none(name, arguments, error, message):
    generator = fastinit.Generator(7)
    with pytest.raises(error, match=message):
        getattr(generator, name)(**arguments)
    assert generator.next_stream() == FIRST


def test_out_is_not_touched_by_errors():
    out = np.full(3, 7.0)
    for arguments in (
        {"low": [2.0]},
        {"low": [0, 1]},
        {"high": np.inf},
        {"size": 4},
        {"dtype": "float32"},
    ):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            fastinit.Generator(7).uniform(out=out, **arguments)
    assert (out == 7).all()


@pytest.mark.parametrize(
    "arguments",
    [
        (10,),
        (-5, 5, 1000),
        (0, 2**63 - 1, 100, np.int64, True),
        (0, 256, (3, 5), np.uint8),
        (1, [3, 2**20, 2**40], (50, 3)),
        (0, 2, 100, bool),
    ],
)
def test_integers_are_numpys(arguments):
    values = fastinit.Generator(7).integers(*arguments)
    expected = numpy_generator(7).integers(*arguments)
    assert values.dtype == expected.dtype
    assert np.array_equal(values, expected)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 1001])
def test_bytes_are_numpys(length):
    generator = fastinit.Generator(7)
    values = generator.bytes(length)
    words = fastinit.random_bits(-(-length // 4), seed=7, stream=FIRST)
    assert values == words.astype("<u4").tobytes()[:length]
    assert len(values) == length
    if length:
        assert values == numpy_generator(7).bytes(length)
    assert generator.next_stream() == FIRST + 1


def test_buffers():
    numbers = array.array("f", bytes(40))
    assert fastinit.Generator(7).random(out=numbers, dtype=np.float32) is numbers
    assert np.array_equal(numbers, fastinit.Generator(7).random(10, np.float32))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_many_calls_are_as_random_as_one(dtype):
    """One value a call: the first words of streams that follow each other."""
    generator = fastinit.Generator(7)
    draws = [generator.standard_normal(4, dtype=dtype) for _ in range(20_000)]
    for column in np.transpose(draws):
        assert stats.kstest(column, "norm").pvalue > 1e-4
    correlations = np.corrcoef(np.transpose(draws))[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(20_000)
    flat = np.ravel(draws)
    assert abs(np.corrcoef(flat[:-4], flat[4:])[0, 1]) < 5 / np.sqrt(flat.size)


def test_golden():
    """The contract: if this fails, a value that users rely on has changed."""
    generator = fastinit.Generator(GOLDEN["seed"])
    for call in GOLDEN["calls"]:
        values = getattr(generator, call["method"])(**call["arguments"])
        raw = values if call["method"] == "bytes" else values.tobytes()
        assert hashlib.sha256(raw).hexdigest() == call["sha256"], call
    assert [child.seed for child in generator.spawn(4)] == GOLDEN["children"]
    state = GOLDEN["state"]
    assert generator.get_state()["next_child"] == state["next_child"]
    assert (generator.seed, generator.next_stream()) == (state["seed"], state["next_stream"])


def test_golden_bit_generator():
    expected = GOLDEN["philox"]
    bits = fastinit.Philox(GOLDEN["seed"], stream=expected["stream"], offset=expected["offset"])
    words = bits.random_raw(1001)
    assert hashlib.sha256(words.tobytes()).hexdigest() == expected["sha256"]
    for philox, state in ((bits, expected["state"]), (bits.jumped(3), expected["jumped"])):
        pinned = fastinit.Philox()
        pinned.state = state  # its numbers have no sign
        assert philox.state == pinned.state
