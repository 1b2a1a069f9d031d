"""Files of weights: written in blocks from their formulas, and checked against them.

The floors: `blocks` (a weight → its elements, a block at a time), `whole_file` (a file that appears
whole or not at all), `safetensors` and `npy` (headers), `layout` (which format, where each weight
lies), `saving` and `verifying`.
"""

from .layout import FileFormatError
from .saving import save
from .verifying import Difference, Verification, verify

__all__ = ["Difference", "FileFormatError", "Verification", "save", "verify"]
