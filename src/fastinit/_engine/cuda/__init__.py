"""Fills in the memory of GPUs: the kernels of ``_kernels/cuda``, compiled on first use."""
