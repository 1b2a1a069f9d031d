"""Zarr arrays appear whole or not at all, are continued, and are written by several processes."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import zarr

import fastinit
from fastinit import Normal, Weight
from fastinit.__main__ import main
from fastinit.storage.atomic import atomic_directory

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((64, 16), Normal(0.1, 0.3), seed=5, name="w", padding_idx=3)
OTHER = Weight((30, 7), "he_normal", seed=1, name="other")
CHUNKS = {"chunks": (8, 16)}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail(*_):
    raise RuntimeError


# Receipts.


GRIDS = {
    "default": ((4_500_000,), {}),
    "rows": ((70_000, 64), {"chunks": (1000, 64)}),
    "columns": ((70_001, 64), {"chunks": (30_000, 5)}),
    "shards": ((70_001, 64), {"chunks": (5_000, 7), "shards": (20_000, 21)}),
    "three axes": ((50, 300, 301), {"chunks": (7, 11, 301)}),
    "no elements": ((0, 3), {}),
    "no axes": ((), {}),
}


@pytest.mark.parametrize("grid", GRIDS)
def test_the_receipt_is_that_of_any_other_file(tmp_path, grid):
    shape, options = GRIDS[grid]
    weight = Weight(shape, Normal(0.1, 0.3), seed=5, name="w")
    path = tmp_path / "w.zarr"
    receipt = fastinit.save_zarr(path, weight, receipt=True, checksum="sha256", **options)
    of_file = fastinit.save(tmp_path / "w.npy", weight, receipt=True, checksum="sha256")
    assert fastinit.compare_receipts(receipt, of_file) == []
    assert receipt == fastinit.Receipt.read(tmp_path / "w.zarr.receipt.json")
    assert (receipt.file, receipt.nbytes) == ("w.zarr", weight.nbytes)
    result = fastinit.verify(path, receipt=of_file)
    assert result
    assert result.nbytes == weight.nbytes
    assert fastinit.verify(path)
    assert fastinit.verify(path, receipt=tmp_path / "w.zarr.receipt.json")
    if weight.size:
        assert fastinit.verify(path, receipt=receipt, sample=1).sample.blocks == 1
        place = tuple(length // 2 for length in shape)
        zarr.open_array(path, mode="r+")[place] = 9
        difference = fastinit.verify(path, receipt=receipt).difference
        assert difference.first <= place <= difference.last
        assert not fastinit.verify(path)


def test_save_writes_receipts_too(tmp_path):
    receipt = fastinit.save(tmp_path / "w.zarr", WEIGHT, receipt=tmp_path / "r.json")
    assert fastinit.verify(tmp_path / "w.zarr", receipt=tmp_path / "r.json")
    assert fastinit.Receipt.read(tmp_path / "r.json") == receipt
    with pytest.raises(FileExistsError, match=r"r\.json"):
        fastinit.save(tmp_path / "v.zarr", WEIGHT, receipt=tmp_path / "r.json")
    assert names(tmp_path) == ["r.json", "w.zarr"]


def test_a_wrong_receipt_never_stays_beside_an_array(tmp_path):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, WEIGHT, receipt=True)
    fastinit.save_zarr(path, OTHER, force=True)  # without a receipt
    assert names(tmp_path) == ["w.zarr"]


# Continue what a killed run left.

KILLED = """if True:
    import os, signal, sys, fastinit
    from tests.storage.test_zarr_commit import WEIGHT, CHUNKS
    options = eval(sys.argv[2])
    def kill(done, total):
        if done * 2 > total:
            os.kill(os.getpid(), signal.SIGKILL)
    fastinit.save_zarr(sys.argv[1], WEIGHT, progress=kill, **CHUNKS, **options)
"""


def killed(path, **options):
    command = [sys.executable, "-c", KILLED, str(path), repr(options)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert not path.exists()
    assert names(path.parent) == [
        f".{path.name}.fastinit-journal",
        f".{path.name}.fastinit-partial",
    ]


def test_a_killed_run_is_continued(tmp_path):
    path = tmp_path / "w.zarr"
    killed(path)
    partial = tmp_path / ".w.zarr.fastinit-partial"
    written = sorted(each for each in partial.rglob("*") if each.is_file())
    assert 1 <= len(written) <= 8
    numbers = [each.stat().st_ino for each in written]
    written[0].write_bytes(b"x" * written[0].stat().st_size)  # damage is noticed
    with pytest.raises(ValueError, match="was made from other weights or options"):
        fastinit.save_zarr(path, OTHER, resume=True)
    with pytest.raises(ValueError, match="was made from other weights or options"):
        fastinit.save_zarr(path, WEIGHT, resume=True, chunks=(4, 16))
    receipt = fastinit.save_zarr(path, WEIGHT, resume=True, receipt=True, **CHUNKS)
    assert fastinit.verify(path)
    assert fastinit.verify(path, receipt=receipt)
    assert names(tmp_path) == ["w.zarr", "w.zarr.receipt.json"]
    kept = {each.stat().st_ino for each in path.rglob("*")}
    assert set(numbers) <= kept


def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path):
    path = tmp_path / "w.zarr"
    killed(path)
    fastinit.save_zarr(path, OTHER)
    assert fastinit.verify(path, OTHER)
    assert names(tmp_path) == ["w.zarr"]


def test_finished_chunks_are_not_written_again(tmp_path, monkeypatch):
    path = tmp_path / "w.zarr"
    killed(path)
    count = len(list((tmp_path / ".w.zarr.fastinit-partial").rglob("*/0")))
    from fastinit.storage.zarr.chunks import ChunkFiles  # noqa: PLC0415

    written, write = [], ChunkFiles.write
    monkeypatch.setattr(ChunkFiles, "write", lambda self, n: (written.append(n), write(self, n)))
    assert main(["create", str(path), *OPTIONS, "--chunks", "8x16", "--resume"]) == 0
    assert len(written) <= 8 - count + 2  # two threads may have been in the middle of a chunk
    assert fastinit.verify(path)


def test_errors_and_interruptions(tmp_path):
    path = tmp_path / "w.zarr"
    for error in (RuntimeError, KeyboardInterrupt):

        def stop(*_, error=error):
            raise error

        with pytest.raises(error):
            fastinit.save_zarr(path, WEIGHT, progress=stop, **CHUNKS)
        assert names(tmp_path) == []
        with pytest.raises(error):
            fastinit.save_zarr(path, WEIGHT, progress=stop, resume=True, **CHUNKS)
        assert names(tmp_path) == [".w.zarr.fastinit-journal", ".w.zarr.fastinit-partial"]
        fastinit.save_zarr(path, WEIGHT, resume=True, **CHUNKS)
        shutil.rmtree(path)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("call", ["pwrite", "open", "fsync", "mkdir"])
def test_errors_name_the_array_and_not_the_partial_one(tmp_path, monkeypatch, code, call):
    path = tmp_path / "w.zarr"
    real = getattr(os, call)

    def broken(*arguments, **options):
        name = arguments[0]
        mine = isinstance(name, int) or ".fastinit-partial" in str(name)
        if mine and (call != "open" or arguments[1] & os.O_CREAT):
            raise OSError(code, os.strerror(code), None if isinstance(name, int) else str(name))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, broken)
    with pytest.raises(OSError, match=r"/w\.zarr") as caught:
        fastinit.save_zarr(path, WEIGHT, **CHUNKS)
    monkeypatch.undo()
    assert caught.value.filename == str(path)
    assert caught.value.errno == code
    assert "fastinit-" not in str(caught.value)
    assert names(tmp_path) == []


# Replace an array.

STRANGERS = ["notes.txt", "c/notes.txt", "c/0/.hidden", "0/zarr.json", "d/0", "c/0/link", "c/9/x/0"]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_files_of_the_user_are_never_deleted(tmp_path, stranger, capsys):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, WEIGHT, **CHUNKS)
    place = path / stranger
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to("/etc") if stranger.endswith("link") else place.write_text("precious")
    before = sorted(path.rglob("*"))
    with pytest.raises(FileExistsError, match="does not belong to a Zarr array") as caught:
        fastinit.save_zarr(path, OTHER, force=True, progress=fail)  # refused before one byte
    assert stranger.split("/")[0] in str(caught.value)
    assert caught.value.filename == str(path)
    assert main(["create", str(path), *OPTIONS, "--force"]) == 2
    assert "does not belong to a Zarr array" in capsys.readouterr().err
    assert sorted(path.rglob("*")) == before
    assert names(tmp_path) == ["w.zarr"]


def test_files_of_the_user_that_appear_meanwhile(tmp_path):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, WEIGHT, **CHUNKS)
    with pytest.raises(FileExistsError, match=r"'notes\.txt'"):
        fastinit.save_zarr(
            path, OTHER, force=True, progress=lambda *_: (path / "notes.txt").write_text("precious")
        )
    assert (path / "notes.txt").read_text() == "precious"
    assert fastinit.verify(path, WEIGHT)


def test_other_directories_are_not_replaced(tmp_path):
    path = tmp_path / "w.zarr"
    (path / "0" / "1").mkdir(parents=True)
    with pytest.raises(FileExistsError, match=r"has no zarr\.json"):
        fastinit.save_zarr(path, WEIGHT, force=True)
    shutil.rmtree(path)
    path.mkdir()
    fastinit.save_zarr(path, WEIGHT, force=True)  # an empty one
    path.chmod(0o750)
    zarr.create_array(path, shape=(9,), chunks=(2,), dtype="f4", zarr_format=2, overwrite=True)[
        :
    ] = 1
    fastinit.save_zarr(path, OTHER, force=True)  # version 2 of the format
    assert fastinit.verify(path, OTHER)
    assert names(path) == ["c", "zarr.json"]


def test_a_link_to_a_directory_stays(tmp_path):
    (tmp_path / "disk").mkdir()
    link = tmp_path / "w.zarr"
    link.symlink_to(tmp_path / "disk" / "w.zarr")
    fastinit.save_zarr(link, WEIGHT)
    fastinit.save_zarr(link, OTHER, force=True)
    assert link.is_symlink()
    assert fastinit.verify(link, OTHER)
    assert names(tmp_path / "disk") == ["w.zarr"]


KILL_EACH_LINE = """if True:
    import itertools, linecache, os, re, shutil, signal, sys
    from pathlib import Path
    import zarr, fastinit
    from fastinit.storage.atomic import atomic_directory
    from fastinit.storage.zarr import saving as module
    from tests.storage.test_zarr_commit import WEIGHT, OTHER, CHUNKS

    # Lines that may change the file system; each one is tried once, before it runs.
    CALL = re.compile(r"(write|remove|rename|unlink|rmdir|rmtree|mkdir|truncate|discard|chmod|"
                      r"commit|before|after|exchange|synchronise|fsync|close)[a-z_0-9]*\\(")
    FUNCTIONS = {"commit", "exchange", "rename", "remove_array", "discard", "recover", "begin",
                 "write", "before", "remove_receipts", "partial_directory"}
    FILES = {atomic_directory.__file__, module.__file__}
    folder, two_renames, replaces = Path(sys.argv[1]), sys.argv[2] == "True", sys.argv[3] == "True"
    if two_renames:
        atomic_directory.renameat2 = lambda *_: False

    def child(work):
        number = os.fork()
        if number:
            return os.waitpid(number, 0)[1]
        try:
            work()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)

    def save(path, weight):
        fastinit.save_zarr(path, weight, force=True, receipt=True, **CHUNKS)

    def new(path):
        save(path, WEIGHT)

    def contents(path):
        return {str(each.relative_to(path)): each.read_bytes()
                for each in path.rglob("*") if each.is_file()}

    for name, weight in {"old": OTHER, "new": WEIGHT}.items():
        (folder / name).mkdir()
        options = CHUNKS if name == "new" else {"chunks": (8, 7)}
        assert child(lambda: fastinit.save_zarr(folder / name / "w.zarr", weight, receipt=True,
                                                **options)) == 0
    arrays = {name: contents(folder / name / "w.zarr") for name in ("old", "new")}
    receipts = {name: (folder / name / "w.zarr.receipt.json").read_bytes() for name in arrays}

    for count in itertools.count(1):
        place = folder / "work"
        shutil.copytree(folder / "old", place) if replaces else place.mkdir()
        array, receipt = place / "w.zarr", place / "w.zarr.receipt.json"

        def killed_at_line():
            seen = set()
            def trace(frame, event, _):
                code, place = frame.f_code, (frame.f_code.co_filename, frame.f_lineno)
                if code.co_filename not in FILES or code.co_name not in FUNCTIONS:
                    return None
                if event == "line" and CALL.search(linecache.getline(*place)):
                    seen.add(place)
                    if len(seen) == count:
                        os.kill(os.getpid(), signal.SIGKILL)
                return trace
            sys.settrace(trace)
            new(array)

        status = child(killed_at_line)
        if status == 0:
            assert contents(array) == arrays["new"]
            assert sorted(each.name for each in place.iterdir()) == [array.name, receipt.name]
            break
        assert status == signal.SIGKILL, status
        if not array.exists() and replaces:
            assert two_renames
            assert contents(place / ".w.zarr.fastinit-replaced") == arrays["old"]
        killed_late = array.exists()  # only the journal is left to be removed
        if killed_late:
            which = "new" if contents(array) == arrays["new"] else "old"
            assert contents(array) == arrays[which], count
            if receipt.exists():
                assert receipt.read_bytes() == receipts[which], count
        # Without force, the next run completes a new array, and never replaces an old one.
        def again():
            try:
                fastinit.save_zarr(array, WEIGHT, receipt=True, **CHUNKS)
            except FileExistsError:
                assert array.exists()
        if not killed_late or count % 3 == 0:
            assert child(again) == 0
            assert array.exists()
            if replaces and not killed_late:
                assert contents(array) == arrays["old"]  # its name was given back
        if replaces or killed_late:
            assert child(lambda: new(array)) == 0
        assert contents(array) == arrays["new"]
        assert receipt.read_bytes() == receipts["new"]
        assert sorted(each.name for each in place.iterdir()) == [array.name, receipt.name], count
        shutil.rmtree(place)
    print(count)
"""


@pytest.mark.slow
@pytest.mark.parametrize("replaces", [True, False], ids=["replaces", "is new"])
@pytest.mark.parametrize("two_renames", [True, False], ids=["two renames", "exchange"])
def test_a_kill_at_each_line_of_the_commit_loses_nothing(tmp_path, two_renames, replaces):
    if not two_renames and sys.platform != "linux":
        pytest.skip("only Linux has renameat2")
    command = [sys.executable, "-c", KILL_EACH_LINE, str(tmp_path), str(two_renames), str(replaces)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 12


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has renameat2")
def test_two_directories_exchange_their_names(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"from {name}").touch()
    if not atomic_directory.renameat2(tmp_path / "a", tmp_path / "b", atomic_directory.EXCHANGE):
        pytest.skip("this file system cannot exchange names")
    assert names(tmp_path / "a") == ["from b"]
    with pytest.raises(FileExistsError):
        atomic_directory.renameat2(tmp_path / "a", tmp_path / "b", atomic_directory.NO_REPLACE)


def test_an_error_between_two_renames_gives_the_old_array_its_name_back(tmp_path, monkeypatch):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, OTHER)
    monkeypatch.setattr(atomic_directory, "renameat2", lambda *_: False)
    rename = Path.rename

    def broken(self, target):
        if self.name.endswith("-partial"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self), None, str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match=r"/w\.zarr") as caught:
        fastinit.save_zarr(path, WEIGHT, force=True)
    assert caught.value.filename == str(path)
    assert fastinit.verify(path, OTHER)
    assert names(tmp_path) == ["w.zarr"]


WRITER = """if True:
    import sys, time, fastinit
    from tests.storage.test_zarr_commit import WEIGHT, CHUNKS
    def wait(done, total):
        time.sleep(0.05)
    time.sleep(max(0, float(sys.argv[2]) - time.time()))
    try:
        fastinit.save_zarr(sys.argv[1], WEIGHT, force=True, receipt=True, progress=wait, **CHUNKS)
        print("done")
    except BlockingIOError as error:
        print("busy", error)
"""


def test_of_several_writers_one_works(tmp_path):
    import time  # noqa: PLC0415

    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, OTHER)
    command = [sys.executable, "-c", WRITER, str(path), str(time.time() + 6)]
    with ThreadPoolExecutor(5) as pool:
        runs = list(
            pool.map(
                lambda _: subprocess.run(command, check=False, capture_output=True, text=True),
                range(5),
            )
        )
    output = [run.stdout for run in runs]
    assert all(run.returncode == 0 for run in runs), runs
    assert output.count("done\n") >= 1
    assert any(text.startswith("busy") for text in output), output
    assert all("w.zarr" in text for text in output if text.startswith("busy"))
    assert fastinit.verify(path, WEIGHT)
    assert names(tmp_path) == ["w.zarr", "w.zarr.receipt.json"]


# Parts.

OPTIONS = [
    *("--shape", "64x16", "--scheme", "normal:0.1,0.3"),
    *("--seed", "5", "--name", "w", "--padding-idx", "3"),
]


def test_parts_in_any_order(tmp_path):
    whole = fastinit.save_zarr(tmp_path / "whole.zarr", WEIGHT, receipt=True, **CHUNKS)
    path = tmp_path / "w.zarr"
    for number in (3, 1, 1, 5, 4):
        assert fastinit.save_zarr(path, WEIGHT, receipt=True, part=(number, 5), **CHUNKS) is None
        assert not path.exists()
    with pytest.raises(ValueError, match="was made from other weights or options"):
        fastinit.save_zarr(path, OTHER, part=(2, 5))
    receipt = fastinit.save_zarr(path, WEIGHT, receipt=True, part=(2, 5), **CHUNKS)
    assert fastinit.compare_receipts(receipt, whole) == []
    assert fastinit.verify(path)
    assert names(tmp_path) == [
        *("w.zarr", "w.zarr.receipt.json", "whole.zarr", "whole.zarr.receipt.json")
    ]
    for part in [(0, 5), (6, 5), (1, 0)]:
        with pytest.raises(ValueError, match=r"^part "):
            fastinit.save_zarr(tmp_path / "v.zarr", WEIGHT, part=part)
    for part in [(True, 1), (1.0, 2), [1, 2], 1]:
        with pytest.raises(TypeError, match=r"^part must be two integers"):
            fastinit.save_zarr(tmp_path / "v.zarr", WEIGHT, part=part)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_parts_at_the_same_time(tmp_path, count):
    path = tmp_path / "w.zarr"

    def write(number):
        return fastinit.save_zarr(path, WEIGHT, receipt=True, part=(number, count), **CHUNKS)

    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(write, range(1, count + 1)))
    assert any(receipts)
    assert fastinit.verify(path, receipt=next(filter(None, receipts)))
    assert fastinit.verify(path)
    assert names(tmp_path) == ["w.zarr", "w.zarr.receipt.json"]


def test_the_last_part_waits_for_a_process_that_is_about_to_end(tmp_path, monkeypatch):
    """It takes the lock alone, which another part may still hold for a moment."""
    path, options = tmp_path / "a.zarr", {"chunks": (100, 7)}
    weight = fastinit.Weight((300, 7), "xavier", seed=1, name="w")
    fastinit.save_zarr(path, weight, part=(1, 2), **options)
    other = os.open(tmp_path / ".a.zarr.fastinit-journal", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_SH)
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        os.close(other)

    monkeypatch.setattr(time, "sleep", sleep)
    fastinit.save_zarr(path, weight, part=(2, 2), **options)
    assert len(waited) == 1
    assert fastinit.verify(path)


def test_a_part_that_was_killed_is_continued(tmp_path):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, WEIGHT, part=(1, 2), **CHUNKS)
    with pytest.raises(RuntimeError):
        fastinit.save_zarr(path, WEIGHT, part=(2, 2), progress=fail, **CHUNKS)
    assert not path.exists()
    fastinit.save_zarr(path, WEIGHT, part=(2, 2), **CHUNKS)
    assert fastinit.verify(path)
    assert names(tmp_path) == ["w.zarr"]


def test_a_changed_journal_of_a_part_is_not_trusted(tmp_path):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, WEIGHT, receipt=True, part=(2, 2), **CHUNKS)
    journal = tmp_path / ".w.zarr.fastinit-journal-2-of-2"
    text = journal.read_bytes()
    for changed in (text.replace(b"0.", b"1."), text[:-9], b"", b"[" * 10**5, b"\xff" * 99):
        journal.write_bytes(changed)
        assert changed != text
        assert fastinit.save_zarr(path, WEIGHT, receipt=True, part=(1, 2), **CHUNKS) is None
        assert not path.exists()
    fastinit.save_zarr(path, WEIGHT, receipt=True, part=(2, 2), **CHUNKS)
    assert fastinit.verify(path, receipt=f"{path}.receipt.json")


def test_parts_and_a_whole_run_exclude_each_other(tmp_path):
    path = tmp_path / "w.zarr"

    def other_runs(done, total):
        if done == total:
            return
        with pytest.raises(BlockingIOError, match="another process is writing it"):
            fastinit.save_zarr(path, WEIGHT, **CHUNKS)
        with pytest.raises(BlockingIOError, match="another process is writing it"):
            fastinit.save_zarr(path, WEIGHT, part=(1, 2), **CHUNKS)
        with pytest.raises(ValueError, match="another process is writing other weights"):
            fastinit.save_zarr(path, OTHER, part=(2, 2))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fastinit.save_zarr(path, WEIGHT, part=(1, 2), progress=other_runs, **CHUNKS)


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["create", "w.zarr", *OPTIONS, "--chunks", "8x16", "--shards", "16x16"]) == 0
    assert "w.zarr.receipt.json" in capsys.readouterr().out
    assert zarr.open_array("w.zarr", mode="r").shards == (16, 16)
    assert main(["verify", "w.zarr", "--receipt", "w.zarr.receipt.json"]) == 0
    for number in (1, 2):
        assert main(["create", "v.zarr", *OPTIONS, "--part", f"{number}/2", "--no-receipt"]) == 0
        assert ("incomplete" in capsys.readouterr().out) == (number == 1)
    assert main(["compare", "w.zarr.receipt.json", "w.zarr.receipt.json"]) == 0
    assert names(tmp_path) == ["v.zarr", "w.zarr", "w.zarr.receipt.json"]
    assert np.array_equal(zarr.open_array("v.zarr", mode="r")[:], np.asarray(WEIGHT))
    assert main(["create", "u.zarr", *OPTIONS, "--part", "index"]) == 2
    assert "has no index" in capsys.readouterr().err
    assert main(["create", "u.npy", *OPTIONS, "--shards", "8x16"]) == 2
    assert "--shards can be used only with a Zarr array" in capsys.readouterr().err
    assert main(["create", "w.zarr", *OPTIONS, "--dry-run"]) == 2
    assert main(["create", "u.zarr", *OPTIONS, "--dry-run"]) == 0
