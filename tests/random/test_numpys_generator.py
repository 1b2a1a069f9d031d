"""`fastinit.Generator` as a `numpy.random.Generator`: which call takes what, and one state for all."""

from __future__ import annotations

import copy
import json
import os
import pickle
import signal
import threading

import numpy as np
import pytest

import fastinit
from fastinit._random import default_generator
from fastinit._random.streams import PlainStreamSource
from tests.support.bad_states import check_refused

pytestmark = pytest.mark.once

FIRST = 2**63
LAST = 2**64 - 1

#: Calls of methods that are made from words of stream 2**64 - 1 alone.
INHERITED = {
    "beta": lambda g: g.beta(2.0, 3.0, 5),
    "binomial": lambda g: g.binomial(20, 0.3, 5),
    "choice without replacement": lambda g: g.choice(100, 5, replace=False),
    "dirichlet": lambda g: g.dirichlet([1.0, 2.0, 3.0]),
    "exponential": lambda g: g.exponential(2.0, 5),
    "gamma": lambda g: g.gamma(2.0, 3.0, 5),
    "geometric": lambda g: g.geometric(0.3, 5),
    "laplace": lambda g: g.laplace(size=5),
    "lognormal": lambda g: g.lognormal(size=5),
    "permutation": lambda g: g.permutation(7),
    "permuted": lambda g: g.permuted(np.arange(6).reshape(2, 3), axis=1),
    "poisson": lambda g: g.poisson(3.0, 5),
    "standard_gamma": lambda g: g.standard_gamma(2.0, 5, dtype=np.float32),
    "triangular": lambda g: g.triangular(0.0, 1.0, 2.0, 5),
    "zipf": lambda g: g.zipf(2.0, 5),
}

#: Methods of this package: each call takes a stream.
OWN = {
    "bytes": lambda g: g.bytes(5),
    "integers": lambda g: g.integers(10, size=5),
    "normal": lambda g: g.normal(size=5),
    "random": lambda g: g.random(5),
    "standard_normal": lambda g: g.standard_normal(5),
    "uniform": lambda g: g.uniform(size=5),
}

#: Calls of NumPy's methods that call methods of this package.
MIXED = {
    "choice with replacement": lambda g: g.choice(100, 5),
    "choice with probabilities": lambda g: g.choice(3, 5, p=[0.2, 0.3, 0.5]),
    "multivariate_normal": lambda g: g.multivariate_normal([0.0, 1.0], np.eye(2), 3),
}

ALL = INHERITED | OWN | MIXED


def repickle(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def test_it_is_numpys():
    generator = fastinit.default_rng(7)
    assert isinstance(generator, np.random.Generator)
    assert issubclass(fastinit.Generator, np.random.Generator)
    assert np.random.default_rng(generator) is generator
    assert isinstance(generator.bit_generator, fastinit.Philox)
    for name in dir(np.random.Generator):
        assert hasattr(generator, name)
    own = {name for name in vars(fastinit.Generator) if hasattr(np.random.Generator, name)}
    assert {name for name in own if not name.startswith("_")} == {
        *OWN,
        "spawn",
        "bit_generator",
    } - {"bit_generator"}


@pytest.mark.parametrize("name", INHERITED)
def test_numpys_methods_draw_the_words_of_the_last_stream(name):
    """As NumPy's generator over a `Philox` at this stream does, whatever else was taken."""
    generator = fastinit.default_rng(7)
    theirs = np.random.Generator(fastinit.Philox(7, stream=LAST))
    for _ in range(3):
        assert np.array_equal(INHERITED[name](generator), INHERITED[name](theirs))
        generator.random(3)
        fastinit.normal(3, seed=generator)
    assert generator.get_state()["next_stream"] == 6
    assert generator.get_state()["position"] == theirs.bit_generator.state["state"]["position"] > 0


@pytest.mark.parametrize("name", OWN)
def test_methods_of_this_package_take_a_stream(name):
    generator, other = fastinit.default_rng(7), fastinit.default_rng(7)
    other.permutation(100)
    for k in range(3):
        values = OWN[name](generator)
        assert np.array_equal(values, OWN[name](other))
        assert generator.get_state()["next_stream"] == k + 1
    assert "position" not in generator.get_state()


@pytest.mark.parametrize("name", MIXED)
def test_methods_that_numpy_calls_take_a_stream(name):
    generator = fastinit.default_rng(7)
    MIXED[name](generator)
    state = generator.get_state()
    assert (state["next_stream"], "position" in state) == (1, False)


def test_code_that_draws_from_the_bit_generator_draws_the_same_words():
    generator, other = fastinit.default_rng(7), fastinit.default_rng(7)
    words = fastinit.random_bits(6, dtype=np.uint64, seed=7, stream=LAST)
    c = generator.bit_generator.ctypes
    assert generator.bit_generator.random_raw(2).tolist() == words[:2].tolist()
    assert c.next_uint64(c.state) == words[2]
    assert np.random.Generator(generator.bit_generator).random() == fastinit.uniform(
        (), dtype=np.float64, seed=7, stream=LAST, offset=3
    )
    assert np.random.RandomState(generator.bit_generator).random_sample() == fastinit.uniform(
        (), dtype=np.float64, seed=7, stream=LAST, offset=4
    )
    other.bit_generator.advance(5)
    assert other.bit_generator.random_raw() == generator.bit_generator.random_raw() == words[5]


@pytest.mark.parametrize("name", ALL)
def test_the_state_of_the_bit_generator_is_that_of_all_methods(name):
    generator = fastinit.default_rng(2**64 - 5)
    generator.spawn(2)
    generator.standard_exponential(3, dtype=np.float32)  # an odd number of words
    generator.random(3)
    state = json.loads(json.dumps(generator.bit_generator.state))
    numbers = generator.get_state()
    expected = [ALL[name](generator) for _ in range(3)], generator.spawn(1)[0].seed
    other, third = fastinit.default_rng(), fastinit.default_rng(1)
    other.bit_generator.state = state
    third.set_state(numbers)
    generator.bit_generator.state = state
    for each in (generator, other, third):
        assert each.seed == 2**64 - 5
        assert np.array_equal([ALL[name](each) for _ in range(3)], expected[0])
        assert each.spawn(1)[0].seed == expected[1]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, repickle])
@pytest.mark.parametrize("seed", [7, [1, 2, 3], None, np.random.SeedSequence(5)])
def test_copies_go_on_alike_and_apart(duplicate, seed):
    generator = fastinit.default_rng(seed)
    generator.permutation(5)
    generator.random()
    other = duplicate(generator)
    bits = duplicate(generator.bit_generator)
    assert bits.state == other.bit_generator.state == generator.bit_generator.state
    assert other.bit_generator.seed_seq.entropy == generator.bit_generator.seed_seq.entropy
    expected = [call(generator) for call in ALL.values()]
    for each in (other, fastinit.default_rng(bits)):
        for values, call in zip(expected, ALL.values(), strict=True):
            assert np.array_equal(call(each), values)


def test_pickles_of_states_alone_are_read():
    """As generators were pickled before they were NumPy's."""

    class Before:
        def __reduce__(self):
            state = fastinit.Generator(7).get_state()
            return fastinit.Generator, (7,), {**state, "next_stream": 3}

    assert repickle(Before()).next_stream() == FIRST + 3


def test_a_generator_over_the_bit_generator_has_the_same_state():
    generator = fastinit.default_rng(7)
    for make in (fastinit.Generator, fastinit.default_rng):
        other = make(generator.bit_generator)
        assert other.bit_generator is generator.bit_generator
        assert other.next_stream() + 1 == generator.next_stream()
    assert np.array_equal(
        fastinit.uniform(3, seed=7, stream=FIRST + 4),
        fastinit.uniform(3, seed=generator.bit_generator),
    )
    with pytest.raises(TypeError, match="seed must be an integer"):
        fastinit.Generator(np.random.PCG64(1))
    with pytest.raises(TypeError, match="got PCG64"):
        fastinit.default_rng(np.random.PCG64(1))


def test_manual_seed_starts_all_methods_again():
    generator = fastinit.default_rng([1, 2])
    generator.permutation(5)
    generator.manual_seed(3)
    expected = fastinit.default_rng(3)
    assert generator.get_state() == expected.get_state()
    assert generator.bit_generator.seed_seq.entropy == expected.bit_generator.seed_seq.entropy
    for call in ALL.values():
        assert np.array_equal(call(generator), call(expected))


def test_the_generator_of_the_process_is_numpys():
    generator = fastinit.manual_seed(5)
    assert isinstance(generator, np.random.Generator)
    first = generator.permutation(9), fastinit.uniform(3)
    assert fastinit.manual_seed(5) is fastinit.default_generator() is generator
    assert np.array_equal(fastinit.default_generator().permutation(9), first[0])
    assert np.array_equal(fastinit.uniform(3), first[1])


def test_jumped():
    generator = fastinit.default_rng(7)
    assert generator.bit_generator.state["state"]["position"] == 0
    generator.permutation(5)
    generator.random()
    state = generator.bit_generator.state
    bits = generator.bit_generator.jumped()
    assert generator.bit_generator.state == state
    assert type(bits) is type(generator.bit_generator)
    assert bits.jumped(2).state == generator.bit_generator.jumped(3).state
    assert bits.jumped(-1).state == state
    step = 0x4F1BBCDCBFA53E0A  # 2**63 divided by the golden ratio
    drawn = state["state"]["position"]
    one = {"next_stream": 1 + step, "next_child": step, "position": drawn + 2 * step - 2**64}
    assert bits.state["state"] == {"contract_version": 1, "seed": 7, **one}
    places = [generator.bit_generator.jumped(k).state["state"] for k in range(200)]
    assert {place["seed"] for place in places} == {7}
    for key, size in {"next_stream": 2**63, "next_child": 2**63, "position": 2**64}.items():
        values = np.array([place[key] % size for place in places], dtype=object)
        assert min(np.diff(np.sort(values))) > 2**54, key
        assert all(value % 2 == values[0] % 2 for value in values) or key != "position"
    other = fastinit.Generator(bits)
    for call in ALL.values():
        assert not np.array_equal(call(other), call(generator))
    with pytest.raises(TypeError, match="jumps must be an integer, got float"):
        bits.jumped(1.0)


BAD_STATES = [
    ([], TypeError, "state must be a dict, got list"),
    ({}, ValueError, "fastinit.Generator, got the state of an unknown bit generator"),
    (fastinit.Philox(1).state, ValueError, "fastinit.Generator, got the state of fastinit.Philox"),
    ({"bit_generator": "fastinit.Generator"}, TypeError, "state must be a dict, got NoneType"),
    ({"position": 2**64}, ValueError, "position must be in"),
    ({"position": 1.0}, TypeError, "position must be an integer"),
    ({"more": 1}, ValueError, "state must have the keys .*got .*more"),
    ({"contract_version": 2}, ValueError, "contract version 1, got 2"),
]


@pytest.mark.parametrize(("state", "error", "message"), BAD_STATES)
def test_bad_states(state, error, message):
    check_refused(fastinit.default_rng(7).bit_generator, state, error, message)


def test_children_of_both_are_one_sequence():
    generator, other = fastinit.default_rng(7), fastinit.default_rng(7)
    children = [*generator.spawn(2), *map(fastinit.Generator, generator.bit_generator.spawn(2))]
    assert [child.seed for child in children] == [child.seed for child in other.spawn(4)]
    assert all(type(child) is fastinit.Generator for child in children)
    keys = [child.bit_generator.seed_seq.entropy for child in children]
    assert len(set(keys)) == 4


def test_threads_share_one():
    """Every word is drawn once, and every stream and child is handed out once."""
    generator = fastinit.default_rng(5)
    start = threading.Barrier(4, timeout=60)
    found = {"words": [], "values": [], "children": []}

    def work():
        start.wait()
        for _ in range(50):
            found["words"].extend(generator.bit_generator.random_raw(101).tolist())
            found["values"].append(generator.random())
            found["children"].extend(child.seed for child in generator.spawn(2))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    words = fastinit.random_bits(4 * 50 * 101, dtype=np.uint64, seed=5, stream=LAST)
    assert sorted(found["words"]) == sorted(words.tolist())
    values = [
        float(fastinit.uniform((), dtype=np.float64, seed=5, stream=FIRST + k)) for k in range(200)
    ]
    assert sorted(found["values"]) == sorted(values)
    assert len(set(found["children"])) == 400


#: Numbers of integers: two, powers of two, and those for which up to half of the words are skipped.
WIDTHS = [2, 3, 100, 2**16, 2**31 - 1, 2**31, 2**31 + 1, 3 * 2**30, 2**32 - 1, 2**32]


@pytest.mark.parametrize("dtype", [int, np.int64, np.uint64, np.int32, np.uint32])
@pytest.mark.parametrize("width", WIDTHS)
def test_many_integers_are_numpys(dtype, width):
    """They are made here, from the width of a range and a number of integers on."""
    limits = np.iinfo(dtype)
    for low in {int(limits.min), int(limits.max) - width + 1}:
        for size in (999, 1000, (3, 683), 20_001):
            generator = fastinit.default_rng(7)
            theirs = np.random.Generator(fastinit.Philox(7, stream=FIRST))
            values = generator.integers(low, low + width, size, dtype)
            expected = theirs.integers(low, low + width, size, dtype)
            assert values.dtype == expected.dtype
            assert np.array_equal(values, expected)
            generator.manual_seed(7)
            closed = generator.integers(low, low + width - 1, size, dtype, endpoint=True)
            assert np.array_equal(closed, expected)
            assert generator.next_stream() == FIRST + 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"low": 5, "high": 5},
        {"low": -1, "high": 5, "dtype": np.uint32},
        {"low": 0, "high": 2**31 + 1, "dtype": np.int32},
        {"low": 2**64 - 5, "high": 2**64 + 1, "dtype": np.uint64},
        {"low": 0, "high": 5, "size": (1000, -1)},
        {"low": 0, "high": 5, "size": (-1000, -1)},
        {"low": 0, "high": 5, "size": 1000.0},
    ],
)
def test_errors_of_many_integers_are_numpys(arguments):
    arguments = {"size": 5000} | arguments
    generator = fastinit.default_rng(7)
    with pytest.raises((TypeError, ValueError)) as ours:
        generator.integers(**arguments)
    with pytest.raises((TypeError, ValueError)) as theirs:
        np.random.default_rng(7).integers(**arguments)
    assert (type(ours.value), str(ours.value)) == (type(theirs.value), str(theirs.value))
    assert generator.next_stream() == FIRST


class OverAndOver:
    """A bound whose conversion draws from the same generator, as a signal handler could."""

    def __init__(self, generator):
        self.generator = generator

    def __index__(self):
        self.generator.integers(5, size=3)
        return 2**20

    __int__ = __index__


def test_integers_may_be_drawn_while_integers_are_drawn():
    generator = fastinit.default_rng(7)
    values = generator.integers(OverAndOver(generator), size=100)
    expected = np.random.Generator(fastinit.Philox(7, stream=FIRST)).integers(2**20, size=100)
    assert np.array_equal(values, expected)


def hold(lock):
    """Hold a lock in another thread until the function that is returned is called."""
    held, release = threading.Event(), threading.Event()

    def work():
        with lock:
            held.set()
            release.wait(60)

    threading.Thread(target=work, daemon=True).start()
    assert held.wait(60)
    return release.set


@pytest.mark.parametrize(
    "read",
    [
        fastinit.Generator.get_state,
        lambda generator: generator.manual_seed(3),
        lambda generator: generator.bit_generator.seed_seq,
        lambda generator: generator.bit_generator.advance(1),
        lambda generator: generator.permutation(3),
    ],
)
def test_what_draws_is_waited_for(read):
    """Whoever draws holds the lock of the bit generator. Streams are handed out meanwhile."""
    generator = fastinit.default_rng(7)
    release = hold(generator.bit_generator.lock)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (read(generator), done.set()), daemon=True)
    thread.start()
    generator.random(3)
    generator.spawn(1)
    assert not done.wait(0.05)
    release()
    assert done.wait(60)


def in_fork(function):
    """Return what a function returns in a forked process, by way of JSON."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # for a lock that nobody releases
        os.write(writing, json.dumps(function()).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    os.close(writing)
    with os.fdopen(reading) as stream:
        return json.load(stream)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("seed", [None, 7])
def test_forked_processes_draw_other_words(seed):
    """Unless the seed was given: then they repeat them, as in NumPy."""
    generator = fastinit.default_rng(seed)
    generator.permutation(5)

    def take():
        sequence = generator.bit_generator.seed_seq
        return [
            generator.bit_generator.random_raw(2).tolist(),
            sequence.spawn(1)[0].generate_state(1).tolist(),
        ]

    for results in zip(in_fork(take), in_fork(take), take(), strict=True):
        assert len({json.dumps(each) for each in results}) == (3 if seed is None else 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_another_thread_draws():
    """The child has no such thread, so that nothing would release the lock."""
    generator = fastinit.default_rng()
    release = hold(generator.bit_generator.lock)
    assert len(in_fork(lambda: generator.permutation(9).tolist())) == 9
    release()


def test_the_generator_of_the_process_takes_over_all_numbers():
    """Those of a plain source, which is there until a generator is asked for."""
    state = {"contract_version": 1, "seed": -1, "next_stream": 3, "next_child": 4, "position": 10}
    plain = PlainStreamSource(7)
    plain.set_state(state)
    for kind in (PlainStreamSource, fastinit.Generator):
        other = kind(1)
        other._take_over(plain)  # noqa: SLF001
        assert other.get_state() == state


def test_calls_without_a_seed_go_on_where_the_plain_source_was(monkeypatch):
    monkeypatch.setattr(default_generator.Process, "source", PlainStreamSource(7))
    for k in range(2):
        assert np.array_equal(fastinit.uniform(3), fastinit.uniform(3, seed=7, stream=FIRST + k))
    generator = fastinit.default_generator()
    assert (generator.seed, generator.next_stream()) == (7, FIRST + 2)
    assert np.array_equal(fastinit.uniform(3), fastinit.uniform(3, seed=7, stream=FIRST + 3))
    assert generator.next_stream() == FIRST + 4


def test_negative_zero_is_no_scale():
    for scale in (-0.0, [-0.0], np.float32(-0.0)):
        with pytest.raises(ValueError, match="scale must not be negative, got"):
            fastinit.default_rng(7).normal(scale=scale)
