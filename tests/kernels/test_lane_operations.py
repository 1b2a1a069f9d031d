"""Each lane operation of each port against NumPy, on numbers that show signs, ties and order.

One program for a port applies every operation to the same arrays, one vector after the other. What it
writes does not depend on the number of lanes.
"""

from __future__ import annotations

import re
import subprocess

import ml_dtypes
import numpy as np
import pytest

from fastinit._kernels.dispatch import KERNELS
from tests.support.paths import ROOT
from tests.support.ports import COMPILER, RUNNABLE

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="needs a C compiler"),
    pytest.mark.once,
]

COUNT = 512  # words of an array: whole vectors of any port, four of them and more
NUMBERS = np.random.default_rng(0)
CORNERS = np.array(
    [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**63 + 2**31, 0xFFFF,
     0x8000, 0x00007FFF00008000, 0x8000FFFF7FFF0000, 2**53 + 1, 2**63 + 1025], np.uint64
)  # fmt: skip


def mixed_words():
    """Return words of any bits, with the corners beside any and beside each other."""
    words = NUMBERS.integers(0, 2**64, COUNT, np.uint64)
    words[: 2 * CORNERS.size : 2] = CORNERS
    words[-CORNERS.size :] = NUMBERS.permutation(CORNERS)
    return words


def mixed_floats(dtype, smallest, largest):
    """Return numbers of either sign, evenly over the exponents, and some halves, but no zero."""
    count = COUNT * 8 // np.dtype(dtype).itemsize
    exponents = NUMBERS.uniform(smallest, largest, count)
    numbers = np.exp2(exponents) * NUMBERS.choice([-1, 1], count)
    numbers[::7] = np.round(numbers[::7])
    numbers[3::7] = np.floor(numbers[3::7]) + 0.5
    numbers[numbers == 0] = 1
    return numbers.astype(dtype)


A, B = mixed_words(), mixed_words()
B[: COUNT // 8] = A[: COUNT // 8]  # equal numbers in comparisons
F, G = mixed_floats(np.float32, -18, 15), mixed_floats(np.float32, -18, 15)
D, E = mixed_floats(np.float64, -60, 60), mixed_floats(np.float64, -60, 60)
SMALL = mixed_floats(np.float32, -8, 21)
MAGNITUDES = np.concatenate(
    [np.exp2(NUMBERS.uniform(-1, 31, 960)), np.exp2(np.arange(-1, 31)), np.exp2(np.arange(0, 32)) * (1 - 2**-24)]
).astype(np.float32)  # fmt: skip
CODES = NUMBERS.integers(0, 256, 2 * COUNT).astype(np.uint32).view(np.uint64)  # 0 to 255
ARRAYS = {"A": A, "B": B, "F": F, "G": G, "D": D, "E": E, "SMALL": SMALL,
          "MAGNITUDES": MAGNITUDES, "CODES": CODES}  # fmt: skip


def halves(words):
    return words.view(np.uint32)


def high16(even, odd):
    """Merge codes of 16 bits: those of `even` come first."""
    return np.stack([even, odd], -1).ravel()


def merged(even, odd, dtype):
    return high16(*(each.astype(dtype).view(np.uint16) for each in (even, odd)))


def narrow(values, dtype, width):
    """Return codes of a format at the top of 32 bits."""
    codes = values.astype(dtype).view(np.uint8)
    return (codes.astype(np.uint32) << np.uint32(32 - width)).view(np.uint64)


def in_each_lane(value):
    return np.full(COUNT, value, np.uint64)


def interleaved(words):
    """Return the sequence a[0], b[0], a[1], b[1], ... of two neighbouring arrays."""
    return np.stack([words[: COUNT // 2], words[COUNT // 2 :]], -1).ravel()


def octave_polynomials():
    """Evaluate the polynomials of the octaves of MAGNITUDES by Horner's rule, in float32."""
    rows = np.frombuffer(KERNELS.octave_rows, np.float32).reshape(32, 8)
    *others, values = rows[halves(MAGNITUDES.view(np.uint64)) >> 23 & 31, :7].T
    for coefficients in reversed(others):
        values = values * (2 * np.frexp(MAGNITUDES)[0] - np.float32(1.5)) + coefficients
    return values


#: The vectors of an expression: A is of words, fF of floats and dD of doubles.
VECTORS = {name: f"LOAD({name}, i)" for name in ARRAYS} | {
    f"{type_of[0]}{name}": f"{type_of}_from_bits(LOAD({name}, i))"
    for name in ARRAYS
    for type_of in ("floats", "doubles")
}
#: The other vectors of the batch lie in one octave, a rare or a common one.
OCTAVES = """({{
    floats f[INTERLEAVE], values[INTERLEAVE];
    for (int v = 0; v < INTERLEAVE; v++) f[v] = floats_set({others});
    f[{place} % INTERLEAVE] = fMAGNITUDES;
    octave_polynomials(&NORMAL_TABLE, f, values);
    floats_to_bits(values[{place} % INTERLEAVE]);
}})"""
MASK = np.uint64(0xFFFFFFFF)
WORDS = {
    "words_set": ("words_set(0x0123456789abcdefu)", lambda: in_each_lane(0x0123456789ABCDEF)),
    "words_add": ("words_add(A, B)", lambda: A + B),
    "words_subtract": ("words_subtract(A, B)", lambda: A - B),
    "words_and": ("words_and(A, B)", lambda: A & B),
    "words_xor": ("words_xor(A, B)", lambda: A ^ B),
    "words_shift_left": ("words_shift_left(A, 13)", lambda: A << np.uint64(13)),
    "words_shift_left by most": ("words_shift_left(A, 63)", lambda: A << np.uint64(63)),
    "words_shift_right": ("words_shift_right(A, 13)", lambda: A >> np.uint64(13)),
    "words_shift_right by most": ("words_shift_right(A, 63)", lambda: A >> np.uint64(63)),
    "words_add32": ("words_add32(A, B)", lambda: halves(A) + halves(B)),
    "words_subtract32": ("words_subtract32(A, B)", lambda: halves(A) - halves(B)),
    "words_shift_left32": ("words_shift_left32(A, 9)", lambda: halves(A) << np.uint32(9)),
    "words_shift_right32": ("words_shift_right32(A, 9)", lambda: halves(A) >> np.uint32(9)),
    "words_multiply_low32": ("words_multiply_low32(A, B)", lambda: (A & MASK) * (B & MASK)),
    "words_high32": ("words_high32(A)", lambda: A >> np.uint64(32)),
    "words_shuffle_high32": (
        "words_and(words_shuffle_high32(A), words_set(0xffffffffu))", lambda: A >> np.uint64(32),
    ),
    "words_pair": ("words_pair(A, B)", lambda: (A & MASK) | (B << np.uint64(32))),
    "words_not_below32": (
        "words_not_below32(A, B)", lambda: np.where(halves(A) >= halves(B), MASK, 0).astype(np.uint32),
    ),
    "words_merge_high16": (
        "words_merge_high16(A, B)",
        lambda: high16(A.view(np.uint16)[1::2], B.view(np.uint16)[1::2]),
    ),
    "words_block_numbers": (
        "words_add(words_set(i), words_block_numbers())", lambda: np.arange(COUNT, dtype=np.uint64),
    ),
    "words_block_offsets": (
        "words_subtract(words_spread_blocks(words_block_numbers()), words_block_offsets())",
        lambda: in_each_lane(0),
    ),
    "doubles_select": (
        "doubles_to_bits(doubles_select(A, dD, dE))", lambda: np.where(A >> np.uint64(63), D, E),
    ),
    "floats_flip_sign": (
        "floats_to_bits(floats_flip_sign(fF, A))", lambda: np.where(halves(A) >> 31, -F, F),
    ),
    "floats_set": ("floats_to_bits(floats_set(-0.7f))", lambda: np.full(2 * COUNT, -0.7, np.float32)),
    "floats_from_signed32": (
        "floats_to_bits(floats_from_signed32(A))", lambda: A.view(np.int32).astype(np.float32),
    ),
    "floats_from_unsigned32": (
        "floats_to_bits(floats_from_unsigned32(A))", lambda: halves(A).astype(np.float32),
    ),
    "floats_round_to_signed32": (
        "floats_round_to_signed32(fSMALL)", lambda: np.rint(SMALL).astype(np.int32),
    ),
    "floats_add": ("floats_to_bits(floats_add(fF, fG))", lambda: F + G),
    "floats_multiply": ("floats_to_bits(floats_multiply(fF, fG))", lambda: F * G),
    "floats_divide": ("floats_to_bits(floats_divide(fF, fG))", lambda: F / G),
    "floats_minimum": ("floats_to_bits(floats_minimum(fF, fG))", lambda: np.minimum(F, G)),
    "floats_maximum": ("floats_to_bits(floats_maximum(fF, fG))", lambda: np.maximum(F, G)),
    "floats_magnitude": (
        "floats_to_bits(floats_magnitude(fF, floats_set(100.5f)))",
        lambda: np.minimum(np.abs(F), np.float32(100.5)),
    ),
    "floats_centred_mantissa": (
        "floats_to_bits(floats_centred_mantissa(fMAGNITUDES))",
        lambda: 2 * np.frexp(MAGNITUDES)[0] - np.float32(1.5),
    ),
    "floats_merge_bfloat16": (
        "floats_merge_bfloat16(fF, fG)", lambda: merged(F, G, ml_dtypes.bfloat16),
    ),
    "floats_merge_float16": ("floats_merge_float16(fF, fG)", lambda: merged(F, G, np.float16)),
    "floats_narrow_float8_e4m3": (
        "floats_narrow_float8_e4m3(floats_minimum(floats_maximum(fF, floats_set(-448)), floats_set(448)))",
        lambda: narrow(np.clip(F, -448, 448), ml_dtypes.float8_e4m3fn, 8),
    ),
    "floats_narrow_float8_e5m2": (
        "floats_narrow_float8_e5m2(fF)", lambda: narrow(F, ml_dtypes.float8_e5m2, 8),
    ),
    "floats_round_to_float16": (
        "floats_to_bits(floats_round_to_float16(fF))", lambda: F.astype(np.float16).astype(np.float32),
    ),
    **{
        f"octave_polynomials, vector {place} beside {others}": (
            OCTAVES.format(place=place, others=others), octave_polynomials,
        )
        for place in (0, 1, 6, 7)
        for others in (0.5, 1e9)
    },
    "doubles_set": ("doubles_to_bits(doubles_set(-0.7))", lambda: np.full(COUNT, -0.7)),
    "doubles_from_signed64": (
        "doubles_to_bits(doubles_from_signed64(A))", lambda: A.view(np.int64).astype(np.float64),
    ),
    "doubles_from_high12": (
        "doubles_to_bits(doubles_from_high12(A))",
        lambda: (A.view(np.int64) >> 52).astype(np.float64),
    ),
    "doubles_add_exact_product": (
        "doubles_to_bits(doubles_add_exact_product(dD, doubles_set(-0x1p-20), dE))",
        lambda: D * -(2.0**-20) + E,
    ),
    "doubles_add": ("doubles_to_bits(doubles_add(dD, dE))", lambda: D + E),
    "doubles_subtract": ("doubles_to_bits(doubles_subtract(dD, dE))", lambda: D - E),
    "doubles_multiply": ("doubles_to_bits(doubles_multiply(dD, dE))", lambda: D * E),
    "doubles_divide": ("doubles_to_bits(doubles_divide(dD, dE))", lambda: D / E),
    "doubles_sqrt": (
        "doubles_to_bits(doubles_sqrt(doubles_multiply(dD, dD)))", lambda: np.sqrt(D * D),
    ),
    "doubles_minimum": ("doubles_to_bits(doubles_minimum(dD, dE))", lambda: np.minimum(D, E)),
    "doubles_maximum": ("doubles_to_bits(doubles_maximum(dD, dE))", lambda: np.maximum(D, E)),
    "doubles_to_float_bits": (
        "words_and(doubles_to_float_bits(dD), words_set(0xffffffffu))",
        lambda: D.astype(np.float32).view(np.uint32).astype(np.uint64),
    ),
}  # fmt: skip
#: Several vectors in, one or two out. v(n) is the n-th vector from here of the array in front.
PACKED = {
    "words_pack_high8": (2, "words_pack_high8(v(0), v(1))", "A", lambda: A.view(np.uint8)[1::2]),
    "words_pack_low8": (
        4, "words_pack_low8(v(0), v(1), v(2), v(3))", "CODES", lambda: CODES.view(np.uint8)[::4],
    ),
}  # fmt: skip
#: Statements that leave 1 in `good` if an operation of a whole vector is right in each lane.
WHOLE = {
    "words_all_negative": """
        uint64_t lanes[LANES];
        for (int k = 0; k < LANES; k++) lanes[k] = UINT64_C(1) << 63 | k;
        good = words_all_negative(words_load((char *)lanes)) != 0;
        for (int k = 0; k < LANES; k++) {
            lanes[k] = ~(UINT64_C(1) << 63);
            good &= words_all_negative(words_load((char *)lanes)) == 0;
            lanes[k] = UINT64_C(1) << 63;
        }""",
    "floats_smallest, floats_largest": """
        float lanes[2 * LANES];
        good = 1;
        for (int k = 0; k < 2 * LANES; k++) lanes[k] = 0.25f;
        for (int k = 0; k < 2 * LANES; k++) {
            lanes[k] = -3.5f - k;
            good &= floats_smallest(floats_from_bits(words_load((char *)lanes))) == -3.5f - k;
            lanes[k] = 3.5f + k;
            good &= floats_largest(floats_from_bits(words_load((char *)lanes))) == 3.5f + k;
            lanes[k] = 0.25f;
        }""",
    "words_stream": """
        static char out[64] __attribute__((aligned(64)));
        words_stream(out, words_load((char *)all_A));
        stream_end();
        good = memcmp(out, all_A, sizeof(words)) == 0;""",
    "words_load, words_store": """
        char out[80];
        memset(out, 0x55, sizeof out);
        words_store(out + 3, words_load((char *)all_A + 1));
        good = memcmp(out + 3, (char *)all_A + 1, sizeof(words)) == 0 && out[2] == 0x55
            && out[3 + sizeof(words)] == 0x55;""",
}


def program():
    """Return the source of the program, which is the same for every port."""
    lines = ['#include "lanes/lanes.h"', "#include <stdio.h>"]
    for name, array in ARRAYS.items():
        numbers = ", ".join(f"{word}u" for word in array.view(np.uint64).tolist())
        lines.append(f"static const uint64_t all_{name}[{COUNT}] = {{{numbers}}};")
    lines += [
        "#define LOAD(name, at) words_load((const char *)&all_##name[at])",
        "static void put(words w) {",
        "    char out[sizeof w];",
        "    words_store(out, w);",
        "    fwrite(out, 1, sizeof out, stdout);",
        "}",
        "int main(void) {",
    ]
    for expression, _ in WORDS.values():
        lines.append(f"    for (int i = 0; i < {COUNT}; i += LANES) {{")
        for vector in sorted(set(re.findall(r"\b[fd]?[A-Z]+\b", expression)) & {*VECTORS}):
            lines.append(f"        __typeof__({VECTORS[vector]}) {vector} = {VECTORS[vector]};")
        lines.append(f"        put({expression});\n    }}")
    for step, expression, array, _ in PACKED.values():
        lines += [
            f"    #define v(n) LOAD({array}, i + (n) * LANES)",
            f"    for (int i = 0; i < {COUNT}; i += {step} * LANES) put({expression});",
            "    #undef v",
        ]
    for name, of_bits, to_bits in (
        ("words", "", ""),
        ("doubles", "doubles_from_bits", "doubles_to_bits"),
    ):
        lines += [
            f"    for (int i = 0; i < {COUNT // 2}; i += LANES) {{",
            f"        {name} a = {of_bits}(words_spread_blocks(LOAD(A, i)));",
            f"        {name} b = {of_bits}(words_spread_blocks(LOAD(A, i + {COUNT // 2})));",
            f"        put({to_bits}({name}_unpack_low(a, b)));",
            f"        put({to_bits}({name}_unpack_high(a, b)));\n    }}",
        ]
    for statements in WHOLE.values():
        lines.append(f"    {{ int good = 0; {statements}\n    putchar(good); }}")
    return "\n".join([*lines, "    return 0;\n}\n"])


@pytest.fixture(scope="module", params=RUNNABLE)
def written(request, tmp_path_factory):
    """Return what the program of a port writes, by operation."""
    compiler, runner = RUNNABLE[request.param]
    path = tmp_path_factory.mktemp("lanes") / request.param
    done = subprocess.run(
        [*compiler, f"-I{ROOT}/src/fastinit/_kernels", f'-DFASTINIT_LANES="{request.param}.h"', "-O1",
         "-ffp-contract=off", "-x", "c", "-", "-o", str(path), "-lm"],
        input=program(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    output = subprocess.run([*runner, str(path)], capture_output=True, check=True).stdout
    found = {}
    for name in (*WORDS, *PACKED, "words_unpack", "doubles_unpack"):
        length = 8 * COUNT // PACKED[name][0] if name in PACKED else 8 * COUNT
        found[name], output = output[:length], output[length:]
    assert len(output) == len(WHOLE)
    return found | dict(zip(WHOLE, output, strict=True))


@pytest.mark.parametrize("name", WORDS)
def test_operations_of_lanes_are_those_of_numpy(written, name):
    expected = np.ascontiguousarray(WORDS[name][1]())
    assert expected.nbytes == 8 * COUNT
    bits = expected.view(np.uint32)
    assert np.flatnonzero(np.frombuffer(written[name], np.uint32) != bits).tolist() == []


@pytest.mark.parametrize("name", PACKED)
def test_packed_codes_are_in_the_order_of_the_lanes(written, name):
    assert written[name] == PACKED[name][3]().tobytes()


@pytest.mark.parametrize("name", ["words_unpack", "doubles_unpack"])
def test_blocks_are_unpacked_in_order(written, name):
    assert written[name] == interleaved(A).tobytes()


@pytest.mark.parametrize("name", WHOLE)
def test_operations_of_whole_vectors_see_each_lane(written, name):
    assert written[name] == 1
