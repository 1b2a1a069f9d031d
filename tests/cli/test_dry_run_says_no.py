"""A dry run says no, with status 3 and the words of the run itself, to what the system cannot do."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from fastinit.storage.atomic import disk_space
from tests.support.commands import status_of

pytestmark = pytest.mark.once

FORMULA = ["--scheme", "zeros", "--name", "w"]
TARGETS = ["t.npy", "t.safetensors", "t.raw", "set/", "t.zarr"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(capsys, *arguments):
    """Check that a dry run ends with status 3 and leaves nothing; return what it says."""
    before = sorted(Path().rglob("*"))
    assert status_of("create", *arguments, *FORMULA, "--dry-run") == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert sorted(Path().rglob("*")) == before
    return err


@pytest.mark.parametrize("target", TARGETS)
def test_no_space(capsys, target):
    if target.endswith(".zarr"):
        pytest.importorskip("zarr")
    rows = shutil.disk_usage(".").free // 256 + 10**6
    said = refused(capsys, target, "--shape", f"{rows}x64")
    assert "No space left on device" in said or "the disk has" in said
    assert "free" in said
    assert said.startswith(f"fastinit: {target.rstrip('/')}: ")


def test_parts_need_the_space_of_the_whole_file(capsys):
    rows = shutil.disk_usage(".").free // 256 + 10**6
    said = refused(capsys, "t.npy", "--shape", f"{rows}x64", "--part", "1/64")
    assert "No space left on device" in said


@pytest.mark.parametrize("target", TARGETS)
def test_larger_than_the_file_system_takes(capsys, target):
    if target.endswith(".zarr"):
        pytest.importorskip("zarr")
    made = [target, "--shape", "100x100"]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, limits[1]))  # the same error: EFBIG
    try:
        dry = refused(capsys, *made)
        assert "File too large" in dry
        real = status_of("create", *made, *FORMULA, "--quiet")
        assert (real, capsys.readouterr().err) == (3, dry)
        assert list(Path().rglob("*")) == []
        assert status_of("create", target, "--shape", "10x100", *FORMULA, "--dry-run") == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("more", [[], ["--part", "1/2"]], ids=["whole", "part"])
@pytest.mark.parametrize("length", [2**48 + 1, 2**63 - 1])
def test_larger_than_any_file(capsys, length, more):
    """A mistake in a shape must not fill the memory with a list of blocks."""
    made = ["t.raw", "--shape", str(length), "--no-receipt", *more]
    assert "File too large" in refused(capsys, *made)
    assert status_of("create", *made, *FORMULA) == 3
    assert "File too large" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.fixture
def without_permission():
    """A directory that nobody may write to, as a user who is not root."""
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which is root's alone
        folder, user = Path(name), os.geteuid()
        (folder / "old").mkdir()
        for each in (folder / "old", folder):
            each.chmod(0o555)
        os.chdir(folder)
        try:
            if user == 0:
                os.seteuid(65534)  # root may write anywhere
            yield folder
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("unnamed", [True, False], ids=["unnamed files", "no unnamed files"])
@pytest.mark.parametrize("target", [*TARGETS, "old/", "old/t.npy"])
def test_no_permission(capsys, monkeypatch, without_permission, target, unnamed):
    if target.endswith(".zarr"):
        pytest.importorskip("zarr")
    if not unnamed:  # NFS has none
        monkeypatch.setattr(disk_space, "_unnamed_file", lambda _: None)
    made = [target, "--shape", "4"]
    dry = refused(capsys, *made)
    assert "Permission denied" in dry
    real = status_of("create", *made, *FORMULA, "--quiet")
    assert (real, capsys.readouterr().err) == (3, dry)


def test_a_receipt_in_another_directory(capsys, without_permission):
    with tempfile.TemporaryDirectory() as other:  # this user may write there
        os.seteuid(os.getuid())
        without_permission.chmod(0o755)
        Path("link.npy").symlink_to(f"{other}/t.npy")
        without_permission.chmod(0o555)
        if os.getuid() == 0:
            os.chmod(other, 0o777)  # noqa: PTH101, S103
            os.seteuid(65534)
        assert "link.npy.receipt.json: Permission denied" in refused(
            capsys, "link.npy", "--shape", "4"
        )
        made = ["create", "link.npy", "--shape", "4", *FORMULA, "--dry-run"]
        assert status_of(*made, "--no-receipt") == 0
        os.seteuid(os.getuid())


def test_what_a_run_left_is_no_lack_of_space(capsys, monkeypatch):
    """A new run uses or removes the space that the partial file has."""
    made = ["t.npy", "--shape", "100x100"]
    usage = SimpleNamespace(total=10**9, free=10_000)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: usage)
    said = refused(capsys, *made)
    assert said == (
        "fastinit: t.npy: No space left on device, 10,000 bytes are free (a file of 40,128 bytes)\n"
    )
    Path(".t.npy.fastinit-partial").write_bytes(bytes(40_128))
    assert status_of("create", *made, *FORMULA, "--dry-run") == 0


def test_a_file_system_that_does_not_know_its_size(monkeypatch, tmp_path):
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: SimpleNamespace(total=0, free=0))
    disk_space.check_room(tmp_path, 10, 10)


def test_the_check_takes_no_space_and_keeps_other_errors(tmp_path, monkeypatch):
    opened = []

    def spy(*arguments, wrapped=os.ftruncate):
        wrapped(*arguments)
        opened.append(os.fstat(arguments[0]))

    monkeypatch.setattr(disk_space.os, "ftruncate", spy)
    disk_space.check_room(tmp_path, 10**9, 0)
    if opened:  # the file system has files without a name
        assert (opened[0].st_nlink, opened[0].st_blocks, opened[0].st_size) == (0, 0, 10**9)

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk_space.os, "open", broken)
    with pytest.raises(OSError, match="Input/output error"):
        disk_space.check_room(tmp_path, 1, 0)
