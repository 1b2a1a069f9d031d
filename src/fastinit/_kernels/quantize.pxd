"""Quantised rows: float32 rows of a table, made a tile at a time and stored as 8 or 4 bits.

Promises: the arithmetic is single IEEE operations on float32 in one order, so that the bytes are
the same on every instruction set; nothing outside the rows is touched. Takes for granted: what
fill.pxd does; that all values are finite in float16 where that holds the scale and bias.

Source of the formats and of the arithmetic: FBGEMM's fused row-wise quantisation
(FloatToFused8BitRowwiseQuantized, and FloatToFusedNBitRowwiseQuantizedSBHalf for 4 bits).

A row's tile stays in the first-level cache. Finding the ends takes two operations an element, and
quantising some five, which GCC makes vectors of. Elements a second as a fraction of the float32
normal fill, dim 128, Emerald Rapids, 8 and 4 bits: AVX-512 0.65 and 0.46, AVX2 0.74 and 0.43, SSE2
0.82 and 0.63; the pairs of 4 bits are what holds the latter.
"""

from libc.stdint cimport int32_t, uint8_t, uint64_t
from libc.string cimport memcpy

from fill cimport Task, fill_contiguous
from lanes cimport (
    LANES, floats, floats_from_bits, floats_maximum, floats_merge_float16,
    floats_minimum, floats_set, floats_to_bits, words_load, words_store,
)


cdef enum:
    FLOATS = 2 * LANES  # of a vector
    TILE_FLOATS = 4096


cdef inline void ends_of_row(
    const float *row, size_t dim, float *smallest, float *largest
) noexcept nogil:
    """The ends of a row: exact, so that their order does not matter."""
    cdef float[FLOATS] low_lanes
    cdef float[FLOATS] high_lanes
    cdef floats low = floats_set(row[0])
    cdef floats high = low
    cdef floats values
    cdef size_t i, whole = dim - dim % FLOATS
    cdef float least, most
    for i in range(whole // FLOATS):
        values = floats_from_bits(words_load(<const char *>(row + i * FLOATS)))
        low = floats_minimum(low, values)
        high = floats_maximum(high, values)
    words_store(<char *>low_lanes, floats_to_bits(low))
    words_store(<char *>high_lanes, floats_to_bits(high))
    least = low_lanes[0]
    most = high_lanes[0]
    for i in range(<size_t>FLOATS):
        least = low_lanes[i] if low_lanes[i] < least else least
        most = high_lanes[i] if high_lanes[i] > most else most
    for i in range(whole, dim):
        least = row[i] if row[i] < least else least
        most = row[i] if row[i] > most else most
    smallest[0] = least
    largest[0] = most


cdef inline float round_level(float level) noexcept nogil:
    """To the nearest integer, ties to even, for levels in [0, 2**22]: 2**23 has no fractions."""
    cdef float raised = level + <float>8388608.0
    return raised - <float>8388608.0


cdef inline void quantize_row8(const float *row, size_t dim, uint8_t *out) noexcept nogil:
    """dim bytes, then the float32 scale and bias: value = byte scale + bias."""
    cdef float smallest, largest, span, scale, inverse
    cdef size_t i
    ends_of_row(row, dim, &smallest, &largest)
    span = largest - smallest
    scale = span / <float>255.0
    inverse = <float>255.0 / (span + <float>1e-8)
    for i in range(dim):
        out[i] = <uint8_t><int32_t>round_level((row[i] - smallest) * inverse)
    memcpy(out + dim, &scale, 4)
    memcpy(out + dim + 4, &smallest, 4)


cdef inline void to_half(float value, uint8_t *half, float *rounded) noexcept nogil:
    """Round to float16 as the float16 fills do; `rounded` is what it stands for."""
    cdef char[8 * LANES] lanes
    cdef unsigned int code, exponent, mantissa
    words_store(lanes, floats_merge_float16(floats_set(value), floats_set(value)))
    memcpy(half, lanes, 2)
    code = half[0] | <unsigned int>half[1] << 8
    exponent = code >> 10 & 31
    mantissa = code & 1023
    # A subnormal's unit is 2**-24; else the mantissa has a leading one, and the unit doubles.
    rounded[0] = <float>mantissa if exponent == 0 else <float>(mantissa | 1024)
    rounded[0] *= <float>5.9604644775390625e-08
    if exponent > 1:
        rounded[0] *= <float>(1 << (exponent - 1))
    if code >> 15:
        rounded[0] = -rounded[0]


cdef inline uint8_t level4(float value, float bias, float inverse) noexcept nogil:
    cdef float level = (value - bias) * inverse
    level = level if level > 0 else <float>0.0
    level = level if level < 15 else <float>15.0
    return <uint8_t><int32_t>round_level(level)


cdef inline void quantize_row4(const float *row, size_t dim, uint8_t *out) noexcept nogil:
    """Two levels a byte, the low half first, then the float16 scale and bias."""
    cdef float smallest, largest, bias, scale, inverse
    cdef size_t i, pairs = dim // 2
    cdef uint8_t *end = out + (dim + 1) // 2
    ends_of_row(row, dim, &smallest, &largest)
    to_half(smallest, end + 2, &bias)
    to_half((largest - bias) / <float>15.0, end, &scale)
    if scale == 0:
        to_half(<float>1.0, end, &scale)
    inverse = <float>1.0 / scale
    for i in range(pairs):
        out[i] = (
            level4(row[2 * i], bias, inverse) | level4(row[2 * i + 1], bias, inverse) << 4
        )
    if dim % 2:
        out[pairs] = level4(row[dim - 1], bias, inverse)


cdef inline size_t tile_rows(size_t dim) noexcept nogil:
    """Rows that are made in one go: one, where a row is longer than a tile."""
    return max(TILE_FLOATS // dim, <size_t>1)


cdef inline void fill_quantized_rows(
    char *out, Py_ssize_t row_stride, size_t dim, int bits, uint64_t first_row,
    size_t begin, size_t end, float *tile, const Task *task,
) noexcept nogil:
    """Rows [begin, end) of the array; `tile` has room for tile_rows(dim) rows of float32."""
    cdef size_t count, i
    cdef uint8_t *target
    while begin < end:
        count = min(end - begin, tile_rows(dim))
        fill_contiguous(<char *>tile, (first_row + begin) * dim, count * dim, False, task)
        for i in range(count):
            target = <uint8_t *>(out + <Py_ssize_t>(begin + i) * row_stride)
            if bits == 8:
                quantize_row8(tile + i * dim, dim, target)
            else:
                quantize_row4(tile + i * dim, dim, target)
        begin += count
