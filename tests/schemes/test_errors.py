"""Bad input: a clear error, and not one byte written."""

from __future__ import annotations

import array
import ctypes
import math

import ml_dtypes
import numpy as np
import pytest

import fastinit


def untouched(dtype=np.float32, shape=(4, 5)):
    return np.full(shape, 7, dtype)


def read_only():
    out = untouched()
    out.flags.writeable = False
    return out


FLT_MAX = float(np.finfo(np.float32).max)

BAD_OUT = {
    "byte-swapped": (untouched(">f4"), TypeError, "native byte order"),
    "read-only": (read_only(), ValueError, "read-only"),
    "read-only buffer": (bytes(16), TypeError, "float8_e5m2, got uint8"),
    "broadcast": (np.lib.stride_tricks.as_strided(untouched(), (4, 5), (0, 4)), ValueError, "share memory"),
    "overlapping windows": (np.lib.stride_tricks.as_strided(untouched(), (3, 4), (4, 4)), ValueError, "share"),
    "integers": (untouched(np.int32), TypeError, "float8_e5m2, got int32"),
    "complex": (untouched(np.complex64), TypeError, "got complex64"),
    "objects": (untouched(object), TypeError, "got object"),
    "list": ([1.0, 2.0], TypeError, "got list"),
    "none": (None, TypeError, "got NoneType: fill a NumPy array and convert it"),
    "a string": ("weights", TypeError, "got str"),
    "a shape": ((4, 5), TypeError, "got tuple"),
    "a class": (np.ndarray, TypeError, "got the class ndarray"),
    "a scalar of NumPy's": (np.float32(1), ValueError, "read-only"),
    "a scalar without a buffer": (ml_dtypes.bfloat16(1), TypeError, "got bfloat16"),
    "text": (array.array("u", "text"), TypeError, "the dtype of out must be .* got str"),
    "pointers": ((ctypes.c_char_p * 3)(), TypeError, "a buffer of the format '<z', which NumPy"),
    "a weight": (fastinit.Weight(3, "ones", seed=1, name="w"), TypeError, "got Weight"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_OUT)
@pytest.mark.parametrize("function", ["uniform_", "normal_", "he_normal_"])
def test_bad_out(name, function):
    out, error, message = BAD_OUT[name]
    before = out.copy() if isinstance(out, np.ndarray) else None
    with pytest.raises(error, match=message):
        getattr(fastinit, function)(out, seed=1)
    assert before is None or np.array_equal(out, before)


class Interface:
    """What says where its memory is as libraries do that know no buffers."""

    def __init__(self, interface):
        self.__array_interface__ = interface


class Raising:
    @property
    def __array_interface__(self):
        raise RuntimeError("the array lies on a GPU")


class Both(Interface):
    """NumPy would take the copy that this offers where the interface has nothing."""

    def __array__(self, dtype=None, copy=None):
        return np.ones(3, np.float32)


GOOD = {"version": 3, "shape": (3,), "typestr": "<f4", "data": (0, False)}


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (Raising(), "cannot be filled in place: the array lies on a GPU"),
        *[
            (
                kind(interface),
                rf"__array_interface__ \({kind.__name__}\) that NumPy cannot read: .+",
            )
            for kind in (Interface, Both)
            for interface in (
                None,
                5,
                {},
                GOOD | {"typestr": "nonsense"},
                GOOD | {"shape": "three"},
                GOOD | {"shape": (-3,)},
                GOOD | {"data": "there"},
                GOOD | {"data": None},
            )
        ],
    ],
)
def test_bad_interfaces(out, message):
    for function in (fastinit.uniform_, fastinit.constant_):
        with pytest.raises(ValueError, match=message):
            function(out, 0.5)


class OnGPU:
    """Memory of a GPU, as CuPy describes it. Nothing here reads it."""

    def __init__(self, interface):
        self.__cuda_array_interface__ = interface


@pytest.mark.parametrize(
    ("interface", "message"),
    [
        ({}, r"\(OnGPU\) without what version 3 .* requires, data=.*KeyError\('data'\)"),
        ({"data": (16, False), "typestr": "<f4"}, r"KeyError\('shape'\)"),
        ({"data": (16, False), "shape": (3,)}, r"KeyError\('typestr'\)"),
        (GOOD | {"data": None}, "without what version 3"),
        (GOOD | {"data": 16}, "without what version 3"),
        (GOOD | {"data": (16,)}, "without what version 3"),
        (GOOD | {"shape": 3}, "without what version 3"),
        (5, "without what version 3"),
        (GOOD | {"typestr": "nonsense"}, r"\(OnGPU\) that NumPy cannot read: .+"),
        (GOOD | {"shape": "three"}, "that NumPy cannot read"),
        (GOOD | {"strides": "four"}, "that NumPy cannot read"),
        (GOOD | {"data": ("there", False)}, "that NumPy cannot read"),
        (GOOD | {"data": (16, True)}, "out is read-only"),
    ],
)
def test_bad_interfaces_of_gpus(interface, message):
    for function in (fastinit.uniform_, fastinit.constant_):
        with pytest.raises(ValueError, match=message):
            function(OnGPU(interface), 0.5)


def test_interfaces():
    memory = untouched()
    out = Both(memory.__array_interface__)
    assert fastinit.uniform_(out, seed=1) is out
    assert np.array_equal(memory, fastinit.uniform((4, 5), seed=1))
    memory.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fastinit.uniform_(Interface(memory.__array_interface__), seed=1)


#: Arrays of libraries that give NumPy a copy, by the names of their packages.
COPIES = {
    "pandas": lambda: pytest.importorskip("pandas").DataFrame(np.ones((3, 4))),
    "xarray": lambda: pytest.importorskip("xarray").DataArray(np.ones((3, 4))),
    "dask": lambda: pytest.importorskip("dask.array").ones((3, 4)),
    "zarr": lambda: pytest.importorskip("zarr").ones((3, 4)),
}


@pytest.mark.parametrize("library", COPIES)
def test_arrays_that_are_copied_are_refused(library):
    out = COPIES[library]()
    for function in (fastinit.uniform_, fastinit.ones_, fastinit.orthogonal_):
        with pytest.raises(TypeError, match=f"got {type(out).__name__}: fill a NumPy array"):
            function(out)
    assert (np.asarray(out) == 1).all()


def test_images_are_read_only():
    image = pytest.importorskip("PIL.Image").new("F", (3, 4), 1)
    with pytest.raises(ValueError, match="read-only"):
        fastinit.uniform_(image, seed=1)


BAD_ARGUMENTS = [
    ("uniform_", {"low": math.nan}, ValueError, "low must be finite, got nan"),
    ("uniform_", {"high": math.inf}, ValueError, "high must be finite"),
    ("uniform_", {"low": 2.0}, ValueError, "low=2.0 and high=1.0"),
    ("uniform_", {"low": -3e38, "high": 3e38}, ValueError, "high - low must be finite in float32"),
    ("uniform_", {"high": 1e39}, ValueError, "high must be finite in float32"),
    ("uniform_", {"high": 1e-40}, ValueError, "0 or at least"),
    ("uniform_", {"low": "0"}, TypeError, "low must be a real number, got '0'"),
    ("uniform_", {"low": "zero"}, TypeError, "real number, got 'zero'"),
    ("uniform_", {"low": 1j}, TypeError, "real number, got complex"),
    ("uniform_", {"high": 10**400}, ValueError, "finite"),
    ("normal_", {"mean": math.nan}, ValueError, "mean must be finite"),
    ("normal_", {"std": math.inf}, ValueError, "std must be finite"),
    ("normal_", {"std": -1.0}, ValueError, "std must not be negative, got -1.0"),
    ("normal_", {"std": FLT_MAX / 6}, ValueError, "keep all values finite"),
    ("normal_", {"mean": FLT_MAX, "std": 1e37}, ValueError, "keep all values finite"),
    ("uniform_", {"high": True}, TypeError, "high must be a real number, got True"),
    ("normal_", {"mean": np.True_}, TypeError, "mean must be a real number, got .*True"),
    ("normal_", {"std": np.array(True)}, TypeError, "std must be a real number"),
    ("trunc_normal_", {"b": True}, TypeError, "b must be a real number, got True"),
    ("he_normal_", {"mode": "fan"}, ValueError, "mode must be"),
    ("he_normal_", {"layout": "jax"}, ValueError, "layout must be"),
    ("he_normal_", {"gain": 2.0}, TypeError, "unexpected keyword argument 'gain'"),
    ("xavier_uniform_", {"gain": math.nan}, ValueError, "finite"),
    *[
        (function, {name: value}, error, message)
        for function in ("uniform_", "normal_", "lecun_normal_")
        for name, value, error, message in [
            ("seed", True, TypeError, "not the bool"),
            ("seed", np.True_, TypeError, "not the bool"),
            ("seed", -1, ValueError, r"\[0, 2\*\*64\), got -1"),
            ("seed", 2**64, ValueError, r"\[0, 2\*\*64\)"),
            ("seed", 1.0, TypeError, "integer, a fastinit.Generator or None, got float"),
            ("seed", "7", TypeError, "integer, a fastinit.Generator or None, got str"),
            ("stream", -1, ValueError, "stream must be in"),
            ("stream", 2**64, ValueError, "stream must be in"),
            ("stream", 1.5, TypeError, "integer or a string, got float"),
            ("stream", b"name", TypeError, "integer or a string, got bytes"),
            ("stream", False, TypeError, "not the bool"),
            ("stream", "a\ud800b", ValueError, r"UTF-8 can encode, got 'a\\ud800b': .* index 1"),
            ("offset", -1, ValueError, "offset must be in"),
            ("offset", 2**64 - 19, ValueError, "end past the stream"),
            ("offset", 0.0, TypeError, "integer, got float"),
            ("threads", 0, ValueError, "at least 1"),
            ("threads", 1.0, TypeError, "integer, got float"),
            ("threads", True, TypeError, "not the bool"),
        ]
    ],
    ("trunc_normal_", {"std_correction": "no"}, TypeError, "std_correction must be True or False, got 'no'"),
    ("trunc_normal_", {"std_correction": "no", "lower": -2, "upper": 2}, TypeError, "must be True or False, got"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments(function, arguments, error, message):
    out = untouched()
    with pytest.raises(error, match=message):
        getattr(fastinit, function)(out, **{"seed": 1} | arguments)
    assert (out == 7).all()


@pytest.mark.parametrize("seed", [np.uint64(2**64 - 1), np.int8(5), 2**64 - 1])
def test_any_integer_is_a_seed(seed):
    assert np.array_equal(fastinit.uniform(9, seed=seed), fastinit.uniform(9, seed=int(seed)))


@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 2**64 - 20), (np.float64, 2**63 - 20)])
def test_the_last_elements_of_a_stream(dtype, offset):
    values = fastinit.uniform(20, dtype=dtype, seed=1, offset=offset)
    assert len(set(values.tolist())) > 15
    with pytest.raises(ValueError, match="end past the stream"):
        fastinit.uniform(21, dtype=dtype, seed=1, offset=offset)


@pytest.mark.parametrize(("shape", "error"), [(-1, ValueError), ((2, -3), ValueError), (2.5, TypeError),
                                              ("ab", TypeError), ((2, None), TypeError),
                                              ((2**40, 2**40), ValueError)])  # fmt: skip
def test_bad_shapes(shape, error):
    with pytest.raises(error, match="shape"):
        fastinit.uniform(shape, seed=1)


@pytest.mark.parametrize(
    "dtype",
    [
        np.int64,
        "c8",
        ">f2",
        ">f4",
        "S4",
        object,
        "nonsense",
        5,
        "f4,(",
        [("a", "f4")],
        {},
        np.zeros,
    ],
)
def test_bad_dtypes(dtype):
    with pytest.raises(TypeError, match="dtype must be"):
        fastinit.normal(3, dtype=dtype, seed=1)
    with pytest.raises(TypeError, match="dtype must be"):
        fastinit.random_bits(3, dtype=dtype, seed=1)


def test_no_dtype_means_the_default():
    """None is NumPy's float64 only in the methods of a generator."""
    for made, expected in (
        (fastinit.uniform(3, dtype=None, seed=1), np.float32),
        (fastinit.he_normal((3, 4), dtype=None, seed=1), np.float32),
        (fastinit.zeros(3, dtype=None), np.float32),
        (fastinit.random_bits(3, dtype=None, seed=1), np.uint32),
        (fastinit.Weight((3, 4), "xavier", seed=1, name="w", dtype=None), np.float32),
        (fastinit.default_rng(1).random(3, dtype=None), np.float64),
        (fastinit.default_rng(1).normal(size=3, dtype=None), np.float64),
    ):
        assert made.dtype == expected
    assert np.array_equal(fastinit.uniform(3, dtype=None, seed=1), fastinit.uniform(3, seed=1))


def test_buffers():
    expected = fastinit.uniform(100, dtype=np.float64, seed=1)
    numbers = array.array("d", bytes(800))
    assert fastinit.uniform_(numbers, seed=1) is numbers
    assert np.array_equal(numbers, expected)
    raw = bytearray(800)
    fastinit.uniform_(memoryview(raw).cast("d"), seed=1)
    assert raw == expected.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        fastinit.uniform_(memoryview(bytes(800)).cast("d"), seed=1)


@pytest.mark.parametrize(
    "shape",
    [(), 0, (3, 0, 2), 5, np.array(5), [2, 3], np.array([2, 3]), (np.int64(2), 3), (7, 1, 3)],
)
def test_shapes(shape):
    values = fastinit.normal(shape, seed=1)
    assert values.shape == np.empty(shape).shape
    assert values.size == 0 or values.ctypes.data % 64 == 0
    assert values.flags.c_contiguous
    assert values.flags.writeable
