"""Save a set of shards: each appears whole or not at all, and the index when all are there.

So the index says that the set is complete. Workers may write parts of one set, in any order and
more than once: what each writes is a function of the formulas alone, and whoever finishes last
finds all shards and writes the index.
"""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .atomic_file import whole_file
from .direct_io import write_all
from .layout import check_header, layout_of, read_formulas
from .receipts import check_checksum, receipt_path
from .saving import save
from .shard_size import DEFAULT
from .sharding import plan
from .verifying import verify

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from fastinit.weight import Weight

    from .progress import Progress
    from .sharding import Plan, Shard

#: The k-th of n workers; or none of the shards, only the index.
Part = tuple[int, int] | str | None


@dataclass(frozen=True, slots=True)
class SavedSet:
    """What `save_sharded` did.

    Parameters
    ----------
    written, kept : tuple of Path
        Shards of this part: written now, or found to be right already.
    missing : tuple of Path
        Shards of other parts that are not there yet; the set is complete if there are none.
    index : Path or None
        None where one shard holds all, which is ``model.safetensors`` then.
    """

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    missing: tuple[Path, ...]
    index: Path | None

    @property
    def complete(self) -> bool:
        """Whether all shards, and the index, are there."""
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
    checksum: str = "crc32",
    resume: bool = False,
) -> SavedSet:
    """Write weights as a set of safetensors files with an index, as Hugging Face's packages do.

    Parameters
    ----------
    path : str or path
        A folder, made if it is absent; or an index, ``FOLDER/NAME.safetensors.index.json``, whose
        shards are then called NAME instead of model.
    weights : Weight or iterable of Weight
        Of different names. Their order changes nothing.
    max_shard_size : int or str, default "5GB"
        How large a shard's tensors may be together, in bytes or with a unit (KB, MB, GB, TB). A
        larger tensor has a shard of its own. If one shard is enough, it is ``model.safetensors``,
        without an index.
    part : (int, int) or "index", optional
        ``(k, n)``, 1 <= k <= n: of the shards, only the k-th and every n-th after it. Other
        workers write the other parts, with the same weights and size. ``"index"``: no shard, only
        the index, if all shards are there.
    force : bool, default False
        Replace what is there. The index of a set that is being replaced is removed first, and
        shards of an earlier set that the new one does not have.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)``.
    receipt : bool, default False
        Make a receipt of each shard in the same pass, ``SHARD.receipt.json``. A shard that is kept
        keeps the one that it has.
    checksum : {"crc32", "sha256"}, default "crc32"
        The receipts', of each block.
    resume : bool, default False
        Take up also a shard that a run left half written that was killed, and leave what is written
        of one if this run is stopped. Whole shards are kept without it.

    Returns
    -------
    SavedSet

    Raises
    ------
    FileExistsError
        Without `force`: if there is a complete set (or, for a part, an index of another one), a
        shard that holds something else, or one that belongs to another set. A shard that holds
        what it should, to the bit, is kept.
    BlockingIOError
        If another process is writing one of the shards.
    OSError
        If it cannot be written, or the disk is too full for all shards of the part.
    TypeError, ValueError
        If an argument has the wrong type or value. Nothing has been written then.
    """
    check_checksum(checksum)
    planned = plan(path, weights, max_shard_size)
    shards = shards_of(planned, part)
    check_set(planned, part, force=force)
    if part == "index":
        return finish(planned, [], [])
    made_folder = not planned.folder.is_dir()
    if made_folder:
        planned.folder.mkdir(exist_ok=True)
    try:
        check_space(planned, shards)
        if force:
            remove_others(planned)
        options = {"force": force, "receipt": receipt, "checksum": checksum, "resume": resume}
        written, kept = write_shards(shards, progress, options)
        return finish(planned, written, kept)
    except BaseException:
        if made_folder and not any(planned.folder.iterdir()):
            planned.folder.rmdir()
        raise


def shards_of(planned: Plan, part: Part) -> tuple[Shard, ...]:
    """Return the shards of a part, or raise."""
    if part is None:
        return planned.shards
    if part == "index":
        return ()
    if not isinstance(part, tuple) or [type(each) for each in part] != [int, int]:
        raise TypeError(f"part must be two integers (k, n) or 'index', got {part!r}")
    number, count = part
    if not 1 <= number <= count:
        raise ValueError(f"part (k, n) must have 1 <= k <= n, got {part}")
    return planned.shards[number - 1 :: count]


def exists(path: Path, reason: str) -> FileExistsError:
    """Return the error for a file that must not be replaced."""
    return FileExistsError(errno.EEXIST, f"{reason}: replace it with force=True", str(path))


def check_set(planned: Plan, part: Part, *, force: bool) -> None:
    """Raise unless a set may be written to its folder."""
    folder = planned.folder
    if not folder.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(folder.parent))
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is no folder", str(folder))
    if force:
        return
    ours = files_of(planned)
    for file in planned.files_of_sets():
        if file == planned.index:
            if part is None or file.read_bytes() != planned.index_text():
                raise exists(file, "exists")
        elif file not in ours:
            raise exists(file, "belongs to another set")
    if planned.index is None and part is None and planned.shards[0].path.exists():
        raise exists(planned.shards[0].path, "exists")


def files_of(planned: Plan) -> set[Path]:
    """Return the shards of a set, and where their receipts are."""
    shards = [shard.path for shard in planned.shards]
    return {*shards, *map(receipt_path, shards)}


def check_space(planned: Plan, shards: Iterable[Shard]) -> None:
    """Raise if the shards that are not there yet do not fit on the disk."""
    needed = sum(shard.size for shard in shards if not shard.path.exists())
    free = shutil.disk_usage(planned.folder).free
    if needed > free:
        reason = f"the shards need {needed:,} bytes and the disk has {free:,} free"
        raise OSError(errno.ENOSPC, reason, str(planned.folder))


def remove_others(planned: Plan) -> None:
    """Remove the index, and the files of an earlier set that this one does not have."""
    ours = files_of(planned)
    others = [file for file in planned.files_of_sets() if file not in ours]
    # The index first: without it the set does not look complete.
    for file in sorted(others, key=lambda file: file != planned.index):
        file.unlink(missing_ok=True)


def write_shards(
    shards: tuple[Shard, ...], progress: Progress | None, options: dict[str, Any]
) -> tuple[list[Path], list[Path]]:
    """Write each shard with options of `save`, or keep one that is right already; return which."""
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
    """Write a shard and return true; or return false where it is there to the bit."""
    if options["force"] or not shard.path.exists():
        try:
            save(shard.path, shard.weights, progress=progress, **options)
        except FileExistsError:  # another worker was as quick
            pass
        else:
            return True
    if not has_formulas(shard) or not verify(shard.path, shard.weights, progress=progress):
        raise exists(shard.path, "exists and holds something else")
    return False


def has_formulas(shard: Shard) -> bool:
    """Say, from its header alone, whether a shard's file holds the weights and nothing else."""
    layout = layout_of(shard.path, shard.weights)
    try:
        with shard.path.open("rb") as file:
            check_header(file, shard.path, layout)
        return read_formulas(shard.path) == list(layout.weights)
    except (ValueError, TypeError, FileNotFoundError):
        return False


def finish(planned: Plan, written: list[Path], kept: list[Path]) -> SavedSet:
    """Write the index if all shards are there; say which are not."""
    missing = tuple(shard.path for shard in planned.shards if not has_formulas(shard))
    if planned.index is not None and not missing:
        text = planned.index_text()
        # Whoever comes second replaces it by the same bytes.
        with whole_file(planned.index, len(text), force=True) as descriptor:
            write_all(descriptor, memoryview(text), 0)
    return SavedSet(tuple(written), tuple(kept), missing, planned.index)
