"""Compiled code: generation, one module for each instruction set, and the CPU's features."""
