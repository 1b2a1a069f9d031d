"""The same bits on every path: instruction set x threads x offset x length x layout."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

import fastinit
from fastinit._kernels.dispatch import KERNELS, load_kernels
from tests.support.laws import LAWS
from tests.support.paths import ROOT, read_golden

GOLDEN = read_golden()
GENERIC = load_kernels("generic")
KINDS = list(LAWS)
# Around the lengths of a block, of each instruction set's vectors and of its groups.
LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97,
           191, 192, 193, 383, 384, 385, 1000, 4099]  # fmt: skip
OFFSETS = [0, 1, 2, 3, 5, 191, 2**32 - 2, 2**33 - 3, 2**34 - 100, 2**34 + 1, 2**35 - 9, 2**40 + 3]


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", OFFSETS)
def test_instruction_sets_and_lengths(kernels, generate, kind, offset):
    whole = generate(GENERIC, kind, max(LENGTHS), offset=offset)
    for length in LENGTHS:
        part = generate(kernels, kind, length, offset=offset)
        assert same_bits(part, whole[:length]), length


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_random_access(kernels, generate, kind):
    whole = generate(kernels, kind, 3000, offset=2**34 - 1500)
    for start in [*range(40), 1490, 1499, 1500, 1501, 2900]:
        part = generate(kernels, kind, 100, offset=2**34 - 1500 + start)
        assert same_bits(part, whole[start : start + 100]), start


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("misalignment", [0, 1, 3, 4, 8, 16, 40, 48, 63])
@pytest.mark.parametrize("streaming", [False, True])
def test_addresses_and_surroundings(kernels, generate, kind, misalignment, streaming):
    expected = generate(GENERIC, kind, 1003, offset=6)
    memory = np.full(20_000, 0xA5, np.uint8)
    start = -memory.ctypes.data % 64 + 128 + misalignment
    out = memory[start : start + expected.nbytes].view(expected.dtype)
    raw = out.view(f"u{out.itemsize}")
    kernels.fill(raw, *LAWS[kind][1], 123456789, 77, 6, 0, out.size, streaming)
    assert same_bits(out.copy(), expected)
    assert (memory[:start] == 0xA5).all()
    assert (memory[start + expected.nbytes :] == 0xA5).all()


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [512, 516, 4096])  # whole groups, and not
@pytest.mark.parametrize("between", [0, 1])
@pytest.mark.parametrize("streaming", [False, True])
def test_long_rows_in_any_order(kernels, generate, kind, width, between, streaming):
    per_block = 2 if LAWS[kind][0].itemsize == 8 else 4
    carry = 2**32 * per_block // width  # the row at which the high half of a block number changes
    rows = np.array([7, carry, *range(50), carry - 1, carry + 1, 3, carry, carry - 2, 7], np.int64)
    for origin in (0, width // 2):  # with the second, one row goes across the carry
        whole = [generate(GENERIC, kind, width, offset=origin + int(row) * width) for row in rows]
        size = LAWS[kind][0].itemsize
        memory = np.full((rows.size + 1) * (width + between) * size + 64, 0xA5, np.uint8)
        start = -memory.ctypes.data % 64
        raw = memory[start : start + memory.size - 64].view(f"u{size}").reshape(rows.size + 1, -1)
        out = raw[:-1]
        arguments = (*LAWS[kind][1], 123456789, 77, origin, (width, 1), rows)
        kernels.fill_box(out[:, :width], *arguments, 0, rows.size * width, streaming)
        assert out[:, :width].tobytes() == b"".join(row.tobytes() for row in whole)
        assert (out[:, width:].view(np.uint8) == 0xA5).all()
        assert (raw[-1].view(np.uint8) == 0xA5).all()


# Of a row, in elements: less than a block, whole blocks or not, a whole group of SSE2 and of AVX2.
WIDTHS = [1, 2, 3, 4, 5, 8, 10, 12, 16, 30, 32, 64, 100, 128]
GUARD = 64  # elements before and after an array that must stay as they are


def guarded(rows, width, between, size):
    """Return memory full of 0xA5, and rows in it that are so many elements apart."""
    memory = np.full(rows * (width + between) + 2 * GUARD, int("A5" * size, 16), f"u{size}")
    return memory, memory[GUARD:-GUARD].reshape(rows, width + between)[:, :width]


def rows_of_40(count):
    """Return numbers of rows: the first half in any order and often, the other half falling."""
    half = np.random.default_rng(count).integers(0, 40, count // 2)
    return np.concatenate([half, np.arange(count - count // 2)[::-1] % 40])


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("between", [0, 1], ids=["rows together", "rows apart"])
def test_short_rows_in_any_order(kernels, generate, kind, between):
    """Batches of 256 blocks begin and end anywhere in rows, and ranges in the middle of rows."""
    size = LAWS[kind][0].itemsize
    carry = 2**32 * (2 if size == 8 else 4)  # where the high half of a block number changes
    for width in WIDTHS:
        for origin in (0, 1, carry - 20 * width):  # whole blocks, and not
            whole = generate(GENERIC, kind, 40 * width, offset=origin).view(f"u{size}")
            whole = whole.reshape(40, width)
            for count in (2, 1 + 1024 // width):
                rows = rows_of_40(count)
                elements = count * width
                for begin, end in ((0, elements), (elements // 3, elements * 3 // 4)):
                    memory, out = guarded(count, width, between, size)
                    values = out.copy()
                    values.reshape(-1)[begin:end] = whole[rows].reshape(-1)[begin:end]
                    expected, written = guarded(count, width, between, size)
                    written[...] = values
                    address = (123456789, 77, origin, (width, 1), rows)
                    kernels.fill_box(out, *LAWS[kind][1], *address, begin, end, False)
                    assert np.array_equal(memory, expected), (width, origin, count)


@pytest.mark.once
@pytest.mark.parametrize(
    "kind", ["uniform float32", "normal float32", "normal float64", "uniform bfloat16"]
)
@pytest.mark.parametrize("first", [0, 3, 4])
@pytest.mark.parametrize("width", [4, 16, 19])
def test_columns_of_many_rows(kernels, generate, kind, first, width):
    """Columns [first, first + width) of a table, of every row, every second one and backwards."""
    table = generate(GENERIC, kind, 300 * 24, offset=2**33 - 12).view(
        f"u{LAWS[kind][0].itemsize}"
    ).reshape(300, 24)  # fmt: skip
    for step in (1, 2, -1, -3):
        expected = table[::step, first : first + width]
        origin = 2**33 - 12 + first + (0 if step > 0 else 299 * 24)
        memory, out = guarded(len(expected), width, 0, expected.itemsize)
        steps = (24 * step % 2**64, 1)
        kernels.fill_box(
            out, *LAWS[kind][1], 123456789, 77, origin, steps, None, 0, out.size, False
        )
        assert np.array_equal(out, expected)
        assert (memory[:GUARD] == memory[0]).all()
        assert (memory[-GUARD:] == memory[0]).all()


@pytest.mark.once
@pytest.mark.parametrize("kind", ["uniform float32", "normal float64", "normal bfloat16"])
@pytest.mark.parametrize("steps", [(70, 1), (1, 70), (400, 7), (-70, -3), (0, 1)])
@pytest.mark.parametrize("rows", [None, [3, 0, 4, 4, 1]])
def test_any_range_of_a_box_is_a_part_of_it(kernels, generate, kind, steps, rows):
    """Ranges begin and end in the middle of rows, in memory where rows and elements are apart."""
    numbers = range(5) if rows is None else rows
    listed = None if rows is None else np.array(rows, np.int64)
    origin = 2**35 + 9
    places = [[origin + i * steps[0] + j * steps[1] for j in range(13)] for i in numbers]
    first = min(map(min, places))
    whole = generate(GENERIC, kind, max(map(max, places)) - first + 1, offset=first)
    expected = whole[np.array(places) - first].reshape(-1)
    raw = f"u{expected.itemsize}"
    for begin, end in ((0, 65), (5, 9), (12, 14), (11, 40), (26, 39), (64, 65), (1, 64)):
        out = np.full((5, 39), 0xA5, raw)
        wrapped = tuple(step % 2**64 for step in steps)
        address = (123456789, 77, origin, wrapped, listed)
        kernels.fill_box(out[:, ::-3], *LAWS[kind][1], *address, begin, end, False)
        written = np.full(65, 0xA5, raw)
        written[begin:end] = expected.view(raw)[begin:end]
        untouched = np.full((5, 39), 0xA5, raw)
        untouched[:, ::-3] = written.reshape(5, 13)
        assert np.array_equal(out, untouched)


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [2**20 // 4 - 1, 2**21 // 4, 2**21 // 4 + 1, 10_000_019])
def test_threads(threads, count):
    one = fastinit.normal(count, 0.1, 0.3, seed=5, threads=1)
    many = fastinit.normal(count, 0.1, 0.3, seed=5, threads=threads)
    assert same_bits(one, many)


@pytest.mark.parametrize("offset", [0, 2**32 - 5, 2**34 - 5, 2**34 + 5, 2**60])
def test_offset_is_an_index_of_the_whole(offset):
    whole = fastinit.uniform(1000, -0.3, 0.3, seed=3, offset=offset)
    assert same_bits(fastinit.uniform(500, -0.3, 0.3, seed=3, offset=offset + 400), whole[400:900])


def layouts():
    base = np.zeros((24, 20, 18), np.float32)
    yield "C", base
    yield "Fortran", np.zeros((24, 20, 18), np.float32, order="F")
    yield "rows", base[3:11]
    yield "columns", base[:, :, 2:7]
    yield "every other", base[::2, ::3, ::5]
    yield "reversed", base[::-1, :, ::-2]
    yield "transposed", base.transpose(2, 0, 1)
    yield "one long axis", np.zeros((30_000, 3), np.float32)[:, 1]
    yield "unit axes", base[:, 4:5, ::2]
    yield "empty", base[:, 3:3]
    yield "0-d", np.zeros((), np.float32)
    misaligned = np.zeros(4 * 1000 + 1, np.uint8)[1:].view(np.float32)
    yield "misaligned", misaligned.reshape(10, 100)
    record = np.zeros(100, [("tag", "u1"), ("value", "f4")])
    yield "field of a record", record["value"]


@pytest.mark.parametrize(
    ("name", "out"), list(layouts()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_layouts(name, out):
    expected = fastinit.normal(out.shape, 0.2, 0.3, seed=8, stream=name, offset=11)
    assert fastinit.normal_(out, 0.2, 0.3, seed=8, stream=name, offset=11) is out
    assert np.array_equal(out, expected)


def test_nothing_outside_a_strided_view_is_touched():
    base = np.full((200, 300), 7.0)
    view = base[10:150:3, 250:20:-7]
    fastinit.uniform_(view, seed=1)
    untouched = np.ones(base.shape, bool)
    untouched[10:150:3, 250:20:-7] = False
    assert (base[untouched] == 7.0).all()
    assert (view < 1).all()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_large_strided(threads):
    out = np.zeros((3000, 1001), np.float32)[:, ::2]
    fastinit.uniform_(out, seed=4, threads=threads)
    assert np.array_equal(out, fastinit.uniform(out.shape, seed=4, threads=1))
    fortran = np.zeros((3000, 501), np.float32, order="F")
    fastinit.uniform_(fortran, seed=4, threads=threads)
    assert np.array_equal(out, fortran)


def golden_digest(case):
    function = getattr(fastinit, case["function"])
    values = function(case["shape"], *case.get("parameters", ()), dtype=case["dtype"],
                      seed=case["seed"], stream=case["stream"], offset=case["offset"])  # fmt: skip
    return hashlib.sha256(values.tobytes()).hexdigest()


@pytest.mark.parametrize(
    "case", GOLDEN["cases"], ids=lambda case: f"{case['function']}-{case['dtype']}-{case['offset']}"
)
def test_golden(case):
    """The contract: if this fails, a value that users rely on has changed."""
    assert GOLDEN["contract_version"] == fastinit.CONTRACT_VERSION
    assert golden_digest(case) == case["sha256"]


def test_active_module_is_what_the_environment_forced():
    assert KERNELS.__name__.endswith(f"_{fastinit.active_isa()}")
    widths = {"generic": {1, 2}, "neon": {2}, "avx2": {4}, "avx512": {8}}
    assert KERNELS.lanes in widths[fastinit.active_isa()]


def test_short_matrix():
    """The sanitizers run it later. Its digest changes with the rows of `tests.support.laws` only."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.programs.short_matrix"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
