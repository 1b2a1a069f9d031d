"""Quantised rows: float32 rows of a table, which are made in tiles and stored as 8, 4 or 2 bits.

Promises: the arithmetic is IEEE operations on float32 in one order, so that the bytes are the same
on every instruction set. No byte outside the rows or between them is written.

Takes for granted: what fill.pxd takes for granted. The range of a row is finite. If scale and bias
are float16, all values are finite in float16.

Source of the arithmetic: FBGEMM's fused row-wise quantisation, FloatToFused8BitRowwiseQuantized
where the scale and the bias are float32, and FloatToFusedNBitRowwiseQuantizedSBHalf where they are
float16. Source of the two places where scale and bias lie: these functions put them behind the
codes, FBGEMM's table-batched embeddings (TBE) expect them in front, always as float16.

A tile stays in the first-level cache. First its values are made. Then each row's minimum and
maximum are found, and from these the scales, for as many rows at once as a vector has lanes. Then
the codes are made, in whole vectors.

Speed in elements per second, as a fraction of the float32 fill in cache, on Emerald Rapids:

=================  ==========  ======  ======  =======  ======
values             dim         bits    SSE2    AVX2     AVX-512
=================  ==========  ======  ======  =======  ======
uniform            128         8       0.81    0.82     0.80
uniform            128         4       0.80    0.76     0.74
normal             128         8       0.93    0.84     0.85
normal             128         4       0.92    0.85     0.82
uniform            16          8                        0.46
uniform            16          4                        0.40
=================  ==========  ======  ======  =======  ======

Below some 32 columns, minimum and maximum take most of the other time.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

from fill cimport TILE_BYTES, fill_contiguous
from groups cimport Task
from lanes cimport (
    LANES, floats, floats_add, floats_divide, floats_from_bits, floats_largest, floats_maximum,
    floats_merge_float16, floats_minimum, floats_multiply, floats_round_to_float16,
    floats_round_to_signed32, floats_set, floats_smallest, floats_to_bits, static_assert, words,
    words_and, words_load, words_not_below32, words_pack_high8, words_pack_low8, words_set,
    words_shift_left, words_store, words_xor,
)


cdef enum:
    FLOATS = 2 * LANES  # float32 numbers in a vector
    VECTOR_BYTES = 8 * LANES
    CODED_FLOATS = 4 * FLOATS  # values that become codes together; with 8 bits, a vector of codes
    MOST_ROWS = 256  # rows of a tile
    ALIGNMENT = 64


# The scales of the rows of a tile: 4 bytes for a row.
ctypedef struct Scales:
    char[4 * MOST_ROWS] smallest  # float32: the minimum of the row, then the stored bias
    char[4 * MOST_ROWS] largest
    char[4 * MOST_ROWS] inverse  # float32: the factor from values to codes
    char[4 * MOST_ROWS] scale  # as it is stored: float32, or float16 followed by the bias


# How a row is stored.
ctypedef struct RowLayout:
    size_t dim
    int bits  # of a code: 8, 4 or 2
    bint in_front  # whether scale and bias come before the codes


cdef inline bint has_float32_scale(int bits, bint in_front) noexcept nogil:
    """Whether scale and bias are float32, and not float16."""
    return bits == 8 and not in_front


cdef inline size_t code_bytes(const RowLayout *layout) noexcept nogil:
    """Bytes of the codes of a row."""
    return (layout.dim * <size_t>layout.bits + 7) // 8


cdef inline size_t row_bytes_of(const RowLayout *layout) noexcept nogil:
    return code_bytes(layout) + (8 if has_float32_scale(layout.bits, layout.in_front) else 4)


cdef inline size_t tile_rows(size_t dim, size_t rows) noexcept nogil:
    """Rows of a tile: at least one row, of any length."""
    return min(rows, max(<size_t>1, min(<size_t>MOST_ROWS, TILE_BYTES // (4 * dim))))


cdef inline size_t values_bytes(size_t dim, size_t rows) noexcept nogil:
    """Bytes for the values of a tile; the last vectors are read to their end."""
    return (4 * rows * dim + 4 * CODED_FLOATS + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


cdef inline size_t tile_bytes(const RowLayout *layout, size_t rows) noexcept nogil:
    """Bytes of memory that `fill_quantized_rows` needs."""
    cdef size_t made = tile_rows(layout.dim, rows)
    return (
        ALIGNMENT + values_bytes(layout.dim, made)
        + made * row_bytes_of(layout) + VECTOR_BYTES
    )


cdef inline float highest_code(int bits) noexcept nogil:
    return <float>((1 << bits) - 1)


cdef inline floats load(const char *p) noexcept nogil:
    return floats_from_bits(words_load(p))


cdef inline floats negated(floats a) noexcept nogil:
    return floats_from_bits(words_xor(floats_to_bits(a), words_set(0x8000000080000000)))


cdef inline floats unsigned_zeros(floats a) noexcept nogil:
    """Replace -0 by +0. Instruction sets differ in which of the two a minimum returns."""
    return floats_add(a, floats_set(0.0))


cdef inline void row_ends(
    const char *row, size_t dim, float *smallest, float *largest
) noexcept nogil:
    cdef size_t i = FLOATS
    cdef floats low, high, x
    cdef const float *values = <const float *>row
    if dim < FLOATS:
        smallest[0] = largest[0] = values[0]
        for i in range(1, dim):
            smallest[0] = min(smallest[0], values[i])
            largest[0] = max(largest[0], values[i])
        return
    low = high = load(row)
    while i + FLOATS <= dim:
        x = load(row + 4 * i)
        low = floats_minimum(low, x)
        high = floats_maximum(high, x)
        i += FLOATS
    if i < dim:
        x = load(row + 4 * (dim - FLOATS))  # some numbers again, which does not matter
        low = floats_minimum(low, x)
        high = floats_maximum(high, x)
    smallest[0] = floats_smallest(low)
    largest[0] = floats_largest(high)


cdef inline void scales32(Scales *scales, size_t at) noexcept nogil:
    """Compute float32 scale and bias of a vector of rows, for 8 bits."""
    cdef floats bias = unsigned_zeros(load(scales.smallest + at))
    cdef floats largest = unsigned_zeros(load(scales.largest + at))
    cdef floats extent = floats_add(largest, negated(bias))
    cdef floats levels = floats_set(255.0)
    cdef floats inverse = floats_divide(levels, floats_add(extent, floats_set(<float>1e-8)))
    words_store(scales.smallest + at, floats_to_bits(bias))
    words_store(scales.inverse + at, floats_to_bits(inverse))
    words_store(scales.scale + at, floats_to_bits(floats_divide(extent, levels)))


cdef inline void scales16(Scales *scales, size_t at, int bits) noexcept nogil:
    """Compute float16 scale and bias of a vector of rows."""
    cdef floats bias = floats_round_to_float16(unsigned_zeros(load(scales.smallest + at)))
    cdef floats largest = unsigned_zeros(load(scales.largest + at))
    cdef floats extent = floats_add(largest, negated(bias))
    cdef words scale = floats_to_bits(
        floats_round_to_float16(floats_divide(extent, floats_set(highest_code(bits))))
    )
    cdef words one = floats_to_bits(floats_set(1.0))
    cdef words magnitude = words_and(scale, words_set(0x7FFFFFFF7FFFFFFF))
    cdef words is_zero = words_not_below32(words_set(0), magnitude)
    # A scale of 0 becomes 1.
    scale = words_xor(scale, words_and(words_xor(scale, one), is_zero))
    words_store(scales.smallest + at, floats_to_bits(bias))
    words_store(
        scales.inverse + at,
        floats_to_bits(floats_divide(floats_set(1.0), floats_from_bits(scale))),
    )
    words_store(scales.scale + at, floats_merge_float16(floats_from_bits(scale), bias))


cdef inline words joined_pairs(words codes, unsigned int bits) noexcept nogil:
    """Codes of so many bits, one a byte, joined by two into bytes: twice those of a vector."""
    cdef words pairs = words_xor(words_shift_left(codes, bits), words_shift_left(codes, 8))
    return words_pack_high8(pairs, pairs)  # of each 16 bits, the low ones are garbage


cdef inline void row_codes(
    char *out, const char *row, size_t dim, int bits, bint clamped, float bias, float inverse
) noexcept nogil:
    """Store the codes of a row in whole vectors, which also overwrite bytes after the codes."""
    cdef words[4] codes
    cdef words packed
    cdef floats minus_bias = floats_set(-bias)
    cdef floats factor = floats_set(inverse)
    cdef floats x
    cdef size_t i = 0
    cdef int v
    while i < dim:
        for v in range(4):
            x = load(row + 4 * i + v * VECTOR_BYTES)
            x = floats_multiply(floats_add(x, minus_bias), factor)
            if clamped:
                x = floats_maximum(x, floats_set(0.0))
                x = floats_minimum(x, floats_set(highest_code(bits)))
            codes[v] = floats_round_to_signed32(x)
        packed = words_pack_low8(codes[0], codes[1], codes[2], codes[3])
        if bits == 2:
            packed = joined_pairs(packed, 2)
        if bits <= 4:
            packed = joined_pairs(packed, 4)
        words_store(out, packed)
        out += VECTOR_BYTES * bits // 8
        i += CODED_FLOATS


cdef inline void quantize_rows(
    char *out, const char *values, const RowLayout *layout, int bits, bint float32_scale,
    size_t rows, Scales *scales
) noexcept nogil:
    """Store rows one after the other, and overwrite up to a vector's bytes after the last row."""
    cdef size_t dim = layout.dim
    cdef size_t scale_bytes = 8 if float32_scale else 4
    cdef size_t length = code_bytes(layout)
    cdef size_t codes_at = scale_bytes if layout.in_front else 0
    cdef size_t scale_at = 0 if layout.in_front else length
    cdef unsigned int last_bits = <unsigned int>(dim * <size_t>bits % 8)  # in the last byte
    cdef float *smallest = <float *>scales.smallest
    cdef float *largest = <float *>scales.largest
    cdef float *inverse = <float *>scales.inverse
    cdef size_t r, done = 0
    for r in range(rows):
        row_ends(values + 4 * r * dim, dim, &smallest[r], &largest[r])
    while done < rows:
        if float32_scale:
            scales32(scales, 4 * done)
        else:
            scales16(scales, 4 * done, bits)
        done += FLOATS
    for r in range(rows):
        row_codes(
            out + codes_at, values + 4 * r * dim, dim, bits, not float32_scale,
            smallest[r], inverse[r],
        )
        if last_bits != 0:
            out[codes_at + length - 1] &= (1 << last_bits) - 1  # clear the bits after the row
        memcpy(out + scale_at, scales.scale + 4 * r, 4)
        if float32_scale:
            memcpy(out + scale_at + 4, scales.smallest + 4 * r, 4)
        out += length + scale_bytes


cdef inline void fill_quantized_rows(
    char *out, Py_ssize_t row_stride, const RowLayout *layout, uint64_t first_row,
    size_t begin, size_t end, char *memory, const Task *task,
) noexcept nogil:
    """Fill rows [begin, end) of the array. `memory` is tile_bytes(layout, end - begin) zeros."""
    cdef Scales scales
    cdef size_t dim = layout.dim
    cdef char *values = memory + ALIGNMENT - <size_t>memory % ALIGNMENT
    cdef size_t most = tile_rows(dim, end - begin)
    cdef char *coded = values + values_bytes(dim, most)
    cdef size_t row_bytes = row_bytes_of(layout)
    cdef size_t count, r
    static_assert(MOST_ROWS % FLOATS == 0)  # scales are computed in whole vectors
    static_assert(CODED_FLOATS == VECTOR_BYTES)  # with 8 bits
    static_assert(ALIGNMENT % VECTOR_BYTES == 0)
    memset(&scales, 0, sizeof(Scales))  # lanes without a row are computed, too
    out += <Py_ssize_t>begin * row_stride
    while begin < end:
        count = min(end - begin, most)
        fill_contiguous(values, (first_row + begin) * dim, count * dim, False, task)
        # A separate loop for each layout, whose numbers are constants for the compiler.
        if has_float32_scale(layout.bits, layout.in_front):
            quantize_rows(coded, values, layout, 8, True, count, &scales)
        elif layout.bits == 8:
            quantize_rows(coded, values, layout, 8, False, count, &scales)
        elif layout.bits == 4:
            quantize_rows(coded, values, layout, 4, False, count, &scales)
        else:
            quantize_rows(coded, values, layout, 2, False, count, &scales)
        if row_stride == <Py_ssize_t>row_bytes:
            memcpy(out, coded, count * row_bytes)
        else:
            for r in range(count):
                memcpy(out + <Py_ssize_t>r * row_stride, coded + r * row_bytes, row_bytes)
        out += <Py_ssize_t>count * row_stride
        begin += count
