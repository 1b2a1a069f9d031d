"""Save a set of shards: each shard appears whole or not at all, and the index is written last.

So a set with an index is complete. Several workers may write parts of one set, in any order and
more than once, because the contents depend on the formulas alone. The worker that finishes last
finds all shards and writes the index.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit._support.checks import as_bool
from fastinit.storage.atomic.atomic_file import (
    check_parent,
    check_target,
    errors_of,
    followed,
    status_of,
    synchronise_directory,
)
from fastinit.storage.atomic.disk_space import check_room
from fastinit.storage.atomic.resumable_file import remove_left_over
from fastinit.storage.atomic.small_files import write_small_file
from fastinit.storage.errors import exists
from fastinit.storage.formats.headers import read_header
from fastinit.storage.formats.layout import check_header, formula_of, layout_of
from fastinit.storage.progress import Progress
from fastinit.storage.receipts.receipt import check_checksum
from fastinit.storage.regular_file import open_regular, read_regular
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.single.making_receipts import keep_receipt
from fastinit.storage.single.saving_objects import save_single
from fastinit.storage.single.saving_parts import check_part
from fastinit.storage.single.verifying import verify_file
from fastinit.storage.targets import as_path, receipt_path
from fastinit.typing import Checksum
from fastinit.weight import Weight

from .shard_size import DEFAULT
from .sharding import LONGEST_INDEX, plan

if TYPE_CHECKING:
    from .sharding import Plan, Shard


#: ``(k, n)``: the part of the k-th of n workers. ``"index"``: no shard, only the index.
Part = tuple[int, int] | str | None


@dataclass(frozen=True, slots=True)
class SavedSet:
    """The result of `save_sharded`.

    Parameters
    ----------
    written, kept : tuple of Path
        The shards of this part: those that were written now, and those that were right already.
    missing : tuple of Path
        Shards of other parts that do not exist yet. The set is complete if there are none.
    index : Path or None
        None if a single shard, ``model.safetensors``, holds all weights.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> saved = fastinit.save_sharded("tables", weight)
    >>> [path.name for path in saved.written], saved.complete
    (['model.safetensors'], True)
    """

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    missing: tuple[Path, ...]
    index: Path | None

    @property
    def complete(self) -> bool:
        """Whether all shards and the index exist."""
        return not self.missing


def save_sharded(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    max_shard_size: int | str = DEFAULT,
    part: Part = None,
    force: bool = False,
    progress: Progress | None = None,
    receipt: bool = False,
    checksum: Checksum = "crc32",
    resume: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> SavedSet:
    """Write weights as safetensors shards with an index, in the layout of Hugging Face.

    Parameters
    ----------
    path : str or path
        A directory, which is created if it does not exist. Or an index,
        ``DIRECTORY/NAME.safetensors.index.json``; then the shards are called NAME instead of model.
        Or the URL of either, such as ``s3://bucket/model/``.
    weights : Weight or iterable of Weight
        Their names must differ. Their order has no effect.
    max_shard_size : int or str, default "5GB"
        The largest total size of the tensors in a shard, in bytes or with a unit (KB, MB, GB, TB).
        A larger tensor gets a shard of its own. If one shard suffices, it is ``model.safetensors``,
        without an index.
    part : (int, int) or "index", optional
        ``(k, n)``, 1 <= k <= n, writes the k-th shard and every n-th shard after it. Other workers
        write the other parts, with the same weights and the same size. ``"index"`` writes no shard.
        It writes the index if all shards exist.
    force : bool, default False
        Replace existing files. The index of the old set is removed first, and then the shards of
        the old set that the new one does not have.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)``.
    receipt : bool, default False
        Make a receipt for each shard in the same pass, ``SHARD.receipt.json``. A shard that is kept
        gets its receipt again if it has none, or one that is damaged or not its own.
    checksum : {"crc32", "sha256"}, default "crc32"
        The checksum that the receipts store for each block.
    resume : bool, default False
        Also continue a shard that a killed run left half written, and keep a half-written shard if
        this run is stopped. Whole shards are kept without this option too. At a URL, nothing is
        left of a shard that is half written.
    storage_options : mapping of str to object, optional
        Passed to fsspec if the path is a URL: endpoint, credentials, and so on.

    Returns
    -------
    SavedSet
        The shards that were written, kept and are missing, and the index.

    Raises
    ------
    FileExistsError
        Only without `force`: if there is a complete set (for a part: an index of another set), a
        shard with other contents, or a shard of another set. A shard whose contents are right to
        the bit is kept.
    BlockingIOError
        If another process is writing one of the shards.
    OSError
        If a file cannot be written, or if the disk has no space for all shards of the part.
    TypeError, ValueError
        If an argument has the wrong type or value. Nothing has been written in that case.

    Examples
    --------
    >>> weights = [
    ...     fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id"),
    ...     fastinit.Weight((64,), "zeros", seed=0, name="bias"),
    ... ]
    >>> saved = fastinit.save_sharded("model", weights, max_shard_size="100KB")
    >>> [path.name for path in saved.written]
    ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
    >>> bool(fastinit.verify("model"))
    True
    """
    check_checksum(checksum)
    force, resume = as_bool(force, "force"), as_bool(resume, "resume")
    receipt = as_bool(receipt, "receipt")
    where = as_path(path, storage_options)
    planned = plan(where, weights, max_shard_size)
    shards = shards_of(planned, part)
    check_set(planned, part, force=force)
    if part == "index":
        return finish(planned, [], [], None)
    made_directory = not planned.directory.is_dir()
    # A link to a directory that does not exist yet is followed, as a link to a file is.
    directory = planned.directory if is_remote(where) else followed(planned.directory)
    if made_directory:
        directory.mkdir(exist_ok=True)
    try:
        if made_directory and not is_remote(where):
            with suppress(PermissionError):  # a directory that nobody may list
                synchronise_directory(directory.parent)
        check_space(planned, shards)
        old_index = remove_others(planned) if force else None
        options = {"force": force, "receipt": receipt, "checksum": checksum, "resume": resume}
        if is_remote(where):
            options["resume"] = False  # whole shards are kept; of others nothing is there
        written, kept = write_shards(shards, progress, options)
        return finish(planned, written, kept, old_index)
    except BaseException:
        if made_directory and not any(directory.iterdir()):
            directory.rmdir()
        raise


def shards_of(planned: Plan, part: Part) -> tuple[Shard, ...]:
    """Return the shards of a part, or raise an error."""
    if part is None:
        return planned.shards
    if part == "index":
        return ()
    number, count = check_part(part, " or 'index'")
    return planned.shards[number - 1 :: count]


def check_set(planned: Plan, part: Part, *, force: bool) -> None:
    """Raise an error unless a set may be written to its directory."""
    check_places(planned, part)
    if force:
        return
    ours = files_of(planned)
    for file in planned.files_of_sets():
        if file == planned.index and is_dangling(file):
            continue  # the file that it points to is created
        if file == planned.index:
            if part is None or read_regular(file, LONGEST_INDEX) != planned.index_text():
                raise exists(file)
        elif file not in ours:
            raise exists(file, "belongs to another set")
    if planned.index is None and part is None and planned.shards[0].path.exists():
        raise exists(planned.shards[0].path)


def check_places(planned: Plan, part: Part) -> None:
    """Raise an error if no `force` makes a directory a set, or a file in it one of its files."""
    directory = planned.directory
    if is_remote(directory):
        directory.check_target(force=True)
        return
    check_parent(followed(directory))
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "exists and is not a directory", str(directory))
    if directory.is_dir():
        files = [shard.path for shard in shards_of(planned, part)]
        for file in files if planned.index is None else [*files, planned.index]:
            check_target(file, force=True)


def is_dangling(path: Path) -> bool:
    """Say whether a path is a symbolic link to a file that does not exist."""
    return not is_remote(path) and path.is_symlink() and not path.exists()


def files_of(planned: Plan) -> set[Path]:
    """Return the paths of all shards of a set and of their receipts."""
    shards = [shard.path for shard in planned.shards]
    return {*shards, *map(receipt_path, shards)}


def check_space(planned: Plan, shards: Iterable[Shard]) -> None:
    """Raise an error if the shards that do not exist yet do not fit on the disk."""
    if is_remote(planned.directory):  # a store does not say how much it can hold
        return
    needed = sum(shard.size for shard in shards if not shard.path.exists())
    free = shutil.disk_usage(existing_directory(planned)).free
    if needed > free:
        reason = f"the shards need {needed:,} bytes and the disk has {free:,} free"
        raise OSError(errno.ENOSPC, reason, str(planned.directory))


def existing_directory(planned: Plan) -> Path:
    """Return the directory of a set, or the one that it will be made in if it does not exist."""
    place = followed(planned.directory)
    return place if place.is_dir() else place.parent


def check_room_of_set(planned: Plan, shards: Iterable[Shard], *, force: bool) -> None:
    """Raise the error that `save_sharded` would raise for lack of space or of permission."""
    directory = existing_directory(planned)
    if not planned.directory.is_dir():
        with errors_of(planned.directory):
            check_room(directory, 0, 0)
    check_space(planned, shards)
    for shard in shards:
        if force or not shard.path.exists():
            with errors_of(shard.path, size=shard.size):
                check_room(directory, shard.size, 0)


def remove_others(planned: Plan) -> os.stat_result | None:
    """Remove the index, and the files of an earlier set that this set does not have.

    Returns the status of the index, if there was one. Its new file replaces it.
    """
    ours = files_of(planned)
    others = [file for file in planned.files_of_sets() if file not in ours]
    # Remove the index first: a set without an index does not look complete.
    old_index = None
    for file in sorted(others, key=lambda file: file != planned.index):
        if file == planned.index and not is_remote(file):
            old_index = status_of(file)
            followed(file).unlink(missing_ok=True)  # a link stays
        else:
            file.unlink(missing_ok=True)
    return old_index


def write_shards(
    shards: tuple[Shard, ...], progress: Progress | None, options: dict[str, Any]
) -> tuple[list[Path], list[Path]]:
    """Write each shard with the options of `save`; return the written shards and the kept ones."""
    written: list[Path] = []
    kept: list[Path] = []
    total, done = sum(shard.size for shard in shards), 0
    for shard in shards:

        def advance(within: int, _: int, before: int = done) -> None:
            if progress is not None:
                progress(before + within, total)

        new = write_shard(shard, advance, options)
        (written if new else kept).append(shard.path)
        done += shard.size
        if progress is not None:
            progress(done, total)
    return written, kept


def write_shard(shard: Shard, progress: Progress, options: dict[str, Any]) -> bool:
    """Write a shard and return true; return false if the same shard exists already."""
    if not is_remote(shard.path):
        remove_left_over(shard.path)
    if options["force"] or not shard.path.exists():
        try:
            save_single(shard.path, shard.weights, progress=progress, **options)
        except FileExistsError:
            if not shard.path.exists():  # its receipt is that of another file
                raise
            # Another worker wrote it first.
        else:
            return True
    right = has_formulas(shard)
    if right and options["receipt"]:
        right = keep_receipt(shard.path, shard.weights, options["checksum"], progress)
    elif right:
        right = holds_values(shard, progress)
    if not right:
        raise exists(shard.path, "exists with other contents")
    return False


def has_formulas(shard: Shard) -> bool:
    """Say, from the header alone, whether the file of a shard holds exactly its weights."""
    layout = layout_of(shard.path, shard.weights)
    try:
        with open_regular(shard.path) as file:
            tensors = read_header(file, shard.path)
        check_header(tensors, shard.path, layout)
        return [formula_of(each, shard.path) for each in tensors] == list(layout.weights)
    except (ValueError, TypeError, FileNotFoundError):
        return False


def holds_values(shard: Shard, progress: Progress) -> bool:
    """Say whether the file of a shard holds the values of its formulas."""
    found = verify_file(shard.path, shard.weights, progress=progress, sample=None, sample_seed=None)
    return bool(found)


def finish(
    planned: Plan, written: list[Path], kept: list[Path], old_index: os.stat_result | None
) -> SavedSet:
    """Write the index if all shards exist; otherwise report the missing shards."""
    missing = tuple(shard.path for shard in planned.shards if not has_formulas(shard))
    if planned.index is not None and not missing:
        text = planned.index_text()
        # If two workers get here, the second one replaces the index with the same bytes.
        write_small_file(planned.index, text, force=True, removed=old_index)
    return SavedSet(tuple(written), tuple(kept), missing, planned.index)
