"""Draw one picture of a tensor: its histogram and its quantiles beside the expected distribution.

The modules, from the lowest layer up: `curves` (density, distribution function and quantiles of a
distribution), `sources` (a tensor of a file or of a formula, read range by range), `samples` (the
choice of the ranges), `comparison` (the numbers of the picture), `picture` (the PNG; the only
module that needs matplotlib).
"""
