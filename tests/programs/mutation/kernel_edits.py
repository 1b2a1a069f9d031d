"""The edits of the kernels: each is a fault that a test must see.

A test compares the texts with the source, so an edit that no longer applies fails CI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.paths import ROOT

#: What became of each edit.
RESULTS = ROOT / "docs/trust/kernel-mutants.txt"

PHILOX = "_kernels/philox.pxd"
TRANSFORMS = "_kernels/transforms.pxd"
FILL = "_kernels/fill.pxd"
GROUPS = "_kernels/groups.pxd"
BOX = "_kernels/box.pxd"
QUANTIZE = "_kernels/quantize.pxd"
HOUSEHOLDER = "_kernels/householder.pxd"
MODULE = "_kernels/module.pxi"
POLYNOMIALS = "_kernels/polynomials.h"
NARROW = "_kernels/lanes/narrow_floats.h"
BY_HALVES = "_kernels/lanes/signed64_by_halves.h"
ENVIRONMENT = "_kernels/lanes/environment_x86.h"
SSE2 = "_kernels/lanes/sse2.h"
AVX2 = "_kernels/lanes/avx2.h"
AVX512 = "_kernels/lanes/avx512.h"
NEON = "_kernels/lanes/neon.h"
PORTABLE = "_kernels/lanes/portable.h"
MOMENTS = "_kernels/moments.pyx"
PROCESSOR = "_kernels/processor.pyx"
DISPATCH = "_kernels/dispatch.py"
BIT_GENERATOR = "_random/bit_generator.pyx"

BITS = ("tests/kernels/test_bits.py",)
BOXES = ("tests/kernels/test_bits.py", "tests/weight/test_weight.py")
NARROW_TESTS = ("tests/kernels/test_narrow_floats.py",)
ACCURACY = ("tests/kernels/test_accuracy.py",)
TRUNCATED = ("tests/schemes/test_truncated_normal.py",)
QUANTIZED = ("tests/schemes/test_quantized.py",)
STRUCTURED = ("tests/schemes/test_structured.py",)
CHOICE = ("tests/kernels/test_choice_of_kernels.py", "tests/engine/test_engine.py")
MOMENTS_TESTS = ("tests/kernels/test_moments.py",)
PHILOX_TESTS = ("tests/random/test_bit_generator.py",)
ARGUMENTS = ("tests/kernels/test_kernel_arguments.py",)
LANES = ("tests/kernels/test_lane_operations.py",)


@dataclass(frozen=True)
class Edit:
    """One fault: what it is, and the text that is replaced."""

    name: str
    file: str  # below src/fastinit
    old: str
    new: str
    module: str = "generic"  # that is compiled; "" for none
    tests: tuple[str, ...] = ()  # that run first, because one of them should fail
    count: int = 1  # how often the text is in the file
    equivalent: str = ""  # why no test can see it, if that is so

    def apply(self, source: str) -> str:
        """Return the source with this edit."""
        found = source.count(self.old)
        if found != self.count:
            raise ValueError(
                f"{self.name}: expected the text {self.count} times in {self.file}, found {found}"
            )
        return source.replace(self.old, self.new)


def read_verdicts() -> dict[str, tuple[str, str]]:
    """Return the verdicts of earlier runs."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    rows = (re.split(r" {2,}", line) for line in lines if not line.startswith("#"))
    return {row[0]: (row[2], row[3] if len(row) > 3 else "") for row in rows if len(row) > 2}


EDITS = (
    # Words.
    Edit("multiplier of Philox", PHILOX, "0xCD9E8D57", "0xCD9E8D55"),
    Edit("key of the second word", PHILOX, "<uint32_t>(seed >> 32) +", "<uint32_t>(seed >> 31) +"),
    Edit("nine rounds", PHILOX, "    round_once(group, run, 9)\n", ""),
    Edit("high half of the block number, in one of two places", PHILOX,
         "run.after_round_1_word_0 = words_set(x_0 ^ block_high)",
         "run.after_round_1_word_0 = words_set(x_0)"),
    Edit("high half of the stream", PHILOX,
         "run.after_round_1 = words_set(<uint32_t>(stream >> 32)",
         "run.after_round_1 = words_set(<uint32_t>stream"),
    Edit("order of blocks of any numbers", PHILOX, "        if spread:\n", "        if not spread:\n",
         module="avx2", tests=BOXES),
    # Loops over memory.
    Edit("a piece does not stop at the carry of the block number", FILL,
         "            if blocks_before_carry < GROUP_BLOCKS:\n", "            if False:\n", tests=BITS),
    Edit("no new run after the carry", FILL, "if remaining > 0 and <uint32_t>block == 0:",
         "if remaining > 0 and block == 0:", tests=BITS),
    Edit("the skipped part of a block is counted as written", FILL,
         "piece = min(piece - skip, remaining)", "piece = min(piece, remaining)", tests=BITS),
    Edit("streaming to addresses that are not aligned to blocks", FILL,
         "    streaming = streaming and (<size_t>out - skip) % per_block == 0\n", "", tests=BITS),
    Edit("streaming to a part of a cache line", FILL,
         "kernel(&stretch, 1, &source, task, streaming and line == 0)",
         "kernel(&stretch, 1, &source, task, streaming)", module="avx2", tests=BITS),
    Edit("no fence after non-temporal stores", FILL, "        stream_end()\n", "        pass\n",
         tests=BITS,
         equivalent="only another CPU can see it, and only until this one joins the thread, which "
                    "completes the stores"),
    Edit("axes are joined that are not contiguous", FILL,
         "walk.strides[last] == strides[axis] * shape[axis]",
         "walk.strides[last] >= strides[axis] * shape[axis]", tests=BITS),
    Edit("strided elements of two bytes lose one", FILL, "values + 2 * i, 2)", "values + 2 * i, 1)",
         tests=NARROW_TESTS),
    Edit("every tile of a strided array is the first", FILL,
         "fill_contiguous(tile, offset + begin, count", "fill_contiguous(tile, offset, count",
         tests=BITS),
    Edit("a part of a strided array begins at another element", FILL,
         "    for axis in range(walk.ndim - 1, -1, -1):\n        walk.index",
         "    for axis in range(walk.ndim):\n        walk.index", tests=BITS),
    Edit("the second stretch continues the first", GROUPS,
         "            block_low = stretches.first_block\n", "", tests=BITS),
    Edit("a constant of 8 bytes is taken for one of 1", GROUPS, "bytes_of_value + 1, 7)",
         "bytes_of_value + 1, 3)", tests=("tests/kernels/test_exports.py",)),
    Edit("each packed group is the first", GROUPS, "source.made + i,", "source.made,", tests=BOXES),
    Edit("each listed group is the first", GROUPS,
         "run, numbers + i * GROUP_BLOCKS", "run, numbers", tests=BOXES),
    Edit("another format's loop", GROUPS, "        return fill_truncated_tail_bfloat16\n",
         "        return fill_truncated_tail_float16\n", tests=NARROW_TESTS),
    Edit("row numbers of 32 bits", BOX, "<uint64_t>rows.listed[i])", "<uint32_t>rows.listed[i])",
         tests=BOXES),
    Edit("stretches across the carry of the block number", BOX,
         "        or (block + groups * GROUP_BLOCKS - 1) >> 32 != block >> 32\n", "", tests=BITS),
    Edit("stretches of two runs in one call", BOX,
         "MOST_STRETCHES or pending.block_high != <uint32_t>(block >> 32):\n        stretches_flush",
         "MOST_STRETCHES:\n        stretches_flush", tests=BITS),
    Edit("streaming short rows to addresses that are not aligned", BOX,
         "and (streaming or groups >= GROUPS_WORTH_ALIGNING))",
         "and groups >= GROUPS_WORTH_ALIGNING)", module="avx2", tests=BITS),
    Edit("a piece begins with its block", BOX, "(pending.blocks * per_block + skip) * pending.size",
         "(pending.blocks * per_block) * pending.size", tests=BOXES),
    Edit("a whole row begins with its block", BOX, "size_of_block + skip * pending.size",
         "size_of_block", tests=BOXES),
    Edit("as many blocks for each row, wherever it begins", BOX, "(skip + length + past) >> shift",
         "(length + past) >> shift", tests=BOXES),
    Edit("a row of more blocks than the batch has room for", BOX, "blocks + most <= MOST_BLOCKS",
         "blocks < MOST_BLOCKS", tests=BOXES),
    Edit("the words of a float64 normal from the loop of a uniform", GROUPS,
         "        return fill_listed_normal_float64\n", "        return fill_listed_uniform_float64\n",
         tests=BOXES),
    Edit("the last group of a batch ends after the memory", BOX,
         "rest = min(pending.blocks * block_bytes(task.format), <size_t>(pending.end - pending.place))",
         "rest = pending.blocks * block_bytes(task.format)", tests=BOXES),
    Edit("rows apart in memory are stored together", BOX,
         "        if box.strides[axis] != <Py_ssize_t>stride:\n            return False\n", "", tests=BOXES),
    Edit("rows that do not begin with a block need no copy", BOX,
         "        if box.steps[axis] % per_block != 0:\n            return False\n", "", tests=BOXES),
    Edit("a range that does not begin with a block needs no copy", BOX,
         "whole_blocks and begin % pending.per_block == 0\n", "whole_blocks\n", tests=BOXES),
    Edit("the last of a copy's moves is not at its end", FILL,
         "words_store(out + size - sizeof(words), words_load(values + size - sizeof(words)))",
         "words_store(out, words_load(values))", tests=BOXES),
    Edit("a short copy moves whole vectors", FILL, "if size >= sizeof(words):", "if size > 0:",
         tests=BOXES),
    Edit("numbers of a run's later blocks", BOX, "words_add(number, words_set(LANES))",
         "words_add(number, words_set(1))", tests=BOXES),
    Edit("axes are joined that are not neighbours in the tensor", BOX,
         "            and box.steps[last] == steps[axis] * <uint64_t>shape[axis]\n", "", tests=BOXES),
    Edit("listed rows are joined", BOX, "first = 1 if rows != NULL else 0", "first = 0", tests=BOXES),
    Edit("a part of a box begins in a row", BOX,
         "row_element(&rows, i) + column", "row_element(&rows, i)", tests=BOXES),
    Edit("the elements of a row with a step are taken for neighbours", BOX,
         "box.ndim <= first or box.steps[box.ndim - 1] != 1:", "box.ndim <= first:", tests=BOXES),
    # From words to values.
    Edit("23 bits of a float32 uniform", TRANSFORMS, "0x00FFFFFF00FFFFFF", "0x007FFFFF007FFFFF",
         tests=ACCURACY),
    Edit("52 bits of a float64 uniform", TRANSFORMS, "0x001FFFFFFFFFFFFF", "0x000FFFFFFFFFFFFF",
         tests=ACCURACY),
    Edit("a float32 uniform returns high", TRANSFORMS,
         "floats_minimum(\n                uniform32(w[v], parameters), floats_set(<float>parameters.largest)\n            )",
         "uniform32(w[v], parameters)", tests=ACCURACY),
    Edit("a float64 uniform returns high", TRANSFORMS,
         "doubles_minimum(\n                    uniform64(w[v], parameters), doubles_set(parameters.largest)\n                )",
         "uniform64(w[v], parameters)", tests=ACCURACY),
    Edit("a narrow uniform returns less than low", TRANSFORMS,
         "if format != FLOAT32 and parameters.lowest > parameters.location:", "if False:",
         tests=NARROW_TESTS),
    Edit("the sign of a normal", TRANSFORMS, "values[v] = floats_flip_sign(values[v], w[v])",
         "values[v] = floats_flip_sign(values[v], words_xor(w[v], words_set(<uint64_t>1 << 63)))"),
    Edit("the word that splits a truncated normal", TRANSFORMS, "words_set(split | split << 32)",
         "words_set((split + 1) | (split + 1) << 32)", tests=ARGUMENTS),
    Edit("the fraction that splits a tail", TRANSFORMS,
         "doubles_subtract(fraction[v], doubles_set(parameters.split))",
         "doubles_subtract(fraction[v], doubles_add(doubles_set(parameters.split), doubles_set(1e-15)))",
         tests=ARGUMENTS),
    Edit("word of 0 in a truncated normal", TRANSFORMS,
         "floats_minimum(magnitude[v], floats_set(LARGEST_MAGNITUDE)), floats_set(0.5)",
         "floats_minimum(magnitude[v], floats_set(LARGEST_MAGNITUDE)), floats_set(0.25)",
         tests=ARGUMENTS),
    Edit("a truncated normal above its upper bound", TRANSFORMS,
         "                floats_minimum(values[v], floats_set(<float>parameters.largest)),\n",
         "                values[v],\n", tests=TRUNCATED),
    Edit("a truncated normal below its lower bound", TRANSFORMS,
         "            values[v] = floats_maximum(\n                floats_minimum(values[v], floats_set(<float>parameters.largest)),\n"
         "                floats_set(<float>parameters.lowest),\n            )",
         "            values[v] = floats_minimum(values[v], floats_set(<float>parameters.largest))",
         tests=TRUNCATED),
    Edit("a tail above its upper bound", TRANSFORMS,
         "doubles_minimum(value, doubles_set(parameters.largest)), doubles_set(parameters.lowest)",
         "value, doubles_set(parameters.lowest)", tests=TRUNCATED),
    Edit("a tail below its lower bound", TRANSFORMS,
         "return doubles_maximum(\n        doubles_minimum(value, doubles_set(parameters.largest)), doubles_set(parameters.lowest)\n    )",
         "return doubles_minimum(value, doubles_set(parameters.largest))", tests=TRUNCATED),
    Edit("the last octave of a logarithm", TRANSFORMS, "            reduced,  # negative",
         "            doubles_to_bits(x[v]),  # negative", tests=ACCURACY),
    Edit("words of 64 bits are signed", TRANSFORMS, "return doubles_select(w, doubles_add(fraction, doubles_set(1.0)), fraction)",
         "return fraction", tests=ACCURACY),
    Edit("half a step is missing", TRANSFORMS, "doubles_set(step * unit)", "doubles_set(0.0)",
         tests=ACCURACY),
    Edit("the nearest quarter turn", TRANSFORMS, "words_add(w[v], words_set(<uint64_t>1 << 61))",
         "words_add(w[v], words_set(<uint64_t>1 << 60))", tests=ACCURACY),
    Edit("the sign of a cosine", TRANSFORMS, "words_and(words_xor(quarter, odd), sign)",
         "words_and(quarter, sign)", tests=ACCURACY),
    Edit("the far range of a quantile", TRANSFORMS, "    if not words_all_negative(all_near):\n",
         "    if False:\n", tests=TRUNCATED),
    Edit("the curvature of a window", TRANSFORMS, "doubles_set(parameters.curvature)",
         "doubles_set(0.0)", tests=TRUNCATED),
    Edit("float8 of two chains are swapped", TRANSFORMS,
         "words_merge_high16(codes[0], codes[1]), words_merge_high16(codes[2], codes[3])",
         "words_merge_high16(codes[2], codes[3]), words_merge_high16(codes[0], codes[1])",
         tests=NARROW_TESTS),
    Edit("a coefficient of a rare octave", POLYNOMIALS, "-0x1.708536p-9f", "-0x1.708536p-8f",
         tests=ACCURACY),
    Edit("a coefficient of the far range of a quantile", POLYNOMIALS, "0x1.64f1eabf42e32p-13",
         "0x1.64f1eabf42e32p-12", tests=TRUNCATED),
    Edit("a coefficient of the cosine", POLYNOMIALS, "0x1.f3ef4596c7dabp-22", "0x1.f3ef4596c7dabp-23",
         tests=ACCURACY),
    # Narrow floats.
    Edit("ties of bfloat16", NARROW, "UINT64_C(0x00007fff00007fff)", "UINT64_C(0x0000800000008000)",
         tests=NARROW_TESTS),
    Edit("subnormal float16", NARROW, "floats_narrow(even, 16, 10, -14)",
         "floats_narrow(even, 16, 10, -15)", tests=NARROW_TESTS),
    Edit("subnormal float8_e4m3fn", NARROW, "floats_narrow(a, 8, 3, -6)", "floats_narrow(a, 8, 3, -5)",
         tests=NARROW_TESTS),
    Edit("subnormal float16 scales", NARROW, "UINT64_C(0x3880000038800000)",
         "UINT64_C(0x3800000038000000)", tests=QUANTIZED),
    # Quantised rows.
    Edit("constant rows of 8 bits", QUANTIZE, "floats_set(<float>1e-8)", "floats_set(<float>0.0)",
         tests=QUANTIZED),
    Edit("constant rows of 4 bits", QUANTIZE,
         "    scale = words_xor(scale, words_and(words_xor(scale, one), is_zero))\n", "",
         tests=QUANTIZED),
    Edit("bits after a row", QUANTIZE, "        if last_bits != 0:\n", "        if False:\n",
         tests=QUANTIZED),
    Edit("the last numbers of a row have no part in its range", QUANTIZE, "    if i < dim:\n",
         "    if False:\n", tests=QUANTIZED),
    Edit("codes above the highest", QUANTIZE,
         "                x = floats_minimum(x, floats_set(highest_code(bits)))\n", "",
         tests=QUANTIZED),
    Edit("a bias of -0", QUANTIZE, "return floats_add(a, floats_set(0.0))", "return a",
         tests=QUANTIZED),
    Edit("every tile of quantised rows is the first", QUANTIZE, "(first_row + begin) * dim,",
         "first_row * dim,", tests=QUANTIZED),
    # Orthogonal matrices.
    Edit("a reflection to the corner's own side", HOUSEHOLDER, "if corner >= 0.0:",
         "if corner < 0.0:", tests=STRUCTURED),
    Edit("a column of zeros is reflected", HOUSEHOLDER, "        if products[k] == 0.0:\n",
         "        if False:\n", tests=ARGUMENTS),
    Edit("a sum of coefficients lacks its first term", HOUSEHOLDER, "for j in range(i, k):",
         "for j in range(i + 1, k):", tests=STRUCTURED),
    Edit("rows after the last whole tile", HOUSEHOLDER, "        while row < rows:\n",
         "        while row + 1 < rows:\n", tests=STRUCTURED),
    # What Python calls.
    Edit("a fill past the end of the array", MODULE,
         "if end * element_bytes(task.format) > <size_t>view.len:", "if False:", tests=ARGUMENTS),
    Edit("a box past the end of the array", MODULE,
         "if end * element_bytes(task.format) > <size_t>view.len or len(steps) != view.ndim:",
         "if len(steps) != view.ndim:", tests=ARGUMENTS),
    Edit("fewer steps than axes", MODULE, " or len(steps) != view.ndim:", ":", tests=ARGUMENTS),
    Edit("row numbers of another type", MODULE,
         "if rows is not None and listed.len != view.shape[0] * <Py_ssize_t>sizeof(int64_t):",
         "if False:", tests=ARGUMENTS),
    Edit("quantised rows past the end of the array", MODULE, " or end > <size_t>view.shape[0]", "",
         tests=ARGUMENTS),
    Edit("a matrix that is too small for its panels", MODULE,
         " or <size_t>view.len < count * sizeof(double)", "", tests=ARGUMENTS),
    Edit("a panel that does not exist", MODULE, "if first >= columns or columns > rows:",
         "if columns > rows:", tests=ARGUMENTS),
    Edit("words and normals of two lengths", MODULE, "if source.len != target.len or", "if",
         tests=ARGUMENTS),
    Edit("a fill holds the GIL", MODULE,
         'contiguous = PyBuffer_IsContiguous(&view, b"C")\n        with nogil:',
         'contiguous = PyBuffer_IsContiguous(&view, b"C")\n        if True:', tests=ARGUMENTS),
    Edit("a fill keeps the buffer", MODULE,
         "            environment_restore(saved)\n    finally:\n        PyBuffer_Release(&view)",
         "            environment_restore(saved)\n    finally:\n        pass", tests=ARGUMENTS),
    Edit("the environment of the caller in a decomposition", MODULE,
         "saved = environment_reset()\n                    decompose_panel(",
         "saved = environment_reset()\n                    environment_restore(saved)\n                    decompose_panel(",
         tests=ARGUMENTS),
    Edit("the environment of the caller in quantised rows", MODULE,
         "saved = environment_reset()\n                fill_quantized_rows(",
         "saved = environment_reset()\n                environment_restore(saved)\n                fill_quantized_rows(",
         tests=ARGUMENTS),
    Edit("the environment of the caller everywhere", ENVIRONMENT,
         "if (saved != MXCSR_DEFAULT) _mm_setcsr(MXCSR_DEFAULT);", "(void)MXCSR_DEFAULT;",
         tests=ARGUMENTS),
    Edit("the environment is not given back", ENVIRONMENT, "{ _mm_setcsr(saved); }",
         "{ (void)saved; }", tests=ARGUMENTS),
    # Lanes.
    Edit("SSE2: a signed comparison of words", SSE2,
         "_mm_cmpgt_epi32(_mm_xor_si128(b, sign), _mm_xor_si128(a, sign))",
         "_mm_cmpgt_epi32(b, a)", tests=LANES),
    Edit("SSE2: the mask of the high 16 bits", SSE2, "_mm_set1_epi32((int)0xffff0000)",
         "_mm_set1_epi32((int)0xfffe0000)", tests=LANES),
    Edit("SSE2: unsigned words are signed", SSE2, "_mm_cvtepi32_ps(_mm_srli_epi32(a, 16))",
         "_mm_cvtepi32_ps(_mm_srai_epi32(a, 16))", tests=LANES),
    Edit("SSE2: a selection reads more than the sign", SSE2, "_mm_shuffle_epi32(signs, _MM_SHUFFLE(3, 3, 1, 1))",
         "signs", tests=LANES),
    Edit("SSE2: the minimum of some lanes", SSE2,
         "_mm_min_ss(pair, _mm_shuffle_ps(pair, pair, 1))", "_mm_min_ss(pair, pair)", tests=LANES),
    Edit("SSE2: one negative lane for all", SSE2, "_mm_movemask_pd(_mm_castsi128_pd(a)) == 3",
         "_mm_movemask_pd(_mm_castsi128_pd(a)) != 0", tests=LANES),
    Edit("64-bit words by halves: the sign of the high half", BY_HALVES, "0x4530000080000000",
         "0x4530000000000000", tests=LANES),
    Edit("AVX2: the order of packed bytes", AVX2,
         "return _mm256_permute4x64_epi64(packed, _MM_SHUFFLE(3, 1, 2, 0));", "return packed;",
         module="avx2", tests=LANES),
    Edit("AVX2: the order of packed codes", AVX2, "_mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0)",
         "_mm256_set_epi32(7, 6, 3, 2, 5, 4, 1, 0)", module="avx2", tests=LANES),
    Edit("AVX2: the first common octave of a lane", AVX2,
         "_mm256_set1_epi32(FIRST_COMMON_OCTAVE), exponent",
         "_mm256_set1_epi32(FIRST_COMMON_OCTAVE - 1), exponent", module="avx2", tests=LANES),
    Edit("AVX2: the first common octave of a batch", AVX2,
         "_mm256_set1_epi32(FIRST_COMMON_OCTAVE), lowest",
         "_mm256_set1_epi32(FIRST_COMMON_OCTAVE - 1), lowest", module="avx2", tests=LANES),
    Edit("AVX2: rare octaves of the first vector only", AVX2,
         "v == 0 ? octave[0] : _mm256_min_epi32(lowest, octave[v])", "octave[0]", module="avx2",
         tests=LANES),
    Edit("AVX2: ties of bfloat16", AVX2, "_mm256_subs_epu16(dropped, is_even)", "dropped",
         module="avx2", tests=LANES),
    Edit("portable C: unsigned words are signed", PORTABLE,
         "(float)(uint32_t)a, (float)(uint32_t)(a >> 32)",
         "(float)(uint32_t)a, (float)(int32_t)(uint32_t)(a >> 32)", module="portable", tests=LANES),
    Edit("portable C: rounding of negative numbers", PORTABLE, "0x1.8p23f", "0x1.0p23f",
         module="portable", tests=LANES),
    Edit("portable C: the low halves of a product", PORTABLE,
         "return (a & UINT64_C(0xffffffff)) * (b & UINT64_C(0xffffffff));",
         "return a * (b & UINT64_C(0xffffffff));", module="portable", tests=LANES),
    Edit("AVX-512: the smaller magnitude keeps its sign", AVX512, "_mm512_range_ps(a, limit, 10)",
         "_mm512_range_ps(a, limit, 2)", module="avx512", tests=LANES),
    Edit("AVX-512: a signed comparison of words", AVX512, "_mm512_cmpge_epu32_mask",
         "_mm512_cmpge_epi32_mask", module="avx512", tests=LANES),
    Edit("AVX-512: one negative lane for all", AVX512, "_mm512_movepi64_mask(a) == 0xff",
         "_mm512_movepi64_mask(a) != 0", module="avx512", tests=LANES),
    Edit("NEON: bits of two numbers overlap", NEON,
         "vsriq_n_u32(vreinterpretq_u32_u64(odd), vreinterpretq_u32_u64(even), 16)",
         "vsriq_n_u32(vreinterpretq_u32_u64(odd), vreinterpretq_u32_u64(even), 15)", module="neon",
         tests=LANES),
    Edit("NEON: signed words are unsigned", NEON, "vcvtq_f32_s32(vreinterpretq_s32_u64(a))",
         "vcvtq_f32_u32(vreinterpretq_u32_u64(a))", module="neon", tests=LANES),
    Edit("NEON: a selection reads another bit than the sign", NEON,
         "vshrq_n_s64(vreinterpretq_s64_u64(sign), 63)",
         "vshrq_n_s64(vshlq_n_s64(vreinterpretq_s64_u64(sign), 1), 63)", module="neon", tests=LANES),
    # Sums.
    Edit("each piece begins with the first sum", MOMENTS, "first = <int>(self.count % SUMS)",
         "first = 0", module="moments", tests=("tests/storage/test_receipts.py::test_moments_do_not_depend_on_the_pieces",)),
    Edit("the last of an odd number of codes", MOMENTS, "if view.len % 2:", "if False:",
         module="moments", tests=MOMENTS_TESTS),
    Edit("the second code of a pair", MOMENTS,
         "                    bytes8[code >> 8] += self.counts[code]\n", "", module="moments", tests=MOMENTS_TESTS),
    Edit("more codes than can be counted", MOMENTS, "if self.count + words >> 32:", "if False:",
         module="moments", tests=MOMENTS_TESTS),
    Edit("the environment of the caller in sums", MOMENTS,
         "saved = environment_reset()\n                if view.itemsize == sizeof(float):",
         "saved = environment_reset()\n                environment_restore(saved)\n                if view.itemsize == sizeof(float):",
         module="moments", tests=ARGUMENTS),
    # NumPy's bit generator.
    Edit("a 64-bit value begins at an odd word", BIT_GENERATOR, "(position.next + 1) & ~<size_t>1",
         "position.next", module="bit_generator", tests=PHILOX_TESTS),
    Edit("a lock that its thread cannot take again", BIT_GENERATOR, "threading.RLock()",
         "threading.Lock()", module="bit_generator", tests=PHILOX_TESTS),
    Edit("a skipped word in advance", BIT_GENERATOR, "(word + word % 2 + words) %", "(word + words) %",
         module="bit_generator", tests=PHILOX_TESTS),
    Edit("a jump forgets the position", BIT_GENERATOR,
         "        move_to(&(<Philox>other).position, word)\n", "",
         module="bit_generator", tests=PHILOX_TESTS),
    Edit("the state is read while another thread draws", BIT_GENERATOR,
         "        with self.lock:\n            seed, stream = ", "        if True:\n            seed, stream = ",
         module="bit_generator", tests=PHILOX_TESTS),
    Edit("children of threads", BIT_GENERATOR, "        with lock_of_children:", "        if True:",
         module="bit_generator", tests=PHILOX_TESTS),
    # The choice of kernels.
    Edit("instructions that this CPU lacks", PROCESSOR, "return bool(cpu_has_neon())", "return True",
         module="processor", tests=CHOICE),
    Edit("an instruction set of no name", PROCESSOR,
         '    raise ValueError(f"no instruction set is called {isa!r}")\n', "    return False\n",
         module="processor", tests=CHOICE),
    Edit("the slowest kernels", DISPATCH, "return available_isas()[-1]", "return available_isas()[0]",
         module="", tests=CHOICE),
    Edit("forced kernels of another CPU", DISPATCH, "if not processor.supports(forced):", "if False:",
         module="", tests=CHOICE),
    Edit("forced kernels that were not built", DISPATCH, "if forced not in compiled_isas():",
         "if False:", module="", tests=CHOICE),
)  # fmt: skip
