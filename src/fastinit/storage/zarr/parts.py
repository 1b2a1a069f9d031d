"""The journals of the parts of a Zarr array: which parts are on the disk, with their summaries.

Guarantees: a journal that is damaged or belongs to another array does not count.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from fastinit.storage.blocks.block_stats import Summary
from fastinit.storage.blocks.direct_io import read_at_most, write_all

from .arrays import part_range
from .chunks import ChunkFiles


def record_part(
    journal: int, identity: str, checksum: str | None, summaries: list[Summary]
) -> None:
    """Write to the journal of a part that the part is on the disk."""
    text = json.dumps([identity, checksum, [[*asdict(each).values()] for each in summaries]])
    data = f"{hashlib.sha256(text.encode()).hexdigest()} {text}\n".encode()
    os.ftruncate(journal, 0)
    write_all(journal, memoryview(data), 0)
    os.fsync(journal)


def read_part(journal: int, identity: str, checksum: str | None) -> list[Summary] | None:
    """Return the summaries of a part that is on the disk; None if it is not, or is another one."""
    data = read_at_most(journal, os.fstat(journal).st_size)
    seal, _, text = data.rstrip(b"\n").partition(b" ")
    if not data or hashlib.sha256(text).hexdigest().encode() != seal:
        return None
    with suppress(ValueError, TypeError, RecursionError):  # somebody else wrote it
        found, kind, summaries = json.loads(text)
        if (found, kind) == (identity, checksum):
            return [Summary(*each) for each in summaries]
    return None


def read_part_at(path: Path, identity: str, checksum: str | None) -> list[Summary] | None:
    """Return what `read_part` returns for a path; None if there is no such file."""
    try:
        journal = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        return read_part(journal, identity, checksum)
    finally:
        os.close(journal)


def forget_damaged(files: ChunkFiles, journals: list[Path]) -> bool:
    """Forget the parts of which somebody removed or truncated files; say whether there are any."""
    damaged = [
        journal
        for number, journal in enumerate(journals, 1)
        if not files.have_sizes(part_range(files.grid.count, number, len(journals)))
    ]
    for journal in damaged:
        journal.unlink()
    return bool(damaged)
