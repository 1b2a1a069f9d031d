"""Limits of files: the last header, length, name and number accepted, and the first one refused."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, Uniform, Weight
from fastinit.storage import config
from fastinit.storage.atomic import partial_names
from fastinit.storage.blocks import block_stats
from fastinit.storage.blocks.blocks import groups_of
from fastinit.storage.formats import npy, safetensors
from fastinit.storage.receipts.format import OWN_DIGEST, digest_of_content
from fastinit.storage.receipts.receipt import Receipt
from fastinit.storage.regular_file import read_regular
from fastinit.storage.remote import uploads
from fastinit.storage.sets.shard_size import as_shard_size
from fastinit.storage.single.saving_parts import check_part
from fastinit.storage.single.verifying import draw
from fastinit.storage.zarr import metadata
from fastinit.storage.zarr.arrays import check_zarr
from tests.support.limits import Limit, above, below, check

pytestmark = pytest.mark.once

LARGEST = 2**63 - 1
WEIGHT = Weight((5, 3), Normal(0.1, 0.3), seed=5, name="w")
DAMAGED = fastinit.FileFormatError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a temporary directory the working directory, in which the calls below write."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def round_trip(weight, name="w.safetensors"):
    """Save a weight, verify the file, and return what its header says of the shape."""
    fastinit.save(name, weight, force=True)
    fastinit.verify(name, weight)
    return fastinit.storage.listing.contents(fastinit.storage.targets.as_path(name))[0].shape


def npy_header(shape, version=1, pad=0):
    """Return the header of a .npy file of float32, `pad` bytes longer than it must be."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}{' ' * pad}\n".encode()
    prefix = b"\x93NUMPY" + bytes([version, 0])
    return prefix + struct.pack("<H" if version == 1 else "<I", len(text)) + text


def read_npy(shape, version=1, pad=0):
    found, dtype, start = npy.read_header(io.BytesIO(npy_header(shape, version, pad)))
    assert dtype == np.float32
    assert start == len(npy_header(shape, version, pad))
    return found


def verify_npy(version, pad=0):
    """Verify a .npy file with the values of WEIGHT and a header of some version and length."""
    fastinit.save("plain.raw", WEIGHT, force=True)
    header = npy_header((5, 3), version, pad)
    Path("w.npy").write_bytes(header + Path("plain.raw").read_bytes())
    if version in (1, 2) and pad < 10_000:
        assert np.array_equal(np.load("w.npy"), WEIGHT[:])
    return fastinit.verify("w.npy", WEIGHT).nbytes


def header_of(entries, data=b""):
    text = json.dumps(entries).encode()
    return io.BytesIO(struct.pack("<Q", len(text)) + text + data)


def read_tensor(nbytes=0, **changes):
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, nbytes]} | changes
    entries, _, _ = safetensors.read_header(
        header_of({"w": entry}, bytes(nbytes)), header_only=True
    )
    return entries[0][2]


def read_pair(first):
    """Read a file of two tensors of 4 bytes, of which the second begins at a given byte."""
    tensors = {
        "v": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "w": {"dtype": "F32", "shape": [1], "data_offsets": [first, first + 4]},
    }
    entries, _, _ = safetensors.read_header(header_of(tensors, bytes(first + 4)))
    return [each[3:] for each in entries]


def read_file(spare):
    """Read a file of one tensor of 4 bytes, with some bytes too many."""
    entries = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    return len(safetensors.read_header(header_of(entries, bytes(4 + spare)))[0])


def receipt(weight=WEIGHT, **changes):
    """Return a receipt that is changed, with the digest that belongs to it."""
    made = fastinit.save("r.raw", weight, receipt=True, force=True)
    content = json.loads(made.to_json())
    if statistics := changes.pop("statistics", None):
        content["weights"][0]["statistics"] |= statistics
    content |= changes
    content[OWN_DIGEST] = digest_of_content(content)
    return Receipt.from_json(json.dumps(content))


def shards(weights, size):
    """Return the number of tensors in each shard of a set."""
    made = fastinit.save_sharded("set", weights, max_shard_size=size, force=True)
    fastinit.verify("set")
    files = {
        path: len(fastinit.storage.listing.contents(path))
        for path in sorted(made.written + made.kept)
    }
    return [*files.values()]


def three(rows):
    """Three weights of 12 bytes a row."""
    return [Weight((rows, 3), "ones", seed=1, name=name) for name in "abc"]


def scaled(scale, rows=9):
    tables = {"w": {"shape": [rows, 2], "scheme": "ones", "seed": 0}}
    Path("c.json").write_text(json.dumps({"tables": tables}))
    return fastinit.read_config("c.json", scale=scale)[0].shape


def part_length(size):
    return uploads.part_bytes("s3://b/w", size)


def chunks(given):
    return check_zarr(fastinit.storage.targets.as_path("w.zarr"), WEIGHT, given, None)


AXES = "has 65 axes, and arrays have at most 64"
LENGTH = r"a length of an array is at most 2\*\*63 - 1"
DAMAGE = "the header is damaged|its header is damaged|invalid shape"
#: The calls are made in an empty directory.
LIMITS = {
    **{
        f"axes in {suffix}": Limit(
            lambda x, suffix=suffix: round_trip(Weight((1,) * x, "ones", seed=1, name="w"), f"w.{suffix}"),
            64, 65, AXES, (1,) * 64,
        )
        for suffix in ("npy", "safetensors")
    },
    **{
        f"length in {suffix}": Limit(
            lambda x, suffix=suffix: round_trip(Weight((x, 0), "ones", seed=1, name="w"), f"w.{suffix}"),
            LARGEST, LARGEST + 1, LENGTH, (LARGEST, 0),
        )
        for suffix in ("npy", "safetensors")
    },
    "version of .npy": Limit(verify_npy, 2, 3, "version 3.0 of the .npy format is not supported", 60, DAMAGED),
    "least version of .npy": Limit(verify_npy, 1, 0, "version 0.0 of the .npy format is not supported", 60, DAMAGED),
    # NumPy reads no header of more than 10,000 characters that it is not told to trust.
    "length of a header of .npy": Limit(
        lambda x: verify_npy(2, x), 10_000 - 69, 10_000, "Header info length .* is large", 60, DAMAGED,
    ),
    "length read from .npy": Limit(read_npy, (LARGEST, 0), (LARGEST + 1, 0), "invalid shape", (LARGEST, 0)),
    "least length read from .npy": Limit(read_npy, (0,), (-1,), "invalid shape", (0,)),
    "axes of a tensor": Limit(
        lambda x: read_tensor(4, shape=[1] * x), 64, 65, DAMAGE, (1,) * 64,
    ),
    "length of a tensor": Limit(lambda x: read_tensor(shape=[x, 0]), LARGEST, LARGEST + 1, DAMAGE, (LARGEST, 0)),
    "least length of a tensor": Limit(lambda x: read_tensor(shape=[x]), 0, -1, DAMAGE, (0,)),
    "offsets of a tensor": Limit(
        lambda x: read_tensor(data_offsets=x), [0, 0], [1, 0], "invalid data_offsets", (0,),
    ),
    "bytes of a tensor": Limit(
        lambda x: read_tensor(4, shape=[x]), 1, 2, "is not that of data_offsets", (1,),
    ),
    "next tensor": Limit(read_pair, 4, 5, "byte 4 belongs to no tensor", [(0, 4), (4, 8)]),
    "tensors that share bytes": Limit(read_pair, 4, 3, "byte 3 belongs to two tensors", [(0, 4), (4, 8)]),
    "end of a file": Limit(read_file, 0, 1, "the file has .* bytes, expected", 1),
    "bytes of a file in a receipt": Limit(
        lambda x: receipt(bytes=x).nbytes, 60, 59, "the file has 59 bytes, but its weights have 60", 60, DAMAGED,
    ),
    "largest file in a receipt": Limit(
        lambda x: receipt(bytes=x).nbytes, LARGEST, LARGEST + 1, r"bytes must be an integer in \[0, 2\*\*63\)", LARGEST, DAMAGED,
    ),
    "block of a receipt": Limit(
        lambda x: receipt(block_bytes=x).block_bytes, LARGEST, LARGEST + 1, r"block_bytes must be an integer in \[8, 2\*\*63\)",
        LARGEST, DAMAGED,
    ),
    "shortest block of one element": Limit(
        lambda x: receipt(block_bytes=x).block_bytes, 60, 59, "must have one checksum for each of its 2 blocks", 60, DAMAGED,
    ),
    "std in a receipt": Limit(
        lambda x: receipt(statistics={"std": x}).weights[0].statistics.std, -0.0, -5e-324, "contradict each other", 0.0, DAMAGED,
    ),
    "extremes in a receipt": Limit(
        lambda x: receipt(statistics={"min": x, "max": 1.0}).weights[0].statistics.min, 1.0, above(1.0),
        "contradict each other", 1.0, DAMAGED,
    ),
    "version of a receipt": Limit(
        lambda x: receipt(receipt_version=x).nbytes, 2, 1, "receipt version 1 is not supported.*make the receipt again", 60, DAMAGED,
    ),
    "no version of a receipt": Limit(
        lambda x: receipt(receipt_version=x).nbytes, 2, 0, "receipt version 0 is not supported, expected 2$", 60, DAMAGED,
    ),
    "shortest block of a receipt": Limit(
        lambda x: receipt(Weight((0, 3), "ones", seed=1, name="w"), block_bytes=x).block_bytes, 8, 7,
        r"block_bytes must be an integer in \[8, 2\*\*63\)", 8, DAMAGED,
    ),
    "least bytes of a file in a receipt": Limit(
        lambda x: receipt(Weight((0, 3), "ones", seed=1, name="w"), bytes=x).nbytes, 0, -1,
        r"bytes must be an integer in \[0, 2\*\*63\)", 0, DAMAGED,
    ),
    "next version of a receipt": Limit(
        lambda x: receipt(receipt_version=x).nbytes, 2, 3, "receipt version 3 is not supported, expected 2$", 60, DAMAGED,
    ),
    "size of a shard": Limit(as_shard_size, 1, 0, "max_shard_size must be 1 byte or more, got 0", 1),
    "size of a shard as text": Limit(as_shard_size, "1B", "0.9B", "max_shard_size must be 1 byte or more", 1),
    "scale": Limit(scaled, 5e-324, 0.0, "scale must be above 0, got 0.0", (1, 2)),
    "part": Limit(check_part, (3, 3), (4, 3), r"must have 1 <= k <= n, got \(4, 3\)", (3, 3)),
    "first part": Limit(check_part, (1, 3), (0, 3), r"must have 1 <= k <= n, got \(0, 3\)", (1, 3)),
    "number of parts": Limit(check_part, (1, 1), (1, 0), r"must have 1 <= k <= n, got \(1, 0\)", (1, 1)),
    "sample": Limit(lambda x: draw("abc", x, 7)[0].blocks, 1, 0, "sample must be an integer, at least 1, got 0", 1),
    "length of a chunk": Limit(chunks, (1, 9), (0, 3), "must have a length of 1 or more for each axis", ((1, 9), None)),
    "axes of a chunk": Limit(chunks, (5, 3), (5, 3, 1), "must have a length of 1 or more for each axis", ((5, 3), None)),
    "bytes of an object": Limit(
        part_length, 10_000 * (5 << 30), 10_000 * (5 << 30) + 1, "stores allow 53,687,091,200,000", 5 << 30,
    ),
}  # fmt: skip


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_files(name):
    check(LIMITS[name])


def test_the_longest_header_of_safetensors(monkeypatch, folder):
    """Both when it is written and when it is read; each program refuses the next byte."""
    length = len(safetensors.header([WEIGHT])) - 8
    for module_limit, accepted in ((length, True), (length - 1, False)):
        monkeypatch.setattr(safetensors, "LONGEST_HEADER", length)
        fastinit.save("w.safetensors", WEIGHT, force=True)
        monkeypatch.setattr(safetensors, "LONGEST_HEADER", module_limit)
        if accepted:
            fastinit.save("w.safetensors", WEIGHT, force=True)
            fastinit.verify("w.safetensors")
        else:
            with pytest.raises(ValueError, match=f"the header has {length:,} bytes"):
                fastinit.save("v.safetensors", WEIGHT)
            with pytest.raises(DAMAGED, match="its header would be too long"):
                fastinit.verify("w.safetensors")
    assert not (folder / "v.safetensors").exists()


def test_the_longest_small_file(monkeypatch, folder):
    path = folder / "c.json"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(DAMAGED, match="too long, expected at most 4 bytes"):
        read_regular(path, 4)
    size = path.write_text('{"tables": {"a": {"shape": [3], "scheme": "ones", "seed": 1}}}')
    for longest, accepted in ((size, True), (size - 1, False)):
        monkeypatch.setattr(config, "LONGEST_CONFIG", longest)
        if accepted:
            assert len(fastinit.read_config(path)) == 1
        else:
            with pytest.raises(ValueError, match=f"expected at most {size - 1} bytes"):
                fastinit.read_config(path)


@pytest.mark.parametrize("ending", [".fastinit-partial", ".fastinit-journal-3-of-20"])
@pytest.mark.parametrize("letter", ["x", "é", "字", "😀"])
def test_names_of_every_length_around_the_longest(ending, letter, tmp_path):
    """A name that fits stays whole; the next one is cut. Both are recognised and can be made."""
    make = {
        ".fastinit-partial": partial_names.partial_name,
        ".fastinit-journal-3-of-20": lambda path: partial_names.part_journal_name(path, 3, 20),
    }[ending]
    longest = 255 - len(ending) - 1
    for spare in range(-4, 3):
        width = len(letter.encode())
        name = "a" * ((longest - spare) % width) + letter * ((longest - spare) // width)
        assert len(name.encode()) == longest - spare
        incomplete = make(tmp_path / name)
        # What is cut ends as late as whole characters allow.
        assert len(incomplete.name.encode()) <= 255
        assert spare >= 0 or len(incomplete.name.encode()) > 255 - width
        assert (incomplete.name == f".{name}{ending}") == (spare >= 0)
        incomplete.touch()
        found = partial_names.recognise(incomplete.name)
        assert found.target == (name if spare >= 0 else None)
        assert partial_names.belongs_to(incomplete.name, tmp_path / name)


@pytest.mark.usefixtures("folder")
def test_shards_that_are_just_full():
    """Two weights of 24 bytes fit into 48 bytes, and into 47 one."""
    assert shards(three(2), 72) == [3]
    assert shards(three(2), 71) == [2, 1]
    assert shards(three(2), 48) == [2, 1]
    assert shards(three(2), 47) == [1, 1, 1]
    assert shards(three(2), 24) == [1, 1, 1]
    assert shards(three(2), 23) == [1, 1, 1]  # a larger weight has a shard of its own


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("scale", "rows"),
    [
        (1.0, 9),
        (above(1.0), 9),
        (0.5, 5),
        (0.05, 1),
        (1 / 18, 1),
        (1.5 / 9, 2),
        (0.1666, 1),
        (2.5, 23),
    ],
)
def test_rows_of_scaled_tables_round_half_up(scale, rows):
    assert scaled(scale) == (rows, 2)
    assert scaled(9 * scale, rows=1) == (rows, 2)
    assert scaled(scale, rows=0) == (0, 2)


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (0, 16 << 20),
        (10_000 * (16 << 20), 16 << 20),
        (10_000 * (16 << 20) + 1, 17 << 20),
        (10_000 * (17 << 20), 17 << 20),
        (10_000 * (17 << 20) + 1, 18 << 20),
    ],
)
def test_parts_of_an_object(size, length):
    """At most 10,000 parts of whole mebibytes."""
    assert part_length(size) == length
    assert -(-size // length) <= 10_000


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("reach", "scale"),
    [
        (2.0**400, 1.0), (above(2.0**400), 2.0**-600), (2.0**1022, 2.0**-600),
        (2.0**-400, 1.0), (below(2.0**-400), 2.0**600), (2.0**-960, 2.0**600),
    ],
)  # fmt: skip
def test_statistics_on_both_sides_of_the_scaling(reach, scale):
    """Squares that could overflow or vanish are scaled. The figures are those of plain sums."""
    weight = Weight((3001,), Uniform(-reach / 2, reach), seed=1, name="w", dtype="float64")
    assert block_stats.scale_of(weight.distribution, weight.dtype) == scale
    found = fastinit.save("w.raw", weight, receipt=True).weights[0].statistics
    values = weight[:] / reach
    expected = [values.mean(), values.std(), values.min(), values.max()]
    figures = [found.mean, found.std, found.min, found.max]
    assert np.allclose(np.array(figures) / reach, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["w.npy", "w.safetensors", "w.raw"])
@pytest.mark.parametrize(
    "shape", [(5, 0), (0, 5), (1, 0, 3), (5, 1), (1, 1), (1, 5, 1), ()], ids=str
)
def test_files_of_axes_of_length_0_and_1_with_a_padding_row(name, shape):
    padding = -1 if shape and shape[0] else None
    weight = Weight(shape, Uniform(-1, 2), seed=1, name="w", padding_idx=padding)
    made = fastinit.save(name, weight, receipt=True)
    assert fastinit.verify(name, weight).difference is None
    assert fastinit.verify(name, receipt=f"{name}.receipt.json").difference is None
    assert Receipt.from_json(made.to_json()) == made
    assert Path(name).read_bytes().endswith(weight[...].tobytes())
    assert made.weights[0].statistics is None if weight.size == 0 else True


def test_the_largest_metadata_of_zarr(monkeypatch, folder):
    pytest.importorskip("zarr")
    fastinit.save("w.zarr", WEIGHT)
    length = (folder / "w.zarr" / "zarr.json").stat().st_size
    monkeypatch.setattr(metadata, "METADATA_BYTES", length)
    assert fastinit.verify("w.zarr").nbytes == 60
    monkeypatch.setattr(metadata, "METADATA_BYTES", length - 1)
    with pytest.raises(DAMAGED, match=rf"has {length:,} bytes, expected at most {length - 1:,}"):
        fastinit.verify("w.zarr")


@pytest.mark.parametrize(("axes", "accepted"), [(64, True), (65, False)])
def test_axes_of_zarr(axes, accepted, folder):
    pytest.importorskip("zarr")
    fastinit.save("w.zarr", Weight((1,) * 64, "ones", seed=1, name="w"))
    path = folder / "w.zarr" / "zarr.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"shape": [1] * axes}))
    if accepted:
        assert fastinit.verify("w.zarr").nbytes == 4
    else:
        with pytest.raises(DAMAGED, match="a list of at most 64 lengths"):
            fastinit.verify("w.zarr")


class FakeBlock:
    """What `groups_of` reads of a block."""

    def __init__(self, position, nbytes):
        self.position, self.nbytes = position, nbytes


@pytest.mark.parametrize(
    ("second", "groups"), [(2**19, [2]), (2**19 + 1, [1, 1])], ids=["just fits", "too long"]
)
def test_blocks_that_just_fit_into_a_piece(second, groups):
    blocks = [FakeBlock(0, 2**19), FakeBlock(2**19, second)]
    assert [len(each) for each in groups_of(blocks)] == groups
    assert [len(each) for each in groups_of([blocks[0], FakeBlock(2**19 + 1, 1)])] == [1, 1]
    assert [
        len(each) for each in groups_of([FakeBlock(0, 2**20 + 1), FakeBlock(2**20 + 1, 0)])
    ] == [1, 1]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_samples_of_up_to_all_blocks(count):
    sample, chosen = draw("abc", count, 7)
    assert (sample.blocks, sample.of) == (min(count, 3), 3)
    assert [*chosen] == sorted(set(chosen))
    assert len(chosen) == min(count, 3)


def test_a_constant_at_the_largest_number_is_saved_as_it_is(tmp_path):
    for name, largest in [("float16", 65504.0), ("float8_e4m3fn", 448.0), ("float8_e5m2", 57344.0)]:
        weight = Weight((3,), Constant(largest), seed=1, name="w", dtype=name)
        made = fastinit.save(tmp_path / f"{name}.safetensors", weight, receipt=True)
        assert made.weights[0].statistics.max == largest
