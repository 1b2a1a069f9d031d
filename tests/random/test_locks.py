"""What several threads share is used under its lock: the next stream, the next child, the place."""

from __future__ import annotations

import copy
import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import fastinit
from fastinit._random import bit_generator, streams
from tests.support.locks import RecordingLock, guard

pytestmark = pytest.mark.once  # the same on every instruction set

STATE = fastinit.Generator(7).get_state()
USES = {
    "next_stream": lambda source: source.next_stream(),
    "address": lambda source: source.address(),
    "take_back": lambda source: source.take_back(source.next_stream()),
    "spawn": lambda source: source.spawn(2),
    "get_state": lambda source: source.get_state(),
    "set_state": lambda source: source.set_state(STATE),
    "manual_seed": lambda source: source.manual_seed(3),
    "pickle": lambda source: source.__reduce__(),
    "random": lambda source: source.random(3),
    "a fill": lambda source: fastinit.uniform(3, seed=source),
    "a Philox": fastinit.Philox,
}


@pytest.mark.parametrize("name", USES)
def test_a_source_is_used_under_the_lock(name):
    source = fastinit.Generator(5)
    guard(source, streams.lock, "_next_stream", "_next_child")
    USES[name](source)


@pytest.mark.parametrize(
    "make",
    [
        fastinit.Generator,
        lambda: fastinit.Generator().manual_seed(3),
        lambda: fastinit.Generator().spawn(2),
    ],
    ids=["made", "seeded", "children"],
)
def test_the_sources_with_random_seeds_are_listed_under_the_lock(monkeypatch, make):
    lock = RecordingLock()
    uses = []

    class Guarded:
        def note(self, name):
            uses.append((name, lock.depth))

        def add(self, _):
            self.note("add")

        def discard(self, _):
            self.note("discard")

        def update(self, _):
            self.note("update")

        def __contains__(self, _):
            self.note("in")
            return True

    monkeypatch.setattr(streams, "lock", lock)
    monkeypatch.setattr(streams, "_from_entropy", Guarded())
    make()
    assert uses
    assert all(depth == 1 for _, depth in uses), uses


def in_threads(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_streams_that_threads_take_and_give_back_are_not_handed_out_twice():
    """Every second stream is given back while other threads hold the rest."""
    source, count = fastinit.Generator(5), 8
    together, kept, handed_out = threading.Barrier(count, timeout=60), [], []

    def work():
        mine = source.next_stream()
        together.wait()
        if mine % 2:
            source.take_back(mine)
        else:
            kept.append(mine)
        together.wait()
        handed_out.append(source.next_stream())

    in_threads(count, work)
    first = streams.FIRST_STREAM
    assert sorted(kept) == list(range(first, first + count, 2))
    # Only the last one is free again: above each of the others, a stream is in use.
    assert sorted(handed_out) == list(range(first + count - 1, first + 2 * count - 1))


def test_seeds_and_children_that_threads_draw_are_distinct():
    source, count = fastinit.Generator(5), 8
    start, seeds = threading.Barrier(count, timeout=60), []

    def work():
        start.wait()
        children = [child for _ in range(50) for child in source.spawn(3)]
        seeds.extend(child.seed for child in [*children, fastinit.Generator()])

    in_threads(count, work)
    assert len(set(seeds)) == len(seeds) == count * 151
    expected = {child.seed for child in fastinit.Generator(5).spawn(count * 150)}
    assert len(expected & set(seeds)) == count * 150


PLACES = {
    "state": lambda bits: bits.state,
    "setting the state": lambda bits: setattr(bits, "state", fastinit.Philox(3).state),
    "advance": lambda bits: bits.advance(3),
    "jumped": lambda bits: bits.jumped(),
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "random_raw": lambda bits: bits.random_raw(3),
    "random": lambda bits: np.random.Generator(bits).random(3),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_bit_generator_takes_its_own_lock(monkeypatch, name):
    monkeypatch.setattr(bit_generator, "threading", SimpleNamespace(RLock=RecordingLock))
    bits = fastinit.Philox(5)
    monkeypatch.undo()
    before = bits.lock.taken
    PLACES[name](bits)
    assert bits.lock.taken > before
    assert bits.lock.depth == 0


def test_children_of_a_bit_generator_are_counted_under_the_lock_of_all(monkeypatch):
    lock = RecordingLock()
    monkeypatch.setattr(bit_generator, "lock_of_children", lock)
    depths = []

    class Sequence(np.random.SeedSequence):
        def spawn(self, count):
            depths.append(lock.depth)
            return super().spawn(count)

    fastinit.Philox(Sequence(5)).spawn(2)
    assert depths == [1]
