"""Files of weights: written in blocks from their formulas, and checked against them.

The floors: `blocks` (a file's weights → its blocks and pieces), `positioned` (bytes to and from
places in a file), `summaries` (checksum and sums of a block), `whole_file` (a file that appears
whole or not at all), `journal` and `partial_file` (one that a later run can take up), `safetensors`
and `npy` (headers), `layout` (which format, where each weight lies), `receipts`, `saving` and
`verifying`. Above single files: `sharding` (which file of a set holds which weights), `saving_sets`
and `verifying_sets`; `zarr` (arrays of that format) in a folder that is whole (`whole_folder`);
`folders` hands targets that are folders up to these. `config` and `template` say which weights
there are.
"""

from .config import read_config
from .layout import FileFormatError, NoFormulaError
from .receipts import Receipt, WeightReceipt, compare_receipts
from .saving import save
from .saving_sets import SavedSet, save_sharded
from .template import read_template
from .verifying import BlockDifference, Difference, Verification, verify
from .zarr import save_zarr

__all__ = [
    "BlockDifference",
    "Difference",
    "FileFormatError",
    "NoFormulaError",
    "Receipt",
    "SavedSet",
    "Verification",
    "WeightReceipt",
    "compare_receipts",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "verify",
]
