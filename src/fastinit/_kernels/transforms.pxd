"""From words to values: the transform of each distribution, on vectors of words.

Promises: every instruction set does the same operations in the same order, so the bits are the
same. If kernel_arguments.py has checked the parameters, no value is infinite or NaN, and every
value is between `lowest` and `largest`.

======================  ============================================  ===============  ============
transform               value                                         range            uses
======================  ============================================  ===============  ============
uniform, float32        low + (w mod 2**24) 2**-24 (high - low)       [low, high)      1 word
uniform, float64        low + (w mod 2**53) 2**-53 (high - low)       [low, high)      2 words
normal, float32         mean + std quantile((w + 1/2) 2**-32)         6.34 std         1 word
normal, float64         mean + std Box-Muller of two 64-bit words     9.49 std         2 words
truncated               mean + std quantile(P + (w + 1/2) 2**-32 S)   the bounds       1 word
truncated, tail         the same, in float64                          the bounds       1 or 2 words
truncated, window       bound + std x, x nearly exponential           the bounds       1 or 2 words
======================  ============================================  ===============  ============

P is the probability below the lower bound, S the probability between the bounds. Narrower formats
are float32 values, rounded to nearest even.

Cost with AVX-512, in instructions for 128 bytes of values. The counts are those of the compiled
loops, without moves and stores. philox.pxd counts the instructions for the words.

=======================  ============  =======  ======  =========  =============  =====
operation                instruction   uniform  normal  truncated  Raptor Cove    Zen 4
=======================  ============  =======  ======  =========  =============  =====
integers to float32      vcvt(u)dq2ps  2        2       2          p0 p5   0.5    1.0
magnitude below 2**31    vrangeps               2                  p0 p5   0.5    1.0
minimum, maximum         vminps        2                8          p0 p5   0.5    -
multiply                 vmulps        2        14      16         p0 p5   0.5    1.0
add                      vaddps        2        18      20         p0 p5   0.5    1.0
look up a coefficient    vpermi2ps              14      14         p5      1.0    1.0
shift the exponent down  vpsrld                 2       2          p0      1.0    1.0
bit operations           vpternlogd    2        4       8          p0 p5   0.5    0.5
compare, fill the mask   vpcmpnltud                     4          p5      1.0    -
=======================  ============  =======  ======  =========  =============  =====

Sums: uniform 10, normal 56, truncated 74; with the words 70, 116 and 134. Ports and cycles are as
in philox.pxd, measured on both (a dash: not measured; for vminps on Raptor Cove as for vrangeps).

Bound on two ports (Intel's servers): uniform 35 cycles, 3.7 bytes a cycle; normal 58 cycles, 2.2
bytes; truncated 67 cycles, 1.9 bytes. Measured on Emerald Rapids at 2.96 GHz, 1 MiB: uniform 38
cycles, normal 67, truncated 79. Horner's rule explains the difference: eight vectors take eight
cycles for a step on two ports, and one step of one vector also takes eight cycles to finish. So
any delay stays. More vectors need more registers than there are.

Four pipes of half the width (Zen 4) have the same bound. There the float32 normal was measured: 79
cycles, because it spills registers, and because not all of its parts overlap. docs/performance.md
has the speed of whole fills.

In float64, for 128 bytes: the normal (Box-Muller) does 28 multiplications, 25 additions, three
fused operations, one division and one square root. The truncated ones do 64 multiplications, six
fused operations, six divisions and two square roots. An operation is fused only if its product is
exact. In LLVM's model of Zen 4, vdivpd keeps the divider busy for 10 cycles and vsqrtpd for 18
cycles: 28 cycles for the normal, 96 for the truncated ones.
"""

from libc.stdint cimport uint32_t, uint64_t

from lanes cimport *
from philox cimport Block, Group


cdef enum Distribution:
    BITS
    UNIFORM
    NORMAL
    TRUNCATED
    TRUNCATED_TAIL
    TRUNCATED_WINDOW
    CONSTANT


cdef enum Format:
    UINT32
    UINT64
    FLOAT32
    FLOAT64
    BFLOAT16
    FLOAT16
    FLOAT8_E4M3
    FLOAT8_E5M2


# The numbers that a distribution needs. The class Parameters in kernel_arguments.py has the same
# fields in the same order, which tests/kernels/test_exports.py checks.
ctypedef struct Parameters:
    double lowest  # no value may be below it, in the format of the output
    double largest
    double location  # low, mean or the constant; of a window, the bound that values start from
    double scale  # std
    double step  # uniform: the distance of neighbours, (high - low) 2**-24 or 2**-53
    # Truncated, in units of 2**-32; truncated tail, in units such that none is above 1:
    double below  # the probability below the lower bound
    double above  # and above the upper
    double between  # and between them
    double split  # words (tail: fractions) from here on are counted from the upper bound
    double log_unit  # tail: -2 ln of the unit of probability
    # Truncated window, where x = e gain / (slope + sqrt(slope**2 + e curvature)):
    double reach  # 1 less the density's ratio over the window: e = -ln(1 - u reach)
    double gain
    double slope
    double curvature


cdef inline floats uniform32(words w, const Parameters *parameters) noexcept nogil:
    cdef floats variate = floats_from_signed32(words_and(w, words_set(0x00FFFFFF00FFFFFF)))
    return floats_add(
        floats_set(<float>parameters.location),
        floats_multiply(variate, floats_set(<float>parameters.step)),
    )


cdef inline doubles uniform64(words w, const Parameters *parameters) noexcept nogil:
    cdef doubles variate = doubles_from_signed64(words_and(w, words_set(0x001FFFFFFFFFFFFF)))
    return doubles_add(
        doubles_set(parameters.location),
        doubles_multiply(variate, doubles_set(parameters.step)),
    )


cdef inline void standard_normal32(const words *w, floats *values) noexcept nogil:
    """The inverse of the normal distribution function at (w + 1/2) / 2**32.

    The word is taken as a signed integer, so that the magnitude of w + 1/2 is 2**32 times the
    probability of the smaller tail. The conversion to float32 normalises it. The word's highest bit
    gives the sign.
    """
    cdef floats[INTERLEAVE] magnitude
    cdef int v
    for v in range(INTERLEAVE):
        magnitude[v] = floats_add(floats_from_signed32(w[v]), floats_set(0.5))
    for v in range(INTERLEAVE):
        magnitude[v] = floats_magnitude(magnitude[v], floats_set(LARGEST_MAGNITUDE))
    octave_polynomials(&NORMAL_TABLE, magnitude, values)
    for v in range(INTERLEAVE):
        values[v] = floats_flip_sign(values[v], w[v])


cdef inline void place32(floats *values, const Parameters *parameters) noexcept nogil:
    """Replace standard values by location + value * scale."""
    cdef int v
    for v in range(INTERLEAVE):
        values[v] = floats_add(
            floats_set(<float>parameters.location),
            floats_multiply(values[v], floats_set(<float>parameters.scale)),
        )


cdef inline void truncated_normal32(
    const words *w, floats *values, const Parameters *parameters
) noexcept nogil:
    """The inverse of the normal distribution function at P + (w + 1/2) / 2**32 S.

    Words from `split` on are counted from the upper bound and give the upper half. So a small
    probability is never the difference of large ones.
    """
    cdef uint64_t split = <uint32_t><uint64_t>parameters.split
    cdef float below = <float>parameters.below
    cdef float above = <float>parameters.above
    cdef words below_bits = floats_to_bits(floats_set(below))
    cdef words difference = words_xor(below_bits, floats_to_bits(floats_set(above)))
    cdef words[INTERLEAVE] upper
    cdef floats[INTERLEAVE] magnitude
    cdef floats base
    cdef int v
    for v in range(INTERLEAVE):
        upper[v] = words_not_below32(w[v], words_set(split | split << 32))
        magnitude[v] = floats_from_unsigned32(words_xor(w[v], upper[v]))
    for v in range(INTERLEAVE):
        base = floats_from_bits(words_xor(below_bits, words_and(difference, upper[v])))
        magnitude[v] = floats_add(
            base,
            floats_multiply(
                floats_add(magnitude[v], floats_set(0.5)), floats_set(<float>parameters.between)
            ),
        )
        magnitude[v] = floats_maximum(
            floats_minimum(magnitude[v], floats_set(LARGEST_MAGNITUDE)), floats_set(0.5)
        )
    octave_polynomials(&NORMAL_TABLE, magnitude, values)
    for v in range(INTERLEAVE):
        values[v] = floats_flip_sign(values[v], upper[v])


cdef inline void polynomial(
    const double *coefficients, int degree, const doubles *x, doubles *values, int together
) noexcept nogil:
    """Evaluate a polynomial at each of some vectors by Horner's rule, one step at a time."""
    cdef int k, v
    for v in range(together):
        values[v] = doubles_set(coefficients[degree])
    for k in range(degree - 1, -1, -1):
        for v in range(together):
            values[v] = doubles_multiply(values[v], x[v])
        for v in range(together):
            values[v] = doubles_add(values[v], doubles_set(coefficients[k]))


cdef inline void minus_two_ln(
    const doubles *x, const doubles *near, doubles *values, int together
) noexcept nogil:
    """-2 ln x for x in [2**-128, 1], where `near` is x - 1.

    x = 2**k m with m in [sqrt(1/2), sqrt(2)), so the result is -2 k ln 2 - 2 ln m. In the last
    octave, where k is 0, m - 1 is `near`. The caller computes `near` without cancellation.
    """
    cdef words significand = words_set((<uint64_t>1 << 52) - 1)
    cdef words reduced, m_bits
    cdef doubles d
    cdef doubles[MOST_TOGETHER] k
    cdef doubles[MOST_TOGETHER] s
    cdef doubles[MOST_TOGETHER] square
    cdef int v
    for v in range(together):
        reduced = words_subtract(doubles_to_bits(x[v]), words_set(SQRT_HALF_BITS))
        k[v] = doubles_from_high12(reduced)
        m_bits = words_add(words_and(reduced, significand), words_set(SQRT_HALF_BITS))
        d = doubles_select(
            reduced,  # negative, except in the last octave
            doubles_subtract(doubles_from_bits(m_bits), doubles_set(1.0)),
            near[v],
        )
        s[v] = doubles_divide(d, doubles_add(doubles_set(2.0), d))
    for v in range(together):
        square[v] = doubles_multiply(s[v], s[v])
    polynomial(LOG_POLYNOMIAL, LOG_DEGREE, square, values, together)
    for v in range(together):
        values[v] = doubles_add_exact_product(
            k[v],
            doubles_set(-TWO_LN2_HIGH),
            doubles_add(
                doubles_multiply(s[v], values[v]),
                doubles_multiply(k[v], doubles_set(-TWO_LN2_LOW)),
            ),
        )


cdef inline doubles scaled_sum(words w, double step, double unit) noexcept nogil:
    """(w + step) unit, where w is a signed integer, and step and unit are powers of two."""
    return doubles_add_exact_product(
        doubles_from_signed64(w), doubles_set(unit), doubles_set(step * unit)
    )


cdef inline doubles unsigned_fraction(words w) noexcept nogil:
    """(w + 1/2) / 2**64, where w is an unsigned integer."""
    cdef doubles fraction = scaled_sum(w, 0.5, 2.0**-64)
    return doubles_select(w, doubles_add(fraction, doubles_set(1.0)), fraction)


cdef inline void radius64(const words *w, doubles *radius) noexcept nogil:
    """sqrt(-2 ln u) with u = (w + 1/2) / 2**64, precise at both ends."""
    cdef doubles[NORMALS_TOGETHER] near
    cdef doubles[NORMALS_TOGETHER] x
    cdef int v
    for v in range(NORMALS_TOGETHER):
        near[v] = scaled_sum(w[v], 0.5, 2.0**-64)
        x[v] = unsigned_fraction(w[v])
    minus_two_ln(x, near, radius, NORMALS_TOGETHER)
    for v in range(NORMALS_TOGETHER):
        radius[v] = doubles_sqrt(radius[v])


cdef inline void direction64(const words *w, doubles *cosine, doubles *sine) noexcept nogil:
    """Cosine and sine of 2 pi (w + 1/2) / 2**64.

    The upper two bits of w + 2**61 are the nearest quarter turn. The other bits of w, as a signed
    integer, are the rest of the angle, which is in [-1/2, 1/2] quarter turns.
    """
    cdef words sign = words_set(<uint64_t>1 << 63)
    cdef words quarter, odd
    cdef doubles[NORMALS_TOGETHER] x
    cdef doubles[NORMALS_TOGETHER] square
    cdef doubles[NORMALS_TOGETHER] sin_x
    cdef doubles[NORMALS_TOGETHER] cos_x
    cdef int v
    for v in range(NORMALS_TOGETHER):
        x[v] = scaled_sum(words_shift_left(w[v], 2), 2.0, 2.0**-64)
        square[v] = doubles_multiply(x[v], x[v])
    polynomial(SIN_POLYNOMIAL, SIN_DEGREE, square, sin_x, NORMALS_TOGETHER)
    polynomial(COS_POLYNOMIAL, COS_DEGREE, square, cos_x, NORMALS_TOGETHER)
    for v in range(NORMALS_TOGETHER):
        sin_x[v] = doubles_multiply(x[v], sin_x[v])
        quarter = words_add(w[v], words_set(<uint64_t>1 << 61))
        odd = words_shift_left(quarter, 1)
        cosine[v] = doubles_from_bits(words_xor(
            doubles_to_bits(doubles_select(odd, sin_x[v], cos_x[v])),
            words_and(words_xor(quarter, odd), sign),
        ))
        sine[v] = doubles_from_bits(words_xor(
            doubles_to_bits(doubles_select(odd, cos_x[v], sin_x[v])), words_and(quarter, sign)
        ))


cdef inline void normal64(
    words *w_first, words *w_second, const Parameters *parameters
) noexcept nogil:
    """Replace the words of NORMALS_TOGETHER vectors of pairs by the bits of their values.

    Source: Box and Muller (1958).
    """
    cdef doubles location = doubles_set(parameters.location)
    cdef doubles scale = doubles_set(parameters.scale)
    cdef doubles[NORMALS_TOGETHER] radius
    cdef doubles[NORMALS_TOGETHER] cosine
    cdef doubles[NORMALS_TOGETHER] sine
    cdef int v
    radius64(w_first, radius)
    direction64(w_second, cosine, sine)
    for v in range(NORMALS_TOGETHER):
        w_first[v] = doubles_to_bits(doubles_add(
            location, doubles_multiply(doubles_multiply(radius[v], cosine[v]), scale)
        ))
        w_second[v] = doubles_to_bits(doubles_add(
            location, doubles_multiply(doubles_multiply(radius[v], sine[v]), scale)
        ))


cdef inline void upper_quantile(const doubles *y, doubles *z) noexcept nogil:
    """The z that a standard normal exceeds with probability p = exp(-y**2 / 2), for p <= 1/2.

    If a lane is in the far range, which has 2**-35 of the probability, both ranges are computed.
    """
    cdef doubles[TRUNCATED_TOGETHER] t
    cdef doubles[TRUNCATED_TOGETHER] far
    cdef doubles is_near
    cdef words all_near = words_set(<uint64_t>1 << 63)
    cdef int v
    for v in range(TRUNCATED_TOGETHER):
        t[v] = doubles_divide(
            doubles_subtract(y[v], doubles_set(QUANTILE_NEAR_CENTRE)),
            doubles_add(y[v], doubles_set(QUANTILE_NEAR_SHIFT)),
        )
        is_near = doubles_subtract(y[v], doubles_set(QUANTILE_FAR_FROM))  # negative
        all_near = words_and(all_near, doubles_to_bits(is_near))
    polynomial(QUANTILE_NEAR_POLYNOMIAL, QUANTILE_DEGREE, t, z, TRUNCATED_TOGETHER)
    if not words_all_negative(all_near):
        for v in range(TRUNCATED_TOGETHER):
            t[v] = doubles_divide(
                doubles_subtract(y[v], doubles_set(QUANTILE_FAR_CENTRE)),
                doubles_add(y[v], doubles_set(QUANTILE_FAR_SHIFT)),
            )
        polynomial(QUANTILE_FAR_POLYNOMIAL, QUANTILE_DEGREE, t, far, TRUNCATED_TOGETHER)
        for v in range(TRUNCATED_TOGETHER):
            is_near = doubles_subtract(y[v], doubles_set(QUANTILE_FAR_FROM))
            z[v] = doubles_select(doubles_to_bits(is_near), z[v], far[v])
    for v in range(TRUNCATED_TOGETHER):
        z[v] = doubles_subtract(y[v], z[v])


cdef inline doubles placed64(doubles value, const Parameters *parameters) noexcept nogil:
    """Return location + value * scale, limited to the bounds."""
    value = doubles_add(
        doubles_set(parameters.location), doubles_multiply(value, doubles_set(parameters.scale))
    )
    return doubles_maximum(
        doubles_minimum(value, doubles_set(parameters.largest)), doubles_set(parameters.lowest)
    )


cdef inline void truncated_tail(
    const doubles *fraction, const doubles *rest, doubles *values, const Parameters *parameters
) noexcept nogil:
    """A truncated normal in float64, by the quantile of the smaller side's probability p.

    `fraction` is the part of the probability between the lower bound and the value, `rest` that
    between the value and the upper bound. Their sum is 1.
    """
    cdef words sign = words_set(<uint64_t>1 << 63)
    cdef words[TRUNCATED_TOGETHER] lower
    cdef doubles[TRUNCATED_TOGETHER] p
    cdef doubles[TRUNCATED_TOGETHER] near
    cdef doubles[TRUNCATED_TOGETHER] y
    cdef doubles distance, base
    cdef int v
    for v in range(TRUNCATED_TOGETHER):
        lower[v] = doubles_to_bits(doubles_subtract(fraction[v], doubles_set(parameters.split)))
        distance = doubles_select(lower[v], fraction[v], rest[v])
        base = doubles_select(
            lower[v], doubles_set(parameters.below), doubles_set(parameters.above)
        )
        p[v] = doubles_minimum(
            doubles_add(base, doubles_multiply(distance, doubles_set(parameters.between))),
            doubles_set(1.0),
        )
        near[v] = doubles_subtract(p[v], doubles_set(1.0))
    minus_two_ln(p, near, y, TRUNCATED_TOGETHER)
    for v in range(TRUNCATED_TOGETHER):
        y[v] = doubles_sqrt(doubles_add(doubles_set(parameters.log_unit), y[v]))
    upper_quantile(y, values)
    for v in range(TRUNCATED_TOGETHER):
        values[v] = placed64(
            doubles_from_bits(words_xor(doubles_to_bits(values[v]), words_and(lower[v], sign))),
            parameters,
        )


cdef inline void truncated_window(
    const doubles *fraction, doubles *values, const Parameters *parameters
) noexcept nogil:
    """A truncated normal whose density is nearly exponential from the bound `location` on."""
    cdef doubles slope = doubles_set(parameters.slope)
    cdef doubles[TRUNCATED_TOGETHER] near
    cdef doubles[TRUNCATED_TOGETHER] above
    cdef doubles e, root
    cdef int v
    for v in range(TRUNCATED_TOGETHER):
        near[v] = doubles_multiply(fraction[v], doubles_set(-parameters.reach))
        above[v] = doubles_add(near[v], doubles_set(1.0))
    minus_two_ln(above, near, values, TRUNCATED_TOGETHER)
    for v in range(TRUNCATED_TOGETHER):
        e = doubles_multiply(values[v], doubles_set(0.5))  # -ln
        root = doubles_sqrt(doubles_add(
            doubles_multiply(slope, slope), doubles_multiply(e, doubles_set(parameters.curvature))
        ))
        values[v] = placed64(
            doubles_divide(
                doubles_multiply(e, doubles_set(parameters.gain)), doubles_add(slope, root)
            ),
            parameters,
        )


cdef inline void truncated64(
    words *w, Distribution distribution, const Parameters *parameters
) noexcept nogil:
    """Replace TRUNCATED_TOGETHER vectors of 64-bit words by the bits of their values."""
    cdef words ones = words_set(0xFFFFFFFFFFFFFFFF)
    cdef doubles[TRUNCATED_TOGETHER] fraction
    cdef doubles[TRUNCATED_TOGETHER] rest
    cdef doubles[TRUNCATED_TOGETHER] values
    cdef int v
    for v in range(TRUNCATED_TOGETHER):
        fraction[v] = unsigned_fraction(w[v])
        rest[v] = unsigned_fraction(words_xor(w[v], ones))
    if distribution == TRUNCATED_WINDOW:
        truncated_window(fraction, values, parameters)
    else:
        truncated_tail(fraction, rest, values, parameters)
    for v in range(TRUNCATED_TOGETHER):
        w[v] = doubles_to_bits(values[v])


cdef inline void truncated_float_bits(
    words *w, Distribution distribution, const Parameters *parameters
) noexcept nogil:
    """Replace 32-bit words by float32 values, in the low halves of TRUNCATED_TOGETHER vectors."""
    cdef doubles[TRUNCATED_TOGETHER] fraction
    cdef doubles[TRUNCATED_TOGETHER] rest
    cdef doubles[TRUNCATED_TOGETHER] values
    cdef int v
    for v in range(TRUNCATED_TOGETHER):
        fraction[v] = scaled_sum(w[v], 0.5, 2.0**-32)
        rest[v] = doubles_subtract(doubles_set(1.0), fraction[v])
    if distribution == TRUNCATED_WINDOW:
        truncated_window(fraction, values, parameters)
    else:
        truncated_tail(fraction, rest, values, parameters)
    for v in range(TRUNCATED_TOGETHER):
        w[v] = doubles_to_float_bits(values[v])


cdef inline void put_vectors(
    char *out, const words *values, int count, bint streaming
) noexcept nogil:
    """Store vectors one after the other."""
    cdef int v
    if streaming:
        for v in range(count):
            words_stream(out + v * <int>sizeof(words), values[v])
    else:
        for v in range(count):
            words_store(out + v * <int>sizeof(words), values[v])


cdef inline words pack_float8(const floats *values, Format format) noexcept nogil:
    """Round and pack four vectors of values (even and odd values of two chains) into one."""
    cdef words[4] codes
    cdef int v
    for v in range(4):
        if format == FLOAT8_E4M3:
            codes[v] = floats_narrow_float8_e4m3(values[v])
        else:
            codes[v] = floats_narrow_float8_e5m2(values[v])
    return words_pack_high8(
        words_merge_high16(codes[0], codes[1]), words_merge_high16(codes[2], codes[3])
    )


cdef inline words pack16(const floats *values, Format format) noexcept nogil:
    """Round and pack two vectors of values (even and odd values of a chain) into one."""
    if format == FLOAT16:
        return floats_merge_float16(values[0], values[1])
    return floats_merge_bfloat16(values[0], values[1])


cdef inline void put_batch(
    char *out, const floats *values, Format format, bint streaming
) noexcept nogil:
    """Store BATCH vectors of values in the format of the output."""
    cdef words[BATCH] packed
    cdef int v
    if format == FLOAT32:
        for v in range(BATCH):
            packed[v] = floats_to_bits(values[v])
        put_vectors(out, packed, BATCH, streaming)
    elif format == BFLOAT16 or format == FLOAT16:
        for v in range(BATCH // 2):
            packed[v] = pack16(&values[2 * v], format)
        put_vectors(out, packed, BATCH // 2, streaming)
    else:
        for v in range(BATCH // 4):
            packed[v] = pack_float8(&values[4 * v], format)
        put_vectors(out, packed, BATCH // 4, streaming)


cdef inline words constant_words(double value, Format format) noexcept nogil:
    """Return a vector whose elements, in any format, are all one value."""
    cdef floats[BATCH] values
    cdef words[BATCH] packed
    cdef int v
    if format == FLOAT64:
        return doubles_to_bits(doubles_set(value))
    for v in range(BATCH):
        values[v] = floats_set(<float>value)
    put_batch(<char *>packed, values, format, False)
    return packed[0]


cdef inline void batch_values(
    const words *w, floats *values, Distribution distribution, Format format,
    const Parameters *parameters,
) noexcept nogil:
    """BATCH vectors of float32 values from as many vectors of words."""
    cdef words[2 * BATCH] halves
    cdef int v
    if distribution == UNIFORM:
        for v in range(BATCH):
            values[v] = floats_minimum(
                uniform32(w[v], parameters), floats_set(<float>parameters.largest)
            )
        # A value can be rounded to below `low` only if the format does not represent `low`.
        if format != FLOAT32 and parameters.lowest > parameters.location:
            for v in range(BATCH):
                values[v] = floats_maximum(values[v], floats_set(<float>parameters.lowest))
    elif distribution == NORMAL:
        for v in range(BATCH // INTERLEAVE):
            standard_normal32(&w[v * INTERLEAVE], &values[v * INTERLEAVE])
            place32(&values[v * INTERLEAVE], parameters)
    elif distribution == TRUNCATED:
        for v in range(BATCH // INTERLEAVE):
            truncated_normal32(&w[v * INTERLEAVE], &values[v * INTERLEAVE], parameters)
            place32(&values[v * INTERLEAVE], parameters)
        for v in range(BATCH):
            values[v] = floats_maximum(
                floats_minimum(values[v], floats_set(<float>parameters.largest)),
                floats_set(<float>parameters.lowest),
            )
    else:
        for v in range(BATCH):
            halves[v] = words_and(w[v], words_set(0xFFFFFFFF))
            halves[BATCH + v] = words_high32(w[v])
        for v in range(2 * BATCH // TRUNCATED_TOGETHER):
            truncated_float_bits(&halves[v * TRUNCATED_TOGETHER], distribution, parameters)
        for v in range(BATCH):
            values[v] = floats_from_bits(words_pair(halves[v], halves[BATCH + v]))


cdef inline bint spread_blocks(Format format) noexcept nogil:
    """Whether the lanes hold the blocks of a chain in the order of words_block_offsets."""
    return element_bytes(format) >= 4


cdef inline words block_offsets(Format format) noexcept nogil:
    """Which block of a chain each lane holds, so that the values are stored in canonical order."""
    return words_block_offsets() if spread_blocks(format) else words_block_numbers()


cdef inline void block_words(const Block *block, words *w, Format format) noexcept nogil:
    """The 32-bit words of one vector of blocks, as two vectors.

    Formats of 32 bits get them in canonical order. Narrower formats get the even words, then the
    odd words: this needs no shuffle, and merging the rounded values needs one shuffle less.
    """
    cdef words w_first, w_second
    if not spread_blocks(format):
        w[0] = words_pair(block.x_0, block.x_2)
        w[1] = words_pair(block.x_1, block.x_3)
    else:
        w_first = words_pair(block.x_0, block.x_1)
        w_second = words_pair(block.x_2, block.x_3)
        w[0] = words_unpack_low(w_first, w_second)
        w[1] = words_unpack_high(w_first, w_second)


cdef inline void group_narrow(
    char *out, const Group *group, Distribution distribution, Format format, bint streaming,
    const Parameters *parameters,
) noexcept nogil:
    """Store the values of a group, in a format that uses one 32-bit word for an element."""
    cdef words[BATCH] w
    cdef floats[BATCH] values
    cdef int batch, v
    for batch in range(2 * CHAINS // BATCH):
        for v in range(BATCH // 2):
            block_words(&group.chains[batch * (BATCH // 2) + v], &w[2 * v], format)
        if format == UINT32:
            put_vectors(out, w, BATCH, streaming)
        else:
            batch_values(w, values, distribution, format, parameters)
            put_batch(out, values, format, streaming)
        out += BATCH * <int>sizeof(words) * element_bytes(format) // 4


cdef inline void group_wide(
    char *out, const Group *group, Distribution distribution, bint streaming,
    const Parameters *parameters,
) noexcept nogil:
    """Store the values of a group, in a format that uses two 32-bit words for an element."""
    cdef words[NORMALS_TOGETHER] w_first
    cdef words[NORMALS_TOGETHER] w_second
    cdef words[2 * NORMALS_TOGETHER] w
    cdef const Block *block
    cdef int batch, v
    for batch in range(CHAINS // NORMALS_TOGETHER):
        for v in range(NORMALS_TOGETHER):
            block = &group.chains[batch * NORMALS_TOGETHER + v]
            w_first[v] = words_pair(block.x_1, block.x_0)
            w_second[v] = words_pair(block.x_3, block.x_2)
        if distribution == NORMAL:
            normal64(w_first, w_second, parameters)
        for v in range(NORMALS_TOGETHER):
            w[2 * v] = words_unpack_low(w_first[v], w_second[v])
            w[2 * v + 1] = words_unpack_high(w_first[v], w_second[v])
        if distribution == UNIFORM:
            for v in range(2 * NORMALS_TOGETHER):
                w[v] = doubles_to_bits(doubles_minimum(
                    uniform64(w[v], parameters), doubles_set(parameters.largest)
                ))
        elif distribution == TRUNCATED_TAIL or distribution == TRUNCATED_WINDOW:
            truncated64(w, distribution, parameters)
            if TRUNCATED_TOGETHER == NORMALS_TOGETHER:  # a loop of two would be 4 % slower
                truncated64(&w[NORMALS_TOGETHER], distribution, parameters)
        put_vectors(out, w, 2 * NORMALS_TOGETHER, streaming)
        out += 2 * NORMALS_TOGETHER * <int>sizeof(words)


cdef inline size_t element_bytes(Format format) noexcept nogil:
    if format == UINT64 or format == FLOAT64:
        return 8
    if format == UINT32 or format == FLOAT32:
        return 4
    return 2 if format == BFLOAT16 or format == FLOAT16 else 1


cdef inline void group_values(
    char *out, const Group *group, Distribution distribution, Format format, bint streaming,
    const Parameters *parameters,
) noexcept nogil:
    """Store the values of a whole group, in canonical order."""
    if format == UINT64 or format == FLOAT64:
        group_wide(out, group, distribution, streaming, parameters)
    else:
        group_narrow(out, group, distribution, format, streaming, parameters)
