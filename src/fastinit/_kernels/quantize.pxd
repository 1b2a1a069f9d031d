"""Rows of a float32 table as FBGEMM's fused quantised rows, without the table.

Promises: row r is what quantising the float32 row r gives, by the formulas that docs/quantized.md
states; nothing outside the rows is touched, and no byte between strided ones. Takes for granted: as
fill.pxd does; that all values and the range of a row are finite, with 4 bits in float16 too.

Rows are made in a tile that stays in the first-level cache: their values, the extremes of each row,
then what follows from these for as many rows at once as a vector has lanes, then the codes.
Quantising a row of 128 costs AVX-512 some 60 vector instructions, as much as making its uniforms;
the values' arithmetic and, below some 32 columns, the reductions to a row's extremes are the bound.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

from fill cimport TILE_BYTES, Task, fill_contiguous
from lanes cimport (
    LANES, floats, floats_add, floats_divide, floats_from_bits, floats_largest, floats_maximum,
    floats_merge_float16, floats_minimum, floats_multiply, floats_round_to_float16,
    floats_round_to_signed32, floats_set, floats_smallest, floats_to_bits, words, words_and,
    words_load, words_not_below32, words_pack_high8, words_pack_low8, words_set, words_shift_left,
    words_store, words_xor,
)


cdef enum:
    FLOATS = 2 * LANES  # of a vector
    VECTOR_BYTES = 8 * LANES
    CODED_FLOATS = 4 * FLOATS  # values that become codes together: with 8 bits, a vector of them
    MOST_ROWS = 256  # of a tile
    ALIGNMENT = 64


# What each row of a tile is quantised by.
ctypedef struct Scales:
    char[4 * MOST_ROWS] smallest  # float32, as all; the row's, then rounded as it is stored
    char[4 * MOST_ROWS] largest
    char[4 * MOST_ROWS] inverse  # codes in a unit of the values
    char[4 * MOST_ROWS] scale  # as stored: float32, or float16 with the bias after it


cdef inline size_t code_bytes(size_t dim, int bits) noexcept nogil:
    """The codes of a row, which its scale and bias follow."""
    return dim if bits == 8 else (dim + 1) // 2


cdef inline size_t quantized_row_bytes(size_t dim, int bits) noexcept nogil:
    return code_bytes(dim, bits) + <size_t>bits


cdef inline size_t tile_rows(size_t dim, size_t rows) noexcept nogil:
    """Rows to make together: one at least, however long."""
    return min(rows, max(<size_t>1, min(<size_t>MOST_ROWS, TILE_BYTES // (4 * dim))))


cdef inline size_t values_bytes(size_t dim, size_t rows) noexcept nogil:
    """The values of a tile, which may be read up to the end of the last vectors."""
    return (4 * rows * dim + 4 * CODED_FLOATS + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


cdef inline size_t tile_bytes(size_t dim, int bits, size_t rows) noexcept nogil:
    """The memory that `fill_rows` needs."""
    cdef size_t made = tile_rows(dim, rows)
    return (
        ALIGNMENT + values_bytes(dim, made)
        + made * quantized_row_bytes(dim, bits) + VECTOR_BYTES
    )


cdef inline floats load(const char *p) noexcept nogil:
    return floats_from_bits(words_load(p))


cdef inline floats negated(floats a) noexcept nogil:
    return floats_from_bits(words_xor(floats_to_bits(a), words_set(0x8000000080000000)))


cdef inline void row_extremes(
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
        x = load(row + 4 * (dim - FLOATS))  # some of them again, which changes no extreme
        low = floats_minimum(low, x)
        high = floats_maximum(high, x)
    smallest[0] = floats_smallest(low)
    largest[0] = floats_largest(high)


cdef inline void scales8(Scales *scales, size_t at) noexcept nogil:
    """Of a vector of rows: float32 scale and bias."""
    # Which zero is the smaller of two is the instruction set's affair: adding one leaves +0.
    cdef floats bias = floats_add(load(scales.smallest + at), floats_set(0.0))
    cdef floats largest = floats_add(load(scales.largest + at), floats_set(0.0))
    cdef floats extent = floats_add(largest, negated(bias))
    cdef floats levels = floats_set(255.0)
    cdef floats inverse = floats_divide(levels, floats_add(extent, floats_set(<float>1e-8)))
    words_store(scales.smallest + at, floats_to_bits(bias))
    words_store(scales.inverse + at, floats_to_bits(inverse))
    words_store(scales.scale + at, floats_to_bits(floats_divide(extent, levels)))


cdef inline void scales4(Scales *scales, size_t at) noexcept nogil:
    """Of a vector of rows: float16 scale and bias."""
    cdef floats smallest = floats_add(load(scales.smallest + at), floats_set(0.0))
    cdef floats bias = floats_round_to_float16(smallest)
    cdef floats largest = floats_add(load(scales.largest + at), floats_set(0.0))
    cdef floats extent = floats_add(largest, negated(bias))
    cdef words scale = floats_to_bits(
        floats_round_to_float16(floats_divide(extent, floats_set(15.0)))
    )
    cdef words one = floats_to_bits(floats_set(1.0))
    cdef words magnitude = words_and(scale, words_set(0x7FFFFFFF7FFFFFFF))
    cdef words is_zero = words_not_below32(words_set(0), magnitude)
    # A scale of 0 becomes 1, whose bits it has none of.
    scale = words_xor(
        words_and(scale, words_not_below32(magnitude, words_set(0x0000000100000001))),
        words_and(one, is_zero),
    )
    words_store(scales.smallest + at, floats_to_bits(bias))
    words_store(
        scales.inverse + at,
        floats_to_bits(floats_divide(floats_set(1.0), floats_from_bits(scale))),
    )
    words_store(scales.scale + at, floats_merge_float16(floats_from_bits(scale), bias))


cdef inline words nibble_pairs(words codes) noexcept nogil:
    """Codes below 16, one a byte, joined by two into the high byte of each 16 bits."""
    return words_xor(words_shift_left(codes, 4), words_shift_left(codes, 8))


cdef inline void row_codes(
    char *out, const char *row, size_t dim, int bits, float bias, float inverse
) noexcept nogil:
    """Store a row's codes, in whole vectors: what follows them is overwritten."""
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
            if bits == 4:
                x = floats_minimum(floats_maximum(x, floats_set(0.0)), floats_set(15.0))
            codes[v] = floats_round_to_signed32(x)
        packed = words_pack_low8(codes[0], codes[1], codes[2], codes[3])
        if bits == 4:
            packed = nibble_pairs(packed)
            packed = words_pack_high8(packed, packed)
        words_store(out, packed)
        out += VECTOR_BYTES * bits // 8
        i += CODED_FLOATS


cdef inline void quantize_rows(
    char *out, const char *values, size_t dim, int bits, size_t rows, Scales *scales
) noexcept nogil:
    """Store rows one after the other; a vector's bytes after the last are overwritten."""
    cdef size_t row_bytes = quantized_row_bytes(dim, bits)
    cdef float *smallest = <float *>scales.smallest
    cdef float *largest = <float *>scales.largest
    cdef float *inverse = <float *>scales.inverse
    cdef size_t r, done = 0
    cdef char *end
    for r in range(rows):
        row_extremes(values + 4 * r * dim, dim, &smallest[r], &largest[r])
    while done < rows:
        if bits == 8:
            scales8(scales, 4 * done)
        else:
            scales4(scales, 4 * done)
        done += FLOATS
    for r in range(rows):
        row_codes(out, values + 4 * r * dim, dim, bits, smallest[r], inverse[r])
        end = out + code_bytes(dim, bits)
        if bits == 8:
            memcpy(end, scales.scale + 4 * r, 4)
            memcpy(end + 4, scales.smallest + 4 * r, 4)
        else:
            if dim % 2 == 1:
                end[-1] = end[-1] & 0xF
            memcpy(end, scales.scale + 4 * r, 4)
        out += row_bytes


cdef inline void fill_rows(
    char *out, Py_ssize_t stride, size_t dim, int bits, uint64_t first_row, size_t rows,
    char *memory, const Task *task,
) noexcept nogil:
    """Rows [first_row, first_row + rows) of the table, the first at `out`.

    `memory` is of `tile_bytes` or more, and all zeros.
    """
    cdef Scales scales
    cdef char *values = memory + ALIGNMENT - <size_t>memory % ALIGNMENT
    cdef size_t row_bytes = quantized_row_bytes(dim, bits)
    cdef size_t most = tile_rows(dim, rows)
    cdef char *coded = values + values_bytes(dim, most)
    cdef size_t count, r
    memset(&scales, 0, sizeof(Scales))  # lanes without a row are computed too
    while rows > 0:
        count = min(rows, most)
        fill_contiguous(values, first_row * dim, count * dim, False, task)
        if bits == 8:
            quantize_rows(coded, values, dim, 8, count, &scales)
        else:
            quantize_rows(coded, values, dim, 4, count, &scales)
        if stride == <Py_ssize_t>row_bytes:
            memcpy(out, coded, count * row_bytes)
        else:
            for r in range(count):
                memcpy(out + <Py_ssize_t>r * stride, coded + r * row_bytes, row_bytes)
        out += <Py_ssize_t>count * stride
        first_row += count
        rows -= count
