"""The polynomials of the inverse normal distribution, one for each octave: those of the kernels.

An octave is the set of floats with one exponent. Row E & 31 has the coefficients c_0 to c_6 of the
octave with exponent field E. tools/fit_polynomials.py computes them.
"""

from __future__ import annotations

import numpy as np

from fastinit._kernels.dispatch import KERNELS

#: The coefficients, as float32 numbers of shape (32, 7).
OCTAVES = np.frombuffer(KERNELS.octave_rows, np.float32).reshape(32, 8)[:, :7]
