"""Which instructions this CPU and its operating system support.

The operating system must save the wide registers of AVX and AVX-512 when it switches threads. GCC's
and Clang's ``__builtin_cpu_supports`` asks CPUID what the CPU has, and XGETBV what the system
saves.
"""

cdef extern from *:
    """
    #if defined(__x86_64__)
    #include <cpuid.h>
    static int cpu_has_f16c(void) { /* older compilers' __builtin_cpu_supports lacks this name */
        unsigned eax, ebx, ecx, edx;
        return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
    }
    static int cpu_has_avx2(void) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && cpu_has_f16c();
    }
    static int cpu_has_avx512(void) {
        __builtin_cpu_init();
        return cpu_has_avx2() && __builtin_cpu_supports("avx512f")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl");
    }
    static int cpu_has_neon(void) { return 0; }
    #else
    static int cpu_has_avx2(void) { return 0; }
    static int cpu_has_avx512(void) { return 0; }
    #if defined(__aarch64__)
    static int cpu_has_neon(void) { return 1; }
    #else
    static int cpu_has_neon(void) { return 0; }
    #endif
    #endif
    """
    bint cpu_has_avx2() noexcept nogil
    bint cpu_has_avx512() noexcept nogil
    bint cpu_has_neon() noexcept nogil


def supports(str isa):
    """Return whether this machine can run the kernels of an instruction set."""
    if isa == "generic":
        return True
    if isa == "avx2":
        return bool(cpu_has_avx2())
    if isa == "avx512":
        return bool(cpu_has_avx512())
    if isa == "neon":
        return bool(cpu_has_neon())
    raise ValueError(f"no instruction set is called {isa!r}")
