/* The lane primitives: the only code that differs between instruction sets.
 *
 * Every header named lanes_*.h defines the same types and functions on them. A vector of `words`
 * has LANES lanes of 64 bits; a vector of `floats` has 2 LANES lanes, one of `doubles` LANES. The
 * build of a module names its header in FASTINIT_LANES.
 *
 * Promises: a function returns the same bits under every header. Floating-point functions are
 * single IEEE 754 operations, rounded to nearest even, or exact.
 *
 *   LANES                           64-bit lanes of a vector, and blocks that one vector holds
 *   CHAINS                          vectors of blocks to keep in flight: as many as hide the
 *                                   multiplier's latency before registers run out
 *   INTERLEAVE                      vectors of float32 normals to advance together; divides
 *                                   2 CHAINS
 *   words_set(w)                    w in all lanes
 *   words_block_offsets()           which block, from the vector's first, each lane holds; chosen
 *                                   so that unpack_low and unpack_high restore canonical order
 *   words_block_numbers()           0, 1, 2, ...: likewise, for words_merge_high16
 *   words_spread_blocks(a)          lanes in the order 0, 1, 2, ... put into that of the offsets
 *   words_add, words_subtract, words_and, words_xor      on whole lanes
 *   words_shift_left(a, n), words_shift_right(a, n)      of whole lanes
 *   words_multiply_low32(a, b)      product of the lanes' low halves, high halves ignored
 *   words_high32(a)                 the high half of each lane, moved to the low half
 *   words_pair(low, high)           the low half of `low` below the low half of `high`
 *   words_unpack_low(a, b)          the first half of the lanes of a and b, alternating, in the
 *   words_unpack_high(a, b)         order of their blocks; and the second half
 *   words_add32, words_subtract32, words_shift_left32, words_shift_right32
 *                                   on the 32-bit halves of each lane
 *   words_not_below32(a, b)         all ones in each half of a that is >= that of b, unsigned
 *   words_merge_high16(even, odd)   the high 16 bits of each half of both, alternating
 *   words_pack_high8(a, b)          the high 8 bits of each 16 bits of a, then of b
 *   words_pack_low8(a, b, c, d)     the low 8 bits of each half of a, then of b, c and d; the rest
 *                                   of a half is zero, or what comes out for it is not used
 *   words_all_negative(a)           whether the highest bit of every lane is set
 *   words_load(p), words_store(p, a)    from and to any address
 *   words_stream(p, a)              likewise, to an address aligned to the vector, past the caches
 *                                   where the instruction set can
 *   stream_end()                    to be called after the last of them
 *   floats_... and doubles_...      likewise; from_signed and from_unsigned convert integers
 *   floats_round_to_signed32(a)     the nearest integer, ties to even; beyond 2^22 anything
 *   floats_smallest(a), floats_largest(a)   of all lanes; a zero of either sign
 *   floats_merge_float16(even, odd), floats_merge_bfloat16(even, odd)
 *                                   the lanes of both, rounded to the format, alternating
 *   floats_round_to_float16(a)      each lane rounded to a number of float16, as a float
 *   doubles_to_float_bits(a)        each lane rounded to float32, its bits in the low half
 *   octave_coefficients(t, f, c)    c[k] becomes, lane by lane, coefficient k of the octave of f
 *   environment_reset()             sets round-to-nearest without flush-to-zero; what it returns
 *   environment_restore(e)          gives the caller's setting back
 */
#ifndef FASTINIT_LANES_H
#define FASTINIT_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "polynomials.h"

#define LANES_INLINE static inline __attribute__((always_inline, unused))

#include FASTINIT_LANES

#include "narrow_floats.h"

/* Vectors of float32 values to make before they are stored: the narrowest format packs four. */
enum { BATCH = INTERLEAVE > 4 ? INTERLEAVE : 4 };

#endif
