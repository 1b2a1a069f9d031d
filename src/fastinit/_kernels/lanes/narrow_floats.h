/* From float32 to the narrower formats, rounded to nearest even, as codes for
 * words_merge_high16 and words_pack_high8.
 *
 * Promises: subnormals of the narrow format come out right; nothing here depends on the lanes.
 * Takes for granted: the values are finite and, once rounded, no larger than the format's largest.
 */

/* The bits of the power of two that a number of the format has as its exponent: at least the lowest,
 * below which its numbers are subnormal. */
LANES_INLINE words narrow_exponent(words bits, words lowest_bits) {
    const words exponents = words_set(UINT64_C(0x7f8000007f800000));
    return floats_to_bits(
        floats_maximum(floats_from_bits(words_and(bits, exponents)), floats_from_bits(lowest_bits)));
}

/* A code of 1 + exponent + mantissa bits at the top of each 32-bit lane, zeros below it.
 *
 * A number of the format is a multiple of its unit in the last place, 2^(E - mantissa_bits), where
 * E is the value's exponent or, below the normal numbers, the lowest. Adding the power of two whose
 * own last place that is leaves the multiple, rounded to nearest even, in the low bits of the sum.
 */
LANES_INLINE words floats_narrow(
    floats value, unsigned width, unsigned mantissa_bits, int lowest_exponent) {
    const unsigned dropped = 23 - mantissa_bits;
    const words sign = words_set(UINT64_C(0x8000000080000000));
    const uint64_t lowest = (uint64_t)(lowest_exponent + 127) << 23;
    const words lowest_bits = words_set(lowest | lowest << 32);
    const uint64_t raise = (uint64_t)dropped << 23;
    words bits = floats_to_bits(value);
    words sign_bit = words_and(bits, sign);
    floats magnitude = floats_from_bits(words_xor(bits, sign_bit));
    words exponent = narrow_exponent(bits, lowest_bits);
    words unit = words_add32(exponent, words_set(raise | raise << 32));
    words sum = floats_to_bits(floats_add(magnitude, floats_from_bits(unit)));
    words code = words_add32(
        words_subtract32(sum, unit),
        words_shift_right32(words_subtract32(exponent, lowest_bits), dropped));
    return words_xor(words_shift_left32(code, 32 - width), sign_bit);
}

LANES_INLINE words floats_narrow_float8_e4m3(floats a) { return floats_narrow(a, 8, 3, -6); }
LANES_INLINE words floats_narrow_float8_e5m2(floats a) { return floats_narrow(a, 8, 2, -14); }

#ifndef LANES_HAVE_BFLOAT16
LANES_INLINE words round_to_high16(floats a) {
    /* Half of the last place is added, less one bit where the number is even. */
    words bits = floats_to_bits(a);
    words odd = words_and(words_shift_right32(bits, 16), words_set(UINT64_C(0x0000000100000001)));
    words half = words_set(UINT64_C(0x00007fff00007fff));
    return words_add32(words_add32(bits, half), odd);
}
LANES_INLINE words floats_merge_bfloat16(floats even, floats odd) {
    return words_merge_high16(round_to_high16(even), round_to_high16(odd));
}
#endif

#ifndef LANES_HAVE_FLOAT16
LANES_INLINE words floats_merge_float16(floats even, floats odd) {
    return words_merge_high16(floats_narrow(even, 16, 10, -14), floats_narrow(odd, 16, 10, -14));
}
#endif

/* The same sum as in floats_narrow, with what was added taken away again. */
LANES_INLINE floats floats_round_to_float16(floats a) {
    const words sign = words_set(UINT64_C(0x8000000080000000));
    words bits = floats_to_bits(a);
    words sign_bit = words_and(bits, sign);
    words exponent = narrow_exponent(bits, words_set(UINT64_C(0x3880000038800000))); /* 2^-14 */
    words unit = words_add32(exponent, words_set(UINT64_C(0x0680000006800000)));     /* x 2^13 */
    floats sum = floats_add(floats_from_bits(words_xor(bits, sign_bit)), floats_from_bits(unit));
    floats magnitude = floats_add(sum, floats_from_bits(words_xor(unit, sign)));
    return floats_from_bits(words_xor(floats_to_bits(magnitude), sign_bit));
}
