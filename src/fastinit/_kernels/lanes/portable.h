/* Lane operations in plain C, for any little-endian machine: one lane, without vectors. */
#include "environment_portable.h"

enum {
    LANES = 1,
    CHAINS = 4,
    INTERLEAVE = 1,
    NORMALS_TOGETHER = 4,
    TRUNCATED_TOGETHER = 4,
};

typedef uint64_t words;
typedef struct {
    float lane[2];
} floats;
typedef double doubles;

LANES_INLINE words words_set(uint64_t w) { return w; }
LANES_INLINE words words_block_offsets(void) { return 0; }
LANES_INLINE words words_block_numbers(void) { return 0; }
LANES_INLINE words words_spread_blocks(words a) { return a; }
LANES_INLINE words words_add(words a, words b) { return a + b; }
LANES_INLINE words words_subtract(words a, words b) { return a - b; }
LANES_INLINE words words_and(words a, words b) { return a & b; }
LANES_INLINE words words_xor(words a, words b) { return a ^ b; }
LANES_INLINE words words_shift_left(words a, unsigned n) { return a << n; }
LANES_INLINE words words_shift_right(words a, unsigned n) { return a >> n; }
LANES_INLINE words words_multiply_low32(words a, words b) {
    return (a & UINT64_C(0xffffffff)) * (b & UINT64_C(0xffffffff));
}
LANES_INLINE words words_high32(words a) { return a >> 32; }
LANES_INLINE words words_shuffle_high32(words a) { return a >> 32; }
LANES_INLINE words words_pair(words low, words high) {
    return (low & UINT64_C(0xffffffff)) | (high << 32);
}
LANES_INLINE words words_unpack_low(words a, words b) { (void)b; return a; }
LANES_INLINE words words_unpack_high(words a, words b) { (void)a; return b; }
LANES_INLINE words words_of_halves(uint32_t low, uint32_t high) {
    return low | (uint64_t)high << 32;
}
LANES_INLINE words words_add32(words a, words b) {
    return words_of_halves((uint32_t)a + (uint32_t)b, (uint32_t)(a >> 32) + (uint32_t)(b >> 32));
}
LANES_INLINE words words_subtract32(words a, words b) {
    return words_of_halves((uint32_t)a - (uint32_t)b, (uint32_t)(a >> 32) - (uint32_t)(b >> 32));
}
LANES_INLINE words words_shift_left32(words a, unsigned n) {
    return words_of_halves((uint32_t)a << n, (uint32_t)(a >> 32) << n);
}
LANES_INLINE words words_shift_right32(words a, unsigned n) {
    return words_of_halves((uint32_t)a >> n, (uint32_t)(a >> 32) >> n);
}
LANES_INLINE words words_not_below32(words a, words b) {
    return words_of_halves((uint32_t)a >= (uint32_t)b ? UINT32_MAX : 0, a >> 32 >= b >> 32 ? UINT32_MAX : 0);
}
LANES_INLINE words words_merge_high16(words even, words odd) {
    const words high16 = UINT64_C(0xffff0000ffff0000);
    return (even & high16) >> 16 | (odd & high16);
}
LANES_INLINE words words_pack_high8(words a, words b) {
    words packed = 0;
    for (int i = 0; i < 4; i++) {
        packed |= (a >> (16 * i + 8) & 0xff) << (8 * i) | (b >> (16 * i + 8) & 0xff) << (8 * i + 32);
    }
    return packed;
}
LANES_INLINE words words_low8(words a) { return (a & 0xff) | (a >> 24 & 0xff00); }
LANES_INLINE words words_pack_low8(words a, words b, words c, words d) {
    return words_low8(a) | words_low8(b) << 16 | words_low8(c) << 32 | words_low8(d) << 48;
}
LANES_INLINE int words_all_negative(words a) { return (int)(a >> 63); }
LANES_INLINE words words_load(const char *p) {
    words a;
    memcpy(&a, p, sizeof a);
    return a;
}
LANES_INLINE void words_store(char *p, words a) { memcpy(p, &a, sizeof a); }
LANES_INLINE void words_stream(char *p, words a) { words_store(p, a); }

LANES_INLINE uint32_t bits_of_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
LANES_INLINE float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

LANES_INLINE floats floats_set(float x) { return (floats){{x, x}}; }
LANES_INLINE floats floats_from_signed32(words a) {
    return (floats){{(float)(int32_t)(uint32_t)a, (float)(int32_t)(uint32_t)(a >> 32)}};
}
LANES_INLINE floats floats_from_unsigned32(words a) {
    return (floats){{(float)(uint32_t)a, (float)(uint32_t)(a >> 32)}};
}
LANES_INLINE floats floats_from_bits(words a) {
    return (floats){{float_of_bits((uint32_t)a), float_of_bits((uint32_t)(a >> 32))}};
}
LANES_INLINE words floats_to_bits(floats a) {
    return words_of_halves(bits_of_float(a.lane[0]), bits_of_float(a.lane[1]));
}
LANES_INLINE floats floats_add(floats a, floats b) {
    return (floats){{a.lane[0] + b.lane[0], a.lane[1] + b.lane[1]}};
}
LANES_INLINE floats floats_multiply(floats a, floats b) {
    return (floats){{a.lane[0] * b.lane[0], a.lane[1] * b.lane[1]}};
}
LANES_INLINE floats floats_divide(floats a, floats b) {
    return (floats){{a.lane[0] / b.lane[0], a.lane[1] / b.lane[1]}};
}
LANES_INLINE floats floats_minimum(floats a, floats b) {
    return (floats){{a.lane[0] < b.lane[0] ? a.lane[0] : b.lane[0],
                     a.lane[1] < b.lane[1] ? a.lane[1] : b.lane[1]}};
}
LANES_INLINE floats floats_maximum(floats a, floats b) {
    return (floats){{a.lane[0] > b.lane[0] ? a.lane[0] : b.lane[0],
                     a.lane[1] > b.lane[1] ? a.lane[1] : b.lane[1]}};
}
LANES_INLINE words floats_round_to_signed32(floats a) {
    /* From 2^23 to 2^24, the last place of a float32 is 1. A sum in this range is rounded to an
     * integer. */
    const float shift = 0x1.8p23f;
    return words_subtract32(
        floats_to_bits(floats_add(a, floats_set(shift))), floats_to_bits(floats_set(shift)));
}
LANES_INLINE float floats_smallest(floats a) {
    return a.lane[0] < a.lane[1] ? a.lane[0] : a.lane[1];
}
LANES_INLINE float floats_largest(floats a) {
    return a.lane[0] > a.lane[1] ? a.lane[0] : a.lane[1];
}
LANES_INLINE floats floats_magnitude(floats a, floats limit) {
    floats magnitude = {{fabsf(a.lane[0]), fabsf(a.lane[1])}};
    return floats_minimum(magnitude, limit);
}
LANES_INLINE floats floats_centred_mantissa(floats a) {
    floats t;
    for (int i = 0; i < 2; i++) {
        t.lane[i] = float_of_bits((bits_of_float(a.lane[i]) & 0x7fffff) | 0x3f800000) - 1.5f;
    }
    return t;
}
LANES_INLINE floats floats_flip_sign(floats a, words w) {
    const uint32_t sign = UINT32_C(0x80000000);
    return (floats){{float_of_bits(bits_of_float(a.lane[0]) ^ ((uint32_t)w & sign)),
                     float_of_bits(bits_of_float(a.lane[1]) ^ ((uint32_t)(w >> 32) & sign))}};
}

/* coefficients[k] becomes, lane by lane, coefficient k of the octave that f lies in. */
LANES_INLINE void octave_coefficients(const OctaveTable *table, floats f, floats *coefficients) {
    for (int i = 0; i < 2; i++) {
        const float *row = table->rows[(bits_of_float(f.lane[i]) >> 23) & 31];
        for (int k = 0; k <= OCTAVE_DEGREE; k++) coefficients[k].lane[i] = row[k];
    }
}
#include "octaves_from_coefficients.h"

LANES_INLINE doubles doubles_set(double x) { return x; }
LANES_INLINE doubles doubles_from_signed64(words a) { return (double)(int64_t)a; }
LANES_INLINE doubles doubles_from_high12(words a) { return (double)((int64_t)a >> 52); }
LANES_INLINE doubles doubles_from_bits(words a) {
    doubles x;
    memcpy(&x, &a, sizeof x);
    return x;
}
LANES_INLINE words doubles_to_bits(doubles a) {
    words bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}
LANES_INLINE doubles doubles_add(doubles a, doubles b) { return a + b; }
LANES_INLINE doubles doubles_subtract(doubles a, doubles b) { return a - b; }
LANES_INLINE doubles doubles_multiply(doubles a, doubles b) { return a * b; }
LANES_INLINE doubles doubles_add_exact_product(doubles a, doubles b, doubles c) {
    return a * b + c;
}
LANES_INLINE doubles doubles_divide(doubles a, doubles b) { return a / b; }
LANES_INLINE doubles doubles_sqrt(doubles a) { return __builtin_sqrt(a); }
LANES_INLINE doubles doubles_minimum(doubles a, doubles b) { return a < b ? a : b; }
LANES_INLINE doubles doubles_maximum(doubles a, doubles b) { return a > b ? a : b; }
LANES_INLINE words doubles_to_float_bits(doubles a) { return bits_of_float((float)a); }
LANES_INLINE doubles doubles_select(words sign, doubles negative, doubles otherwise) {
    return sign >> 63 ? negative : otherwise;
}
LANES_INLINE doubles doubles_unpack_low(doubles a, doubles b) { (void)b; return a; }
LANES_INLINE doubles doubles_unpack_high(doubles a, doubles b) { (void)a; return b; }

LANES_INLINE void stream_end(void) {}
