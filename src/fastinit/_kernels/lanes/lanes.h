/* The lane operations: the only code that differs between instruction sets.
 *
 * A port is a header that implements the operations below for one instruction set: sse2.h, avx2.h,
 * avx512.h, neon.h, portable.h. The build names a module's port in FASTINIT_LANES. The compiler
 * checks the list: if an operation is missing or has another type, the error shows its name.
 *
 * Every port returns the same bits. A floating-point operation is exact, or is one IEEE 754
 * operation that rounds to nearest even. No operand is NaN.
 */
#ifndef FASTINIT_LANES_H
#define FASTINIT_LANES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "guards.h"
#include "polynomials.h"

#define LANES_INLINE static inline __attribute__((always_inline, unused))

#include FASTINIT_LANES

/* OPERATION(result type, name, parameters) */
#define OPERATION(result, name, ...)                                                \
    _Static_assert(__builtin_types_compatible_p(__typeof__(name), result(__VA_ARGS__)), \
        FASTINIT_LANES " must define: " #result " " #name "(" #__VA_ARGS__ ")")

/* Types and sizes.
 *
 * words    a vector of LANES lanes of 64 bits. A half is the low or the high 32 bits of a lane.
 * floats   a vector of 2 LANES float32 numbers, one for each half
 * doubles  a vector of LANES float64 numbers
 *
 * The sizes are measured. They change the speed of a kernel, and no bit of its values.
 *
 * LANES               64-bit lanes of a vector. One vector holds a word of that many Philox blocks.
 * CHAINS              vectors of blocks that Philox advances together. More of them hide more of
 *                     the multiplier's latency, until the registers run out.
 * INTERLEAVE          vectors that a float32 normal transform advances together
 * NORMALS_TOGETHER    vectors that the float64 normal transform advances together
 * TRUNCATED_TOGETHER  vectors that the float64 transforms of truncated normals advance together
 *
 * Why transforms advance several vectors together: each is a chain of 60 to 200 dependent
 * operations, and a core does not look far enough ahead to begin the next vector meanwhile.
 */
STATIC_ASSERT(sizeof(words) == 8 * LANES);
STATIC_ASSERT(sizeof(floats) == 8 * LANES);
STATIC_ASSERT(sizeof(doubles) == 8 * LANES);

/* Vectors of float32 values that are made before they are stored. float8 packs four into one. */
enum { BATCH = INTERLEAVE > 4 ? INTERLEAVE : 4 };
STATIC_ASSERT(BATCH % 4 == 0);
STATIC_ASSERT(BATCH % INTERLEAVE == 0);
STATIC_ASSERT(2 * CHAINS % BATCH == 0);                /* a chain makes two vectors of words */
STATIC_ASSERT(2 * BATCH % TRUNCATED_TOGETHER == 0);    /* float32 lanes, each widened to float64 */
STATIC_ASSERT(CHAINS % NORMALS_TOGETHER == 0);
STATIC_ASSERT(
    TRUNCATED_TOGETHER == NORMALS_TOGETHER || TRUNCATED_TOGETHER == 2 * NORMALS_TOGETHER);
enum { MOST_TOGETHER = TRUNCATED_TOGETHER };

/* Words: integers modulo 2^64, or modulo 2^32 in names that end in 32. Shifts move in zeros, by
 * less than the width. */
OPERATION(words, words_set, uint64_t w); /* w in every lane */
OPERATION(words, words_add, words a, words b);
OPERATION(words, words_subtract, words a, words b);
OPERATION(words, words_and, words a, words b);
OPERATION(words, words_xor, words a, words b);
OPERATION(words, words_shift_left, words a, unsigned n);
OPERATION(words, words_shift_right, words a, unsigned n);
OPERATION(words, words_add32, words a, words b);
OPERATION(words, words_subtract32, words a, words b);
OPERATION(words, words_shift_left32, words a, unsigned n);
OPERATION(words, words_shift_right32, words a, unsigned n);
/* In each lane, the 64-bit product of the low halves. The high halves are ignored. */
OPERATION(words, words_multiply_low32, words a, words b);
/* The high half of a in the low half, and zero in the high half. */
OPERATION(words, words_high32, words a);
/* The same in the low half, and anything in the high half. It runs on the port of shuffles, while
 * words_high32 runs on that of shifts. */
OPERATION(words, words_shuffle_high32, words a);
/* The low half of `low` in the low half, the low half of `high` in the high half. */
OPERATION(words, words_pair, words low, words high);
/* From and to memory at any address. */
OPERATION(words, words_load, const char *p);
OPERATION(void, words_store, char *p, words a);
/* A non-temporal store, which bypasses the caches, where the instruction set has one. The address
 * is a multiple of the vector's size. stream_end must follow the last store. */
OPERATION(void, words_stream, char *p, words a);
OPERATION(void, stream_end, void);

/* Masks. words_not_below32 fills a half with ones if a >= b as unsigned integers, else with zeros.
 * The other operations read only the sign bit of a lane, which is its highest bit, and must ignore
 * its other bits: any number whose sign is the condition is a mask. */
OPERATION(words, words_not_below32, words a, words b);
OPERATION(int, words_all_negative, words a); /* nonzero if all lanes have the sign bit */
/* `negative` in the lanes where `sign` has the sign bit, `otherwise` in the others. */
OPERATION(doubles, doubles_select, words sign, doubles negative, doubles otherwise);
/* -a where the half of w has its highest bit, which is the sign bit of a 32-bit number. */
OPERATION(floats, floats_flip_sign, floats a, words w);

/* The order of blocks. Lane i of a chain holds block words_block_offsets()[i], counted from the
 * chain's first block. A port chooses the order that makes unpacking cheapest. Let s be the
 * sequence a[0], b[0], a[1], b[1], ..., where a[k] is the lane of a that holds block k. */
OPERATION(words, words_block_offsets, void);
OPERATION(words, words_block_numbers, void); /* 0, 1, 2, ..., in the lanes 0, 1, 2, ... */
OPERATION(words, words_spread_blocks, words a); /* from the order 0, 1, 2, ... to the offsets */
OPERATION(words, words_unpack_low, words a, words b);  /* the first LANES lanes of s */
OPERATION(words, words_unpack_high, words a, words b); /* the other lanes of s */
OPERATION(doubles, doubles_unpack_low, doubles a, doubles b);
OPERATION(doubles, doubles_unpack_high, doubles a, doubles b);

/* Packing of narrow codes, in the order of the lanes. */
/* The high 16 bits of each half of `even`, and between them those of `odd`. */
OPERATION(words, words_merge_high16, words even, words odd);
/* The high 8 bits of each 16 bits of a, then of b. */
OPERATION(words, words_pack_high8, words a, words b);
/* The low 8 bits of each half of a, then of b, c and d. The code of a half that is
 * above 255 is unspecified. */
OPERATION(words, words_pack_low8, words a, words b, words c, words d);

/* float32. If the operands of a minimum or maximum are zeros, the result has the sign of either. */
OPERATION(floats, floats_set, float x); /* x in every lane */
OPERATION(floats, floats_from_bits, words a);
OPERATION(words, floats_to_bits, floats a);
OPERATION(floats, floats_from_signed32, words a); /* each half, rounded to float32 */
OPERATION(floats, floats_from_unsigned32, words a);
/* The nearest integers, ties to even. Any result where the magnitude is above 2^22. */
OPERATION(words, floats_round_to_signed32, floats a);
OPERATION(floats, floats_add, floats a, floats b);
OPERATION(floats, floats_multiply, floats a, floats b);
OPERATION(floats, floats_divide, floats a, floats b);
OPERATION(floats, floats_minimum, floats a, floats b);
OPERATION(floats, floats_maximum, floats a, floats b);
OPERATION(float, floats_smallest, floats a); /* the minimum of all lanes */
OPERATION(float, floats_largest, floats a);  /* the maximum of all lanes */
/* The magnitude of a, or `limit` where that is less. `limit` is positive. */
OPERATION(floats, floats_magnitude, floats a, floats limit);
/* m - 3/2, where m is the significand of a in [1, 2). a is positive and normal. */
OPERATION(floats, floats_centred_mantissa, floats a);
/* For each of INTERLEAVE vectors, and lane by lane: the polynomial of the octave that f lies in, at
 * the centred mantissa of f, by Horner's rule. Each product and each sum rounds. */
OPERATION(void, octave_polynomials, const OctaveTable *table, const floats *f, floats *values);

/* float64. Minimum and maximum as for float32. */
OPERATION(doubles, doubles_set, double x); /* x in every lane */
OPERATION(doubles, doubles_from_bits, words a);
OPERATION(words, doubles_to_bits, doubles a);
OPERATION(doubles, doubles_from_signed64, words a); /* each lane, rounded to float64 */
OPERATION(doubles, doubles_from_high12, words a); /* the highest 12 bits, as a signed integer */
/* In the low half, the bits of a rounded to float32. The high half of the result is not used. */
OPERATION(words, doubles_to_float_bits, doubles a);
OPERATION(doubles, doubles_add, doubles a, doubles b);
OPERATION(doubles, doubles_subtract, doubles a, doubles b);
OPERATION(doubles, doubles_multiply, doubles a, doubles b);
/* a * b + c, where a * b is exact. So a fused operation gives the same bits as two operations. */
OPERATION(doubles, doubles_add_exact_product, doubles a, doubles b, doubles c);
OPERATION(doubles, doubles_divide, doubles a, doubles b);
OPERATION(doubles, doubles_sqrt, doubles a);
OPERATION(doubles, doubles_minimum, doubles a, doubles b);
OPERATION(doubles, doubles_maximum, doubles a, doubles b);

/* The floating-point environment. environment_reset selects round to nearest, keeps subnormal
 * numbers, and returns the caller's setting. environment_restore gives that back. */
OPERATION(environment, environment_reset, void);
OPERATION(void, environment_restore, environment saved);

/* Narrow formats. A port that has an instruction defines floats_merge_bfloat16 with the macro
 * LANES_HAVE_BFLOAT16, or floats_merge_float16 with LANES_HAVE_FLOAT16. Else narrow_floats.h makes
 * them from the operations above. */
#include "narrow_floats.h"

/* The lanes of `even` rounded to the format, and between them those of `odd`. */
OPERATION(words, floats_merge_bfloat16, floats even, floats odd);
OPERATION(words, floats_merge_float16, floats even, floats odd);

#undef OPERATION

/* (1 + e)^2 = 1 + 2e + e^2 is rounded to 1 + 2e, if e^2 is less than half of the last place. A fused
 * operation keeps e^2. */
static __attribute__((noinline, unused)) int squares_are_rounded(void) {
    volatile float float32 = 1 + 0x1p-13f; /* volatile: the compiler must not compute the result */
    volatile double float64 = 1 + 0x1p-27;
    float a = float32;
    double b = float64;
    floats difference32 =
        floats_add(floats_multiply(floats_set(a), floats_set(a)), floats_set(-(1 + 0x1p-12f)));
    doubles difference64 =
        doubles_add(doubles_multiply(doubles_set(b), doubles_set(b)), doubles_set(-(1 + 0x1p-26)));
    const char zeros[sizeof(words)] = {0};
    char bits32[sizeof(words)], bits64[sizeof(words)];
    words_store(bits32, floats_to_bits(difference32));
    words_store(bits64, doubles_to_bits(difference64));
    return memcmp(bits32, zeros, sizeof(words)) == 0 && memcmp(bits64, zeros, sizeof(words)) == 0
        && a * a - (1 + 0x1p-12f) == 0 && b * b - (1 + 0x1p-26) == 0;
}

/* Whether a product is rounded before something is added to it, in any setting of the caller. */
static __attribute__((noinline, unused)) int products_are_rounded(void) {
    environment saved = environment_reset();
    int rounded = squares_are_rounded();
    environment_restore(saved);
    return rounded;
}

#endif
