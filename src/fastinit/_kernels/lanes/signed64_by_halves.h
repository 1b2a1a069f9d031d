/* float64 from 64-bit integers by other operations, for instruction sets without this conversion.
 *
 * A half of the word becomes the low bits of a float64's significand; the exponent gives the half
 * its weight. The high half's sign bit is flipped, so that the half is unsigned. Then the constants
 * that were added are subtracted, which is exact. Only the last addition rounds.
 */
#ifndef FASTINIT_SIGNED64_BY_HALVES_H
#define FASTINIT_SIGNED64_BY_HALVES_H

LANES_INLINE doubles doubles_from_signed64(words a) {
    const uint64_t two_to_52 = UINT64_C(0x4330000000000000);         /* the bits of 2^52 */
    const uint64_t two_to_84_sign = UINT64_C(0x4530000080000000);    /* of 2^84, and a sign */
    const double offset = 0x1p84 + 0x1p63 + 0x1p52;                  /* exact */
    words low = words_xor(words_and(a, words_set(UINT64_C(0xffffffff))), words_set(two_to_52));
    words high = words_xor(words_high32(a), words_set(two_to_84_sign));
    doubles high_part = doubles_subtract(doubles_from_bits(high), doubles_set(offset));
    return doubles_add(high_part, doubles_from_bits(low));
}

/* An exponent makes the 12 bits the low bits of a float64's significand. Their sign bit is flipped,
 * so that they are unsigned. Then the constants that were added are subtracted. */
LANES_INLINE doubles doubles_from_high12(words a) {
    const uint64_t two_to_52_sign = UINT64_C(0x4330000000000800); /* the bits of 2^52, and a sign */
    words high = words_xor(words_shift_right(a, 52), words_set(two_to_52_sign));
    return doubles_subtract(doubles_from_bits(high), doubles_set(0x1p52 + 0x1p11)); /* exact */
}

#endif
