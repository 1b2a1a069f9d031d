/* The floating-point environment of x86: MXCSR. Included by the x86 lane headers. */
#ifndef FASTINIT_ENVIRONMENT_X86_H
#define FASTINIT_ENVIRONMENT_X86_H

#include <xmmintrin.h>

typedef unsigned int environment;

enum { MXCSR_DEFAULT = 0x1f80 }; /* nearest even, subnormals kept, exceptions masked */

LANES_INLINE environment environment_reset(void) {
    environment saved = _mm_getcsr();
    if (saved != MXCSR_DEFAULT) _mm_setcsr(MXCSR_DEFAULT);
    return saved;
}

LANES_INLINE void environment_restore(environment saved) { _mm_setcsr(saved); }

/* Non-temporal stores become visible to other threads in order only after a fence. */
LANES_INLINE void stream_end(void) { _mm_sfence(); }

#endif
