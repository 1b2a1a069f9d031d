"""The lane primitives, as Cython sees them; lanes/lanes.h says what each of them does."""

from libc.stdint cimport uint32_t, uint64_t


cdef extern from "lanes/lanes.h" nogil:
    # Fails the compilation unless the condition is a constant that is true.
    void static_assert "STATIC_ASSERT" (bint condition) noexcept

    enum:
        LANES
        CHAINS
        INTERLEAVE
        NORMALS_TOGETHER
        TRUNCATED_TOGETHER
        MOST_TOGETHER
        BATCH
        OCTAVE_DEGREE
        LOG_DEGREE
        SIN_DEGREE
        COS_DEGREE
        QUANTILE_DEGREE

    ctypedef struct OctaveTable:
        float[32][8] rows

    const OctaveTable NORMAL_TABLE
    const float LARGEST_MAGNITUDE
    const double[1] LOG_POLYNOMIAL
    const double[1] SIN_POLYNOMIAL
    const double[1] COS_POLYNOMIAL
    const double[1] QUANTILE_NEAR_POLYNOMIAL
    const double[1] QUANTILE_FAR_POLYNOMIAL
    const double QUANTILE_NEAR_SHIFT
    const double QUANTILE_NEAR_CENTRE
    const double QUANTILE_FAR_SHIFT
    const double QUANTILE_FAR_CENTRE
    const double QUANTILE_FAR_FROM
    const double TWO_LN2_HIGH
    const double TWO_LN2_LOW
    const uint64_t SQRT_HALF_BITS

    # Opaque vectors: Cython copies them and asks nothing else.
    ctypedef struct words:
        pass
    ctypedef struct floats:
        pass
    ctypedef struct doubles:
        pass
    ctypedef struct environment:
        pass

    words words_set(uint64_t w) noexcept
    words words_block_offsets() noexcept
    words words_block_numbers() noexcept
    words words_spread_blocks(words a) noexcept
    words words_add(words a, words b) noexcept
    words words_subtract(words a, words b) noexcept
    words words_and(words a, words b) noexcept
    words words_xor(words a, words b) noexcept
    words words_shift_left(words a, unsigned int n) noexcept
    words words_shift_right(words a, unsigned int n) noexcept
    words words_multiply_low32(words a, words b) noexcept
    words words_high32(words a) noexcept
    words words_shuffle_high32(words a) noexcept
    words words_pair(words low, words high) noexcept
    words words_unpack_low(words a, words b) noexcept
    words words_unpack_high(words a, words b) noexcept
    words words_add32(words a, words b) noexcept
    words words_subtract32(words a, words b) noexcept
    words words_not_below32(words a, words b) noexcept
    words words_merge_high16(words even, words odd) noexcept
    words words_pack_high8(words a, words b) noexcept
    words words_pack_low8(words a, words b, words c, words d) noexcept
    bint words_all_negative(words a) noexcept
    words words_load(const char *p) noexcept
    void words_store(char *p, words a) noexcept
    void words_stream(char *p, words a) noexcept

    floats floats_set(float x) noexcept
    floats floats_from_signed32(words a) noexcept
    floats floats_from_unsigned32(words a) noexcept
    floats floats_from_bits(words a) noexcept
    words floats_to_bits(floats a) noexcept
    floats floats_add(floats a, floats b) noexcept
    floats floats_multiply(floats a, floats b) noexcept
    floats floats_divide(floats a, floats b) noexcept
    floats floats_minimum(floats a, floats b) noexcept
    floats floats_maximum(floats a, floats b) noexcept
    words floats_round_to_signed32(floats a) noexcept
    float floats_smallest(floats a) noexcept
    float floats_largest(floats a) noexcept
    floats floats_magnitude(floats a, floats limit) noexcept
    floats floats_centred_mantissa(floats a) noexcept
    floats floats_flip_sign(floats a, words w) noexcept
    words floats_merge_bfloat16(floats even, floats odd) noexcept
    words floats_narrow_float8_e4m3(floats a) noexcept
    words floats_narrow_float8_e5m2(floats a) noexcept
    words floats_merge_float16(floats even, floats odd) noexcept
    floats floats_round_to_float16(floats a) noexcept
    void octave_polynomials(const OctaveTable *table, const floats *f, floats *values) noexcept

    doubles doubles_set(double x) noexcept
    doubles doubles_from_signed64(words a) noexcept
    doubles doubles_from_high12(words a) noexcept
    doubles doubles_from_bits(words a) noexcept
    words doubles_to_bits(doubles a) noexcept
    doubles doubles_add(doubles a, doubles b) noexcept
    doubles doubles_subtract(doubles a, doubles b) noexcept
    doubles doubles_multiply(doubles a, doubles b) noexcept
    doubles doubles_add_exact_product(doubles a, doubles b, doubles c) noexcept
    doubles doubles_divide(doubles a, doubles b) noexcept
    doubles doubles_sqrt(doubles a) noexcept
    doubles doubles_minimum(doubles a, doubles b) noexcept
    doubles doubles_maximum(doubles a, doubles b) noexcept
    doubles doubles_select(words sign, doubles negative, doubles otherwise) noexcept
    doubles doubles_unpack_low(doubles a, doubles b) noexcept
    doubles doubles_unpack_high(doubles a, doubles b) noexcept
    words doubles_to_float_bits(doubles a) noexcept

    void stream_end() noexcept
    environment environment_reset() noexcept
    void environment_restore(environment saved) noexcept
    bint products_are_rounded() noexcept
