"""Whatever goes wrong while a file is made: the whole right file or none, and a clear message."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest

import fastinit
from fastinit import Weight
from fastinit.__main__ import main
from fastinit.storage.atomic import atomic_file, journal, resumable_file
from fastinit.storage.blocks import blocks
from fastinit.storage.single import saving
from tests.support.small_blocks import use_small_blocks

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((3001, 64), "he_normal", seed=7, name="w", dtype="bfloat16", padding_idx=5)
PARTIAL, JOURNAL = ".w.npy.fastinit-partial", ".w.npy.fastinit-journal"

#: Makes WEIGHT as w.safetensors in blocks of 4096 bytes, 94 of them, each listed at once, and slow.
MAKE_SLOWLY = """if True:
    import os, sys, time
    import fastinit
    from fastinit.__main__ import program
    from fastinit.storage.atomic import atomic_file, journal
    from fastinit.storage.blocks import blocks
    from fastinit.storage.single import saving

    blocks.BLOCK_BYTES = 4096
    journal.INTERVAL_BYTES = 1
    pause, write_block = float(sys.argv.pop(1)), saving.write_block

    def slowly(*arguments):
        time.sleep(pause)
        summary = write_block(*arguments)
        os.write(1, b"block\\n")
        return summary

    saving.write_block = slowly
    sys.exit(program())
"""
OPTIONS = "--shape 3001x64 --scheme he_normal --seed 7 --name w --dtype bfloat16 --padding-idx 5"


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    use_small_blocks(monkeypatch)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def start(folder, *arguments, pause=0.005, name="w.safetensors"):
    """Start `fastinit create`; return the process when its first block is written."""
    command = [sys.executable, "-c", MAKE_SLOWLY, str(pause), "create", name, *OPTIONS.split()]
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "block\n"
    return process


def wait_for_blocks(process, count):
    """Wait until a process has written so many blocks more: a time would depend on the load."""
    for _ in range(count):
        assert process.stdout.readline() == "block\n"


def ended(process):
    """Return the status of a process, how many blocks it wrote after the first, and its errors."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out.count("block\n"), err


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The file and the receipt that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    status, *_ = ended(start(folder, pause=0))
    assert status == 0
    return [(folder / f"w.safetensors{end}").read_bytes() for end in ("", ".receipt.json")]


def assert_whole(folder, whole):
    assert names(folder) == ["w.safetensors", "w.safetensors.receipt.json"]
    found = [(folder / name).read_bytes() for name in names(folder)]
    assert found == whole
    assert fastinit.verify(folder / "w.safetensors")


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_random_moments_and_resumed(tmp_path, whole, seed):
    moments = random.Random(seed)  # noqa: S311
    for _ in range(3):
        process = start(tmp_path, "--resume")
        wait_for_blocks(process, moments.randrange(5, 20))
        time.sleep(moments.uniform(0, 0.01))
        process.kill()
        assert ended(process)[0] == -signal.SIGKILL
        assert names(tmp_path) == [
            ".w.safetensors.fastinit-journal",
            ".w.safetensors.fastinit-partial",
        ]
    status, count, err = ended(start(tmp_path, "--resume"))
    assert (status, err) == (0, "")
    assert count < 80  # of 94: the rest was there
    assert_whole(tmp_path, whole)


def test_a_run_that_did_not_ask_for_it_can_be_resumed(tmp_path, whole):
    process = start(tmp_path)
    wait_for_blocks(process, 20)
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL
    status, count, _ = ended(start(tmp_path, "--resume"))
    assert (status, count < 90) == (0, True)
    assert_whole(tmp_path, whole)


def test_a_killed_run_can_be_begun_anew(tmp_path, whole):
    process = start(tmp_path)
    wait_for_blocks(process, 10)
    process.kill()
    ended(process)
    status, count, _ = ended(start(tmp_path, pause=0))
    assert (status, count > 85) == (0, True)
    assert_whole(tmp_path, whole)


@pytest.mark.parametrize(
    ("number", "expected", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung up"),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_stopped(tmp_path, whole, number, expected, word):
    process = start(tmp_path)
    process.send_signal(number)
    status, count, err = ended(process)
    assert (status, err) == (expected, f"fastinit: {word}; nothing was kept\n")
    assert count < 90
    assert names(tmp_path) == []
    process = start(tmp_path, "--resume")
    wait_for_blocks(process, 20)
    process.send_signal(number)
    status, _, err = ended(process)
    kept = ".w.safetensors.fastinit-partial kept; to go on, run the same command again"
    assert (status, err) == (expected, f"fastinit: {word}; {kept}\n")
    assert len(names(tmp_path)) == 2  # --resume leaves what is written
    status, count, _ = ended(start(tmp_path, "--resume"))
    assert (status, count < 90) == (0, True)
    assert_whole(tmp_path, whole)


@pytest.mark.parametrize("arguments", [[], ["--resume"], ["--force"]], ids=str)
def test_two_writers(tmp_path, whole, arguments, monkeypatch, capsys):
    first = start(tmp_path, pause=0.03)
    monkeypatch.chdir(tmp_path)
    status = main(["create", "w.safetensors", *OPTIONS.split(), *arguments])
    first_status = ended(first)[0]
    assert (status, first_status) == (3, 0)
    assert capsys.readouterr().err == (
        "fastinit: w.safetensors: another process is writing it; wait for that process, or stop it\n"
    )
    assert_whole(tmp_path, whole)


def test_two_threads_of_one_process(tmp_path):
    path, errors = tmp_path / "w.npy", []

    def again(*_):
        try:
            fastinit.save(path, weight)
        except OSError as error:
            errors.append(error)

    weight = Weight((3001, 64), "he_normal", seed=7, name="w")
    fastinit.save(path, weight, progress=again)
    assert errors
    assert all(isinstance(error, BlockingIOError) for error in errors)
    assert fastinit.verify(path, weight)


@pytest.mark.parametrize("call", ["open", "fstat", "fchmod", "ftruncate"])
def test_interrupted_as_it_begins(tmp_path, monkeypatch, call):
    real = getattr(os, call)

    def interrupted(*arguments):
        result = real(*arguments)
        if (tmp_path / PARTIAL).exists():
            monkeypatch.undo()  # once
            signal.raise_signal(signal.SIGINT)
        return result

    monkeypatch.setattr(os, call, interrupted)
    (tmp_path / "w.npy").touch()
    with pytest.raises(KeyboardInterrupt):
        fastinit.save(tmp_path / "w.npy", FLOATS, force=True)
    assert names(tmp_path) == ["w.npy"]
    assert (tmp_path / "w.npy").stat().st_size == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("call", ["fsync", "link", "unlink"])
def test_a_signal_waits_until_a_file_has_its_name(tmp_path, monkeypatch, call, number):
    class StopError(BaseException):
        pass

    def stop(*_):
        raise StopError

    before = signal.signal(number, stop)
    real, calls = getattr(os, call), []

    def interrupted(*arguments, **options):
        result = real(*arguments, **options)
        calls.append(arguments)
        if len(calls) == 1:
            signal.raise_signal(number)
        return result

    monkeypatch.setattr(os, call, interrupted)
    try:
        with pytest.raises(StopError):
            fastinit.save(tmp_path / "w.npy", FLOATS)
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)
    # fsync comes before the step that must not be half done: the file is removed.
    assert names(tmp_path) == ([] if call == "fsync" else ["w.npy"])


def test_file_system_without_locks(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(resumable_file.fcntl, "flock", flock)
    fastinit.save(tmp_path / "w.npy", FLOATS)
    assert fastinit.verify(tmp_path / "w.npy", FLOATS)
    (tmp_path / "w.npy").unlink()
    (tmp_path / PARTIAL).write_bytes(b"whose?")
    with pytest.raises(BlockingIOError, match=r"no locks.* remove \.w\.npy\.fastinit-partial"):
        fastinit.save(tmp_path / "w.npy", FLOATS)
    assert (tmp_path / PARTIAL).read_bytes() == b"whose?"
    fastinit.save(tmp_path / "w.npy", FLOATS, resume=True)
    assert fastinit.verify(tmp_path / "w.npy", FLOATS)


def test_a_link_in_place_of_the_partial_file_is_not_followed(tmp_path):
    (tmp_path / "other").write_bytes(b"precious")
    for name in (PARTIAL, JOURNAL):
        (tmp_path / name).symlink_to("other")
        with pytest.raises(OSError) as error:  # noqa: PT011 - the C library words it
            fastinit.save(tmp_path / "w.npy", FLOATS)
        assert error.value.errno == errno.ELOOP
        assert (tmp_path / "other").read_bytes() == b"precious"
        (tmp_path / name).unlink(missing_ok=True)


class StopError(Exception):
    pass


@contextmanager
def stopped_after(monkeypatch, count):
    """Let saving fail after so many blocks; give the list of those that were written."""
    written, write_block = [], saving.write_block

    def counted(writer, block, checksum):
        if len(written) >= count:
            raise StopError
        summary = write_block(writer, block, checksum)
        written.append(block.position)
        return summary

    with monkeypatch.context() as patches:
        patches.setattr(saving, "write_block", counted)
        yield written


FLOATS = Weight((3001, 64), "he_normal", seed=7, name="w")


def save_part(tmp_path, monkeypatch, count=20, weight=FLOATS, **options):
    with stopped_after(monkeypatch, count) as written, pytest.raises(StopError):
        fastinit.save(tmp_path / "w.npy", weight, resume=True, **options)
    return written


def resume(tmp_path, monkeypatch, weight=FLOATS, **options):
    with stopped_after(monkeypatch, 10**6) as written:
        receipt = fastinit.save(tmp_path / "w.npy", weight, resume=True, **options)
    assert np.load(tmp_path / "w.npy").tobytes() == np.asarray(weight).tobytes()
    assert JOURNAL not in names(tmp_path)
    assert PARTIAL not in names(tmp_path)
    return written, receipt


@pytest.mark.parametrize(
    "options", [{}, {"receipt": True}, {"receipt": True, "checksum": "sha256"}], ids=str
)
def test_only_what_is_missing_is_written(tmp_path, monkeypatch, options):
    before = save_part(tmp_path, monkeypatch, **options)
    after, receipt = resume(tmp_path, monkeypatch, **options)
    assert not {*before} & {*after}
    assert len(before) + len(after) == len({*before, *after}) == 188
    if options:
        assert receipt == fastinit.save(tmp_path / "w.npy", FLOATS, force=True, **options)


def test_resume_with_nothing_to_resume(tmp_path, monkeypatch):
    assert len(resume(tmp_path, monkeypatch)[0]) == 188
    with pytest.raises(FileExistsError):
        fastinit.save(tmp_path / "w.npy", FLOATS, resume=True)


@pytest.mark.parametrize(
    "other",
    [
        {"weight": Weight((3001, 64), "he_normal", seed=8, name="w")},
        {"weight": Weight((99, 64), "he_normal", seed=7, name="w")},
        {"receipt": True},
    ],
    ids=["seed", "shape", "receipt"],
)
def test_the_rest_of_something_else_is_refused(tmp_path, monkeypatch, other):
    before = save_part(tmp_path, monkeypatch)
    there = [(tmp_path / name).read_bytes() for name in (PARTIAL, JOURNAL)]
    weight = other.pop("weight", FLOATS)
    with pytest.raises(
        ValueError, match=r"w\.npy.*fastinit-partial was made from other weights or options"
    ):
        fastinit.save(tmp_path / "w.npy", weight, resume=True, **other)
    assert there == [(tmp_path / name).read_bytes() for name in (PARTIAL, JOURNAL)]
    assert len(resume(tmp_path, monkeypatch)[0]) == 188 - len(before)  # it is still there
    (tmp_path / "w.npy").unlink()
    save_part(tmp_path, monkeypatch)
    fastinit.save(tmp_path / "w.npy", weight)  # begun anew without resume
    assert fastinit.verify(tmp_path / "w.npy", weight)


def test_damaged_journal(tmp_path, monkeypatch):
    save_part(tmp_path, monkeypatch, receipt=True)
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    assert len(lines) >= 21
    kept = {
        len(lines): b"".join(lines),
        11: b"".join(lines[:11]) + lines[11][:-1],
        6: b"".join(lines[:6]) + b"\0" * 300 + b"".join(lines[6:]),
        4: b"".join(lines[:4]) + b'{"block": 17}\n',
        1: lines[0],
        0: b"",
    }
    partial = (tmp_path / PARTIAL).read_bytes()
    for count, content in kept.items():
        (tmp_path / PARTIAL).write_bytes(partial)
        (tmp_path / JOURNAL).write_bytes(content)
        with stopped_after(monkeypatch, 10**6) as written:
            fastinit.save(tmp_path / "w.npy", FLOATS, resume=True, receipt=True, force=True)
        assert len(written) == 188 - max(0, count - 1)
        assert fastinit.verify(tmp_path / "w.npy", receipt=tmp_path / "w.npy.receipt.json")
        assert fastinit.verify(tmp_path / "w.npy", FLOATS)


def test_journal_lists_only_what_is_on_the_disk(tmp_path, monkeypatch):
    synchronised, lengths, real = [], [0], os.fdatasync
    monkeypatch.setattr(blocks, "MOST_THREADS", 1)

    def fdatasync(descriptor):
        assert (tmp_path / JOURNAL).stat().st_size == lengths[-1]  # nothing is listed before
        real(descriptor)
        synchronised.append((tmp_path / PARTIAL).read_bytes())

    def write(self, *, write=journal.Journal.write):
        write(self)
        lengths.append((tmp_path / JOURNAL).stat().st_size)
        listed = (tmp_path / JOURNAL).read_bytes().splitlines()[1:]
        whole = np.asarray(FLOATS).tobytes()
        for line in listed:
            first = json.loads(line[journal.SEAL_DIGITS :])["block"] * 4096
            start = len(synchronised[-1]) - len(whole) + first
            expected = whole[first : first + 4096]
            assert synchronised[-1][start : start + len(expected)] == expected

    monkeypatch.setattr(journal.os, "fdatasync", fdatasync)
    monkeypatch.setattr(journal.Journal, "write", write)
    fastinit.save(tmp_path / "w.npy", FLOATS)
    assert len(synchronised) > 10


def test_killed_between_its_two_names(tmp_path, monkeypatch):
    fastinit.save(tmp_path / "w.npy", FLOATS)
    content = (tmp_path / "w.npy").read_bytes()
    os.link(tmp_path / "w.npy", tmp_path / PARTIAL)
    other = Weight((3001, 64), "he_normal", seed=8, name="w")
    with stopped_after(monkeypatch, 5), pytest.raises(StopError):
        fastinit.save(tmp_path / "w.npy", other, force=True)
    assert (tmp_path / "w.npy").read_bytes() == content  # not emptied through its other name
    assert names(tmp_path) == ["w.npy"]


def vanish(folder):
    shutil.rmtree(folder)


def be_renamed(folder):
    folder.rename(folder.with_name("elsewhere"))


def be_replaced(folder):
    be_renamed(folder)
    folder.mkdir()


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("what", [vanish, be_renamed, be_replaced])
def test_directory_that_changes_meanwhile(tmp_path, what, resume):
    folder, done = tmp_path / "folder", []
    folder.mkdir()

    def progress(*_):
        if not done:
            done.append(what(folder))

    with pytest.raises(FileNotFoundError, match="was removed, renamed or replaced") as error:
        fastinit.save(folder / "w.npy", FLOATS, progress=progress, resume=resume)
    assert error.value.filename == str(folder)
    kept = [JOURNAL, PARTIAL] if resume else []
    if what is not vanish:
        assert names(tmp_path / "elsewhere") == kept
        fastinit.save(tmp_path / "elsewhere" / "w.npy", FLOATS, resume=True)
        assert names(tmp_path / "elsewhere") == ["w.npy"]
    if what is be_replaced:
        assert names(folder) == []


def test_directory_that_vanishes_while_a_small_file_is_written(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    with (
        pytest.raises(FileNotFoundError, match="was removed, renamed or replaced"),
        atomic_file.whole_file(folder / "r.json", 10, force=False),
    ):
        be_renamed(folder)
    assert names(tmp_path / "elsewhere") == []


def test_partial_file_is_removed_meanwhile(tmp_path):
    remove = resumable_file.partial_name(tmp_path / "w.npy").unlink
    with pytest.raises(FileNotFoundError, match=r"w\.npy"):
        fastinit.save(tmp_path / "w.npy", FLOATS, progress=lambda *_: remove(missing_ok=True))
    assert names(tmp_path) == []


@pytest.mark.parametrize("resume", [False, True])
def test_file_that_appears_meanwhile(tmp_path, resume):
    path = tmp_path / "w.npy"
    with pytest.raises(FileExistsError):
        fastinit.save(
            path, FLOATS, resume=resume, progress=lambda *_: path.write_bytes(b"precious")
        )
    assert path.read_bytes() == b"precious"
    assert names(tmp_path) == ([JOURNAL, PARTIAL, "w.npy"] if resume else ["w.npy"])
    fastinit.save(path, FLOATS, resume=resume, force=True)
    assert fastinit.verify(path, FLOATS)
    assert names(tmp_path) == ["w.npy"]


@contextmanager
def mounted(folder, options):
    """Mount a small file system in memory, if this user may."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if (
        shutil.which("mount") is None
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip("this user may mount nothing")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def create(folder, *arguments):
    command = [sys.executable, "-m", "fastinit", "create", "w.safetensors", *OPTIONS.split()]
    return subprocess.run(
        [*command, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_full_disk(tmp_path):
    with mounted(tmp_path, "size=256k"):
        result = create(tmp_path)
        assert result.returncode == 3
        assert result.stderr == (
            "fastinit: w.safetensors: No space left on device (a file of 384,448 bytes)\n"
        )
        assert names(tmp_path) == []


def test_disk_that_fills_up_meanwhile(tmp_path, monkeypatch):
    # A file system that cannot take space beforehand.
    monkeypatch.setattr(resumable_file, "reserve", os.ftruncate)
    with mounted(tmp_path, "size=256k"):
        with pytest.raises(OSError, match="No space left on device"):
            fastinit.save(tmp_path / "w.npy", FLOATS)
        assert names(tmp_path) == []


def test_read_only_file_system(tmp_path):
    with mounted(tmp_path, "ro"):
        result = create(tmp_path)
        assert result.returncode == 3
        assert result.stderr.startswith("fastinit: w.safetensors: Read-only file system")


def test_receipt_that_cannot_be_written(tmp_path):
    receipt = tmp_path / "folder" / "r.json"
    with pytest.raises(FileNotFoundError, match="folder"):
        fastinit.save(tmp_path / "w.npy", FLOATS, receipt=receipt)
    assert names(tmp_path) == []


def test_file_system_without_direct_output(tmp_path, monkeypatch):
    monkeypatch.setattr("fastinit.storage.blocks.direct_io.DIRECT", 0)
    fastinit.save(tmp_path / "w.npy", FLOATS)
    assert fastinit.verify(tmp_path / "w.npy", FLOATS)


def test_direct_output_that_is_refused_later(tmp_path, monkeypatch):
    refused = []

    def refusing(call):
        def called(descriptor, data, position):
            if os.O_DIRECT & fcntl.fcntl(descriptor, fcntl.F_GETFL):
                refused.append(call.__name__)
                raise OSError(errno.EINVAL, "Invalid argument")
            return call(descriptor, data, position)

        return called

    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1 << 16)
    for call in (os.pwrite, os.preadv):
        monkeypatch.setattr(os, call.__name__, refusing(call))
    fastinit.save(tmp_path / "w.npy", FLOATS)
    assert fastinit.verify(tmp_path / "w.npy", FLOATS)
    monkeypatch.undo()
    assert np.load(tmp_path / "w.npy").tobytes() == np.asarray(FLOATS).tobytes()
    assert {*refused} == {"pwrite", "preadv"}
