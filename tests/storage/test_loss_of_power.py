"""A loss of power at any moment leaves the old file or the whole new one, and never a wrong receipt.

Each public function that writes files runs on a model of a disk, which checks these rules after each
system call:

- What has its final name is on the disk with all its bytes.
- A receipt that stands beside a file is that of the file. A new file has its name after its receipt.
- A file that is replaced is never lost.
- A set that has an index has all shards of that index.
- A journal lists what is on the disk. It is removed after the names that it led to are on the disk.
- At the end, all names and all bytes are on the disk.
"""

from __future__ import annotations

import itertools
import json
from functools import partial
from importlib import import_module

import pytest

import fastinit
from fastinit import Weight
from fastinit.__main__ import main
from fastinit.storage.atomic import atomic_directory, journal
from fastinit.storage.single import saving
from tests.support.loss_of_power import Disk
from tests.support.signatures import functions_with
from tests.support.small_blocks import use_small_blocks, write_in_order

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT, OLD = (Weight((96, 32), "he_normal", seed=seed, name="w") for seed in (7, 8))
SET, OLD_SET = (
    [Weight((40, 32), "he_normal", seed=seed, name=name) for name in names]
    for seed, names in ((7, "abc"), (8, "abcd"))
)
CHUNKS = {"chunks": (32, 16)}
SHARDS = {"max_shard_size": "6KB"}
INDEX = "m/model.safetensors.index.json"
RECEIPTS = {"none": False, "default": True, "other": "other/r.json"}
OPTIONS = ["--shape", "96x32", "--scheme", "he_normal", "--seed", "7", "--name", "w", "--quiet"]


class StopError(Exception):
    pass


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return an empty folder, which is the working directory."""
    use_small_blocks(monkeypatch)
    write_in_order(monkeypatch)
    # The journal lists two of the three blocks of a file; the third is written after that.
    monkeypatch.setattr(journal, "INTERVAL_BYTES", 6000)
    where = tmp_path / "folder"
    (where / "other").mkdir(parents=True)
    monkeypatch.chdir(where)
    return where


@pytest.fixture
def on_disk(folder, monkeypatch):
    """Return a function that makes calls under the rules, and returns what the last one returns."""

    def run(*calls, receipts=None, index=None, receipts_first=False):
        disk = Disk(folder, receipts, index, receipts_first=receipts_first)
        with monkeypatch.context() as patches:
            disk.record(patches)
            for call in calls:
                result = call()
                disk.check_end()
        return result

    return run


def receipt_of(file, kind):
    """Return the path of a receipt, as the rules need it."""
    return (
        {}
        if kind == "none"
        else {file: f"{file}.receipt.json" if kind == "default" else RECEIPTS[kind]}
    )


def stop_after_two_blocks(monkeypatch):
    """Let the third block of the next files raise StopError."""
    blocks, write_block = itertools.count(), saving.write_block

    def write_two(*arguments):
        if next(blocks) > 1:
            raise StopError
        return write_block(*arguments)

    monkeypatch.setattr(saving, "write_block", write_two)


@pytest.mark.parametrize("before", ["new", "replaced", "replaced without receipt"])
@pytest.mark.parametrize(
    ("file", "kind"), [("w.safetensors", "none"), ("w.npy", "default"), ("w.raw", "other")]
)
def test_save(on_disk, file, kind, before):
    if before != "new":
        fastinit.save(file, OLD, receipt=before == "replaced" and (RECEIPTS[kind] or True))
    pairs = receipt_of(file, kind) or {file: f"{file}.receipt.json"}
    options = {"receipt": RECEIPTS[kind], "force": before != "new"}
    first = before == "new" and kind != "none"
    on_disk(partial(WEIGHT.save, file, **options), receipts=pairs, receipts_first=first)
    assert fastinit.verify(file, WEIGHT)


@pytest.mark.parametrize("force", [False, True])
def test_save_that_continues_what_was_left(on_disk, monkeypatch, force):
    if force:
        fastinit.save("w.npy", OLD, receipt=True)
    options = {"receipt": True, "resume": True, "force": force}
    save = partial(fastinit.save, "w.npy", WEIGHT, **options)
    with monkeypatch.context() as patches:
        stop_after_two_blocks(patches)
        with pytest.raises(StopError):
            save()
    on_disk(save, receipts=receipt_of("w.npy", "default"))
    assert fastinit.verify("w.npy", receipt="w.npy.receipt.json")


@pytest.mark.parametrize("kind", RECEIPTS)
@pytest.mark.parametrize("force", [False, True])
def test_parts_of_a_file(on_disk, kind, force):
    if force:
        fastinit.save("w.npy", OLD, receipt=RECEIPTS[kind] or True)
    pairs = receipt_of("w.npy", kind) or receipt_of("w.npy", "default")
    save = partial(fastinit.save, "w.npy", WEIGHT, receipt=RECEIPTS[kind], force=force)
    # Of five parts, two have no block, and write only the header.
    calls = [partial(save, part=(number, 5)) for number in (1, 4, 3, 5, 2)]
    on_disk(*calls, receipts=pairs, receipts_first=not force and kind != "none")
    assert fastinit.verify("w.npy", WEIGHT)


@pytest.mark.parametrize("kind", RECEIPTS)
@pytest.mark.parametrize("force", [False, True])
def test_save_zarr(on_disk, kind, force):
    pytest.importorskip("zarr")
    if force:
        fastinit.save_zarr("w.zarr", OLD, receipt=RECEIPTS[kind] or True, **CHUNKS)
    pairs = receipt_of("w.zarr", kind) or receipt_of("w.zarr", "default")
    options = {"receipt": RECEIPTS[kind], "force": force, **CHUNKS}
    on_disk(partial(fastinit.save_zarr, "w.zarr", WEIGHT, **options), receipts=pairs)
    assert fastinit.verify("w.zarr", WEIGHT)


def test_save_zarr_where_two_names_cannot_be_exchanged(on_disk, monkeypatch):
    pytest.importorskip("zarr")
    monkeypatch.setattr(atomic_directory, "renameat2", lambda *_: False)
    save = partial(fastinit.save_zarr, "w.zarr", receipt=True, **CHUNKS)
    on_disk(partial(save, OLD), receipts=receipt_of("w.zarr", "default"))
    on_disk(partial(save, WEIGHT, force=True))  # for a moment, no array has the name
    assert fastinit.verify("w.zarr", receipt="w.zarr.receipt.json")


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("shards", [{}, {"shards": (32, 32)}], ids=["chunks", "shards"])
def test_parts_of_a_zarr_array(on_disk, force, shards):
    pytest.importorskip("zarr")
    if force:
        fastinit.save_zarr("w.zarr", OLD, receipt=True, **CHUNKS)
    options = {"receipt": True, "force": force, **CHUNKS, **shards}
    save = partial(fastinit.save_zarr, "w.zarr", WEIGHT, **options)
    calls = [partial(save, part=(number, 3)) for number in (2, 1, 3)]
    on_disk(*calls, receipts=receipt_of("w.zarr", "default"))
    assert fastinit.verify("w.zarr", WEIGHT)


def receipts_of_set():
    names = [f"m/model-0000{number}-of-00003.safetensors" for number in (1, 2, 3)]
    return {name: f"{name}.receipt.json" for name in names}


@pytest.mark.parametrize("before", ["new", "empty directory", "replaced", "replaced alike"])
@pytest.mark.parametrize("receipt", [False, True])
def test_save_sharded(on_disk, folder, before, receipt):
    if before == "empty directory":
        (folder / "m").mkdir()
    elif before != "new":
        old = OLD_SET if before == "replaced" else OLD_SET[:3]
        fastinit.save_sharded("m", old, receipt=receipt, **SHARDS)
    options = {"receipt": receipt, "force": before.startswith("replaced"), **SHARDS}
    save = partial(fastinit.save_sharded, "m", SET, **options)
    first = receipt and not before.startswith("replaced")
    on_disk(save, receipts=receipts_of_set(), index=INDEX, receipts_first=first)
    assert fastinit.verify("m")


def test_parts_of_a_set(on_disk):
    save = partial(fastinit.save_sharded, "m", SET, receipt=True, **SHARDS)
    calls = [partial(save, part=part) for part in ((2, 2), (1, 2), "index")]
    on_disk(*calls, receipts=receipts_of_set(), index=INDEX)
    assert fastinit.verify("m")


@pytest.mark.parametrize("receipt", [True, "other/r.json"])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("file", ["w.npy", "w.zarr"])
def test_make_receipt(on_disk, folder, file, receipt, force):
    if file == "w.zarr":
        pytest.importorskip("zarr")
    fastinit.save(file, WEIGHT)
    if force:
        fastinit.make_receipt(file, WEIGHT, receipt=receipt, checksum="sha256")
    made = on_disk(partial(fastinit.make_receipt, file, WEIGHT, receipt=receipt, force=force))
    assert fastinit.Receipt.read(f"{file}.receipt.json" if receipt is True else receipt) == made


def test_make_receipts(on_disk):
    fastinit.save_sharded("m", SET, **SHARDS)
    make = partial(fastinit.make_receipts, "m")
    assert len(on_disk(make, partial(make, force=True, checksum="sha256"), index=INDEX)) == 3


COMMANDS = {
    "create": ["create", "w.npy", *OPTIONS],
    "create, force": ["create", "w.npy", *OPTIONS, "--force"],
    "create, part": ["create", "w.npy", *OPTIONS, "--part", "1/1"],
    "create, array": ["create", "w.zarr", *OPTIONS, "--chunks", "32x16"],
    "create, set": ["create", "m/", "--config", "c.json", "--seed", "7", "--max-shard-size", "6KB"],
    "receipt": ["receipt", "old.npy", *OPTIONS],
    "plot": ["plot", "old.npy", "--quiet"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(on_disk, folder, monkeypatch, name):
    if "array" in name:
        pytest.importorskip("zarr")
    plot = import_module("fastinit.cli.plot.command")
    monkeypatch.setattr(plot, "png_of", lambda *_: b"a picture")
    table = {"scheme": "he_normal", "shape": [40, 32]}
    (folder / "c.json").write_text(json.dumps({"tables": dict.fromkeys("abc", table)}))
    fastinit.save("old.npy", WEIGHT)
    if "force" in name:
        fastinit.save("w.npy", OLD, receipt=True)
    pairs = receipt_of("w.npy", "default") | receipt_of("w.zarr", "default") | receipts_of_set()
    assert on_disk(partial(main, COMMANDS[name]), receipts=pairs, index=INDEX) == 0


def test_all_functions_that_write_are_tested():
    assert functions_with(fastinit, "force") == [
        *("make_receipt", "make_receipts", "save", "save_sharded", "save_zarr")
    ]
    assert functions_with(fastinit.Weight, "force") == ["save"]
