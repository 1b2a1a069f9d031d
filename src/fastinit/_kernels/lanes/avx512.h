/* Lane operations on AVX-512 F, DQ, BW and VL: 512-bit vectors. */
#include <immintrin.h>

#include "environment_x86.h"

/* Measured in cache on Sapphire Rapids: 2, 4 and 8 vectors together are 1.07, 1.13 and 1.08 times
 * (normal) and 1.74, 2.04 and 2.46 times (truncated) as fast as one alone. */
enum {
    LANES = 8,
    CHAINS = 8,
    INTERLEAVE = 8,
    NORMALS_TOGETHER = 4,
    TRUNCATED_TOGETHER = 8,
};

typedef __m512i words;
typedef __m512 floats;
typedef __m512d doubles;

LANES_INLINE words words_set(uint64_t w) { return _mm512_set1_epi64((long long)w); }
LANES_INLINE words words_block_offsets(void) { return _mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0); }
LANES_INLINE words words_block_numbers(void) { return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0); }
LANES_INLINE words words_spread_blocks(words a) {
    return _mm512_permutexvar_epi64(words_block_offsets(), a);
}
LANES_INLINE words words_add(words a, words b) { return _mm512_add_epi64(a, b); }
LANES_INLINE words words_subtract(words a, words b) { return _mm512_sub_epi64(a, b); }
LANES_INLINE words words_and(words a, words b) { return _mm512_and_si512(a, b); }
LANES_INLINE words words_xor(words a, words b) { return _mm512_xor_si512(a, b); }
LANES_INLINE words words_shift_left(words a, unsigned n) { return _mm512_slli_epi64(a, n); }
LANES_INLINE words words_shift_right(words a, unsigned n) { return _mm512_srli_epi64(a, n); }
LANES_INLINE words words_multiply_low32(words a, words b) { return _mm512_mul_epu32(a, b); }
LANES_INLINE words words_high32(words a) { return _mm512_srli_epi64(a, 32); }
LANES_INLINE words words_shuffle_high32(words a) {
    return _mm512_shuffle_epi32(a, _MM_PERM_DDBB);
}
LANES_INLINE words words_pair(words low, words high) {
    return _mm512_mask_shuffle_epi32(low, 0xaaaa, high, _MM_PERM_CCAA);
}
LANES_INLINE words words_unpack_low(words a, words b) { return _mm512_unpacklo_epi64(a, b); }
LANES_INLINE words words_unpack_high(words a, words b) { return _mm512_unpackhi_epi64(a, b); }
LANES_INLINE words words_add32(words a, words b) { return _mm512_add_epi32(a, b); }
LANES_INLINE words words_subtract32(words a, words b) { return _mm512_sub_epi32(a, b); }
LANES_INLINE words words_shift_left32(words a, unsigned n) { return _mm512_slli_epi32(a, n); }
LANES_INLINE words words_shift_right32(words a, unsigned n) { return _mm512_srli_epi32(a, n); }
LANES_INLINE words words_not_below32(words a, words b) {
    return _mm512_movm_epi32(_mm512_cmpge_epu32_mask(a, b));
}
LANES_INLINE words words_merge_high16(words even, words odd) {
    return _mm512_mask_mov_epi16(_mm512_srli_epi32(even, 16), 0xaaaaaaaa, odd);
}
LANES_INLINE words words_pack_high8(words a, words b) {
    __m512i packed = _mm512_packus_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
    return _mm512_permutexvar_epi64(_mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0), packed);
}
LANES_INLINE words words_pack_low8(words a, words b, words c, words d) {
    const __m512i order =
        _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    __m512i packed = _mm512_packus_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
    return _mm512_permutexvar_epi32(order, packed);
}
LANES_INLINE int words_all_negative(words a) { return _mm512_movepi64_mask(a) == 0xff; }
LANES_INLINE words words_load(const char *p) { return _mm512_loadu_si512(p); }
LANES_INLINE void words_store(char *p, words a) { _mm512_storeu_si512(p, a); }
LANES_INLINE void words_stream(char *p, words a) { _mm512_stream_si512((void *)p, a); }

LANES_INLINE floats floats_set(float x) { return _mm512_set1_ps(x); }
LANES_INLINE floats floats_from_signed32(words a) { return _mm512_cvtepi32_ps(a); }
LANES_INLINE floats floats_from_unsigned32(words a) { return _mm512_cvtepu32_ps(a); }
LANES_INLINE floats floats_from_bits(words a) { return _mm512_castsi512_ps(a); }
LANES_INLINE words floats_to_bits(floats a) { return _mm512_castps_si512(a); }
LANES_INLINE floats floats_add(floats a, floats b) { return _mm512_add_ps(a, b); }
LANES_INLINE floats floats_multiply(floats a, floats b) { return _mm512_mul_ps(a, b); }
LANES_INLINE floats floats_divide(floats a, floats b) { return _mm512_div_ps(a, b); }
LANES_INLINE floats floats_minimum(floats a, floats b) { return _mm512_min_ps(a, b); }
LANES_INLINE floats floats_maximum(floats a, floats b) { return _mm512_max_ps(a, b); }
LANES_INLINE words floats_round_to_signed32(floats a) { return _mm512_cvtps_epi32(a); }
LANES_INLINE float floats_smallest(floats a) { return _mm512_reduce_min_ps(a); }
LANES_INLINE float floats_largest(floats a) { return _mm512_reduce_max_ps(a); }
LANES_INLINE floats floats_magnitude(floats a, floats limit) {
    /* 1010b: the smaller magnitude, with the sign cleared. One instruction does both. */
    return _mm512_range_ps(a, limit, 10);
}
LANES_INLINE floats floats_centred_mantissa(floats a) {
    __m512i bits = _mm512_ternarylogic_epi32(
        _mm512_castps_si512(a), _mm512_set1_epi32(0x7fffff), _mm512_set1_epi32(0x3f800000), 0xea);
    return _mm512_sub_ps(_mm512_castsi512_ps(bits), _mm512_set1_ps(1.5f));
}
LANES_INLINE floats floats_flip_sign(floats a, words w) {
    /* 0x78: a ^ (w & sign) */
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        _mm512_castps_si512(a), w, _mm512_set1_epi32((int)0x80000000u), 0x78));
}

#define LANES_HAVE_BFLOAT16
LANES_INLINE words round_to_high16(floats a) {
    /* Add half of the last place, minus one bit if the number is even. A mask takes one
     * instruction less than shifting that bit down. */
    __m512i bits = _mm512_castps_si512(a);
    __mmask16 odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
    __m512i sum = _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff));
    return _mm512_mask_sub_epi32(sum, odd, sum, _mm512_set1_epi32(-1));
}
LANES_INLINE words floats_merge_bfloat16(floats even, floats odd) {
    return words_merge_high16(round_to_high16(even), round_to_high16(odd));
}

#define LANES_HAVE_FLOAT16
LANES_INLINE words floats_merge_float16(floats even, floats odd) {
    enum { NEAREST_EVEN = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC };
    const __m512i alternating = _mm512_set_epi16(
        47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
        39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    return _mm512_permutex2var_epi16(
        _mm512_castsi256_si512(_mm512_cvtps_ph(even, NEAREST_EVEN)), alternating,
        _mm512_castsi256_si512(_mm512_cvtps_ph(odd, NEAREST_EVEN)));
}

/* coefficients[k] becomes, lane by lane, coefficient k of the octave that f lies in. */
LANES_INLINE void octave_coefficients(const OctaveTable *table, floats f, floats *coefficients) {
    /* A permutation of two registers reads the low five bits of an index, in which all octaves
     * differ. */
    STATIC_ASSERT(sizeof table->columns[0] == 2 * sizeof(floats));
    __m512i index = _mm512_srli_epi32(_mm512_castps_si512(f), 23);
    for (int k = 0; k <= OCTAVE_DEGREE; k++) {
        coefficients[k] = _mm512_permutex2var_ps(
            _mm512_load_ps(table->columns[k]), index, _mm512_load_ps(table->columns[k] + 16));
    }
}
#include "octaves_from_coefficients.h"

LANES_INLINE doubles doubles_set(double x) { return _mm512_set1_pd(x); }
LANES_INLINE doubles doubles_from_signed64(words a) { return _mm512_cvtepi64_pd(a); }
LANES_INLINE doubles doubles_from_high12(words a) {
    return _mm512_cvtepi64_pd(_mm512_srai_epi64(a, 52));
}
LANES_INLINE doubles doubles_from_bits(words a) { return _mm512_castsi512_pd(a); }
LANES_INLINE words doubles_to_bits(doubles a) { return _mm512_castpd_si512(a); }
LANES_INLINE doubles doubles_add(doubles a, doubles b) { return _mm512_add_pd(a, b); }
LANES_INLINE doubles doubles_subtract(doubles a, doubles b) { return _mm512_sub_pd(a, b); }
LANES_INLINE doubles doubles_multiply(doubles a, doubles b) { return _mm512_mul_pd(a, b); }
LANES_INLINE doubles doubles_add_exact_product(doubles a, doubles b, doubles c) {
    return _mm512_fmadd_pd(a, b, c);
}
LANES_INLINE doubles doubles_divide(doubles a, doubles b) { return _mm512_div_pd(a, b); }
LANES_INLINE doubles doubles_sqrt(doubles a) { return _mm512_sqrt_pd(a); }
LANES_INLINE doubles doubles_minimum(doubles a, doubles b) { return _mm512_min_pd(a, b); }
LANES_INLINE doubles doubles_maximum(doubles a, doubles b) { return _mm512_max_pd(a, b); }
LANES_INLINE words doubles_to_float_bits(doubles a) {
    return _mm512_cvtepu32_epi64(_mm256_castps_si256(_mm512_cvtpd_ps(a)));
}
LANES_INLINE doubles doubles_select(words sign, doubles negative, doubles otherwise) {
    return _mm512_mask_blend_pd(_mm512_movepi64_mask(sign), otherwise, negative);
}
LANES_INLINE doubles doubles_unpack_low(doubles a, doubles b) { return _mm512_unpacklo_pd(a, b); }
LANES_INLINE doubles doubles_unpack_high(doubles a, doubles b) { return _mm512_unpackhi_pd(a, b); }
