"""Receipts: the statistics are NumPy's and Python's own, the same however a file was made."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import zlib
from dataclasses import replace

import numpy as np
import pytest

import fastinit
from fastinit import Normal, TruncatedNormal, Uniform, Weight
from fastinit._kernels.moments import CodeMoments, NumberMoments
from fastinit.storage.blocks import blocks
from fastinit.storage.blocks.block_stats import Statistics, values_of_codes

DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of 4096 bytes and pieces of about 1000, so that small files have many."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(blocks, "PIECE_BYTES", 1024)
    monkeypatch.setattr(blocks, "PAGE_BYTES", 128)


def weight(dtype="float32", shape=(1001, 17), seed=5, name="w", **options):
    return Weight(shape, Normal(0.1, 0.3), seed=seed, name=name, dtype=dtype, **options)


def exact_statistics(values):
    """Mean, std, min and max by exact sums."""
    numbers = [float(value) for value in values.ravel()]
    mean = math.fsum(numbers) / len(numbers)
    variance = math.fsum((number - mean) ** 2 for number in numbers) / len(numbers)
    return mean, math.sqrt(variance), min(numbers), max(numbers)


@pytest.mark.parametrize("dtype", DTYPES)
def test_statistics_are_exact(tmp_path, dtype):
    given = weight(dtype, padding_idx=3)
    receipt = fastinit.save(tmp_path / "w.safetensors", given, receipt=True)
    found = receipt.weights[0].statistics
    mean, std, smallest, largest = exact_statistics(np.asarray(given).astype(np.float64))
    assert found.mean == pytest.approx(mean, rel=1e-12, abs=1e-15)
    assert found.std == pytest.approx(std, rel=1e-12)
    assert (found.min, found.max) == (smallest, largest)
    assert len(receipt.weights[0].blocks) == -(-given.nbytes // 4096)


@pytest.mark.parametrize(
    "distribution",
    [Uniform(1e6, 1e6 + 1e-3), Normal(-3e7, 1e-3), TruncatedNormal(0, 1, 30, 31)],
    ids=str,
)
def test_narrow_distributions_far_from_zero_lose_no_digits(tmp_path, distribution):
    given = Weight((5001,), distribution, seed=1, name="w", dtype="float64")
    receipt = fastinit.save(tmp_path / "w.npy", given, receipt=True)
    found = receipt.weights[0].statistics
    mean, std, *_ = exact_statistics(np.asarray(given))
    assert found.mean == pytest.approx(mean, rel=1e-15)
    assert found.std == pytest.approx(std, rel=1e-6)


@pytest.mark.parametrize(
    "distribution",
    [Normal(0, 1e160), Uniform(-1e300, 1e308), Normal(-1e200, 1e190), TruncatedNormal(0, 1e300, 0, 1e301)],
    ids=str,
)  # fmt: skip
def test_squares_of_large_numbers_do_not_overflow(tmp_path, distribution):
    given = Weight((5001,), distribution, seed=1, name="w", dtype="float64")
    found = fastinit.save(tmp_path / "w.npy", given, receipt=True).weights[0].statistics
    values = np.asarray(given)
    exact = [float(value) / 2.0**700 for value in values]  # exact: no value is near 0
    mean = math.fsum(exact) / len(exact)
    variance = math.fsum((each - mean) ** 2 for each in exact) / len(exact)
    assert found.mean == pytest.approx(mean * 2.0**700, rel=1e-12)
    assert found.std == pytest.approx(math.sqrt(variance) * 2.0**700, rel=1e-9)
    assert (found.min, found.max) == (values.min(), values.max())


@pytest.mark.parametrize("checksum", ["crc32", "sha256"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_checksums_are_those_of_the_bytes(tmp_path, checksum, dtype):
    given = weight(dtype)
    receipt = fastinit.save(tmp_path / "w.bin", given, receipt=True, checksum=checksum)
    content = (tmp_path / "w.bin").read_bytes()
    parts = [content[start : start + 4096] for start in range(0, len(content), 4096)]
    if checksum == "crc32":
        expected = tuple(f"{zlib.crc32(part):08x}" for part in parts)
    else:
        expected = tuple(hashlib.sha256(part).hexdigest() for part in parts)
    assert receipt.weights[0].blocks == expected
    whole = hashlib.sha256("".join(expected).encode()).hexdigest()
    assert receipt.weights[0].digest == whole
    assert receipt.digest == hashlib.sha256(whole.encode()).hexdigest()


def test_receipt_file(tmp_path):
    path = tmp_path / "m.safetensors"
    weights = [weight(), weight("bfloat16", name="v"), weight(shape=(0, 3), name="none")]
    made = fastinit.save(path, weights, receipt=True)
    beside = tmp_path / "m.safetensors.receipt.json"
    assert fastinit.Receipt.read(beside) == made
    given = json.loads(beside.read_text())
    assert given["file"] == "m.safetensors"
    assert given["bytes"] == path.stat().st_size
    assert given["fastinit"] == fastinit.__version__
    assert given["weights"][0]["formula"] == json.loads(weights[0].to_json())
    assert given["weights"][1]["statistics"] is None  # widest first: float32 without elements
    assert given["weights"][1]["blocks"] == []
    elsewhere = tmp_path / "elsewhere.json"
    assert fastinit.save(path, weights, receipt=elsewhere, force=True) == made
    assert elsewhere.read_text() == beside.read_text()


def test_without_a_receipt(tmp_path):
    assert fastinit.save(tmp_path / "w.npy", weight()) is None
    assert [each.name for each in tmp_path.iterdir()] == ["w.npy"]


def test_existing_receipt_is_kept_without_force(tmp_path):
    beside = tmp_path / "w.npy.receipt.json"
    beside.write_text("precious")
    with pytest.raises(FileExistsError, match=r"w\.npy\.receipt\.json"):
        fastinit.save(tmp_path / "w.npy", weight(), receipt=True)
    assert beside.read_text() == "precious"
    assert not (tmp_path / "w.npy").exists()


@pytest.mark.parametrize("target", ["w.npy", "w.bin", "w.safetensors", "w.zarr", "w/"])
@pytest.mark.parametrize("receipt", [False, True])
def test_unknown_checksum_is_refused_with_and_without_a_receipt(tmp_path, target, receipt):
    path = f"{tmp_path}/{target}"
    for save in (fastinit.save, lambda path, each, **options: each.save(path, **options)):
        with pytest.raises(ValueError, match=r"checksum must be .*crc32.*sha256.*md5"):
            save(path, weight(), receipt=receipt, checksum="md5")
    with pytest.raises(ValueError, match=r"checksum must be .*md5"):
        fastinit.save_sharded(tmp_path / "set", [weight()], receipt=receipt, checksum="md5")
    assert list(tmp_path.iterdir()) == []


RECEIPT_OF = """if True:
    import sys, fastinit
    weights = [
        fastinit.Weight((300_001, 7), "he_normal", seed=3, name=dtype, dtype=dtype)
        for dtype in sys.argv[2:]
    ]
    print(fastinit.save(sys.argv[1], weights, receipt=True).to_json())
"""


def test_the_same_digits_on_any_instruction_set_and_threads(tmp_path):
    found = set()
    for isa in fastinit.available_isas():
        for threads in ("1", "5"):
            environment = {**os.environ, "FASTINIT_ISA": isa, "FASTINIT_NUM_THREADS": threads}
            path = tmp_path / f"{isa}-{threads}" / "m.safetensors"
            path.parent.mkdir()
            command = [sys.executable, "-c", RECEIPT_OF, path, *DTYPES]
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
            found.add(done.stdout)
    assert len(fastinit.available_isas()) > 1
    assert len(found) == 1


KNOWN_DIGEST = "0fcd4a6bc7f810f3147ed36f8ce32b203646351fca15d00550f97c7ba0b5232d"
KNOWN_STATISTICS = Statistics(
    mean=0.09975686690037215, std=0.3004238913983267, min=-1.080034613609314, max=1.5547271966934204
)


def test_known_receipt(tmp_path):
    # Pinned: receipts of one version can be compared with those of the next.
    receipt = fastinit.save(
        tmp_path / "m.safetensors", [weight(d, name=d) for d in DTYPES], receipt=True
    )
    assert receipt.digest == KNOWN_DIGEST
    assert receipt.weights[1].statistics == KNOWN_STATISTICS


def test_another_format_has_the_same_receipt(tmp_path):
    made = [
        fastinit.save(tmp_path / f"w.{suffix}", weight(), receipt=True)
        for suffix in ("npy", "bin", "safetensors")
    ]
    assert len({receipt.digest for receipt in made}) == 1
    assert fastinit.compare_receipts(made[0], made[2]) == []
    assert fastinit.verify(tmp_path / "w.npy", receipt=made[2])


def test_compare_receipts(tmp_path):
    path = tmp_path / "m.safetensors"
    one = fastinit.save(path, [weight(), weight("bfloat16", name="v")], receipt=True)
    assert fastinit.compare_receipts(one, tmp_path / "m.safetensors.receipt.json") == []
    other = fastinit.save(path, [weight(), weight(name="u")], receipt=True, force=True)
    assert fastinit.compare_receipts(one, other) == [
        "'v' is not in the second receipt",
        "'u' is not in the first receipt",
    ]
    other = fastinit.save(
        path, [weight(seed=6), weight("bfloat16", name="v")], receipt=True, force=True
    )
    assert "different formulas" in fastinit.compare_receipts(one, other)[0]
    damaged = one.to_json().replace(one.weights[0].blocks[3], "00000000")
    with pytest.raises(fastinit.FileFormatError, match="damaged"):
        fastinit.Receipt.from_json(damaged)
    changed = json.loads(damaged)
    for digest in (one.digest, one.weights[0].digest):
        changed = json.loads(json.dumps(changed).replace(digest, "0" * 64))
    with pytest.raises(fastinit.FileFormatError, match="damaged"):
        fastinit.Receipt.from_json(json.dumps(changed))
    sha = fastinit.save(path, weight(), receipt=True, checksum="sha256", force=True)
    with pytest.raises(ValueError, match="crc32 of 4,096 bytes and sha256"):
        fastinit.compare_receipts(one, sha)


def test_compare_names_the_block(tmp_path):
    one = fastinit.save(tmp_path / "w.npy", weight(), receipt=True)
    part = one.weights[0]
    flipped = (*part.blocks[:2], "00000000", *part.blocks[3:])
    other = replace(one, weights=(replace(part, blocks=flipped),))
    (found,) = fastinit.compare_receipts(one, other)
    assert found.startswith("'w': elements 2048 to 3071 have the checksums ")
    statistics = replace(part.statistics, mean=0.5)
    other = replace(one, weights=(replace(part, statistics=statistics),))
    assert "statistics" in fastinit.compare_receipts(one, other)[0]


def test_no_receipt(tmp_path):
    path = tmp_path / "r.json"
    for content in (b"", b"{}", b"[1]", b"\xff\xfe", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(fastinit.FileFormatError, match=r"r\.json: not a receipt"):
            fastinit.Receipt.read(path)
    path.write_text('{"receipt_version": 1}')
    with pytest.raises(fastinit.FileFormatError, match=r"version 1 .*again: fastinit receipt FILE"):
        fastinit.Receipt.read(path)
    path.write_text('{"receipt_version": 99}')
    with pytest.raises(fastinit.FileFormatError, match="version 99"):
        fastinit.Receipt.read(path)
    with pytest.raises(FileNotFoundError):
        fastinit.Receipt.read(tmp_path / "absent.json")


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("checksum", ["crc32", "sha256"])
def test_verify_by_receipt(tmp_path, checksum):
    path, given = tmp_path / "w.npy", weight()
    receipt = fastinit.save(path, given, receipt=True, checksum=checksum)
    result = fastinit.verify(path, receipt=tmp_path / "w.npy.receipt.json")
    assert result
    assert result.nbytes == given.nbytes
    start = path.stat().st_size - given.nbytes
    flip(path, start + 4 * 9000)
    flip(path, start + 4 * 2100)
    result = fastinit.verify(path, receipt=receipt)
    assert not result
    assert result.difference.name == "w"
    assert result.difference.first == (2048 // 17, 2048 % 17)
    assert result.difference.last == (3071 // 17, 3071 % 17)
    assert result.difference.expected == receipt.weights[0].blocks[2] != result.difference.found
    assert "w[120, 8] to [180, 11] has the checksum" in str(result.difference)
    with pytest.raises(ValueError, match="not both"):
        fastinit.verify(path, given, receipt=receipt)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(fastinit.FileFormatError, match=r"has .* bytes, expected"):
        fastinit.verify(path, receipt=receipt)


def test_verify_by_receipt_needs_no_values(tmp_path, monkeypatch):
    path = tmp_path / "w.npy"
    receipt = fastinit.save(path, weight(), receipt=True)
    monkeypatch.setattr("fastinit._engine.engine.fill", None)
    assert fastinit.verify(path, receipt=receipt)


def test_sample(tmp_path):
    path, given = tmp_path / "w.safetensors", weight()
    fastinit.save(path, given, receipt=True)
    count = -(-given.nbytes // 4096)
    flip(path, path.stat().st_size - given.nbytes + 4 * 5000)  # block 4
    found = {seed: fastinit.verify(path, sample=5, sample_seed=seed) for seed in range(40)}
    caught = [seed for seed, result in found.items() if not result]
    assert 4 < len(caught) < 25  # each draws 5 of 17
    assert all(found[seed].difference.index == (5000 // 17, 5000 % 17) for seed in caught)
    result = fastinit.verify(path, sample=3)
    assert (result.sample.blocks, result.sample.of) == (3, count)
    again = fastinit.verify(path, sample=3, sample_seed=result.sample.seed)
    assert (again.sample, bool(again)) == (result.sample, bool(result))
    assert not fastinit.verify(path, sample=np.int64(10**9))  # all of them
    by_receipt = fastinit.verify(path, sample=5, sample_seed=caught[0],
                                 receipt=tmp_path / "w.safetensors.receipt.json")  # fmt: skip
    assert by_receipt.difference.first == (4096 // 17, 4096 % 17)
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="sample must be an integer, at least 1"):
            fastinit.verify(path, sample=wrong)
    with pytest.raises(ValueError, match="pass sample too"):
        fastinit.verify(path, sample_seed=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_do_not_depend_on_the_pieces(dtype):
    numbers = np.random.default_rng(0).normal(size=10_007).astype(dtype)
    whole = NumberMoments(0.25)
    whole.add(numbers)
    for cuts in ([1, 2, 3], [7, 8, 9, 4000], [5000], [8, 16, 10_006]):
        pieces = NumberMoments(0.25)
        for piece in np.split(numbers, cuts):
            pieces.add(piece)
        assert pieces.result() == whole.result()
    shifted = numbers.astype(np.float64) - 0.25
    lanes = [shifted[lane::8] for lane in range(8)]
    # The order that is promised: eight sums side by side, then those one after another.
    total = 0.0
    for lane in lanes:
        total += sum(lane.tolist(), start=0.0) if sys.version_info < (3, 12) else _plain_sum(lane)
    assert whole.result()[0] == total


def _plain_sum(numbers):
    total = 0.0
    for number in numbers.tolist():
        total += number
    return total


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn", "float8_e5m2"])
def test_moments_of_codes(dtype):
    given = weight(dtype, shape=(33_333,))
    values = np.asarray(given)
    codes = values.view(f"u{values.dtype.itemsize}")
    moments = CodeMoments(values.dtype.itemsize, 0.1)
    for piece in np.split(codes, [1, 4, 9, 20_001]):
        moments.add(np.ascontiguousarray(piece))
    total, squares, smallest, largest = moments.result(values_of_codes(values.dtype))
    exact = values.astype(np.float64) - 0.1
    assert total == pytest.approx(math.fsum(exact), abs=1e-8)
    assert squares == pytest.approx(math.fsum(exact * exact), rel=1e-12)
    assert (smallest, largest) == (float(values.min()), float(values.max()))


def test_moments_refuse():
    with pytest.raises(ValueError, match="1 or 2 bytes"):
        CodeMoments(4, 0.0)
    with pytest.raises(ValueError, match="another length"):
        CodeMoments(2, 0.0).add(np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="for each code"):
        CodeMoments(2, 0.0).result(np.zeros(256, np.float32))
    with pytest.raises(ValueError, match="float32 or float64"):
        NumberMoments(0.0).add(np.zeros(3, np.uint16))


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.zarr"])
@pytest.mark.parametrize("is_link", [False, True])
def test_what_is_no_receipt_stays(tmp_path, name, is_link):
    """A file of the user at the default name of a receipt says nothing about the new file."""
    weight = fastinit.Weight((20, 3), "xavier", seed=1, name="w")
    path, beside = tmp_path / name, tmp_path / f"{name}.receipt.json"
    own = tmp_path / "own.json" if is_link else beside
    own.write_text('{"mine": 1}')
    if is_link:
        beside.symlink_to(own)
    for force in (False, True):
        fastinit.save(path, weight, force=force)
        assert own.read_text() == '{"mine": 1}'
    with pytest.raises(FileExistsError, match=r"receipt\.json"):
        fastinit.make_receipt(path, weight)
    fastinit.save(path, weight, force=True, receipt=True)  # the caller asked for this one
    assert fastinit.verify(path, receipt=beside)


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.zarr"])
def test_no_other_receipt_stays_beside_a_file(tmp_path, name):
    first, second = (fastinit.Weight((20, 3), "xavier", seed=seed, name="w") for seed in (1, 2))
    path, beside = tmp_path / name, tmp_path / f"{name}.receipt.json"
    fastinit.save(path, first, receipt=True)
    content = beside.read_text()
    fastinit.save(path, second, force=True)
    assert not beside.exists()
    path.rename(tmp_path / f"old{path.suffix}")
    beside.write_text(content)
    with pytest.raises(FileExistsError, match=r"receipt\.json"):
        fastinit.save(path, second)
    assert not path.exists()
    assert beside.read_text() == content
