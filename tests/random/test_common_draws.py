"""The methods of a generator give the same by the compiled path of small calls and by the general path."""

from __future__ import annotations

import itertools
import threading
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import fastinit
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._random import common_fills, default_generator, next_streams
from fastinit._random.streams import PlainStreamSource
from tests.support.locks import guard

FIRST = 2**63


class Overriding(fastinit.Generator):
    """A generator that hands out streams of its own."""

    def address(self, stream=None):
        """Return every third stream."""
        seed, number = super().address(stream)
        return seed, number + 2 * (number - FIRST) if stream is None else number


class Inheriting(fastinit.Generator):
    """A generator that overrides nothing."""


def frozen(array):
    array.flags.writeable = False
    return array


def at_odd_address(count):
    return np.zeros(8 * count + 1, np.uint8)[1:].view(np.float64)


#: Makes new memory for each call.
OUTS = {
    "plain": lambda: np.zeros(7),
    "float32": lambda: np.zeros(7, np.float32),
    "of no axis": lambda: np.zeros(()),
    "empty": lambda: np.zeros((2, 0)),
    "strided": lambda: np.zeros((6, 8))[::2, ::3],
    "Fortran": lambda: np.zeros((3, 4)).T,
    "backwards": lambda: np.zeros(9)[::-1],
    "misaligned": lambda: at_odd_address(5),
    "byte-swapped": lambda: np.zeros(7, np.dtype(np.float64).newbyteorder()),
    "read-only": lambda: frozen(np.zeros(7)),
    "broadcast": lambda: np.broadcast_to(np.zeros(1), (4,)),
    "masked": lambda: np.ma.zeros(7),
    "a matrix": lambda: np.zeros((2, 3)).view(np.matrix),
    "memory map": lambda: np.zeros(7).view(np.memmap),
    "bytes": lambda: bytearray(56),
    "memoryview": lambda: memoryview(np.zeros(7)),
    "list": lambda: [0.0] * 7,
    "large": lambda: np.zeros(1 << 18),
}
SIZES = [
    None, 0, 1, 64, (), (3, 4), [3, 4], (2, 0), np.int64(5), (np.int64(2), 3), np.array([2, 3]), True,
    (True, 2), -1, (2, -1), 2.0, "3", (1,) * 9, 1 << 18, Fraction(3),
]  # fmt: skip
DTYPES = [
    np.float64, np.float32, "float32", "d", "float", "bfloat16", "float16", float, None, np.dtype(">f4"),
    np.dtype(np.float64), ml_dtypes.float8_e5m2, np.int32, "float31", [], np.float64(1),
]  # fmt: skip
PARAMETERS = [
    (), (0, 1), (0.25, 0.5), (-1, 2.5), (True, 2), (0, True), (np.float64(0.5), 1), (np.float32(0.1), 1),
    (np.int8(1), 2), (np.array(0.5), 2.0), ([0.0], 1.0), (Fraction(1, 3), 1), ("0", 1), (None, 1),
    (0.0, -0.0), (-0.0, 1.0), (0.0, 0.0), (-0.0, 0.0), (1.0, -1.0), (0.0, np.inf), (np.nan, 1.0),
    (-1e308, 1e308), (10**400, 1), (0.0, 1e39), (1j, 2),
]  # fmt: skip


def outcome(common, generator, name, *arguments, make=None, **options):
    """Return what a call does by one of the two paths: its result or its error, and the state."""
    before = common_fills.use(common)
    out = None if make is None else make()
    if out is not None:
        options["out"] = out
    try:
        made = getattr(generator, name)(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - compared
        result = type(error), str(error)
    else:
        if out is not None:
            assert made is out
        result = type(made), np.asarray(made).dtype, np.shape(made), np.asarray(made).tobytes()
    finally:
        common_fills.use(before)
    memory = b"" if out is None else np.asarray(out).tobytes()
    return result, memory, generator.get_state()


def check(name, *arguments, kind=fastinit.Generator, **options):
    """Check that both paths do the same, in two calls one after the other."""
    common, general = kind(7), kind(7)
    for _ in range(2):
        first = outcome(True, common, name, *arguments, **options)
        assert first == outcome(False, general, name, *arguments, **options)
    return first


@pytest.mark.parametrize("name", ["random", "standard_normal", "uniform", "normal"])
def test_sizes_and_dtypes(name):
    for size in SIZES:
        check(name, size=size)
        check(name, size=size, dtype=np.float32)
    for dtype, size in itertools.product(DTYPES, [None, 5]):
        check(name, size=size, dtype=dtype)


@pytest.mark.parametrize("name", ["random", "standard_normal", "uniform", "normal"])
def test_memory_of_the_caller(name):
    for label, make in OUTS.items():
        for dtype in (np.float64, np.float32):
            given = {"make": make, "dtype": dtype}
            result, memory, state = check(name, **given)
            if issubclass(result[0], Exception):
                assert (state["next_stream"], any(memory)) == (0, False), label
            for size in (7, (7,), (3, 3), np.array([7]), [7], -1, "7"):
                check(name, size=size, **given)


@pytest.mark.parametrize("name", ["uniform", "normal"])
def test_parameters(name):
    for parameters in PARAMETERS:
        for size, dtype in [(5, np.float64), (None, np.float64), (5, np.float32), (5, "float16")]:
            check(name, *parameters, size=size, dtype=dtype)
            # The law of equal numbers is known by now; what only equals them must not find it.
            check(name, *parameters, size=size, dtype=dtype)
        check(name, *parameters, make=OUTS["plain"])


@pytest.mark.parametrize("kind", [Inheriting, Overriding])
def test_subclasses(kind):
    for name in ("random", "standard_normal", "uniform", "normal"):
        result, _, state = check(name, size=5, kind=kind)
        assert state["next_stream"] == 2
        number = 3 if kind is Overriding else 1
        fill = fastinit.normal if "normal" in name else fastinit.uniform
        expected = fill(5, dtype="float64", seed=7, stream=FIRST + number)
        assert result[-1] == expected.tobytes()


def test_a_subclass_decides_the_streams_of_fills():
    for fill in (fastinit.uniform, fastinit.he_normal):
        generator = Overriding(7)
        fill((4, 4), seed=generator)
        assert np.array_equal(fill((4, 4), seed=generator), fill((4, 4), seed=7, stream=FIRST + 3))


@pytest.mark.parametrize("dtype", FLOAT_DTYPES)
def test_single_numbers_are_the_first_of_an_array(dtype):
    for name in ("random", "standard_normal"):
        number = getattr(fastinit.Generator(3), name)(dtype=dtype)
        assert type(number) is float
        assert number == float(getattr(fastinit.Generator(3), name)(1, dtype=dtype)[0])


def test_without_a_stream_left_nothing_is_written():
    generator = fastinit.Generator(7)
    state = generator.get_state() | {"next_stream": 2**63 - 2}
    generator.set_state(state)
    assert (
        generator.random(3).tobytes()
        == fastinit.uniform(3, dtype="float64", seed=7, stream=2**64 - 2).tobytes()
    )
    out = np.zeros(5)
    calls = [
        generator.random,
        lambda: generator.random(5),
        lambda: generator.random(out=out),
        lambda: fastinit.uniform_(out, seed=generator),
    ]
    for common in (True, False):
        before = common_fills.use(common)
        for call in calls:
            with pytest.raises(OverflowError, match="no streams left"):
                call()
        common_fills.use(before)
    assert not out.any()
    assert generator.get_state()["next_stream"] == 2**63 - 1


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_share_a_generator_get_streams_of_their_own():
    generator, threads, calls = fastinit.Generator(11), 8, 60
    out = [np.empty(3) for _ in range(threads)]
    makers = [
        lambda _: generator.random(3),
        lambda number: generator.random(out=out[number]).copy(),
        lambda _: fastinit.uniform(3, dtype="float64", seed=generator),
        lambda _: np.array([generator.random()] * 3),
    ]
    start, made = threading.Barrier(threads, timeout=60), [[] for _ in range(threads)]

    def work(number):
        start.wait()
        for k in range(calls):
            made[number].append(makers[k % len(makers)](number)[0])

    in_threads(threads, work)
    expected = [
        fastinit.uniform(1, dtype="float64", seed=11, stream=FIRST + k)[0]
        for k in range(threads * calls)
    ]
    assert sorted(itertools.chain(*made)) == sorted(expected)
    assert generator.get_state()["next_stream"] == threads * calls


def test_threads_that_share_the_generator_of_the_process_get_streams_of_their_own(monkeypatch):
    """Also while the plain source of the process becomes a generator."""
    monkeypatch.setattr(default_generator.Process, "source", PlainStreamSource(11))
    threads, calls = 8, 40
    start, made = threading.Barrier(threads, timeout=60), []

    def work(number):
        start.wait()
        for k in range(calls):
            if number == 0 and k == calls // 2:
                fastinit.default_generator()
            made.append(fastinit.uniform(1, dtype="float64")[0])

    in_threads(threads, work)
    expected = [
        fastinit.uniform(1, dtype="float64", seed=11, stream=FIRST + k)[0]
        for k in range(threads * calls)
    ]
    assert sorted(made) == sorted(expected)


def test_a_stream_is_taken_under_the_lock():
    bits = fastinit.Generator(5).bit_generator
    guard(bits, next_streams.lock, "_next_stream")
    assert next_streams.next_address(bits) == (5, FIRST)
    with pytest.raises(AssertionError, match="read without the lock"):
        _ = bits._next_stream  # noqa: SLF001
    assert not next_streams.lock._is_owned()  # noqa: SLF001


def test_the_lock_is_free_after_an_error():
    generator = fastinit.Generator(7)
    generator.set_state(generator.get_state() | {"next_stream": 2**63 - 1})
    with pytest.raises(OverflowError):
        generator.random(5)
    assert not next_streams.lock._is_owned()  # noqa: SLF001
