"""Symbolic links in place of what is written and read: each kind of link, operation and format.

What a link points to is written, in its own directory, and the link stays; or there is one error
that names a path. The receipt is beside the name that was given. Nothing else changes.
"""

from __future__ import annotations

import errno
import shutil
from functools import cache

import pytest

import fastinit
from fastinit import Weight
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

NEW, OLD = (
    [Weight((40, 10), "he_normal", seed=seed, name=name) for name in "ab"] for seed in (1, 2)
)
#: The ending of the name of each format. A set is a directory.
FORMATS = {"npy": ".npy", "raw": ".raw", "safetensors": ".safetensors", "set": "", "zarr": ".zarr"}
NO_FORMULA = ("npy", "raw")


def save(kind, path, weights, **options):
    """Write two weights, or one if the format holds one, with a receipt."""
    options["receipt"] = True
    if kind == "set":
        fastinit.save_sharded(path, weights, max_shard_size="2KB", **options)
    elif kind == "zarr":
        fastinit.save_zarr(path, weights[0], chunks=(32, 10), **options)
    else:
        fastinit.save(path, weights if kind == "safetensors" else weights[0], **options)


def stop(*_):
    raise KeyboardInterrupt


def save_again(kind, path, weights, **options):
    """Save with `resume`, are interrupted, and continue."""
    with pytest.raises(KeyboardInterrupt):
        save(kind, path, weights, resume=True, progress=stop, **options)
    save(kind, path, weights, resume=True, **options)


#: What writes, with what follows.
WRITES = {
    "save": save,
    "force": lambda *given: save(*given, force=True),
    "resume": save_again,
    "force, resume": lambda *given: save_again(*given, force=True),
    "part": lambda *given: save(*given, part=(1, 1)),
    "force, part": lambda *given: save(*given, part=(1, 1), force=True),
}


def make_receipt(kind, path, weights):
    if kind == "set":
        return fastinit.make_receipts(path)
    return fastinit.make_receipt(path, weights[0] if kind in NO_FORMULA else None)


def verify(kind, path, weights):
    return fastinit.verify(path, weights[0] if kind in NO_FORMULA else None)


class Place:
    """Two directories: the links are in `here`, and what they point to is in `disk`."""

    def __init__(self, root, kind, case):
        self.root, self.kind = root, kind
        self.here, self.disk = root / "here", root / "disk"
        root.mkdir()
        for folder in (self.here, self.disk):
            folder.mkdir()
            (folder / "stranger").write_text("stranger")
        self.path = self.here / f"w{FORMATS[kind]}"
        self.target = self.disk / f"table{FORMATS[kind]}"
        if case == "directory above":
            shutil.rmtree(self.here)
            self.here.symlink_to("disk")
            self.path = self.here / self.target.name
        elif case == "chain":
            (self.here / "one").symlink_to(self.disk / "two")
            (self.disk / "two").symlink_to(self.target.name)
            self.path.symlink_to("one")
        elif case == "loop":
            (self.here / "one").symlink_to(self.path)
            self.path.symlink_to("one")
        elif case == "no directory":
            self.target = self.disk / "absent" / self.target.name
            self.path.symlink_to(self.target)
        elif case == "relative":
            self.path.symlink_to(f"../disk/{self.target.name}")
        else:
            self.path.symlink_to(self.target)
        if case == "other kind":
            if kind in ("set", "zarr"):
                self.target.write_text("a file")
            else:
                self.target.mkdir()

    def named(self, path):
        """Return the name that something has in `contents`, with links followed."""
        return str(path.parent.resolve().relative_to(self.root) / path.name)

    def after(self, saved):
        """Return what there is when weights are saved, which have these contents elsewhere."""
        target, old = self.named(self.target), f"{self.named(self.target)}.receipt.json"
        found = {
            name: data
            for name, data in contents(self.root).items()
            if name not in (target, old) and not name.startswith(f"{target}/")
        }
        for name, data in saved(self.kind, self.path.name).items():
            first, *others = name.split("/")
            place = self.target if first == self.path.name else self.path.with_name(first)
            found["/".join([self.named(place), *others])] = data
        return found


def contents(folder):
    """Return where links point to, the bytes of files, and which names are directories."""
    found = {}
    for path in folder.rglob("*"):
        inside = str(path.relative_to(folder))
        if path.is_symlink():
            found[inside] = f"link to {path.readlink()}"
        else:
            found[inside] = "directory" if path.is_dir() else path.read_bytes()
    return found


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return a function: the contents of a directory without links after the new weights are saved."""

    @cache
    def saved_as(kind, name):
        folder = tmp_path_factory.mktemp("elsewhere")
        save(kind, folder / name, NEW)
        return contents(folder)

    return saved_as


FOLLOWED = ["link", "chain", "relative", "directory above"]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("case", FOLLOWED)
@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_link_points_to_is_written(tmp_path, saved, kind, case, exists):
    for name, write in WRITES.items():
        place = Place(tmp_path / name, kind, case)
        if exists:
            save(kind, place.target, OLD)
        before, expected = contents(place.root), place.after(saved)
        if exists and "force" not in name:
            with pytest.raises(FileExistsError) as caught:
                write(kind, place.path, NEW)
            assert str(caught.value.filename).startswith(str(place.path))
            assert contents(place.root) == before, name
        else:
            write(kind, place.path, NEW)
            assert contents(place.root) == expected, name


@pytest.mark.parametrize("case", FOLLOWED)
@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_link_points_to_is_read(tmp_path, saved, kind, case):
    place = Place(tmp_path / "root", kind, case)
    expected = place.after(saved)
    save(kind, place.target, NEW)
    for receipt in place.disk.rglob("*.receipt.json"):
        receipt.unlink()
    before = contents(place.root)
    assert verify(kind, place.path, NEW)
    assert status_of("info", place.path) == status_of("clean", place.path, "--remove") == 0
    assert contents(place.root) == before
    make_receipt(kind, place.path, NEW)
    assert contents(place.root) == expected


@pytest.mark.parametrize("case", FOLLOWED)
@pytest.mark.parametrize("kind", FORMATS)
def test_an_incomplete_file_is_beside_what_a_link_points_to(tmp_path, capsys, kind, case):
    place = Place(tmp_path / "root", kind, case)
    if kind == "set":
        place.target.mkdir()
    before = contents(place.root)
    with pytest.raises(KeyboardInterrupt):
        save(kind, place.path, NEW, resume=True, progress=stop)
    new = contents(place.root).keys() - before.keys()
    beside = place.target if kind == "set" else place.target.parent
    assert all(place.root / name in {*beside.rglob("*")} for name in new)
    assert any(name.endswith(".fastinit-partial") for name in new)
    assert status_of("clean", place.path, "--remove") == 0
    assert "2 of 2 leftovers removed" in capsys.readouterr().out
    assert contents(place.root) == before


@pytest.mark.parametrize("case", ["loop", "other kind", "no directory"])
@pytest.mark.parametrize("kind", FORMATS)
def test_links_that_lead_to_no_place(tmp_path, capsys, kind, case):
    place = Place(tmp_path / "root", kind, case)
    before = contents(place.root)
    wrong = place.target.parent if case == "no directory" else place.path
    for name, write in WRITES.items():
        with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is checked
            write(kind, place.path, NEW)
        number = {"loop": errno.ELOOP, "no directory": errno.ENOENT}.get(case)
        assert number in (caught.value.errno, None), name
        assert caught.value.filename == str(wrong), name
    for read in (make_receipt, verify):
        with pytest.raises((OSError, ValueError), match=str(place.path)) as error:
            read(kind, place.path, NEW)
        assert case != "loop" or error.value.errno == errno.ELOOP
    assert status_of("info", place.path) in (1, 2, 3)
    assert str(place.path) in capsys.readouterr().err
    assert status_of("clean", place.path) == (3 if case == "loop" else 0)
    assert contents(place.root) == before


# Links within the directory of a set.

INDEX, SHARD = "model.safetensors.index.json", "model-00002-of-00002.safetensors"


@pytest.mark.parametrize("name", [INDEX, SHARD, f"{SHARD}.receipt.json"])
def test_a_link_at_a_file_of_a_set_stays(tmp_path, name):
    path, disk = tmp_path / "m", tmp_path / "disk"
    path.mkdir()
    (path / name).symlink_to(disk)  # it does not exist yet
    save("set", tmp_path / "old", OLD)
    save("set", tmp_path / "new", NEW)
    save("set", path, OLD)
    assert disk.read_bytes() == (tmp_path / "old" / name).read_bytes()
    disk.chmod(0o600)
    save("set", path, NEW, force=True)
    assert disk.read_bytes() == (tmp_path / "new" / name).read_bytes()
    assert (path / name).is_symlink()
    assert disk.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["{name}", "absent/file", "."])
@pytest.mark.parametrize("name", [INDEX, SHARD])
@pytest.mark.parametrize("options", [{}, {"force": True}, {"part": (2, 2)}])
def test_no_shard_is_written_if_a_file_of_the_set_cannot_be(tmp_path, target, name, options):
    (tmp_path / name).symlink_to(target.format(name=name))
    before = contents(tmp_path)
    with pytest.raises(OSError):  # noqa: PT011 - of any kind
        save("set", tmp_path, NEW, **options)
    assert contents(tmp_path) == before
