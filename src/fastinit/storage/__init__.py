"""Write weights to files block by block from their formulas, and verify such files.

The layers, from the lowest one up:

- `errors` has the errors of damaged files, `targets` says what a path names, `progress` reports
  progress, and `regular_file` opens files by names from outside. `remote` does the same for
  object stores.
- `formats`: headers and layouts of single files.
- `blocks`: the blocks of a file, their checksums and sums, and bytes at positions.
- `atomic`: files and directories that appear whole or not at all, and that a run can continue.
- `receipts`: short descriptions of what a file holds.
- `single`: save and verify single files.
- `zarr` and `sets`: Zarr arrays, and sets of shards.
- `listing` lists the tensors of any target. `config` and `template` read the definitions of
  weights.
- `api` has `save` and `verify`, which choose between these by the path.
"""

from .api import make_receipt, save, verify
from .config import read_config
from .errors import FileFormatError, NoFormulaError
from .receipts.receipt import Receipt, WeightReceipt, compare_receipts
from .sets.making_receipts import make_receipts
from .sets.saving_sets import SavedSet, save_sharded
from .single.verifying import BlockDifference, Difference, Verification
from .template import read_template
from .zarr.saving import save_zarr


def __dir__() -> list[str]:
    return sorted(__all__)


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
    "make_receipt",
    "make_receipts",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "verify",
]
