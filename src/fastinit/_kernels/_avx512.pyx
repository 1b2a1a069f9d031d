"""The kernels, compiled for AVX-512 F, DQ, BW and VL."""

include "module.pxi"
