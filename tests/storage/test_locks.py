"""What the threads of a file share is used under its lock: the journal, the count of bytes, parts."""

from __future__ import annotations

import fcntl
import os

import numpy as np
import pytest

from fastinit.storage.atomic import journal as journal_module
from fastinit.storage.atomic import resumable_file
from fastinit.storage.atomic.journal import Journal
from fastinit.storage.progress import Meter
from fastinit.storage.remote import remote_path
from fastinit.storage.remote.uploads import PartWriter
from tests.support.locks import guard

pytestmark = pytest.mark.once  # the same on every instruction set


@pytest.fixture
def journal(tmp_path):
    """Return a journal whose shared attributes raise an error without their lock."""
    one = Journal(tmp_path / "j", lambda: None, "me", 9)
    one.open()
    one.begin(keep=False)
    guard(one, one._lock, "_waiting", "_bytes")  # noqa: SLF001
    yield one
    one.close()


@pytest.mark.parametrize("interval", [1, 1 << 20], ids=["due", "not due"])
def test_blocks_are_recorded_under_the_lock(journal, monkeypatch, interval):
    monkeypatch.setattr(journal_module, "INTERVAL_BYTES", interval)
    for number in range(9):
        journal.add(number, 100, None)
    journal.write()


def test_a_journal_is_written_by_one_thread_at_a_time(journal, monkeypatch):
    """From the moment when entries are taken until they are in the file: their order stays."""
    steps, writing = [], journal._writing  # noqa: SLF001

    def noted(name, call):
        def called(*arguments):
            steps.append((name, writing.locked(), journal._lock.locked()))  # noqa: SLF001
            return call(*arguments)

        return called

    journal._synchronise = noted("synchronise", lambda: None)  # noqa: SLF001
    monkeypatch.setattr(journal_module, "write_all", noted("write", journal_module.write_all))
    monkeypatch.setattr(os, "lseek", noted("seek", os.lseek))
    journal.add(3, 100, None)
    journal.write()
    journal.write()  # nothing is left to write
    # Other threads may record blocks meanwhile.
    assert steps == [(name, True, False) for name in ("synchronise", "seek", "write")]


def test_blocks_that_are_recorded_while_the_journal_is_written_are_written_next(journal, tmp_path):
    def record_another():
        if not lines:
            lines.append((tmp_path / "j").read_bytes())
            journal.add(1, 100, None)

    lines = []
    journal._synchronise = record_another  # noqa: SLF001
    journal.add(0, 100, None)
    journal.write()
    text = (tmp_path / "j").read_text()
    assert '"block": 0' in text
    assert '"block": 1' not in text  # it may not be on the disk
    journal.write()
    assert '"block": 1' in (tmp_path / "j").read_text()


def test_bytes_are_counted_under_the_lock():
    reports = []
    meter = Meter(lambda *numbers: reports.append(numbers), 5, 100)
    guard(meter, meter._lock, "done", reads=False)  # noqa: SLF001
    meter.add(20)
    meter.add(75)
    assert reports == [(25, 100)]  # the last bytes are reported at the end
    meter.report()
    assert reports == [(25, 100), (100, 100)]


def test_ranges_of_an_object_are_fetched_once_under_the_lock():
    class Path:
        fetched = []  # noqa: RUF012

        def read_range(self, start, stop):
            self.fetched.append((start, stop))
            return bytes(range(start, stop))

    ranges = [(start, start + 10) for start in range(0, 200, 20)]
    reader = remote_path.RangeReader(Path(), ranges)
    guard(reader, reader._lock, "_fetched", "_next", "_left")  # noqa: SLF001
    for start, stop in reversed(ranges):
        memory = np.zeros(stop - start, np.uint8)
        assert reader.read(memory, start)
        assert memory.tolist() == list(range(start, stop))
    reader.close()
    assert sorted(Path.fetched) == ranges


def test_parts_of_an_upload_are_collected_under_the_lock():
    class Upload:
        most_at_once = 1
        sent = {}  # noqa: RUF012

        def send(self, number, part):
            self.sent[number] = part.getvalue()

    counts = []
    writer = PartWriter(Upload(), 25, 10, counts.append)
    kind = type(writer)
    guard(writer, writer._lock, "_parts", "_left")  # noqa: SLF001
    for start in (15, 0, 5, 20, 10):
        writer.write(np.arange(start, start + 5, dtype=np.uint8), start)
    writer.__class__ = kind
    writer.finish()
    writer.close()
    assert b"".join(Upload.sent[number] for number in range(3)) == bytes(range(25))
    assert sum(counts) == 25


@pytest.mark.parametrize("for_a_moment", [True, False])
def test_a_lock_that_is_held_for_a_moment_is_awaited(tmp_path, monkeypatch, for_a_moment):
    """`fastinit clean` locks the files that it lists."""
    path = tmp_path / "partial"
    path.touch()
    with path.open("rb") as listing, path.open("rb") as writing:
        fcntl.flock(listing, fcntl.LOCK_EX)
        end = (lambda _: fcntl.flock(listing, fcntl.LOCK_UN)) if for_a_moment else lambda _: None
        monkeypatch.setattr(resumable_file.time, "sleep", end)
        arguments = writing.fileno(), path, tmp_path / "w.npy"
        if for_a_moment:
            resumable_file.lock(*arguments, trusted=True)
        else:
            with pytest.raises(BlockingIOError, match="another process is writing it"):
                resumable_file.lock(*arguments, trusted=True)
