"""What a call takes it gives back, whatever fails: descriptors, threads, handlers of signals, files.

The bits are right with and without these effects, so no test of values sees them.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

import fastinit
from fastinit import Weight
from fastinit.__main__ import Stop, Terminated
from fastinit._engine.threads import chosen_num_threads
from fastinit.storage.blocks import blocks
from fastinit.storage.zarr import arrays
from tests.support.signatures import functions_with
from tests.support.small_blocks import use_small_blocks, write_in_order
from tests.support.threads import record_threads

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT, OLD = (Weight((96, 32), "he_normal", seed=seed, name="w") for seed in (7, 8))
SET = [Weight((40, 32), "he_normal", seed=7, name=name) for name in "abc"]
SHARDS = {"max_shard_size": "6KB"}
CHUNKS = {"chunks": (32, 16)}
RECEIPT = "w.npy.receipt.json"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

#: Calls that write each kind of file, and calls that read what these write.
WRITERS = {
    "save": partial(fastinit.save, "w.npy", WEIGHT, receipt=True),
    "save, force": partial(fastinit.save, "w.npy", WEIGHT, receipt=True, force=True),
    "save, resume": partial(fastinit.save, "w.npy", WEIGHT, receipt=True, resume=True),
    "save, part": partial(fastinit.save, "w.npy", WEIGHT, receipt=True, part=(1, 1)),
    "save_sharded": partial(fastinit.save_sharded, "m", SET, receipt=True, **SHARDS),
    "save_zarr": partial(fastinit.save_zarr, "w.zarr", WEIGHT, receipt=True, **CHUNKS),
    "save_zarr, part": partial(fastinit.save_zarr, "w.zarr", WEIGHT, part=(1, 1), **CHUNKS),
}
READERS = {
    "verify": partial(fastinit.verify, "w.npy", WEIGHT),
    "verify, receipt": partial(fastinit.verify, "w.npy", receipt=RECEIPT),
    "verify, sample": partial(fastinit.verify, "w.npy", WEIGHT, sample=2),
    "verify, set": partial(fastinit.verify, "m"),
    "verify, some of a set": partial(fastinit.verify, "m", SET[:2]),
    "verify, sample of a set": partial(fastinit.verify, "m", sample=1),
    "verify, array": partial(fastinit.verify, "w.zarr"),
    "verify, sample of an array": partial(fastinit.verify, "w.zarr", sample=1),
    "verify, array by receipt": partial(fastinit.verify, "w.zarr", receipt="w.zarr.receipt.json"),
    "make_receipt": partial(fastinit.make_receipt, "w.npy", WEIGHT, receipt="r.json"),
    "make_receipt, array": partial(fastinit.make_receipt, "w.zarr", receipt="r.json"),
    "make_receipts": partial(fastinit.make_receipts, "m", force=True, checksum="sha256"),
}
CALLS = WRITERS | READERS
#: What the package calls to change or read files, but for calls that fail at no open file.
FALLIBLE = ["open", "ftruncate", "pwrite", "preadv", "pread", "fsync", "fdatasync", "link"]
FALLIBLE += ["replace", "unlink", "mkdir", "rmdir"]
#: If removing fails, something stays.
REMOVING = ("unlink", "rmdir")
KEEPING = ("save, resume", "save, part", "save_zarr, part")


#: How many blocks or files some calls divide their work into; the others have more than threads.
UNITS = {
    "save_zarr": 6,
    "save_zarr, part": 6,
    "verify, receipt": 3,
    "verify, sample": 2,
    "verify, sample of a set": 1,
    "verify, array": 6,
    "verify, sample of an array": 1,
    "verify, array by receipt": 3,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder, which is the working directory."""
    use_small_blocks(monkeypatch)
    write_in_order(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepare(name):
    """Write what a call reads or replaces."""
    if "array" in name or "zarr" in name:
        pytest.importorskip("zarr")
        # The zarr package starts threads of its own once.
        fastinit.save_zarr("first.zarr", WEIGHT, **CHUNKS)
        assert fastinit.verify("first.zarr")
        shutil.rmtree("first.zarr")
    if name in READERS or "force" in name:
        for each in ("save", "save_sharded", "save_zarr"):
            if each != "save_zarr" or "array" in name:
                WRITERS[each]()


def taken():
    """Return the descriptors, threads, and handlers and masks of signals of this process."""
    links = {}
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the listing itself
            links[descriptor.name] = descriptor.readlink()
    return (
        links,
        set(threading.enumerate()),
        [signal.getsignal(number) for number in SIGNALS],
        signal.pthread_sigmask(signal.SIG_BLOCK, []),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_succeeds_leaves_nothing_open(folder, name):
    prepare(name)
    CALLS[name]()  # loads what is loaded once
    before = taken()
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(blocks, "MOST_THREADS", 3)
        if name in WRITERS:
            CALLS[name].func(*CALLS[name].args, **CALLS[name].keywords | {"force": True})
        else:
            (folder / "r.json").unlink(missing_ok=True)
            CALLS[name]()
    assert taken() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", CALLS)
def test_an_error_of_any_system_call_leaves_nothing_open(folder, monkeypatch, name):
    prepare(name)
    kept = contents(folder)
    before = taken()
    step = 4 if name in ("save_sharded", "save_zarr") else 1  # they repeat the same calls
    for number in itertools.count(step=step):
        put_back(folder, kept)
        failed, error = failing(monkeypatch, number, CALLS[name])
        if failed is None:
            break
        assert taken() == before, failed
        # Other processes may use what a part leaves.
        if error is not None and failed not in REMOVING and name not in KEEPING:
            left = [path.name for path in folder.rglob(".*") if "fastinit" in path.name]
            assert left == [], failed
    assert number > (3 if name in READERS else 20)


def fail():
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def failing(monkeypatch, number, call, fault=fail):
    """Let a system call fail; return its name, or None if there were fewer, and the error."""
    calls, failed = itertools.count(), []

    def fallible(name, real):
        def called(*arguments, **options):
            if next(calls) == number:
                failed.append(name)
                fault()
            return real(*arguments, **options)

        return called

    with monkeypatch.context() as patches:
        for name in FALLIBLE:
            patches.setattr(os, name, fallible(name, getattr(os, name)))
        try:
            call()
        except (OSError, Terminated) as error:
            return failed[0], error
    return failed[0] if failed else None, None


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_back(folder, kept):
    """Give a folder the contents that it had."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept or path.read_bytes() != kept[path]:
            path.unlink()
    for path, content in kept.items():
        path.parent.mkdir(exist_ok=True, parents=True)
        if not path.exists():
            path.write_bytes(content)


@pytest.fixture
def handler():
    """Handle signals as the program does; afterwards, as before."""
    before = [signal.getsignal(number) for number in SIGNALS]
    stop = Stop()
    for number in SIGNALS:
        signal.signal(number, stop)
    yield stop
    for number, old in zip(SIGNALS, before, strict=True):
        signal.signal(number, old)


def signal_twice():
    """Two signals come one after the other; one of them may raise an error."""
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.raise_signal(signal.SIGHUP)


@pytest.mark.parametrize("name", ["save", "save, force", "save_zarr", "make_receipt"])
def test_two_signals_at_any_system_call_leave_nothing(folder, monkeypatch, handler, name):
    prepare(name)
    kept, before = contents(folder), taken()
    step = 1 if name == "save" else 3
    for number in itertools.count(step=step):
        put_back(folder, kept)
        handler.first = None
        failed, error = failing(monkeypatch, number, CALLS[name], signal_twice)
        if failed is None:
            break
        assert handler.first is not None
        assert error.args == (signal.SIGTERM,)  # the second one does not interrupt the clean-up
        assert taken() == before, failed
        assert [path.name for path in folder.rglob(".*") if "fastinit" in path.name] == [], failed
    assert number > 10


@pytest.mark.parametrize("name", WRITERS)
def test_another_thread_changes_no_handler(folder, monkeypatch, handler, name):
    prepare(name)
    before, found, errors = taken()[2:], [], []

    def note():
        found.append(taken()[2:])

    def work():
        try:
            for number in (0, 9, 15):
                put_back(folder, kept)
                failing(monkeypatch, number, CALLS[name], note)
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    kept = contents(folder)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []
    assert found == [before] * 3
    assert taken()[2:] == before


@pytest.mark.parametrize("name", CALLS)
def test_progress_is_reported_on_the_calling_thread_up_to_the_end(folder, name):
    prepare(name)
    reports, threads = [], set()

    def progress(done, total):
        reports.append((done, total))
        threads.add(threading.get_ident())

    CALLS[name](progress=progress)
    totals = {total for _, total in reports}
    assert len(totals) == 1
    (total,) = totals
    done = [each for each, _ in reports]
    assert total > 1000
    assert done == sorted(done)
    assert done[-1] == total
    assert done.count(total) == 1 or "set" in name or "shard" in name or "receipts" in name
    assert threads == {threading.get_ident()}


def test_all_functions_with_progress_have_a_call():
    assert {name.partition(",")[0] for name in CALLS} == {*functions_with(fastinit, "progress")}


@pytest.mark.parametrize(("asked", "expected"), [(1, 2), (5, 5), (40, 16)])
@pytest.mark.parametrize("name", CALLS)
def test_files_are_written_and_read_by_the_threads_that_the_user_set(
    folder, monkeypatch, name, asked, expected
):
    prepare(name)
    monkeypatch.undo()
    use_small_blocks(monkeypatch)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 256)
    monkeypatch.setattr(blocks, "PIECE_BYTES", 256)
    monkeypatch.setattr(arrays, "PIECE_BYTES", 256)
    monkeypatch.chdir(folder)
    started, before = record_threads(monkeypatch), chosen_num_threads()
    fastinit.set_num_threads(asked)
    try:
        CALLS[name]()
    finally:
        fastinit.set_num_threads(before)
    assert max(started) == min(expected, UNITS.get(name, expected))
