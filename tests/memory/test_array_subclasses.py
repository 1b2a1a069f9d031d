"""Subclasses of ndarray, whose operators mean other things: memory is filled as that of an array."""

from __future__ import annotations

import numpy as np
import pytest

import fastinit

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

SHAPE = (6, 6)
MASK = np.eye(6, dtype=bool)


class Loud(np.ndarray):
    """A user's own, which sees whatever is done with it."""

    def refuse(self, *_args, **_kwargs):
        raise AssertionError("a fill went through the subclass")

    __array_ufunc__ = __array_function__ = __setitem__ = __getitem__ = refuse
    __imul__ = __iadd__ = reshape = view = ravel = refuse


class Clipped(np.ndarray):
    """One whose results are made anew by `__array_finalize__`, and whose items are clipped."""

    def __array_finalize__(self, other):
        self.low = getattr(other, "low", 0.0)

    def __setitem__(self, index, value):
        super().__setitem__(index, np.maximum(value, self.low))


def masked(memory, *, hard=False):
    return np.ma.MaskedArray(memory, mask=MASK.copy(), hard_mask=hard)


def quantity(memory):
    units = pytest.importorskip("astropy.units")
    return units.Quantity(memory, "m", copy=False)


def memmap(memory, path):
    out = np.memmap(path / "memory", memory.dtype, "w+", shape=memory.shape)
    out[...] = memory
    return out


KINDS = {
    "matrix": lambda memory, _: np.asmatrix(memory),
    "masked": lambda memory, _: masked(memory),
    "hard mask": lambda memory, _: masked(memory, hard=True),
    "memmap": memmap,
    "recarray": lambda memory, _: memory.view(np.recarray),
    "overrides": lambda memory, _: memory.view(Loud),
    "finalize": lambda memory, _: memory.view(Clipped),
    "units": lambda memory, _: quantity(memory),
}

FILLS = {
    "uniform_": (-0.5, 0.5),
    "normal_": (),
    "trunc_normal_": (),
    "he_normal_": (),
    "orthogonal_": (),
    "sparse_": (0.3,),
    "eye_": (),
    "constant_": (-0.3,),
    "zeros_": (),
    "ones_": (),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def make(kind, tmp_path):
    def of(dtype=np.float64, order="C"):
        memory = np.full((12, 12), 7, dtype)[::-2, ::2]
        if order != "strided":
            memory = np.full(SHAPE, 7, dtype, order=order)
        return KINDS[kind](memory, tmp_path)

    return of


def check(out, returned, expected):
    assert returned is out
    assert np.array_equal(np.ndarray.view(out, np.ndarray), expected)
    if isinstance(out, np.ma.MaskedArray):
        assert np.array_equal(out.mask, MASK)


@pytest.mark.parametrize("function", FILLS)
@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_fills(make, function, order):
    out = make(order=order)
    seeded = {} if function in ("eye_", "constant_", "zeros_", "ones_") else {"seed": 3}
    expected = np.empty(SHAPE)
    getattr(fastinit, function)(expected, *FILLS[function], **seeded)
    check(out, getattr(fastinit, function)(out, *FILLS[function], **seeded), expected)


@pytest.mark.parametrize("function", ["delta_orthogonal_", "dirac_"])
@pytest.mark.parametrize("kind", ["masked", "hard mask", "recarray", "finalize", "overrides"])
def test_convolutions(function, kind, tmp_path):
    memory = np.full((6, 6, 3), 7.0)
    if "mask" in kind:
        out = np.ma.MaskedArray(memory, mask=memory == 7, hard_mask=kind == "hard mask")
    else:
        out = KINDS[kind](memory, tmp_path)
    seeded = {"seed": 3} if function == "delta_orthogonal_" else {}
    expected = getattr(fastinit, function[:-1])((6, 6, 3), dtype="float64", **seeded)
    assert getattr(fastinit, function)(out, **seeded) is out
    assert np.array_equal(np.ndarray.view(out, np.ndarray), expected)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "units"])
def test_words(make):
    out = make(np.uint32)
    check(out, fastinit.random_bits_(out, seed=3), fastinit.random_bits(SHAPE, seed=3))


@pytest.mark.parametrize("padding", [None, 0])
def test_weights(make, padding):
    weight = fastinit.Weight(
        SHAPE, fastinit.Normal(), seed=3, name="w", dtype="float64", padding_idx=padding
    )
    for index in (..., slice(None, None, -1), [5, 0, 2, 2, 1, 0]):
        out = make()
        check(out, weight.fill(out, index), np.asarray(weight)[index])
    out = make()
    check(out, weight.rows(np.arange(6), out=out), np.asarray(weight))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "units"])
def test_quantized_rows(kind, tmp_path):
    out = KINDS[kind](np.zeros((6, 24), np.uint8), tmp_path) if "mask" not in kind else (
        np.ma.MaskedArray(np.zeros((6, 24), np.uint8), mask=True)
    )  # fmt: skip
    assert fastinit.quantized_rows_(out, 16, fastinit.Normal(), seed=3) is out
    expected = fastinit.quantized_rows((6, 16), fastinit.Normal(), seed=3)
    assert np.array_equal(np.ndarray.view(out, np.ndarray), expected)


METHODS = {
    "random": {},
    "standard_normal": {},
    "uniform": {"low": -0.5, "high": 0.5},
    "normal": {"loc": 1.0, "scale": 2.0},
}
ARRAYS = {
    "uniform": {"low": np.full(SHAPE, -0.5), "high": np.linspace(0, 1, 6)},
    "normal": {"loc": np.linspace(0, 1, 6), "scale": np.full((6, 1), 2.0)},
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "arguments"), [*METHODS.items(), *ARRAYS.items()], ids=lambda each: str(each)[:20]
)
def test_methods_of_generators(make, name, arguments, dtype):
    expected = getattr(fastinit.Generator(3), name)(**arguments, size=SHAPE, dtype=dtype)
    out = make(dtype)
    returned = getattr(fastinit.Generator(3), name)(**arguments, out=out, dtype=dtype)
    check(out, returned, expected)


@pytest.mark.parametrize("shape", [(6, 6), (2, 3)])
def test_uniforms_in_a_matrix_stay_below_high(shape):
    low, high = np.full(shape, 0.25), np.full(shape, 0.5)
    out = np.asmatrix(np.zeros(shape))
    fastinit.Generator(3).uniform(low, high, out=out)
    assert ((out >= 0.25) & (out < 0.5)).all()


@pytest.mark.parametrize("wrap", [np.asmatrix, np.ma.asarray, lambda each: each.view(Clipped)])
@pytest.mark.parametrize("name", ARRAYS)
def test_parameters(name, wrap):
    plain = {key: np.atleast_2d(value) for key, value in ARRAYS[name].items()}
    expected = getattr(fastinit.Generator(3), name)(**plain)
    wrapped = {key: wrap(value) for key, value in plain.items()}
    values = getattr(fastinit.Generator(3), name)(**wrapped)
    assert type(values) is np.ndarray
    assert np.array_equal(values, expected)


@pytest.mark.parametrize("name", ARRAYS)
def test_masked_parameters_are_errors(name):
    generator, out = fastinit.Generator(3), np.full(SHAPE, 7.0)
    for key, value in ARRAYS[name].items():
        given = np.ma.MaskedArray(value, mask=value == value.flat[0])
        with pytest.raises(ValueError, match=f"{key} must not have masked elements"):
            getattr(generator, name)(**ARRAYS[name] | {key: given}, out=out)
    assert (out == 7).all()
    assert generator.next_stream() == 2**63


def test_masked_row_numbers_are_errors():
    weight = fastinit.Weight((5, 2), "ones", seed=1, name="w")
    ids = np.ma.MaskedArray([1, 2, 3], mask=[False, True, False])
    for take in (weight.rows, weight.__getitem__):
        with pytest.raises(ValueError, match="row numbers must not have masked elements"):
            take(ids)
        assert take(np.ma.MaskedArray([1, 2, 3])).shape == (3, 2)
    assert weight.rows(np.matrix([[1, 2]])).shape == (1, 2, 2)


@pytest.mark.parametrize(("dtype", "largest"), [("float32", 3.4e38), ("float64", 1.79e308)])
def test_array_normals_are_finite(dtype, largest):
    generator, out = fastinit.Generator(3), np.full(3, 7, dtype)
    for arguments in ({"loc": [0.0, largest, 0], "scale": largest / 50}, {"scale": [largest / 6]}):
        with pytest.raises(ValueError, match="keep all values finite in float"):
            generator.normal(**arguments, out=out, dtype=dtype)
    assert (out == 7).all()
    assert generator.next_stream() == 2**63
    values = generator.normal([0.0], largest / 10, 10_000, dtype=dtype)
    assert np.isfinite(values).all()


def test_an_error_state_of_the_caller_changes_nothing():
    """NumPy's errors would come when half of the values are there, and the stream is taken."""
    tiny = np.full(1000, 1e-307)
    expected = fastinit.Generator(3).uniform(0, tiny), fastinit.Generator(3).normal(0, tiny)
    with np.errstate(all="raise"):
        assert np.array_equal(fastinit.Generator(3).uniform(0, tiny), expected[0])
        assert np.array_equal(fastinit.Generator(3).normal(0, tiny), expected[1])
