"""Write weights to files block by block from their formulas, and verify such files.

The modules, from the lowest layer up:

- `remote_path` reads objects in stores such as S3, and `uploads` writes them.
- `targets` says what a path names; `errors` has the errors of damaged files.
- `npy` and `safetensors` write and read the headers of a format; `headers` reads that of any file;
  `layout` chooses the position of each weight in the file.
- `blocks` divides a file into blocks and pieces; `block_stats` computes the checksum and the sums
  of a block.
- `direct_io` writes and reads bytes at positions in a file.
- `partial_names` names what is incomplete; `atomic_file` and `atomic_directory` create files and
  directories that appear whole or not at all;
  `resumable_file` and `journal` let a later run continue an interrupted file; `leftovers` finds
  what interrupted runs left.
- `progress` reports progress; `receipts` describes what a file holds.
- `small_files` writes receipts and indices, locally or to a store. `receipt_file` gives a file and
  its receipt their names together; `making_receipts` makes the receipts of existing files.
- `saving` and `verifying` handle single files; `saving_objects` saves to stores too;
  `saving_parts` lets several processes write one file.
- `sharding` and `shard_size` divide weights into shards; `saving_sets` and `verifying_sets` handle
  sets of shards; `zarr` handles Zarr arrays, with `zarr_grid`, `zarr_metadata` and `zarr_chunks`.
- `listing` lists the tensors of any target; `config` and `template` read the definitions of
  weights.
- `api` has `save` and `verify`, which choose between these modules by the path.
"""

from .api import save, verify
from .config import read_config
from .errors import FileFormatError, NoFormulaError
from .making_receipts import make_receipt, make_receipts
from .receipts import Receipt, WeightReceipt, compare_receipts
from .saving_sets import SavedSet, save_sharded
from .template import read_template
from .verifying import BlockDifference, Difference, Verification
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
    "make_receipt",
    "make_receipts",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "verify",
]
