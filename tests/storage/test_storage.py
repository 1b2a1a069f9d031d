"""Files: real readers read them back, they appear whole or not at all, and verify finds a wrong bit."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy

import fastinit
from fastinit import Normal, Weight
from fastinit.storage.blocks import blocks
from fastinit.storage.formats import safetensors as safetensors_format
from tests.support.peak_memory import PEAK

DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


def same(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def weight(shape=(301, 17), dtype="float32", name="w", **options):
    return Weight(shape, Normal(0.1, 0.3), seed=5, name=name, dtype=dtype, **options)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 1000 bytes, which divide no row, and pieces that end within a block."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(blocks, "PIECE_BYTES", 256)
    monkeypatch.setattr(blocks, "PAGE_BYTES", 128)


def no_other_files(folder, *names):
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(301, 17), (), (0, 3), (7,), (3, 5, 1001)], ids=str)
def test_safetensors_reads_it_back(tmp_path, dtype, shape):
    path = tmp_path / "w.safetensors"
    given = weight(shape, dtype, padding_idx=0 if shape and shape[0] else None)
    given.save(path)
    with safetensors.safe_open(path, "np") as file:
        metadata = file.metadata()
    assert Weight.from_json(metadata["fastinit.w"]) == given
    length = int.from_bytes(path.read_bytes()[:8], "little")
    assert length % 64 == 56
    if dtype.startswith("float8"):  # its NumPy reader knows no float8: the header and the bytes
        entry = json.loads(path.read_bytes()[8 : 8 + length])["w"]
        assert entry["dtype"] == {"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2"}[dtype]
        found = np.frombuffer(path.read_bytes()[8 + length :], getattr(ml_dtypes, dtype))
        found = found.reshape(entry["shape"])
    else:
        found = safetensors.numpy.load_file(path)["w"]
    assert same(found, np.asarray(given))
    assert fastinit.verify(path)
    assert no_other_files(tmp_path, "w.safetensors")


@pytest.mark.usefixtures("small_blocks")
def test_several_weights(tmp_path):
    path = tmp_path / "model.safetensors"
    weights = [weight((33, 5), dtype, dtype) for dtype in ["bfloat16", "float64", "float32"]]
    weights.append(weight((0,), name="none"))
    fastinit.save(path, iter(weights))
    found = safetensors.numpy.load_file(path)
    assert found.keys() == {each.name for each in weights}
    assert all(same(found[each.name], np.asarray(each)) for each in weights)
    result = fastinit.verify(path)
    assert result
    assert set(result.weights) == set(weights)
    assert result.nbytes == sum(each.nbytes for each in weights)
    assert fastinit.verify(path, weights[0])  # one of them alone


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("shape", [(301, 17), (), (0, 3), (7,)], ids=str)
def test_numpy_reads_it_back(tmp_path, dtype, shape):
    path, given = tmp_path / "w.npy", weight(shape, dtype)
    given.save(path)
    assert same(np.load(path), np.asarray(given))
    assert same(np.asarray(np.load(path, mmap_mode="r" if given.size else None)), np.asarray(given))
    assert fastinit.verify(path, given)


@pytest.mark.parametrize("suffix", ["bin", "raw"])
def test_raw(tmp_path, suffix):
    path, given = tmp_path / f"w.{suffix}", weight(dtype="bfloat16")
    given.save(path)
    assert path.read_bytes() == np.asarray(given).tobytes()
    assert fastinit.verify(path, given)


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_of_the_true_size(tmp_path, monkeypatch, threads):
    monkeypatch.setattr(blocks, "MOST_THREADS", threads)
    given = weight((2_000_001, 3), padding_idx=1_000_000)  # 24 MB, and a row astride two blocks
    calls = []
    given.save(tmp_path / "w.npy", progress=lambda done, total: calls.append((done, total)))
    assert same(np.load(tmp_path / "w.npy"), np.asarray(given))
    size = (tmp_path / "w.npy").stat().st_size
    assert calls[-1] == (size, size)
    assert calls == sorted(calls)
    assert len(set(calls)) == len(calls)
    assert (
        len(calls) > 1 or threads > 1
    )  # the calling thread reports, and may get the last block only


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_npy_refuses_what_numpy_reloads_as_void(tmp_path, dtype):
    with pytest.raises(ValueError, match=rf"cannot hold {dtype}.*void.*use .safetensors"):
        weight(dtype=dtype).save(tmp_path / "w.npy")
    assert no_other_files(tmp_path)


def test_refusals_leave_nothing(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(ValueError, match=r"must end in .safetensors, .npy"):
        weight().save(tmp_path / "w.pt")
    with pytest.raises(ValueError, match="two weights have the name 'w'"):
        fastinit.save(path, [weight(), weight((3,))])
    with pytest.raises(ValueError, match="holds one weight, got 2"):
        fastinit.save(tmp_path / "w.npy", [weight(), weight(name="v")])
    with pytest.raises(ValueError, match="__metadata__"):
        weight(name="__metadata__").save(path)
    with pytest.raises(TypeError, match=r"must be a fastinit\.Weight, got ndarray"):
        fastinit.save(path, [np.zeros(3)])
    with pytest.raises(FileNotFoundError, match=r"no such directory: .*absent'"):
        weight().save(tmp_path / "absent" / "w.npy")
    assert no_other_files(tmp_path)


def test_existing_file_is_kept_without_force(tmp_path):
    path = tmp_path / "w.npy"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match=r"force=True: .*w.npy'"):
        weight().save(path)
    assert path.read_bytes() == b"precious"
    weight().save(path, force=True)
    assert same(np.load(path), np.asarray(weight()))
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(IsADirectoryError):
        weight().save(tmp_path / "folder.npy", force=True)


def test_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "w.npy"
    with pytest.raises(FileExistsError):
        weight().save(path, progress=lambda *_: path.write_bytes(b"precious"))
    assert path.read_bytes() == b"precious"
    assert no_other_files(tmp_path, "w.npy")


def test_error_while_writing_removes_the_temporary_file(tmp_path):
    def fail(*_):
        assert (tmp_path / ".w.npy.fastinit-partial").exists()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        weight().save(tmp_path / "w.npy", progress=fail)
    assert no_other_files(tmp_path)


def test_permissions_are_those_of_a_new_file(tmp_path):
    weight().save(tmp_path / "w.npy")
    (tmp_path / "other").touch()
    assert (tmp_path / "w.npy").stat().st_mode == (tmp_path / "other").stat().st_mode


def run(code, *arguments, **options):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("reserved", [True, False], ids=["reserved", "while writing"])
def test_full_disk(tmp_path, reserved):
    # A limit on a file's size fails where a full disk does, with EFBIG in place of ENOSPC.
    code = """if True:
        import resource, signal, sys, fastinit
        from fastinit.storage.blocks import blocks
        from fastinit.storage.atomic import resumable_file
        from fastinit.storage.single import saving
        blocks.BLOCK_BYTES = 1 << 20
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000_000, 9_000_000))
        if sys.argv[2] == "False":
            resumable_file.reserve = lambda *_: None
        written, write_block = [], saving.write_block
        def counted(*arguments):
            write_block(*arguments)
            written.append(1)
        saving.write_block = counted
        try:
            fastinit.Weight((10_000, 1000), "he_normal", seed=0, name="w").save(sys.argv[1])
        except OSError as error:
            print(len(written) > 0, error)
    """
    result = run(code, tmp_path / "w.npy", reserved)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(str(not reserved))
    assert "File too large (a file of 40,000,128 bytes)" in result.stdout
    assert "w.npy" in result.stdout
    assert no_other_files(tmp_path)


def test_read_only_folder():
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which is root's alone
        folder, user = Path(name), os.geteuid()
        folder.chmod(0o555)
        try:
            if user == 0:
                os.seteuid(65534)  # root may write anywhere
            with pytest.raises(PermissionError, match=r"w\.npy"):
                weight().save(folder / "w.npy")
        finally:
            os.seteuid(user)
        assert no_other_files(folder)


SAVE_SLOWLY = """if True:
    import sys, time, fastinit
    weight = fastinit.Weight((100_000, 1000), "he_normal", seed=0, name="w")
    def progress(done, total):
        print(done, flush=True)
        time.sleep(0.2)
    weight.save(sys.argv[1], progress=progress)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
def test_a_signal_leaves_no_half_file(tmp_path, number):
    path = tmp_path / "w.npy"
    command = [sys.executable, "-c", SAVE_SLOWLY, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        assert not path.exists()
        time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert not path.exists()
    if number == signal.SIGINT:
        assert no_other_files(tmp_path)
    else:
        assert no_other_files(tmp_path, ".w.npy.fastinit-partial", ".w.npy.fastinit-journal")


def test_memory_is_that_of_a_few_blocks(tmp_path):
    code = f"""{PEAK}if True:
        import sys, fastinit, fastinit.storage, numpy
        before = peak()
        weight = fastinit.Weight((100_000, 1000), "he_normal", seed=0, name="w")
        weight.save(sys.argv[1])
        assert fastinit.verify(sys.argv[1])
        print(peak() - before)
    """
    result = run(code, tmp_path / "w.safetensors")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "w.safetensors").stat().st_size > 400_000_000
    assert 0 < int(result.stdout) < 64 << 20


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", DTYPES)
def test_verify_names_the_first_difference(tmp_path, dtype):
    path, given = tmp_path / "w.safetensors", weight((101, 4, 5), dtype)
    given.save(path)
    start = path.stat().st_size - given.nbytes
    for element in (given.size - 1, 1234, 1233):
        flip(path, start + element * given.dtype.itemsize)
    result = fastinit.verify(path)
    assert not result
    assert result.difference.name == "w"
    assert result.difference.index == np.unravel_index(1233, given.shape) == (61, 2, 3)
    whole = np.frombuffer(path.read_bytes()[start:], given.dtype).reshape(given.shape)
    assert result.difference.expected == float(given[61, 2, 3])
    assert result.difference.found == float(whole[61, 2, 3])
    assert "w[61, 2, 3] is " in str(result.difference)


def test_verify_another_formula(tmp_path):
    weight().save(tmp_path / "w.npy")
    other = Weight((301, 17), Normal(0.1, 0.3), seed=6, name="w")
    assert fastinit.verify(tmp_path / "w.npy", other).difference.index == (0, 0)


def test_verify_damaged_files(tmp_path):
    path = tmp_path / "w.safetensors"
    weight().save(path)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    damaged = {
        r"has .* bytes, expected": [content[:-1], content + b"\0"],
        "cut off": [content[:50], b""],
        "too long": [b"\xff" * 100],
        "damaged": [
            content[:8] + b"{" * length,
            content.replace(b'"data_offsets":[0', b'"data_offsets":[9999999'),
        ],
    }
    for message, contents in damaged.items():
        for each in contents:
            path.write_bytes(each)
            with pytest.raises(fastinit.FileFormatError, match=message):
                fastinit.verify(path)
    path.write_bytes(content.replace(b'"dtype":"F32"', b'"dtype":"F64"'))
    with pytest.raises(fastinit.FileFormatError, match="F64 of shape"):
        fastinit.verify(path)
    path = tmp_path / "w.npy"
    weight().save(path)
    wrong_dtype = "float32 of shape .* in the file, but float64 of shape"
    with pytest.raises(fastinit.FileFormatError, match=wrong_dtype):
        fastinit.verify(path, weight(dtype="float64"))
    np.save(path, np.array(weight()).astype(">f4"))
    with pytest.raises(fastinit.FileFormatError, match=r"float32 \(big-endian\) of shape"):
        fastinit.verify(path, weight())
    path.write_bytes(b"nonsense")
    with pytest.raises(fastinit.FileFormatError):
        fastinit.verify(path, weight())


def test_verify_without_a_formula(tmp_path):
    weight().save(tmp_path / "w.npy")
    with pytest.raises(ValueError, match="has no formula in it; pass the Weight") as caught:
        fastinit.verify(tmp_path / "w.npy")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301
    path = tmp_path / "w.safetensors"
    safetensors.numpy.save_file({"w": np.asarray(weight())}, path)
    with pytest.raises(ValueError, match="no formula of 'w'; pass the Weight"):
        fastinit.verify(path)
    assert fastinit.verify(path, weight())  # another writer's header
    with pytest.raises(fastinit.FileFormatError, match=r"no tensor 'w2'; did you mean 'w'\?"):
        fastinit.verify(path, weight(name="w2"))
    with pytest.raises(FileNotFoundError):
        fastinit.verify(Path(tmp_path) / "absent.safetensors")


def test_a_dtype_without_a_name_in_safetensors_is_refused(tmp_path, monkeypatch):
    monkeypatch.delitem(safetensors_format.DTYPES, "float8_e5m2")
    weight = fastinit.Weight((2, 3), "he_normal", seed=1, name="w", dtype="float8_e5m2")
    with pytest.raises(ValueError, match="safetensors has no dtype float8_e5m2"):
        weight.save(tmp_path / "w.safetensors")
    assert not list(tmp_path.iterdir())
