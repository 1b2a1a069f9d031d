"""Weights as formulas: any part equals that part of the whole, which need not exist."""

from __future__ import annotations

import copy
import dataclasses
import fractions
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastinit
from fastinit import Normal, TruncatedNormal, Uniform, Weight
from fastinit._schemes.distributions import Distribution
from tests.support.laws import LAWS

SHAPE = (50, 7, 33)
PARTS = [
    ..., (), 3, -1, np.int64(2), slice(3, 40, 7), slice(None, None, -3), slice(40, 4, -5),
    (slice(1, 9), slice(2, 5)), (..., slice(5, 30)), (slice(None), 3), (4, ..., slice(None, None, -2)),
    (slice(10, 20), -2, slice(3, 3)), (1, 2, 3), (slice(7, None, 8), slice(6, None, -2), slice(30, 2, -4)),
    [3, 3, 0, 49], np.array([[1, -2], [7, 7]]), (np.array([5, 0]), slice(1, 4), slice(2, 31, 3)), [],
    (np.array([9, 8], np.uint8), -1, slice(None)), slice(60, 70), np.array(9), (3, np.array(-2)),
    (np.array([[[1], [4]]]), slice(3), -1), np.zeros((2, 0), int),
]  # fmt: skip


def names(index):
    return str(index).replace("None", "").replace("slice", "")


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.fixture(scope="module")
def wholes():
    made = {}

    def whole(dtype):
        if dtype not in made:
            made[dtype] = np.asarray(Weight(SHAPE, Normal(0.1, 0.3), seed=5, name="w", dtype=dtype))
        return made[dtype]

    return whole


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn"])
@pytest.mark.parametrize("index", PARTS, ids=names)
def test_parts_are_numpys(wholes, dtype, index):
    weight = Weight(SHAPE, Normal(0.1, 0.3), seed=5, name="w", dtype=dtype)
    expected = wholes(dtype)[index]
    part = weight[index]
    assert same(np.asarray(part), np.asarray(expected))
    strided = np.zeros((*expected.shape, 2), expected.dtype)[..., 1]
    assert weight.fill(strided, index) is strided
    assert same(strided.copy(), np.asarray(expected))


class Tensor:
    """Row numbers as libraries' tensors have them, with an ``__index__`` for one element only."""

    def __init__(self, *ids):
        self.ids = np.array(ids)
        self.ndim = 1

    def __array__(self, dtype=None, copy=None):
        return self.ids

    def __index__(self):
        raise TypeError("only one element can be converted to an index")


def test_row_numbers_in_a_tensor(wholes):
    weight = Weight(SHAPE, Normal(0.1, 0.3), seed=5, name="w")
    expected = wholes("float32")[[7, 2, 7]]
    assert same(weight[Tensor(7, 2, 7)], expected)
    assert same(weight.rows(Tensor(7, 2, 7)), expected)
    assert same(weight.fill(np.zeros_like(expected), Tensor(7, 2, 7)), expected)
    assert same(weight.rows(np.int8(7)), expected[0])


def test_whole_is_what_the_scheme_fills():
    weight = Weight((300, 20), "he_normal", seed=7, name="user", mode="fan_out", layout="keras")
    expected = fastinit.he_normal((300, 20), seed=7, stream="user", mode="fan_out", layout="keras")
    assert same(np.asarray(weight), expected)
    out = np.empty((300, 20), np.float32)
    assert weight.fill(out) is out
    assert same(out, expected)


@pytest.mark.parametrize("name", [name for name in LAWS if not name.startswith("bits")])
@pytest.mark.parametrize("length", [1, 3, 16, 31, 64, 100, 128, 257, 700])
@pytest.mark.parametrize("origin", [0, 2**34 - 10_000])
def test_kernels_gather_any_row_length(kernels, generate, name, length, origin):
    """Around the lengths of blocks, chains and groups, and past the block number's high half."""
    dtype, law = LAWS[name]
    whole = generate(kernels, name, 40 * length, offset=origin).view(f"u{dtype.itemsize}")
    ids = np.random.default_rng(length).integers(0, 40, 90)
    out = np.zeros((90, length), whole.dtype)
    middle = 37 * length + length // 2
    for begin, end in ((0, middle), (middle, out.size)):
        kernels.fill_box(out, *law, 123456789, 77, origin, (length, 1), ids, begin, end, False)
    assert np.array_equal(out, whole.reshape(40, length)[ids])


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i4", ">i4", "u4", "<i8", ">i8", "u8"])
def test_row_numbers_of_any_integer_dtype(dtype):
    weight = Weight((100, 10), "he_normal", seed=7, name="user")
    ids = np.array([[99, 7], [3, 0], [99, 3]], dtype)
    ids.flags.writeable = False
    for numbers in (ids, ids[::-1, ::-1], ids.T, ids[:0], ids[0, 0]):
        expected = np.asarray(weight)[numbers.astype(np.int64)]
        assert same(weight.rows(numbers), expected)
        out = np.zeros_like(expected)
        assert weight.rows(numbers, out) is out
        assert same(out, expected)
    wrong = [100, np.iinfo(dtype).max]
    if ids.dtype.kind == "i":
        wrong += [-1, np.iinfo(dtype).min]
        assert same(weight[-ids], np.asarray(weight)[-ids.astype(np.int64)])
    for number in wrong:
        out = np.zeros((2, 10), np.float32)
        with pytest.raises(IndexError, match=rf"in \[0, 100\), got {number}$"):
            weight.rows(np.array([3, number], dtype), out)
        assert not out.any()


@pytest.mark.parametrize("dim", [1, 10, 16, 128, 1000])
def test_rows_of_a_table_that_cannot_exist(dim):
    rows = 2**62 // dim
    weight = Weight((rows, dim), Uniform(-0.05, 0.05), seed=1, name="huge")
    ids = np.array([rows - 1, 0, 12345678901, rows // 3, 0])
    gathered = weight.rows(ids)
    for row, number in zip(gathered, ids, strict=True):
        expected = fastinit.uniform(
            dim, -0.05, 0.05, seed=1, stream="huge", offset=int(number) * dim
        )
        assert same(row, expected)
    assert same(weight[-1], gathered[0])
    assert same(weight[rows - 3 :: 2][1], gathered[0])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_large_gathers_on_threads(threads):
    weight = Weight((10**9, 128), "he_normal", seed=3, name="t")
    ids = np.random.default_rng(0).integers(0, 10**9, 40_000)
    gathered = weight.rows(ids, threads=threads)
    for place in (0, 1, 12_345, 39_999):
        assert same(gathered[place], weight[int(ids[place])])
    out = np.zeros((40_000, 128), np.float32, order="F")
    assert weight.rows(ids, out=out, threads=threads) is out
    assert np.array_equal(out, gathered)


def test_modulo_sharding_puts_the_table_together():
    weight = Weight((1001, 12), "xavier_normalized", seed=3, name="t")
    whole = np.asarray(weight)
    table = np.empty_like(whole)
    for rank in range(8):
        table[rank::8] = weight[rank::8]
    assert same(table, whole)
    columns = np.concatenate([weight[:, :5], weight[:, 5:]], axis=1)
    assert same(columns, whole)


@pytest.mark.parametrize("padding", [0, 17, -1])
@pytest.mark.parametrize(
    "index",
    [..., 0, 17, 49, slice(10, 20), slice(49, None, -4), slice(1, None, 4), [17, 3, 0, 49, 17]],
)
def test_padding(padding, index):
    plain = Weight((50, 7), Normal(0, 1), seed=5, name="w")
    padded = Weight((50, 7), Normal(0, 1), seed=5, name="w", padding_idx=padding)
    expected = np.asarray(plain).copy()
    expected[padding] = 0
    assert same(np.asarray(padded[index]), expected[index])
    assert np.count_nonzero(expected) == 49 * 7


def test_nothing_else_is_touched():
    memory = np.full((60, 40), 7, np.float32)
    Weight((50, 30), Normal(), seed=5, name="w").fill(memory[5:55:2, 3:33], np.s_[::2])
    untouched = np.ones(memory.shape, bool)
    untouched[5:55:2, 3:33] = False
    assert (memory[untouched] == 7).all()
    assert not (memory[5:55:2, 3:33] == 7).any()


WEIGHTS = [
    Weight((3, 4), "he_normal", seed=2**64 - 1, name="a", dtype="bfloat16", mode="fan_out"),
    Weight(5, Uniform(-0.1, 0.3), seed=0, name="", padding_idx=2),
    Weight((2, 2), TruncatedNormal(0, 0.02, -math.inf, 0.04), seed=1, name="ü"),
    Weight((8, 3, 4), "lecun_normal", seed=1, name="e", batch_axis=[0], in_axis=2, out_axis=1),
    Weight(7, fastinit.Constant(0.3), seed=1, name="c", dtype="float16", padding_idx=0),
    Weight(3, "ones", seed=1, name="o"),
]


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16", "float8_e5m2"])
def test_constants(dtype):
    for scheme, value in {"zeros": 0, "ones": 1, fastinit.Constant(-0.3): -0.3}.items():
        made = np.asarray(Weight((3, 1001), scheme, seed=7, name="c", dtype=dtype))
        assert made.tobytes() == fastinit.constant((3, 1001), value, dtype=dtype).tobytes()
    with pytest.raises(ValueError, match=r"value must be finite in float16.*, got 70000"):
        Weight(3, fastinit.Constant(70000), seed=0, name="c", dtype="float16")
    with pytest.raises(TypeError, match="'ones' takes no options"):
        Weight(3, "ones", seed=0, name="c", mode="fan_in")


@pytest.mark.parametrize("weight", WEIGHTS, ids=str)
def test_json_hash_and_pickle(weight):
    text = weight.to_json()
    assert json.loads(text)["contract_version"] == fastinit.CONTRACT_VERSION
    again = Weight.from_json(text)
    assert again == weight
    repickled = pickle.loads(pickle.dumps(weight))  # noqa: S301 - our own
    assert len({again, weight, repickled, copy.copy(weight), copy.deepcopy(weight)}) == 1
    assert same(np.asarray(again), np.asarray(weight))


def test_a_pickle_of_another_contract_version_is_refused():
    """Pickles go to the workers of joblib, Ray and Spark, which may have another fastinit."""
    pickled = pickle.dumps(WEIGHTS[0])
    other = pickled.replace(b'"contract_version": 1', b'"contract_version": 2')
    assert other != pickled
    with pytest.raises(ValueError, match="formula must have contract version 1, got 2"):
        pickle.loads(other)  # noqa: S301 - our own


def test_values_differ_by_name_and_seed():
    base = Weight((9, 9), Normal(), seed=1, name="a")
    assert base != Weight((9, 9), Normal(), seed=1, name="b")
    assert not np.array_equal(base, Weight((9, 9), Normal(), seed=1, name="b"))
    assert not np.array_equal(base, Weight((9, 9), Normal(), seed=2, name="a"))


def test_numpys_habits():
    weight = Weight((4, 3), Normal(), seed=1, name="a", dtype="float64")
    assert (len(weight), weight.ndim, weight.size, weight.nbytes) == (4, 2, 12, 96)
    assert np.asarray(weight, dtype=np.float32).dtype == np.float32
    assert np.mean(weight) == np.asarray(weight).mean()
    assert isinstance(weight[1, 2], np.float64)
    assert "he_normal" in repr(WEIGHTS[0])
    with pytest.raises(AttributeError):
        weight.seed = 3
    with pytest.raises(ValueError, match="no memory"):
        np.array(weight, copy=False)
    zero = Weight((), Normal(), seed=1, name="a")
    assert zero[()] == np.asarray(zero)[()]


def build(**changes):
    arguments = {"shape": (4, 3), "scheme": "he_normal", "seed": 1, "name": "a"} | changes
    shape, scheme = arguments.pop("shape"), arguments.pop("scheme")
    return Weight(shape, scheme, **arguments)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"scheme": "orthogonal"},
            ValueError,
            r"got 'orthogonal', which makes whole weights only: call fastinit.orthogonal\(shape, seed",
        ),
        ({"scheme": "eye"}, ValueError, r"whole weights only: call fastinit.eye\(shape, \.\.\.\)"),
        ({"scheme": "normal"}, ValueError, r"the text 'normal': give fastinit.Normal\(\.\.\.\)"),
        ({"scheme": "uniform:0,1"}, ValueError, "give fastinit.Uniform.*read uniform:LOW,HIGH"),
        ({"scheme": "he_norm"}, ValueError, "scheme must be one of .*did you mean 'he_normal'"),
        (
            {"scheme": 3},
            TypeError,
            r"name of a scheme or a distribution \(Uniform, Normal, .*got int",
        ),
        ({"scheme": Normal(), "gain": 2}, TypeError, "takes no options"),
        ({"gains": 2}, TypeError, "gains"),
        ({"shape": (4,)}, ValueError, "two or more axes"),
        ({"shape": (2**40, 2**30)}, ValueError, "end past the stream"),
        ({"seed": -1}, ValueError, r"seed must be in \[0, 2\*\*64\)"),
        (
            {"seed": None},
            TypeError,
            "seed must be an integer or a fastinit.Generator, got NoneType",
        ),
        (
            {"seed": np.random.default_rng(1)},
            TypeError,
            r"or a fastinit\.Generator, got numpy\.random.*\.Generator",
        ),
        ({"name": 3}, TypeError, "name must be a string"),
        ({"name": "\ud800"}, ValueError, r"got '\\ud800': the character at index 0"),
        ({"name": "a/\udce4"}, ValueError, r"got 'a/\\udce4': the character at index 2"),
        ({"dtype": "int32"}, TypeError, "dtype must be float32"),
        ({"dtype": "nonsense"}, TypeError, "dtype must be float32, .*got 'nonsense'"),
        ({"in_axis": {0}}, TypeError, "in_axis must be a string, a number or a sequence.* got set"),
        (
            {"mode": {}},
            TypeError,
            "mode must be a string, a number or a sequence of them, got dict",
        ),
        ({"in_axis": [[0]]}, TypeError, "in_axis must be a string, a number .* got list"),
        ({"a": object()}, TypeError, "a must be a real number, got object"),
        ({"a": 1j}, TypeError, "a must be a real number, got complex"),
        ({"a": math.nan, "nonlinearity": "relu"}, ValueError, "a must be finite, got nan"),
        ({"a": 10**5000, "nonlinearity": "relu"}, ValueError, "a must be finite"),
        ({"fan_in": 2**64}, ValueError, r"fan_in must be an integer in \[1, 2\*\*64\)"),
        ({"options": 5}, TypeError, "options must map names to values, got 5"),
        ({"options": {3: 5}}, TypeError, "the names of options must be strings, got 3"),
        ({"options": {"gains": 2}}, TypeError, "gains"),
        ({"padding_idx": 4}, ValueError, r"padding_idx must be in \[-4, 4\)"),
        ({"padding_idx": True}, TypeError, "padding_idx must be an integer"),
        (
            {"padding_idx": 0, "shape": (), "scheme": "zeros"},
            ValueError,
            r"padding_idx must be None for the shape \(\), which has no rows, got 0",
        ),
        (
            {"padding_idx": 0, "shape": (0, 3)},
            ValueError,
            r"padding_idx must be None for the shape \(0, 3\), which has no rows, got 0",
        ),
        ({"scheme": Normal(0, 1e5), "dtype": "float16"}, ValueError, "finite in float16"),
    ],
)
def test_errors_when_made(changes, error, message):
    with pytest.raises(error, match=message):
        build(**changes)


def test_a_scalar_has_no_rows():
    scalar = Weight((), "zeros", seed=0, name="scale")
    for refused in (len, lambda weight: weight.rows([0])):
        with pytest.raises(TypeError, match=r"a weight of shape \(\) has no rows"):
            refused(scalar)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (4, "index 4 is out of bounds for axis 0 with size 4"),
        ((0, -4), "index -4 is out of bounds for axis 1"),
        ((1, 1, 1), "too many indices"),
        (None, "must not contain None"),
        ((..., ...), "single ellipsis"),
        ([0, 4], r"row numbers must be in \[-4, 4\), got 4"),
        ([-5], r"row numbers must be in \[-4, 4\), got -5"),
        ([0.5], "must be integers"),
        (np.array([True, False, True]), r"a mask from axis 0 on must have the shape \(4,\)"),
    ],
)
def test_index_errors(index, message):
    with pytest.raises(IndexError, match=message):
        build()[index]


def test_errors_before_a_byte_is_written():
    out = np.full((4, 3), 7, np.float32)
    weight = build()
    with pytest.raises(ValueError, match=r"out must have the shape \(2, 3\), got \(4, 3\)"):
        weight.fill(out, np.s_[:2])
    with pytest.raises(TypeError, match="got float32"):
        build(dtype="float64").fill(out)
    with pytest.raises(IndexError, match=r"row numbers must be in \[0, 4\), got -1"):
        weight.rows([-1], out=out[:1])
    with pytest.raises(ValueError, match="threads"):
        weight.fill(out, threads=0)
    assert (out == 7).all()


def test_a_generator_means_its_seed():
    generator = fastinit.Generator(2**64 - 1)
    generator.next_stream()
    state = generator.get_state()
    weight = build(seed=generator)
    assert weight == build(seed=2**64 - 1)
    assert generator.get_state() == state  # no stream is taken
    expected = fastinit.he_normal((4, 3), seed=generator, stream="a")
    assert same(np.asarray(weight), expected)
    generator.manual_seed(5)
    assert weight.seed == 2**64 - 1
    assert build(seed=fastinit.default_generator()).seed == fastinit.initial_seed()


def test_files_take_generators_as_seeds(tmp_path):
    generator = fastinit.Generator(2**64 - 1)
    path = tmp_path / "tables.json"
    path.write_text(json.dumps({"tables": {"t": {"shape": [500, 64], "scheme": "he_normal"}}}))
    tables = fastinit.read_config(path, seed=generator)
    assert tables == fastinit.read_config(path, seed=2**64 - 1)
    for name in ("t.safetensors", "t.zarr"):
        tables[0].save(tmp_path / name)
        sampled = fastinit.verify(tmp_path / name, sample=1, sample_seed=generator)
        assert sampled
        assert sampled.sample.seed == 2**64 - 1
    template = fastinit.read_template(tmp_path / "t.safetensors", "he_normal", seed=generator)
    assert template == tables
    assert generator.next_stream() == 2**63


@pytest.mark.parametrize("weight", WEIGHTS, ids=str)
def test_replace(weight):
    replace = getattr(copy, "replace", dataclasses.replace)  # from Python 3.13 on
    for function in (dataclasses.replace, replace):
        assert function(weight) == weight
        other = function(weight, seed=77, name="other")
        assert (other.seed, other.name, other.options) == (77, "other", weight.options)
        assert function(other, seed=weight.seed, name=weight.name) == weight
    with pytest.raises(ValueError, match="seed must be in"):
        dataclasses.replace(weight, seed=-1)


def test_options_are_replaced_by_name():
    weight = build(mode="fan_out", layout="keras")
    expected = build(mode="fan_in", layout="keras")
    assert dataclasses.replace(weight, mode="fan_in") == expected
    assert dataclasses.replace(weight, options={}) == build()
    assert dataclasses.replace(weight, scheme="zeros", options=()) == build(scheme="zeros")
    assert build(options={"mode": "fan_out", "layout": "keras"}) == weight
    assert build(options=weight.options, mode="fan_in") == expected
    with pytest.raises(TypeError, match="'zeros' takes no options"):
        dataclasses.replace(weight, scheme="zeros")


def tensors_of_libraries():
    torch = pytest.importorskip("torch")
    jnp = pytest.importorskip("jax.numpy")
    bfloat16 = np.dtype("bfloat16")
    return [
        (lambda value: torch.tensor(value, requires_grad=isinstance(value, float))),
        jnp.asarray,
        np.asarray,
        lambda value: np.asarray(value)[()],
        lambda value: np.asarray(value, bfloat16)[()] if isinstance(value, float) else value,
        lambda value: [jnp.asarray(each) for each in value] if isinstance(value, list) else value,
    ]


def test_options_that_are_tensors_become_numbers():
    weights = [
        ("he_normal", (4, 3), {"a": 0.5}),
        ("he_normal", (4, 3), {"fan_in": 7}),
        ("he_normal", (4, 3), {"truncated": True}),
        ("lecun_normal", (8, 3, 4), {"in_axis": [1], "out_axis": 2, "batch_axis": [0]}),
    ]
    for convert in tensors_of_libraries():
        for scheme, shape, options in weights:
            expected = build(scheme=scheme, shape=shape, **options)
            given = {key: convert(value) for key, value in options.items()}
            weight = build(scheme=scheme, shape=shape, **given)
            assert weight == expected
            assert hash(weight) == hash(expected)
            assert weight.to_json() == expected.to_json()
            assert {type(value) for _, value in weight.options} <= {int, float, bool, tuple}


def test_options_of_tensors_without_values():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"a must be .* the values of the Tensor cannot be read"):
        build(a=torch.tensor(0.5, device="meta"))
    jax = pytest.importorskip("jax")
    with pytest.raises(TypeError, match=r"a must be .* cannot be read"):
        jax.jit(lambda a: build(a=a).seed)(0.5)


def test_options_that_are_ranges_and_numbers_of_other_types():
    assert build(shape=(8, 3, 4), in_axis=range(1, 2), out_axis=2, batch_axis=0).options[1] == (
        "in_axis", (1,),
    )  # fmt: skip
    weight = build(a=fractions.Fraction(1, 2))
    assert weight == build(a=0.5)
    assert Weight.from_json(weight.to_json()) == weight


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contract_version": 999}, "formula must have contract version 1, got 999"),
        ({"contract_version": True}, "formula must have contract version 1, got True"),
        ({"contract_version": 1.0}, "formula must have contract version 1, got 1.0"),
        ({"contract_version": "1"}, "formula must have contract version 1, got '1'"),
        ({"extra": 1}, "expected the keys contract_version, .* got .*extra"),
        ({"shape": 3}, "shape must be a list, got int"),
        ({"shape": "43"}, "shape must be a list, got str"),
        ({"shape": [True, 3]}, "a length of shape must be an integer, not the bool"),
        ({"shape": [4.0, 3]}, "a length of shape must be an integer, got float"),
        ({"shape": [-4, 3]}, "shape must not have negative lengths"),
        ({"scheme": None}, "scheme must be the name of a scheme"),
        ({"scheme": {"distribution": "Cauchy"}}, "distribution must be one of"),
        (
            {"scheme": {"distribution": "Normal"}},
            "Normal must have the parameters mean, std, got none",
        ),
        (
            {"scheme": {"distribution": "Normal", "mean": 0, "std": True}},
            "std must be a real number",
        ),
        (
            {"scheme": {"distribution": "Normal", "mean": "0", "std": 1}},
            "mean must be a real number",
        ),
        (
            {"scheme": {"distribution": "Normal", "mean": [], "std": 1}},
            "mean must be a real number",
        ),
        ({"scheme": {"distribution": "Normal", "mean": "inf", "std": 1}}, "mean must be finite"),
        ({"scheme": {"distribution": "Normal", "mean": 10**400, "std": 1}}, "mean must be finite"),
        ({"options": []}, "options must be an object, got list"),
        ({"options": {"mode": {}}}, "mode must be a string, a number"),
        ({"options": {"seed": 3}}, "unexpected keyword argument 'seed'"),
        ({"options": {"options": {}}}, "options must be a string, a number"),
        ({"options": {"fan_in": 10**4000}}, "fan_in must be finite"),
        ({"seed": "1"}, "seed must be an integer"),
        ({"seed": True}, "seed must be an integer"),
        ({"name": None}, "name must be a string"),
        ({"name": "\ud800"}, "a name must be text that UTF-8 can encode"),
        ({"dtype": None}, "dtype must be one of"),
        ({"dtype": "f4"}, "dtype must be one of"),
        ({"dtype": [["a", "f4"]]}, "dtype must be one of"),
        ({"padding_idx": "0"}, "padding_idx must be an integer"),
        ({"padding_idx": 10**400}, "padding_idx must be in"),
    ],
)
def test_json_errors(change, message):
    formula = json.loads(build().to_json()) | change
    with pytest.raises(ValueError, match=message):
        Weight.from_json(json.dumps(formula))


TEXTS = {
    "empty": ("", "Expecting value"),
    "cut off": (build().to_json()[:-5], "delimiter|Expecting|Unterminated"),
    "a number": ("5", "expected a JSON object, got int"),
    "a list": ("[]", "expected a JSON object, got list"),
    "an empty object": ("{}", "got none"),
    "deep": ("[" * 100_000, "nested too deeply"),
    "deep in options": (
        build().to_json().replace('"options": {}', f'"options": {{"a": {"[" * 900 + "]" * 900}}}'),
        "a must be a string, a number",
    ),
    "a key twice": (
        build().to_json().replace('"seed": 1', '"seed": 1, "seed": 1'),
        "appears twice",
    ),
    "NaN": (build().to_json().replace('"seed": 1', '"seed": NaN'), "NaN is not valid JSON"),
    "Infinity": (build().to_json().replace('"seed": 1', '"seed": Infinity'), "Infinity is no"),
    "many digits": (build().to_json().replace('"seed": 1', f'"seed": {"9" * 5000}'), "digits"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_that_are_no_formula(kind):
    text, message = TEXTS[kind]
    with pytest.raises(ValueError, match=f"invalid formula of a weight: .*({message})"):
        Weight.from_json(text)


def test_formulas_are_text():
    for wrong in (None, 5, {}, build().to_json().encode()):
        with pytest.raises(TypeError, match="a formula must be a string of JSON, got"):
            Weight.from_json(wrong)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("he_normal"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(json.loads(WEIGHTS[0].to_json())))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(weight=st.sampled_from(WEIGHTS), changes=st.dictionaries(FIELDS, ANY_JSON, max_size=2))
def test_any_json_is_a_formula_or_a_value_error(weight, changes):
    text = json.dumps(json.loads(weight.to_json()) | changes)
    try:
        read = Weight.from_json(text)
    except ValueError:
        return
    assert Weight.from_json(read.to_json()) == read


@settings(max_examples=300, deadline=None, derandomize=True)
@given(weight=st.sampled_from(WEIGHTS), data=st.data())
def test_any_text_is_a_formula_or_a_value_error(weight, data):
    text = weight.to_json()
    begin, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 9))
    changed = text[:begin] + data.draw(st.text(max_size=9)) + text[begin + length :]
    try:
        read = Weight.from_json(changed)
    except ValueError:
        return
    assert Weight.from_json(read.to_json()) == read


def test_json_is_tested_for_every_distribution():
    assert {type(weight.distribution) for weight in WEIGHTS} == set(Distribution.__args__)
