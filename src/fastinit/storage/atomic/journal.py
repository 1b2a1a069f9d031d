"""List the blocks of a partial file that are on the disk, which a later run need not write again.

The first line of a journal identifies what is being written; each other line is a block. A block is
listed only after its bytes are on the disk. Each line begins with a checksum of itself and of the
identity. The first line that is damaged, cut off or of another journal is removed, with all lines
after it. The blocks of these lines are written again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from fastinit._support.strict_json import loads
from fastinit.storage.blocks.block_stats import Summary
from fastinit.storage.blocks.direct_io import write_all

from .atomic_file import status_of_left_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: A killed run loses at most this number of bytes, and the blocks in progress.
INTERVAL_BYTES = 256 << 20

#: The longest line that is read, in bytes.
LONGEST_LINE = 4096

#: The number of bits of the checksum of a line, in hexadecimal digits.
SEAL_DIGITS = 16

#: The digest of a block: CRC-32 or SHA-256.
DIGEST = re.compile(r"[0-9a-f]{8}|[0-9a-f]{64}")


class Journal:
    """A journal of the blocks that are written to a file or to a directory.

    Use it in this order: `open`; `begin`; `add` for each block, on any thread; `write`; `close`.

    Parameters
    ----------
    path : Path
    synchronise : callable
        Called without arguments before blocks are listed: it returns when all bytes that were
        written before are on the disk.
    identity : str
        Identifies the contents: other contents have another identity.
    count : int
        The number of blocks: a journal has the block numbers 0 to `count` - 1.

    Attributes
    ----------
    finished : dict
        The summaries of the listed blocks by their numbers; None for a block without a summary.
    """

    def __init__(
        self, path: Path, synchronise: Callable[[], object], identity: str, count: int
    ) -> None:
        self.finished: dict[int, Summary | None] = {}
        self.identity = identity
        self._path, self._synchronise, self._count = path, synchronise, count
        self._journal: int | None = None
        self._trusted = 0
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()

    def open(self, *, create: bool = True, lock: int = 0) -> str | None:
        """Open the file and load the blocks of an earlier run of the same contents.

        Parameters
        ----------
        create : bool, default True
            Create the file if it does not exist.
        lock : int, default 0
            Lock the file first, as ``fcntl.flock`` does with this operation.

        Returns
        -------
        str or None
            The identity that the file has. None if the file is new, or its first line damaged.
        """
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        with suppress(FileNotFoundError):
            if (
                status_of_left_file(self._path).st_nlink > 1 and create
            ):  # a copy that consists of links, or a trap: it must not change
                self._path.unlink()
        self._journal = os.open(self._path, flags | (os.O_CREAT if create else 0), 0o666)
        if lock:
            fcntl.flock(self._journal, lock)
        with os.fdopen(os.dup(self._journal), "rb") as file:
            file.seek(0)
            return self._load(file)

    def is_in_place(self) -> bool:
        """Say whether the open file still has its name."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._descriptor), self._path.lstat())
        return False

    def _load(self, file: BinaryIO) -> str | None:
        first = file.readline(LONGEST_LINE)
        try:
            identity = loads(first[SEAL_DIGITS:])["identity"]
            _check(isinstance(identity, str))
            unseal_line(first, identity)
        except (ValueError, KeyError, TypeError):
            return None
        if identity != self.identity:
            return str(identity)
        self._trusted = len(first)
        while line := file.readline(LONGEST_LINE):
            try:
                number, summary = self._block_of(unseal_line(line, identity))
            except (ValueError, KeyError, TypeError):
                break
            self.finished[number] = summary
            self._trusted += len(line)
        return self.identity

    def _block_of(self, entry: Any) -> tuple[int, Summary | None]:
        number, values = entry["block"], entry["summary"]
        _check(type(number) is int and 0 <= number < self._count)
        return number, None if values is None else _summary_of(values)

    def begin(self, *, keep: bool) -> None:
        """Start to list blocks: after the loaded ones if `keep`, else from none on."""
        if not keep:
            self.finished.clear()
            self._trusted = 0
        os.ftruncate(self._descriptor, self._trusted)
        if not self._trusted:
            self._waiting.insert(0, {"identity": self.identity})
        self.write()

    def add(self, number: int, nbytes: int, summary: Summary | None) -> None:
        """Record a block that was written to the file; write the journal after each interval."""
        with self._lock:
            # A file that is complete before the first interval ends needs no line.
            self._waiting.append({"block": number, "summary": summary})
            self._bytes += nbytes
            due = self._bytes >= INTERVAL_BYTES
            if due:
                self._bytes = 0
        if due:
            self.write()

    def write(self) -> None:
        """Synchronise the data with the disk, then list the blocks that were recorded before."""
        with self._writing:
            with self._lock:
                entries, self._waiting = self._waiting, []
            if entries:
                self._synchronise()
                end = os.lseek(self._descriptor, 0, os.SEEK_END)
                lines = "".join(seal_line(entry, self.identity) for entry in entries)
                write_all(self._descriptor, memoryview(lines.encode()), end)

    def synchronise(self) -> None:
        """Synchronise the journal itself, so that other machines see its lines."""
        os.fsync(self._descriptor)

    @property
    def is_complete(self) -> bool:
        """Whether all blocks are listed or recorded."""
        return len(self.finished) == self._count

    @property
    def _descriptor(self) -> int:
        if self._journal is None:
            raise ValueError("the journal is not open")
        return self._journal

    def close(self) -> None:
        """Close the journal, if it is open; blocks that are not listed by now are lost."""
        if self._journal is not None:
            descriptor, self._journal = self._journal, None
            os.close(descriptor)


def _check(condition: bool) -> None:  # noqa: FBT001 - the only argument
    if not condition:
        raise ValueError("the line is damaged")


def seal_line(entry: dict[str, Any], identity: str) -> str:
    """Return a line: a checksum, and an entry as JSON."""
    text = json.dumps(entry, default=_values_of)
    return f"{checksum_of_line(text.encode(), identity)} {text}\n"


def unseal_line(line: bytes, identity: str) -> Any:
    """Return the entry of a line, or raise ValueError if its checksum is wrong."""
    seal, text = line[: SEAL_DIGITS + 1], line[SEAL_DIGITS + 1 :].removesuffix(b"\n")
    _check(line.endswith(b"\n") and seal == f"{checksum_of_line(text, identity)} ".encode())
    return loads(text)


def checksum_of_line(text: bytes, identity: str) -> str:
    """Return the checksum that a line begins with."""
    return hashlib.sha256(identity.encode() + b"\n" + text).hexdigest()[:SEAL_DIGITS]


def _values_of(summary: Summary) -> list[str]:
    """Return a summary for JSON, whose numbers cannot be infinite: sums of float64 can."""
    numbers = (summary.total, summary.squares, summary.minimum, summary.maximum)
    return [summary.digest, *(number.hex() for number in numbers)]


def _summary_of(values: Any) -> Summary:
    """Return the summary of a line, or raise ValueError."""
    _check(isinstance(values, list) and all(isinstance(each, str) for each in values))
    digest, *numbers = values
    _check(DIGEST.fullmatch(digest) is not None)
    try:
        total, squares, minimum, maximum = map(float.fromhex, numbers)
    except OverflowError as error:
        raise ValueError(str(error)) from None
    _check(not squares < 0 and not minimum > maximum)
    return Summary(digest, total, squares, minimum, maximum)
