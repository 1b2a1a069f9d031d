/* Rounding from float32 to narrower formats, to nearest even. The results are codes for
 * words_merge_high16 and words_pack_high8.
 *
 * Promises: subnormal numbers of the narrow format are right; only operations of lanes.h are used.
 * Takes for granted: the values are finite, and the rounded values are in the range of the format.
 */

/* The bits of the power of two of a value's exponent, or of the format's lowest exponent if that is
 * larger. Below the lowest exponent, the numbers of the format are subnormal. */
LANES_INLINE words narrow_exponent(words bits, words lowest_bits) {
    const words exponents = words_set(UINT64_C(0x7f8000007f800000));
    return floats_to_bits(
        floats_maximum(floats_from_bits(words_and(bits, exponents)), floats_from_bits(lowest_bits)));
}

/* Return codes of `width` bits, for sign, exponent and mantissa, at the top of each half.
 *
 * A number of the format is a multiple of its unit in the last place, 2^(E - mantissa_bits). E is
 * the exponent of the value, or the lowest exponent if that is larger. A float32 that is 2^dropped
 * times 2^E has just this last place. If it is added, the low bits of the sum are the multiple,
 * rounded to nearest even.
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
    /* Add half of the last place, minus one bit if the number is even. */
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

/* Each lane rounded to a number of float16, as a float32: the sum of floats_narrow, from which the
 * power of two is subtracted again. */
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
