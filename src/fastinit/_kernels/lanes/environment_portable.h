/* The floating-point environment: that of the C library, or on AArch64 the control register. There
 * the C library does not reset the bit that flushes subnormal numbers to zero. */
#ifndef FASTINIT_ENVIRONMENT_PORTABLE_H
#define FASTINIT_ENVIRONMENT_PORTABLE_H

#if defined(__aarch64__)

typedef uint64_t environment;

LANES_INLINE void environment_restore(environment saved) {
    __asm__ volatile("msr fpcr, %0" : : "r"(saved) : "memory");
}

LANES_INLINE environment environment_reset(void) {
    environment saved;
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved) : : "memory");
    if (saved != 0) environment_restore(0);
    return saved;
}

#else

#include <fenv.h>

typedef fenv_t environment;

LANES_INLINE environment environment_reset(void) {
    environment saved;
    fegetenv(&saved);
    fesetenv(FE_DFL_ENV);
    return saved;
}

LANES_INLINE void environment_restore(environment saved) { fesetenv(&saved); }

#endif
#endif
