"""One picture of a tensor: its histogram and its quantiles beside its formula's distribution.

The floors: `curves` (a distribution's density, distribution function and quantiles), `sources` (a
tensor of a file, or a formula, of which any range can be read), `samples` (which ranges are),
`comparison` (the numbers of the picture), `picture` (the PNG, the only one that needs matplotlib).
"""
