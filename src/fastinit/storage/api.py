"""Save and verify weights, as users call it: a path names a file, a set of shards or a Zarr array.

The other public functions are in the modules that do their work, because they choose nothing:
`sets.saving_sets`, `sets.making_receipts`, `zarr.saving`, `receipts.receipt`, `config` and
`template`.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from fastinit._random.streams import StreamSource
from fastinit._support.checks import as_bool
from fastinit.typing import Checksum
from fastinit.weight import Weight

from .progress import Progress
from .receipts.receipt import Receipt, check_checksum
from .sets.saving_sets import save_sharded
from .sets.verifying_sets import verify_set
from .single.making_receipts import make_file_receipt
from .single.saving_objects import save_single
from .single.saving_parts import save_part
from .single.verifying import Verification, verify_file
from .targets import ZARR, as_path, check_exists, is_new_set, is_set, is_url, is_zarr
from .zarr.saving import save_zarr
from .zarr.verifying import make_array_receipt, verify_zarr


def save(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    force: bool = False,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: Checksum = "crc32",
    resume: bool = False,
    part: tuple[int, int] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Receipt | None:
    """Write weights to a file, block by block; they may be larger than memory.

    Parameters
    ----------
    path : str or path
        The suffix selects the format. ``.safetensors`` holds any dtype and any number of weights,
        and stores their formulas as metadata. ``.npy`` holds one weight of a dtype that NumPy
        itself has. ``.bin`` and ``.raw`` hold only the elements of one weight, in C order and
        native byte order. Directories are passed to other functions, which have further options:
        ``.zarr`` to `fastinit.save_zarr`; an existing directory, or a name that ends in ``/`` or
        ``.safetensors.index.json``, to `fastinit.save_sharded`. A URL that fsspec knows, such as
        ``s3://bucket/table.npy``, names an object in a store.
    weights : Weight or iterable of Weight
        Their names must differ.
    force : bool, default False
        Replace the file and the receipt if they exist.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` on the calling thread, several times a
        second and at the end.
    receipt : bool or path, default False
        Make a receipt in the same pass and write it as JSON to this path. True selects the path of
        the file with ``.receipt.json`` appended.
    checksum : {"crc32", "sha256"}, default "crc32"
        The checksum that the receipt stores for each block. It has no effect without `receipt`.
    resume : bool, default False
        Continue what a killed run left, and keep the partial file if this run is stopped. An object
        in a store cannot be continued.
    part : (int, int), optional
        ``(k, n)``, 1 <= k <= n, writes the k-th of n parts of a local file. Other processes
        write the other parts with the same arguments; they may run on other machines that see the
        same file system. The one that finishes last writes the receipt and gives the file its name.
        Repeat a part that was stopped. A directory of shards has parts in `fastinit.save_sharded`.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

    Returns
    -------
    Receipt or None
        The receipt. None without `receipt`, and for a part while other parts are missing.

    Raises
    ------
    FileExistsError
        If the file or the receipt exists and `force` is false.
    BlockingIOError
        If another process is writing the file, or the same part of it.
    OSError
        If the file cannot be written: no such directory, no permission, disk full.
    TypeError, ValueError
        If the format cannot hold the weights, or if `resume` or `part` finds a partial file of
        other weights. Nothing has been written in that case.

    Notes
    -----
    The file gets its name when all of it is on the disk. Until then it is called
    ``.NAME.fastinit-partial``, in the same directory, beside ``.NAME.fastinit-journal``. An error
    or an interruption removes both files, unless `resume` is true.

    An object in a store is sent in parts, and gets its name when the store has all of them. An
    error or an interruption aborts the upload.

    Examples
    --------
    >>> weights = [
    ...     fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id"),
    ...     fastinit.Weight((64,), "zeros", seed=0, name="bias"),
    ... ]
    >>> fastinit.save("tables.safetensors", weights)
    >>> receipt = fastinit.save("tables.safetensors", weights, force=True, receipt=True)
    >>> receipt.nbytes
    256832
    """
    where = as_path(path, storage_options)
    force, resume = as_bool(force, "force"), as_bool(resume, "resume")
    if where.suffix == ZARR:
        return save_zarr(
            where,
            weights,
            force=force,
            progress=progress,
            receipt=receipt,
            checksum=checksum,
            resume=resume,
            part=part,
        )
    check_checksum(checksum)
    if is_new_set(path, where):
        if receipt or resume:
            raise ValueError(
                f"{where}: for a directory, save has neither receipt nor resume; use save_sharded"
            )
        if part is not None:
            raise ValueError(f"{where}: for a directory, save has no part; use save_sharded")
        save_sharded(where, weights, force=force, progress=progress)
        return None
    receipt = _as_receipt(receipt, storage_options)
    if part is not None:
        return save_part(
            where,
            weights,
            part,
            force=force,
            progress=progress,
            receipt=receipt,
            checksum=checksum,
            resume=resume,
        ).receipt
    return save_single(
        where,
        weights,
        force=force,
        progress=progress,
        receipt=receipt,
        checksum=checksum,
        resume=resume,
    )


def verify(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight] | None = None,
    *,
    progress: Progress | None = None,
    receipt: Receipt | str | os.PathLike[str] | None = None,
    sample: int | None = None,
    sample_seed: int | StreamSource | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Verification:
    """Compare a file, block by block, with its formulas or with a receipt.

    Parameters
    ----------
    path : str or path
        A file of a format that `fastinit.save` writes, the directory or the index of a sharded set,
        or a Zarr array. It may also be the URL of a file or a set. Only the header and the compared
        blocks of an object in a store are read.
    weights : Weight or iterable of Weight, optional
        The formulas. The default is the formulas in the file itself; among single files, only
        safetensors files have them.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` on the calling thread, several times a
        second and at the end.
    receipt : Receipt or path, optional
        Compare the checksums of the blocks with those of this receipt, without computing values.
    sample : int, optional
        Compare only this number of blocks of 16 MiB, at random positions. For a sharded set, it is
        the number of blocks of each shard; for a Zarr array, the number of chunks.
    sample_seed : int or Generator, optional
        Selects the blocks of the sample. The default is an unpredictable seed, which the result
        contains; pass that seed to compare the same blocks again.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

    Returns
    -------
    Verification
        True if all bits agree. Otherwise its `difference` is the first element that differs, or the
        first block whose checksum differs from the receipt.

    Raises
    ------
    FileFormatError
        A ValueError: if the file is damaged or cut off, or has other names, shapes or dtypes.
    ValueError
        If there is no formula to compare with, or if both formulas and a receipt are given.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> fastinit.save("user_id.npy", weight)
    >>> bool(fastinit.verify("user_id.npy", weight))
    True
    >>> other = fastinit.Weight((1000, 64), "embedding_uniform", seed=1, name="user_id")
    >>> print(fastinit.verify("user_id.npy", other).difference)
    user_id[0, 0] is -0.020766790956258774, expected -0.018027037382125854
    """
    where = as_path(path, storage_options)
    check_exists(where)
    receipt = _as_receipt(receipt, storage_options)
    if is_zarr(where):
        return verify_zarr(
            where,
            weights,
            progress=progress,
            receipt=receipt,
            sample=sample,
            sample_seed=sample_seed,
        )
    if is_set(where):
        if receipt is not None:
            raise ValueError(f"{where}: a receipt describes one file; give the path of that file")
        return verify_set(where, weights, progress=progress, sample=sample, sample_seed=sample_seed)
    return verify_file(
        where, weights, progress=progress, receipt=receipt, sample=sample, sample_seed=sample_seed
    )


def make_receipt(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight] | None = None,
    *,
    receipt: bool | str | os.PathLike[str] = True,
    checksum: Checksum = "crc32",
    force: bool = False,
    progress: Progress | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Receipt:
    """Make the receipt of an existing file or Zarr array, and compare it with its formulas.

    It is the same receipt that `fastinit.save` makes together with the file. The file is read once,
    block by block; it may be larger than memory.

    Parameters
    ----------
    path : str or path
        A file of a format that `fastinit.save` writes, a Zarr array, or the URL of an object.
    weights : Weight or iterable of Weight, optional
        The formulas of all tensors in the file. The default is the formulas in the file itself;
        safetensors files and Zarr arrays have them.
    receipt : bool or path, default True
        Write the receipt as JSON to this path. True selects the path of the file with
        ``.receipt.json`` appended; False writes no file.
    checksum : {"crc32", "sha256"}, default "crc32"
        The checksum that the receipt stores for each block.
    force : bool, default False
        Replace another receipt.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` on the calling thread, several times a
        second and at the end.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

    Returns
    -------
    Receipt
        The receipt.

    Raises
    ------
    FileFormatError
        A ValueError: if the file differs from its formulas, or is damaged or cut off.
    FileExistsError
        If there is another receipt and `force` is false. The right receipt is kept.
    ValueError
        If there is no formula, or if the file has tensors without one.
    OSError
        If the file cannot be read, or the receipt cannot be written.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> fastinit.save("user_id.npy", weight)
    >>> receipt = fastinit.make_receipt("user_id.npy", weight)
    >>> receipt == fastinit.Receipt.read("user_id.npy.receipt.json")
    True
    """
    check_checksum(checksum)
    force = as_bool(force, "force")
    where = as_path(path, storage_options)
    check_exists(where)
    receipt = _as_receipt(receipt, storage_options)
    if is_set(where) and not is_zarr(where):
        raise ValueError(
            f"{where}: a receipt describes one file; give the path of that file, or use "
            "make_receipts for all shards of a set"
        )
    make = make_array_receipt if is_zarr(where) else make_file_receipt
    return make(where, weights, receipt=receipt, checksum=checksum, force=force, progress=progress)


def _as_receipt(receipt: Any, storage_options: Mapping[str, Any] | None) -> Any:
    """Return the path of a receipt, which may be in a store too; anything else stays as it is."""
    if receipt is None or isinstance(receipt, bool | Receipt):
        return receipt
    return as_path(receipt, storage_options if is_url(receipt) else None)
