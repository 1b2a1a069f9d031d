"""Zarr arrays: the zarr package reads them, they appear whole or not at all, and verify finds a wrong bit."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import zarr

import fastinit
from fastinit import FileFormatError, Normal, Weight
from fastinit.__main__ import main
from fastinit.storage.zarr.arrays import CHUNK_BYTES, default_chunks
from fastinit.storage.zarr.grid import Grid, boxes_of_range, clipped, contiguous_parts, slices
from fastinit.storage.zarr.metadata import open_array
from tests.support.peak_memory import PEAK


def weight(shape=(301, 17), dtype="float32", **options):
    return Weight(shape, Normal(0.1, 0.3), seed=5, name="w", dtype=dtype, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


GRIDS = {
    "by default": ((301, 17), None, None),
    "rows": ((301, 17), (100, 17), None),
    "both axes": ((31, 17), (8, 5), None),
    "three axes": ((7, 5, 11), (2, 5, 3), None),
    "shards": ((31, 17), (4, 5), (8, 10)),
    "larger than the array": ((3, 4), (10, 10), None),
    "one axis": ((100,), 7, 21),
    "no axes": ((), None, None),
    "empty": ((0, 3), None, None),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("grid", GRIDS)
def test_zarr_reads_it_back(tmp_path, grid, dtype):
    shape, chunks, shards = GRIDS[grid]
    path, given = (
        tmp_path / "w.zarr",
        weight(shape, dtype, padding_idx=0 if shape and shape[0] else None),
    )
    calls = []
    fastinit.save_zarr(
        path, given, chunks=chunks, shards=shards, progress=lambda *each: calls.append(each)
    )
    array = zarr.open_array(path, mode="r")
    found = np.asarray(array[...])
    assert (found.dtype, found.shape) == (given.dtype, given.shape)
    assert found.tobytes() == np.asarray(given).tobytes()
    assert array.metadata.zarr_format == 3
    assert array.compressors == ()
    if chunks is not None:
        assert array.chunks == ((chunks,) if isinstance(chunks, int) else chunks)
        assert array.shards == ((shards,) if isinstance(shards, int) else shards)
    assert Weight.from_json(array.attrs["fastinit"]) == given
    assert fastinit.verify(path)
    assert fastinit.verify(path, given)
    assert names(tmp_path) == ["w.zarr"]
    if given.size:
        assert calls == sorted(calls)
        assert calls[-1] == (given.nbytes, given.nbytes)


def test_a_grid_covers_a_shape_once():
    for shape, lengths in [((7, 5), (2, 3)), ((4,), (4,)), ((), ()), ((0, 2), (1, 1))]:
        grid, counts = Grid(shape, lengths), np.zeros(shape, int)
        for number in range(grid.count):
            corner = grid.corner(number)
            counts[slices(corner, clipped(corner, lengths, shape))] += 1
        assert (counts == 1).all()
    grid = Grid((4, 4), (2, 2))
    assert [grid.corner(each) for each in range(4)] == list(product((0, 2), (0, 2)))
    assert Grid((2**60, 2**60), (1, 1)).corner(2**119 + 5) == (2**59, 5)
    assert list(Grid((10, 10), (4, 4)).meeting((4, 7), (1, 3))) == [4, 5]


@pytest.mark.parametrize("shape", [(), (7,), (5, 3), (3, 4, 5), (2, 1, 3, 4)])
def test_contiguous_parts_and_boxes_of_ranges_are_in_c_order(shape):
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    for most in (1, 2, 7, 12, 1000):
        seen = []
        for corner, lengths, start in contiguous_parts(shape, most):
            part = numbers[slices(corner, lengths)].ravel()
            assert part[0] == start
            assert part.size <= most
            seen += part.tolist()
        assert seen == list(range(numbers.size))
    for start in range(numbers.size):
        for stop in range(start, numbers.size + 1):
            found = list(boxes_of_range(start, stop, shape))
            values = [n for box in found for n in numbers[slices(*box)].ravel().tolist()]
            assert values == list(range(start, stop))
            assert len(found) <= max(1, 2 * len(shape))


def test_default_chunks_are_whole_rows_of_at_most_32_mebibytes():
    assert default_chunks(weight((10**9, 128))) == (65536, 128)
    assert default_chunks(weight((10, 3))) == (10, 3)
    assert default_chunks(weight((10, 10**9))) == (1, CHUNK_BYTES // 4)
    assert default_chunks(weight((5, 2, 10**6), "float64")) == (2, 2, 10**6)


def test_save_and_save_method(tmp_path):
    weight().save(tmp_path / "w.zarr")
    fastinit.save(tmp_path / "v.zarr", [weight()])
    for name in ("v.zarr", "w.zarr"):
        assert fastinit.verify(tmp_path / name, [weight()])
    (tmp_path / "w.zarr").rename(tmp_path / "another")
    assert fastinit.verify(tmp_path / "another")  # known by what is in it


def test_one_file_a_shard(tmp_path):
    fastinit.save_zarr(tmp_path / "w.zarr", weight((32, 16)), chunks=(4, 16), shards=(16, 16))
    assert len([path for path in (tmp_path / "w.zarr").rglob("*") if path.is_file()]) == 3


def test_zeros_are_written_too(tmp_path):
    fastinit.save_zarr(
        tmp_path / "w.zarr", Weight((8, 4), "zeros", seed=0, name="w"), chunks=(2, 4)
    )
    assert len([path for path in (tmp_path / "w.zarr" / "c").rglob("*") if path.is_file()]) == 4


def test_refusals_leave_nothing(tmp_path):
    path = tmp_path / "w.zarr"
    for dtype in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        with pytest.raises(ValueError, match=rf"has no {dtype} .*use .safetensors"):
            weight(dtype=dtype).save(path)
    with pytest.raises(ValueError, match="holds one weight, got 2"):
        fastinit.save(path, [weight(), Weight(3, "ones", seed=0, name="o")])
    with pytest.raises(TypeError, match=r"must be a fastinit\.Weight"):
        fastinit.save_zarr(path, [np.zeros(3)])
    with pytest.raises(ValueError, match=r"must end in \.zarr"):
        fastinit.save_zarr(tmp_path / "w", weight())
    for chunks in [(3,), (3, 0), (3, 4, 5)]:
        with pytest.raises(
            ValueError, match="chunks must have a length of 1 or more for each axis"
        ):
            fastinit.save_zarr(path, weight(), chunks=chunks)
    with pytest.raises(ValueError, match=r"multiples of the chunks \(4, 17\)"):
        fastinit.save_zarr(path, weight(), chunks=(4, 17), shards=(6, 17))
    with pytest.raises(FileNotFoundError, match="no such directory"):
        weight().save(tmp_path / "absent" / "w.zarr")
    with pytest.raises(FileNotFoundError, match="no such directory"):
        open_array(tmp_path / "absent.zarr")
    with pytest.raises(OSError, match="bytes needed"):
        weight((10**12, 1000)).save(path)
    assert names(tmp_path) == []


def test_without_zarr(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match=r"fastinit-sampler\[zarr\]"):
        weight().save(tmp_path / "w.zarr")
    assert names(tmp_path) == []


def test_existing_array_is_kept_without_force(tmp_path):
    path = tmp_path / "w.zarr"
    weight((10, 3)).save(path)
    with pytest.raises(FileExistsError, match="force=True"):
        weight((10, 3)).save(path)
    fastinit.save_zarr(path, weight((20, 3)), force=True)
    assert zarr.open_array(path).shape == (20, 3)
    assert names(tmp_path) == ["w.zarr"]
    (tmp_path / "file.zarr").touch()
    with pytest.raises(NotADirectoryError):
        fastinit.save_zarr(tmp_path / "file.zarr", weight(), force=True)


def test_array_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "w.zarr"

    def appear(*_):
        path.mkdir(exist_ok=True)
        (path / "precious").touch()

    with pytest.raises(FileExistsError):
        fastinit.save_zarr(path, weight(), progress=appear)
    assert names(tmp_path) == ["w.zarr"]
    assert names(path) == ["precious"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_nothing_and_keeps_the_old(tmp_path, error):
    def fail(*_):
        assert ".w.zarr.fastinit-partial" in names(tmp_path)
        raise error

    with pytest.raises(error):
        fastinit.save_zarr(tmp_path / "w.zarr", weight(), progress=fail)
    assert names(tmp_path) == []
    weight((10, 3)).save(tmp_path / "w.zarr")
    with pytest.raises(error):
        fastinit.save_zarr(tmp_path / "w.zarr", weight(), force=True, progress=fail)
    assert fastinit.verify(tmp_path / "w.zarr", weight((10, 3)))


def test_verify_names_the_first_difference(tmp_path):
    path, given = tmp_path / "w.zarr", weight((31, 17))
    fastinit.save_zarr(path, given, chunks=(8, 17))
    array = zarr.open_array(path, mode="r+")
    array[29, 3] = 9.0
    array[12, 5] = 7.0
    result = fastinit.verify(path)
    assert not result
    assert result.difference.index == (12, 5)
    assert result.difference.found == 7.0
    assert result.difference.expected == float(given[12, 5])
    assert not fastinit.verify(path, Weight((31, 17), Normal(0.1, 0.3), seed=6, name="w"))


def test_a_sample_of_chunks(tmp_path):
    path, given = tmp_path / "w.zarr", weight((32, 16))
    fastinit.save_zarr(path, given, chunks=(2, 16))
    result = fastinit.verify(path, sample=5)
    assert result
    assert (result.sample.blocks, result.sample.of) == (5, 16)
    assert result.nbytes == 5 * 2 * 16 * 4
    zarr.open_array(path, mode="r+")[:] = 0
    assert not fastinit.verify(path, sample=1)


def test_verify_damaged_and_other_arrays(tmp_path):
    path = tmp_path / "w.zarr"
    fastinit.save_zarr(path, weight(), chunks=(100, 17))
    with pytest.raises(FileFormatError, match=r"float32.*float64"):
        fastinit.verify(path, weight(dtype="float64"))
    with pytest.raises(ValueError, match="holds one weight, got 0"):
        fastinit.verify(path, [])
    (path / "c" / "1" / "0").unlink()  # which the format reads as zeros
    assert fastinit.verify(path).difference.index == (100, 0)
    (path / "c" / "0" / "0").write_bytes(b"short")
    with pytest.raises(FileFormatError, match="a chunk is damaged"):
        fastinit.verify(path)
    metadata = json.loads((path / "zarr.json").read_text())
    for formula in ["5", "{", '{"name": 5}', '{"name": "other"}', "[]", "3", "", "[" * 10**5]:
        attributes = {"attributes": {"fastinit": formula}}
        (path / "zarr.json").write_text(json.dumps({**metadata, **attributes}))
        with pytest.raises(FileFormatError, match="the formula of"):
            fastinit.verify(path)
        assert main(["info", str(path)]) == (0 if "other" in formula else 1)
    (path / "zarr.json").write_text(json.dumps({**metadata, "attributes": {}}))
    with pytest.raises(ValueError, match="has no formula; pass the Weight"):
        fastinit.verify(path)
    for text in ["{", "{}", "[]"]:
        (path / "zarr.json").write_text(text)
        with pytest.raises(FileFormatError, match="not a Zarr array"):
            fastinit.verify(path)
    with pytest.raises(FileNotFoundError):
        fastinit.verify(tmp_path / "absent.zarr")


def test_memory_is_that_of_a_few_chunks(tmp_path):
    code = f"""{PEAK}if True:
        import sys, fastinit, zarr
        small = fastinit.Weight((100, 1000), "he_normal", seed=0, name="w")
        fastinit.save_zarr(sys.argv[1] + "/small.zarr", small)
        before = peak()
        weight = fastinit.Weight((100_000, 1000), "he_normal", seed=0, name="w")
        fastinit.save_zarr(sys.argv[1] + "/w.zarr", weight, chunks=(1000, 1000))
        assert fastinit.verify(sys.argv[1] + "/w.zarr")
        print(peak() - before)
    """
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert 0 < int(result.stdout) < 64 << 20


def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = ["--shape", "300x7", "--scheme", "he_normal", "--seed", "7", "--name", "user_id"]
    assert main(["create", "t.zarr", *table, "--dry-run"]) == 0
    assert names(tmp_path) == []
    assert main(["create", "t.zarr", *table, "--chunks", "100x7"]) == 0
    assert zarr.open_array("t.zarr", mode="r").chunks == (100, 7)
    assert main(["verify", "t.zarr"]) == main(["verify", "t.zarr", *table]) == 0
    assert main(["info", "t.zarr"]) == 0
    assert "he_normal" in capsys.readouterr().out
    for arguments, message in {
        (): "t.zarr exists; to replace it, pass --force",
        ("--dtype", "bfloat16", "--force"): "has no bfloat16",
        ("--part", "index"): "a Zarr array has no index",
        ("--chunks", "100"): "chunks must have a length",
    }.items():
        assert main(["create", "t.zarr", *table, *arguments]) == 2
        assert message in capsys.readouterr().err
    assert main(["create", "t.npy", *table, "--chunks", "3x7"]) == 2
    zarr.open_array("t.zarr", mode="r+")[41, 5] = 9.0
    assert main(["verify", "t.zarr"]) == 1
    assert "user_id[41, 5] is 9.0" in capsys.readouterr().out


def test_memory_maps(tmp_path):
    given = weight((1000, 64), padding_idx=3)
    table = np.lib.format.open_memmap(tmp_path / "w.npy", "w+", given.dtype, given.shape)
    for start in (500, 0):  # parts, in any order
        given.fill(table[start : start + 500], np.s_[start : start + 500])
    table.flush()
    del table
    assert np.load(tmp_path / "w.npy").tobytes() == np.asarray(given).tobytes()
    assert fastinit.verify(tmp_path / "w.npy", given)
    given.save(tmp_path / "saved.npy")
    assert (tmp_path / "saved.npy").read_bytes() == (tmp_path / "w.npy").read_bytes()
    raw = np.memmap(tmp_path / "w.raw", given.dtype, "w+", shape=given.shape)
    assert given.fill(raw) is raw
    raw.flush()
    assert fastinit.verify(tmp_path / "w.raw", given)
    with pytest.raises(ValueError, match="read-only"):
        given.fill(np.load(tmp_path / "w.npy", mmap_mode="r"))
    copy_on_write = np.load(tmp_path / "w.npy", mmap_mode="c")
    Weight((1000, 64), "ones", seed=0, name="o").fill(copy_on_write)
    assert fastinit.verify(tmp_path / "w.npy", given)  # the file is as it was


def test_receipt_of_an_existing_zarr_array(tmp_path):
    weight = fastinit.Weight((300, 40), "xavier", seed=1, name="w")
    path = tmp_path / "w.zarr"
    saved = fastinit.save_zarr(path, weight, chunks=(70, 13), receipt=tmp_path / "first.json")
    assert fastinit.make_receipt(path) == saved
    assert fastinit.make_receipt(path, checksum="sha256", force=True).checksum == "sha256"
    assert fastinit.verify(path, receipt=f"{path}.receipt.json")
    other = fastinit.Weight((300, 40), "xavier", seed=2, name="w")
    with pytest.raises(fastinit.FileFormatError, match=r"w\[0, 0\] is .*gets no receipt"):
        fastinit.make_receipt(path, other, force=True)
