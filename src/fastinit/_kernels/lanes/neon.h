/* Lane operations on Advanced SIMD (NEON) of AArch64: 128-bit vectors. */
#include <arm_neon.h>

#include "environment_portable.h"

enum {
    LANES = 2,
    CHAINS = 8,
    INTERLEAVE = 2,
    NORMALS_TOGETHER = 4,
    TRUNCATED_TOGETHER = 4,
};

typedef uint64x2_t words;
typedef float32x4_t floats;
typedef float64x2_t doubles;

LANES_INLINE words words_set(uint64_t w) { return vdupq_n_u64(w); }
LANES_INLINE words words_block_offsets(void) {
    return vcombine_u64(vcreate_u64(0), vcreate_u64(1));
}
LANES_INLINE words words_block_numbers(void) { return words_block_offsets(); }
LANES_INLINE words words_spread_blocks(words a) { return a; }
LANES_INLINE words words_add(words a, words b) { return vaddq_u64(a, b); }
LANES_INLINE words words_subtract(words a, words b) { return vsubq_u64(a, b); }
LANES_INLINE words words_and(words a, words b) { return vandq_u64(a, b); }
LANES_INLINE words words_xor(words a, words b) { return veorq_u64(a, b); }
LANES_INLINE words words_shift_left(words a, unsigned n) {
    return vshlq_u64(a, vdupq_n_s64((int64_t)n));
}
LANES_INLINE words words_shift_right(words a, unsigned n) {
    return vshlq_u64(a, vdupq_n_s64(-(int64_t)n));
}
LANES_INLINE words words_multiply_low32(words a, words b) {
    return vmull_u32(vmovn_u64(a), vmovn_u64(b));
}
LANES_INLINE words words_high32(words a) { return vshrq_n_u64(a, 32); }
LANES_INLINE words words_shuffle_high32(words a) {
    return vreinterpretq_u64_u32(vrev64q_u32(vreinterpretq_u32_u64(a)));
}
LANES_INLINE words words_pair(words low, words high) { return vsliq_n_u64(low, high, 32); }
LANES_INLINE words words_unpack_low(words a, words b) { return vzip1q_u64(a, b); }
LANES_INLINE words words_unpack_high(words a, words b) { return vzip2q_u64(a, b); }
LANES_INLINE words words_add32(words a, words b) {
    return vreinterpretq_u64_u32(vaddq_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b)));
}
LANES_INLINE words words_subtract32(words a, words b) {
    return vreinterpretq_u64_u32(vsubq_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b)));
}
LANES_INLINE words words_shift_left32(words a, unsigned n) {
    return vreinterpretq_u64_u32(vshlq_u32(vreinterpretq_u32_u64(a), vdupq_n_s32((int32_t)n)));
}
LANES_INLINE words words_shift_right32(words a, unsigned n) {
    return vreinterpretq_u64_u32(vshlq_u32(vreinterpretq_u32_u64(a), vdupq_n_s32(-(int32_t)n)));
}
LANES_INLINE words words_not_below32(words a, words b) {
    return vreinterpretq_u64_u32(vcgeq_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b)));
}
LANES_INLINE words words_merge_high16(words even, words odd) {
    return vreinterpretq_u64_u32(
        vsriq_n_u32(vreinterpretq_u32_u64(odd), vreinterpretq_u32_u64(even), 16));
}
LANES_INLINE words words_pack_high8(words a, words b) {
    return vreinterpretq_u64_u8(vuzp2q_u8(vreinterpretq_u8_u64(a), vreinterpretq_u8_u64(b)));
}
LANES_INLINE words words_pack_low8(words a, words b, words c, words d) {
    uint16x8_t first = vuzp1q_u16(vreinterpretq_u16_u64(a), vreinterpretq_u16_u64(b));
    uint16x8_t second = vuzp1q_u16(vreinterpretq_u16_u64(c), vreinterpretq_u16_u64(d));
    return vreinterpretq_u64_u8(
        vuzp1q_u8(vreinterpretq_u8_u16(first), vreinterpretq_u8_u16(second)));
}
LANES_INLINE int words_all_negative(words a) {
    return (int)(vgetq_lane_u64(a, 0) >> 63 & vgetq_lane_u64(a, 1) >> 63);
}
LANES_INLINE words words_load(const char *p) { return vreinterpretq_u64_u8(vld1q_u8((const uint8_t *)p)); }
LANES_INLINE void words_store(char *p, words a) { vst1q_u8((uint8_t *)p, vreinterpretq_u8_u64(a)); }
LANES_INLINE void words_stream(char *p, words a) { words_store(p, a); }

LANES_INLINE floats floats_set(float x) { return vdupq_n_f32(x); }
LANES_INLINE floats floats_from_signed32(words a) {
    return vcvtq_f32_s32(vreinterpretq_s32_u64(a));
}
LANES_INLINE floats floats_from_unsigned32(words a) {
    return vcvtq_f32_u32(vreinterpretq_u32_u64(a));
}
LANES_INLINE floats floats_from_bits(words a) { return vreinterpretq_f32_u64(a); }
LANES_INLINE words floats_to_bits(floats a) { return vreinterpretq_u64_f32(a); }
LANES_INLINE floats floats_add(floats a, floats b) { return vaddq_f32(a, b); }
LANES_INLINE floats floats_multiply(floats a, floats b) { return vmulq_f32(a, b); }
LANES_INLINE floats floats_divide(floats a, floats b) { return vdivq_f32(a, b); }
LANES_INLINE floats floats_minimum(floats a, floats b) { return vminq_f32(a, b); }
LANES_INLINE floats floats_maximum(floats a, floats b) { return vmaxq_f32(a, b); }
LANES_INLINE words floats_round_to_signed32(floats a) {
    return vreinterpretq_u64_s32(vcvtnq_s32_f32(a));
}
LANES_INLINE float floats_smallest(floats a) { return vminvq_f32(a); }
LANES_INLINE float floats_largest(floats a) { return vmaxvq_f32(a); }
LANES_INLINE floats floats_magnitude(floats a, floats limit) {
    return vminq_f32(vabsq_f32(a), limit);
}
LANES_INLINE floats floats_centred_mantissa(floats a) {
    uint32x4_t mantissa = vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x7fffff));
    uint32x4_t bits = vorrq_u32(mantissa, vdupq_n_u32(0x3f800000));
    return vsubq_f32(vreinterpretq_f32_u32(bits), vdupq_n_f32(1.5f));
}
LANES_INLINE floats floats_flip_sign(floats a, words w) {
    uint32x4_t sign = vandq_u32(vreinterpretq_u32_u64(w), vdupq_n_u32(UINT32_C(0x80000000)));
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), sign));
}

#define LANES_HAVE_FLOAT16
LANES_INLINE words floats_merge_float16(floats even, floats odd) {
    uint16x4_t low = vreinterpret_u16_f16(vcvt_f16_f32(even));
    uint16x4_t high = vreinterpret_u16_f16(vcvt_f16_f32(odd));
    return vreinterpretq_u64_u16(vcombine_u16(vzip1_u16(low, high), vzip2_u16(low, high)));
}

/* coefficients[k] becomes, lane by lane, coefficient k of the octave that f lies in. */
LANES_INLINE void octave_coefficients(const OctaveTable *table, floats f, floats *coefficients) {
    /* NEON cannot look up a 32-bit number by lane. Load the row of each lane, and transpose. */
    uint32x4_t octave = vshrq_n_u32(vreinterpretq_u32_f32(f), 23);
    const float *row0 = table->rows[vgetq_lane_u32(octave, 0) & 31];
    const float *row1 = table->rows[vgetq_lane_u32(octave, 1) & 31];
    const float *row2 = table->rows[vgetq_lane_u32(octave, 2) & 31];
    const float *row3 = table->rows[vgetq_lane_u32(octave, 3) & 31];
    STATIC_ASSERT(OCTAVE_DEGREE == 6); /* seven coefficients, four to a vector */
    for (int half = 0; half < 2; half++) {
        float32x4_t r0 = vld1q_f32(row0 + 4 * half);
        float32x4_t r1 = vld1q_f32(row1 + 4 * half);
        float32x4_t r2 = vld1q_f32(row2 + 4 * half);
        float32x4_t r3 = vld1q_f32(row3 + 4 * half);
        float64x2_t even01 = vreinterpretq_f64_f32(vtrn1q_f32(r0, r1));
        float64x2_t odd01 = vreinterpretq_f64_f32(vtrn2q_f32(r0, r1));
        float64x2_t even23 = vreinterpretq_f64_f32(vtrn1q_f32(r2, r3));
        float64x2_t odd23 = vreinterpretq_f64_f32(vtrn2q_f32(r2, r3));
        coefficients[4 * half] = vreinterpretq_f32_f64(vzip1q_f64(even01, even23));
        coefficients[4 * half + 1] = vreinterpretq_f32_f64(vzip1q_f64(odd01, odd23));
        coefficients[4 * half + 2] = vreinterpretq_f32_f64(vzip2q_f64(even01, even23));
        if (half == 0) coefficients[3] = vreinterpretq_f32_f64(vzip2q_f64(odd01, odd23));
    }
}
#include "octaves_from_coefficients.h"

LANES_INLINE doubles doubles_set(double x) { return vdupq_n_f64(x); }
LANES_INLINE doubles doubles_from_signed64(words a) {
    return vcvtq_f64_s64(vreinterpretq_s64_u64(a));
}
LANES_INLINE doubles doubles_from_high12(words a) {
    return vcvtq_f64_s64(vshrq_n_s64(vreinterpretq_s64_u64(a), 52));
}
LANES_INLINE doubles doubles_from_bits(words a) { return vreinterpretq_f64_u64(a); }
LANES_INLINE words doubles_to_bits(doubles a) { return vreinterpretq_u64_f64(a); }
LANES_INLINE doubles doubles_add(doubles a, doubles b) { return vaddq_f64(a, b); }
LANES_INLINE doubles doubles_subtract(doubles a, doubles b) { return vsubq_f64(a, b); }
LANES_INLINE doubles doubles_multiply(doubles a, doubles b) { return vmulq_f64(a, b); }
LANES_INLINE doubles doubles_add_exact_product(doubles a, doubles b, doubles c) {
    return vfmaq_f64(c, a, b);
}
LANES_INLINE doubles doubles_divide(doubles a, doubles b) { return vdivq_f64(a, b); }
LANES_INLINE doubles doubles_sqrt(doubles a) { return vsqrtq_f64(a); }
LANES_INLINE doubles doubles_minimum(doubles a, doubles b) { return vminq_f64(a, b); }
LANES_INLINE doubles doubles_maximum(doubles a, doubles b) { return vmaxq_f64(a, b); }
LANES_INLINE words doubles_to_float_bits(doubles a) {
    return vmovl_u32(vreinterpret_u32_f32(vcvt_f32_f64(a)));
}
LANES_INLINE doubles doubles_select(words sign, doubles negative, doubles otherwise) {
    uint64x2_t mask = vreinterpretq_u64_s64(vshrq_n_s64(vreinterpretq_s64_u64(sign), 63));
    return vbslq_f64(mask, negative, otherwise);
}
LANES_INLINE doubles doubles_unpack_low(doubles a, doubles b) { return vzip1q_f64(a, b); }
LANES_INLINE doubles doubles_unpack_high(doubles a, doubles b) { return vzip2q_f64(a, b); }

LANES_INLINE void stream_end(void) {}
