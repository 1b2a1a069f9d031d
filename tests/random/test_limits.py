"""Limits of seeds, streams, offsets and states: the last value accepted, and the first refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fastinit
from fastinit import Generator, Philox
from fastinit._random.addressing import as_signed, check_offset, of_signed
from tests.support import reference
from tests.support.limits import Limit, above, check

pytestmark = pytest.mark.once

END = 2**64
COUNT = 9
INDICES = np.arange(COUNT, dtype=np.uint64)


def words(**address):
    return fastinit.random_bits(COUNT, **{"seed": 1} | address)


def words64(**address):
    return fastinit.random_bits(COUNT, dtype="uint64", **{"seed": 1} | address)


def from_reference(seed=1, stream=0, offset=0):
    return lambda: reference.words32(INDICES + np.uint64(offset), seed, stream)


def from_reference64(offset):
    return lambda: reference.words64(INDICES + np.uint64(offset), 1, 0)


def of_philox(**address):
    """Return the words of a bit generator, which wraps at the end of a stream."""
    return Philox(**{"seed": 1} | address).random_raw(1)


def state(**changes):
    return Generator(0).get_state() | changes


def restored(changes):
    generator = Generator(0)
    generator.set_state(state(**changes))
    return generator.get_state()


def philox_state(changes):
    bits = Philox(0)
    given = bits.state
    bits.state = given | {"state": given["state"] | changes}
    return bits.state["state"]


def children(generator, count):
    return [each.seed for each in generator.spawn(count)]


def at_child(number):
    generator = Generator(3)
    generator.set_state(generator.get_state() | {"next_child": number})
    return generator


def child_seed(number):
    return reference.stream_number(f"child {number} of seed 3")


def of_seed_sequence(seed):
    return int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])


RANGE = r"must be in \[0, 2\*\*64\)"
SIGNED = r"must be in \[-2\*\*63, 2\*\*64\)"
HALF = r"must be in \[0, 2\*\*63\), counted from 0"
PAST = "end past the stream, which has"
LIMITS = {
    "seed": Limit(lambda x: words(seed=x), END - 1, END, f"seed {RANGE}, got {END}", from_reference(seed=END - 1)),
    "least seed": Limit(lambda x: words(seed=x), 0, -1, f"seed {RANGE}, got -1", from_reference(seed=0)),
    "stream": Limit(lambda x: words(stream=x), END - 1, END, f"stream {RANGE}", from_reference(stream=END - 1)),
    "least stream": Limit(lambda x: words(stream=x), 0, -1, f"stream {RANGE}", from_reference()),
    "offset of 32 bits": Limit(
        lambda x: words(offset=x), END - COUNT, END - COUNT + 1,
        rf"{COUNT} elements from element {END - COUNT + 1} on {PAST} 2\*\*64 elements of 4 bytes",
        from_reference(offset=END - COUNT),
    ),
    "offset of 64 bits": Limit(
        lambda x: words64(offset=x), END // 2 - COUNT, END // 2 - COUNT + 1,
        rf"{PAST} 2\*\*63 elements of 8 bytes", from_reference64(END // 2 - COUNT),
    ),
    "offset of nothing": Limit(lambda x: check_offset(x, 0, 4), END - 1, END, f"offset {RANGE}", END - 1),
    "offset of no 64 bits": Limit(lambda x: check_offset(x, 0, 8), END // 2, END // 2 + 1, PAST, END // 2),
    "offset of 16 bits": Limit(lambda x: check_offset(x, 1, 2), END - 1, END, f"offset {RANGE}", END - 1),
    "least offset": Limit(lambda x: words(offset=x), 0, -1, f"offset {RANGE}", from_reference()),
    "seed of a generator": Limit(lambda x: Generator(x).seed, END - 1, END, f"seed {RANGE}", END - 1),
    "seed of manual_seed": Limit(lambda x: Generator(5).manual_seed(x).seed, END - 1, END, f"seed {RANGE}", END - 1),
    "offset of Philox": Limit(
        lambda x: of_philox(offset=x)[0], END // 2 - 1, END // 2, PAST,
        reference.words64(np.array([END // 2 - 1], np.uint64), 1, 0)[0],
    ),
    "stream of Philox": Limit(
        lambda x: of_philox(stream=x)[0], END - 1, END, f"stream {RANGE}",
        reference.words64(INDICES, 1, END - 1)[0],
    ),
    "saved seed": Limit(lambda x: restored({"seed": x})["seed"], END - 1, END, f"seed {SIGNED}", -1),
    "least saved seed": Limit(lambda x: restored({"seed": x})["seed"], -END // 2, -END // 2 - 1, f"seed {SIGNED}", -END // 2),
    "saved stream": Limit(lambda x: restored({"next_stream": x})["next_stream"], END // 2 - 1, END // 2, f"next_stream {HALF}", END // 2 - 1),
    "least saved stream": Limit(lambda x: restored({"next_stream": x})["next_stream"], 0, -1, f"next_stream {HALF}", 0),
    "saved child": Limit(lambda x: restored({"next_child": x})["next_child"], END // 2 - 1, END // 2, f"next_child {HALF}", END // 2 - 1),
    "least saved child": Limit(lambda x: restored({"next_child": x})["next_child"], 0, -1, f"next_child {HALF}", 0),
    "saved position": Limit(lambda x: philox_state({"position": x})["position"], END - 1, END, f"position {SIGNED}", -1),
    "least saved position": Limit(lambda x: philox_state({"position": x})["position"], -END // 2, -END // 2 - 1, f"position {SIGNED}", -END // 2),
    "streams that are left": Limit(
        lambda x: [Generator.next_stream(each) for each in [at_stream(x)]], END // 2 - 2, END // 2 - 1,
        "no streams left: use another seed", [END - 2], OverflowError,
    ),
    "children that are left": Limit(
        lambda x: children(at_child(END // 2 - 3), x), 2, 3,
        "no children left: use another seed", [child_seed(END // 2 - 3), child_seed(END // 2 - 2)], OverflowError,
    ),
    "number of children": Limit(lambda x: children(Generator(3), x), 0, -1, f"n_children {RANGE}", []),
    "number of bytes": Limit(lambda x: Generator(3).bytes(x), 0, -1, f"length {RANGE}", b""),
    "order of arrays": Limit(
        lambda x: Generator(3).uniform([1.0, 0.0], x), [1.0, 1.0], [1.0, -5e-324], "low must not be above high",
        lambda: Generator(3).random(2) * [0.0, 1.0] + [1.0, 0.0],
    ),
    "std of arrays": Limit(
        lambda x: Generator(3).normal(1.0, x), [0.0, 5e-324], [0.0, -5e-324], "scale must not be negative",
        np.array([1.0, 1.0]),
    ),
}  # fmt: skip


def at_stream(number):
    generator = Generator(3)
    generator.set_state(generator.get_state() | {"next_stream": number})
    return generator


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_addresses(name):
    check(LIMITS[name])


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, END - 1])
def test_seeds_of_64_bits_mean_themselves(seed):
    assert fastinit.default_rng(seed).seed == seed
    assert (Philox(seed).random_raw(3) == reference.words64(INDICES[:3], seed, 0)).all()


def test_an_array_without_axes_is_one_seed():
    """One with an axis is a sequence, of one number too."""
    assert fastinit.default_rng(np.array(5)).seed == 5
    assert fastinit.default_rng(np.array([5])).seed == of_seed_sequence([5])


@pytest.mark.parametrize("seed", [END, END + 1, 2**128 - 1, 2**128])
def test_longer_seeds_are_seed_sequences(seed):
    assert fastinit.default_rng(seed).seed == of_seed_sequence(seed)
    expected = reference.words64(INDICES[:3], of_seed_sequence(seed), 0)
    assert (Philox(seed).random_raw(3) == expected).all()


@pytest.mark.parametrize(
    ("word", "signed"),
    [(0, 0), (END // 2 - 1, END // 2 - 1), (END // 2, -END // 2), (END - 1, -1)],
)
def test_signed_integers_of_states(word, signed):
    assert as_signed(word) == signed
    assert of_signed(signed, "seed") == of_signed(word, "seed") == word


@pytest.mark.parametrize(
    "offset", [0, 2**32 - 5, 2**33 - 5, 2**34 - 5, 2**62 - 5, 2**63 - 5, END - COUNT]
)
def test_words_at_each_power_of_two(offset):
    assert (words(offset=offset) == from_reference(offset=offset)()).all()
    if offset <= 2**63 - COUNT:
        assert (words64(offset=offset) == from_reference64(offset)()).all()


def test_a_bit_generator_starts_again_after_the_last_word():
    last = Philox(1, offset=END // 2 - 1)
    found = last.random_raw(3)
    expected = reference.words64(np.array([END // 2 - 1, 0, 1], np.uint64), 1, 0)
    assert (found == expected).all()
    assert last.state["state"]["position"] == 4


@pytest.mark.parametrize("steps", [END // 2, END // 2 + 3, -(END // 2) + 3, -1])
def test_advance_goes_round(steps):
    bits = Philox(1).advance(steps)
    assert (
        bits.random_raw() == reference.words64(np.array([steps % (END // 2)], np.uint64), 1, 0)[0]
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sign", [1, -1])
def test_arrays_whose_values_end_at_the_largest_number(dtype, sign):
    """Widths, and reaches from the mean, that are just finite, and the next ones."""
    kind = np.dtype(dtype).type
    largest = np.finfo(dtype).max
    half, infinity = kind(2) ** (1023 if dtype == "float64" else 127), kind(np.inf)
    ends = np.array([-half, 0.0], dtype), np.array([largest - half, 1.0], dtype)
    low, high = ends if sign > 0 else (-ends[1], -ends[0])
    values = Generator(1).uniform(low, high, dtype=dtype)
    assert (low <= values).all()
    assert (values < high).all()
    farther = np.nextafter(high, infinity)
    with pytest.raises(OverflowError, match="high - low must be finite"):
        Generator(1).uniform(low, farther, dtype=dtype)

    reach = 9.5 if dtype == "float64" else 6.34
    mean, std = sign * largest / 2, np.array([largest / 2 / kind(reach), 1.0], dtype)
    fewer = np.nextafter(np.nextafter(std, -infinity), -infinity)
    values = Generator(1).normal(mean, fewer, dtype=dtype)
    assert np.isfinite(values).all()
    standard = Generator(1).standard_normal(2, dtype=dtype)
    assert np.array_equal(values, standard * fewer + kind(mean))
    for _ in range(4):
        std = np.nextafter(std, infinity)
    with pytest.raises(ValueError, match="must keep all values finite"):
        Generator(1).normal(mean, std, dtype=dtype)


def test_a_number_that_is_the_range_of_float64():
    largest = float(np.finfo(float).max)
    for call in (
        lambda x: Generator(1).uniform(0.0, x) < x,
        lambda x: Generator(1).uniform(-x, 0.0) < 0,
    ):
        check(Limit(call, largest, math.inf, "must be finite", True, OverflowError))
    check(
        Limit(
            lambda x: Generator(1).uniform(-1e308, x) < x,
            largest - 1e308,
            above(above(largest - 1e308)),
            "must be finite",
            True,
            OverflowError,
        )
    )


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8])
def test_bytes_of_each_length(count):
    expected = reference.words32(INDICES[:2], 1, 2**63).astype("<u4").tobytes()
    assert Generator(1).bytes(count) == expected[:count]
