"""The kernels, compiled for AArch64's Advanced SIMD."""

include "module.pxi"
