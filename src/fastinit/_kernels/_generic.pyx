"""The kernels, compiled for the baseline of the platform: SSE2 on x86-64, plain C elsewhere."""

include "module.pxi"
