"""Statistics of a receipt against exact sums: on both sides of zero, and at either end of float64."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform, Weight
from fastinit._kernels.moments import CodeMoments, NumberMoments
from fastinit.storage.blocks import blocks
from fastinit.storage.blocks.block_stats import Statistics, values_of_codes
from tests.support.laws import FLOATS

pytestmark = pytest.mark.once

INF = math.inf
TINY = 5e-324  # the smallest float64
ONE = 2**1074  # in units of it

#: Each has a mirror image on the other side of 0.
DISTRIBUTIONS = [
    Normal(0, 1), Normal(2, 0.1), Normal(3e7, 1e-3), Normal(1e15, 3), Normal(0.1, 1e-17),
    Uniform(0.5, 3), Uniform(1e6, 1e6 + 1e-3), Uniform(1e16, 1e16 + 64), Constant(0.1),
    TruncatedNormal(0, 1, 2, INF), TruncatedNormal(0, 1, 30, 31), TruncatedNormal(1, 2, -3, 4),
    TruncatedNormal(-1e8, 1, 0, INF), TruncatedNormal(0, 1, 38.5, INF),
    # Squares of the values overflow, or the sums of them.
    Normal(0, 1e160), Normal(1e200, 1e190), Normal(1e300, 1e284), Uniform(-1e300, 1e308),
    Uniform(0, 2.0**400), Uniform(0, 2.0**401), Constant(1.7e308), TruncatedNormal(0, 1e300, 0, 1e301),
    # Squares of the values underflow.
    Normal(0, 1e-160), Normal(0, 1e-200), Normal(0, 1e-310), Normal(1e-200, 1e-210),
    Uniform(-1e-291, 1e-290), Uniform(0, 2.0**-400), Uniform(0, 2.0**-401), Constant(-TINY),
    # The values are not as large as the parameters: these normals are wide within narrow bounds,
    # or the mean is far from the bounds.
    TruncatedNormal(0, 1e300, -1, 2), TruncatedNormal(0, 1e300, 0, 1e-200),
    TruncatedNormal(-1e200, 1e20, 0, INF), TruncatedNormal(-1e200, 1e20, 0, 1e-160),
    TruncatedNormal(-1, 1e-100, 0, INF), TruncatedNormal(-1e308, 1e300, 0, 5),
]  # fmt: skip


def mirrored(distribution):
    """Return the distribution of -x."""
    if isinstance(distribution, Uniform):
        return Uniform(-distribution.high, -distribution.low)
    if isinstance(distribution, Normal):
        return Normal(-distribution.mean, distribution.std)
    if isinstance(distribution, Constant):
        return Constant(-distribution.value)
    return TruncatedNormal(
        -distribution.mean, distribution.std, -distribution.high, -distribution.low
    )


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 4096 bytes and pieces of 1024, so that small files have many."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(blocks, "PIECE_BYTES", 1024)
    monkeypatch.setattr(blocks, "PAGE_BYTES", 128)


def statistics_of_file(folder, weight):
    receipt = fastinit.save(folder / "w.bin", weight, receipt=True, force=True)
    assert fastinit.make_receipt(folder / "w.bin", weight, receipt=False) == receipt
    assert fastinit.Receipt.from_json(receipt.to_json()) == receipt
    return receipt.weights[0].statistics


def as_integer(value):
    """Return a float64 in units of the smallest one."""
    numerator, denominator = value.as_integer_ratio()
    return numerator * (ONE // denominator)


def check(found, weight):
    """Compare with sums of integers, which round nothing."""
    values = np.asarray(weight).astype(np.float64).ravel()
    numbers, count = [as_integer(value) for value in values.tolist()], values.size
    total, squares = sum(numbers), sum(each * each for each in numbers)
    mean = Fraction(total, count)
    std = Fraction(math.isqrt((count * squares - total * total) << 200), count << 100)
    assert (found.min, found.max) == (values.min(), values.max())
    # What is lost is small beside the spread of the values, not only beside their mean.
    last_digit = as_integer(math.ulp(found.mean))
    assert abs(as_integer(found.mean) - mean) <= last_digit + std / 10**13
    assert abs(as_integer(found.std) - std) <= 1 + std / 10**6
    assert found.min <= found.mean <= found.max


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("image", [lambda each: each, mirrored], ids=["as given", "mirrored"])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_statistics_are_those_of_exact_sums(tmp_path, distribution, image):
    weight = Weight((1301,), image(distribution), seed=0, name="w", dtype="float64")
    check(statistics_of_file(tmp_path, weight), weight)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("image", [lambda each: each, mirrored], ids=["as given", "mirrored"])
@pytest.mark.parametrize("dtype", [each for each in FLOATS if each != "float64"])
def test_statistics_of_narrower_dtypes(tmp_path, dtype, image):
    for distribution in (Normal(2, 0.1), Uniform(0.5, 3), TruncatedNormal(0, 1, 2, INF)):
        for padding_idx in (None, 652):
            weight = Weight(
                (653, 2), image(distribution),
                seed=0, name="w", dtype=dtype, padding_idx=padding_idx,
            )  # fmt: skip
            check(statistics_of_file(tmp_path, weight), weight)


@pytest.mark.parametrize("scale", [1e300, 1.0, 1e-300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mirrored_values_have_mirrored_statistics(tmp_path, scale, dtype):
    """The values of a window are mirrored to the bit; see the contract."""
    if dtype == "float32":
        scale = 1.0
    given = TruncatedNormal(0, scale, 39 * scale, INF)
    upper, lower = (
        statistics_of_file(tmp_path, Weight((999,), each, seed=3, name="w", dtype=dtype))
        for each in (given, mirrored(given))
    )
    assert upper.min > 0
    assert lower == Statistics(-upper.mean, upper.std, -upper.max, -upper.min)


#: An extreme in each of the eight sums, at the ends of blocks and pieces, and beside them.
PLACES = [*range(9), 254, 255, 256, 257, 511, 512, 1023, 1024, 1025, 1292, *range(1296, 1301)]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("cuts", [[], [1, 255, 256, 1024, 1300]])
@pytest.mark.parametrize("dtype", FLOATS)
def test_an_extreme_is_found_anywhere(dtype, cuts, sign):
    values = sign * np.linspace(0.5, 1, 1301).astype(fastinit.zeros(0, dtype=dtype).dtype)
    for place in PLACES:
        for extreme in (0.25 * sign, 2.0 * sign):
            numbers = values.copy()
            numbers[place] = extreme
            if dtype in {"float32", "float64"}:
                moments, meanings = NumberMoments(0.75 * sign), ()
            else:
                numbers = numbers.view(f"u{numbers.itemsize}")
                moments = CodeMoments(numbers.itemsize, 0.75 * sign)
                meanings = (values_of_codes(values.dtype),)
            for piece in np.split(numbers, cuts):
                moments.add(piece)
            _, _, smallest, largest = moments.result(*meanings)
            exact = values.astype(np.float64)
            exact[place] = extreme
            assert (smallest, largest) == (exact.min(), exact.max()), place


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("sign", [1, -1])
def test_statistics_of_few_values(tmp_path, dtype, count, sign):
    for distribution in (Uniform(0.5, 3), Normal(3, 0.25), Constant(0.7)):
        image = distribution if sign > 0 else mirrored(distribution)
        weight = Weight((count,), image, seed=0, name="w", dtype=dtype)
        found = statistics_of_file(tmp_path, weight)
        check(found, weight)
        if count == 1 or isinstance(distribution, Constant):
            assert found.std < 1e-9
            assert found.min == found.max


@pytest.mark.usefixtures("small_blocks")
def test_exchanged_blocks_are_found(tmp_path):
    """The statistics of the whole and the set of the checksums stay the same."""
    weight = Weight((64, 64), Normal(), seed=0, name="w")
    path = tmp_path / "w.bin"
    receipt = fastinit.save(path, weight, receipt=True)
    content = path.read_bytes()
    parts = [content[start : start + 4096] for start in range(0, len(content), 4096)]
    assert len(parts) == len(receipt.weights[0].blocks) == 4
    for first, second in ((0, 1), (1, 2), (0, 3)):
        order = list(range(4))
        order[first], order[second] = second, first
        path.write_bytes(b"".join(parts[place] for place in order))
        assert fastinit.verify(path, weight).difference.index == (16 * first, 0)
        difference = fastinit.verify(path, receipt=receipt).difference
        assert difference.first == (16 * first, 0)
        assert difference.last == (16 * first + 15, 63)
        with pytest.raises(fastinit.FileFormatError, match="gets no receipt"):
            fastinit.make_receipt(path, weight, force=True)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_of_equal_contents_are_counted(tmp_path):
    """A constant has the same checksum in each block; a short last block has another one."""
    weight = Weight((64 * 64 + 8,), Constant(1.5), seed=0, name="w")
    path = tmp_path / "w.bin"
    receipt = fastinit.save(path, weight, receipt=True)
    *same, last = receipt.weights[0].blocks
    assert len(same) == 4
    assert len(set(same)) == 1 != len({*same, last})
    whole = path.read_bytes()
    for changed in (whole[4096:], whole + whole[:4096], whole[:-32]):
        path.write_bytes(changed)
        with pytest.raises(fastinit.FileFormatError, match="bytes, expected"):
            fastinit.verify(path, receipt=receipt)
    for place in (0, 4096, 4 * 4096, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert fastinit.verify(path, receipt=receipt).difference.first == (place // 4096 * 1024,)
        assert fastinit.verify(path, weight).difference.index == (place // 4,)
    longer = fastinit.save(
        path, Weight((65 * 64 + 8,), Constant(1.5), seed=0, name="w"), receipt=True, force=True
    )
    assert longer.digest != receipt.digest
    assert "different formulas" in fastinit.compare_receipts(receipt, longer)[0]
