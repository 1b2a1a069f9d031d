"""The modes of all files and directories that appear, while they are written and afterwards.

What is new has the mode that the umask gives: the file, its receipt, the directories of a set or of
an array, and what exists only while they are written. A new array or file that replaces an old one
has the owner, the group and the mode of the old one, and is never more open before.
"""

from __future__ import annotations

import errno
import json
import os
import stat

import pytest

import fastinit
from fastinit import Weight
from fastinit.storage.atomic.partial_names import recognise
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

ROOT = os.geteuid() == 0
NEW, OLD = (Weight((64, 20), "he_normal", seed=seed, name="w") for seed in (7, 8))
TABLES, OLD_TABLES = (
    [Weight((40, 10), "he_normal", seed=seed, name=name) for name in "ab"] for seed in (1, 2)
)
SHARDS = {"max_shard_size": "2KB", "receipt": True}
#: Several chunks are in one directory.
CHUNKS = {"chunks": (32, 10), "receipt": True}
FORMULA = ["--shape", "64x20", "--scheme", "he_normal", "--seed", "7", "--name", "w"]
#: What exists while something is written, besides the files themselves.
FILE, DIRECTORY, SMALL = (
    {"partial", "journal"},
    {"partial", "journal", "temporary"},
    {"temporary"},
)
OF_PART = {"journal of a part"}


def stop(*_):
    raise KeyboardInterrupt


def interrupted(save):
    """Save with `resume`; the first run is interrupted, the second one continues."""

    def work(folder):
        with pytest.raises(KeyboardInterrupt):
            save(folder, resume=True, progress=stop)
        assert any(recognise(path.name) for path in folder.iterdir()) or (folder / "m").is_dir()
        save(folder, resume=True)

    return work


def in_parts(save):
    def work(folder):
        for number in (1, 2):
            save(folder, part=(number, 2))

    return work


def save_file(folder, **options):
    fastinit.save(folder / "w.npy", NEW, **{"receipt": True, **options})


def save_set(folder, **options):
    fastinit.save_sharded(folder / "m", TABLES, **SHARDS, **options)


def save_array(folder, **options):
    fastinit.save_zarr(folder / "w.zarr", NEW, **CHUNKS, **options)


def make_receipts(folder):
    save_set(folder)
    for receipt in folder.glob("m/*.receipt.json"):
        receipt.unlink()
    fastinit.make_receipts(folder / "m")


def command(*arguments):
    """Return a call of the command; the path of what it writes is its second argument."""

    def work(folder):
        name, file, *others = arguments
        if name != "create":
            fastinit.save(folder / "f.safetensors", TABLES)
        assert status_of(name, folder / file, *others, "--quiet") == 0

    return work


def plot(folder):
    pytest.importorskip("matplotlib")
    fastinit.save(folder / "f.npy", NEW)
    given = ["plot", folder / "f.npy", *FORMULA, "--output", folder / "w.png"]
    assert status_of(*given, "--quiet") == 0


def dask_array(folder):
    pytest.importorskip("dask.array")
    fastinit.dask.to_zarr(NEW, folder / "d.zarr", chunks=(32, 20))


#: The calls, and what each of them has while it works.
WRITERS = {
    "Weight.save": (lambda folder: NEW.save(folder / "w.raw", receipt=True), FILE),
    "save": (lambda folder: fastinit.save(folder / "w.safetensors", TABLES), FILE),
    "save, receipt elsewhere": (
        lambda folder: save_file(folder, receipt=folder / "r.json"), FILE | SMALL
    ),
    "save, resume": (interrupted(save_file), FILE),
    "save, parts": (in_parts(save_file), FILE | OF_PART),
    "save_sharded": (save_set, FILE | SMALL),
    "save_sharded, resume": (interrupted(save_set), FILE | SMALL),
    "save_sharded, parts": (in_parts(save_set), FILE | SMALL),
    "save_sharded, index": (
        lambda folder: (save_set(folder, part=(1, 1)), save_set(folder, part="index")), FILE | SMALL
    ),
    "save_zarr": (save_array, DIRECTORY),
    "save_zarr, resume": (interrupted(save_array), DIRECTORY),
    "save_zarr, parts": (in_parts(save_array), DIRECTORY | OF_PART),
    "save_zarr, shards": (
        lambda folder: fastinit.save_zarr(folder / "w.zarr", NEW, chunks=(8, 20), shards=(32, 20)),
        DIRECTORY,
    ),
    "make_receipt": (
        lambda folder: (save_file(folder, receipt=False), fastinit.make_receipt(folder / "w.npy", NEW)),
        FILE | SMALL,
    ),
    "make_receipts": (make_receipts, FILE | SMALL),
    "fastinit create": (command("create", "w.npy", *FORMULA), FILE),
    "fastinit create, array": (command("create", "w.zarr", *FORMULA), DIRECTORY),
    "fastinit receipt": (command("receipt", "f.safetensors"), FILE | SMALL),
    "fastinit plot": (plot, FILE | SMALL),
    "dask.to_zarr": (dask_array, set()),
}  # fmt: skip
#: Those that import large packages: Matplotlib and Dask.
SLOW = ["fastinit plot", "dask.to_zarr"]


@pytest.fixture
def umask():
    """Return a function that sets the umask for the rest of the test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    return made


class Watch:
    """What is in a folder each time when something is synchronised, and at the end."""

    def __init__(self, folder, patches):
        self.folder, self.seen = folder, {}
        for name in ("fsync", "fdatasync"):
            patches.setattr(os, name, self._looking(getattr(os, name)))

    def _looking(self, call):
        def look(descriptor):
            self.look()
            call(descriptor)

        return look

    def look(self):
        for path in self.folder.rglob("*"):
            status = path.lstat()
            self.seen.setdefault(path, set()).add((stat.S_ISDIR(status.st_mode), mode_of(path)))

    def is_closed(self, path):
        """Say whether a file, or the array that it belongs to, was never open to all users."""
        above = [each for each in path.parents if each in self.seen and each.name != "m"]
        return any(all(mode & 0o007 == 0 for _, mode in self.seen[each]) for each in (path, *above))

    def kinds(self):
        found = (recognise(path.name) for path in self.seen)
        return {each.kind for each in found if each is not None}


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("mask", [0o077, 0o022, 0o027, 0o002])
@pytest.mark.parametrize("name", [name for name in WRITERS if name not in SLOW])
def test_what_is_new_has_the_mode_that_the_umask_gives(folder, monkeypatch, umask, name, mask):
    check_modes(folder, monkeypatch, umask, name, mask)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_what_others_write_has_the_mode_that_the_umask_gives(folder, monkeypatch, umask, name):
    check_modes(folder, monkeypatch, umask, name, 0o027)


def check_modes(folder, monkeypatch, umask, name, mask):
    work, kinds = WRITERS[name]
    watch = Watch(folder, monkeypatch)
    umask(mask)
    work(folder)
    watch.look()
    assert watch.kinds() == kinds
    for path, found in watch.seen.items():
        expected = {(True, 0o777 & ~mask), (False, 0o666 & ~mask)}
        assert found <= expected, (path, found)


# What is replaced.


def described(folder):
    """Return the kind, mode, owner and group of everything in a folder."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path.relative_to(folder))] = (
            "directory" if path.is_dir() else "file",
            oct(stat.S_IMODE(status.st_mode)),
            status.st_uid,
            status.st_gid,
        )
    return found


def config(folder, tables):
    entries = {
        each.name: {"shape": list(each.shape), "scheme": "he_normal", "seed": each.seed}
        for each in tables
    }
    path = folder.parent / "c.json"
    path.write_text(json.dumps({"tables": entries}))
    return path


def replace_receipts(make):
    """Make the two receipts of a set, or of a file and an array; the other two stay."""

    def work(folder, *, new):
        if new:
            make(folder)
            texts = [each.read_text() for each in folder.rglob("*.receipt.json")]
            assert texts.count("damaged") == 2
            return
        save_set(folder)
        save_file(folder)
        save_array(folder)
        for receipt in folder.rglob("*.receipt.json"):
            receipt.write_text("damaged")

    return work


def replaces(save):
    """Save the old or the new weights with `force`."""

    def work(folder, *, new):
        save(folder, NEW if new else OLD, TABLES if new else OLD_TABLES)

    return work


REPLACING = {
    "save": replaces(lambda folder, weight, _: weight.save(folder / "w.raw", receipt=True, force=True)),
    "save, receipt elsewhere": replaces(
        lambda folder, _, tables: fastinit.save(
            folder / "w.safetensors", tables, receipt=folder / "r.json", force=True
        )
    ),
    "save, resume": replaces(
        lambda folder, weight, _: weight.save(folder / "w.npy", receipt=True, force=True, resume=True)
    ),
    "save, part": replaces(
        lambda folder, weight, _: fastinit.save(
            folder / "w.npy", weight, receipt=True, force=True, part=(1, 1)
        )
    ),
    "save_sharded": replaces(
        lambda folder, _, tables: fastinit.save_sharded(folder / "m", tables, **SHARDS, force=True)
    ),
    "save_zarr": replaces(
        lambda folder, weight, _: fastinit.save_zarr(folder / "w.zarr", weight, **CHUNKS, force=True)
    ),
    "save_zarr, receipt elsewhere": replaces(
        lambda folder, weight, _: fastinit.save_zarr(
            folder / "w.zarr", weight, chunks=(32, 20), receipt=folder / "r.json", force=True
        )
    ),
    "save_zarr, part": replaces(
        lambda folder, weight, _: fastinit.save_zarr(
            folder / "w.zarr", weight, **CHUNKS, force=True, part=(1, 1)
        )
    ),
    "make_receipt": replace_receipts(
        lambda folder: [
            fastinit.make_receipt(folder / name, NEW, force=True) for name in ("w.npy", "w.zarr")
        ]
    ),
    "make_receipts": replace_receipts(lambda folder: fastinit.make_receipts(folder / "m", force=True)),
    "fastinit create": replaces(
        lambda folder, _, tables: status_of(
            "create", folder / "m.safetensors", "--config", config(folder, tables), "--force", "--quiet"
        )
    ),
    "fastinit plot": lambda folder, *, new: status_of(
        "plot", *FORMULA, "--output", folder / "w.png", *(["--force"] if new else []), "--quiet"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLACING)
def test_what_is_replaced_keeps_its_owner_and_mode(folder, monkeypatch, umask, name):
    """While it is written, nobody else may read more than before, whatever the umask."""
    if name == "fastinit plot":
        pytest.importorskip("matplotlib")
    REPLACING[name](folder, new=False)
    for path in folder.rglob("*"):
        path.chmod(0o750 if path.is_dir() else 0o440)
        if ROOT:
            os.chown(path, 1234, 5678)
    before = described(folder)
    assert before
    umask(0o000)
    watch = Watch(folder, monkeypatch)
    REPLACING[name](folder, new=True)
    assert described(folder) == before
    for path in watch.seen:
        kind = recognise(path.name)
        if kind is None or not kind.kind.startswith("journal"):
            assert watch.is_closed(path), (path, watch.seen[path])


def test_an_array_gets_the_modes_of_the_old_directory_and_of_its_metadata(folder, umask):
    """Also the bit by which the members of a shared directory inherit its group."""
    path = folder / "w.zarr"
    fastinit.save_zarr(path, OLD, chunks=(32, 20))
    path.chmod(0o2770)
    (path / "zarr.json").chmod(0o660)
    umask(0o077)
    fastinit.save_zarr(path, NEW, chunks=(8, 20), force=True)
    assert mode_of(path) == 0o2770
    found = {(each.is_dir(), mode_of(each)) for each in path.rglob("*")}
    assert found == {(True, 0o2770), (False, 0o660)}


@pytest.mark.skipif(not ROOT, reason="only root may give files to another group")
def test_another_group_does_not_get_the_permissions_of_the_old_one(folder, monkeypatch):
    path = folder / "w.zarr"
    fastinit.save_zarr(path, OLD)
    for each in (path, path / "zarr.json"):
        os.chown(each, -1, 5678)
        each.chmod(0o775 if each.is_dir() else 0o664)

    def fchown(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "fchown", fchown)
    fastinit.save_zarr(path, NEW, force=True)
    found = {(each.is_dir(), mode_of(each)) for each in (path, *path.rglob("*"))}
    assert found == {(True, 0o755), (False, 0o644)}
