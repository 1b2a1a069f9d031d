"""Short tensors are joined; short and interrupted system calls are continued."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

import fastinit
from fastinit import Normal, Weight
from fastinit.storage.blocks import blocks, direct_io
from fastinit.storage.blocks.blocks import PAGE_BYTES, PIECE_BYTES, piece_memory
from fastinit.storage.blocks.direct_io import PieceReader, PieceWriter, Reader, Writer
from fastinit.storage.errors import FileFormatError
from fastinit.storage.single import saving, verifying

#: Lengths of tensors: of one element, around a page, around a piece, of several pieces.
LENGTHS = [1, 3, 1000, 1023, 1024, 1025, 4, 1, 262_143, 262_144, 262_145, 7, 700_001, 5, 100, 2]
WEIGHTS = [
    Weight((length,), Normal(), seed=3, name=f"tensor {number}", dtype=dtype)
    for number, length in enumerate(LENGTHS)
    for dtype in [("float32", "bfloat16", "float64")[number % 3]]
]
SMALL = [Weight((100, 64), "he_normal", seed=1, name=f"layer {i}") for i in range(500)]


def calls_of(monkeypatch, name, limit=None):
    """Count the calls of a function of `os`; with a limit, each does at most so many bytes."""
    counted, call = [], getattr(os, name)

    def limited(descriptor, data, position):
        counted.append(position)
        if limit is not None:
            data = [data[0][:limit]] if name == "preadv" else data[:limit]
        return call(descriptor, data, position)

    monkeypatch.setattr(os, name, limited)
    return counted


def assert_holds(path, weights):
    text = path.read_bytes()
    start = 8 + int.from_bytes(text[:8], "little")
    in_order = sorted(weights, key=lambda weight: -weight.dtype.itemsize)
    assert text[start:] == b"".join(np.asarray(weight).tobytes() for weight in in_order)


def test_short_tensors_are_written_and_read_together(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    writes, reads = calls_of(monkeypatch, "pwrite"), calls_of(monkeypatch, "preadv")
    fastinit.save(path, SMALL, receipt=True)
    assert len(writes) < len(SMALL) / 5
    for options in ({}, {"receipt": tmp_path / "w.safetensors.receipt.json"}):
        reads.clear()
        result = fastinit.verify(path, **options)
        assert result
        assert result.nbytes == sum(weight.nbytes for weight in SMALL)
        assert len(reads) < len(SMALL) / 5
    assert_holds(path, SMALL)


def test_receipt_of_joined_tensors(tmp_path):
    receipt = fastinit.save(tmp_path / "w.safetensors", WEIGHTS, receipt=True)
    for entry in receipt.weights:
        alone = fastinit.save(tmp_path / "w.bin", entry.weight, receipt=True, force=True)
        assert alone.weights == (entry,)


@pytest.mark.parametrize("limit", [PAGE_BYTES, 3 * PAGE_BYTES + 512, 99_999])
@pytest.mark.parametrize("direct", [True, False])
def test_short_system_calls(tmp_path, monkeypatch, limit, direct):
    if not direct:
        monkeypatch.setattr(direct_io, "DIRECT", 0)
    path = tmp_path / "w.safetensors"
    with monkeypatch.context() as patches:
        writes = calls_of(patches, "pwrite", limit)
        reads = calls_of(patches, "preadv", limit)
        receipt = fastinit.save(path, WEIGHTS, receipt=True)
        assert fastinit.verify(path)
        assert fastinit.verify(path, receipt=receipt)
    total = sum(weight.nbytes for weight in WEIGHTS)
    assert len(writes) >= total / limit
    assert len(reads) >= 2 * total / limit
    assert_holds(path, WEIGHTS)


@pytest.mark.parametrize("name", ["pwrite", "preadv"])
@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL], ids=errno.errorcode.get)
def test_direct_call_that_fails(tmp_path, monkeypatch, name, number):
    path = tmp_path / "w.bin"
    table = Weight((1 << 20,), Normal(), seed=3, name="w")
    if name == "preadv":
        table.save(path)
    opened, call = [], getattr(os, name)

    def open_directly(descriptor, flags):
        opened.append(os.dup(descriptor))
        return opened[-1]

    def fail(descriptor, *arguments):
        if descriptor in opened:
            raise OSError(number, os.strerror(number))
        return call(descriptor, *arguments)

    monkeypatch.setattr(direct_io, "open_direct", open_directly)
    monkeypatch.setattr(os, name, fail)
    act = (lambda: table.save(path)) if name == "pwrite" else lambda: fastinit.verify(path, table)
    if number == errno.EIO:
        with pytest.raises(OSError, match="Input/output error"):
            act()
    else:  # the file system accepted O_DIRECT, and refuses the call: the page cache serves
        act()
        assert path.read_bytes() == np.asarray(table).tobytes()
    assert opened


@pytest.fixture
def file(tmp_path):
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def test_any_pieces(file):
    draws = np.random.default_rng(0)
    writer, position, expected = PieceWriter(Writer(file)), 777, b""
    begins = []
    for nbytes in [*draws.integers(1, 60_000, 200), 3 * PAGE_BYTES, PIECE_BYTES, 1]:
        part = writer.room(position, nbytes)
        assert part.size == nbytes
        part[:] = draws.integers(0, 256, nbytes)
        expected += part.tobytes()
        begins.append((position, int(nbytes)))
        position += int(nbytes)
    writer.flush()
    assert os.pread(file, position, 777) == expected
    reader = PieceReader(Reader(file), None, position)
    for begin, nbytes in begins:
        assert reader.read(begin, nbytes).tobytes() == expected[begin - 777 :][:nbytes]


def test_gap_between_pieces(file):
    writer = PieceWriter(Writer(file))
    for position in (0, 10_000, 5_000):
        writer.room(position, 100)[:] = 1 + position // 5_000
    writer.flush()
    assert [os.pread(file, 100, place)[99] for place in (0, 10_000, 5_000)] == [1, 3, 2]
    assert os.pread(file, 100, 100) == bytes(100)


def test_file_that_ends_early(file, tmp_path):
    os.truncate(file, 5_000)
    reader = PieceReader(Reader(file), tmp_path / "file", 6_000)
    with pytest.raises(FileFormatError, match="file: the file ends while it is being read"):
        reader.read(0, 1_000)


def test_groups():
    groups = blocks.groups_of(blocks.blocks_of(saving.layout_of("w.safetensors", WEIGHTS)))
    assert [number for group in groups for number in group] == list(range(len(WEIGHTS)))
    assert 1 < len(groups) < len(WEIGHTS)
    assert blocks.groups_of([]) == []


def test_groups_of_blocks_that_are_not_neighbours():
    found = blocks.blocks_of(saving.layout_of("w.safetensors", SMALL))
    groups = blocks.groups_of(found[:3] + found[10:12])
    assert groups == [range(3), range(3, 5)]


def test_first_difference_in_a_group(tmp_path):
    path = tmp_path / "w.safetensors"
    receipt = fastinit.save(path, SMALL, receipt=True)
    start = path.stat().st_size - 500 * 25_600
    with path.open("r+b") as file:
        for number in (333, 77, 78, 76):
            file.seek(start + number * 25_600 + 404)
            file.write(b"!")
    difference = fastinit.verify(path).difference
    assert (difference.name, difference.index) == ("layer 76", (1, 37))
    assert fastinit.verify(path, receipt=receipt).difference.name == "layer 76"


def test_memory_of_a_piece():
    assert piece_memory().ctypes.data % PAGE_BYTES == 0


def test_the_first_difference_whatever_thread_is_first(tmp_path, monkeypatch):
    """A thread may be slow to begin a block that it took before others were compared."""
    weights = [fastinit.Weight((300_000,), "zeros", seed=0, name=name) for name in "abc"]
    path = tmp_path / "w.safetensors"
    fastinit.save(path, weights)
    with path.open("r+b") as file:
        for weight in (0, 2):
            file.seek(-(3 - weight) * weights[0].nbytes, os.SEEK_END)
            file.write(b"x")

    def backwards(count, work, **_):
        for number in reversed(range(count)):
            work(number)

    monkeypatch.setattr(verifying, "for_each_group", backwards)
    assert fastinit.verify(path).difference.name == "a"


def test_a_write_of_no_byte_is_a_full_disk(tmp_path, monkeypatch):
    answers = iter([0, 0, 0])  # and then StopIteration, rather than a test without end
    with (tmp_path / "f").open("wb") as file:
        monkeypatch.setattr(os, "pwrite", lambda *_: next(answers))
        with pytest.raises(OSError, match="No space left"):
            direct_io.write_all(file.fileno(), memoryview(b"12"), 0)
