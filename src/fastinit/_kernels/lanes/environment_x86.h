/* The floating-point environment of x86 is the register MXCSR. */
#ifndef FASTINIT_ENVIRONMENT_X86_H
#define FASTINIT_ENVIRONMENT_X86_H

#include <xmmintrin.h>

typedef unsigned int environment;

enum { MXCSR_DEFAULT = 0x1f80 }; /* round to nearest even, keep subnormals, mask exceptions */

LANES_INLINE environment environment_reset(void) {
    environment saved = _mm_getcsr();
    if (saved != MXCSR_DEFAULT) _mm_setcsr(MXCSR_DEFAULT);
    return saved;
}

LANES_INLINE void environment_restore(environment saved) { _mm_setcsr(saved); }

/* Without a fence, other threads may see later stores before the non-temporal ones. */
LANES_INLINE void stream_end(void) { _mm_sfence(); }

#endif
