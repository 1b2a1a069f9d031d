"""`fastinit.jax.initializers`: JAX's names and distributions, fastinit's bits."""

from __future__ import annotations

import inspect
import math

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from scipy import stats

import fastinit
from fastinit._memory import arrays
from fastinit.jax import initializers as ours
from fastinit.jax import keys, placing

stock = jax.nn.initializers
KEY = jax.random.key(7)
# The words of 2**40 + 5; `jax.random.key` keeps the low 32 bits alone.
LARGE = jax.random.wrap_key_data(np.array([2**8, 5], np.uint32))
TRUNCATED_STD = 0.87962566103423978

FACTORIES = {
    "uniform": (),
    "normal": (),
    "truncated_normal": (),
    "constant": (3.0,),
    "variance_scaling": (1.0, "fan_in", "normal"),
    "orthogonal": (),
    "delta_orthogonal": (),
} | {
    f"{family}_{kind}": ()
    for family in ("glorot", "xavier", "lecun", "he", "kaiming")
    for kind in ("uniform", "normal")
}
RANDOM = [name for name in FACTORIES if name != "constant"]


def bare(function):
    """Return a signature without annotations, which change no call."""
    empty = inspect.Parameter.empty
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return signature.replace(parameters=parameters, return_annotation=empty)


def public(module):
    return {name for name in dir(module) if not name.startswith("_")}


def test_every_name_is_there():
    assert public(stock) <= set(ours.__all__)
    assert set(FACTORIES) | {"zeros", "ones", "Initializer"} == public(stock)


@pytest.mark.parametrize("name", FACTORIES)
def test_signatures(name):
    assert bare(getattr(ours, name)) == bare(getattr(stock, name))
    arguments = FACTORIES[name]
    for options in ({}, {"dtype": jnp.bfloat16}):
        mine = getattr(ours, name)(*arguments, **options)
        assert bare(mine) == bare(getattr(stock, name)(*arguments, **options))
        assert isinstance(mine, stock.Initializer)


def test_what_is_not_random():
    for name in ("zeros", "ones"):
        values = getattr(ours, name)(KEY, (2, 3), jnp.bfloat16)
        assert np.array_equal(values, getattr(np, name)((2, 3)))
    assert np.array_equal(ours.constant(-7)(KEY, (2, 3), jnp.int32), np.full((2, 3), -7))


EQUIVALENTS = {
    "uniform": lambda s, **k: fastinit.uniform(s, 0.0, 1e-2, **k),
    "normal": lambda s, **k: fastinit.normal(s, 0.0, 1e-2, **k),
    "truncated_normal": lambda s, **k: fastinit.trunc_normal(s, 0.0, 1e-2, lower=-2, upper=2, **k),
    "variance_scaling": lambda s, **k: fastinit.lecun_normal(s, layout="keras", **k),
    "orthogonal": lambda s, **k: fastinit.orthogonal(s, layout="keras", **k),
    "delta_orthogonal": lambda s, **k: fastinit.delta_orthogonal(s, layout="keras", **k),
} | {
    f"{family}_{kind}": lambda s, f=f"{family}_{kind}", o=(
        {"truncated": True} if kind == "normal" else {}
    ), **k: getattr(fastinit, f)(s, layout="keras", **o, **k)
    for family in ("glorot", "xavier", "lecun", "he", "kaiming")
    for kind in ("uniform", "normal")
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "float8_e4m3fn"])
@pytest.mark.parametrize("name", RANDOM)
def test_the_bits_are_fastinits(name, dtype):
    shape = (3, 3, 20, 30)
    made = getattr(ours, name)(*FACTORIES[name])(LARGE, shape, dtype)
    assert isinstance(made, jax.Array)
    assert made.dtype == dtype
    expected = EQUIVALENTS[name](shape, seed=2**40 + 5, dtype=dtype)
    assert np.asarray(made).tobytes() == expected.tobytes()
    # `dtype` given to the factory is the default.
    again = getattr(ours, name)(*FACTORIES[name], dtype=dtype)(LARGE, shape)
    assert np.asarray(again).tobytes() == expected.tobytes()


# Reference distributions: written out from JAX's documentation, for a fan_in, a fan_out.
SHAPE = (5, 40, 500)
FAN_IN, FAN_OUT = 200, 2500
CDFS = {
    "uniform": stats.uniform(0, 1e-2),
    "normal": stats.norm(0, 1e-2),
    "truncated_normal": stats.truncnorm(-2, 2, 0, 1e-2),
    "glorot_uniform": stats.uniform(-math.sqrt(6 / (FAN_IN + FAN_OUT)), 2 * math.sqrt(6 / (FAN_IN + FAN_OUT))),
    "he_uniform": stats.uniform(-math.sqrt(6 / FAN_IN), 2 * math.sqrt(6 / FAN_IN)),
    "lecun_uniform": stats.uniform(-math.sqrt(3 / FAN_IN), 2 * math.sqrt(3 / FAN_IN)),
    "glorot_normal": stats.truncnorm(-2, 2, 0, math.sqrt(2 / (FAN_IN + FAN_OUT)) / TRUNCATED_STD),
    "he_normal": stats.truncnorm(-2, 2, 0, math.sqrt(2 / FAN_IN) / TRUNCATED_STD),
    "lecun_normal": stats.truncnorm(-2, 2, 0, math.sqrt(1 / FAN_IN) / TRUNCATED_STD),
}  # fmt: skip
CDFS |= {
    name: CDFS[other]
    for name, other in [
        ("xavier_uniform", "glorot_uniform"),
        ("xavier_normal", "glorot_normal"),
        ("kaiming_uniform", "he_uniform"),
        ("kaiming_normal", "he_normal"),
    ]
}


@pytest.mark.parametrize("name", CDFS)
def test_distributions(name):
    values = np.asarray(getattr(ours, name)()(KEY, SHAPE), np.float64).ravel()
    assert stats.kstest(values, CDFS[name].cdf).pvalue > 1e-4
    # 100,000 values: the standard deviation is known to 0.3 %; JAX's own must agree too.
    theirs = np.asarray(getattr(stock, name)()(KEY, SHAPE), np.float64)
    for other in (CDFS[name].std(), theirs.std()):
        assert values.std() == pytest.approx(other, rel=0.012)
    assert abs(values.mean() - theirs.mean()) < 6 * theirs.std() / math.sqrt(values.size)
    assert stats.ks_2samp(values, theirs.ravel()).pvalue > 1e-4


# All modes with all distributions, and all kinds of axes; each compiles JAX's own, which takes time.
OPTIONS = [
    (mode, distribution, {})
    for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
    for distribution in ("truncated_normal", "normal", "uniform")
] + [
    ("fan_avg", "uniform", axes)
    for axes in (
        {"in_axis": 0, "out_axis": 1},
        {"in_axis": (0, 1), "out_axis": -1},
        {"batch_axis": 0},
        {"in_axis": 1, "out_axis": (2, 3), "batch_axis": (0,)},
        {"out_axis": 0},
    )
]


@pytest.mark.parametrize(("mode", "distribution", "axes"), OPTIONS)
def test_variance_scaling(mode, distribution, axes):
    shape = (4, 6, 30, 40)
    values, theirs = (
        np.asarray(module.variance_scaling(1.7, mode, distribution, **axes)(KEY, shape))
        for module in (ours, stock)
    )
    # 28,800 values: 5 standard errors of a standard deviation; another fan is off by 1.1 at least.
    assert values.std() == pytest.approx(theirs.std(), rel=0.03)
    if distribution != "normal":
        assert np.abs(values).max() == pytest.approx(np.abs(theirs).max(), rel=0.002)


@pytest.mark.parametrize(
    ("shape", "column_axis"), [((20, 30), -1), ((20, 30), 0), ((3, 4, 25), 1), ((3, 4, 25), -1)]
)
def test_orthogonal(shape, column_axis):
    weight = np.asarray(ours.orthogonal(1.5, column_axis)(KEY, shape))
    theirs = np.asarray(stock.orthogonal(1.5, column_axis)(KEY, shape))
    for each in (weight, theirs):
        rows = np.moveaxis(each, column_axis, -1).reshape(-1, shape[column_axis])
        gram = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
        assert np.allclose(gram, 2.25 * np.eye(len(gram)), atol=1e-5)


@pytest.mark.parametrize("column_axis", [-1, 0])
def test_delta_orthogonal(column_axis):
    weight = np.asarray(ours.delta_orthogonal(2.0, column_axis)(KEY, (4, 3, 5, 7)))
    centre = weight[1, 1]
    assert np.allclose(centre @ centre.T, 4 * np.eye(5), atol=1e-5)
    assert np.count_nonzero(weight) == 35


# Keys


def test_a_key_is_the_seed_of_its_number():
    expected = fastinit.normal(9, 0.0, 1e-2, seed=7)
    for key in (jax.random.key(7), jax.random.PRNGKey(7), np.array([0, 7], np.uint32)):
        assert np.array_equal(ours.normal()(key, (9,)), expected)
    of_rbg = ours.normal()(jax.random.key(7, impl="rbg"), (9,))
    assert np.array_equal(of_rbg, fastinit.normal(9, 0.0, 1e-2, seed=7, stream=7))
    assert np.array_equal(of_rbg, ours.normal()(jax.random.key(7, impl="unsafe_rbg"), (9,)))


def test_all_words_of_a_key_count():
    words = np.arange(2 * 4 * 6, dtype=np.uint32)
    for count in (2, 3, 4, 6):
        given = words[:count]
        addresses = {keys.address_of(given)}
        for place in range(count):
            changed = given.copy()
            changed[place] ^= 1 << 31
            addresses.add(keys.address_of(changed))
        assert len(addresses) == count + 1
        assert all(0 <= n < 2**64 for address in addresses for n in address)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg"])
def test_the_words_are_those_of_key_data(impl):
    for key in (jax.random.key(2**31 + 9, impl=impl), jax.random.fold_in(KEY, 3)):
        assert np.array_equal(keys.words_of(key), jax.random.key_data(key))


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg"])
def test_split_keys_are_independent(impl):
    split = jax.random.split(jax.random.key(3, impl=impl), 8)
    values = np.stack([ours.normal(1.0)(key, (20_000,)) for key in split])
    correlations = np.corrcoef(values)[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(20_000)
    assert stats.kstest(values.ravel(), "norm").pvalue > 1e-4


@pytest.mark.parametrize("key", [jax.random.split(KEY, 3), jnp.zeros((3, 2), jnp.uint32)])
def test_an_array_of_keys_is_refused(key):
    with pytest.raises(ValueError, match=r"single key.*\(3,\).*vmap"):
        ours.he_normal()(key, (3, 4))


@pytest.mark.parametrize("key", [None, 7, "key", jnp.zeros(3, jnp.uint32), jnp.zeros(2)])
def test_what_is_no_key_is_refused_as_by_jax(key):
    with pytest.raises(Exception, match="key") as theirs:
        stock.he_normal()(key, (3, 4))
    with pytest.raises(theirs.type, match="key"):
        ours.he_normal()(key, (3, 4))


# Dtypes


def test_default_dtype_follows_x64():
    assert ours.normal()(KEY, (3,)).dtype == jnp.float32
    with jax.enable_x64(True):
        assert ours.normal()(KEY, (3,)).dtype == jnp.float64
        made = ours.normal()(KEY, (3,), np.float64)
        expected = fastinit.normal(3, 0.0, 1e-2, dtype="float64", seed=7)
        assert np.array_equal(made, expected)
        assert ours.normal()(KEY, (3,), np.float32).dtype == jnp.float32


def test_float64_without_x64_warns_as_jax_does():
    with pytest.warns(UserWarning, match="float64"):
        assert ours.normal()(KEY, (3,), np.float64).dtype == jnp.float32
    assert ours.normal()(KEY, (3,), float).dtype == jnp.float32


def test_complex_numbers_are_jaxs():
    made = ours.normal()(KEY, (3, 4), jnp.complex64)
    assert np.array_equal(made, stock.normal()(KEY, (3, 4), jnp.complex64))


@pytest.mark.parametrize("dtype", [jnp.int32, bool])
def test_other_dtypes_raise_as_in_jax(dtype):
    with pytest.raises((ValueError, TypeError), match="dtype") as theirs:
        stock.normal()(KEY, (3,), dtype)
    with pytest.raises(theirs.type, match="dtype"):
        ours.normal()(KEY, (3,), dtype)


OTHERS = [name for name in dir(ml_dtypes) if name.startswith(("float", "bfloat"))]
MADE = ["bfloat16", "float8_e4m3fn", "float8_e5m2"]


@pytest.mark.parametrize("dtype", OTHERS)
@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal", "he_normal"])
def test_all_narrow_floats_are_right_or_refused(name, dtype):
    # Of scale 1 where it can be chosen: float8_e4m3fn has few numbers near 0.01.
    init = getattr(ours, name)(*([] if name == "he_normal" else [1.0]))
    if dtype not in MADE:
        with pytest.raises(TypeError, match=rf"no {dtype}; it makes float32.*astype\('{dtype}'\)"):
            init(KEY, (200, 50), dtype)
        return
    values = np.asarray(init(KEY, (200, 50), dtype), np.float64)
    expected = np.asarray(init(KEY, (200, 50)), np.float64)
    assert values.std() == pytest.approx(expected.std(), rel=0.05)
    assert abs(values.mean() - expected.mean()) < 0.05 * expected.std()


# Shapes and options


@pytest.mark.parametrize("shape", [(), (5,), [4, 5], (np.int64(4), 5), (0, 5), (3, 0)])
def test_shapes(shape):
    for dtype in (jnp.float32, jnp.bfloat16):
        assert ours.normal()(KEY, shape, dtype).shape == tuple(shape)
    if len(shape) == 2:
        for name in ("he_normal", "orthogonal"):
            assert getattr(ours, name)()(KEY, shape).shape == tuple(shape)


BAD = [
    (ours.he_normal, (5,), "in_axis"),
    (ours.he_normal, (), "in_axis"),
    (lambda: ours.variance_scaling(1.0, "fan", "normal"), (3, 4), "mode must be"),
    (lambda: ours.variance_scaling(1.0, "fan_in", "gauss"), (3, 4), "distribution must be"),
    (lambda: ours.variance_scaling(-1.0, "fan_in", "normal"), (3, 4), "scale must not be negative"),
    (lambda: ours.he_normal(in_axis=5), (3, 4), "in_axis"),
    (lambda: ours.he_normal(batch_axis=0), (3, 4), "batch_axis"),
    (lambda: ours.uniform(-1.0), (3, 4), "scale must not be negative"),
    (lambda: ours.normal(math.nan), (3, 4), "stddev must be finite"),
    (lambda: ours.truncated_normal(lower=2, upper=-2), (3, 4), "lower must be below upper"),
    (ours.orthogonal, (5,), "two or more axes"),
    (lambda: ours.orthogonal(math.inf), (5, 4), "scale must be finite"),
    (lambda: ours.orthogonal(column_axis=2), (5, 4), "column_axis"),
    (lambda: ours.orthogonal(column_axis=(0, 1)), (5, 4), "column_axis must be a single axis"),
    (ours.delta_orthogonal, (3, 4), "3, 4 or 5 axes"),
    (ours.delta_orthogonal, (3, 5, 4), "as many outputs"),
    (ours.normal, (3, -4), "negative"),
]  # fmt: skip


@pytest.mark.parametrize(("factory", "shape", "message"), BAD)
def test_bad_options_raise_before_anything_is_made_traced_or_not(factory, shape, message):
    init = factory()
    with pytest.raises(ValueError, match=message):
        init(KEY, shape)
    with pytest.raises(ValueError, match=message):
        jax.jit(lambda key: init(key, shape))(KEY)
    with pytest.raises(ValueError, match=message):
        jax.eval_shape(lambda key: init(key, shape), KEY)


def test_numbers_of_jax_as_options():
    init = ours.normal(jnp.float32(0.5))
    assert np.array_equal(init(KEY, (4,)), fastinit.normal(4, 0.0, 0.5, seed=7))


# Memory


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_no_copy_on_the_cpu(dtype, monkeypatch):
    """JAX's array is the memory that was filled."""
    made = []

    def noted(shape, dtype):
        made.append(arrays.empty(shape, dtype))
        return made[-1]

    monkeypatch.setattr(placing, "empty", noted)
    array = ours.he_normal()(KEY, (1000, 1000), dtype)
    assert [array.unsafe_buffer_pointer()] == [each.ctypes.data for each in made]


def test_bfloat16_has_more_values_than_jaxs():
    values = np.asarray(ours.normal(1.0)(KEY, (100_000,), jnp.bfloat16))
    assert values.dtype == ml_dtypes.bfloat16
    assert len(np.unique(values.view(np.uint16))) > 1000
    assert np.abs(values.astype(np.float32)).max() > 4
