"""Files of weights: written in blocks from their formulas, and checked against them.

The floors: `blocks` (a file's weights → its blocks and pieces), `positioned` (bytes to and from
places in a file), `summaries` (checksum and sums of a block), `whole_file` (a file that appears
whole or not at all), `journal` and `partial_file` (one that a later run can take up), `safetensors`
and `npy` (headers), `layout` (which format, where each weight lies), `receipts`, `saving` and
`verifying`.
"""

from .layout import FileFormatError
from .receipts import Receipt, WeightReceipt, compare_receipts
from .saving import save
from .verifying import BlockDifference, Difference, Verification, verify

__all__ = [
    "BlockDifference",
    "Difference",
    "FileFormatError",
    "Receipt",
    "Verification",
    "WeightReceipt",
    "compare_receipts",
    "save",
    "verify",
]
