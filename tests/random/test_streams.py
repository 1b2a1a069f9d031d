"""Where the caller has no seed: the streams that generators hand out, and their state."""

from __future__ import annotations

import copy
import itertools
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from hashlib import blake2b

import numpy as np
import pytest

import fastinit
from fastinit._engine import engine
from fastinit._random.streams import FIRST_STREAM, PlainStreamSource
from fastinit._schemes.scheme_functions import INITIALIZERS
from tests.support.schemes import NEEDED

MATRIX = (6, 5)
CALLS = {
    **dict.fromkeys(("random_bits", "uniform", "normal", "trunc_normal", "orthogonal"), ()),
    **dict.fromkeys((name for name in INITIALIZERS if not name.endswith("_")), ()),
    "identity_plus_noise": (),
    "sparse": (0.5,),
}


def repickle(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


@pytest.fixture(autouse=True)
def default_generator_is_restored():
    generator = fastinit.default_generator()
    state = generator.get_state()
    yield generator
    generator.set_state(state)


def take(name, **address):
    return getattr(fastinit, name)(MATRIX, *CALLS[name], **NEEDED.get(name, {}), **address)


@pytest.mark.parametrize("name", CALLS)
def test_every_function_takes_the_next_stream(name):
    expected = [take(name, seed=7, stream=2**63 + k) for k in range(3)]
    fastinit.manual_seed(7)
    generator = fastinit.Generator(7)
    for values in expected:
        assert np.array_equal(take(name), values)
        assert np.array_equal(take(name, seed=generator), values)
    fastinit.manual_seed(7)
    for values in expected:
        out = np.empty_like(values)
        assert getattr(fastinit, f"{name}_")(out, *CALLS[name], **NEEDED.get(name, {})) is out
        assert np.array_equal(out, values)
    assert len({values.tobytes() for values in expected}) == 3


def test_delta_orthogonal_takes_one_stream():
    generator = fastinit.Generator(7)
    values = fastinit.delta_orthogonal((4, 3, 3, 3), seed=generator)
    assert np.array_equal(values, fastinit.delta_orthogonal((4, 3, 3, 3), seed=7, stream=2**63))
    assert generator.next_stream() == 2**63 + 1


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("stream", ["encoder", 0, 5, 2**63 + 4])
def test_a_stream_of_its_own_takes_none(name, stream):
    fastinit.manual_seed(7)
    expected = take(name, seed=7, stream=stream)
    assert np.array_equal(take(name, stream=stream), expected)
    generator = fastinit.Generator(7)
    assert np.array_equal(take(name, seed=generator, stream=stream), expected)
    assert generator.next_stream() == fastinit.default_generator().next_stream() == 2**63


def test_an_integer_means_stream_0():
    assert np.array_equal(fastinit.uniform(9, seed=3), fastinit.uniform(9, seed=3, stream=0))


BAD = [
    ("uniform", (9,), {"low": 2.0}),
    ("uniform", (9,), {"offset": -1}),
    ("uniform", (9,), {"offset": 2**64 - 1}),
    ("uniform", (9,), {"threads": 0}),
    ("uniform", (9,), {"dtype": "int8"}),
    ("uniform", (-9,), {}),
    ("uniform_", (np.zeros(9, int),), {}),
    ("uniform", (9,), {"stream": 1.5}),
    ("normal", (9,), {"std": -1.0}),
    ("trunc_normal", (9,), {"a": 2.0, "b": 1.0}),
    ("random_bits", (2**70,), {}),
    ("he_normal", (MATRIX,), {"mode": "fan"}),
    ("he_normal", (9,), {}),
    ("he_normal", (MATRIX,), {"threads": 0}),
    ("xavier_normal", (MATRIX,), {"gain": -1.0}),
    ("orthogonal", (MATRIX,), {"gain": np.inf}),
    ("orthogonal", (MATRIX,), {"threads": 0}),
    ("orthogonal", (MATRIX,), {"parts": 4}),
    ("delta_orthogonal", ((3, 4, 3),), {}),
    ("depth_scaled", (MATRIX,), {}),
    ("identity_plus_noise", (MATRIX,), {"std": -1.0}),
    ("identity_plus_noise", (MATRIX,), {"threads": 0}),
    ("sparse", (MATRIX, 2.0), {}),
    ("sparse", (MATRIX, 0.5), {"std": -1.0}),
    ("sparse", (MATRIX, 0.5), {"threads": 0}),
]


@pytest.mark.parametrize(("name", "positional", "named"), BAD)
def test_a_call_that_raises_takes_no_stream(name, positional, named):
    fastinit.manual_seed(7)
    with pytest.raises((TypeError, ValueError)):
        getattr(fastinit, name)(*positional, **named)
    assert fastinit.default_generator().next_stream() == 2**63


@pytest.mark.parametrize("name", ["uniform", "random"])
def test_a_fill_that_is_interrupted_takes_no_stream(name, monkeypatch):
    """A fill of 8 MB: small ones run in one piece."""
    owner = fastinit if name == "uniform" else fastinit.default_generator()
    fastinit.manual_seed(7)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engine, "run_chunks", interrupted)
        with pytest.raises(KeyboardInterrupt):
            getattr(owner, name)(2**20, dtype=np.float64)
    assert fastinit.default_generator().next_stream() == 2**63


def test_manual_seed_starts_again():
    generator = fastinit.manual_seed(11)
    assert generator is fastinit.default_generator()
    assert fastinit.initial_seed() == generator.seed == 11
    first = fastinit.normal(5), fastinit.normal(5)
    assert fastinit.manual_seed(11) is generator
    assert np.array_equal(first, (fastinit.normal(5), fastinit.normal(5)))
    assert not np.array_equal(first, (fastinit.manual_seed(12), fastinit.normal(5))[1])
    # An object's method too, as torch.Generator has it.
    assert generator.manual_seed(3).seed == 3


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", None, True])
def test_bad_seeds(seed):
    before = fastinit.default_generator().get_state()
    with pytest.raises((TypeError, ValueError), match="seed must be"):
        fastinit.manual_seed(seed)
    assert fastinit.default_generator().get_state() == before
    if seed is not None:
        with pytest.raises((TypeError, ValueError), match="seed must be"):
            fastinit.Generator(seed)


def test_a_generator_of_numpy_is_no_seed():
    with pytest.raises(
        TypeError, match=r"fastinit\.Generator or None, got numpy\.random.*\.Generator$"
    ):
        fastinit.uniform(3, seed=np.random.default_rng(0))


def test_seeds_from_the_operating_system_differ():
    seeds = {fastinit.Generator().seed for _ in range(100)}
    assert len(seeds) == 100
    assert max(seeds) > 2**60
    code = "import fastinit; print(fastinit.initial_seed(), fastinit.uniform(3))"
    outputs = {run_python(code) for _ in range(2)}
    assert len(outputs) == 2


def run_python(code):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_state_goes_through_json():
    generator = fastinit.Generator(2**64 - 1)
    generator.spawn(2)
    fastinit.uniform(4, seed=generator)
    state = json.loads(json.dumps(generator.get_state()))
    expected = fastinit.normal(9, seed=generator), generator.spawn(1)[0].seed
    other = fastinit.Generator()
    other.set_state(state)
    assert np.array_equal(fastinit.normal(9, seed=other), expected[0])
    assert other.spawn(1)[0].seed == expected[1]
    assert other.get_state() == generator.get_state()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, repickle])
def test_copies_go_on_alike(duplicate):
    generator = fastinit.Generator()
    generator.next_stream()
    generator.spawn(3)
    other = duplicate(generator)
    assert other is not generator
    assert other.get_state() == generator.get_state()
    assert other.next_stream() == generator.next_stream() == FIRST_STREAM + 1
    other.next_stream()
    assert generator.next_stream() == FIRST_STREAM + 2


BAD_STATES = [
    ({"contract_version": 2}, ValueError, "contract version 1, got 2"),
    ({"contract_version": None}, ValueError, "contract version 1, got None"),
    ({"seed": 1.0}, TypeError, "seed must be an integer"),
    ({"contract_version": True}, ValueError, "contract version 1, got True"),
    ({"contract_version": 1.0}, ValueError, "contract version 1, got 1.0"),
    ({"seed": 2**64}, ValueError, "seed must be in"),
    ({"seed": -(2**63) - 1}, ValueError, "seed must be in"),
    ({"seed": True}, TypeError, "seed must be an integer, not the bool"),
    ({"next_stream": -1}, ValueError, r"next_stream must be in \[0, 2\*\*63\)"),
    # Before states counted from 0, they had the number of the stream.
    ({"next_stream": 2**63 + 3}, ValueError, "next_stream must be .* counted from 0, got 922337"),
    ({"next_stream": 2.0}, TypeError, "next_stream must be an integer, got float"),
    ({"next_child": "0"}, TypeError, "next_child must be an integer"),
    ({"next_child": 2**63}, ValueError, "next_child must be in"),
    ({"more": 1}, ValueError, "state must have .* got .*more"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_STATES)
def test_bad_states(change, error, message):
    generator = fastinit.Generator(7)
    before = generator.get_state()
    with pytest.raises(error, match=message):
        generator.set_state({**before, **change})
    assert generator.get_state() == before


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1, 2**63, 2**64 - 1])
def test_states_fit_into_64_bits_with_a_sign(seed):
    """Checkpointers hold integers as int64, and return them as numbers of their own."""
    generator = fastinit.Generator(seed)
    generator.spawn(3)
    expected = generator.next_stream() + 1
    state = generator.get_state()
    assert {key: state[key] for key in state if key != "seed"} == {
        "contract_version": 1, "next_stream": 1, "next_child": 3,
    }  # fmt: skip
    assert state["seed"] == int(np.uint64(seed).astype(np.int64))
    other = fastinit.Generator()
    for number in (int, np.int64, np.array):
        other.set_state({key: number(value) for key, value in state.items()})
        assert other.get_state() == state
        assert other.seed == seed
    assert other.next_stream() == expected


def by_torch(states, path):
    torch = pytest.importorskip("torch")
    torch.save(states, path / "states.pt")
    return torch.load(path / "states.pt", weights_only=True)


def by_tensors(states, path):
    """As modules keep what is no parameter: in buffers of a state_dict."""
    torch = pytest.importorskip("torch")
    philox = states["philox"]["state"]
    numbers = {"generator": states["generator"], "philox": philox}
    buffers = {key: {k: torch.tensor(v) for k, v in each.items()} for key, each in numbers.items()}
    torch.save(buffers, path / "buffers.pt")
    back = torch.load(path / "buffers.pt", weights_only=True)
    return {**back, "philox": {**states["philox"], "state": back["philox"]}}


def by_flax(states, path):
    serialization = pytest.importorskip("flax.serialization")
    return serialization.msgpack_restore(serialization.msgpack_serialize(states))


def by_orbax(states, path):
    orbax = pytest.importorskip("orbax.checkpoint")
    text = states["philox"].pop("bit_generator")
    with orbax.StandardCheckpointer() as checkpointer:
        checkpointer.save(path / "orbax", states)
        checkpointer.wait_until_finished()
        back = checkpointer.restore(path / "orbax")
    back["philox"]["bit_generator"] = text
    return back


@pytest.mark.parametrize("seed", [5, 2**64 - 1])
@pytest.mark.parametrize("through", [by_torch, by_tensors, by_flax, by_orbax])
def test_checkpointers_hold_states(seed, through, tmp_path):
    generator = fastinit.Generator(seed)
    bits = fastinit.Philox(generator)
    bits.random_raw(3)
    back = through({"generator": generator.get_state(), "philox": bits.state}, tmp_path)
    other, other_bits = fastinit.Generator(), fastinit.Philox()
    other.set_state(back["generator"])
    other_bits.state = back["philox"]
    assert other.seed == seed
    assert other.next_stream() == generator.next_stream() == 2**63 + 1
    assert other_bits.random_raw() == bits.random_raw()


def test_other_things_are_no_state():
    with pytest.raises(TypeError, match="state must be a dict, got list"):
        fastinit.Generator(7).set_state([])
    with pytest.raises(ValueError, match="state must have"):
        fastinit.Generator(7).set_state({"contract_version": 1, "seed": 7})
    with pytest.raises(ValueError, match="contract version"):
        fastinit.Generator(7).set_state(np.random.default_rng(0).bit_generator.state)


def test_the_last_stream():
    generator = fastinit.Generator(7)
    generator.set_state({**generator.get_state(), "next_stream": 2**63 - 2})
    assert generator.next_stream() == 2**64 - 2
    with pytest.raises(OverflowError, match="use another seed"):
        generator.next_stream()
    generator.set_state(generator.get_state())


def test_children():
    parent = fastinit.Generator(7)
    children = [*parent.spawn(2), *parent.spawn(0), *parent.spawn(3)]
    expected = [
        int.from_bytes(blake2b(f"child {k} of seed 7".encode(), digest_size=8).digest(), "little")
        for k in range(5)
    ]
    assert [child.seed for child in children] == expected
    assert all(type(child) is fastinit.Generator for child in children)
    assert parent.next_stream() == children[0].next_stream() == FIRST_STREAM
    grandchildren = [child.seed for each in children for child in each.spawn(20)]
    assert len({7, *expected, *grandchildren}) == 1 + 5 + 100


@pytest.mark.parametrize("count", [-1, 1.5, "2", None])
def test_bad_numbers_of_children(count):
    generator = fastinit.Generator(7)
    with pytest.raises((TypeError, ValueError), match="n_children must be"):
        generator.spawn(count)
    assert generator.get_state()["next_child"] == 0


def test_parents_and_children_do_not_correlate():
    parent = fastinit.Generator(7)
    rows = [generator.standard_normal(100_000) for generator in [parent, *parent.spawn(5)]]
    rows += [parent.standard_normal(100_000) for _ in range(3)]
    correlations = np.corrcoef(rows)[np.triu_indices(len(rows), 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(100_000)


class Interrupted(PlainStreamSource):
    """Lets other threads run between reading and writing what is next."""

    @property
    def _next_stream(self):
        number = self.number
        time.sleep(1e-6)
        return number

    @_next_stream.setter
    def _next_stream(self, number):
        self.number = number


@pytest.mark.parametrize("kind", [fastinit.Generator, PlainStreamSource, Interrupted])
def test_no_stream_is_handed_out_twice_by_threads(kind):
    generator = kind(7)
    taken = [[] for _ in range(8)]
    start = threading.Barrier(len(taken), timeout=60)

    def work(mine):
        start.wait()
        mine.extend(generator.next_stream() for _ in range(500))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(itertools.chain(*taken)) == [FIRST_STREAM + k for k in range(8 * 500)]


FORK = """
import os
import fastinit

def what_a_process_takes(*generators):
    return repr([
        (g.seed, g.next_stream(), g.spawn(1)[0].seed, float(fastinit.uniform((), seed=g)),
         float(fastinit.uniform((), seed=g, stream="name"))) for g in generators
    ])

{make}
reading, writing = os.pipe()
for _ in range(2):
    if os.fork() == 0:
        os.write(writing, what_a_process_takes(*generators).encode() + b"\\n")
        os._exit(0)
for _ in range(2):
    assert os.wait()[1] == 0
print(what_a_process_takes(*generators))
print(os.read(reading, 100_000).decode(), end="")
"""


def after_fork(make):
    """Return what a process and two that it forked take, generator by generator."""
    processes = [eval(line) for line in run_python(FORK.format(make=make)).splitlines()]  # noqa: S307
    assert len(processes) == 3
    return zip(*processes, strict=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    "make",
    [
        "generators = [fastinit.default_generator()]",
        "generators = [fastinit.Generator(), fastinit.default_rng()]",
        "generators = fastinit.Generator().spawn(2)",
    ],
)
def test_forked_processes_take_streams_of_their_own(make):
    for of_processes in after_fork(make):
        seeds, streams, children, values, named = zip(*of_processes, strict=True)
        assert len(set(seeds)) == 1  # so that named streams, and shards, agree
        assert len(set(named)) == 1
        assert len(set(streams)) == len(set(children)) == len(set(values)) == 3
        assert all(stream >= FIRST_STREAM for stream in streams)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    "make",
    [
        "generators = [fastinit.manual_seed(7)]",
        "generators = [fastinit.Generator(7), *fastinit.Generator(8).spawn(1)]",
        "g = fastinit.Generator(); g.set_state(g.get_state()); generators = [g]",
        "import pickle; generators = [pickle.loads(pickle.dumps(fastinit.Generator()))]",
    ],
)
def test_forked_processes_repeat_a_given_seed(make):
    for of_processes in after_fork(make):
        assert len(set(of_processes)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_beside_drawing_threads():
    run_python("""
import os, threading, warnings
import fastinit
warnings.simplefilter("ignore")  # fork in a process with threads
done = threading.Event()

def draw_until_done():
    while not done.is_set():
        fastinit.default_generator().next_stream()

for _ in range(3):
    threading.Thread(target=draw_until_done, daemon=True).start()
for _ in range(20):
    child = os.fork()
    if child == 0:  # another thread of the child can draw
        thread = threading.Thread(target=fastinit.default_generator().next_stream, daemon=True)
        thread.start()
        thread.join(30)
        os._exit(thread.is_alive())
    if os.waitpid(child, 0)[1] != 0:
        os._exit(1)
done.set()
""")


def test_import_is_without_numpy_random():
    code = (
        "import fastinit, sys; fastinit.uniform(3); dir(fastinit); fastinit.initial_seed()"
        "; fastinit.he_normal((3, 3), stream='name'); fastinit.uniform(3, seed=1)"
        "; assert 'numpy.random' not in sys.modules; assert 'Philox' in dir(fastinit)"
        "; fastinit.Philox(1); assert 'numpy.random' in sys.modules"
        "; assert fastinit.Philox is fastinit.Philox"
    )
    run_python(code)
    with pytest.raises(AttributeError, match="has no attribute 'Phylox'"):
        _ = fastinit.Phylox


def test_all_names_are_there():
    assert set(fastinit.__all__) <= set(dir(fastinit))
    for name in fastinit.__all__:
        assert getattr(fastinit, name) is not None


def test_repr():
    assert repr(fastinit.Generator(7)) == f"Generator(seed=7) at stream {2**63}"


def test_only_the_last_stream_can_be_taken_back():
    generator = fastinit.Generator(0)
    first, second = generator.next_stream(), generator.next_stream()
    generator.take_back(first)  # the second one is in use
    assert generator.next_stream() == second + 1
    generator.take_back(second + 1)
    generator.take_back(second)
    generator.take_back(second)  # without effect: it was taken back
    assert generator.next_stream() == second
