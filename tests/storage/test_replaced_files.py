"""What `force` keeps of a file that it replaces, and symbolic links in place of a file."""

from __future__ import annotations

import errno
import os
import stat

import numpy as np
import pytest

import fastinit
from fastinit.storage.atomic import atomic_file
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = fastinit.Weight((50, 4), "xavier", seed=1, name="w")
ROOT = os.geteuid() == 0


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def save(path, **options):
    fastinit.save(path, WEIGHT, **options)
    assert np.array_equal(np.load(path), np.asarray(WEIGHT))


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o400, 0o666, 0o755])
@pytest.mark.parametrize("resume", [False, True])
def test_a_replaced_file_keeps_its_mode(tmp_path, mode, resume):
    path, receipt = tmp_path / "w.npy", tmp_path / "w.npy.receipt.json"
    for each in (path, receipt):
        each.touch()
        each.chmod(mode)
    seen = []
    partial = tmp_path / ".w.npy.fastinit-partial"
    save(
        path,
        force=True,
        receipt=True,
        resume=resume,
        progress=lambda *_: partial.exists() and seen.append(mode_of(partial)),
    )
    assert mode_of(path) == mode
    assert set(seen) == {mode | 0o600}  # never more open, and a later run can continue it


def test_a_new_file_follows_the_umask(tmp_path):
    os.umask(0o027)
    save(tmp_path / "w.npy", receipt=True)
    assert [mode_of(path) for path in tmp_path.iterdir()] == [0o640, 0o640]


def test_an_index_and_a_picture_keep_their_modes(tmp_path):
    weights = [fastinit.Weight((50, 4), "xavier", seed=1, name=name) for name in "ab"]
    fastinit.save_sharded(tmp_path, weights, max_shard_size=1000)
    index = tmp_path / "model.safetensors.index.json"
    index.chmod(0o600)
    with atomic_file.whole_file(index, 10, force=True):
        pass
    assert mode_of(index) == 0o600


@pytest.mark.skipif(not ROOT, reason="only root may give files away")
def test_root_keeps_owner_and_group(tmp_path):
    path = tmp_path / "w.npy"
    path.touch()
    os.chown(path, 1234, 5678)
    path.chmod(0o640)
    save(path, force=True)
    assert (path.stat().st_uid, path.stat().st_gid, mode_of(path)) == (1234, 5678, 0o640)


def test_another_group_does_not_get_the_permissions_of_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "w.npy"
    path.touch()
    path.chmod(0o664)
    if ROOT:
        os.chown(path, -1, 5678)
    else:
        group = path.stat().st_gid + 1
        monkeypatch.setattr(
            os, "fstat", lambda descriptor, fstat=os.fstat: other(fstat(descriptor), group)
        )

    def fchown(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", fchown)
    save(path, force=True)
    assert mode_of(path) == 0o644


def other(found, group):
    """Return what `stat` found, with another group."""
    return os.stat_result([*found[:5], group, *found[6:]])


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_is_followed(tmp_path, absolute):
    big, here = tmp_path / "big", tmp_path / "here"
    big.mkdir()
    here.mkdir()
    target = big / "table.npy"
    (here / "w.npy").symlink_to(target if absolute else "../big/table.npy")
    seen = []
    save(
        here / "w.npy", receipt=True, progress=lambda *_: seen.append(names(big))
    )  # a dangling link
    assert seen[0] == [".table.npy.fastinit-journal", ".table.npy.fastinit-partial"]
    assert names(big) == ["table.npy"]
    assert names(here) == ["w.npy", "w.npy.receipt.json"]  # the receipt is beside the given name
    with pytest.raises(FileExistsError) as error:
        save(here / "w.npy")
    assert error.value.filename == str(here / "w.npy")
    target.write_bytes(b"old")
    target.chmod(0o600)
    os.link(target, tmp_path / "copy")
    save(here / "w.npy", force=True)
    assert (here / "w.npy").is_symlink()
    assert mode_of(target) == 0o600
    assert (tmp_path / "copy").read_bytes() == b"old"  # a new file, not the old one with new bytes
    assert names(big) == ["table.npy"]


def test_a_chain_of_links_and_a_linked_receipt(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "w.npy").symlink_to("one")
    (tmp_path / "one").symlink_to("big/two.npy")
    (tmp_path / "w.npy.receipt.json").symlink_to("big/receipt")
    save(tmp_path / "w.npy", receipt=True)
    save(tmp_path / "w.npy", receipt=True, force=True)
    assert names(tmp_path / "big") == ["receipt", "two.npy"]
    assert (tmp_path / "w.npy.receipt.json").is_symlink()
    assert fastinit.verify(tmp_path / "w.npy", receipt=tmp_path / "w.npy.receipt.json")


def test_a_set_in_a_linked_directory(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "model").symlink_to("big")
    (tmp_path / "big" / "model.safetensors").symlink_to("elsewhere")
    for force in (False, True):
        fastinit.save_sharded(tmp_path / "model", WEIGHT, force=force)
        assert names(tmp_path / "big") == ["elsewhere", "model.safetensors"]
    assert (tmp_path / "model").is_symlink()
    assert fastinit.verify(tmp_path / "model")


def test_a_set_in_a_linked_directory_that_does_not_exist_yet(tmp_path):
    (tmp_path / "model").symlink_to("big")

    def fail(*_):
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fastinit.save_sharded(tmp_path / "model", WEIGHT, progress=fail)
    assert names(tmp_path) == ["model"]
    fastinit.save_sharded(tmp_path / "model", WEIGHT)
    assert names(tmp_path / "big") == ["model.safetensors"]
    assert (tmp_path / "model").is_symlink()


@pytest.mark.parametrize("force", [False, True])
def test_links_that_are_refused(tmp_path, force):
    path = tmp_path / "w.npy"
    path.symlink_to("w.npy")
    with pytest.raises(OSError) as error:  # noqa: PT011 - the C library words it
        save(path, force=force)
    assert error.value.errno == errno.ELOOP
    path.unlink()
    path.symlink_to(".")
    with pytest.raises(IsADirectoryError):
        save(path, force=force)
    path.unlink()
    path.symlink_to("absent/w.npy")
    with pytest.raises(FileNotFoundError, match="no such directory"):
        save(path, force=force)
    assert names(tmp_path) == ["w.npy"]


@pytest.mark.parametrize("through_a_link", [False, True])
def test_what_is_no_regular_file_is_never_replaced(tmp_path, capsys, through_a_link):
    path = pipe = tmp_path / "w.bin"
    if through_a_link:
        pipe = tmp_path / "pipe"
        path.symlink_to("pipe")
    os.mkfifo(pipe)
    formula = ["--shape", "3x4", "--scheme", "xavier", "--seed", "1", "--name", "w"]
    assert status_of("create", path, *formula, "--force") == 2
    assert "exists and is not a regular file" in capsys.readouterr().err
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", [".w.npy.fastinit-partial", ".w.npy.fastinit-journal"])
@pytest.mark.parametrize("options", [{}, {"force": True}, {"resume": True}])
def test_a_link_at_the_partial_name_is_never_followed(tmp_path, name, options):
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    precious.chmod(0o600)
    (tmp_path / name).symlink_to("precious")
    with pytest.raises(OSError) as error:  # noqa: PT011 - the C library words it
        save(tmp_path / "w.npy", **options)
    assert error.value.errno == errno.ELOOP
    assert precious.read_bytes() == b"precious"
    assert mode_of(precious) == 0o600


@pytest.mark.parametrize("ending", ["partial", "journal"])
@pytest.mark.parametrize("kind", ["directory", "link", "pipe"])
def test_something_else_has_the_name_of_the_partial_file(tmp_path, ending, kind):
    """The error says what is in the way, and it stays."""
    obstacle = tmp_path / f".w.npy.fastinit-{ending}"
    make = {
        "directory": obstacle.mkdir,
        "link": lambda: obstacle.symlink_to("precious"),
        "pipe": lambda: os.mkfifo(obstacle),
    }
    make[kind]()
    (tmp_path / "precious").write_bytes(b"precious")
    reason = rf"{obstacle.name}, in the same directory, is not a regular file; remove it"
    with pytest.raises(OSError, match=reason):
        WEIGHT.save(tmp_path / "w.npy")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "w.npy").exists()


def test_a_journal_that_is_a_link_to_another_file(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    os.link(tmp_path / "precious", tmp_path / ".w.npy.fastinit-journal")
    WEIGHT.save(tmp_path / "w.npy")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert fastinit.verify(tmp_path / "w.npy", WEIGHT)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("name", ["w.npy", "w.zarr"])
@pytest.mark.parametrize("mode", [0o1777, 0o777])
def test_a_partial_file_of_another_user(tmp_path, name, mode):
    """In a directory for all users, that user could change the contents afterwards."""
    tmp_path.chmod(mode)
    ending = "partial" if name == "w.npy" else "journal"  # what a writer locks
    theirs = tmp_path / f".{name}.fastinit-{ending}"
    theirs.touch()
    theirs.chmod(0o666)
    os.chown(theirs, 12345, -1)
    if mode == 0o777:  # users who share such a directory can replace all files
        WEIGHT.save(tmp_path / name)
        return
    with pytest.raises(PermissionError, match="belongs to another user; remove it"):
        WEIGHT.save(tmp_path / name)
    assert theirs.stat().st_size == 0
    assert not (tmp_path / name).exists()
    os.chown(tmp_path, 12345, -1)  # the owner of the directory may do this anyway
    WEIGHT.save(tmp_path / name)
