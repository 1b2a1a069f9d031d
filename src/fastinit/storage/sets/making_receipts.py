"""Make the receipts of all shards of an existing set."""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fastinit._support.checks import as_bool
from fastinit.storage.progress import Progress
from fastinit.storage.receipts.receipt import Receipt, check_checksum
from fastinit.storage.single.making_receipts import make_file_receipt
from fastinit.storage.targets import INDEX_SUFFIX, as_path
from fastinit.typing import Checksum

from .sharding import find_set, read_index


def make_receipts(
    path: str | os.PathLike[str],
    *,
    checksum: Checksum = "crc32",
    force: bool = False,
    progress: Progress | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[Receipt, ...]:
    """Make the receipt of each shard of a set, as `make_receipt` does for one file.

    Parameters
    ----------
    path : str or path
        The directory or the index of a set, or its URL.
    checksum, force, progress, storage_options
        As for `make_receipt`.

    Returns
    -------
    tuple of Receipt
        In the order of the shards.

    Raises
    ------
    FileFormatError, FileExistsError, ValueError, OSError
        The errors of `make_receipt`; or if the set is not complete.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> _ = fastinit.save_sharded("model", weight)
    >>> [receipt.file for receipt in fastinit.make_receipts("model")]
    ['model.safetensors']
    """
    check_checksum(checksum)
    force = as_bool(force, "force")
    found = find_set(as_path(path, storage_options))
    shards = list(read_index(found)) if found.name.endswith(INDEX_SUFFIX) else [found]
    sizes = [shard.stat().st_size for shard in shards]
    made: list[Receipt] = []
    for number, shard in enumerate(shards):

        def advance(within: int, _: int, before: int = sum(sizes[:number])) -> None:
            if progress is not None:
                progress(before + within, sum(sizes))

        made.append(
            make_file_receipt(
                shard, None, receipt=True, checksum=checksum, force=force, progress=advance
            )
        )
        advance(sizes[number], 0)  # with the header, which is not compared
    return tuple(made)
