"""Save one file by several processes, each of which writes its own range of bytes.

All of them write into the same partial file; each lists its blocks in a journal of its own. The one
that finishes last finds all journals complete: it writes the receipt and gives the file its name.
What they need is a file system that all of them see, with locks (``flock``).

- ``.NAME.fastinit-journal`` is the head. It says which file is being written, in how many parts. A
  process locks it for a moment, when it begins and when it has finished.
- ``.NAME.fastinit-journal-K-of-N`` is the journal of part K, locked by the process that writes it.
- ``.NAME.fastinit-partial`` is locked by all of them together, so that no process can write all of
  it meanwhile.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastinit._support.checks import as_integer
from fastinit._support.waiting_signals import WaitingSignals
from fastinit.storage.atomic.atomic_file import (
    Directory,
    errors_of,
    followed,
    keep_owner_and_mode,
)
from fastinit.storage.atomic.disk_space import UNSUPPORTED, check_length, reserve
from fastinit.storage.atomic.journal import Journal
from fastinit.storage.atomic.partial_names import journal_name, part_journal_name, partial_name
from fastinit.storage.atomic.resumable_file import (
    Partial,
    commit,
    open_locked,
    part_journals,
    remove_left_over,
)
from fastinit.storage.blocks.blocks import blocks_of
from fastinit.storage.blocks.direct_io import Reader, write_all
from fastinit.storage.errors import FileFormatError, exists
from fastinit.storage.formats.layout import layout_of
from fastinit.storage.receipts.receipt import Receipt, receipt_of
from fastinit.storage.receipts.staged_receipt import ReceiptFile
from fastinit.storage.regular_file import open_regular
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import receipt_target

from .saving import check_room_of_file, identity_of, write_blocks
from .verifying import compare_blocks, compare_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fastinit.storage.blocks.block_stats import Summary
    from fastinit.storage.blocks.blocks import Block
    from fastinit.storage.blocks.direct_io import PieceReader
    from fastinit.storage.formats.layout import Layout
    from fastinit.storage.progress import Progress
    from fastinit.weight import Weight

    from .verifying import Difference


@dataclass(frozen=True, slots=True)
class SavedPart:
    """The result of `save_part`.

    Parameters
    ----------
    receipt : Receipt or None
        None without a receipt, and while parts are missing.
    missing : tuple of int
        The numbers of the parts that are not complete. The file has its name if there are none.
    """

    receipt: Receipt | None
    missing: tuple[int, ...]


def check_part(part: object, otherwise: str = "") -> tuple[int, int]:
    """Return a part (k, n), or raise an error, which says what else it could be."""
    try:
        if not isinstance(part, tuple) or len(part) != len(("k", "n")):
            raise TypeError  # noqa: TRY301 - for the same error
        number, count = (as_integer(each, "part") for each in part)
    except TypeError:
        raise TypeError(f"part must be two integers (k, n){otherwise}, got {part!r}") from None
    if not 1 <= number <= count:
        raise ValueError(f"part (k, n) must have 1 <= k <= n, got {(number, count)}")
    return number, count


def save_part(
    path: Path,
    weights: Weight | Iterable[Weight],
    part: tuple[int, int],
    *,
    force: bool,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: str = "crc32",
    resume: bool = False,
) -> SavedPart:
    """Write a part of a single file; parameters and errors are those of `save`."""
    part = check_part(part)
    shared, is_complete = checked_part(
        path, weights, part, force=force, progress=progress, receipt=receipt, checksum=checksum
    )
    remove_left_over(path)
    if is_complete:
        return shared.completed()
    return shared.write(part[0], progress, force=force, resume=resume)


def checked_part(
    path: Path,
    weights: Weight | Iterable[Weight],
    part: tuple[int, int],
    *,
    force: bool,
    progress: Progress | None = None,
    receipt: bool | str | os.PathLike[str] = False,
    checksum: str = "crc32",
) -> tuple[SharedFile, bool]:
    """Return the file of a part, and whether it is complete; or raise the errors of `save`.

    Nothing is written. A file that exists is compared with the values of the part.
    """
    number, count = check_part(part)
    if is_remote(path):
        raise ValueError(f"{path}: an object in a store has no parts; save a set of shards")
    layout = layout_of(path, weights)
    target = receipt_target(path, receipt)
    shared = SharedFile(path, layout, count, ReceiptFile(path, target, layout, checksum))
    if not force and os.path.lexists(shared.place):
        shared.check_existing(number, progress)
        return shared, True
    shared.receipt.check(force=force)
    return shared, False


def check_saved_part(
    path: Path, weights: Weight | Iterable[Weight], part: tuple[int, int], **settings: Any
) -> None:
    """Raise the errors that `save_part` raises before it writes the first byte."""
    shared, is_complete = checked_part(path, weights, part, **settings)
    if not is_complete:
        check_room_of_file(path, shared.layout, shared.receipt.target)


class SharedFile:
    """A file that several processes write.

    Parameters
    ----------
    path : Path
    layout : Layout
    count : int
        The number of parts.
    receipt : ReceiptFile
    """

    def __init__(self, path: Path, layout: Layout, count: int, receipt: ReceiptFile) -> None:
        self.path, self.layout, self.count, self.receipt = path, layout, count, receipt
        self.place = followed(path)
        self.partial = partial_name(self.place)
        with errors_of(path, size=layout.size):
            check_length(layout.size)
        self.blocks = blocks_of(layout)
        self.identity = f"{identity_of(layout, receipt.checksum)} in {count} parts"

    def blocks_of_part(self, number: int) -> list[Block]:
        """Return the blocks of a part, which follow each other in the file."""
        total = len(self.blocks)
        first, stop = ((each * total) // self.count for each in (number - 1, number))
        return self.blocks[first:stop]

    def journal_of_part(self, number: int, descriptor: int) -> Journal:
        """Return the journal of a part."""
        return Journal(
            part_journal_name(self.place, number, self.count),
            lambda: os.fdatasync(descriptor),
            f"{self.identity}, part {number}",
            len(self.blocks_of_part(number)),
        )

    def check_existing(self, number: int, progress: Progress | None) -> None:
        """Raise an error unless the file exists and has the header and the blocks of a part."""
        own = self.blocks_of_part(number)

        def compare(pieces: PieceReader, place: int) -> Difference | None:
            return compare_values(pieces, own[place])

        right, header = False, self.layout.header
        with suppress(FileFormatError), open_regular(self.path) as file:
            right = os.fstat(file.fileno()).st_size == self.layout.size
            if right := right and file.read(len(header)) == header:
                with closing(Reader(file.fileno())) as reader:
                    right = not compare_blocks(reader, self.path, own, compare, progress)[0]
        if not right:
            raise exists(self.path, "exists with other contents")

    def completed(self) -> SavedPart:
        """Return the result after a process has given the file its name."""
        receipt = None
        if self.receipt.target is not None:
            with suppress(FileNotFoundError, FileFormatError):
                receipt = Receipt.read(self.receipt.target)
        return SavedPart(receipt, ())

    def write(
        self, number: int, progress: Progress | None, *, force: bool, resume: bool
    ) -> SavedPart:
        """Write a part; if it is the last one, give the file its name."""
        with (
            errors_of(self.path, size=self.layout.size),
            closing(Directory(self.place.parent)) as directory,
            closing(self.receipt),
            WaitingSignals() as signals,
        ):
            descriptor, journal = self.begin(number, resume=resume)
            keep = resume
            try:
                signals.deliver()
                own = self.blocks_of_part(number)
                partial = Partial(descriptor, journal, self.receipt, signals)
                write_all(descriptor, memoryview(self.layout.header), 0)
                write_blocks(partial, self.layout, own, progress)
                os.fsync(descriptor)
                signals.wait()
                journal.write()
                journal.synchronise()
                keep = True
                return self.finish(directory, descriptor, force=force)
            except BaseException:
                signals.wait()
                with suppress(OSError):
                    if keep:
                        journal.write()
                raise
            finally:
                with ExitStack() as last:
                    last.callback(os.close, descriptor)
                    last.callback(journal.close)
                    if not keep:
                        self.forget(number)

    @contextmanager
    def head(self, *, create: bool) -> Iterator[tuple[Journal, str | None]]:
        """Lock the head, and yield it with the identity that it has."""
        while True:
            head = Journal(journal_name(self.place), lambda: None, self.identity, 0)
            with closing(head):
                try:
                    found = head.open(create=create, lock=fcntl.LOCK_EX)
                except OSError as error:
                    if error.errno not in (*UNSUPPORTED, errno.ENOLCK) or error.filename:
                        raise
                    reason = (
                        f"parts of one file need a file system with locks ({error.strerror}); "
                        "mount Lustre with -o flock, or save a set of shards"
                    )
                    raise OSError(error.errno, reason, str(self.path)) from None
                if head.is_in_place():  # otherwise, its last owner removed it
                    yield head, found
                    return

    def begin(self, number: int, *, resume: bool) -> tuple[int, Journal]:
        """Return a descriptor of the partial file, and the open journal of a part."""
        with ExitStack() as opened, self.head(create=True) as (head, found):
            if found not in (None, self.identity) and (resume or " in " in str(found)):
                raise ValueError(
                    f"{self.path}: {self.partial.name} was begun with other weights, other options "
                    "or another number of parts; pass the same ones, or remove it: fastinit clean"
                )
            if found is None or not self.has_size():
                self.remove_journals()
            descriptor = open_locked(self.partial, self.path, resume=resume, shared=True)
            opened.callback(os.close, descriptor)
            journal = self.journal_of_part(number, descriptor)
            opened.callback(journal.close)
            is_own = False
            try:
                known, is_own = self.open_journal(journal, number), True
                if os.fstat(descriptor).st_size != self.layout.size:
                    os.ftruncate(descriptor, self.layout.size)
                keep_owner_and_mode(descriptor, self.place, writable=True)
                reserve(descriptor, self.layout.size)
                head.begin(keep=found == self.identity)
                head.synchronise()
                journal.begin(keep=resume and known is not None)
            except BaseException:
                if is_own and not resume:
                    self.forget_locked(number)
                raise
            head.close()
            opened.pop_all()
            return descriptor, journal

    def has_size(self) -> bool:
        """Say whether the partial file has the size that all processes give it."""
        with suppress(FileNotFoundError):
            return self.partial.lstat().st_size == self.layout.size
        return False

    def open_journal(self, journal: Journal, number: int) -> str | None:
        """Open and lock the journal of a part, or raise an error if a process is writing it."""
        try:
            return journal.open(lock=fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            reason = f"another process is writing part {number} of {self.count} of it"
            raise BlockingIOError(error.errno, reason, str(self.path)) from None

    def remove_journals(self) -> None:
        """Remove journals of parts that are not in the partial file; no process may use them."""
        for path in part_journals(self.place):
            journal = Journal(path, lambda: None, "", 0)
            with closing(journal):
                self.open_journal(journal, 0)
                path.unlink(missing_ok=True)

    def remove_all(self) -> None:
        """Remove what belongs to the incomplete file; the partial file last."""
        journals = part_journals(self.place)
        for each in (*journals, journal_name(self.place), self.partial):
            each.unlink(missing_ok=True)

    def forget(self, number: int) -> None:
        """Remove the journal of a part that failed, and the partial file if no part is left."""
        with suppress(OSError), self.head(create=False):
            self.forget_locked(number)

    def forget_locked(self, number: int) -> None:
        """Do what `forget` does while the head is locked."""
        part_journal_name(self.place, number, self.count).unlink(missing_ok=True)
        if not part_journals(self.place):
            self.remove_all()

    def finish(self, directory: Directory, descriptor: int, *, force: bool) -> SavedPart:
        """Give the file its name if all parts are complete."""
        try:
            with self.head(create=False):
                found = [self.summaries_of(each) for each in range(1, self.count + 1)]
                missing = [each for each, one in enumerate(found, 1) if one is None]
                if missing:
                    directory.synchronise()  # so that the part survives a loss of power
                    return SavedPart(None, tuple(missing))
                if self.receipt.checksum is not None:
                    summaries = [summary for part in found for summary in part or ()]
                    self.receipt.made = receipt_of(
                        self.path.name, self.layout, summaries, self.receipt.checksum
                    )
                directory.check()
                self.receipt.stage()
                keep_owner_and_mode(descriptor, self.place)
                commit(directory, self.partial.name, self.place, self.receipt, force=force)
                self.receipt.close()
                self.remove_all()
                return SavedPart(self.receipt.made, ())
        except FileNotFoundError:
            # Another process gave the file its name, and removed the head.
            if os.path.samestat(os.fstat(descriptor), self.place.stat()):
                return self.completed()
            raise

    def summaries_of(self, number: int) -> list[Summary] | None:
        """Return the summaries of the blocks of a part; None if the part is not complete."""
        journal = self.journal_of_part(number, -1)
        with closing(journal):
            try:
                if journal.open(create=False) != journal.identity or not journal.is_complete:
                    return None
            except FileNotFoundError:
                return None
            found = [journal.finished[each] for each in range(len(journal.finished))]
            listed = [summary for summary in found if summary is not None]
            expected = 0 if self.receipt.checksum is None else len(found)
            return listed if len(listed) == expected else None
