"""Each system call of each public function fails once, or does half of its work.

The rule for what writes: after a fault there is the whole right file, or one clear error and nothing
that is wrong: no half file, no receipt of another file, no lock that is left. What a later run can
continue may stay, if the caller asked for it. The same call, made again, completes the work.

The rule for what reads: the right answer, or one clear error. An error of the disk is never reported
as damage of the file, and never taken for a file that does not exist.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zarr

import fastinit
from fastinit import Weight
from fastinit.cli.plot.samples import sample_of
from fastinit.cli.plot.sources import source_of_file
from fastinit.storage.atomic import journal
from fastinit.storage.atomic.leftovers import find_leftovers, remove_leftovers
from fastinit.storage.atomic.partial_names import recognise
from fastinit.storage.blocks import blocks
from fastinit.storage.listing import contents
from fastinit.storage.zarr import chunks
from tests.support.faulty_calls import (
    NOTHING,
    SHORT,
    FaultyProcess,
    faults,
    needs_faulty_calls,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [needs_faulty_calls, pytest.mark.once]  # the same on every instruction set

NEW, OLD = (Weight((64, 200), "he_normal", seed=seed, name="w") for seed in (7, 8))
TABLES = [Weight((40, 100), "he_normal", seed=1, name=name) for name in "ab"]
OLD_TABLES = [Weight((40, 100), "he_normal", seed=2, name=name) for name in "ab"]
SHARDS = {"max_shard_size": "17KB", "receipt": True}
CHUNKS = {"chunks": (32, 200)}


@dataclass(frozen=True)
class Writer:
    """A call that writes.

    Parameters
    ----------
    work : callable
        The call. Its argument is the folder.
    before : callable
        What is in the folder before.
    keeps : bool
        Whether the caller asked for a partial file to be kept.
    """

    work: Callable[[Path], object]
    before: Callable[[Path], object] = lambda _: None
    keeps: bool = False


def save(name, weights=NEW, **options):
    return lambda folder: fastinit.save(folder / name, weights, **{"receipt": True, **options})


def save_set(weights=TABLES, **options):
    return lambda folder: fastinit.save_sharded(folder / "m", weights, **SHARDS, **options)


def save_array(weight=NEW, **options):
    given = {"receipt": True, **CHUNKS, **options}
    return lambda folder: fastinit.save_zarr(folder / "w.zarr", weight, **given)


def without_receipts(work):
    def prepared(folder):
        work(folder)
        for receipt in folder.rglob("*.receipt.json"):
            receipt.unlink()

    return prepared


WRITERS = {
    "npy": Writer(save("w.npy")),
    "raw, no receipt": Writer(save("w.raw", receipt=False)),
    "safetensors, receipt elsewhere": Writer(
        lambda folder: fastinit.save(folder / "w.safetensors", TABLES, receipt=folder / "r.json")
    ),
    "resume": Writer(save("w.npy", resume=True), keeps=True),
    "force": Writer(save("w.npy", force=True), save("w.npy", OLD)),
    "force, no receipt": Writer(save("w.npy", force=True, receipt=False), save("w.npy", OLD)),
    "part": Writer(save("w.npy", part=(2, 2)), save("w.npy", part=(1, 2)), keeps=True),
    "force, part": Writer(
        save("w.npy", part=(1, 1), force=True, resume=True), save("w.npy", OLD), keeps=True
    ),
    "set": Writer(save_set()),
    "set, force": Writer(save_set(force=True), save_set(OLD_TABLES)),
    "set, part": Writer(save_set(part=(2, 2)), save_set(part=(1, 2))),
    "zarr": Writer(save_array()),
    "zarr, resume": Writer(save_array(resume=True), keeps=True),
    "zarr, force": Writer(save_array(force=True), save_array(OLD)),
    "zarr, part": Writer(save_array(part=(2, 2)), save_array(part=(1, 2)), keeps=True),
    "receipt of a file": Writer(
        lambda folder: fastinit.make_receipt(folder / "w.npy", NEW),
        without_receipts(save("w.npy")),
    ),
    "receipts of a set": Writer(
        lambda folder: fastinit.make_receipts(folder / "m"), without_receipts(save_set())
    ),
    "receipt of an array": Writer(
        lambda folder: fastinit.make_receipt(folder / "w.zarr"), without_receipts(save_array())
    ),
}
#: Parts of a file share it by locks alone.
NEED_LOCKS = ("part", "force, part")
#: The calls, and the faults of each of them that are tried at each place.
FAULTS = {
    "open": [errno.EIO, errno.ENOSPC],
    "read": [errno.EIO],
    "write": [errno.EIO, errno.ENOSPC, errno.EAGAIN, NOTHING],
    "close": [errno.EIO],
    "fsync": [errno.EIO, errno.ENOSPC],
    "fsync of a directory": [errno.EIO],
    "ftruncate": [errno.EIO],
    "fallocate": [errno.ENOSPC],
    "flock": [errno.EIO],
    "fchmod": [errno.EIO],
    "chmod": [errno.EIO],
    "link": [errno.EIO, errno.ENOSPC],
    "rename": [errno.EIO, errno.ENOSPC],
    "renameat2": [errno.EIO],
    "unlink": [errno.EIO],
    "rmdir": [errno.EIO],
    "mkdir": [errno.ENOSPC],
}
#: The calls that Linux interrupts, and those that transfer a part of the bytes.
INTERRUPTIBLE = ["open", "read", "write", "fsync", "ftruncate", "fallocate", "flock"]
TRANSFERS = ["read", "write"]
#: What file systems do not have.
ABSENT = {
    "hard links": ("link", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS]),
    "direct output": ("open directly", [errno.EINVAL, errno.EOPNOTSUPP]),
    "an exchange of names": ("renameat2", [errno.EINVAL, errno.ENOSYS]),
    "reservations": ("fallocate", [errno.EOPNOTSUPP, errno.ENOSYS]),
    "locks": ("flock", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS]),
    "synchronised directories": ("fsync of a directory", [errno.EINVAL]),
}


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    made = FaultyProcess(tmp_path_factory.mktemp("faulty"))
    yield made
    made.close()


# What follows runs in that process.


def use_small_blocks():
    """Files of 50 KB have several blocks, which contain whole pages."""
    blocks.BLOCK_BYTES, journal.INTERVAL_BYTES, blocks.MOST_THREADS = 16384, 1, 1
    chunks.DIRECT_BYTES = 8192


def files_in(folder):
    """Return the contents of all files, and those of incomplete ones."""
    whole, incomplete = {}, {}
    for each in sorted(folder.rglob("*")):
        inside = each.relative_to(folder)
        if each.is_file():
            is_incomplete = any(recognise(part) for part in inside.parts)
            (incomplete if is_incomplete else whole)[str(inside)] = each.read_bytes()
    return whole, incomplete


def target_of(name):
    """Return the file or the array that a file is, or is part of, or describes."""
    target = name.removesuffix(".receipt.json")
    return {"r.json": "w.safetensors"}.get(target, target.split(".zarr/")[0].removesuffix(".zarr"))


def assert_consistent(found, before, after, *, receipt_alone):
    """Each file is whole and old, or whole and new; so is its receipt, if it has one."""
    for target in {target_of(name) for name in {*found, *before, *after}}:
        had, has, gets = (
            {name: data for name, data in each.items() if target_of(name) == target}
            for each in (before, found, after)
        )
        for state in (had, gets):
            data = {name for name in state if not name.endswith(("receipt.json", "r.json"))}
            if has.items() <= state.items() and (data <= has.keys() or not has or receipt_alone):
                break
        else:
            raise AssertionError(f"neither old nor new: {sorted(has)} of {target}")


def descriptors():
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


def outcome(work, folder):
    try:
        work(folder)
    except (OSError, ValueError) as error:
        return error
    return None


class Trial:
    """One writer in a folder of its own."""

    def __init__(self, name):
        use_small_blocks()
        self.writer = WRITERS[name]
        self._root = Path(tempfile.mkdtemp())
        self.folder, self.prepared = self._root / "folder", self._root / "prepared"
        self.prepared.mkdir()
        self.writer.before(self.prepared)
        self.before = files_in(self.prepared)[0]
        self.prepare()
        assert outcome(self.writer.work, self.folder) is None
        self.after, incomplete = files_in(self.folder)
        assert incomplete == {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self._root)

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.prepared, self.folder)

    def run(self, call, result, first, every=0):
        """Return the error, and the number of calls, of the work with these faults."""
        self.prepare()
        self._open = descriptors()
        with faults(self.folder, call, result, first, every) as happened:
            error = outcome(self.writer.work, self.folder)
        return error, happened.calls

    def check(self, error, call):
        assert descriptors() == self._open, "a file stays open"
        found, incomplete = files_in(self.folder)
        cleaning = call in ("unlink", "rmdir", "flock")  # what fails to be removed is left
        if error is None:
            assert found == self.after
            assert cleaning or not incomplete
            return
        if isinstance(error, OSError):
            assert error.filename is not None, f"{error}"
            assert ".fastinit-" not in str(error.filename), f"{error}"
            assert str(error.filename).startswith(str(self.folder)), f"{error}"
        assert_consistent(found, self.before, self.after, receipt_alone=cleaning)
        assert self.writer.keeps or cleaning or not incomplete, sorted(incomplete)

    def repeat(self):
        """Make the call again: it completes, or says that everything is complete."""
        error = outcome(self.writer.work, self.folder)
        found, incomplete = files_in(self.folder)
        assert found == self.after, (repr(error), sorted(found))
        assert error is None or isinstance(error, FileExistsError), f"{error}"
        return error, incomplete


def fail_at_each_place(name):
    """Let each call of a writer fail once; the faults of a call take turns."""
    problems = []
    with Trial(name) as trial:
        for call, results in FAULTS.items():
            number = calls = 1
            while number <= calls:
                result = results[number % len(results)]
                error = None
                try:
                    error, calls = trial.run(call, result, number)
                    trial.check(error, call)
                    trial.repeat()
                except AssertionError as problem:
                    fault = errno.errorcode.get(result, result)
                    problems.append(f"{call} {number} is {fault}: {error}: {problem}")
                number += 1
    assert not problems, "\n".join(problems)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_a_call_of_a_writer_fails(process, name):
    process.call(f"{__name__}:fail_at_each_place", name)


def work_with_less(name):
    """Every call does half of its work; or every second one is interrupted; or there is none."""
    cases = [("half", call, SHORT, 1) for call in TRANSFERS]
    # A call of which each one is interrupted would never end.
    cases += [("interrupted", call, errno.EINTR, 2) for call in INTERRUPTIBLE]
    cases += [(what, call, each, 1) for what, (call, found) in ABSENT.items() for each in found]
    with Trial(name) as trial:
        for what, call, result, every in cases:
            error, _ = trial.run(call, result, 1, every)
            if what == "locks" and name in NEED_LOCKS:
                assert "parts of one file need a file system with locks" in str(error)
                continue
            assert error is None, f"{what}, {call}: {error!r}"
            trial.check(error, call)


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_completes_with_less(process, name):
    process.call(f"{__name__}:work_with_less", name)


#: What the system says about a directory that a process may not write.
NOT_WRITABLE = [errno.EACCES, errno.EPERM, errno.EROFS]


def write_where_nobody_may(name):
    """No name in the folder can be made, changed or removed: at the start, or from some call on."""
    problems = []
    with Trial(name) as trial:
        incomplete = files_in(trial.prepared)[1]
        # At the start, each of the errors; later, one of them.
        for number, code in [
            *((1, code) for code in NOT_WRITABLE),
            *enumerate(NOT_WRITABLE * 9, 2),
        ]:
            error, calls = trial.run("change", code, number, 1)
            if calls < number:
                break
            try:
                if number == 1:
                    assert isinstance(error, OSError), repr(error)
                    assert error.errno == code, repr(error)
                    assert files_in(trial.folder) == (trial.before, incomplete)
                trial.check(error, "unlink")  # what cannot be removed is left
                trial.repeat()
            except AssertionError as problem:
                problems.append(f"{errno.errorcode[code]} from {number} on: {error}: {problem}")
        else:
            problems.append("there were more calls than these")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", WRITERS)
def test_a_directory_that_cannot_be_written(process, name):
    process.call(f"{__name__}:write_where_nobody_may", name)


def write_receipts_where_nobody_may(name):
    """Only the directory of the receipt cannot be written: there is no file without it."""
    work = {
        "w.npy": lambda path, receipt: fastinit.save(path, NEW, receipt=receipt),
        "w.zarr": lambda path, receipt: fastinit.save_zarr(path, NEW, receipt=receipt, **CHUNKS),
    }[name]
    for code in NOT_WRITABLE:
        with tempfile.TemporaryDirectory() as text:
            folder, receipt = Path(text), Path(text, "receipts", "r.json")
            receipt.parent.mkdir()
            with faults(receipt.parent, "change", code, 1, 1), pytest.raises(OSError) as caught:  # noqa: PT011
                work(folder / name, receipt)
            assert (caught.value.errno, caught.value.filename) == (code, str(receipt))
            assert files_in(folder) == ({}, {})
            work(folder / name, receipt)


@pytest.mark.parametrize("name", ["w.npy", "w.zarr"])
def test_a_directory_of_receipts_that_cannot_be_written(process, name):
    process.call(f"{__name__}:write_receipts_where_nobody_may", name)


def remove_where_nobody_may():
    """The error names what was to be removed, not something in it."""
    with tempfile.TemporaryDirectory() as text:
        partial = Path(text, ".w.zarr.fastinit-partial")
        (partial / "c").mkdir(parents=True)
        (partial / "c" / "0").touch()
        found = find_leftovers(partial.parent)
        with faults(partial.parent, "change", errno.EACCES, 1, 1), pytest.raises(OSError) as caught:  # noqa: PT011
            remove_leftovers(found)
        assert (caught.value.errno, caught.value.filename) == (errno.EACCES, str(partial))
        assert [each.path for each in remove_leftovers(found)] == [partial]


def test_leftovers_in_a_directory_that_cannot_be_written(process):
    process.call(f"{__name__}:remove_where_nobody_may")


# What reads.


def save_all(folder):
    """Make a file of each kind that can be read."""
    use_small_blocks()
    fastinit.save(folder / "w.npy", NEW, receipt=True)
    fastinit.save(folder / "w.raw", NEW)
    fastinit.save(folder / "w.safetensors", TABLES)
    fastinit.save_sharded(folder / "m", TABLES, **SHARDS)
    fastinit.save_zarr(folder / "w.zarr", NEW, **CHUNKS)
    fastinit.save_zarr(folder / "shards.zarr", NEW, chunks=(8, 200), shards=(32, 200))
    for name, codec in CODECS.items():
        array = zarr.create_array(
            folder / f"{name}.zarr",
            shape=NEW.shape,
            chunks=(32, 200),
            dtype=NEW.dtype,
            compressors=codec,
        )
        array[...] = np.asarray(NEW)
    table = {"shape": [3, 4], "scheme": "he_normal", "seed": 1}
    (folder / "c.json").write_text(json.dumps({"tables": {"w": table}}))


CODECS = {
    "zstd": zarr.codecs.ZstdCodec(),
    "blosc": zarr.codecs.BloscCodec(),
    "gzip": zarr.codecs.GzipCodec(),
}
READERS = {
    "npy": lambda folder: fastinit.verify(folder / "w.npy", NEW),
    "npy, receipt": lambda folder: fastinit.verify(
        folder / "w.npy", receipt=folder / "w.npy.receipt.json"
    ),
    "raw": lambda folder: fastinit.verify(folder / "w.raw", NEW),
    "safetensors": lambda folder: fastinit.verify(folder / "w.safetensors"),
    "sample": lambda folder: fastinit.verify(folder / "w.safetensors", sample=1, sample_seed=1),
    "set": lambda folder: fastinit.verify(folder / "m"),
    "zarr": lambda folder: fastinit.verify(folder / "w.zarr"),
    "zarr, receipt": lambda folder: fastinit.verify(
        folder / "w.zarr", receipt=folder / "w.npy.receipt.json"
    ),
    "shards": lambda folder: fastinit.verify(folder / "shards.zarr"),
    **{
        name: lambda folder, name=name: fastinit.verify(folder / f"{name}.zarr", NEW)
        for name in CODECS
    },
    "receipt": lambda folder: fastinit.make_receipt(folder / "w.npy", NEW, receipt=False),
    "contents": lambda folder: [*map(contents, (folder / "m", folder / "w.zarr"))],
    "template": lambda folder: fastinit.read_template(folder / "m", "zeros", seed=1),
    "configuration": lambda folder: fastinit.read_config(folder / "c.json"),
    "comparison": lambda folder: fastinit.compare_receipts(
        *[folder / "m" / f"model-0000{each}-of-00002.safetensors.receipt.json" for each in "12"]
    ),
    "part that exists": lambda folder: [fastinit.save(folder / "w.npy", NEW, part=(1, 2))],
    "values for a picture": lambda folder: sample_of(
        source_of_file(folder / "w.npy"), 1000
    ).values.tobytes(),
}


def read_with_faults(name):
    read, problems = READERS[name], []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        save_all(folder)
        before = files_in(folder)
        right = read(folder)
        assert right
        for call, result, every in (
            ("read", SHORT, 1),
            ("read", errno.EINTR, 2),
            ("open", errno.EINTR, 2),
            ("open directly", errno.EINVAL, 1),
        ):
            with faults(folder, call, result, 1, every):
                found = read(folder)
            assert found == right, (call, result)
        for call, result in (("open", errno.EIO), ("read", errno.EIO), ("read", NOTHING)):
            number = calls = 1
            while number <= calls:
                opened = descriptors()
                # What ends early ends for all reads that follow.
                with faults(folder, call, result, number, int(result == NOTHING)) as happened:
                    error = outcome(read, folder)
                calls = happened.calls
                where = f"{call} {number} of {calls} is {result}: {error!r}"
                if descriptors() != opened:
                    problems.append(f"a file stays open: {where}")
                if result == NOTHING:
                    right_error = isinstance(error, ValueError | FileExistsError)
                else:
                    right_error = isinstance(error, OSError) and error.errno == errno.EIO
                    right_error = right_error and str(folder) in str(error.filename)
                if number <= calls and not right_error:
                    problems.append(where)
                number += 1
        assert files_in(folder) == before
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", READERS)
def test_a_call_of_a_reader_fails(process, name):
    process.call(f"{__name__}:read_with_faults", name)
