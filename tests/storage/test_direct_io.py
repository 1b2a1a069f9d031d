"""Files are written and read past the page cache, whole pages at a time, and their space is reserved.

The bytes are the same without either, and so are the results of all other tests. These tests let
each file system look as if it had direct I/O, and count what goes through it.
"""

from __future__ import annotations

import os
from functools import partial

import numpy as np
import pytest

import fastinit
from fastinit import Weight
from fastinit.storage.atomic import disk_space
from fastinit.storage.blocks.blocks import PAGE_BYTES

pytestmark = pytest.mark.once  # the same on every instruction set

#: Two pieces and a bit, so that no piece and no file ends at a page.
WEIGHT = Weight((2049, 260), "he_normal", seed=7, name="w")
DIRECT = 1 << 40


class Traffic:
    """What is written and read with and without direct I/O, in bytes."""

    def __init__(self, monkeypatch):
        self.direct = self.cached = 0
        self._descriptors = set()
        self._open, self._pwrite, self._preadv, self._close = (
            getattr(os, name) for name in ("open", "pwrite", "preadv", "close")
        )
        monkeypatch.setattr("fastinit.storage.blocks.direct_io.DIRECT", DIRECT)
        for name in ("open", "pwrite", "preadv", "close"):
            monkeypatch.setattr(os, name, getattr(self, name))

    def open(self, path, flags, *arguments, **options):
        descriptor = self._open(path, flags & ~DIRECT, *arguments, **options)
        if flags & DIRECT:
            assert flags & os.O_CLOEXEC
            self._descriptors.add(descriptor)
        return descriptor

    def close(self, descriptor):
        self._descriptors.discard(descriptor)
        self._close(descriptor)

    def pwrite(self, descriptor, data, position):
        return self._counted(descriptor, data, position, self._pwrite(descriptor, data, position))

    def preadv(self, descriptor, buffers, position):
        (data,) = buffers
        return self._counted(
            descriptor, data, position, self._preadv(descriptor, buffers, position)
        )

    def _counted(self, descriptor, data, position, count):
        if descriptor in self._descriptors:
            address = np.frombuffer(data, np.uint8).ctypes.data
            assert [each % PAGE_BYTES for each in (address, len(data), position)] == [0, 0, 0]
            self.direct += count
        else:
            self.cached += count
        return count


@pytest.fixture
def traffic(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Traffic(monkeypatch)


#: Chunks of more than 256 KiB.
CHUNKS = {"chunks": (1025, 260)}
WRITERS = {
    "w.npy": partial(fastinit.save, "w.npy", WEIGHT),
    "w.safetensors": partial(fastinit.save, "w.safetensors", WEIGHT),
    "w.raw": partial(fastinit.save, "w.raw", WEIGHT, part=(1, 1)),
    "m": partial(fastinit.save_sharded, "m", WEIGHT),
    "w.zarr": partial(fastinit.save_zarr, "w.zarr", WEIGHT, **CHUNKS),
}
READERS = {
    "verify": partial(fastinit.verify, "w.npy", WEIGHT),
    "verify by receipt": partial(fastinit.verify, "w.npy", receipt="w.npy.receipt.json"),
    "make_receipt": partial(fastinit.make_receipt, "w.npy", WEIGHT, receipt=False),
}


@pytest.mark.parametrize("name", WRITERS)
def test_only_parts_of_pages_are_written_through_the_cache(traffic, name):
    if name == "w.zarr":
        pytest.importorskip("zarr")
    WRITERS[name]()
    assert traffic.direct > WEIGHT.nbytes - 8 * PAGE_BYTES
    assert traffic.cached < 8 * PAGE_BYTES
    # Each byte is written once.
    assert traffic.direct + traffic.cached < WEIGHT.nbytes + 4 * PAGE_BYTES


@pytest.mark.parametrize("name", READERS)
def test_only_parts_of_pages_are_read_through_the_cache(traffic, name):
    fastinit.save("w.npy", WEIGHT, receipt=True)
    traffic.direct = traffic.cached = 0
    assert READERS[name]()
    assert traffic.direct > WEIGHT.nbytes - 8 * PAGE_BYTES
    assert traffic.direct + traffic.cached == WEIGHT.nbytes


def test_a_file_that_is_continued_is_read_past_the_cache(traffic):
    class StopError(Exception):
        pass

    def stop(*_):
        raise StopError

    with pytest.raises(StopError):
        fastinit.save("w.npy", WEIGHT, resume=True, receipt=True, progress=stop)
    traffic.direct = traffic.cached = 0
    fastinit.save("w.npy", WEIGHT, resume=True, receipt=True)
    assert traffic.direct > WEIGHT.nbytes - 8 * PAGE_BYTES
    assert traffic.cached < 8 * PAGE_BYTES


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.raw", "m"])
def test_the_space_of_a_file_is_reserved_before_its_first_block(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    reserved, written = {}, []
    pwrite = os.pwrite

    def allocate(descriptor, size):
        assert written == []
        reserved[os.fstat(descriptor).st_ino] = size
        os.ftruncate(descriptor, size)

    def noted(descriptor, data, position):
        if len(data) > PAGE_BYTES:
            written.append(os.fstat(descriptor).st_ino)
        return pwrite(descriptor, data, position)

    monkeypatch.setattr(disk_space, "allocate", allocate)
    monkeypatch.setattr(os, "pwrite", noted)
    WRITERS[name]()
    (status,) = [path.stat() for path in tmp_path.rglob("*") if path.is_file()]
    assert set(written) == {status.st_ino}
    assert reserved[status.st_ino] == status.st_size
