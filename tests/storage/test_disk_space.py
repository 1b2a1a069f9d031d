"""The reservation of disk space: it writes no byte, and it finds a full disk before the work."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit import Weight
from fastinit.storage.atomic import disk_space
from fastinit.storage.single import saving

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((3001, 64), "he_normal", seed=7, name="w")
SIZE = 1_000_003
STRACE = shutil.which("strace") or ""


@contextmanager
def opened(path):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def answers(monkeypatch, *errors):
    """Let the system call fail with these errors, one after another, and then succeed."""
    remaining, calls = list(errors), []

    def call(descriptor, mode, offset, size):
        calls.append((descriptor, mode, offset, size))
        if not remaining:
            return 0
        ctypes.set_errno(remaining.pop(0))
        return -1

    monkeypatch.setattr(disk_space, "system_call", lambda: call)
    return calls


@pytest.mark.skipif(sys.platform != "linux", reason="fallocate(2) is a system call of Linux")
@pytest.mark.parametrize("size", [1, SIZE])
def test_size_and_blocks(tmp_path, size):
    with opened(tmp_path / "file") as descriptor:
        disk_space.allocate(descriptor, size)  # not `reserve`, which would hide a failure
        found = os.fstat(descriptor)
    assert found.st_size == size
    assert found.st_blocks * 512 >= size


@pytest.mark.parametrize("number", disk_space.UNSUPPORTED, ids=errno.errorcode.get)
def test_file_system_that_cannot_reserve(tmp_path, monkeypatch, number):
    calls = answers(monkeypatch, number)
    with opened(tmp_path / "file") as descriptor:
        disk_space.reserve(descriptor, SIZE)
        found = os.fstat(descriptor)
        assert calls == [(descriptor, 0, 0, SIZE)]
    assert (found.st_size, found.st_blocks) == (SIZE, 0)  # no byte was written


def test_system_without_the_call(tmp_path, monkeypatch):
    monkeypatch.setattr(disk_space, "system_call", lambda: None)
    with opened(tmp_path / "file") as descriptor:
        disk_space.reserve(descriptor, SIZE)
        assert os.fstat(descriptor).st_size == SIZE


def test_names_in_the_c_library(monkeypatch):
    # musl has only fallocate; macOS has neither, and is not asked.
    class Library:
        def fallocate(self):
            pass

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library)
    monkeypatch.setattr(sys, "platform", "linux")
    assert disk_space.system_call.__wrapped__() is Library.fallocate
    assert Library.fallocate.argtypes[2:] == (ctypes.c_int64, ctypes.c_int64)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert disk_space.system_call.__wrapped__() is None


def test_interrupted_call_is_repeated(tmp_path, monkeypatch):
    calls = answers(monkeypatch, errno.EINTR, errno.EINTR)
    with opened(tmp_path / "file") as descriptor:
        disk_space.reserve(descriptor, SIZE)
    assert len(calls) == 3


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EIO], ids=errno.errorcode.get)
def test_error_before_the_work(tmp_path, monkeypatch, number):
    answers(monkeypatch, number)
    monkeypatch.setattr(saving, "write_blocks", pytest.fail)
    with pytest.raises(OSError, match=r"a file of 768,384 bytes.*w\.npy") as error:
        fastinit.save(tmp_path / "w.npy", WEIGHT)
    assert error.value.errno == number
    assert list(tmp_path.iterdir()) == []


CREATE = "create w.npy --shape 3001x64 --scheme he_normal --seed 7 --name w --no-receipt"


def traced(folder, *injections):
    """Return a run of `create` under strace, which lets system calls fail, and its calls."""
    calls = folder / "calls"
    run = subprocess.run(
        [STRACE, "-f", "-o", str(calls), "-e", "trace=fallocate,ftruncate,pwrite64",
         *(f"--inject={each}" for each in injections),
         sys.executable, "-m", "fastinit", *CREATE.split()],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in run.stderr:
        pytest.skip("this system does not allow strace")
    return run, calls.read_text()


needs_strace = pytest.mark.skipif(not STRACE, reason="needs strace")


@needs_strace
def test_no_byte_is_written_in_place_of_the_reservation(tmp_path):
    run, calls = traced(tmp_path, "fallocate:error=EOPNOTSUPP")
    assert run.returncode == 0, run.stderr
    assert "EOPNOTSUPP" in calls
    reservation, *_, work = calls.partition("EOPNOTSUPP")
    # glibc would write a byte to each page here. Then comes ftruncate, then the work.
    assert reservation.count("pwrite64") == 1  # the first line of the journal
    assert re.match(r"[^\n]*\n\S+ +ftruncate\(\d+, 768384\) += 0\n", work)
    assert Path(tmp_path, "w.npy").stat().st_size == 768_384


@needs_strace
def test_full_disk_before_the_first_block(tmp_path):
    run, calls = traced(tmp_path, "fallocate:error=ENOSPC")
    assert run.returncode == 3
    assert "No space left on device (a file of 768,384 bytes)" in run.stderr
    assert calls.count("pwrite64") == calls.count("identity")  # only the journal's first line
    assert not Path(tmp_path, "w.npy").exists()


@needs_strace
def test_interrupted_calls_are_repeated(tmp_path):
    interrupted = "error=EINTR:when=1+2"  # each first call of two
    run, calls = traced(tmp_path, f"fallocate:{interrupted}", f"pwrite64:{interrupted}")
    assert run.returncode == 0, run.stderr
    assert calls.count("EINTR") > 2
    assert np.load(tmp_path / "w.npy").tobytes() == np.asarray(WEIGHT).tobytes()
