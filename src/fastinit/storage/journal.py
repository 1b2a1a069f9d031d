"""List the blocks of a partial file that are on the disk, which a later run need not write again.

The first line of the journal identifies what is being written; each other line is a block. A block
is listed only after its bytes are on the disk. A damaged or cut-off line is ignored, and so are all
lines after it.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

from .block_stats import Summary
from .direct_io import write_all

if TYPE_CHECKING:
    from pathlib import Path

#: A killed run loses at most this number of bytes, and the blocks in progress.
INTERVAL_BYTES = 256 << 20


class Journal:
    """A journal of the blocks that are written to a file.

    Parameters
    ----------
    path : Path
    descriptor : int
        The file, which is synchronised before its blocks are listed.
    identity : str
        Identifies the contents: other contents have another identity.
    """

    def __init__(self, path: Path, descriptor: int, identity: str) -> None:
        self.finished: dict[int, Summary | None] = {}
        self._path, self._file, self.identity = path, descriptor, identity
        self._journal: int | None = None
        self._waiting: list[str] = []
        self._bytes = 0
        self._lock, self._writing = threading.Lock(), threading.Lock()

    def read(self) -> str | None:
        """Load the blocks of an earlier run; return the identity of its contents, if any."""
        try:
            lines = self._path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return None
        try:
            identity = str(json.loads(lines[0])["identity"])
            if identity == self.identity:
                for line in lines[1:]:
                    self._read_block(line)
        except (ValueError, KeyError, IndexError, TypeError):
            return identity if self.finished else None
        return identity

    def _read_block(self, line: bytes) -> None:
        entry = json.loads(line)
        if not line.endswith(b"\n"):
            raise ValueError("the last line is cut off")
        summary = entry["summary"]
        self.finished[entry["block"]] = None if summary is None else Summary(**summary)

    def open(self) -> None:
        """Start a new journal file, which lists the loaded blocks."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        self._journal = os.open(self._path, flags, 0o666)
        self._waiting.insert(0, json.dumps({"identity": self.identity}) + "\n")
        for number, summary in self.finished.items():
            self._waiting.append(_line(number, summary))
        self.write()

    def add(self, number: int, nbytes: int, summary: Summary | None) -> None:
        """Record a block that was written to the file; write the journal after each interval."""
        with self._lock:
            self._waiting.append(_line(number, summary))
            self._bytes += nbytes
            due = self._bytes >= INTERVAL_BYTES
            if due:
                self._bytes = 0
        if due:
            self.write()

    def write(self) -> None:
        """Synchronise the file with the disk, then list the blocks that were recorded before."""
        if self._journal is None:
            return
        with self._writing:
            with self._lock:
                lines, self._waiting = self._waiting, []
            if lines:
                os.fdatasync(self._file)
                end = os.lseek(self._journal, 0, os.SEEK_END)
                write_all(self._journal, memoryview("".join(lines).encode()), end)

    def close(self) -> None:
        """Close the journal; blocks that are not listed by now are lost."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None


def _line(number: int, summary: Summary | None) -> str:
    values = None if summary is None else asdict(summary)
    return json.dumps({"block": number, "summary": values}) + "\n"
