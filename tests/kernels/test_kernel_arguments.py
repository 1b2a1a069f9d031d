"""What Python may expect of each call into the kernels, apart from the values."""

from __future__ import annotations

import ctypes
import platform
import sys
import threading

import numpy as np
import pytest

from fastinit._engine import kernel_arguments
from fastinit._engine.kernel_arguments import Kind
from fastinit._kernels.moments import CodeMoments, NumberMoments

pytestmark = pytest.mark.once

FLOAT32 = np.dtype(np.float32)
NORMAL = kernel_arguments.normal(0.1, 0.3, FLOAT32)
WIDTH = 32  # columns of a panel
ROWS = np.array([3, 0, 2], np.int64)


class Calls:
    """One call of each entry, on arrays of some size. `around` makes the call."""

    def __init__(self, kernels, size, around=lambda entry, *arguments: entry(*arguments)):
        self.kernels = kernels
        self.size = size
        self.around = around
        self.arrays = {}  # made once: allocating them releases the GIL, too

    def array(self, name, shape, dtype):
        if name not in self.arrays:
            self.arrays[name] = np.zeros(shape, dtype)
        return self.arrays[name]

    def fill(self):
        out = self.array("out", self.size, np.uint32)
        self.around(self.kernels.fill, out, *NORMAL, 1, 2, 3, 0, out.size, False)
        return out

    def fill_strided(self):
        out = self.array("out", (2, self.size), np.uint32).T
        self.around(self.kernels.fill, out, *NORMAL, 1, 2, 3, 0, out.size, False)
        return out

    def fill_box(self):
        out = self.array("out", (3, self.size), np.uint32)
        place = (3, (self.size + 5, 1), ROWS, 0, out.size, False)
        self.around(self.kernels.fill_box, out, *NORMAL, 1, 2, *place)
        return out

    def fill_quantized(self):
        out = self.array("out", (self.size // 16, 24), np.uint8)
        self.around(self.kernels.fill_quantized, out, 8, False, 16, *quantized(0, len(out)))
        return out

    def decompose(self):
        rows = max(self.size // 8, WIDTH)
        panels = self.array("panels", (1, rows, WIDTH), np.float64)
        panels[:] = 1 / (1 + np.add.outer(np.arange(rows), 3.0 * np.arange(WIDTH)) % 37)
        coefficients = self.array("coefficients", (1, WIDTH, WIDTH), np.float64)
        signs = self.array("signs", WIDTH, np.float64)
        self.around(self.kernels.decompose, panels, coefficients, signs, rows, WIDTH, 0)
        return panels

    def reflect(self):
        rows = max(self.size // 8, WIDTH)
        target = self.array("target", (1, rows, WIDTH), np.float64)
        target[:] = np.arange(WIDTH) / 7
        panels = self.array("panels", (1, rows, WIDTH), np.float64)
        panels[:] = 0.1 / (1 + np.arange(WIDTH))
        coefficients = self.array("coefficients", (1, WIDTH, WIDTH), np.float64)
        coefficients[:] = np.triu(np.full((WIDTH, WIDTH), 0.03))
        self.around(self.kernels.reflect, target, panels, coefficients, rows, 0, True, 0, 1)
        return target

    def normal_of_words(self):
        words = self.array("words", self.size, np.uint32)
        words[:] = np.arange(self.size, dtype=np.uint32) * np.uint32(2654435761)
        out = self.array("out", self.size, np.float32)
        self.around(self.kernels.normal_of_words, words, out)
        return out

    def add_numbers(self):
        numbers = self.array("numbers", self.size, np.float32)
        numbers[:] = np.arange(self.size) / 7
        moments = NumberMoments(0.3)
        self.around(moments.add, numbers)
        return np.array(self.around(moments.result))

    def add_codes(self):
        codes = self.array("codes", self.size, np.uint16)
        codes[:] = np.arange(self.size) % 65536
        meanings = self.array("meanings", 65536, np.float32)
        meanings[:] = np.arange(65536) / 7
        moments = CodeMoments(2, 0.3)
        self.around(moments.add, codes)
        return np.array(self.around(moments.result, meanings))


def quantized(begin, end, kind=NORMAL.kind, parameters=NORMAL.parameters):
    """Return the last arguments of `fill_quantized`."""
    return (kind, parameters, 1, 2, 0, begin, end)


ENTRIES = [
    "fill", "fill_strided", "fill_box", "fill_quantized", "decompose", "reflect",
    "normal_of_words", "add_numbers", "add_codes",
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_another_thread_runs_during_a_call(kernels, entry):
    call = getattr(Calls(kernels, 50_000), entry)
    call()
    turns = []
    locked = threading.Lock()
    locked.acquire()

    def other():
        with locked:
            turns.append("other")

    thread = threading.Thread(target=other)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # no thread takes the GIL from one that does not release it
    try:
        thread.start()
        locked.release()
        for _ in range(2000):  # the scheduler may leave the other thread waiting during some calls
            call()
            if turns:
                break
        ran = bool(turns)
    finally:
        sys.setswitchinterval(before)
        thread.join()
    assert ran


ROUNDING_MODES = {
    "x86_64": {"downward": 0x400, "upward": 0x800, "toward zero": 0xC00},
    "aarch64": {"upward": 0x400000, "downward": 0x800000, "toward zero": 0xC00000},
}.get(platform.machine(), {})


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_rounding_mode_of_the_caller_does_not_matter_and_stays(kernels, entry, mode):
    libm = ctypes.CDLL("libm.so.6")
    seen = []

    def in_mode(function, *arguments):
        libm.fesetround(ROUNDING_MODES[mode])
        before = roundings()
        try:
            return function(*arguments)
        finally:
            seen.append((before, roundings()))
            libm.fesetround(0)

    expected = getattr(Calls(kernels, 4099), entry)()
    result = getattr(Calls(kernels, 4099, in_mode), entry)()
    assert result.tobytes() == expected.tobytes()
    assert seen
    for before, after in seen:
        assert after == before != roundings()


def roundings(one=1.0, tiny=2.0**-60):
    """Return three sums that tell the rounding modes apart. fegetround reads another register."""
    return (one + tiny, one - tiny, -one - tiny)


PANEL = ((1, WIDTH, WIDTH), np.float64)
#: Of each entry: the arrays that it takes first, and what else it takes.
BUFFERS = {
    "fill": ([((9,), np.uint32)], (*NORMAL, 1, 2, 3, 0, 9, False)),
    "fill_quantized": ([((2, 24), np.uint8)], (8, False, 16, *quantized(0, 2))),
    "decompose": ([PANEL, PANEL, ((WIDTH,), np.float64)], (WIDTH, WIDTH, 0)),
    "reflect": ([PANEL, PANEL, PANEL], (WIDTH, 0, False, 0, 1)),
    "normal_of_words": ([((9,), np.uint32), ((9,), np.float32)], ()),
}


def memory_of(shape, dtype):
    """Return a view of bytes, which cannot be released while something uses it."""
    count = np.dtype(dtype).itemsize * int(np.prod(shape))
    return memoryview(bytearray(count)).cast(np.dtype(dtype).char, shape)


@pytest.mark.parametrize("entry", BUFFERS)
def test_no_call_keeps_memory(kernels, entry):
    buffers = [memory_of(*each) for each in BUFFERS[entry][0]]
    getattr(kernels, entry)(*buffers, *BUFFERS[entry][1])
    for buffer in buffers:
        buffer.release()


def test_no_box_keeps_memory(kernels):
    out, rows = memory_of((2, 9), np.uint32), memory_of((2,), np.int64)
    kernels.fill_box(out, *NORMAL, 1, 2, 3, (9, 1), rows, 0, 18, False)
    out.release()
    rows.release()


def test_no_sum_keeps_memory():
    numbers, codes, meanings = (
        memory_of((9,), np.float32), memory_of((9,), np.uint8), memory_of((256,), np.float32),
    )  # fmt: skip
    NumberMoments(0.0).add(numbers)
    moments = CodeMoments(1, 0.0)
    moments.add(codes)
    moments.result(meanings)
    for buffer in (numbers, codes, meanings):
        buffer.release()


def panels(rows=40, count=2):
    return np.full((count, rows, WIDTH), 0.5)


def raw(*shape, dtype=np.uint32):
    return np.full(shape, 0xA5, dtype)


FILL = (*NORMAL, 1, 2, 3)
OUTSIDE = "the range ends outside the array"
ROWS_OF_BYTES = "expected a matrix of bytes"
TOO_FEW = "float64 numbers or more"
SQUARES, SIGNS = np.zeros((2, WIDTH, WIDTH)), np.zeros(40)
#: Entry, arguments, error. One argument is a little wrong.
REFUSED = [
    ("fill", (raw(9), *FILL, 0, 10, False), OUTSIDE),
    ("fill", (raw(18)[::2], *FILL, 9, 10, False), OUTSIDE),
    ("fill_box", (raw(2, 9), *FILL, (9, 1), None, 0, 19, False), OUTSIDE),
    ("fill_box", (raw(2, 9), *FILL, (9,), None, 0, 18, False), "not the steps'"),
    ("fill_box", (raw(2, 9), *FILL, (9, 9, 1), None, 0, 18, False), "not the steps'"),
    ("fill_box", (raw(3, 9), *FILL, (9, 1), ROWS[:2], 0, 27, False), "int64 number for each row"),
    ("fill_box", (raw(3, 9), *FILL, (9, 1), np.int32([3, 0, 2]), 0, 27, False), "int64 number"),
    ("fill_quantized", (raw(2, 24, dtype=np.uint8), 8, False, 16, *quantized(0, 3)), ROWS_OF_BYTES),
    ("fill_quantized", (raw(2, 23, dtype=np.uint8), 8, False, 16, *quantized(0, 2)), ROWS_OF_BYTES),
    ("fill_quantized", (raw(2, 25, dtype=np.uint8), 8, False, 16, *quantized(0, 2)), ROWS_OF_BYTES),
    ("fill_quantized", (raw(48, dtype=np.uint8), 8, False, 16, *quantized(0, 2)), ROWS_OF_BYTES),
    ("fill_quantized", (raw(2, 24, dtype=np.int16), 8, False, 16, *quantized(0, 2)), ROWS_OF_BYTES),
    (
        "fill_quantized",
        (raw(2, 48, dtype=np.uint8)[:, ::2], 8, False, 16, *quantized(0, 2)),
        ROWS_OF_BYTES,
    ),
    ("decompose", (panels(), SQUARES, SIGNS, 40, 32, 1), "the number of a panel"),
    ("decompose", (panels(), SQUARES, SIGNS, 40, 41, 0), "no more columns than rows"),
    ("decompose", (panels(39, 1), SQUARES, SIGNS, 40, 32, 0), TOO_FEW),
    ("decompose", (panels(), SQUARES[:1], SIGNS, 40, 40, 1), TOO_FEW),
    ("decompose", (panels(), SQUARES, SIGNS[:39], 40, 40, 1), TOO_FEW),
    ("decompose", (panels().astype(np.float32), SQUARES, SIGNS, 20, 20, 0), TOO_FEW),
    ("reflect", (panels(), panels(), SQUARES, 32, 1, False, 0, 1), "the number of a panel"),
    ("reflect", (panels(), panels(), SQUARES, 40, 1, False, 0, 3), TOO_FEW),
    ("reflect", (panels(), panels(40, 1), SQUARES, 40, 1, False, 0, 1), TOO_FEW),
    ("reflect", (panels(), panels(), SQUARES[:1], 40, 1, False, 0, 1), TOO_FEW),
    ("normal_of_words", (raw(9), raw(8)), "of one length"),
    ("normal_of_words", (raw(8), raw(9)), "of one length"),
    ("normal_of_words", (raw(9, dtype=np.uint64), raw(9, dtype=np.uint64)), "of one length"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "arguments", "error"), REFUSED,
    ids=[f"{entry}-{i}" for i, (entry, *_) in enumerate(REFUSED)],
)  # fmt: skip
def test_wrong_arguments_are_refused_before_a_byte_is_written(kernels, entry, arguments, error):
    before = [each.copy() for each in arguments if isinstance(each, np.ndarray)]
    with pytest.raises(ValueError, match=error):
        getattr(kernels, entry)(*arguments)
    after = [each for each in arguments if isinstance(each, np.ndarray)]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_a_reflection_of_zeros_is_the_identity(kernels):
    """The norm of such a column is 0, and nothing is divided by it."""
    matrix = panels(40, 1)
    matrix[:] = np.eye(40, WIDTH)
    matrix[..., 5] = 0
    coefficients, signs = SQUARES[:1].copy(), SIGNS.copy()
    kernels.decompose(matrix, coefficients, signs, 40, WIDTH, 0)
    assert np.isfinite(matrix).all()
    assert np.isfinite(coefficients).all()
    assert (coefficients[0, 5] == 0).all()
    assert signs[5] == 1


def value_of(kernels, law, address, **changed):
    """Return the float32 value of one element, where some parameters of the law are changed."""
    out = np.zeros(1, np.float32)
    parameters = law.parameters._replace(**changed)
    kernels.fill(out.view(np.uint32), law.kind, law.format, parameters, *address, 0, 1, False)
    return float(out[0])


def word_of(kernels, address):
    out = np.zeros(1, np.uint32)
    kernels.fill(out, *kernel_arguments.random_bits(out.dtype), *address, 0, 1, False)
    return int(out[0])


def test_the_word_that_splits_a_truncated_normal_is_counted_from_above(kernels):
    """At a split far from the middle, both ways to count give other values."""
    address = (1, 2, 77)
    word = word_of(kernels, address)
    law = kernel_arguments.truncated_normal(0, 1, -1.5, 1.5, FLOAT32)
    assert law.kind == Kind.TRUNCATED
    below, above = (value_of(kernels, law, address, split=float(word + i)) for i in (1, 0))
    assert below == pytest.approx(-0.4625327)
    assert above == pytest.approx(0, abs=1e-6)  # the largest magnitude of an upper half


def test_the_fraction_that_splits_a_tail_is_counted_from_above(kernels):
    address = (1, 2, 77)
    fraction = (word_of(kernels, address) + 0.5) * 2.0**-32
    law = kernel_arguments.truncated_normal(0, 1, 2.5, 4, FLOAT32)
    assert law.kind == Kind.TRUNCATED_TAIL
    just_above = float(np.nextafter(fraction, 1))
    assert value_of(kernels, law, address, split=fraction) == pytest.approx(2.6204247)
    assert value_of(kernels, law, address, split=just_above) == 2.5  # not from below: the bound


@pytest.mark.parametrize(("index", "word"), [(5992377491, 0), (6153212237, 2**32 - 1)])
def test_the_outermost_values_of_a_half_open_truncated_normal_are_those_of_the_normal(
    kernels, index, word
):
    """The table of octaves ends there."""
    address = (0, 0, index)
    assert word_of(kernels, address) == word
    low, high = (-np.inf, 0.5) if word == 0 else (-0.5, np.inf)
    law = kernel_arguments.truncated_normal(0, 1, low, high, FLOAT32)
    assert law.kind == Kind.TRUNCATED
    outermost = value_of(kernels, kernel_arguments.normal(0, 1, FLOAT32), address)
    assert abs(outermost) == pytest.approx(6.337958)
    assert value_of(kernels, law, address) == outermost
