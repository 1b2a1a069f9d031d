"""The kernels, compiled for AVX2."""

include "module.pxi"
