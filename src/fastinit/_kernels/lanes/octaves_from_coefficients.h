/* octave_polynomials, for ports that look up all coefficients of a vector at once: they define
 * octave_coefficients before.
 *
 * Several vectors advance together, one step at a time. One vector alone is a long chain of
 * dependent operations, which fills the schedulers and leaves ports idle. Measured on Zen 5 with
 * AVX-512, in cache, with 1, 4 and 8 vectors together: 11.6, 13.0 and 13.7 GB/s.
 */
#ifndef FASTINIT_OCTAVES_FROM_COEFFICIENTS_H
#define FASTINIT_OCTAVES_FROM_COEFFICIENTS_H

LANES_INLINE void octave_polynomials(
    const OctaveTable *table, const floats *f, floats *values) {
    floats coefficients[INTERLEAVE][OCTAVE_DEGREE + 1];
    floats t[INTERLEAVE];
    for (int v = 0; v < INTERLEAVE; v++) t[v] = floats_centred_mantissa(f[v]);
    for (int v = 0; v < INTERLEAVE; v++) {
        octave_coefficients(table, f[v], coefficients[v]);
        values[v] = coefficients[v][OCTAVE_DEGREE];
    }
    for (int k = OCTAVE_DEGREE - 1; k >= 0; k--) {
        for (int v = 0; v < INTERLEAVE; v++) values[v] = floats_multiply(values[v], t[v]);
        for (int v = 0; v < INTERLEAVE; v++) values[v] = floats_add(values[v], coefficients[v][k]);
    }
}

#endif
