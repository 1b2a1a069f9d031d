"""The compiled path of common calls writes what the general path writes, and refuses all that is not common."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc

import ml_dtypes
import numpy as np
import pytest

import fastinit
from fastinit._engine import kernel_arguments
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._random import common_fills
from fastinit._random.addressing import number_of_name
from fastinit._random.common_fills import CommonFill
from fastinit._schemes.scheme_functions import INITIALIZERS
from tests.support.schemes import NEEDED

FILLS = {
    "random_bits": (),
    "uniform": (-0.25, 0.5),
    "normal": (0.5, 2),
    "trunc_normal": (0.5, 2, -1, 3.0),
}
COMMON = {"seed": 7, "stream": "layers.0.weight", "offset": 5, "threads": 1}


def dtypes_of(name):
    return ("uint32", "uint64") if name == "random_bits" else FLOAT_DTYPES


def dtype_of(name):
    return np.dtype(getattr(np, name, None) or getattr(ml_dtypes, name))


class Generalised(int):
    """An integer that only the general path takes."""


@pytest.fixture(autouse=True)
def with_common_fills():
    """Use them in these tests, whatever --general-path says."""
    before = common_fills.use(True)
    yield
    common_fills.use(before)


def in_general(function, *arguments, **options):
    """Call a function so that it takes the general path: the seed is of another type."""
    return function(*arguments, **options | {"seed": Generalised(options["seed"])})


@pytest.mark.parametrize("length", [0, 1, 3, 64, 2047, 300_001])
@pytest.mark.parametrize("name", FILLS)
def test_both_paths_write_the_same(name, length):
    for dtype in map(dtype_of, dtypes_of(name)):
        function = getattr(fastinit, f"{name}_")
        common, general = np.empty(length, dtype), np.empty(length, dtype)
        function(common, *FILLS[name], **COMMON)
        in_general(function, general, *FILLS[name], **COMMON)
        assert common.tobytes() == general.tobytes()
        made = getattr(fastinit, name)(length, *FILLS[name], dtype=dtype, **COMMON)
        assert made.tobytes() == general.tobytes()
        assert (made.dtype, made.shape) == (dtype, (length,))
        assert made.ctypes.data % 64 == 0 or not length
        assert made.flags.c_contiguous
        assert made.flags.writeable


@pytest.mark.parametrize("name", sorted(each for each in INITIALIZERS if not each.endswith("_")))
def test_both_paths_make_the_same_weights(name):
    options = COMMON | NEEDED.get(name, {})
    of_tables = name.startswith("embedding_")
    for shape in [(8, 6)] if of_tables else [(8, 6), (3, 5, 2), (4, 3, 3, 3)]:
        made = INITIALIZERS[name](shape, **options)
        general = in_general(INITIALIZERS[name], shape, **options)
        assert made.tobytes() == general.tobytes()
        assert (made.dtype, made.shape) == (general.dtype, general.shape)
        filled = np.empty(shape, np.float64)
        INITIALIZERS[f"{name}_"](filled, **options)
        expected = in_general(INITIALIZERS[name], shape, dtype="float64", **options)
        assert filled.tobytes() == expected.tobytes()


def test_options_of_schemes_are_told_apart():
    shape = (6, 10)
    cases = [
        {},
        {"mode": "fan_out"},
        {"mode": "fan_in"},
        {"a": 1},
        {"a": 1.5},
        {"layout": "keras"},
        {"fan_in": 3},
    ]
    for options in cases * 2:
        made = fastinit.kaiming_normal(shape, seed=1, **options)
        general = in_general(fastinit.kaiming_normal, shape, seed=1, **options)
        assert made.tobytes() == general.tobytes()
    fastinit.variance_scaling(shape, seed=1, scale=1)
    with pytest.raises(TypeError, match="scale"):
        fastinit.variance_scaling(shape, seed=1, scale=True)


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"seed": 2**64},
        {"seed": True},
        {"seed": "7"},
        {"stream": -1},
        {"stream": 2**64},
        {"stream": True},
        {"stream": "\ud800"},
        {"offset": -1},
        {"offset": 2**64 - 10},
        {"offset": True},
        {"offset": 1.0},
        {"threads": 0},
        {"threads": True},
        {"threads": 1.0},
    ],
    ids=str,
)
def test_what_is_wrong_raises_as_before(name, wrong):
    out = np.zeros(64, dtypes_of(name)[0])
    options = COMMON | wrong
    with pytest.raises((TypeError, ValueError)) as common:
        getattr(fastinit, f"{name}_")(out, *FILLS[name], **options)
    assert not out.any()
    # A list of an axis is general, whatever the other arguments are.
    with pytest.raises(type(common.value)) as general:
        getattr(fastinit, name)([64], *FILLS[name], **options)
    assert str(general.value) == str(common.value)


@pytest.mark.parametrize(
    "parameters", [(True, 2), (0, False), (np.float64(0), 1), ("0", 1), (None, 1)], ids=str
)
def test_a_bool_does_not_find_the_law_of_a_number(parameters):
    out = np.zeros(8, np.float32)
    for plain in [(1, 2), (1.0, 2.0), (0, 0), (0.0, 1.0)]:
        fastinit.normal_(out, *plain, seed=1)
    out[:] = 0
    if isinstance(parameters[0], np.float64):
        fastinit.normal_(out, *parameters, seed=1)
        assert out.all()
    else:
        with pytest.raises(TypeError, match="must be a real number"):
            fastinit.normal_(out, *parameters, seed=1)
        assert not out.any()


def arrays():
    """Yield arrays that are not common, with a name."""
    base = np.zeros((8, 8), np.float32)
    read_only = np.zeros(8, np.float32)
    read_only.flags.writeable = False
    yield "strided", base[:, ::2]
    yield "transposed", base.T
    yield "read-only", read_only
    yield "other byte order", np.zeros(8, ">f4")
    yield "masked", np.ma.zeros(8, np.float32)
    yield "integers", np.zeros(8, np.int32)
    yield "list", [0.0, 0.0]
    yield "large", np.zeros(1 << 19, np.float32)
    yield "none", None


@pytest.mark.parametrize(
    ("name", "out"), [*arrays()], ids=lambda each: each if isinstance(each, str) else ""
)
def test_other_memory_is_not_common(name, out):
    del name
    fill = CommonFill(lambda dtype, _, __: kernel_arguments.normal(0, 1, dtype), FLOAT_DTYPES)
    before = np.array(out, copy=True)
    assert fill.fill(out, (), 1, None, 0, None) is False
    assert fill.fill_weight(out, {}, 1, None, 0, None) is False
    assert np.array_equal(before, np.array(out))


@pytest.mark.parametrize(
    "shape",
    [-1, (2, -3), (1 << 19,), (1 << 40, 1 << 40), [2, 3], (True,), 2.0, (1,) * 9, None, "3"],
    ids=str,
)
def test_other_shapes_are_not_common(shape):
    fill = CommonFill(lambda dtype, _, __: kernel_arguments.normal(0, 1, dtype), FLOAT_DTYPES)
    assert fill.new(shape, np.float32, (), 1, None, 0, None) is None


@pytest.mark.parametrize(
    "dtype", [None, "f4", ">f4", np.int32, "bfloat16", [], float, "float31"], ids=str
)
def test_other_dtypes_are_not_common(dtype):
    fill = CommonFill(lambda dtype, _, __: kernel_arguments.normal(0, 1, dtype), FLOAT_DTYPES)
    assert fill.new(3, dtype, (), 1, None, 0, None) is None


def test_the_largest_common_array_and_offset():
    fill = CommonFill(lambda dtype, _, __: kernel_arguments.random_bits(dtype), ("uint32",))
    assert fill.new((1 << 19) - 1, np.uint32, (), 1, None, 0, None) is not None
    assert fill.new(1 << 19, np.uint32, (), 1, None, 0, None) is None
    last = 2**64 - 3
    assert fastinit.random_bits(3, seed=1, offset=last).tolist() == [
        int(each) for each in in_general(fastinit.random_bits, 3, seed=1, offset=last)
    ]
    with pytest.raises(ValueError, match="end past the stream"):
        fastinit.random_bits(4, seed=1, offset=last)


def test_a_law_is_computed_once_and_a_name_hashed_once():
    calls = []

    def law(dtype, parameters, options):
        calls.append((dtype, parameters, options))
        return kernel_arguments.normal(*parameters, dtype)

    fill = CommonFill(law, FLOAT_DTYPES)
    out = np.empty(4, np.float32)
    for _ in range(3):
        assert fill.fill(out, (0.0, 1.0), 1, "name", 0, None)
    assert fill.fill(out, (0, 1), 1, number_of_name("name"), 0, None)
    assert calls == [(np.dtype(np.float32), (0.0, 1.0), {})]
    for std in range(1, 400):
        assert fill.fill(out, (0.0, float(std)), 1, f"name{std}", 0, None)
    assert len(calls) == 399


def test_a_failing_law_writes_nothing_and_takes_no_stream():
    generator = fastinit.Generator(3)
    out = np.zeros(8, np.float32)
    with pytest.raises(ValueError, match="std"):
        fastinit.normal_(out, 0.0, -1.0, seed=generator)
    assert not out.any()
    assert generator.get_state()["next_stream"] == 0
    fastinit.normal_(out, seed=generator)
    assert generator.get_state()["next_stream"] == 1


def test_the_general_path_can_be_chosen():
    fill = CommonFill(lambda dtype, _, __: kernel_arguments.random_bits(dtype), ("uint32",))
    out = np.zeros(4, np.uint32)
    assert common_fills.use(False) is True
    assert fill.fill(out, (), 1, None, 0, None) is False
    assert fill.new(4, np.uint32, (), 1, None, 0, None) is None
    assert not out.any()
    assert common_fills.use(True) is False
    assert fill.fill(out, (), 1, None, 0, None) is True


def test_many_threads_share_the_laws():
    expected = {std: fastinit.normal(50, 0, std, seed=std).tobytes() for std in range(1, 600)}
    wrong = []

    def work():
        for std, values in expected.items():
            if fastinit.normal(50, 0, std, seed=std, stream=None).tobytes() != values:
                wrong.append(std)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def small_calls():
    """Return calls of every entrance to the compiled path."""
    out, generator = np.empty(64, np.float32), fastinit.Generator(5)
    weight = fastinit.Weight((100, 16), "he_normal", seed=5, name="w")
    rows = np.empty((2, 16), np.float32)
    return {
        "fill": lambda: fastinit.normal_(out, seed=1, stream="w"),
        "array": lambda: fastinit.uniform((8, 8), seed=1),
        "scheme": lambda: fastinit.he_normal((8, 8), seed=1, mode="fan_out"),
        "refused": lambda: fastinit.uniform([8], seed=1),
        "draw": lambda: generator.random(64),
        "draw into memory": lambda: generator.random(out=out, dtype=np.float32),
        "number": generator.standard_normal,
        "weight": lambda: fastinit.Weight((8, 8), "he_normal", seed=5, name="w"),
        "row": lambda: weight[5],
        "element": lambda: weight[5, 3],
        "rows": lambda: weight.rows([5, 3]),
        "rows into memory": lambda: weight.rows([5, 3], rows),
    }


@pytest.mark.parametrize("name", small_calls())
def test_small_calls_keep_no_memory(name):
    call = small_calls()[name]
    dtypes = [np.dtype(kind) for kind in (np.float32, np.float64, np.uint32, np.uint8, np.int64)]
    for _ in range(20):
        call()
    tracemalloc.start()
    try:
        call()
        gc.collect()  # this also empties the lists of free tuples
        before = tracemalloc.get_traced_memory()[0]
        references = [sys.getrefcount(dtype) for dtype in dtypes]
        for _ in range(500):
            call()
        gc.collect()
        # An object that a call keeps has 16 bytes at least.
        assert tracemalloc.get_traced_memory()[0] - before < 500 * 8
    finally:
        tracemalloc.stop()
    changes = [sys.getrefcount(dtype) - old for dtype, old in zip(dtypes, references, strict=True)]
    assert max(map(abs, changes)) < 50
