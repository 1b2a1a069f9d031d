"""Files of weights: written in blocks from their formulas, and checked against them.

The floors: `blocks` (a weight → its elements, a block at a time), `whole_file` (a file that appears
whole or not at all), `safetensors` and `npy` (headers), `layout` (which format, where each weight
lies), `saving` and `verifying`; `sharding` (which file of a set holds which weights), `saving_sets`
and `verifying_sets`; `zarr` (arrays of that format) in a folder that is whole (`whole_folder`).
`folders` hands targets that are folders up to these. `config` and `template` say which weights
there are.
"""

from .config import read_config
from .layout import FileFormatError
from .saving import save
from .saving_sets import SavedSet, save_sharded
from .template import read_template
from .verifying import Difference, Verification, verify
from .zarr import save_zarr

__all__ = [
    "Difference",
    "FileFormatError",
    "SavedSet",
    "Verification",
    "read_config",
    "read_template",
    "save",
    "save_sharded",
    "save_zarr",
    "verify",
]
