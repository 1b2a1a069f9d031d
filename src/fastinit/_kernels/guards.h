/* What the compiler and the machine must be like, or else the values would have other bits.
 *
 * No macro says whether the compiler fuses a * b + c into one operation (-ffp-contract), which is
 * what GCC does unless a flag forbids it. products_are_rounded in lanes.h tests that when a module
 * is imported.
 */
#ifndef FASTINIT_GUARDS_H
#define FASTINIT_GUARDS_H

#ifndef __CUDACC_RTC__ /* NVRTC has no such headers: cuda/platform.cuh defines what is used of them */
#include <float.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
#define STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

/* GCC lowers __GCC_IEC_559 for any flag that gives up IEEE 754, such as -fno-signed-zeros. Clang
 * defines only the other two. */
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ || \
    (defined(__GCC_IEC_559) && __GCC_IEC_559 < 2)
#error "fastinit must be compiled without -ffast-math, -Ofast and the flags that these imply"
#endif

#ifndef __CUDACC_RTC__ /* a GPU has IEEE 754 arithmetic, and nothing else */
/* 16 means that only _Float16, which is not used, is evaluated in its own precision. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "fastinit needs float and double arithmetic without excess precision, such as -mfpmath=sse"
#endif

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "fastinit is written for little-endian machines"
#endif

STATIC_ASSERT(FLT_RADIX == 2 && FLT_MANT_DIG == 24 && DBL_MANT_DIG == 53);
#endif

#endif
