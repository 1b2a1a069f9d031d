"""From words to values: uniform and normal, float32 and float64.

Each transform takes the words of one vector of blocks and gives two vectors of values in
canonical order. Promises: the operations and their order, hence the bits, are the same on every
instruction set; no value is infinite or NaN, if the parameters were checked as distributions.py
does.

=================  ===============================================  ==================  ==========
transform          value                                            values lie in       resolution
=================  ===============================================  ==================  ==========
uniform, float32   low + (w mod 2**24) 2**-24 (high - low)          [low, high)         2**-24
uniform, float64   low + (w mod 2**53) 2**-53 (high - low)          [low, high)         2**-53
normal, float32    mean + std quantile((w + 1/2) 2**-32)            mean +- 6.34 std    1 word
normal, float64    mean + std Box-Muller of two 64-bit words        mean +- 9.49 std    2 words
=================  ===============================================  ==================  ==========
"""

from libc.math cimport nextafter, nextafterf
from libc.stdint cimport uint64_t

from lanes cimport *
from philox cimport Block, Group


cdef enum Distribution:
    BITS32
    BITS64
    UNIFORM32
    UNIFORM64
    NORMAL32
    NORMAL64


# Value = location + scale * variate, and for uniforms the largest value that may be returned.
ctypedef struct Parameters:
    double location
    double scale
    double largest


cdef inline Parameters uniform32_parameters(float low, float high) noexcept nogil:
    cdef Parameters parameters
    parameters.location = low
    parameters.scale = <float>(<float>(high - low) * <float>5.9604644775390625e-08)  # 2**-24
    parameters.largest = max(low, nextafterf(high, low))
    return parameters


cdef inline Parameters uniform64_parameters(double low, double high) noexcept nogil:
    cdef Parameters parameters
    parameters.location = low
    parameters.scale = (high - low) * 1.1102230246251565e-16  # 2**-53
    parameters.largest = max(low, nextafter(high, low))
    return parameters


cdef inline floats uniform32(words w, const Parameters *parameters) noexcept nogil:
    """Three operations on floats and two on integers: the words cost much more."""
    cdef floats variate = floats_from_signed32(words_and(w, words_set(0x00FFFFFF00FFFFFF)))
    cdef floats value = floats_add(
        floats_set(<float>parameters.location),
        floats_multiply(variate, floats_set(<float>parameters.scale)),
    )
    return floats_minimum(value, floats_set(<float>parameters.largest))


cdef inline doubles uniform64(words w, const Parameters *parameters) noexcept nogil:
    cdef doubles variate = doubles_from_signed64(words_and(w, words_set(0x001FFFFFFFFFFFFF)))
    cdef doubles value = doubles_add(
        doubles_set(parameters.location),
        doubles_multiply(variate, doubles_set(parameters.scale)),
    )
    return doubles_minimum(value, doubles_set(parameters.largest))


cdef inline void standard_normal32(const words *w, floats *values) noexcept nogil:
    """The inverse of the normal distribution function at (w + 1/2) / 2**32.

    Half a step is added to the word as a signed integer, which reflects it about the middle: the
    magnitude is 2**32 times the smaller tail's probability, and rounding to float32 normalises it.
    Its exponent names the octave, whose polynomial in the mantissa gives the quantile, negative;
    the word's highest bit gives the sign. Seven look-ups, six multiplications and additions: the
    ports for floating point and shuffles are the bound.

    Several vectors advance together, a step at a time: one alone is a chain of dependent
    operations so long that it would fill the schedulers and leave the ports idle (Zen 5, AVX-512,
    in cache, GB/s with 1, 4 and 8 together: 11.6, 13.0, 13.7).
    """
    cdef floats[(OCTAVE_DEGREE + 1) * INTERLEAVE] coefficients
    cdef floats[INTERLEAVE] magnitude
    cdef floats[INTERLEAVE] t
    cdef floats[INTERLEAVE] quantile
    cdef int k, v
    for v in range(INTERLEAVE):
        magnitude[v] = floats_add(floats_from_signed32(w[v]), floats_set(0.5))
    for v in range(INTERLEAVE):
        # 2147483520 is the largest float32 below 2**31, where one more octave would begin.
        magnitude[v] = floats_magnitude(magnitude[v], floats_set(2147483520.0))
    for v in range(INTERLEAVE):
        t[v] = floats_centred_mantissa(magnitude[v])
    for v in range(INTERLEAVE):
        octave_coefficients(
            &NORMAL_TABLE, magnitude[v], &coefficients[(OCTAVE_DEGREE + 1) * v]
        )
        quantile[v] = coefficients[(OCTAVE_DEGREE + 1) * v + OCTAVE_DEGREE]
    for k in range(OCTAVE_DEGREE - 1, -1, -1):
        for v in range(INTERLEAVE):
            quantile[v] = floats_multiply(quantile[v], t[v])
        for v in range(INTERLEAVE):
            quantile[v] = floats_add(quantile[v], coefficients[(OCTAVE_DEGREE + 1) * v + k])
    for v in range(INTERLEAVE):
        values[v] = floats_flip_sign(quantile[v], w[v])


cdef inline void normal32(
    const words *w, floats *values, const Parameters *parameters
) noexcept nogil:
    cdef int v
    standard_normal32(w, values)
    for v in range(INTERLEAVE):
        values[v] = floats_add(
            floats_set(<float>parameters.location),
            floats_multiply(values[v], floats_set(<float>parameters.scale)),
        )


cdef inline doubles polynomial(
    const double *coefficients, int degree, doubles x
) noexcept nogil:
    """Horner's rule."""
    cdef doubles value = doubles_set(coefficients[degree])
    cdef int k
    for k in range(degree - 1, -1, -1):
        value = doubles_add(doubles_multiply(value, x), doubles_set(coefficients[k]))
    return value


cdef inline doubles radius64(words w) noexcept nogil:
    """sqrt(-2 ln u) with u = (w + 1/2) / 2**64, precise at both ends.

    2**64 u = 2**k m with m in [sqrt(1/2), sqrt(2)), and -2 ln u = (64 - k) 2 ln 2 - 2 ln m. For
    u near 1, m - 1 is taken from the word as a signed integer, where nothing cancels.
    """
    cdef doubles offset = doubles_add(doubles_from_signed64(w), doubles_set(0.5))
    cdef doubles wrapped = doubles_add(offset, doubles_set(18446744073709551616.0))
    cdef words bits = doubles_to_bits(doubles_select(w, wrapped, offset))
    cdef words unit = words_set(<uint64_t>1 << 52)
    # 64 is added to k, which can be -1; so is the exponent of 2**64 the first to set bit 7.
    cdef words reduced = words_subtract(bits, words_set(SQRT_HALF_BITS - (<uint64_t>64 << 52)))
    cdef words k_plus_64 = words_shift_right(reduced, 52)
    cdef words m_bits = words_add(
        words_and(reduced, words_subtract(unit, words_set(1))), words_set(SQRT_HALF_BITS)
    )
    cdef words last_octave = words_shift_left(k_plus_64, 56)
    # A small integer in the significand of 2**52 becomes a float64 by one subtraction.
    cdef doubles exponent = doubles_subtract(
        doubles_set(4503599627370496.0 + 128.0),
        doubles_from_bits(words_xor(k_plus_64, words_set(0x4330000000000000))),
    )
    cdef doubles d = doubles_select(
        last_octave,
        doubles_multiply(offset, doubles_set(5.421010862427522e-20)),  # 2**-64
        doubles_subtract(doubles_from_bits(m_bits), doubles_set(1.0)),
    )
    cdef doubles s = doubles_divide(d, doubles_add(doubles_set(2.0), d))
    cdef doubles minus_two_ln_m = doubles_multiply(
        s, polynomial(LOG_POLYNOMIAL, LOG_DEGREE, doubles_multiply(s, s))
    )
    return doubles_sqrt(doubles_add(
        doubles_multiply(exponent, doubles_set(TWO_LN2_HIGH)),
        doubles_add(minus_two_ln_m, doubles_multiply(exponent, doubles_set(TWO_LN2_LOW))),
    ))


cdef inline void direction64(words w, doubles *cosine, doubles *sine) noexcept nogil:
    """Cosine and sine of 2 pi (w + 1/2) / 2**64.

    The angle's nearest quarter turn is the upper two bits of w + 2**61; what remains, in quarter
    turns within [-1/2, 1/2], is the rest of w as a signed integer.
    """
    cdef words rest = words_shift_left(w, 2)
    cdef doubles x = doubles_multiply(
        doubles_add(doubles_from_signed64(rest), doubles_set(2.0)),
        doubles_set(5.421010862427522e-20),  # 2**-64
    )
    cdef doubles square = doubles_multiply(x, x)
    cdef doubles sin_x = doubles_multiply(x, polynomial(SIN_POLYNOMIAL, SIN_DEGREE, square))
    cdef doubles cos_x = polynomial(COS_POLYNOMIAL, COS_DEGREE, square)
    cdef words sign = words_set(<uint64_t>1 << 63)
    cdef words quarter = words_add(w, words_set(<uint64_t>1 << 61))
    cdef words odd = words_shift_left(quarter, 1)
    cdef doubles unsigned_cosine = doubles_select(odd, sin_x, cos_x)
    cdef doubles unsigned_sine = doubles_select(odd, cos_x, sin_x)
    cosine[0] = doubles_from_bits(words_xor(
        doubles_to_bits(unsigned_cosine), words_and(words_xor(quarter, odd), sign)
    ))
    sine[0] = doubles_from_bits(words_xor(
        doubles_to_bits(unsigned_sine), words_and(quarter, sign)
    ))


cdef inline void normal64(
    words w_first, words w_second, doubles *first, doubles *second, const Parameters *parameters
) noexcept nogil:
    """Box and Muller (1958): one division and one square root a pair, and 27 multiplications."""
    cdef doubles cosine, sine
    cdef doubles radius = radius64(w_first)
    cdef doubles location = doubles_set(parameters.location)
    cdef doubles scale = doubles_set(parameters.scale)
    direction64(w_second, &cosine, &sine)
    first[0] = doubles_add(location, doubles_multiply(doubles_multiply(radius, cosine), scale))
    second[0] = doubles_add(location, doubles_multiply(doubles_multiply(radius, sine), scale))


cdef inline void put_words(char *out, words value, bint streaming) noexcept nogil:
    if streaming:
        words_stream(out, value)
    else:
        words_store(out, value)


cdef inline void put_floats(char *out, floats value, bint streaming) noexcept nogil:
    if streaming:
        floats_stream(out, value)
    else:
        floats_store(out, value)


cdef inline void put_doubles(char *out, doubles value, bint streaming) noexcept nogil:
    if streaming:
        doubles_stream(out, value)
    else:
        doubles_store(out, value)


cdef inline void block_words(const Block *block, words *low, words *high) noexcept nogil:
    """The 32-bit words of one vector of blocks, in canonical order."""
    cdef words w_first = words_pair(block.x_0, block.x_1)
    cdef words w_second = words_pair(block.x_2, block.x_3)
    low[0] = words_unpack_low(w_first, w_second)
    high[0] = words_unpack_high(w_first, w_second)


cdef inline void group_normal32(
    char *out, const Group *group, bint streaming, const Parameters *parameters
) noexcept nogil:
    """Store the float32 normals of a whole group."""
    cdef words[2 * CHAINS] w
    cdef floats[INTERLEAVE] values
    cdef int c, v
    for c in range(CHAINS):
        block_words(&group.chains[c], &w[2 * c], &w[2 * c + 1])
    for c in range(2 * CHAINS // INTERLEAVE):
        normal32(&w[c * INTERLEAVE], values, parameters)
        for v in range(INTERLEAVE):
            put_floats(out, values[v], streaming)
            out += sizeof(words)


cdef inline void block_values(
    char *out, const Block *block, Distribution distribution, bint streaming,
    const Parameters *parameters,
) noexcept nogil:
    """Store the values of one vector of blocks, in canonical order."""
    cdef words low, high, w_first, w_second
    cdef doubles first, second
    if distribution == BITS32 or distribution == UNIFORM32:
        block_words(block, &low, &high)
    else:
        w_first = words_pair(block.x_1, block.x_0)
        w_second = words_pair(block.x_3, block.x_2)
    if distribution == NORMAL64:
        normal64(w_first, w_second, &first, &second, parameters)
        put_doubles(out, doubles_unpack_low(first, second), streaming)
        put_doubles(out + sizeof(words), doubles_unpack_high(first, second), streaming)
        return
    if distribution == UNIFORM64 or distribution == BITS64:
        low = words_unpack_low(w_first, w_second)
        high = words_unpack_high(w_first, w_second)
    if distribution == UNIFORM32:
        put_floats(out, uniform32(low, parameters), streaming)
        put_floats(out + sizeof(words), uniform32(high, parameters), streaming)
    elif distribution == UNIFORM64:
        put_doubles(out, uniform64(low, parameters), streaming)
        put_doubles(out + sizeof(words), uniform64(high, parameters), streaming)
    else:
        put_words(out, low, streaming)
        put_words(out + sizeof(words), high, streaming)


cdef inline void group_values(
    char *out, const Group *group, Distribution distribution, bint streaming,
    const Parameters *parameters,
) noexcept nogil:
    """Store the values of a whole group, in canonical order."""
    cdef int c
    if distribution == NORMAL32:
        group_normal32(out, group, streaming, parameters)
        return
    for c in range(CHAINS):
        block_values(
            out + c * 2 * <int>sizeof(words), &group.chains[c], distribution, streaming, parameters
        )
