"""`Philox` as NumPy's bit generator: the words, the state, and NumPy's distributions over it."""

from __future__ import annotations

import copy
import inspect
import itertools
import json
import pickle
import sys
import threading
import time

import numpy as np
import pytest
import randomgen
from scipy import stats

import fastinit
from tests.support.bad_states import check_refused

# 64-bit values that one buffer holds.
BUFFER = 512


def repickle(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def signed(word):
    return int(np.uint64(word).astype(np.int64))


def generator(*args, **kwargs):
    return np.random.Generator(fastinit.Philox(*args, **kwargs))


def test_it_is_a_bit_generator():
    assert issubclass(fastinit.Philox, np.random.BitGenerator)
    assert str(inspect.signature(fastinit.Philox)) == "(seed=None, *, stream=None, offset=0)"


@pytest.mark.parametrize("seed", [0, 42, 2**63 + 5])
def test_words_against_randomgen(seed):
    # randomgen increments the counter before its first block: start it at the last one.
    reference = randomgen.Philox(key=seed, counter=2**128 - 1, number=4, width=32)
    words = reference.random_raw(20_000).astype(np.uint32)
    ours = generator(seed).integers(0, 2**32, 20_000, dtype=np.uint32)
    assert np.array_equal(ours, words)
    pairs = words[::2].astype(np.uint64) << np.uint64(32) | words[1::2]
    assert np.array_equal(fastinit.Philox(seed).random_raw(10_000), pairs)


@pytest.mark.parametrize("stream", [None, 0, 3, "name", 2**64 - 1])
@pytest.mark.parametrize("offset", [0, 1, 511, 512, 513, 2**31 - 3, 2**32 - 100, 2**40 + 1])
def test_values_are_those_of_the_fills(stream, offset):
    address = {"stream": stream, "offset": offset}
    n = 3 * BUFFER + 7
    pairs = fastinit.random_bits(n, dtype=np.uint64, seed=5, **address)
    assert np.array_equal(fastinit.Philox(5, **address).random_raw(n), pairs)
    doubles = fastinit.uniform(n, dtype=np.float64, seed=5, **address)
    assert np.array_equal(generator(5, **address).random(n), doubles)


def test_words_and_pairs_mixed():
    words = [int(word) for word in fastinit.random_bits(8 * BUFFER, seed=5)]
    position = 0
    ours = fastinit.Philox(5)
    draw = np.random.Generator(ours)
    for size in np.random.default_rng(1).integers(0, 2, 3 * BUFFER):
        if size:
            position += position % 2
            expected = words[position] << 32 | words[position + 1]
            assert ours.random_raw() == expected
            position += 2
        else:
            assert draw.integers(0, 2**32, dtype=np.uint32) == words[position]
            position += 1
        assert ours.state["state"]["position"] == position
    assert position > 4 * BUFFER


@pytest.mark.parametrize("interface", ["ctypes", "cffi"])
def test_c_interfaces(interface):
    if interface == "cffi":
        pytest.importorskip("cffi")
    bits = fastinit.Philox(5)
    c = getattr(bits, interface)
    doubles = fastinit.uniform(2, dtype=np.float64, seed=5)
    assert c.next_double(c.state) == doubles[0]
    assert c.next_uint64(c.state) == fastinit.random_bits(2, dtype=np.uint64, seed=5)[1]
    assert c.next_uint32(c.state) == fastinit.random_bits(5, seed=5)[4]


def test_seeds():
    assert fastinit.Philox().random_raw() != fastinit.Philox().random_raw()
    sequence = np.random.SeedSequence(5)
    key = int(sequence.generate_state(1, np.uint64)[0])
    ours = fastinit.Philox(sequence)
    assert ours.seed_seq is sequence
    assert ours.state == fastinit.Philox(key).state
    assert np.random.default_rng(ours).bit_generator is ours
    for entropy in ([1, 2], (3,), np.array([4, 5, 6]), 2**64, 2**127 + 1):
        ours = fastinit.Philox(entropy)
        theirs = np.random.SeedSequence(entropy)
        assert ours.seed_seq.entropy is entropy
        first = int(theirs.generate_state(1, np.uint64)[0])
        assert ours.state["state"]["seed"] == signed(first)
        assert fastinit.default_rng(entropy).seed == first
        assert fastinit.default_rng(theirs).seed == first
    assert fastinit.Philox(2**64 - 1).state["state"]["seed"] == -1
    source = fastinit.Generator(7)
    assert fastinit.Philox(source).state == fastinit.Philox(7, stream=2**63).state
    assert fastinit.Philox(source, stream="a").state == fastinit.Philox(7, stream="a").state
    assert fastinit.Philox(source).state == fastinit.Philox(7, stream=2**63 + 1).state


BAD = [
    ({"seed": -1}, ValueError, "seed must be in"),
    ({"seed": -(2**64)}, ValueError, "seed must be in"),
    ({"seed": 1.0}, TypeError, "SeedSequence, a fastinit.Generator or None, got float"),
    ({"seed": "12"}, TypeError, "SeedSequence, a fastinit.Generator or None, got str"),
    ({"seed": [1, -2]}, ValueError, "negative"),
    ({"seed": [1.5, 2]}, TypeError, "int"),
    ({"seed": np.random.PCG64(1)}, TypeError, "got PCG64"),
    ({"seed": True}, TypeError, "not the bool"),
    ({"seed": 1, "stream": -1}, ValueError, "stream must be in"),
    ({"seed": 1, "stream": 1.0}, TypeError, "stream must be"),
    ({"seed": 1, "offset": -1}, ValueError, "offset must be in"),
    ({"seed": 1, "offset": 2**63}, ValueError, "past the stream"),
    ({"seed": fastinit.Generator(7), "offset": 1.0}, TypeError, "offset must be"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        fastinit.Philox(**arguments)
    if isinstance(arguments["seed"], fastinit.Generator):
        assert arguments["seed"].next_stream() == 2**63


def test_state_goes_through_json():
    bits = fastinit.Philox(5, stream="name", offset=2**40)
    np.random.Generator(bits).integers(0, 2**32, 777, dtype=np.uint32)
    state = json.loads(json.dumps(bits.state))
    assert state["state"]["position"] == 2**41 + 777
    expected = np.random.Generator(bits).standard_gamma(2.0, 5000)
    other = fastinit.Philox(99)
    other.state = state
    assert np.array_equal(np.random.Generator(other).standard_gamma(2.0, 5000), expected)


BAD_STATES = [
    ([], TypeError, "state must be a dict"),
    ({}, ValueError, "state of a fastinit.Philox, got the state of an unknown bit generator"),
    (np.random.Philox(1).state, ValueError, "fastinit.Philox, got the state of Philox"),
    ({"bit_generator": "fastinit.Philox"}, ValueError, r"state\['state'\] must be a dict"),
    ({"contract_version": 2}, ValueError, "contract version 1, got 2"),
    ({"position": 2**64}, ValueError, "position must be in"),
    ({"seed": None}, TypeError, "seed must be an integer"),
    ({"stream": "name"}, TypeError, "stream must be an integer"),
    ({"contract_version": True}, ValueError, "contract version 1, got True"),
    ({"seed": -(2**63) - 1}, ValueError, "seed must be in"),
    ({"stream": True}, TypeError, "stream must be an integer, not the bool"),
    ({"position": 1.0}, TypeError, "position must be an integer"),
    ({"more": 1}, ValueError, "state must have"),
]


@pytest.mark.parametrize(("state", "error", "message"), BAD_STATES)
def test_bad_states(state, error, message):
    check_refused(fastinit.Philox(5), state, error, message)


def test_other_processes_find_the_class_of_a_pickle():
    assert sys.modules[fastinit.Philox.__module__].Philox is fastinit.Philox


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, repickle])
@pytest.mark.parametrize("wrapped", [False, True])
def test_copies_go_on_alike(duplicate, wrapped):
    bits = fastinit.Philox(5, stream=3)
    bits.random_raw(777)
    bits.spawn(2)
    other = duplicate(np.random.Generator(bits)).bit_generator if wrapped else duplicate(bits)
    assert type(other) is fastinit.Philox
    assert other is not bits or (wrapped and duplicate is copy.copy)
    assert other.state == bits.state
    if other is not bits:
        assert np.array_equal(other.random_raw(2000), bits.random_raw(2000))
        assert other.seed_seq.entropy == bits.seed_seq.entropy == 3 << 64 | 5


@pytest.mark.parametrize("number", [int, np.int64, np.array])
def test_states_fit_into_64_bits_with_a_sign(number):
    bits = fastinit.Philox(2**64 - 1, stream=2**63 + 5, offset=2**63 - 1)
    state = bits.state
    assert state["state"] == {
        "contract_version": 1, "seed": -1, "stream": 5 - 2**63, "position": -2,
    }  # fmt: skip
    back = {key: number(value) for key, value in state["state"].items()}
    other = fastinit.Philox()
    other.state = {**state, "state": back}
    assert other.state == state
    # And as they were before they had a sign.
    other.state = {**state, "state": {key: value % 2**64 for key, value in state["state"].items()}}
    assert other.state == state
    assert np.array_equal(other.random_raw(700), bits.random_raw(700))


def test_advance():
    values = fastinit.random_bits(5000, dtype=np.uint64, seed=5)
    bits = fastinit.Philox(5)
    assert bits.advance(3) is bits
    assert bits.random_raw() == values[3]
    assert bits.advance(4000).random_raw() == values[4004]
    assert bits.advance(-4005).random_raw() == values[0]
    assert bits.advance(2**64 + 1).random_raw() == values[2]  # 2**63 values, then the first again
    np.random.Generator(bits).integers(0, 2**32, dtype=np.uint32)
    assert bits.advance(0).state["state"]["position"] == 8  # the pair's other half is left out
    assert bits.random_raw() == values[4]
    last = fastinit.Philox(5, offset=2**63 - 1)
    assert last.random_raw(2).tolist() == [
        fastinit.random_bits(1, dtype=np.uint64, seed=5, offset=2**63 - 1)[0], values[0],
    ]  # fmt: skip
    with pytest.raises(TypeError, match="delta must be an integer, got float"):
        bits.advance(1.5)


def test_jumped():
    bits = fastinit.Philox(5, stream=2**63, offset=10)
    bits.random_raw(5)
    once = bits.jumped()
    stream = (2**63 + 0x9E3779B97F4A7C15) % 2**64
    assert once.state == fastinit.Philox(5, stream=stream, offset=15).state
    assert once.jumped(2).state == bits.jumped(3).state
    assert once.jumped(-1).state == bits.state
    assert bits.state["state"]["stream"] == -(2**63)
    # No jump leads near a stream that a generator hands out next.
    jumps = np.arange(1, 100_001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert np.minimum(jumps, -jumps).min() > 2**40


def test_spawn():
    parent = generator(5)
    children = [child.bit_generator for child in parent.spawn(2)]
    sequences = np.random.SeedSequence(5).spawn(2)
    for child, sequence in zip(children, sequences, strict=True):
        assert child.state == fastinit.Philox(sequence).state
    third = parent.bit_generator.spawn(1)[0]
    assert third.state == fastinit.Philox(np.random.SeedSequence(5, spawn_key=(2,))).state
    other_stream = generator(5, stream=1).spawn(1)[0].bit_generator
    jumped = generator(5).bit_generator.jumped().spawn(1)[0]
    states = [each.state["state"]["seed"] for each in (*children, third, other_stream, jumped)]
    assert len(set(states)) == 5


def test_it_keeps_to_the_buffer_on_every_alignment():
    """Objects lie at different addresses, and the buffer in them at a cache line's start."""
    expected = fastinit.random_bits(5000, dtype=np.uint64, seed=5)
    for bits in [fastinit.Philox(5) for _ in range(64)]:
        assert np.array_equal(bits.random_raw(5000), expected)


def test_threads_share_one():
    shared = generator(5)
    parts = []

    def work():
        for _ in range(50):
            values = shared.random(1001)
            parts.append(values)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drawn = np.sort(np.concatenate(parts))
    assert np.array_equal(drawn, np.sort(fastinit.uniform(drawn.size, dtype=np.float64, seed=5)))


def run_in_threads(*works):
    """Run functions at once, with as many changes of thread as Python allows."""
    errors = []
    start = threading.Barrier(len(works), timeout=60)

    def run(work):
        try:
            start.wait()
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]


@pytest.mark.parametrize("kind", ["bit generator", "NumPy's generator", "one seed sequence of two"])
def test_no_child_is_handed_out_twice_by_threads(kind):
    sequence = np.random.SeedSequence(5)
    first, second = fastinit.Philox(sequence), fastinit.Philox(sequence)
    if kind == "NumPy's generator":
        first = second = np.random.Generator(first)
    elif kind == "bit generator":
        second = first
    children = []

    def spawn(parent):
        for _ in range(400):
            children.extend(parent.spawn(5))

    run_in_threads(*[lambda parent=each: spawn(parent) for each in (first, second) * 4])
    keys = {getattr(child, "bit_generator", child).seed_seq.spawn_key for child in children}
    assert keys == {(k,) for k in range(8 * 400 * 5)}


def draws_until(seen):
    """Count draws: at least 100, and more until `seen()`, for at most a minute."""
    end = time.monotonic() + 60
    for number in itertools.count():
        if number >= 100 and (seen() or time.monotonic() > end):
            return
        yield number


READERS = {
    "state": lambda bits: bits.state["state"]["position"],
    "jumped": lambda bits: bits.jumped().state["state"]["position"],
    "pickle": lambda bits: repickle(bits).state["state"]["position"],
    "deepcopy": lambda bits: copy.deepcopy(bits).state["state"]["position"],
}


@pytest.mark.parametrize("reader", READERS)
def test_a_place_is_read_between_draws(reader):
    """Never in the middle of what another thread draws, which holds the lock without the GIL."""
    shared = generator(5)
    places = []
    drawn = threading.Event()

    def draw():
        # The scheduler decides how soon the reader gets the lock.
        for _ in draws_until(lambda: len(set(places)) > 2):
            shared.random(100_001)
        drawn.set()

    def read():
        while not drawn.is_set():
            places.append(READERS[reader](shared.bit_generator))

    run_in_threads(draw, read)
    assert len(set(places)) > 2
    assert all(place % (2 * 100_001) == 0 for place in places)


def test_advance_beside_draws():
    shared = generator(5)
    steps = []
    drawn = threading.Event()

    def draw():
        for _ in draws_until(lambda: len(set(steps)) == 2):
            shared.random(100_001)
            steps.append(100_001)
        drawn.set()

    def advance():
        while not drawn.is_set():
            shared.bit_generator.advance(7)
            steps.append(7)

    run_in_threads(draw, advance)
    assert len(set(steps)) == 2
    assert shared.bit_generator.state["state"]["position"] == 2 * sum(steps)


def test_the_lock_can_be_taken_again_by_its_own_thread():
    """As whoever draws by `ctypes` or `cffi` does: several steps under one lock."""
    bits = fastinit.Philox(5)
    done = threading.Event()

    def work():
        with bits.lock:
            bits.advance(3)
            bits.state = bits.jumped().state
            bits.spawn(1)
            repickle(bits)
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(30)


DISTRIBUTIONS = {
    "standard_normal": ((), stats.norm()),
    "standard_exponential": ((), stats.expon()),
    "standard_gamma": ((0.7,), stats.gamma(0.7)),
    "standard_t": ((5.0,), stats.t(5)),
    "beta": ((0.5, 2.0), stats.beta(0.5, 2)),
    "uniform": ((-0.3, 0.7), stats.uniform(-0.3, 1.0)),
    "vonmises": ((0.3, 2.0), stats.vonmises(2.0, loc=0.3)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions(name):
    parameters, law = DISTRIBUTIONS[name]
    values = getattr(generator(5), name)(*parameters, size=200_000)
    assert stats.kstest(values, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", ["standard_normal", "standard_exponential", "random"])
def test_float32_distributions(name):
    law = {
        "standard_normal": stats.norm(),
        "standard_exponential": stats.expon(),
        "random": stats.uniform(),
    }[name]
    values = getattr(generator(5), name)(200_000, dtype=np.float32)
    assert stats.kstest(values, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
def test_integers_and_permutations(dtype):
    draw = generator(5)
    counts = np.bincount(draw.integers(0, 100, 100_000, dtype=dtype), minlength=100)
    assert stats.chisquare(counts).pvalue > 1e-3
    firsts = np.bincount([draw.permutation(10)[0] for _ in range(5000)], minlength=10)
    assert stats.chisquare(firsts).pvalue > 1e-3
    poisson = np.bincount(draw.poisson(3.0, 100_000), minlength=20)[:9]
    expected = stats.poisson(3.0).pmf(np.arange(9))
    assert stats.chisquare(poisson, expected / expected.sum() * poisson.sum()).pvalue > 1e-3
