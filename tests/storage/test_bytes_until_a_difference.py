"""`Verification.nbytes` of what differs: the blocks up to the first difference, in every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit.storage.blocks import blocks
from tests.support.small_blocks import use_small_blocks

pytestmark = pytest.mark.once

#: Twelve blocks of 4096 bytes: 16 rows each.
WEIGHT = fastinit.Weight((192, 64), "he_normal", seed=7, name="w")
BLOCK = 4096


@pytest.fixture(autouse=True)
def small_blocks(tmp_path, monkeypatch):
    use_small_blocks(monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert blocks.BLOCK_BYTES == BLOCK


def differing(path, block):
    """Save the weight, and change a value of one block and of the last one."""
    if path.endswith(".zarr"):
        pytest.importorskip("zarr")
        receipt = fastinit.save_zarr(path, WEIGHT, chunks=(16, 64), receipt=True)
        files = [Path(path, "c", str(number), "0") for number in (block, 11)]
        places = [100, 100]
    else:
        receipt = fastinit.save(path, WEIGHT, receipt=True)
        start = Path(path).stat().st_size - WEIGHT.nbytes
        files, places = [Path(path)] * 2, [start + number * BLOCK + 100 for number in (block, 11)]
    for file, place in zip(files, places, strict=True):
        content = bytearray(file.read_bytes())
        content[place] ^= 1
        file.write_bytes(content)
    return receipt


@pytest.mark.parametrize("block", [0, 5, 10])
@pytest.mark.parametrize("path", ["w.npy", "w.safetensors", "w.zarr"])
@pytest.mark.parametrize("threads", [1, 4])
def test_the_bytes_are_those_up_to_the_first_difference(path, block, threads):
    receipt = differing(path, block)
    before = fastinit.get_num_threads()
    fastinit.set_num_threads(threads)
    try:
        by_formula, by_receipt = (
            fastinit.verify(path, WEIGHT),
            fastinit.verify(path, receipt=receipt),
        )
    finally:
        fastinit.set_num_threads(before)
    assert by_formula.difference.index == (block * 16, 25)
    assert by_receipt.difference.first == (block * 16, 0)
    assert by_formula.nbytes == by_receipt.nbytes == (block + 1) * BLOCK


def test_a_set_adds_its_shards():
    weights = [fastinit.Weight((32, 64), "he_normal", seed=7, name=name) for name in "ab"]
    fastinit.save_sharded("m", weights, max_shard_size=2 * BLOCK)
    second = Path("m/model-00002-of-00002.safetensors")
    content = bytearray(second.read_bytes())
    content[-2 * BLOCK] ^= 1
    second.write_bytes(content)
    found = fastinit.verify("m")
    assert found.difference.name == "b"
    assert found.nbytes == 3 * BLOCK


def test_a_zarr_array_that_is_a_file():
    pytest.importorskip("zarr")
    np.save("x.npy", np.zeros(3))
    Path("x.npy").rename("x.zarr")
    with pytest.raises(
        fastinit.FileFormatError, match=r"^x\.zarr: a file, but a Zarr array is a dir"
    ):
        fastinit.verify("x.zarr")
    with pytest.raises(FileNotFoundError):
        fastinit.verify("absent.zarr")
