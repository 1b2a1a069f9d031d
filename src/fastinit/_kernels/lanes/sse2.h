/* Lane operations on SSE2, which every x86-64 CPU has: 128-bit vectors. */
#include <emmintrin.h>

#include "environment_x86.h"

/* Measured in cache. Sapphire Rapids: four vectors together are 1.20 times (normal) and 1.79 times
 * (truncated) as fast as one alone. Zen 3: eight are 1.0 to 1.4 times as fast as four
 * (truncated); the placement of the code matters. */
enum {
    LANES = 2,
    CHAINS = 8,
    INTERLEAVE = 1,
    NORMALS_TOGETHER = 4,
    TRUNCATED_TOGETHER = 8,
};

typedef __m128i words;
typedef __m128 floats;
typedef __m128d doubles;

LANES_INLINE words words_set(uint64_t w) { return _mm_set1_epi64x((long long)w); }
LANES_INLINE words words_block_offsets(void) { return _mm_set_epi64x(1, 0); }
LANES_INLINE words words_block_numbers(void) { return words_block_offsets(); }
LANES_INLINE words words_spread_blocks(words a) { return a; }
LANES_INLINE words words_add(words a, words b) { return _mm_add_epi64(a, b); }
LANES_INLINE words words_subtract(words a, words b) { return _mm_sub_epi64(a, b); }
LANES_INLINE words words_and(words a, words b) { return _mm_and_si128(a, b); }
LANES_INLINE words words_xor(words a, words b) { return _mm_xor_si128(a, b); }
LANES_INLINE words words_shift_left(words a, unsigned n) { return _mm_slli_epi64(a, (int)n); }
LANES_INLINE words words_shift_right(words a, unsigned n) { return _mm_srli_epi64(a, (int)n); }
LANES_INLINE words words_multiply_low32(words a, words b) { return _mm_mul_epu32(a, b); }
LANES_INLINE words words_high32(words a) { return _mm_srli_epi64(a, 32); }
LANES_INLINE words words_shuffle_high32(words a) {
    return _mm_shuffle_epi32(a, _MM_SHUFFLE(3, 3, 1, 1));
}
LANES_INLINE words words_pair(words low, words high) {
    return _mm_or_si128(_mm_and_si128(low, words_set(UINT64_C(0xffffffff))),
                        _mm_slli_epi64(high, 32));
}
LANES_INLINE words words_unpack_low(words a, words b) { return _mm_unpacklo_epi64(a, b); }
LANES_INLINE words words_unpack_high(words a, words b) { return _mm_unpackhi_epi64(a, b); }
LANES_INLINE words words_add32(words a, words b) { return _mm_add_epi32(a, b); }
LANES_INLINE words words_subtract32(words a, words b) { return _mm_sub_epi32(a, b); }
LANES_INLINE words words_shift_left32(words a, unsigned n) { return _mm_slli_epi32(a, (int)n); }
LANES_INLINE words words_shift_right32(words a, unsigned n) { return _mm_srli_epi32(a, (int)n); }
LANES_INLINE words words_not_below32(words a, words b) {
    /* SSE2 has only one comparison: greater, of signed integers. */
    __m128i sign = _mm_set1_epi32((int)0x80000000u);
    __m128i below = _mm_cmpgt_epi32(_mm_xor_si128(b, sign), _mm_xor_si128(a, sign));
    return _mm_xor_si128(below, _mm_set1_epi32(-1));
}
LANES_INLINE words words_merge_high16(words even, words odd) {
    return _mm_or_si128(
        _mm_srli_epi32(even, 16), _mm_and_si128(odd, _mm_set1_epi32((int)0xffff0000)));
}
LANES_INLINE words words_pack_high8(words a, words b) {
    return _mm_packus_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8));
}
LANES_INLINE words words_pack_low8(words a, words b, words c, words d) {
    return _mm_packus_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
}
LANES_INLINE int words_all_negative(words a) { return _mm_movemask_pd(_mm_castsi128_pd(a)) == 3; }
LANES_INLINE words words_load(const char *p) { return _mm_loadu_si128((const __m128i *)p); }
LANES_INLINE void words_store(char *p, words a) { _mm_storeu_si128((__m128i *)p, a); }
LANES_INLINE void words_stream(char *p, words a) { _mm_stream_si128((__m128i *)p, a); }

LANES_INLINE floats floats_set(float x) { return _mm_set1_ps(x); }
LANES_INLINE floats floats_from_signed32(words a) { return _mm_cvtepi32_ps(a); }
LANES_INLINE floats floats_from_unsigned32(words a) {
    /* The conversions of both halves are exact. Only the sum rounds. */
    __m128 high = _mm_cvtepi32_ps(_mm_srli_epi32(a, 16));
    __m128 low = _mm_cvtepi32_ps(_mm_and_si128(a, _mm_set1_epi32(0xffff)));
    return _mm_add_ps(_mm_mul_ps(high, _mm_set1_ps(65536.0f)), low);
}
LANES_INLINE floats floats_from_bits(words a) { return _mm_castsi128_ps(a); }
LANES_INLINE words floats_to_bits(floats a) { return _mm_castps_si128(a); }
LANES_INLINE floats floats_add(floats a, floats b) { return _mm_add_ps(a, b); }
LANES_INLINE floats floats_multiply(floats a, floats b) { return _mm_mul_ps(a, b); }
LANES_INLINE floats floats_divide(floats a, floats b) { return _mm_div_ps(a, b); }
LANES_INLINE floats floats_minimum(floats a, floats b) { return _mm_min_ps(a, b); }
LANES_INLINE floats floats_maximum(floats a, floats b) { return _mm_max_ps(a, b); }
LANES_INLINE words floats_round_to_signed32(floats a) { return _mm_cvtps_epi32(a); }
LANES_INLINE float floats_smallest(floats a) {
    __m128 pair = _mm_min_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_min_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}
LANES_INLINE float floats_largest(floats a) {
    __m128 pair = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}
LANES_INLINE floats floats_magnitude(floats a, floats limit) {
    __m128 magnitude = _mm_and_ps(a, _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff)));
    return _mm_min_ps(magnitude, limit);
}
LANES_INLINE floats floats_centred_mantissa(floats a) {
    __m128 mantissa = _mm_and_ps(a, _mm_castsi128_ps(_mm_set1_epi32(0x7fffff)));
    return _mm_sub_ps(_mm_or_ps(mantissa, _mm_set1_ps(1.0f)), _mm_set1_ps(1.5f));
}
LANES_INLINE floats floats_flip_sign(floats a, words w) {
    return _mm_xor_ps(a, _mm_and_ps(_mm_castsi128_ps(w), _mm_set1_ps(-0.0f)));
}

/* coefficients[k] becomes, lane by lane, coefficient k of the octave that f lies in. */
LANES_INLINE void octave_coefficients(const OctaveTable *table, floats f, floats *coefficients) {
    /* SSE2 cannot look up a number for each lane. Load the row of each lane, and transpose. */
    const float *rows[4];
    __m128i octave = _mm_srli_epi32(_mm_castps_si128(f), 23);
    rows[0] = table->rows[_mm_extract_epi16(octave, 0) & 31];
    rows[1] = table->rows[_mm_extract_epi16(octave, 2) & 31];
    rows[2] = table->rows[_mm_extract_epi16(octave, 4) & 31];
    rows[3] = table->rows[_mm_extract_epi16(octave, 6) & 31];
    STATIC_ASSERT(OCTAVE_DEGREE == 6); /* seven coefficients, four to a vector */
    for (int half = 0; half < 2; half++) {
        __m128 r0 = _mm_load_ps(rows[0] + 4 * half);
        __m128 r1 = _mm_load_ps(rows[1] + 4 * half);
        __m128 r2 = _mm_load_ps(rows[2] + 4 * half);
        __m128 r3 = _mm_load_ps(rows[3] + 4 * half);
        _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
        coefficients[4 * half] = r0;
        coefficients[4 * half + 1] = r1;
        coefficients[4 * half + 2] = r2;
        if (half == 0) coefficients[3] = r3;
    }
}
#include "octaves_from_coefficients.h"

LANES_INLINE doubles doubles_set(double x) { return _mm_set1_pd(x); }
LANES_INLINE doubles doubles_from_bits(words a) { return _mm_castsi128_pd(a); }
LANES_INLINE words doubles_to_bits(doubles a) { return _mm_castpd_si128(a); }
LANES_INLINE doubles doubles_add(doubles a, doubles b) { return _mm_add_pd(a, b); }
LANES_INLINE doubles doubles_subtract(doubles a, doubles b) { return _mm_sub_pd(a, b); }
LANES_INLINE doubles doubles_multiply(doubles a, doubles b) { return _mm_mul_pd(a, b); }
LANES_INLINE doubles doubles_add_exact_product(doubles a, doubles b, doubles c) {
    return doubles_add(doubles_multiply(a, b), c);
}
LANES_INLINE doubles doubles_divide(doubles a, doubles b) { return _mm_div_pd(a, b); }
LANES_INLINE doubles doubles_sqrt(doubles a) { return _mm_sqrt_pd(a); }
LANES_INLINE doubles doubles_minimum(doubles a, doubles b) { return _mm_min_pd(a, b); }
LANES_INLINE doubles doubles_maximum(doubles a, doubles b) { return _mm_max_pd(a, b); }
LANES_INLINE words doubles_to_float_bits(doubles a) {
    return _mm_unpacklo_epi32(_mm_castps_si128(_mm_cvtpd_ps(a)), _mm_setzero_si128());
}
LANES_INLINE doubles doubles_select(words sign, doubles negative, doubles otherwise) {
    __m128i signs = _mm_srai_epi32(sign, 31);
    __m128d mask = _mm_castsi128_pd(_mm_shuffle_epi32(signs, _MM_SHUFFLE(3, 3, 1, 1)));
    return _mm_or_pd(_mm_and_pd(mask, negative), _mm_andnot_pd(mask, otherwise));
}
LANES_INLINE doubles doubles_unpack_low(doubles a, doubles b) { return _mm_unpacklo_pd(a, b); }
LANES_INLINE doubles doubles_unpack_high(doubles a, doubles b) { return _mm_unpackhi_pd(a, b); }

#include "signed64_by_halves.h"
