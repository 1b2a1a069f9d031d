/* What differs between the two compilers of the kernels for GPUs.
 *
 * NVRTC compiles them for a GPU. A C++ compiler for the CPU compiles the same text for the tests,
 * which compare its bits with those of the CPU's kernels: see loops.cuh.
 *
 * Promises: a floating-point operation is one IEEE 754 operation, rounded to nearest even, and
 * subnormal numbers are kept.
 */
#ifndef FASTINIT_CUDA_PLATFORM
#define FASTINIT_CUDA_PLATFORM

#ifdef __CUDACC_RTC__

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define UINT64_C(literal) literal##ull

#define INLINE static __device__ __forceinline__

/* NVRTC fuses no product that these intrinsics round, whatever its options are. */
INLINE float rounded_product(float a, float b) { return __fmul_rn(a, b); }
INLINE float rounded_sum(float a, float b) { return __fadd_rn(a, b); }
INLINE double rounded_product(double a, double b) { return __dmul_rn(a, b); }
INLINE double rounded_sum(double a, double b) { return __dadd_rn(a, b); }
INLINE float rounded_quotient(float a, float b) { return __fdiv_rn(a, b); }
INLINE double rounded_quotient(double a, double b) { return __ddiv_rn(a, b); }
INLINE double rounded_root(double a) { return __dsqrt_rn(a); }

/* Both halves of a product, by one instruction. The compiler turns the same in C++ into operations on
 * 64 bits, and those are pairs of instructions. */
struct Halves {
    uint32_t low, high;
};
INLINE Halves product_of_words(uint32_t a, uint32_t b) {
    Halves product;
    asm("{ .reg .u64 p; mul.wide.u32 p, %2, %3; mov.b64 {%0, %1}, p; }"
        : "=r"(product.low), "=r"(product.high)
        : "r"(a), "r"(b));
    return product;
}

INLINE uint32_t bits_of(float x) { return __float_as_uint(x); }
INLINE uint64_t bits_of(double x) { return (uint64_t)__double_as_longlong(x); }
INLINE float float_of(uint32_t bits) { return __uint_as_float(bits); }
INLINE double double_of(uint64_t bits) { return __longlong_as_double((int64_t)bits); }

#else

#include <cmath>
#include <cstdint>
#include <cstring>

#define INLINE static inline

/* Compiled with -ffp-contract=off. */
INLINE float rounded_product(float a, float b) { return a * b; }
INLINE float rounded_sum(float a, float b) { return a + b; }
INLINE double rounded_product(double a, double b) { return a * b; }
INLINE double rounded_sum(double a, double b) { return a + b; }
INLINE float rounded_quotient(float a, float b) { return a / b; }
INLINE double rounded_quotient(double a, double b) { return a / b; }
INLINE double rounded_root(double a) { return std::sqrt(a); }

struct Halves {
    uint32_t low, high;
};
INLINE Halves product_of_words(uint32_t a, uint32_t b) {
    uint64_t product = (uint64_t)a * b;
    return {(uint32_t)product, (uint32_t)(product >> 32)};
}

template <typename To, typename From> To same_bits(From x) {
    static_assert(sizeof(To) == sizeof(From), "the types have one size");
    To y;
    std::memcpy(&y, &x, sizeof y);
    return y;
}
INLINE uint32_t bits_of(float x) { return same_bits<uint32_t>(x); }
INLINE uint64_t bits_of(double x) { return same_bits<uint64_t>(x); }
INLINE float float_of(uint32_t bits) { return same_bits<float>(bits); }
INLINE double double_of(uint64_t bits) { return same_bits<double>(bits); }

/* The vectors of CUDA, which are stored at once. */
struct alignas(8) uint2 {
    uint32_t x, y;
};
struct alignas(16) uint4 {
    uint32_t x, y, z, w;
};

#endif

#include "../polynomials.h"

#endif
