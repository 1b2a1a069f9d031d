/* doubles_from_signed64 for instruction sets without such a conversion, from other primitives.
 *
 * Each half of the word is put into the significand of a float64 whose exponent gives it its
 * place; the high half's sign bit is flipped, which makes it unsigned. Subtracting the constants
 * added is exact, so that only the last addition rounds, once, as one instruction would.
 */
#ifndef FASTINIT_SIGNED64_BY_HALVES_H
#define FASTINIT_SIGNED64_BY_HALVES_H

LANES_INLINE doubles doubles_from_signed64(words a) {
    const uint64_t two_to_52 = UINT64_C(0x4330000000000000);         /* as a float64's bits */
    const uint64_t two_to_84_sign = UINT64_C(0x4530000080000000);    /* 2^84, flips a half's sign */
    const double offset = 0x1p84 + 0x1p63 + 0x1p52;                  /* exact: 33 bits apart */
    words low = words_xor(words_and(a, words_set(UINT64_C(0xffffffff))), words_set(two_to_52));
    words high = words_xor(words_high32(a), words_set(two_to_84_sign));
    doubles high_part = doubles_subtract(doubles_from_bits(high), doubles_set(offset));
    return doubles_add(high_part, doubles_from_bits(low));
}

#endif
