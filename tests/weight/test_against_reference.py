"""Fuzzing: any fill of any memory, against the slow reference of the contract in reference.py."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import fastinit
from fastinit._engine import engine
from fastinit._kernels.dispatch import load_kernels
from fastinit._schemes.fills import fill_checked
from tests.support import reference
from tests.support.fuzzing import fuzz

ISAS = fastinit.available_isas()
INF = math.inf
SENTINEL = 0xA5


@contextlib.contextmanager
def small_chunks(isa):
    """Let small arrays be cut into many chunks, for threads and past the caches, on one path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "KERNELS", load_kernels(isa))
        patch.setattr(engine, "BYTES_PER_THREAD", 256)
        patch.setattr(engine, "BYTES_OF_TWO_THREADS", 512)
        patch.setattr(engine, "STREAMING_BYTES", 2048)
        patch.setattr(engine, "CHUNK_BYTES", 4096)
        patch.setattr(engine, "HUGE_PAGE", 512)
        yield


# Around what blocks, vectors, groups and the carry of the block number may get wrong.
EDGES = [0, 1, 2**31, 2**32, 2**33, 2**34, 2**35, 2**40, 2**62]
near_edges = st.builds(
    lambda edge, near: max(0, edge + near), st.sampled_from(EDGES), st.integers(-700, 700)
)
offsets = near_edges | st.integers(0, 2**63 - 2**20)
seeds = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**64 - 1])
streams = seeds | st.text(max_size=20)
lengths = st.integers(0, 40) | st.sampled_from(
    [x + d for x in (16, 48, 64, 96, 192, 384, 1024, 3072) for d in (-1, 0, 1)]
)
threads = st.integers(1, 5) | st.none()
isas = st.sampled_from(ISAS)
names = st.sampled_from(list(reference.DTYPES))
finite = st.floats(-1e4, 1e4, allow_subnormal=False)


class Quiet(np.ndarray):
    """An array that a failing example shows in a line."""

    def __repr__(self):
        return f"{self.dtype}, shape {self.shape}, strides {self.strides}"


@st.composite
def memories(draw, dtype):
    """A writable array of any layout, and the whole memory that it lies in."""
    axes = draw(st.integers(0, 3))
    if axes == 1:
        shape = [draw(lengths)]
    else:
        shape = draw(st.lists(st.integers(0, 9) | st.just(70), min_size=axes, max_size=axes))
        assume(math.prod(shape) <= 6000)
    steps = [draw(st.sampled_from([1, 1, 1, 2, 3, -1, -2])) for _ in shape]
    order = draw(st.permutations(range(axes)))
    stride, strides = dtype.itemsize, [0] * axes
    for axis in order:  # the first has the smallest stride
        strides[axis] = stride
        stride *= max(1, shape[axis] * abs(steps[axis])) + draw(st.sampled_from([0, 0, 1]))
    before = draw(st.integers(64, 130))
    memory = np.full(before + stride + 64, SENTINEL, np.uint8).view(Quiet)
    whole = [n * abs(step) for n, step in zip(shape, steps, strict=True)]
    view = Quiet(whole, dtype, memory, before, strides)
    out = view[(*(slice(None, None, step) for step in steps), ...)]
    assert out.shape == tuple(shape)
    return memory, out


def check_surroundings(memory, out):
    """Nothing but the array was written."""
    raw = out.view(f"u{out.dtype.itemsize}")
    raw[...] = int.from_bytes([SENTINEL] * out.dtype.itemsize, "little")
    assert (memory == SENTINEL).all()


def same(out, expected):
    """Compare bits."""
    assert out.dtype == expected.dtype
    assert out.tobytes() == expected.tobytes()


def indices_of(out, offset):
    return np.uint64(offset) + np.arange(out.size, dtype=np.uint64).reshape(out.shape)


def is_refused(fill, memory, *, refused):
    """Call a fill, and say whether it was refused: if `refused` is a bool, that must be the answer.

    A refused fill writes nothing.
    """
    if refused is False:
        fill()
        return False
    try:
        fill()
    except ValueError:
        assert (memory == SENTINEL).all()
        return True
    assert refused is None, "these parameters must be refused"
    return False


@st.composite
def addresses(draw):
    """The arguments that every fill has."""
    return {
        "seed": draw(seeds),
        "stream": draw(streams),
        "offset": draw(offsets),
        "threads": draw(threads),
    }


@fuzz(300)
@given(st.data(), st.sampled_from(["uint32", "uint64"]), addresses(), isas)
def test_random_bits(data, dtype, address, isa):
    memory, out = data.draw(memories(np.dtype(dtype)))
    with small_chunks(isa):
        assert fastinit.random_bits_(out, **address) is out
    words = reference.words32 if dtype == "uint32" else reference.words64
    same(out, words(indices_of(out, address["offset"]), address["seed"], address["stream"]))
    check_surroundings(memory, out)


@fuzz(400)
@given(st.data(), names, addresses(), isas, finite, st.floats(0, 1e3) | st.floats(0, 0.1))
def test_uniform(data, name, address, isa, low, width):
    dtype, high = reference.DTYPES[name], low + width
    memory, out = data.draw(memories(dtype))
    with small_chunks(isa):
        fill = functools.partial(fastinit.uniform_, out, low, high, **address)
        if is_refused(fill, memory, refused=reference.uniform_is_refused(low, high, name)):
            return
    indices = indices_of(out, address["offset"])
    expected = reference.uniform(indices, address["seed"], address["stream"], low, high, name)
    if dtype.itemsize < 4:  # the contract leaves open which zero a number that rounds to 0 is
        expected = np.array(expected)
        for array in (out, expected):
            array[array == 0] = dtype.type(0)
    same(out, expected)
    check_surroundings(memory, out)


@fuzz(300)
@given(st.data(), names.filter(lambda n: n != "float64"), addresses(), isas, finite, finite)
def test_normal(data, name, address, isa, mean, std):
    dtype, std = reference.DTYPES[name], abs(std)
    memory, out = data.draw(memories(dtype))
    with small_chunks(isa):
        fill = functools.partial(fastinit.normal_, out, mean, std, **address)
        if is_refused(fill, memory, refused=reference.normal_is_refused(mean, std, name)):
            return
    standard = fastinit.normal(out.shape, **address)
    indices = indices_of(out, address["offset"])
    words = reference.words32(indices, address["seed"], address["stream"])
    assert np.abs(standard - reference.standard_normal32(words)).max(initial=0) < 1e-6
    # Any other mean (-0 is 0), std and dtype are one multiplication, addition and rounding away.
    same(out, (np.float32(mean + 0.0) + np.float32(std) * standard).astype(dtype))
    check_surroundings(memory, out)


@fuzz(60)
@given(st.data(), addresses(), isas, finite, finite)
def test_normal_float64(data, address, isa, mean, std):
    memory, out = data.draw(memories(np.dtype(np.float64)))
    with small_chunks(isa):
        fastinit.normal_(out, mean, abs(std), **address)
    standard = fastinit.normal(out.shape, dtype="float64", **address)
    for place in {0, out.size // 2, out.size - 1} if out.size else ():
        index = address["offset"] + place
        exact, radius = reference.standard_normal64(index, address["seed"], address["stream"])
        error = abs(float(mpmath.mpf(float(standard.flat[place])) - exact))
        assert error <= 4 * 2.0**-52 * max(1.0, radius)
    same(out, (mean + 0.0) + abs(std) * standard)
    check_surroundings(memory, out)


IS_REFUSED = {
    "uniform": reference.uniform_is_refused,
    "normal": reference.normal_is_refused,
    "trunc_normal": reference.truncated_normal_is_refused,
}
REFUSED = [
    ("uniform", (1.0, 1.0 + 2.0**-30), "float32", False),  # equal in float32
    ("uniform", (0.0, 2.0**-103), "float32", True),  # subnormal steps
    ("uniform", (0.0, 2.0**-102), "float32", False),
    ("uniform", (0.0, 2.0**-970), "float64", True),
    ("uniform", (0.0, 2.0**-969), "float64", False),
    ("uniform", (1.01, 1.02), "float8_e4m3fn", True),  # the neighbours of 1 are 15/16, 9/8
    ("uniform", (1.01, 1.2), "float8_e4m3fn", False),
    ("uniform", (0.0, 500.0), "float8_e4m3fn", True),  # its largest number is 448
    ("uniform", (0.0, 450.0), "float8_e4m3fn", False),
    ("normal", (0.0, 71.0), "float8_e4m3fn", True),
    ("normal", (0.0, 70.5), "float8_e4m3fn", False),
    ("normal", (0.0, 10_400.0), "float16", True),
    ("normal", (0.0, 10_300.0), "float16", False),
    ("trunc_normal", (0.0, 1.0, 1.01, 1.02), "float8_e4m3fn", True),
    ("trunc_normal", (0.0, 1.0, 1.01, 1.125), "float8_e4m3fn", False),
    ("trunc_normal", (0.0, 10.0, 449.0, INF), "float8_e4m3fn", True),
    ("trunc_normal", (0.0, 10.0, 380.0, INF), "float8_e4m3fn", False),
    ("trunc_normal", (0.0, 1.0, 0.1, 0.1 + 1e-12), "float32", True),
    ("trunc_normal", (0.0, 1.0, 0.1, 0.1 + 1e-12), "float64", False),
]


@pytest.mark.parametrize(("fill", "parameters", "name", "refused"), REFUSED)
def test_which_parameters_are_refused(fill, parameters, name, refused):
    assert IS_REFUSED[fill](*parameters, name) == refused
    with pytest.raises(ValueError, match=name) if refused else contextlib.nullcontext():
        getattr(fastinit, fill)(10, *parameters, dtype=name, seed=1)


# Bounds in standard deviations that every kernel is chosen by.
bounds = st.tuples(st.floats(-45, 45), st.floats(1e-9, 50) | st.just(INF)) | st.tuples(
    st.floats(-4, 4), st.floats(1e-9, 1e-5)
)


@fuzz(150)
@given(st.data(), names, addresses(), isas, st.floats(-10, 10), st.floats(0.01, 10), bounds)
def test_truncated_normal(data, name, address, isa, mean, std, standard_bounds):
    dtype = reference.DTYPES[name]
    memory, out = data.draw(memories(dtype))
    low = mean + std * standard_bounds[0]
    high = low + std * standard_bounds[1]
    mirrored = data.draw(st.booleans())
    low, high = (-high, -low) if mirrored else (low, high)
    with small_chunks(isa):
        fill = functools.partial(fastinit.trunc_normal_, out, mean, std, low, high, **address)
        refused = reference.truncated_normal_is_refused(mean, std, low, high, name)
        if is_refused(fill, memory, refused=refused):
            return
    assert ((out >= low) & (out <= high)).all()
    indices = indices_of(out, address["offset"])
    wide = name == "float64"
    words = reference.words64 if wide else reference.words32
    drawn = words(indices, address["seed"], address["stream"])
    for place in {0, out.size // 3, out.size - 1} if out.size and low < high else ():
        value, word = float(out.flat[place]), int(drawn.flat[place])
        reference.check_fraction(value, word, mean, std, low, high, dtype)
    check_surroundings(memory, out)


@st.composite
def indices_in(draw, shape):
    """An index of a tensor as NumPy writes it."""
    index = []
    for axis, length in enumerate(shape):
        kinds = ["slice", "all"] + ["number"] * (length > 0) + ["rows"] * (length > 0 and axis == 0)
        kind = draw(st.sampled_from(kinds))
        if kind == "all":
            index.append(slice(None))
        elif kind == "number":
            index.append(draw(st.integers(-length, length - 1)))
        elif kind == "rows":
            ids = draw(st.lists(st.integers(-length, length - 1), max_size=40))
            index.append(np.array(ids, np.int64))
        else:
            index.append(draw(st.slices(length)))
    return tuple(index)


laws_of_tables = st.sampled_from([
    fastinit.Uniform(-0.3, 0.7), fastinit.Normal(0.1, 0.3),
    fastinit.TruncatedNormal(0.1, 0.3, -0.5, 0.7), fastinit.TruncatedNormal(0.1, 0.3, 0.9, 8.0),
    fastinit.TruncatedNormal(0.1, 0.01, 0.6, 1.0),
])  # fmt: skip
shapes = st.sampled_from([
    (300, 7), (11, 13, 17), (1000,), (2, 3, 4, 5, 6), (97, 64), (1, 1), (5, 0, 3), (40, 129),
])  # fmt: skip


class Table(RuleBasedStateMachine):
    """A tensor written in parts, in any order and layout, on any path, beside a plain array of it.

    What a part must hold comes from one whole fill on the generic path, that of a uniform from the
    reference.
    """

    @initialize(
        shape=shapes, law=laws_of_tables, seed=seeds, name=st.text(max_size=9), dtype=names,
        padded=st.booleans(), isa=isas,
    )  # fmt: skip
    def begin(self, shape, law, seed, name, dtype, padded, isa):
        padding = shape[0] // 2 if padded else None
        self.weight = fastinit.Weight(
            shape, law, seed=seed, name=name, dtype=dtype, padding_idx=padding
        )
        self.plain = fastinit.Weight(shape, law, seed=seed, name=name, dtype=dtype)
        self.dtype = reference.DTYPES[dtype]
        with small_chunks("generic"):
            self.unpadded = np.array(self.plain)
        if isinstance(law, fastinit.Uniform):
            same(
                self.unpadded,
                reference.uniform(
                    np.arange(math.prod(shape)).reshape(shape), seed, name, law.low, law.high, dtype
                ),
            )
        self.whole = self.unpadded.copy()
        if padded:
            self.whole[padding] = 0
        self.memory = np.zeros(shape, self.dtype)
        self.model = self.memory.copy()
        self.isa = isa

    @rule(isa=isas)
    def another_path(self, isa):
        self.isa = isa

    @rule(data=st.data())
    def write_part_in_place(self, data):
        index = data.draw(indices_in(self.weight.shape))
        if isinstance(index[0], np.ndarray):
            index = (slice(None), *index[1:])  # rows are gathered into memory of their own
        part = self.memory[(*index, ...)]  # with an ellipsis NumPy gives a view of one element too
        with small_chunks(self.isa):
            self.weight.fill(part, index, threads=data.draw(threads))
        self.model[index] = self.whole[index]

    @rule(data=st.data())
    def read_part(self, data):
        index = data.draw(indices_in(self.weight.shape))
        with small_chunks(self.isa):
            part = self.weight[index]
        same(np.asarray(part), np.asarray(self.whole[index]))

    @rule(data=st.data())
    def gather_rows(self, data):
        count = self.weight.shape[0]
        ids = data.draw(st.lists(st.integers(0, count - 1), max_size=200))
        ids = np.array(ids, np.int64)
        with small_chunks(self.isa):
            rows = self.weight.rows(ids, threads=data.draw(threads))
        same(rows, self.whole[ids])

    @rule(data=st.data())
    def write_part_elsewhere(self, data):
        index = data.draw(indices_in(self.weight.shape))
        wanted = self.whole[(*index, ...)]
        axes = data.draw(st.permutations(range(wanted.ndim)))
        turned = np.zeros([2 * wanted.shape[axis] for axis in axes], self.dtype)
        step = data.draw(st.sampled_from([1, 2, -1, -2]))
        out = turned.transpose(np.argsort(axes))
        out = out[(*(slice(None, None, step) for _ in axes), ...)]
        out = out[(*(slice(0, n) for n in wanted.shape), ...)]
        with small_chunks(self.isa):
            self.weight.fill(out, index, threads=data.draw(threads))
        same(out, wanted)

    @rule(data=st.data())
    def write_range(self, data):
        flat = self.memory.reshape(-1)
        start = data.draw(st.integers(0, flat.size))
        stop = data.draw(st.integers(start, flat.size))
        law = self.plain.distribution.law(self.dtype)
        with small_chunks(self.isa):
            fill_checked(
                flat[start:stop], law, self.plain.seed, self.plain.name, start,
                data.draw(threads),
            )  # fmt: skip
        self.model.reshape(-1)[start:stop] = self.unpadded.reshape(-1)[start:stop]

    @rule(data=st.data())
    def forget_part(self, data):
        index = data.draw(indices_in(self.weight.shape))
        self.memory[index] = self.model[index] = 0

    @rule()
    def by_json(self):
        again = fastinit.Weight.from_json(self.weight.to_json())
        assert again == self.weight
        assert hash(again) == hash(self.weight)
        self.weight = again

    @invariant()
    def is_the_plain_array(self):
        if hasattr(self, "memory"):
            same(self.memory, self.model)


Table.TestCase.settings = fuzz(60, stateful_step_count=12)
TestTable = Table.TestCase


class Source(RuleBasedStateMachine):
    """A generator beside a plain count of what it has handed out."""

    @initialize(seed=seeds)
    def begin(self, seed):
        self.generator = fastinit.Generator(seed)
        self.seed, self.streams, self.children = seed, 0, 0
        self.saved = []

    def next_stream(self):
        self.streams += 1
        return 2**63 + self.streams - 1

    @rule(count=st.integers(0, 50), dtype=st.sampled_from(["float32", "float64"]))
    def draw(self, count, dtype):
        values = self.generator.normal(size=count, dtype=dtype)
        stream = self.next_stream()
        same(values, fastinit.normal(count, dtype=dtype, seed=self.seed, stream=stream))

    @rule(count=st.integers(0, 50))
    def fill_by_it(self, count):
        words = fastinit.random_bits(count, seed=self.generator)
        same(words, reference.words32(np.arange(count), self.seed, self.next_stream()))

    @rule(stream=streams)
    def a_given_stream_takes_none(self, stream):
        words = fastinit.random_bits(9, seed=self.generator, stream=stream)
        same(words, reference.words32(np.arange(9), self.seed, stream))

    @rule()
    def a_refused_call_takes_none(self):
        with pytest.raises(ValueError, match="std must not be negative"):
            fastinit.normal(5, 0, -1, seed=self.generator)

    @rule(count=st.integers(0, 4))
    def spawn(self, count):
        for child in self.generator.spawn(count):
            name = f"child {self.children} of seed {self.seed}"
            assert child.seed == reference.stream_number(name)
            self.children += 1

    @rule()
    def save(self):
        state = json.loads(json.dumps(self.generator.get_state()))
        self.saved.append((state, self.seed, self.streams, self.children))

    @rule(data=st.data())
    def go_back(self, data):
        if self.saved:
            state, *counts = data.draw(st.sampled_from(self.saved))
            self.generator.set_state(state)
            self.seed, self.streams, self.children = counts

    @rule()
    def copy(self):
        self.generator = pickle.loads(pickle.dumps(self.generator))  # noqa: S301 - our own

    @rule(seed=seeds)
    def seed_again(self, seed):
        self.generator.manual_seed(seed)
        self.seed, self.streams, self.children = seed, 0, 0


Source.TestCase.settings = fuzz(60, stateful_step_count=20)
TestSource = Source.TestCase


@fuzz(60)
@given(st.data(), st.sampled_from([8, 4]), st.integers(1, 200), addresses(), isas)
def test_quantized_rows(data, bits, dim, address, isa):
    """Each row stands for its float32 row, within half a step and what float16 rounds off."""
    rows = data.draw(st.integers(1, 30))
    first = data.draw(st.sampled_from([0, 2**32 - 9, 2**34, 2**40])) + data.draw(st.integers(0, 40))
    del address["offset"]
    with small_chunks(isa):
        table = fastinit.quantized_rows(
            (rows, dim), fastinit.Normal(0.1, 0.3), bits=bits, first_row=first, **address
        )
    wide = fastinit.normal((rows, dim), 0.1, 0.3, offset=first * dim, **address)
    if bits == 8:
        levels, tail = table[:, :dim], table[:, dim:].copy().view(np.float32)
    else:
        packed = table[:, : (dim + 1) // 2]
        levels = np.stack([packed & 15, packed >> 4], -1).reshape(rows, 2 * packed.shape[1])[
            :, :dim
        ]
        tail = table[:, (dim + 1) // 2 :].copy().view(np.float16).astype(np.float32)
    scale, bias = tail[:, :1], tail[:, 1:]
    slack = 0.501 * scale + 2e-8 if bits == 8 else 0.51 * scale + 2e-3
    assert (np.abs(levels * scale + bias - wide) <= slack).all()
