"""Make small files behave as large ones: many blocks, each listed in the journal at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastinit.storage.atomic import journal
from fastinit.storage.blocks import blocks

if TYPE_CHECKING:
    import pytest


def use_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use blocks of 4096 bytes, and write the journal after each of them."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(journal, "INTERVAL_BYTES", 1)


def write_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use one thread, and no fsync: the files of a test need not survive a loss of power."""
    monkeypatch.setattr(blocks, "MOST_THREADS", 1)
    for slow in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, slow, lambda _: None)
