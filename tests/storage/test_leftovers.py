"""What interrupted runs leave is found, described and removed; nothing else ever is."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import subprocess
import sys
import time

import pytest

import fastinit
from fastinit.storage.atomic import atomic_file, leftovers, partial_names
from fastinit.storage.atomic.leftovers import (
    find_leftovers,
    in_use,
    leftovers_of,
    remove_leftovers,
)
from tests.support.commands import status_of

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = fastinit.Weight((50, 4), "xavier", seed=1, name="w")
TEMPORARY = ".fastinit-0123456789abcdef.tmp"
LONG = "n" * 251 + ".npy"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class KilledError(BaseException):
    pass


def killed(path, **options):
    """Leave what a killed run leaves: no handler removes anything."""
    program = """if True:
        import os, sys
        import fastinit
        weight = fastinit.Weight((50, 4), "xavier", seed=1, name="w")
        weight.save(sys.argv[1], progress=lambda *_: os._exit(9))
    """
    result = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert result.returncode == 9


def make_array(path, *others):
    (path / "c" / "0").mkdir(parents=True)
    for name in ("zarr.json", "c/0/0", "c/0/1", *others):
        (path / name).write_bytes(b"x" * 10)


@pytest.mark.parametrize("name", ["w.npy", LONG])
def test_what_a_killed_run_leaves(tmp_path, name):
    (tmp_path / "other.npy").write_bytes(b"precious")
    killed(tmp_path / name)
    found = find_leftovers(tmp_path)
    assert sorted(each.kind for each in found) == ["journal", "partial"]
    assert {each.target for each in found} == {None if name == LONG else name}
    assert all(each.can_resume and not each.is_second_name for each in found)
    assert all(each.age < 60 for each in found)
    assert in_use(found) == set()
    assert leftovers_of(tmp_path / name) == found
    assert leftovers_of(tmp_path / "other.npy") == []
    assert sorted(remove_leftovers(found), key=lambda each: each.path) == found
    assert names(tmp_path) == ["other.npy"]
    assert remove_leftovers(found) == []


@pytest.mark.parametrize("locked", ["partial", "journal", "journal of a part"])
@pytest.mark.parametrize("name", ["w.npy", "n" * 232, LONG])
def test_what_a_process_is_writing_stays(tmp_path, name, locked):
    path = tmp_path / name
    places = {
        "partial": partial_names.partial_name(path),
        "journal": partial_names.journal_name(path),
        "journal of a part": partial_names.part_journal_name(path, 3, 17),
    }
    for place in places.values():
        place.touch()
    (tmp_path / TEMPORARY).touch()
    if name == "w.npy":  # the lock of a file also protects its receipt
        places["receipt"] = partial_names.partial_name(tmp_path / "w.npy.receipt.json")
        places["receipt"].touch()
    with places[locked].open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # as processes that write parts share it
        found = find_leftovers(tmp_path)
        assert [each.kind for each in found if each.path not in in_use(found)] == ["temporary"]
        assert [each.kind for each in remove_leftovers(found)] == ["temporary"]
        assert names(tmp_path) == sorted(place.name for place in places.values())
    assert len(remove_leftovers(find_leftovers(tmp_path))) == len(places)
    assert names(tmp_path) == []


def test_runs_that_go_on_are_in_use(tmp_path):
    seen = []

    def progress(*_):
        found = find_leftovers(tmp_path)
        seen.append((len(found), len(in_use(found))))
        seen.append(remove_leftovers(found))

    WEIGHT.save(tmp_path / "w.npy", progress=progress)
    assert seen[:2] == [(2, 2), []]
    (tmp_path / "w.npy").unlink()
    with atomic_file.whole_file(tmp_path / "w.json", 1, force=False) as descriptor:
        assert remove_leftovers(find_leftovers(tmp_path)) == []
        os.write(descriptor, b"x")
    assert names(tmp_path) == ["w.json"]


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    killed(tmp_path / "w.npy")

    def flock(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(leftovers.fcntl, "flock", flock)
    assert remove_leftovers(find_leftovers(tmp_path)) == []
    assert len(names(tmp_path)) == 2


def test_killed_between_its_two_names(tmp_path):
    WEIGHT.save(tmp_path / "w.npy")
    os.link(tmp_path / "w.npy", tmp_path / ".w.npy.fastinit-partial")
    (tmp_path / ".w.npy.fastinit-journal").touch()
    found = find_leftovers(tmp_path)
    assert [each.is_second_name for each in found] == [False, True]
    assert not found[1].can_resume
    assert remove_leftovers(found) == found
    assert fastinit.verify(tmp_path / "w.npy", WEIGHT)


def test_what_is_not_ours_is_not_listed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    make_array(tmp_path / ".a.zarr.fastinit-journal")  # no directory has such a name
    for name in (".w.npy.fastinit-partial", TEMPORARY, ".x.zarr.fastinit-replaced"):
        (tmp_path / name).symlink_to("precious")
    os.mkfifo(tmp_path / ".p.npy.fastinit-partial")
    (tmp_path / ".f.fastinit-replaced").touch()  # no file has such a name
    (tmp_path / ".w.npy.fastinit-partial~").touch()
    before = names(tmp_path)
    assert find_leftovers(tmp_path) == []
    assert names(tmp_path) == before


def test_directories(tmp_path):
    """Whole arrays that may be the user's stay; so does what holds anything else."""
    make_array(tmp_path / ".a.zarr.fastinit-partial")
    (tmp_path / ".a.zarr.fastinit-journal").touch()
    make_array(tmp_path / ".b.zarr.fastinit-partial", "c/notes.txt")
    make_array(tmp_path / ".c.zarr.fastinit-replaced")
    make_array(tmp_path / TEMPORARY)
    (tmp_path / TEMPORARY.replace("0", "f") / "c").mkdir(parents=True)
    (tmp_path / ".d.zarr.fastinit-partial").mkdir()
    (tmp_path / ".d.zarr.fastinit-partial" / "c").symlink_to(tmp_path)
    found = {each.path.name: each for each in find_leftovers(tmp_path)}
    assert found[".a.zarr.fastinit-partial"].nbytes == 30
    assert found[".a.zarr.fastinit-partial"].can_resume
    reasons = {name: each.reason for name, each in found.items() if each.reason is not None}
    assert "'c/notes.txt'" in reasons.pop(".b.zarr.fastinit-partial")
    assert "if c.zarr is missing, rename it back" in reasons.pop(".c.zarr.fastinit-replaced")
    assert "earlier version" in reasons.pop(TEMPORARY)
    assert "'c'" in reasons.pop(".d.zarr.fastinit-partial")
    assert reasons == {}
    assert {each.path.name for each in remove_leftovers(found.values())} == {
        ".a.zarr.fastinit-partial",
        ".a.zarr.fastinit-journal",
        TEMPORARY.replace("0", "f"),
    }
    assert (tmp_path / ".b.zarr.fastinit-partial" / "c" / "notes.txt").exists()


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of("clean", ".") == 0
    assert "no interrupted run left anything" in capsys.readouterr().out
    killed(tmp_path / "w.npy")
    make_array(tmp_path / ".c.zarr.fastinit-replaced")
    old = time.time() - 3 * 3600 - 60
    os.utime(tmp_path / ".w.npy.fastinit-partial", (old, old))
    for path in (".", "w.npy"):  # w.npy does not exist: only what was left of it
        assert status_of("clean", path) == 0
        shown = capsys.readouterr().out
        assert "928  3 hours ago             incomplete w.npy; `fastinit create --resume`" in shown
        assert "the journal of w.npy" in shown
        assert ("the old c.zarr" in shown) is (path == ".")
        assert f"to remove them: `fastinit clean {path} --remove`" in shown
        assert len(names(tmp_path)) == 3
    assert status_of("clean", ".", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["leftovers"]
    assert [each["kind"] for each in listed] == ["replaced", "journal", "partial"]
    assert not any(each["removed"] or each["in_use"] for each in listed)
    assert status_of("clean", ".", "--remove") == 0
    assert "2 of 3 leftovers removed" in capsys.readouterr().out
    assert names(tmp_path) == [".c.zarr.fastinit-replaced"]
    assert status_of("clean", "absent") == 3
    assert "absent: no such file or directory" in capsys.readouterr().err


def test_info_mentions_them(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    killed(tmp_path / "w.npy")
    assert status_of("info", "w.npy") == 3
    err = capsys.readouterr().err
    assert "2 leftovers of interrupted runs, " in err
    assert "see `fastinit clean w.npy`" in err
    assert "w.npy: No such file" in err
    assert status_of("info", ".") == 0  # nothing else is in the directory
    assert "to remove them: `fastinit clean . --remove`" in capsys.readouterr().out
    fastinit.save_sharded(tmp_path, WEIGHT)
    for path, count in ((".", 2), ("model.safetensors", 0)):
        assert status_of("info", path) == 0
        assert ("leftovers of" in capsys.readouterr().out) is bool(count)
        assert status_of("info", path, "--json") == 0
        assert len(json.loads(capsys.readouterr().out)["leftovers"]) == count


def test_a_file_that_gets_its_name_while_it_is_locked(tmp_path, monkeypatch):
    """Its partial name may be that of a new file by then."""
    killed(tmp_path / "w.npy")
    found = find_leftovers(tmp_path)
    partial = tmp_path / ".w.npy.fastinit-partial"

    def flock(descriptor, _):
        if os.path.samestat(os.fstat(descriptor), partial.stat()):
            partial.rename(tmp_path / "w.npy")
            partial.write_bytes(b"of the next run")

    monkeypatch.setattr(leftovers.fcntl, "flock", flock)
    assert remove_leftovers(found) == []
    assert partial.read_bytes() == b"of the next run"
    assert len(names(tmp_path)) == 3


def test_a_file_that_vanished_may_come_again(tmp_path):
    killed(tmp_path / "w.npy")
    found = find_leftovers(tmp_path)
    (tmp_path / ".w.npy.fastinit-partial").unlink()
    assert in_use(found) == {each.path for each in found}
    assert remove_leftovers(found) == []
    assert names(tmp_path) == [".w.npy.fastinit-journal"]


@pytest.mark.parametrize("name", ["w.npy", "a.zarr"])
def test_what_a_writer_locks_is_removed_last(tmp_path, monkeypatch, name):
    if name == "a.zarr":
        make_array(tmp_path / ".a.zarr.fastinit-partial")
        (tmp_path / ".a.zarr.fastinit-journal").touch()
        (tmp_path / ".a.zarr.fastinit-journal-2-of-3").touch()
    else:
        killed(tmp_path / name)
    removed, remove = [], leftovers._remove  # noqa: SLF001

    def spy(found):
        removed.append(found.kind)
        return remove(found)

    monkeypatch.setattr(leftovers, "_remove", spy)
    remove_leftovers(find_leftovers(tmp_path))
    expected = {
        "w.npy": ["journal", "partial"],
        "a.zarr": ["partial", "journal of a part", "journal"],
    }
    assert removed == expected[name]
    assert names(tmp_path) == []


def test_clean_at_each_step_of_a_small_file(tmp_path, monkeypatch):
    removed, steps = [], []
    flock, give_name = fcntl.flock, atomic_file.Directory.give_name

    def clean():
        removed.extend(each.kind for each in remove_leftovers(find_leftovers(tmp_path)))

    def flock_after_clean(descriptor, operation):
        if operation == fcntl.LOCK_EX and not steps:  # the writer waits for its lock
            steps.append("locked")
            clean()
        return flock(descriptor, operation)

    def give_name_after_clean(*arguments, **options):
        steps.append("named")
        clean()
        return give_name(*arguments, **options)

    monkeypatch.setattr(fcntl, "flock", flock_after_clean)
    monkeypatch.setattr(atomic_file.Directory, "give_name", give_name_after_clean)
    with atomic_file.whole_file(tmp_path / "w.json", 1, force=False) as descriptor:
        os.write(descriptor, b"x")
    assert steps == ["locked", "named"]
    assert removed == ["temporary"]
    assert (tmp_path / "w.json").read_bytes() == b"x"
    assert names(tmp_path) == ["w.json"]


def test_the_file_behind_a_link(tmp_path, capsys):
    (tmp_path / "disk").mkdir()
    (tmp_path / "w.npy").symlink_to("disk/w.npy")
    killed(tmp_path / "w.npy")
    assert names(tmp_path) == ["disk", "w.npy"]
    assert status_of("clean", tmp_path / "w.npy", "--remove") == 0
    assert "2 of 2 leftovers removed" in capsys.readouterr().out
    assert names(tmp_path / "disk") == []


def test_more_parts_than_a_process_may_open_files(tmp_path):
    path = tmp_path / "w.npy"
    partial_names.partial_name(path).touch()
    for part in range(1, 201):
        partial_names.part_journal_name(path, part, 200).touch()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(150, before[0]), before[1]))
    try:
        assert len(remove_leftovers(find_leftovers(tmp_path))) == 201
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
