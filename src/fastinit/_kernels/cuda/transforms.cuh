/* From words to values: the arithmetic of transforms.pxd and lanes/narrow_floats.h, for one element
 * of a thread at a time. Read there what each formula is and where it comes from.
 *
 * Promises: the same operations in the same order as the CPU's kernels, so the same bits. Takes for
 * granted: kernel_arguments.py has checked the parameters.
 */
#ifndef FASTINIT_CUDA_TRANSFORMS
#define FASTINIT_CUDA_TRANSFORMS

#include "words.cuh"

/* The numbers of `Kind` in kernel_arguments.py and of `FormatNumber` in dtypes.py. */
enum Distribution { BITS, UNIFORM, NORMAL, TRUNCATED, TRUNCATED_TAIL, TRUNCATED_WINDOW, CONSTANT };
enum Format { UINT32, UINT64, FLOAT32, FLOAT64, BFLOAT16, FLOAT16, FLOAT8_E4M3, FLOAT8_E5M2 };

/* The fields of `Parameters` in kernel_arguments.py; transforms.pxd says what they mean. */
struct Parameters {
    double lowest, largest, location, scale, step;
    double below, above, between, split, log_unit;
    double reach, gain, slope, curvature;
};
STATIC_ASSERT(sizeof(Parameters) == 14 * sizeof(double));

INLINE constexpr int element_bytes(Format format) {
    return format == UINT64 || format == FLOAT64 ? 8
        : format == UINT32 || format == FLOAT32 ? 4
        : format == BFLOAT16 || format == FLOAT16 ? 2
                                                  : 1;
}
/* The elements that the four words of a block make. */
INLINE constexpr int block_elements(Format format) { return element_bytes(format) == 8 ? 2 : 4; }
INLINE constexpr int block_bytes(Format format) {
    return block_elements(format) * element_bytes(format);
}

/* Whether the transform reads the table of octaves. */
INLINE constexpr bool reads_octaves(Distribution distribution, Format format) {
    return (distribution == NORMAL && format != FLOAT64) || distribution == TRUNCATED;
}

/* addend + a b. Everything that is multiplied and then added goes through here, so this is the one
 * place that decides whether the product is rounded before the sum. */
template <typename Real> INLINE Real multiply_add(Real a, Real b, Real addend) {
    return rounded_sum(addend, rounded_product(a, b));
}

template <typename Real> INLINE Real minimum(Real a, Real b) { return a < b ? a : b; }
template <typename Real> INLINE Real maximum(Real a, Real b) { return a > b ? a : b; }

template <int LENGTH> INLINE double polynomial(const double (&coefficients)[LENGTH], double x) {
    double value = coefficients[LENGTH - 1];
#pragma unroll
    for (int k = LENGTH - 2; k >= 0; k--) value = multiply_add(value, x, coefficients[k]);
    return value;
}

/* float32 */

INLINE float uniform32(uint32_t w, const Parameters &p) {
    return multiply_add((float)(int32_t)(w & 0xFFFFFFu), (float)p.step, (float)p.location);
}

/* `octaves` has 32 rows of 8 numbers; a thread reads a row as two vectors. */
INLINE float octave_quantile(float magnitude, const float *octaves) {
    uint32_t bits = bits_of(magnitude);
    const float *row = octaves + 8 * ((int)(bits >> 23) - FIRST_OCTAVE);
    const uint4 low = *(const uint4 *)row, high = *(const uint4 *)(row + 4);
    float t = rounded_sum(float_of((bits & 0x7FFFFFu) | 0x3F800000u), -1.5f);
    float quantile = float_of(high.z);
    quantile = multiply_add(quantile, t, float_of(high.y));
    quantile = multiply_add(quantile, t, float_of(high.x));
    quantile = multiply_add(quantile, t, float_of(low.w));
    quantile = multiply_add(quantile, t, float_of(low.z));
    quantile = multiply_add(quantile, t, float_of(low.y));
    return multiply_add(quantile, t, float_of(low.x));
}

INLINE float with_sign_of(float x, uint32_t w) { return float_of(bits_of(x) ^ (w & 0x80000000u)); }

INLINE float standard_normal32(uint32_t w, const float *octaves) {
    float centre = rounded_sum((float)(int32_t)w, 0.5f);
    float magnitude = minimum(float_of(bits_of(centre) & 0x7FFFFFFFu), LARGEST_MAGNITUDE);
    return with_sign_of(octave_quantile(magnitude, octaves), w);
}

INLINE float truncated_normal32(uint32_t w, const Parameters &p, const float *octaves) {
    uint32_t upper = w >= (uint32_t)(uint64_t)p.split ? 0xFFFFFFFFu : 0;
    float base = upper ? (float)p.above : (float)p.below;
    float count = rounded_sum((float)(w ^ upper), 0.5f);
    float magnitude = multiply_add(count, (float)p.between, base);
    magnitude = maximum(minimum(magnitude, LARGEST_MAGNITUDE), 0.5f);
    return with_sign_of(octave_quantile(magnitude, octaves), upper);
}

INLINE float place32(float value, const Parameters &p) {
    return multiply_add(value, (float)p.scale, (float)p.location);
}

/* float64 */

INLINE double uniform64(uint64_t w, const Parameters &p) {
    return multiply_add((double)(int64_t)(w & 0x1FFFFFFFFFFFFFull), p.step, p.location);
}

/* -2 ln(x / unit), where `near` is x / unit - 1. */
INLINE double minus_two_ln(double x, int log2_unit, double near) {
    uint64_t reduced = bits_of(x) - SQRT_HALF_BITS + ((uint64_t)(128 - log2_unit) << 52);
    uint64_t k_biased = reduced >> 52;
    double m = double_of((reduced & ((1ull << 52) - 1)) + SQRT_HALF_BITS);
    double exponent = rounded_sum(4503599627370496.0 + 128.0, -double_of(k_biased ^ 0x4330000000000000ull));
    double d = k_biased & 0x80 ? near : rounded_sum(m, -1.0);
    double s = rounded_quotient(d, rounded_sum(2.0, d));
    double value = polynomial(LOG_POLYNOMIAL, rounded_product(s, s));
    double rest = multiply_add(s, value, rounded_product(exponent, TWO_LN2_LOW));
    return multiply_add(exponent, TWO_LN2_HIGH, rest);
}

INLINE double half_step(uint64_t w) { return rounded_sum((double)(int64_t)w, 0.5); }

INLINE double unsigned_half_step(uint64_t w) {
    double offset = half_step(w);
    return w >> 63 ? rounded_sum(offset, 18446744073709551616.0) : offset;
}

struct Pair {
    double first, second;
};

INLINE Pair normals64(uint64_t w_first, uint64_t w_second, const Parameters &p) {
    const double unit = 0x1p-64;
    double near = rounded_product(half_step(w_first), unit);
    double radius = rounded_root(minus_two_ln(unsigned_half_step(w_first), 64, near));
    double x = rounded_product(rounded_sum((double)(int64_t)(w_second << 2), 2.0), unit);
    double square = rounded_product(x, x);
    double sine_x = rounded_product(x, polynomial(SIN_POLYNOMIAL, square));
    double cosine_x = polynomial(COS_POLYNOMIAL, square);
    uint64_t quarter = w_second + (1ull << 61), odd = quarter << 1;
    const uint64_t sign = 1ull << 63;
    double cosine = odd >> 63 ? sine_x : cosine_x, sine = odd >> 63 ? cosine_x : sine_x;
    cosine = double_of(bits_of(cosine) ^ ((quarter ^ odd) & sign));
    sine = double_of(bits_of(sine) ^ (quarter & sign));
    return {
        multiply_add(rounded_product(radius, cosine), p.scale, p.location),
        multiply_add(rounded_product(radius, sine), p.scale, p.location),
    };
}

INLINE double upper_quantile(double y) {
    if (y < QUANTILE_FAR_FROM) {
        double t = rounded_quotient(
            rounded_sum(y, -QUANTILE_NEAR_CENTRE), rounded_sum(y, QUANTILE_NEAR_SHIFT));
        return rounded_sum(y, -polynomial(QUANTILE_NEAR_POLYNOMIAL, t));
    }
    double t = rounded_quotient(
        rounded_sum(y, -QUANTILE_FAR_CENTRE), rounded_sum(y, QUANTILE_FAR_SHIFT));
    return rounded_sum(y, -polynomial(QUANTILE_FAR_POLYNOMIAL, t));
}

INLINE double placed64(double value, const Parameters &p) {
    return maximum(minimum(multiply_add(value, p.scale, p.location), p.largest), p.lowest);
}

INLINE double truncated_tail(double fraction, double rest, const Parameters &p) {
    bool lower = fraction < p.split;
    double distance = lower ? fraction : rest;
    double probability = minimum(multiply_add(distance, p.between, lower ? p.below : p.above), 1.0);
    double near = rounded_sum(probability, -1.0);
    double y = rounded_root(rounded_sum(p.log_unit, minus_two_ln(probability, 0, near)));
    double value = upper_quantile(y);
    return placed64(lower ? -value : value, p);
}

INLINE double truncated_window(double fraction, const Parameters &p) {
    double near = rounded_product(fraction, -p.reach);
    double e = rounded_product(minus_two_ln(rounded_sum(near, 1.0), 0, near), 0.5);
    double root = rounded_root(multiply_add(e, p.curvature, rounded_product(p.slope, p.slope)));
    return placed64(rounded_quotient(rounded_product(e, p.gain), rounded_sum(p.slope, root)), p);
}

template <Distribution D> INLINE double truncated(double fraction, double rest, const Parameters &p) {
    return D == TRUNCATED_WINDOW ? truncated_window(fraction, p) : truncated_tail(fraction, rest, p);
}

template <Distribution D> INLINE double truncated64(uint64_t w, const Parameters &p) {
    const double unit = 0x1p-64;
    return truncated<D>(
        rounded_product(unsigned_half_step(w), unit), rounded_product(unsigned_half_step(~w), unit), p);
}

template <Distribution D> INLINE float truncated_float(uint32_t w, const Parameters &p) {
    double fraction = rounded_product(half_step(w), 0x1p-32);
    return (float)truncated<D>(fraction, rounded_sum(1.0, -fraction), p);
}

/* Narrow formats */

INLINE uint32_t narrow_exponent(uint32_t bits, uint32_t lowest_bits) {
    uint32_t exponent = bits & 0x7F800000u;
    return exponent > lowest_bits ? exponent : lowest_bits;
}

template <int WIDTH, int MANTISSA_BITS, int LOWEST_EXPONENT> INLINE uint32_t narrow(float value) {
    const uint32_t dropped = 23 - MANTISSA_BITS;
    const uint32_t lowest_bits = (uint32_t)(LOWEST_EXPONENT + 127) << 23;
    uint32_t bits = bits_of(value), sign = bits & 0x80000000u;
    uint32_t exponent = narrow_exponent(bits, lowest_bits);
    uint32_t unit = exponent + (dropped << 23);
    uint32_t sum = bits_of(rounded_sum(float_of(bits ^ sign), float_of(unit)));
    return (sum - unit + ((exponent - lowest_bits) >> dropped)) | sign >> (32 - WIDTH);
}

INLINE uint32_t narrow_bfloat16(float value) {
    uint32_t bits = bits_of(value);
    return (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
}

INLINE uint32_t narrow_float16(float value) { return narrow<16, 10, -14>(value); }

/* Rounded to a number of float16. */
INLINE float round_to_float16(float value) {
    uint32_t bits = bits_of(value), sign = bits & 0x80000000u;
    float unit = float_of(narrow_exponent(bits, 113u << 23) + (13u << 23));
    float magnitude = rounded_sum(rounded_sum(float_of(bits ^ sign), unit), -unit);
    return float_of(bits_of(magnitude) ^ sign);
}

/* The bits of a float32 value in a format of 32 bits or fewer. */
template <Format F> INLINE uint32_t code_of(float value) {
    return F == BFLOAT16 ? narrow_bfloat16(value)
        : F == FLOAT16 ? narrow_float16(value)
        : F == FLOAT8_E4M3 ? narrow<8, 3, -6>(value)
        : F == FLOAT8_E5M2 ? narrow<8, 2, -14>(value)
                           : bits_of(value);
}

/* Values of a block */

template <Distribution D, Format F>
INLINE float value32(uint32_t w, const Parameters &p, const float *octaves) {
    if constexpr (D == UNIFORM) {
        float value = minimum(uniform32(w, p), (float)p.largest);
        /* A value can be rounded to below `low` only if the format does not represent `low`. */
        if (F != FLOAT32 && p.lowest > p.location) value = maximum(value, (float)p.lowest);
        return value;
    } else if constexpr (D == NORMAL) {
        return place32(standard_normal32(w, octaves), p);
    } else if constexpr (D == TRUNCATED) {
        float value = place32(truncated_normal32(w, p, octaves), p);
        return maximum(minimum(value, (float)p.largest), (float)p.lowest);
    } else if constexpr (D == CONSTANT) {
        return (float)p.location;
    } else {
        return truncated_float<D>(w, p);
    }
}

template <Distribution D> INLINE Pair values64(uint64_t first, uint64_t second, const Parameters &p) {
    if constexpr (D == UNIFORM) {
        return {minimum(uniform64(first, p), p.largest), minimum(uniform64(second, p), p.largest)};
    } else if constexpr (D == NORMAL) {
        return normals64(first, second, p);
    } else if constexpr (D == CONSTANT) {
        return {p.location, p.location};
    } else {
        return {truncated64<D>(first, p), truncated64<D>(second, p)};
    }
}

/* The elements of a block as they lie in memory: four words of 32 bits, or two, or one. */
template <Format F> struct Elements {
    uint32_t at[block_bytes(F) / 4];
};

template <Distribution D, Format F>
INLINE Elements<F> elements_of(const Words &w, const Parameters &p, const float *octaves) {
    Elements<F> made;
    if constexpr (F == UINT32) {
        for (int k = 0; k < 4; k++) made.at[k] = w.at[k];
    } else if constexpr (element_bytes(F) == 8) {
        uint64_t first = (uint64_t)w.at[0] << 32 | w.at[1], second = (uint64_t)w.at[2] << 32 | w.at[3];
        if constexpr (F == FLOAT64) {
            Pair values = values64<D>(first, second, p);
            first = bits_of(values.first);
            second = bits_of(values.second);
        }
        made.at[0] = (uint32_t)first;
        made.at[1] = (uint32_t)(first >> 32);
        made.at[2] = (uint32_t)second;
        made.at[3] = (uint32_t)(second >> 32);
    } else {
        const int in_a_word = 4 / element_bytes(F), bits = 8 * element_bytes(F);
#pragma unroll
        for (int k = 0; k < 4 / in_a_word; k++) {
            made.at[k] = 0;
#pragma unroll
            for (int j = 0; j < in_a_word; j++) {
                float value = value32<D, F>(w.at[k * in_a_word + j], p, octaves);
                made.at[k] |= code_of<F>(value) << (bits * j);
            }
        }
    }
    return made;
}

/* The elements of a block of a stream. */
template <Distribution D, Format F>
INLINE Elements<F> elements_at(
    uint64_t block, uint64_t seed, uint64_t stream, const Parameters &p, const float *octaves) {
    Words w = {{0, 0, 0, 0}};
    if constexpr (D != CONSTANT) w = block_words(block, seed, stream);
    return elements_of<D, F>(w, p, octaves);
}

#endif
