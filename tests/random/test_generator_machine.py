"""Any sequence of draws, jumps, children, copies and threads, beside a plain count of words."""

from __future__ import annotations

import copy
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from numpy.random import SeedSequence

import fastinit
from tests.support import reference
from tests.support.fuzzing import fuzz

pytestmark = pytest.mark.once  # the kernels' bits are compared elsewhere

WORDS = 2**64
JUMP = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, as docs/contract.md says

seeds = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1])
streams = seeds | st.text(max_size=9)
counts = st.integers(0, 40) | st.sampled_from([511, 512, 513, 1100])  # a buffer has 1024 words
copies = st.sampled_from(
    [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))]  # noqa: S301 - our own
)


class Words(RuleBasedStateMachine):
    """A `Philox`, beside its seed, its stream and the number of its next word."""

    @initialize(seed=seeds, stream=streams, offset=st.integers(0, 2**63 - 1))
    def begin(self, seed, stream, offset):
        self.bits = fastinit.Philox(seed, stream=stream, offset=offset)
        self.seed, self.stream = seed, reference.stream_number(stream)
        self.word = 2 * offset
        self.sequence = SeedSequence(self.seed + (self.stream << 64))
        self.saved = []

    def elements(self, count):
        """Return the next elements of 64 bits; a single word before them is skipped."""
        first = (self.word + 1) // 2 % 2**63
        if count:
            self.word = 2 * (first + count) % WORDS
        indices = (np.uint64(first) + np.arange(count, dtype=np.uint64)) % np.uint64(2**63)
        return reference.words64(indices, self.seed, self.stream)

    @rule(count=counts)
    def raw(self, count):
        assert np.array_equal(self.bits.random_raw(count), self.elements(count))

    @rule(count=counts)
    def doubles(self, count):
        drawn = np.random.Generator(self.bits).random(count)
        low = self.elements(count) & np.uint64(2**53 - 1)
        assert np.array_equal(drawn, low.astype(np.float64) * 2.0**-53)

    @rule(count=counts)
    def single_words(self, count):
        drawn = np.random.Generator(self.bits).integers(2**32, size=count, dtype=np.uint32)
        indices = np.uint64(self.word) + np.arange(count, dtype=np.uint64)
        assert np.array_equal(drawn, reference.words32(indices, self.seed, self.stream))
        self.word = (self.word + count) % WORDS

    @rule(delta=st.integers(-3000, 3000) | st.integers(-(2**63), 2**63))
    def advance(self, delta):
        assert self.bits.advance(delta) is self.bits
        self.word = 2 * ((self.word + 1) // 2 + delta) % WORDS

    @rule(jumps=st.integers(-3, 3))
    def jump(self, jumps):
        before = self.bits.state
        jumped = self.bits.jumped(jumps)
        assert self.bits.state == before
        self.bits, self.stream = jumped, (self.stream + jumps * JUMP) % WORDS
        self.sequence = SeedSequence(self.seed + (self.stream << 64))

    @rule(count=st.integers(0, 3))
    def spawn(self, count):
        children = self.bits.spawn(count)
        for child, sequence in zip(children, self.sequence.spawn(count), strict=True):
            seed = int(sequence.generate_state(1, np.uint64)[0])
            assert np.array_equal(child.random_raw(3), reference.words64(np.arange(3), seed, 0))

    @rule(make=copies)
    def copied(self, make):
        self.bits = make(self.bits)
        self.sequence = copy.deepcopy(self.sequence)

    @rule()
    def save(self):
        state = json.loads(json.dumps(self.bits.state))
        self.saved.append((state, self.seed, self.stream, self.word))

    @rule(data=st.data())
    def go_back(self, data):
        if self.saved:
            self.bits.state, *place = data.draw(st.sampled_from(self.saved))
            self.seed, self.stream, self.word = place

    @invariant()
    def says_where_it_is(self):
        if hasattr(self, "bits"):
            inner = self.bits.state["state"]
            assert all(-(2**63) <= value < 2**63 for value in inner.values())  # for checkpoints
            inner = {key: value % WORDS for key, value in inner.items()}
            assert inner.pop("contract_version") == fastinit.CONTRACT_VERSION
            assert inner == {"seed": self.seed, "stream": self.stream, "position": self.word}


Words.TestCase.settings = fuzz(40, stateful_step_count=15)
TestWords = Words.TestCase


class Streams(RuleBasedStateMachine):
    """A `Generator`, beside the number of streams that it handed out."""

    @initialize(seed=seeds)
    def begin(self, seed):
        self.generator, self.seed, self.count = fastinit.Generator(seed), seed, 0
        self.last = None

    @rule()
    def next_stream(self):
        self.last = self.generator.next_stream()
        assert self.last == 2**63 + self.count
        self.count += 1

    @rule(distance=st.integers(-2, 2))
    def take_back(self, distance):
        """Only the stream that was handed out last is taken back."""
        if self.last is not None:
            given = self.last + distance
            self.generator.take_back(given)
            self.count -= given == 2**63 + self.count - 1

    @rule(count=st.integers(1, 12))
    def many_threads_draw(self, count):
        with ThreadPoolExecutor(4) as pool:
            drawn = pool.map(lambda _: self.generator.random(2).tobytes(), range(count))
            expected = {
                fastinit.uniform(
                    2, dtype="float64", seed=self.seed, stream=2**63 + self.count + number
                ).tobytes()
                for number in range(count)
            }
            assert set(drawn) == expected
        self.count += count

    @rule(dtype=st.sampled_from(["float32", "float64"]), size=st.integers(0, 20))
    def arrays_of_parameters(self, dtype, size):
        low = np.linspace(-1, 1, size, dtype=dtype)
        drawn = self.generator.uniform(low, 2, dtype=dtype)
        unit = fastinit.uniform(size, dtype=dtype, seed=self.seed, stream=2**63 + self.count)
        high = np.nextafter(low.dtype.type(2), low.dtype.type(0))
        assert np.array_equal(drawn, np.minimum(unit * (2 - low) + low, high))
        self.count += 1

    @rule(
        wrong=st.sampled_from(
            [
                lambda g: g.random(-1),
                lambda g: g.uniform(2, 1, size=3),
                lambda g: g.normal(0, -1),
                lambda g: g.integers(0),
                lambda g: g.bytes(-1),
                lambda g: g.random(3, out=np.empty(4)),
                lambda g: fastinit.he_normal((3,), seed=g),
                lambda g: fastinit.quantized_rows((3, 4), "nothing", seed=g),
            ]
        )
    )
    def a_refused_call_takes_no_stream(self, wrong):
        try:
            wrong(self.generator)
        except (TypeError, ValueError):
            return
        raise AssertionError("the call must be refused")

    @rule(make=copies)
    def copied(self, make):
        self.generator = make(self.generator)

    @invariant()
    def has_handed_out(self):
        if hasattr(self, "generator"):
            state = self.generator.get_state()
            assert state["next_stream"] == self.count
            assert -(2**63) <= state["seed"] < 2**63
            assert state["seed"] % 2**64 == self.seed


Streams.TestCase.settings = fuzz(40, stateful_step_count=15)
TestStreams = Streams.TestCase
