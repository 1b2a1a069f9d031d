"""The receipt beside a file, which `verify`, `compare` and `diff` use when none is given.

``create`` writes it as NAME.receipt.json. It holds the formulas, which most formats do not hold.
"""

from __future__ import annotations

import errno
import shlex
from typing import TYPE_CHECKING

from fastinit.storage import FileFormatError, Receipt
from fastinit.storage.receipts.receipt import is_any_receipt
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import SUFFIXES, as_path, is_zarr, receipt_path

if TYPE_CHECKING:
    from pathlib import Path

    from fastinit.weight import Weight


def receipt_beside(path: str) -> Path | None:
    """Return the path of the receipt beside a file, or None if there is none."""
    beside = receipt_path(as_path(path))
    return beside if is_any_receipt(beside) else None


def formulas_beside(path: str) -> tuple[Path | None, list[Weight]]:
    """Return the receipt beside a file, or None, and the formulas that it holds."""
    found = receipt_beside(path)
    if found is None:
        return None, []
    return found, [each.weight for each in Receipt.read(found).weights]


def receipt_for(path: str) -> tuple[Path, Receipt]:
    """Return the receipt that a path names, or the one beside the file that it names.

    Raises
    ------
    FileFormatError
        If the receipt is damaged, or if the file has another size than the receipt says.
    FileNotFoundError
        If there is neither a receipt nor a file.
    ValueError
        If the file has no receipt.
    """
    where = as_path(path)
    if where.suffix not in SUFFIXES and (where.suffix == ".json" or is_any_receipt(where)):
        return where, Receipt.read(where)
    if (found := receipt_beside(path)) is not None:
        receipt = Receipt.read(found)
        _check_size(where, found, receipt)
        return found, receipt
    if not where.exists():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
    if where.is_dir() and not is_zarr(where):
        raise ValueError(f"{path}: the shards of a set have a receipt each; give one shard")
    raise ValueError(
        f"{path} has no receipt beside it; `fastinit receipt {shlex.quote(path)}` makes one, and "
        "`fastinit diff` needs none"
    )


def _check_size(path: Path, found: Path, receipt: Receipt) -> None:
    """Raise FileFormatError if the size of a local file shows that the receipt is out of date."""
    if is_remote(path) or not path.is_file():
        return
    size = path.stat().st_size
    if size != receipt.nbytes:
        raise FileFormatError(
            f"{path}: the file has {size:,} bytes, but {found} describes {receipt.nbytes:,} bytes"
        )
