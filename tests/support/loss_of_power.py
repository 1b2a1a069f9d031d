"""Say what a loss of power would leave of a folder, at each moment of a run.

The model of a disk: the bytes of a file are on the disk if the file was synchronised (``fsync``) after
they were written. The entries of a directory reach the disk in the order in which they changed, at
the latest when the directory is synchronised. Two directories do not wait for each other.

`Disk` scans the folder after each call that may have changed it. So it sees all changes, whichever
call made them, and synchronising the wrong file or directory has no effect.
"""

from __future__ import annotations

import os
import pathlib
import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import pytest

from fastinit.storage.atomic import atomic_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: The calls after which the folder is scanned.
CALLS = ["open", "close", "write", "pwrite", "ftruncate", "link", "rename", "replace", "unlink"]
CALLS += ["remove", "mkdir", "rmdir"]

TEMPORARY = re.compile(r"\..*\.fastinit-.*|\.fastinit-.*\.tmp")
JOURNAL = re.compile(r"\..*\.fastinit-journal.*")

State = dict[str, "Node"]


@dataclass(eq=False)
class Node:
    """A file or a directory, under whatever names."""

    is_new: bool  # made by this run, or by an earlier one that it continues
    is_directory: bool
    #: Of a file: the bytes now, and when it was last synchronised.
    content: bytes = field(default=b"", repr=False)
    synchronised: bytes | None = field(default=None, repr=False)
    #: Of a directory: the entries now, when it was last synchronised, and each change since then.
    entries: State = field(default_factory=dict, repr=False)
    on_disk: State = field(default_factory=dict, repr=False)
    changes: list[dict[str, Node | None]] = field(default_factory=list, repr=False)

    def states(self) -> Iterator[State]:
        """Yield the entries that a loss of power may leave, and those that are there now, last."""
        state = self.on_disk
        yield state
        for change in self.changes:
            state = {name: node for name, node in {**state, **change}.items() if node is not None}
            yield state

    def is_whole(self) -> bool:
        """Say whether a loss of power leaves all of it."""
        if self.is_directory:
            return not self.changes and all(node.is_whole() for node in self.entries.values())
        return self.content == self.synchronised


class Disk:
    """A folder, and what a loss of power would leave of it.

    Parameters
    ----------
    root : Path
    receipts : dict
        The paths of files, and of the receipts that describe them, relative to `root`.
    receipts_first : bool, default False
        Whether a new file has its receipt as soon as it has its name.
    index : str, optional
        The index of a set. The other files ``*.safetensors`` beside it are its shards.
    """

    def __init__(
        self,
        root: Path,
        receipts: dict[str, str] | None = None,
        index: str | None = None,
        *,
        receipts_first: bool = False,
    ) -> None:
        self.root, self.receipts, self.index = root, receipts or {}, index
        self.receipts_first = receipts_first
        self.top = Node(is_new=False, is_directory=True)
        self.nodes: dict[int, Node] = {}
        self._scan(is_new=False)
        self._old = [file for file in self.receipts if (root / file).exists()]

    def record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Check the rules after each call from now on; synchronise nothing in truth."""
        for name in CALLS:
            call = self._checked(getattr(os, name), name)
            monkeypatch.setattr(os, name, call)
            accessor = getattr(pathlib, "_NormalAccessor", None)  # of Python 3.10
            if accessor is not None and hasattr(accessor, name):
                monkeypatch.setattr(accessor, name, staticmethod(call))
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._synchronise)
        exchange = self._checked(atomic_directory.renameat2, "renameat2")
        monkeypatch.setattr(atomic_directory, "renameat2", exchange)

    def _checked(self, call: Callable, name: str) -> Callable:
        def checked(*arguments, **options):
            if name == "unlink" and JOURNAL.fullmatch(os.path.basename(arguments[0])):  # noqa: PTH119
                self._check_before_a_journal_goes()
            if name in ("write", "pwrite"):
                self._check_before_bytes_are_written(*arguments)
            try:
                return call(*arguments, **options)
            finally:
                self._scan(is_new=True)
                self._check()

        return checked

    def _synchronise(self, descriptor: int) -> None:
        self._scan(is_new=True)
        node = self.nodes.get(os.fstat(descriptor).st_ino)
        if node is not None:
            node.synchronised = node.content
            node.on_disk, node.changes = dict(node.entries), []

    def _scan(self, *, is_new: bool) -> None:
        self.nodes = {self.root.stat().st_ino: self.top} | self._scan_directory(
            self.top, self.root, is_new=is_new
        )

    def _scan_directory(self, node: Node, path: Path, *, is_new: bool) -> dict[int, Node]:
        seen: dict[int, Node] = {}
        found: State = {}
        for each in path.iterdir():
            status = each.stat()
            one = seen.get(status.st_ino) or self.nodes.get(status.st_ino)
            if one is None:
                is_new_one = is_new or is_temporary(each.name)
                one = Node(is_new=is_new_one, is_directory=each.is_dir())
            seen[status.st_ino] = found[each.name] = one
            if one.is_directory:
                seen |= self._scan_directory(one, each, is_new=is_new)
            else:
                with each.open("rb") as file:
                    one.content = file.read()
                if not is_new and not is_temporary(each.name):
                    one.synchronised = one.content
        change: dict[str, Node | None] = {
            name: found.get(name)
            for name in {**node.entries, **found}
            if node.entries.get(name) is not found.get(name)
        }
        node.entries = found
        if change and is_new:
            node.changes.append(change)
        elif not is_new:
            node.on_disk = found
        return seen

    # The rules.

    def _check(self) -> None:
        for directory in self.directories():
            for state in directory.states():
                for name, node in state.items():
                    if not is_temporary(name) and (not node.is_directory or name.endswith(".zarr")):
                        assert node.is_whole(), f"{name} has its name before its bytes are there"
        for file, receipt in self.receipts.items():
            for one, other in self._states_of(file, receipt):
                assert one or file not in self._old, f"{file}, which is replaced, is lost"
                if one and other:
                    assert one.is_new == other.is_new, f"{receipt} is beside another {file}"
                elif one and one.is_new and self.receipts_first:
                    pytest.fail(f"{file} has its name before its receipt has")
        if self.index is not None:
            self._check_index(self.index)

    def _check_index(self, index: str) -> None:
        folder, _, name = index.rpartition("/")
        directory = self._directory(folder)
        for state in directory.states() if directory else ():
            if name in state:
                new = {state[name].is_new}
                shards = re.findall(r'"([^"]*\.safetensors)"', state[name].content.decode())
                assert all(shard in state for shard in shards), "the index is there too early"
                assert {state[shard].is_new for shard in shards} == new, "the index is an old one"

    def _check_before_a_journal_goes(self) -> None:
        for directory in self.directories():
            for change in directory.changes:
                assert all(map(is_temporary, change)), f"{change}: a journal is removed before"

    def _check_before_bytes_are_written(self, descriptor: int, data: bytes, *_: object) -> None:
        node = self.nodes.get(os.fstat(descriptor).st_ino)
        for directory in self.directories():
            for name, found in directory.entries.items():
                if found is not node or not JOURNAL.fullmatch(name):
                    continue
                if re.search(rb'"identity"|^[0-9a-f]{64}\n$', bytes(data)):
                    continue  # the first line, which says what is written
                for other, written in directory.entries.items():
                    if not JOURNAL.fullmatch(other) and is_temporary(other):
                        assert written.is_whole(), f"{name} lists what is not on the disk"

    def check_end(self) -> None:
        """After a run that succeeded: a loss of power takes nothing away, and nothing comes back."""
        self._scan(is_new=True)
        for directory in self.directories():
            assert directory.entries.items() <= directory.on_disk.items(), directory.changes
            assert all(map(is_temporary, directory.on_disk.keys() - directory.entries.keys()))
            for name, node in directory.entries.items():
                assert node.is_directory or node.is_whole(), name

    # Finding things.

    def directories(self) -> list[Node]:
        """Return all directories except those that are being written."""
        found = [self.top]
        for directory in found:
            found += [
                node
                for name, node in directory.entries.items()
                if node.is_directory and not is_temporary(name)
            ]
        return found

    def _directory(self, folder: str) -> Node | None:
        node: Node | None = self.top
        for name in filter(None, folder.split("/")):
            node = node.entries.get(name) if node else None
        return node

    def _states_of(self, *paths: str) -> Iterator[tuple[Node | None, ...]]:
        """Yield what several paths name, in each state that a loss of power may leave."""
        split = [path.rpartition("/")[::2] for path in paths]
        folders = list(dict.fromkeys(folder for folder, _ in split))
        nodes = [self._directory(folder) for folder in folders]
        choices = [list(node.states()) if node else [{}] for node in nodes]
        for states in product(*choices):
            yield tuple(states[folders.index(folder)].get(name) for folder, name in split)


def is_temporary(name: str) -> bool:
    """Say whether a name is one that exists only while something is written."""
    return TEMPORARY.fullmatch(name) is not None
