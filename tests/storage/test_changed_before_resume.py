"""What is truncated, lengthened, emptied or lost before a run goes on: the right file in the end.

A run is stopped in the middle. Somebody then changes the partial file, a journal or a chunk, each
alone and several together. The next run writes again what it cannot trust. A part that was complete
may have to be written again; until then the file has no name.
"""

from __future__ import annotations

import itertools
import os

import pytest

import fastinit
from fastinit import Weight
from fastinit.storage.atomic.partial_names import recognise
from fastinit.storage.zarr import arrays
from tests.support.small_blocks import use_small_blocks, write_in_order

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((120, 64), "he_normal", seed=7, name="w")
CHUNKS = {"chunks": (30, 64)}
TABLES = [Weight((20, 64), "he_normal", seed=1, name=name) for name in "abc"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    use_small_blocks(monkeypatch)
    write_in_order(monkeypatch)


CHANGES = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size * 2 // 3),
    "shorter by a byte": lambda path: os.truncate(path, max(0, path.stat().st_size - 1)),
    "lengthened": lambda path: path.write_bytes(path.read_bytes() + b"\n0123456789"),
    "filled with zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "emptied": lambda path: os.truncate(path, 0),
    "lost": lambda path: path.unlink(),
}


class StopError(Exception):
    pass


def stop_in_the_middle(done, total):
    if 2 * done > total:
        raise StopError


def files_of(folder):
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def restore(folder, files):
    for each in sorted(folder.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def save(folder, name, **options):
    options |= CHUNKS if name.endswith(".zarr") else {}
    write = fastinit.save_zarr if name.endswith(".zarr") else fastinit.save
    return write(folder / name, WEIGHT, receipt=True, **options)


def each_change(folder, kinds=CHANGES):
    """Yield after each change of each file that a run left, and of each two of them."""
    files = files_of(folder)
    changed = [name for name in files if any(map(recognise, name.split("/")))]
    assert len(changed) > 1
    # Of many chunks, the first and the last.
    changed = [*changed[:2], *changed[-2:]] if len(changed) > 5 else changed
    single = list(itertools.product(changed, kinds))
    pairs = zip(single, single[len(kinds) + 1 :] + single[: len(kinds) + 1], strict=True)
    for changes in itertools.chain(zip(single), pairs):
        if len(dict(changes)) < len(changes):
            continue  # twice the same file
        restore(folder, files)
        for name, change in changes:
            CHANGES[change](folder / name)
        yield changes


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.raw", "w.zarr"])
def test_a_stopped_run(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path.relative_to(tmp_path)
    save(folder, name)
    expected = files_of(folder)
    restore(folder, {})
    with pytest.raises(StopError):
        save(folder, name, resume=True, progress=stop_in_the_middle)
    for changes in each_change(folder):
        save(folder, name, resume=True)
        assert files_of(folder) == expected, changes


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", ["w.npy", "w.zarr"])
def test_a_part_that_was_complete(tmp_path, monkeypatch, name, resume):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path.relative_to(tmp_path)
    save(folder, name)
    expected = files_of(folder)
    restore(folder, {})
    save(folder, name, part=(1, 2))
    # Of a part with its size and other bytes, nothing is known without reading all of it again.
    kinds = [each for each in CHANGES if each != "filled with zeros"]
    for changes in each_change(folder, kinds):
        done = [number for number in (2, 1, 2) if finishes(folder, name, number, resume)]
        assert done, changes
        assert files_of(folder) == expected, changes


def finishes(folder, name, number, resume):
    if os.path.lexists(folder / name):
        return True
    save(folder, name, part=(number, 2), resume=resume)
    return os.path.lexists(folder / name)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("receipt", [False, True])
def test_a_shard_that_was_complete(tmp_path, change, receipt):
    options = {"max_shard_size": "6KB", "receipt": receipt}
    fastinit.save_sharded(tmp_path, TABLES, part=(2, 3), **options)
    (shard,) = tmp_path.glob("*.safetensors")
    right = shard.read_bytes()
    CHANGES[change](shard)
    if change == "lost":
        assert fastinit.save_sharded(tmp_path, TABLES, **options).complete
    else:
        wrong = shard.read_bytes()
        for part in (None, (2, 3)):
            with pytest.raises(FileExistsError, match="exists with other contents") as error:
                fastinit.save_sharded(tmp_path, TABLES, part=part, **options)
            assert error.value.filename == str(shard)
        assert shard.read_bytes() == wrong
        for part in ((1, 3), (3, 3)):
            saved = fastinit.save_sharded(tmp_path, TABLES, part=part, **options)
        assert [each.name for each in saved.missing] == [shard.name]
        assert not saved.index.exists()
        assert fastinit.save_sharded(tmp_path, TABLES, part=(2, 3), force=True, **options).complete
    assert shard.read_bytes() == right
    assert fastinit.verify(tmp_path)


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.raw", "w.zarr"])
def test_a_file_that_shrinks_while_it_is_verified(tmp_path, monkeypatch, name):
    monkeypatch.setattr(arrays, "PIECE_BYTES", 4096)  # progress is reported after each
    save(tmp_path, name)
    path = tmp_path / name
    data = path / "c" / "3" / "0" if name == "w.zarr" else path

    receipt = fastinit.Receipt.read(tmp_path / f"{name}.receipt.json")
    for options in ({"receipt": receipt}, {"weights": WEIGHT}):
        whole = data.read_bytes()
        calls = []

        def once(done, total, calls=calls):
            if not calls:
                calls.append(os.truncate(data, data.stat().st_size - 5000))

        with pytest.raises(fastinit.FileFormatError, match=name):
            fastinit.verify(path, progress=once, **options)
        assert calls
        data.write_bytes(whole)
        assert fastinit.verify(path, **options)
