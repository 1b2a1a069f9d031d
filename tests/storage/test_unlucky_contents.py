"""Contents of files that hide mistakes: no elements, zeros of either sign, NaN, equal blocks."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pytest
import zarr

import fastinit
from fastinit import Constant, Normal, Weight
from tests.support.commands import status_of
from tests.support.laws import FLOATS
from tests.support.small_blocks import use_small_blocks

pytestmark = pytest.mark.once

EMPTY = [(0,), (0, 5), (5, 0), (3, 0, 2), (0, 0), (2, 3, 0)]
#: Signalling NaN: NumPy warns when it converts one.
SIGNALLING = {"float32": 0x7F800001, "float64": 0x7FF0000000000001, "float16": 0x7C01}
SUFFIXES = ["safetensors", "npy", "bin", "zarr"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shape", EMPTY, ids=str)
def test_a_file_without_elements(tmp_path, monkeypatch, capsys, shape, suffix):
    monkeypatch.chdir(tmp_path)
    path = f"w.{suffix}"
    weight = Weight(shape, Normal(1, 2), seed=1, name="w", padding_idx=0 if shape[0] else None)
    receipt = fastinit.save(path, weight, receipt=True)
    assert receipt.weights[0].statistics is None
    assert receipt.weights[0].blocks == ()
    for options in ({}, {"sample": 3}):
        for result in (
            fastinit.verify(path, weight, **options),
            fastinit.verify(path, receipt=receipt, **options),
        ):
            assert result
            assert result.nbytes == 0
    assert fastinit.make_receipt(path, weight) == receipt
    assert fastinit.Receipt.from_json(receipt.to_json()) == receipt
    assert fastinit.compare_receipts(receipt, f"{path}.receipt.json") == []
    if suffix != "bin":  # a file of no bytes has no shape
        with pytest.raises(fastinit.FileFormatError, match="in its formula"):
            fastinit.verify(path, Weight((1, *shape), Normal(1, 2), seed=1, name="w"))
    for command in (["info", path], ["verify", path, "--receipt", f"{path}.receipt.json"]):
        assert status_of(*command) == 0
    assert capsys.readouterr().err == ""
    assert status_of("plot", path, "--force") == 2
    if suffix == "npy":
        assert np.load(path).shape == shape
    elif suffix == "zarr":
        assert zarr.open_array(path, mode="r")[...].shape == shape


def test_weights_without_elements_beside_others(tmp_path):
    """In a file and in a set, whatever their place is."""
    weights = [
        Weight(shape, Normal(), seed=1, name=f"w{place}", dtype=dtype)
        for place, (shape, dtype) in enumerate(
            [((0, 3), "float64"), ((5,), "float32"), ((2, 0), "float32"), ((7,), "float16"), ((0,), "float16")]
        )
    ]  # fmt: skip
    receipt = fastinit.save(tmp_path / "all.safetensors", weights, receipt=True)
    assert fastinit.verify(tmp_path / "all.safetensors", receipt=receipt).nbytes == 34
    without = {each.weight.name for each in receipt.weights if each.statistics is None}
    assert without == {"w0", "w2", "w4"}
    saved = fastinit.save_sharded(tmp_path / "set", weights, max_shard_size=20, receipt=True)
    assert len(saved.written) > 1
    assert fastinit.verify(tmp_path / "set").nbytes == 34


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_zeros_of_the_other_sign_and_nan_are_differences(tmp_path, dtype, suffix):
    weight = Weight((6, 5), "zeros", seed=0, name="w", dtype=dtype)
    path = tmp_path / f"w.{suffix}"
    receipt = fastinit.save(path, weight, receipt=True)
    assert fastinit.verify(path, weight)
    file = path / "c" / "0" / "0" if suffix == "zarr" else path
    content = file.read_bytes()
    itemsize = weight.dtype.itemsize
    start = len(content) - weight.nbytes
    numbers = [np.array(found, weight.dtype).tobytes() for found in (-0.0, math.nan, -math.nan)]
    numbers.append(SIGNALLING[dtype].to_bytes(itemsize, "little"))
    for number, found in zip(numbers, (-0.0, math.nan, -math.nan, math.nan), strict=True):
        for place in (0, 17, 29):
            where = start + place * itemsize
            file.write_bytes(content[:where] + number + content[where + itemsize :])
            difference = fastinit.verify(path, weight).difference
            assert difference.index == divmod(place, 5)
            assert math.copysign(1, difference.found) == math.copysign(1, found)
            assert math.isnan(difference.found) == math.isnan(found)
            assert difference.expected == 0
            assert not fastinit.verify(path, receipt=receipt)
            with pytest.raises(fastinit.FileFormatError, match="gets no receipt"):
                fastinit.make_receipt(path, weight, force=True)


@pytest.mark.parametrize("shards", [None, (4, 5)])
@pytest.mark.parametrize("fill_value", [-0.0, 0.0, math.nan])
def test_fill_values_of_absent_chunks_have_a_sign(tmp_path, fill_value, shards):
    path = tmp_path / "w.zarr"
    weight = Weight((8, 5), "zeros", seed=0, name="w")
    zarr.create_array(
        path, shape=(8, 5), dtype="float32", chunks=(2, 5), shards=shards, compressors=None,
        fill_value=fill_value, attributes={"fastinit": weight.to_json()},
    )  # fmt: skip
    result = fastinit.verify(path)
    receipt = fastinit.save(tmp_path / "w.npy", weight, receipt=True)
    if math.copysign(1, fill_value) > 0 and fill_value == 0:
        assert result
        assert fastinit.verify(path, receipt=receipt)
        assert fastinit.make_receipt(path).digest == receipt.digest
    else:
        assert result.difference.index == (0, 0)
        assert str(result.difference.found) == str(fill_value)
        assert not fastinit.verify(path, receipt=receipt)


def test_chunks_that_were_exchanged_are_found(tmp_path):
    path = tmp_path / "w.zarr"
    weight = Weight((8, 6), Normal(), seed=0, name="w")
    receipt = fastinit.save_zarr(path, weight, chunks=(4, 3), receipt=True)
    one, other = path / "c" / "0" / "0", path / "c" / "1" / "1"
    shutil.move(one, tmp_path / "kept")
    shutil.move(other, one)
    shutil.move(tmp_path / "kept", other)
    assert fastinit.verify(path).difference.index == (0, 0)
    assert not fastinit.verify(path, receipt=receipt)


@pytest.mark.parametrize("suffix", ["safetensors", "npy"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_equal_blocks_are_told_apart(tmp_path, monkeypatch, dtype, suffix):
    """Two weights of equal contents: damage is found in the one that has it."""
    use_small_blocks(monkeypatch)
    if suffix == "npy":
        if dtype.startswith(("bfloat16", "float8")):
            dtype = "float32"
        weights = [Weight((9000,), Constant(-1.5), seed=0, name="a", dtype=dtype)]
    else:
        weights = [Weight((9000,), Constant(-1.5), seed=0, name=name, dtype=dtype) for name in "ab"]
    path = tmp_path / f"w.{suffix}"
    receipt = fastinit.save(path, weights, receipt=True)
    assert len({each.blocks for each in receipt.weights}) == 1
    content = path.read_bytes()
    itemsize = weights[0].dtype.itemsize
    start = len(content) - len(weights) * weights[0].nbytes
    for place in (0, 8999, len(weights) * 9000 - 1, len(weights) * 9000 - 9000):
        where = start + place * itemsize
        path.write_bytes(content[:where] + bytes([content[where] ^ 1]) + content[where + 1 :])
        which, index = divmod(place, 9000)
        difference = fastinit.verify(path, weights).difference
        assert (difference.name, difference.index) == (weights[which].name, (index,))
        block = fastinit.verify(path, receipt=receipt).difference
        assert block.name == weights[which].name
        assert block.first[0] <= index <= block.last[0]
        assert block.first[0] == index // (4096 // itemsize) * (4096 // itemsize)
