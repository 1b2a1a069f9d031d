"""The file of the receipt of a file that is being written: the two appear together.

At no moment does a wrong receipt stand beside a file, whenever the process is killed. A new file
gets its name after its receipt. If a file is replaced, its old receipt is removed first, and the
new receipt gets its name last.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from fastinit.storage.atomic.atomic_file import (
    Directory,
    check_target,
    errors_of,
    followed,
    keep_owner_and_mode,
    synchronise_directory,
)
from fastinit.storage.atomic.partial_names import partial_name, temporary_name
from fastinit.storage.blocks import blocks
from fastinit.storage.blocks.direct_io import write_all
from fastinit.storage.errors import exists
from fastinit.storage.remote.remote_path import is_remote
from fastinit.storage.targets import RECEIPT_SUFFIX, receipt_path

from .receipt import Receipt, as_file, is_any_receipt, write_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastinit.storage.formats.layout import Layout


class ReceiptFile:
    """The receipt of a file that is being written.

    Close it at the end: it removes its temporary file.

    Parameters
    ----------
    path : Path
        The file that the receipt describes.
    target : Path or None
        The path of the receipt; None if there is to be none.
    layout : Layout
    checksum : str
        The kind of the block checksums.

    Attributes
    ----------
    target : Path or None
        As given.
    checksum : str or None
        None if there is to be no receipt.
    made : Receipt or None
        The receipt, as soon as all blocks are written.
    """

    def __init__(self, path: Path, target: Path | None, layout: Layout, checksum: str) -> None:
        self._path, self.target, self._layout = path, target, layout
        self._is_remote = is_remote(target)
        self.checksum = None if target is None else checksum
        self.made: Receipt | None = None
        self._text = b""
        self._stack = ExitStack()
        self._staged: tuple[Directory, Path, str] | None = None
        self._is_put = False

    def check(self, *, force: bool) -> None:
        """Raise an error if the file or its receipt must not be written, or an old one is wrong.

        The receipt of the same file is no obstacle while the file does not exist: a killed run left
        it.
        """
        check_target(self._path, force=force)
        if self.target is not None:
            check_target(self.target, force=force or self._is_left_over(self.target))
        if force:
            return
        for beside in self._defaults() - {self.target}:
            if is_any_receipt(beside) and not self._is_left_over(beside):
                raise exists(beside)

    def _defaults(self) -> set[Path]:
        return default_receipts(self._path)

    def _is_left_over(self, path: Path) -> bool:
        return is_left_over(path, self._path, self._layout, self.checksum)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise errors about the temporary file as errors about the receipt."""
        if self.target is None:
            yield
            return
        with errors_of(self.target, size=len(self._text)):
            yield

    def stage(self) -> None:
        """Write the made receipt to a temporary file and synchronise it with the disk."""
        if self.target is None or self.made is None:
            return
        self._text = as_file(self.made)
        if self._is_remote:
            return
        place = check_target(self.target, force=True)
        # The lock of the file also protects its own receipt, so a killed run leaves one name only.
        own = self.target in self._defaults()
        temporary = partial_name(place) if own else temporary_name(place)
        with self._errors():
            self._stage(place, temporary)

    def _stage(self, place: Path, temporary: Path) -> None:
        directory = self._stack.enter_context(closing(Directory(place.parent)))
        directory.remove(temporary.name)
        self._stack.callback(directory.remove, temporary.name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, 0o666)
        try:
            keep_owner_and_mode(descriptor, place)
            write_all(descriptor, memoryview(self._text), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._staged = directory, place, temporary.name

    def remove_old(self) -> None:
        """Remove the receipts of the file that is about to be replaced, unless they stay right."""
        for each in self._defaults() | ({self.target} if self.target else set()):
            if each != self.target and not is_any_receipt(each):
                continue  # a file of the user, which says nothing about the new file
            if each != self.target and stays_right(each, self.made):
                continue
            if is_remote(each):
                each.unlink(missing_ok=True)
                continue
            place = followed(each)
            if place.is_file() and place.read_bytes() != self._text:
                place.unlink()
                if place.parent != followed(self._path).parent:
                    # Two directories reach the disk in any order. A loss of power must not leave
                    # the old receipt of the new file.
                    synchronise_directory(place.parent)

    def put(self, *, force: bool) -> None:
        """Give the staged receipt its name."""
        if self.target is not None and self.made is not None and self._is_remote:
            write_receipt(self.target, self.made, force=force)
            self._is_put = True
        elif self._staged is not None:
            directory, place, temporary = self._staged
            with self._errors():
                directory.give_name(temporary, place, force=force or self._is_left_over(place))
                self._is_put = True
                directory.synchronise()

    def take_back(self) -> None:
        """Remove the receipt if `put` put it in place."""
        if self._staged is not None and self._is_put:
            directory, place, _ = self._staged
            directory.remove(place.name)
        elif self.target is not None and self._is_remote and self._is_put:
            self.target.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the temporary file."""
        with self._errors():
            self._stack.close()


def is_receipt_of(path: Path, file: str, layout: Layout, checksum: str | None) -> bool:
    """Say whether a path has the receipt of a file of this name and layout; None: any checksum."""
    with suppress(ValueError, OSError):
        found = Receipt.read(path)
        return (
            (found.file, found.nbytes, found.block_bytes) == (file, layout.size, blocks.BLOCK_BYTES)
            and found.checksum == (checksum or found.checksum)
            and tuple(each.weight for each in found.weights) == layout.weights
        )
    return False


def is_same(path: Path, made: Receipt) -> bool:
    """Say whether a file has this receipt; another version of fastinit may have written it."""
    with suppress(ValueError, OSError):
        return replace(Receipt.read(path), version=made.version) == made
    return False


def stays_right(path: Path, made: Receipt | None) -> bool:
    """Say whether a receipt describes the file beside it also after that file gets new contents.

    If the file has two names, of which one is a link, `made` may be the receipt for the other name.
    """
    if made is None:
        return False
    return is_same(path, replace(made, file=path.name.removesuffix(RECEIPT_SUFFIX)))


def default_receipts(path: Path) -> set[Path]:
    """Return where the receipt of a file is by default: beside a link, and beside its target."""
    return {receipt_path(path), receipt_path(followed(path))}


def is_left_over(receipt: Path, path: Path, layout: Layout, checksum: str | None) -> bool:
    """Say whether a killed run left a receipt: that of this file, which does not exist."""
    if os.path.lexists(followed(path)):
        return False
    return is_receipt_of(receipt, path.name, layout, checksum)
