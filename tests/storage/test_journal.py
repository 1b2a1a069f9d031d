"""Journals: whatever happens to one, the file is as if nothing had been resumed, or an error."""

from __future__ import annotations

import json
import os
import random

import pytest

import fastinit
from fastinit import Weight
from fastinit.storage.atomic import journal
from fastinit.storage.atomic.journal import Journal
from fastinit.storage.blocks.block_stats import Summary
from fastinit.storage.single import saving
from tests.support.small_blocks import use_small_blocks, write_in_order

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((3001, 4), "he_normal", seed=7, name="w")
PARTIAL, JOURNAL = ".w.npy.fastinit-partial", ".w.npy.fastinit-journal"
RECEIPT = "w.npy.receipt.json"


class StopError(Exception):
    pass


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    use_small_blocks(monkeypatch)
    write_in_order(monkeypatch)


@pytest.fixture
def expected(tmp_path):
    """The bytes of the file and of the receipt that nothing disturbed."""
    folder = tmp_path / "whole"
    folder.mkdir()
    fastinit.save(folder / "w.npy", WEIGHT, receipt=True)
    return [(folder / name).read_bytes() for name in ("w.npy", RECEIPT)]


@pytest.fixture
def folder(tmp_path):
    where = tmp_path / "folder"
    where.mkdir()
    return where


def stopped(folder, monkeypatch, count=5, *, receipt=True):
    """Write some blocks only; return the contents of the partial file and of its journal."""
    write_block, done = saving.write_block, []

    def counted(*arguments):
        if len(done) >= count:
            raise StopError
        done.append(None)
        return write_block(*arguments)

    with monkeypatch.context() as patches:
        patches.setattr(saving, "write_block", counted)
        with pytest.raises(StopError):
            fastinit.save(folder / "w.npy", WEIGHT, resume=True, receipt=receipt)
    return [(folder / name).read_bytes() for name in (PARTIAL, JOURNAL)]


def resumed(folder, partial, listed, *, receipt=True):
    """Resume from these contents; return the contents of the file and of the receipt."""
    for path in folder.iterdir():
        path.unlink()
    (folder / PARTIAL).write_bytes(partial)
    (folder / JOURNAL).write_bytes(listed)
    fastinit.save(folder / "w.npy", WEIGHT, resume=True, receipt=receipt)
    assert sorted(path.name for path in folder.iterdir()) == (
        ["w.npy", RECEIPT] if receipt else ["w.npy"]
    )
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def test_an_error_writes_what_is_not_in_the_journal_yet(folder, tmp_path, monkeypatch):
    _, at_once = stopped(folder, monkeypatch)
    monkeypatch.setattr(journal, "INTERVAL_BYTES", 1 << 40)
    (tmp_path / "other").mkdir()
    _, at_the_end = stopped(tmp_path / "other", monkeypatch)
    assert at_the_end.count(b"\n") == at_once.count(b"\n") >= 5


def sealed(entry, identity):
    return journal.seal_line(entry, identity).encode()


@pytest.mark.slow
def test_every_byte_changed(folder, monkeypatch, expected):
    partial, listed = stopped(folder, monkeypatch, 2)
    generator = random.Random(1)  # noqa: S311
    for place in range(len(listed)):
        changed = bytearray(listed)
        changed[place] ^= 1 << generator.randrange(8)
        assert resumed(folder, partial, bytes(changed)) == expected
    for length in range(0, len(listed), 5):
        assert resumed(folder, partial, listed[:length]) == expected


def test_lines_of_other_weights_cut_and_moved(folder, monkeypatch, expected):
    partial, listed = stopped(folder, monkeypatch)
    first, *lines = listed.splitlines(keepends=True)
    other = sealed({"identity": "other"}, "other")
    theirs = [sealed({"block": 9, "summary": None}, "other"), lines[0].replace(b'"block": 0', b"9")]
    for mixed in (
        [first, *lines[::-1], *lines],
        [first, lines[0], *theirs, *lines],
        [first, first, *lines],
        lines,
        [first, b"x" * 100_000, *lines],
        [first, b"\0" * 4096, *lines],
        [first.replace(b"\n", b"\r\n"), *lines],
        [b"{" * 100_000],
        [first, b"0" * 17 + b"[" * 4000 + b"\n"],
    ):
        assert resumed(folder, partial, b"".join(mixed)) == expected
    with pytest.raises(ValueError, match="was made from other weights or options"):
        resumed(folder, partial, other + b"".join(lines))


def test_lines_with_a_right_checksum_and_wrong_contents(folder, monkeypatch, expected):
    partial, listed = stopped(folder, monkeypatch)
    first, *lines = listed.splitlines(keepends=True)
    identity = json.loads(first[journal.SEAL_DIGITS :])["identity"]
    summary = json.loads(lines[0][journal.SEAL_DIGITS :])["summary"]
    numbers = [9, 11, -1, 999, 2**70, True, 1.0, "1", None, [1], {}]
    entries: list = [{"block": number, "summary": summary} for number in numbers]
    entries += [
        {"block": 9, "summary": wrong}
        for wrong in [
            None,
            [],
            {},
            3,
            "x",
            summary[:4],
            [*summary, "0x0p0"],
            [*summary[:4], "no number"],
            [*summary[:4], "0x1p99999"],
            [*summary[:4], 1.0],
            ["", *summary[1:]],
            ["z" * 8, *summary[1:]],
            [summary[0], summary[1], "-0x1p0", *summary[3:]],
            [*summary[:3], summary[4], summary[3]],
            [[[[]]]] * 5,
        ]
    ]
    entries += [[], 3, None, "block", {"block": 9}, {"summary": summary}]
    for entry in entries:
        line = sealed(entry, identity)
        for there in (partial, partial.ljust(len(partial), b"\0")):
            assert resumed(folder, there, b"".join([first, line, *lines])) == expected
    deep = '{"block": 9, "summary": ' + "[" * 2000 + "]" * 2000 + "}"
    line = f"{journal.checksum_of_line(deep.encode(), identity)} {deep}\n".encode()
    assert resumed(folder, partial, b"".join([first, line, *lines])) == expected


@pytest.mark.parametrize("receipt", [True, False])
def test_blocks_that_are_not_on_the_disk_are_written_again(folder, monkeypatch, expected, receipt):
    partial, listed = stopped(folder, monkeypatch, 6, receipt=receipt)
    size = len(expected[0]) - 3001 * 16
    for number in range(6):
        for place in (0, 1000, 4095):
            damaged = bytearray(partial)
            damaged[size + number * 4096 + place] ^= 16
            found = resumed(folder, bytes(damaged), listed, receipt=receipt)
            assert found == expected[: len(found)]
    assert resumed(folder, bytes(len(partial)), listed, receipt=receipt)[0] == expected[0]
    assert resumed(folder, partial[:-1], listed, receipt=receipt)[0] == expected[0]
    assert resumed(folder, partial + b"x", listed, receipt=receipt)[0] == expected[0]


def test_what_is_not_a_journal(folder, monkeypatch):
    stopped(folder, monkeypatch)
    (folder / JOURNAL).unlink()
    (folder / JOURNAL).mkdir()
    with pytest.raises(OSError, match=r"w\.npy"):
        fastinit.save(folder / "w.npy", WEIGHT, resume=True)
    (folder / JOURNAL).rmdir()
    os.mkfifo(folder / JOURNAL)
    with pytest.raises(OSError, match=r"is not a regular file"):
        fastinit.save(folder / "w.npy", WEIGHT, resume=True)


def test_sums_that_are_not_finite(tmp_path):
    given = Summary("0123abcd", float("inf"), float("nan"), -1e308, 5e-324)
    for number in (0, 1):
        one = Journal(tmp_path / "j", lambda: None, "me", 2)
        one.open()
        one.begin(keep=True)
        assert one.is_complete == (number > 1)
        one.add(number, 1, given)
        one.close()
    one = Journal(tmp_path / "j", lambda: None, "me", 2)
    assert one.open() == "me"
    assert repr(one.finished) == repr({0: given, 1: given})
    assert one.is_complete
    one.close()


def test_a_resumed_journal_keeps_its_lines(tmp_path):
    """A run that is killed right after it began must not lose what the journal lists."""
    path = tmp_path / "j"
    one = Journal(path, lambda: None, "me", 9)
    one.open()
    one.begin(keep=False)
    for number in range(5):
        one.add(number, 1, None)
    one.close()
    before = path.read_bytes()
    path.write_bytes(before + b"torn")
    other = Journal(path, lambda: None, "me", 9)
    assert other.open() == "me"
    assert path.read_bytes() == before + b"torn"
    other.begin(keep=True)
    assert path.read_bytes() == before
    assert list(other.finished) == [0, 1, 2, 3, 4]
    other.begin(keep=False)
    assert other.finished == {}
    other.close()
