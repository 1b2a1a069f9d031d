/* Lane operations on AVX2: 256-bit vectors. */
#include <immintrin.h>

#include "environment_x86.h"

/* Measured in cache. Sapphire Rapids: four vectors together are 1.07 times (normal) and 1.57 times
 * (truncated) as fast as one alone. Zen 3: eight are 1.35 times as fast as four (truncated). */
enum {
    LANES = 4,
    CHAINS = 8,
    INTERLEAVE = 4,
    NORMALS_TOGETHER = 4,
    TRUNCATED_TOGETHER = 8,
};

typedef __m256i words;
typedef __m256 floats;
typedef __m256d doubles;

LANES_INLINE words words_set(uint64_t w) { return _mm256_set1_epi64x((long long)w); }
LANES_INLINE words words_block_offsets(void) { return _mm256_set_epi64x(3, 1, 2, 0); }
LANES_INLINE words words_block_numbers(void) { return _mm256_set_epi64x(3, 2, 1, 0); }
LANES_INLINE words words_spread_blocks(words a) {
    return _mm256_permute4x64_epi64(a, _MM_SHUFFLE(3, 1, 2, 0));
}
LANES_INLINE words words_add(words a, words b) { return _mm256_add_epi64(a, b); }
LANES_INLINE words words_subtract(words a, words b) { return _mm256_sub_epi64(a, b); }
LANES_INLINE words words_and(words a, words b) { return _mm256_and_si256(a, b); }
LANES_INLINE words words_xor(words a, words b) { return _mm256_xor_si256(a, b); }
LANES_INLINE words words_shift_left(words a, unsigned n) {
    return _mm256_slli_epi64(a, (int)n);
}
LANES_INLINE words words_shift_right(words a, unsigned n) {
    return _mm256_srli_epi64(a, (int)n);
}
LANES_INLINE words words_multiply_low32(words a, words b) { return _mm256_mul_epu32(a, b); }
LANES_INLINE words words_high32(words a) { return _mm256_srli_epi64(a, 32); }
LANES_INLINE words words_shuffle_high32(words a) {
    return _mm256_shuffle_epi32(a, _MM_SHUFFLE(3, 3, 1, 1));
}
LANES_INLINE words words_pair(words low, words high) {
    return _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xaa);
}
LANES_INLINE words words_unpack_low(words a, words b) { return _mm256_unpacklo_epi64(a, b); }
LANES_INLINE words words_unpack_high(words a, words b) { return _mm256_unpackhi_epi64(a, b); }
LANES_INLINE words words_add32(words a, words b) { return _mm256_add_epi32(a, b); }
LANES_INLINE words words_subtract32(words a, words b) { return _mm256_sub_epi32(a, b); }
LANES_INLINE words words_shift_left32(words a, unsigned n) {
    return _mm256_slli_epi32(a, (int)n);
}
LANES_INLINE words words_shift_right32(words a, unsigned n) {
    return _mm256_srli_epi32(a, (int)n);
}
LANES_INLINE words words_not_below32(words a, words b) {
    return _mm256_cmpeq_epi32(_mm256_max_epu32(a, b), a);
}
LANES_INLINE words words_merge_high16(words even, words odd) {
    return _mm256_blend_epi16(_mm256_srli_epi32(even, 16), odd, 0xaa);
}
LANES_INLINE words words_pack_high8(words a, words b) {
    __m256i packed = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
    return _mm256_permute4x64_epi64(packed, _MM_SHUFFLE(3, 1, 2, 0));
}
LANES_INLINE words words_pack_low8(words a, words b, words c, words d) {
    __m256i packed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return _mm256_permutevar8x32_epi32(packed, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
}
LANES_INLINE int words_all_negative(words a) {
    return _mm256_movemask_pd(_mm256_castsi256_pd(a)) == 0xf;
}
LANES_INLINE words words_load(const char *p) { return _mm256_loadu_si256((const __m256i *)p); }
LANES_INLINE void words_store(char *p, words a) { _mm256_storeu_si256((__m256i *)p, a); }
LANES_INLINE void words_stream(char *p, words a) { _mm256_stream_si256((__m256i *)p, a); }

LANES_INLINE floats floats_set(float x) { return _mm256_set1_ps(x); }
LANES_INLINE floats floats_from_signed32(words a) { return _mm256_cvtepi32_ps(a); }
LANES_INLINE floats floats_from_unsigned32(words a) {
    /* The conversions of both halves are exact. Only the sum rounds. */
    __m256 high = _mm256_cvtepi32_ps(_mm256_srli_epi32(a, 16));
    __m256 low = _mm256_cvtepi32_ps(_mm256_and_si256(a, _mm256_set1_epi32(0xffff)));
    return _mm256_add_ps(_mm256_mul_ps(high, _mm256_set1_ps(65536.0f)), low);
}
LANES_INLINE floats floats_from_bits(words a) { return _mm256_castsi256_ps(a); }
LANES_INLINE words floats_to_bits(floats a) { return _mm256_castps_si256(a); }
LANES_INLINE floats floats_add(floats a, floats b) { return _mm256_add_ps(a, b); }
LANES_INLINE floats floats_multiply(floats a, floats b) { return _mm256_mul_ps(a, b); }
LANES_INLINE floats floats_divide(floats a, floats b) { return _mm256_div_ps(a, b); }
LANES_INLINE floats floats_minimum(floats a, floats b) { return _mm256_min_ps(a, b); }
LANES_INLINE floats floats_maximum(floats a, floats b) { return _mm256_max_ps(a, b); }
LANES_INLINE words floats_round_to_signed32(floats a) { return _mm256_cvtps_epi32(a); }
LANES_INLINE float floats_smallest(floats a) {
    __m128 half = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 pair = _mm_min_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_min_ss(pair, _mm_movehdup_ps(pair)));
}
LANES_INLINE float floats_largest(floats a) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 pair = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)));
}
LANES_INLINE floats floats_magnitude(floats a, floats limit) {
    __m256 magnitude = _mm256_and_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff)));
    return _mm256_min_ps(magnitude, limit);
}
LANES_INLINE floats floats_centred_mantissa(floats a) {
    __m256 mantissa = _mm256_and_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffff)));
    return _mm256_sub_ps(_mm256_or_ps(mantissa, _mm256_set1_ps(1.0f)), _mm256_set1_ps(1.5f));
}
LANES_INLINE floats floats_flip_sign(floats a, words w) {
    return _mm256_xor_ps(a, _mm256_and_ps(_mm256_castsi256_ps(w), _mm256_set1_ps(-0.0f)));
}

#define LANES_HAVE_BFLOAT16
LANES_INLINE words floats_merge_bfloat16(floats even, floats odd) {
    /* Merge first, then round half as many vectors. A number is rounded up if its dropped bits,
     * minus one if the number is even, are at least one half of the last place. */
    __m256i even_bits = _mm256_castps_si256(even), odd_bits = _mm256_castps_si256(odd);
    __m256i kept = words_merge_high16(even_bits, odd_bits);
    __m256i dropped = _mm256_blend_epi16(even_bits, _mm256_slli_epi32(odd_bits, 16), 0xaa);
    __m256i is_even = _mm256_andnot_si256(kept, _mm256_set1_epi16(1));
    __m256i up = _mm256_srli_epi16(_mm256_subs_epu16(dropped, is_even), 15);
    return _mm256_add_epi16(kept, up);
}

#define LANES_HAVE_FLOAT16
LANES_INLINE words floats_merge_float16(floats even, floats odd) {
    __m128i low = _mm256_cvtps_ph(even, _MM_FROUND_TO_NEAREST_INT);
    __m128i high = _mm256_cvtps_ph(odd, _MM_FROUND_TO_NEAREST_INT);
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_unpacklo_epi16(low, high)), _mm_unpackhi_epi16(low, high), 1);
}

/* Evaluate the polynomials of rare octaves, one lane after the other. The other lanes stay. */
static __attribute__((noinline, cold, unused)) floats rare_octaves(
    const OctaveTable *table, floats f, floats values) {
    const __m256i exponent = _mm256_srli_epi32(_mm256_castps_si256(f), 23);
    const __m256i is_rare = _mm256_cmpgt_epi32(_mm256_set1_epi32(FIRST_COMMON_OCTAVE), exponent);
    uint32_t octave[2 * LANES];
    float t[2 * LANES], value[2 * LANES];
    _mm256_storeu_si256((__m256i *)octave, exponent);
    _mm256_storeu_ps(t, floats_centred_mantissa(f));
    _mm256_storeu_ps(value, values);
    unsigned rare = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is_rare));
    for (; rare != 0; rare &= rare - 1) {
        int lane = __builtin_ctz(rare);
        const float *row = table->rows[octave[lane] & 31];
        float x = row[OCTAVE_DEGREE];
        for (int k = OCTAVE_DEGREE - 1; k >= 0; k--) x = x * t[lane] + row[k];
        value[lane] = x;
    }
    return _mm256_loadu_ps(value);
}
LANES_INLINE void octave_polynomials(
    const OctaveTable *table, const floats *f, floats *values) {
    /* A permutation reads the low three bits of an index. So one register has the coefficients of
     * the eight octaves that 255 of 256 words need. One of eight batches has another word; it is
     * seen by one test for the whole batch. Measured on Zen 3, float32 normals: 1.05 times as fast
     * as a test for each vector that gathers all coefficients from memory. */
    __m256i octave[INTERLEAVE], lowest;
    __m256 t[INTERLEAVE];
    STATIC_ASSERT(sizeof table->common[0] == sizeof(floats));
    for (int v = 0; v < INTERLEAVE; v++) {
        octave[v] = _mm256_srli_epi32(_mm256_castps_si256(f[v]), 23);
        lowest = v == 0 ? octave[0] : _mm256_min_epi32(lowest, octave[v]);
        t[v] = floats_centred_mantissa(f[v]);
    }
    for (int k = OCTAVE_DEGREE; k >= 0; k--) {
        __m256 column = _mm256_load_ps(table->common[k]);
        /* Zen 3 takes 1.1 cycles for a permutation of registers, and 2.1 if it also loads. The
         * compiler must not join the two: 1.1 times as fast. */
        __asm__("" : "+x"(column));
        for (int v = 0; v < INTERLEAVE; v++) {
            __m256 coefficient = _mm256_permutevar8x32_ps(column, octave[v]);
            values[v] = k == OCTAVE_DEGREE
                ? coefficient
                : _mm256_add_ps(_mm256_mul_ps(values[v], t[v]), coefficient);
        }
    }
    __m256i is_rare = _mm256_cmpgt_epi32(_mm256_set1_epi32(FIRST_COMMON_OCTAVE), lowest);
    if (__builtin_expect(!_mm256_testz_si256(is_rare, is_rare), 0)) {
        for (int v = 0; v < INTERLEAVE; v++) values[v] = rare_octaves(table, f[v], values[v]);
    }
}

LANES_INLINE doubles doubles_set(double x) { return _mm256_set1_pd(x); }
LANES_INLINE doubles doubles_from_bits(words a) { return _mm256_castsi256_pd(a); }
LANES_INLINE words doubles_to_bits(doubles a) { return _mm256_castpd_si256(a); }
LANES_INLINE doubles doubles_add(doubles a, doubles b) { return _mm256_add_pd(a, b); }
LANES_INLINE doubles doubles_subtract(doubles a, doubles b) { return _mm256_sub_pd(a, b); }
LANES_INLINE doubles doubles_multiply(doubles a, doubles b) { return _mm256_mul_pd(a, b); }
LANES_INLINE doubles doubles_add_exact_product(doubles a, doubles b, doubles c) {
    return _mm256_fmadd_pd(a, b, c);
}
LANES_INLINE doubles doubles_divide(doubles a, doubles b) { return _mm256_div_pd(a, b); }
LANES_INLINE doubles doubles_sqrt(doubles a) { return _mm256_sqrt_pd(a); }
LANES_INLINE doubles doubles_minimum(doubles a, doubles b) { return _mm256_min_pd(a, b); }
LANES_INLINE doubles doubles_maximum(doubles a, doubles b) { return _mm256_max_pd(a, b); }
LANES_INLINE words doubles_to_float_bits(doubles a) {
    return _mm256_cvtepu32_epi64(_mm_castps_si128(_mm256_cvtpd_ps(a)));
}
LANES_INLINE doubles doubles_select(words sign, doubles negative, doubles otherwise) {
    return _mm256_blendv_pd(otherwise, negative, _mm256_castsi256_pd(sign));
}
LANES_INLINE doubles doubles_unpack_low(doubles a, doubles b) { return _mm256_unpacklo_pd(a, b); }
LANES_INLINE doubles doubles_unpack_high(doubles a, doubles b) { return _mm256_unpackhi_pd(a, b); }

#include "signed64_by_halves.h"
