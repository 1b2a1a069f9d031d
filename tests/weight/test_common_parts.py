"""Small parts of a weight are the same by the compiled path and by the general path."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
import threading

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform, Weight
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._random import common_fills

SHAPES = [
    (), (0,), (5,), (1,), (5, 3), (0, 3), (5, 0), (5, 1, 3), (3, 4, 2, 2), (2,) * 8, (2,) * 9, (7, 300),
    (2**40, 6), (2**62, 2), (2**63 - 1, 1), (3, 2**19), (1, 2**19 - 1),
]  # fmt: skip
INDICES = [
    0, 2, -1, -5, 4, 5, -6, 2**63, 2**64, -(2**63), True, 1.0, "1", None, ..., (), np.int64(1), np.bool_(True),
    (0,), (1, 1), (1, -1), (0, 0, 0), (0, 0, 2), (1, 5), (-9, 0), (0, ...), (0, slice(None)), (True, 0), (0, None),
    (0,) * 9, slice(None), slice(1, 3), slice(-2, None), slice(None, -1), slice(3, 1), slice(9, 12), slice(0, 0),
    slice(1, 4, 1), slice(1, 4, 2), slice(None, None, -1), slice(0, 3, 0), slice(0, 2**70), slice(-(2**70), 2),
    slice(np.int64(1), 3), slice(1.0, 3), slice(None, None, True), [0, 2], [[1], [0]], [], np.array([1, 1]),
    np.array(1),
]  # fmt: skip
#: The other indices are of too many elements for a tensor that cannot exist.
OF_HUGE = [
    0, -1, 2**40 - 1, 2**40, 2**62 - 1, 2**63, (0, 1), (2**40 - 1, -1), slice(2**39, 2**39 + 2), slice(3),
    slice(-2, None), slice(2**62 - 1, 2**70), slice(5, 5), [2**40 - 1, 0],
]  # fmt: skip
ROWS = [
    [], [0], [2], [-1], [5], [0, 4, 0, 1], [True], [1.0], [[1], [2]], (0, 1), 0, 1, None, "1", [2**63], [2**64], [-(2**70)],
    np.array([1, 0]), np.array([[1, 0], [2, 2]]), np.array([], int), np.array(1), np.array([1, 0], np.int32),
    np.array([1, 0], np.uint64), np.array([1, 0], ">i8"), np.array([0, 1, 2, 1])[::2], np.array([1.0]),
    np.array([-1]), np.array([9]), np.ma.array([1, 0]), np.ma.array([1, 0], mask=[0, 1]), range(2), [np.int64(1)],
    np.zeros((1,) * 8, int), np.zeros(1000, int), [0] * 1025, np.array([2**40 - 1, 3]), np.array([[]], int),
]  # fmt: skip


def outcome(common, function, *arguments, **options):
    """Return the result or the error of a call by one of the two paths."""
    before = common_fills.use(common)
    try:
        made = function(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - compared
        return type(error), str(error)
    finally:
        common_fills.use(before)
    if isinstance(made, np.ndarray):
        assert made.flags.c_contiguous
        assert made.flags.writeable
        assert made.ctypes.data % 64 == 0 or not made.size
    return type(made), made.dtype, made.shape, made.tobytes()


def both(function, *arguments, **options):
    """Check that both paths do the same, and return what they do."""
    results = [outcome(common, function, *arguments, **options) for common in (True, False)]
    assert results[0] == results[1], (arguments, options)
    return results[0]


def weights(dtype="float32"):
    for shape in SHAPES:
        yield Weight(shape, Normal(0.1, 0.3), seed=5, name="w", dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float8_e5m2"])
def test_parts(dtype):
    for weight in weights(dtype):
        for index in OF_HUGE if weight.size > 2**30 else [*INDICES, *OF_HUGE]:
            both(weight.__getitem__, index)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "float8_e4m3fn"])
def test_rows(dtype):
    for weight in weights(dtype):
        if math.prod(weight.shape[1:]) > 2**10:
            continue
        for ids in ROWS:
            before = np.array(ids, copy=True)
            both(weight.rows, ids)
            assert np.array_equal(before, np.array(ids))


def test_options_of_rows():
    weight = Weight((50, 6), "he_normal", seed=5, name="w")
    for threads in (None, 1, 2, 0, -1, True, "1"):
        both(weight.rows, [3, 1], threads=threads)
    out = np.zeros((2, 6), np.float32)
    assert weight.rows([3, 1], out) is out
    assert np.array_equal(out, weight.rows([3, 1]))


class Rows(np.ndarray):
    """A subclass of arrays, which may do anything when it is written."""


def test_rows_in_arrays_of_the_caller():
    """Each is filled by both paths with the same values, or refused by both with the same error."""
    weight = Weight((50, 6), "he_normal", seed=5, name="w")
    cube = np.array([[3, 49], [0, 3]])
    frozen = np.zeros((2, 6), np.float32)
    frozen.flags.writeable = False
    outs = {
        "contiguous": lambda: np.zeros((2, 6), np.float32),
        "every other row": lambda: np.zeros((4, 6), np.float32)[::2],
        "by columns": lambda: np.zeros((2, 6), np.float32, order="F"),
        "not aligned": lambda: np.zeros(49, np.uint8)[1:].view(np.float32).reshape(2, 6),
        "swapped": lambda: np.zeros((2, 6), np.dtype(np.float32).newbyteorder()),
        "another dtype": lambda: np.zeros((2, 6)),
        "another shape": lambda: np.zeros((3, 6), np.float32),
        "flat": lambda: np.zeros(12, np.float32),
        "frozen": lambda: frozen,
        "a subclass": lambda: np.zeros((2, 6), np.float32).view(Rows),
        "no array": lambda: [[0.0] * 6] * 2,
    }
    for name, make in outs.items():
        for ids in ([3, 1], np.array([3, 1]), [3, 50], [-1, 3]):
            both(lambda ids=ids, make=make: np.void(weight.rows(ids, make()).tobytes()))
        if name in ("contiguous", "every other row", "by columns", "a subclass"):
            out = make()
            assert weight.rows([3, 1], out) is out, name
            assert np.array_equal(out, weight[[3, 1]]), name
    made = both(lambda: np.void(weight.rows(cube, np.zeros((2, 2, 6), np.float32)).tobytes()))
    assert made[3] == weight[cube].tobytes()
    assert not frozen.any()


def test_row_numbers_in_the_memory_of_the_rows():
    weight = Weight((50, 2), "he_normal", seed=5, name="w", dtype="float64")
    expected = weight[[7, 49, 3, 7]].tobytes()

    def overwrite():
        memory = np.array([1, 1, 1, 7, 49, 3, 7, 1])
        return np.void(weight.rows(memory[3:7], memory.view(np.float64).reshape(4, 2)).tobytes())

    assert both(overwrite)[3] == expected


def test_wrong_row_numbers_write_nothing():
    weight = Weight((50, 2), "he_normal", seed=5, name="w")
    out = np.ones((3, 2), np.float32)
    for ids in ([0, 1, 50], np.array([-1, 0, 1]), np.array([0, -(2**63), 1]), [0, 1, 2**63 - 1]):
        with pytest.raises(IndexError, match="row numbers must be in"):
            weight.rows(ids, out)
        assert (out == 1).all()


@pytest.mark.parametrize(
    "scheme",
    ["he_normal", "xavier", "zeros", "ones", Constant(0.3), Uniform(-1, 2), TruncatedNormal(0, 1, -1, 2),
     TruncatedNormal(0, 1, 5, 9), Normal(3.0, 0.0)],
    ids=str,
)  # fmt: skip
def test_parts_of_every_law(scheme):
    for dtype in FLOAT_DTYPES:
        weight = Weight((40, 12), scheme, seed=5, name="w", dtype=dtype)
        for index in (3, (4, 5), slice(7, 19)):
            both(weight.__getitem__, index)
        both(weight.rows, [3, 39, 0, 7])


def test_parts_of_weights_with_options_and_padding():
    for options in ({"mode": "fan_out"}, {"layout": "keras"}, {"fan_in": 7}, {"padding_idx": 3}):
        weight = Weight((6, 4), "kaiming_normal", seed=5, name="w", **options)
        for index in (0, 3, (3, 1), slice(2, 5)):
            both(weight.__getitem__, index)
        both(weight.rows, [3, 1])
        if "padding_idx" in options:
            assert not weight[3].any()
            assert not weight.rows([3]).any()
            assert weight[3, 1] == 0


def test_copies_and_replacements_make_their_own_parts():
    weight = Weight((6, 4), "he_normal", seed=5, name="w")
    for same in (copy.copy(weight), copy.deepcopy(weight), pickle.loads(pickle.dumps(weight))):  # noqa: S301
        assert same == weight
        assert np.array_equal(same[2], weight[2])
    changes = [
        {"seed": 6}, {"name": "v"}, {"dtype": "float64"}, {"shape": (6, 5)}, {"scheme": "zeros"},
        {"padding_idx": 2}, {"options": {"mode": "fan_out"}},
    ]  # fmt: skip
    for change in changes:
        other = dataclasses.replace(weight, **change)
        assert np.array_equal(other[2], np.asarray(other)[2])
        assert other[2].tobytes() != weight[2].tobytes()
        assert np.array_equal(other.rows([2]), np.asarray(other)[[2]])


def test_what_is_derived_is_no_field():
    weight = Weight((6, 4), "he_normal", seed=5, name="w")
    names = ["shape", "scheme", "options", "seed", "name", "dtype", "padding_idx"]
    assert [field.name for field in dataclasses.fields(weight)] == names
    assert list(dataclasses.asdict(weight)) == names
    assert "_common" not in repr(weight)
    assert not hasattr(weight, "__dict__")


def test_a_warning_comes_when_the_weight_is_made():
    with pytest.warns(fastinit.SchemeWarning):
        weight = Weight((6, 4), "xavier", seed=5, name="w", activation="relu")
    assert np.array_equal(weight[2], Weight((6, 4), "xavier", seed=5, name="w")[2])


def test_names_that_are_no_plain_strings():
    class Name(str):
        """A string whose text compares equal to any other."""

        __slots__ = ()

        def __eq__(self, other):
            return True

        def __hash__(self):
            return hash("a")

    assert np.array_equal(
        Weight((3, 2), "ones", seed=1, name="a")[0],
        Weight((3, 2), "ones", seed=1, name=Name("b"))[0],
    )
    for text in ("b", "c", "d"):  # each must be hashed, though they are equal
        plain, odd = (Weight((3, 2), "he_normal", seed=1, name=name) for name in (text, Name(text)))
        assert np.array_equal(odd[0], plain[0])
        values = fastinit.uniform(3, seed=1, stream=text)
        assert np.array_equal(fastinit.uniform(3, seed=1, stream=Name(text)), values)


def test_many_threads_share_a_weight():
    weight = Weight((1000, 16), "he_normal", seed=5, name="w")
    whole, wrong = np.asarray(weight), []

    def work():
        for row in range(0, 1000, 3):
            made = np.stack([weight[row], *weight.rows([row, 7])])
            wrong.extend([row] * (not np.array_equal(made, whole[[row, row, 7]])))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
