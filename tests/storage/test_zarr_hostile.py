"""Zarr arrays from elsewhere: bounded memory and time, and one clear error, whatever they hold."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import zarr

import fastinit
from fastinit import FileFormatError, Normal, Weight
from fastinit.__main__ import main
from fastinit.storage.zarr import chunks
from fastinit.storage.zarr.metadata import ZarrArray
from tests.support.peak_memory import PEAK

pytestmark = pytest.mark.once  # the same on every instruction set

WEIGHT = Weight((31, 17), Normal(0.1, 0.3), seed=5, name="w", padding_idx=3)


def saved(folder, weight=WEIGHT, **options):
    fastinit.save_zarr(folder / "w.zarr", weight, **options)
    return folder / "w.zarr"


def metadata_of(path):
    return json.loads((path / "zarr.json").read_text())


def rewrite(path, **changes):
    (path / "zarr.json").write_text(json.dumps({**metadata_of(path), **changes}))


def status(*arguments, capsys):
    """Return the exit status and the errors of a command; there is no traceback."""
    result = main([*map(str, arguments)])
    text = capsys.readouterr().err
    assert text.startswith("fastinit: ")
    assert text.count("\n") == 1
    return result, text


@pytest.mark.parametrize("scheme", ["zeros", Normal(0, 1)])
@pytest.mark.parametrize("sample", [[], ["--sample", "1"]])
def test_many_tiny_chunks_that_do_not_exist_take_no_memory_and_no_time(tmp_path, scheme, sample):
    weight = Weight((2**27,), scheme, seed=0, name="w")
    path = saved(tmp_path, Weight((1,), "zeros", seed=0, name="w"))
    chunk_grid = {"name": "regular", "configuration": {"chunk_shape": [1]}}
    rewrite(path, shape=[2**27], chunk_grid=chunk_grid, attributes={"fastinit": weight.to_json()})
    code = f"""{PEAK}if True:
        import sys, time, zarr
        from fastinit.__main__ import main
        before, start = peak(), time.monotonic()
        result = main(sys.argv[1:])
        print(result, peak() - before, time.monotonic() - start)
    """
    command = [sys.executable, "-c", code, "verify", str(path), "--quiet", *sample]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    result, memory, seconds = run.stdout.splitlines()[-1].split()
    assert int(result) == (0 if sample and scheme == "zeros" else 1), run
    assert int(memory) < 32 << 20
    assert float(seconds) < 10
    assert "Traceback" not in run.stderr


CHUNKS = [[0, 17], [-1, 17], [31], [31, 17, 1], [1.5, 17], ["a", 17], None, [2**70, 17], [[31], 17]]


@pytest.mark.parametrize("chunks", CHUNKS, ids=str)
@pytest.mark.parametrize("command", ["verify", "info"])
def test_impossible_chunks(tmp_path, capsys, chunks, command):
    path = saved(tmp_path)
    rewrite(path, chunk_grid={"name": "regular", "configuration": {"chunk_shape": chunks}})
    if command == "info" and chunks == [2**70, 17]:
        assert main(["info", str(path)]) == 0  # a chunk may be larger than the array
        return
    result, text = status(command, path, capsys=capsys)
    assert result == 1
    assert "w.zarr" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [-1, 17]},
        {"shape": 31},
        {"shape": None},
        {"shape": [1] * 100_000},
        {"shape": [31, True]},
        {"data_type": "float3,"},
        {"data_type": {"name": "struct"}},
        {"codecs": []},
        {"codecs": [{"name": "unknown"}]},
        {"codecs": None},
        {"fill_value": "x"},
        {"fill_value": [1]},
        {"zarr_format": 2},
        {"node_type": "group"},
        {"chunk_key_encoding": {"name": "../../etc"}},
        {"attributes": 5},
        {"storage_transformers": [{"name": "evil"}]},
    ],
    ids=lambda changes: str(changes)[:40],
)
@pytest.mark.parametrize("command", ["verify", "info"])
def test_damaged_metadata(tmp_path, capsys, changes, command):
    path = saved(tmp_path)
    rewrite(path, **changes)
    result, text = status(command, path, capsys=capsys)
    assert result == 1
    assert "w.zarr" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"shape": [1], "shape": [2]}',
        "[" * 10**6,
        '{"shape":' * 10**5,
        "\xff",
        "NaN",
    ],
    ids=lambda text: text[:12],
)
def test_metadata_that_are_no_json_object(tmp_path, capsys, text):
    path = saved(tmp_path)
    (path / "zarr.json").write_text(text, encoding="latin-1")
    for command in ("verify", "info"):
        assert status(command, path, capsys=capsys)[0] == 1


def test_large_metadata_and_other_kinds_of_files(tmp_path, capsys):
    path = saved(tmp_path)
    rewrite(path, attributes={"fastinit": WEIGHT.to_json(), "more": " " * (2 << 20)})
    assert "zarr.json has 2," in status("verify", path, capsys=capsys)[1]
    (path / "zarr.json").unlink()
    assert "has no zarr.json" in status("verify", path, capsys=capsys)[1]
    os.mkfifo(path / "zarr.json")
    assert "not a file" in status("verify", path, capsys=capsys)[1]
    (path / "zarr.json").unlink()
    (path / "zarr.json").mkdir()
    assert status("verify", path, capsys=capsys)[0] == 1


@pytest.mark.parametrize(
    "formula",
    ["[]", "3", '"x"', "null", "{}", "", "[" * 10**5, '{"name": "w"}', 3, ["x"], {"name": "w"}],
)
def test_damaged_formulas(tmp_path, capsys, formula):
    path = saved(tmp_path)
    rewrite(path, attributes={"fastinit": formula})
    result, text = status("verify", path, capsys=capsys)
    assert result == 1
    assert "the formula of" in text


def chunk_file(path):
    return path / "c" / "0" / "0"


@pytest.mark.parametrize(
    "options", [{}, {"chunks": (8, 17), "shards": (32, 17)}], ids=["chunks", "shards"]
)
@pytest.mark.parametrize("damage", ["cut", "longer", "empty", "pipe", "directory", "link"])
def test_damaged_chunks(tmp_path, capsys, options, damage):
    path = saved(tmp_path, **options)
    file = chunk_file(path)
    data = file.read_bytes()
    file.unlink()
    if damage == "pipe":
        os.mkfifo(file)
    elif damage == "directory":
        file.mkdir()
    elif damage == "link":
        file.symlink_to("/dev/zero")
    else:
        file.write_bytes({"cut": data[:-1], "longer": data + b"1", "empty": b""}[damage])
    for sample in ([], ["--sample", "1"]):
        result, text = status("verify", path, *sample, capsys=capsys)
        assert result == 1
        assert "w.zarr" in text


def test_the_index_of_a_shard(tmp_path, capsys):
    path = saved(tmp_path, chunks=(8, 17), shards=(32, 17))
    data = bytearray(chunk_file(path).read_bytes())
    crc = pytest.importorskip("google_crc32c").value
    index = np.frombuffer(data[-68:-4], "<u8").reshape(4, 2).copy()
    assert (index[:, 1] == 8 * 17 * 4).all()
    for entry, expected in {
        (0, 2**63): "the index of the shard exceeds the file",
        (2**64 - 1, 5): "the index of the shard exceeds the file",
        (0, 3): "a chunk is damaged",
        (2**64 - 1, 2**64 - 1): "w[8, 0] is 0.0",  # absent: the fill value
    }.items():
        changed = index.copy()
        changed[1] = entry
        chunk_file(path).write_bytes(
            data[:-68] + changed.tobytes() + crc(changed.tobytes()).to_bytes(4, "little")
        )
        if entry[1] == 2**64 - 1:
            assert main(["verify", str(path)]) == 1
            assert expected in capsys.readouterr().out
        else:
            assert expected in status("verify", path, capsys=capsys)[1]
    data[-20] ^= 1
    chunk_file(path).write_bytes(data)
    assert "index of the shard is damaged" in status("verify", path, capsys=capsys)[1]


CODECS = {
    "zstd": [zarr.codecs.ZstdCodec()],
    "zstd with checksum": [zarr.codecs.ZstdCodec(checksum=True), zarr.codecs.Crc32cCodec()],
    "blosc": [zarr.codecs.BloscCodec()],
    "gzip": [zarr.codecs.GzipCodec()],
    "crc32c": [zarr.codecs.Crc32cCodec()],
}


@pytest.mark.parametrize("shards", [None, (32, 17)])
@pytest.mark.parametrize("codecs", CODECS)
def test_arrays_of_other_programs(tmp_path, codecs, shards):
    path = tmp_path / "w.zarr"
    array = zarr.create_array(
        path, shape=WEIGHT.shape, dtype=WEIGHT.dtype, chunks=(8, 17), shards=shards,
        compressors=CODECS[codecs], attributes={"fastinit": WEIGHT.to_json()},
    )  # fmt: skip
    array[:] = np.asarray(WEIGHT)
    receipt = fastinit.save(tmp_path / "w.npy", WEIGHT, receipt=True)
    assert fastinit.verify(path)
    assert fastinit.verify(path, receipt=receipt)
    array[9, 3] = 7
    assert fastinit.verify(path).difference.index == (9, 3)
    assert not fastinit.verify(path, receipt=receipt)


@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("fill_value", [0, 7.5])
def test_byte_orders_transposition_and_fill_values(tmp_path, endian, fill_value):
    for name, filters in {
        "plain": (),
        "transposed": [zarr.codecs.TransposeCodec(order=(1, 0))],
    }.items():
        array = zarr.create_array(
            tmp_path / name, shape=WEIGHT.shape, dtype=WEIGHT.dtype, chunks=(8, 17),
            filters=filters, serializer=zarr.codecs.BytesCodec(endian=endian), compressors=None,
            fill_value=fill_value, attributes={"fastinit": WEIGHT.to_json()},
        )  # fmt: skip
        array[:] = np.asarray(WEIGHT)
        assert fastinit.verify(tmp_path / name)
        (tmp_path / name / "c" / "1" / "0").unlink()
        difference = fastinit.verify(tmp_path / name).difference
        assert (difference.index, difference.found) == ((8, 0), fill_value)


def test_absent_chunks_of_zeros_are_zeros(tmp_path):
    zeros = Weight((100, 4), "zeros", seed=0, name="b")
    array = zarr.create_array(
        tmp_path / "b.zarr", shape=(100, 4), dtype="float32", chunks=(10, 4),
        attributes={"fastinit": zeros.to_json()},
    )  # fmt: skip
    array[:] = 0  # writes no chunk
    assert fastinit.verify(tmp_path / "b.zarr")
    array[33, 1] = 1
    assert fastinit.verify(tmp_path / "b.zarr").difference.index == (33, 1)


BOMBS = {
    "gzip": lambda size: gzip.compress(bytes(size)),
    "zstd": lambda size: (
        zarr.codecs.numcodecs and __import__("numcodecs").Zstd().encode(bytes(size))
    ),
    "blosc": lambda size: __import__("numcodecs").Blosc("zstd", 9).encode(bytes(size)),
}


@pytest.mark.parametrize("codec", BOMBS)
def test_a_chunk_that_decodes_to_more_is_not_decoded(tmp_path, codec, capsys):
    path = tmp_path / "w.zarr"
    compressor = {"gzip": "GzipCodec", "zstd": "ZstdCodec", "blosc": "BloscCodec"}[codec]
    zarr.create_array(
        path, shape=WEIGHT.shape, dtype=WEIGHT.dtype, chunks=WEIGHT.shape,
        compressors=[getattr(zarr.codecs, compressor)()], attributes={"fastinit": WEIGHT.to_json()},
    )[:] = np.asarray(WEIGHT)  # fmt: skip
    chunk_file(path).write_bytes(BOMBS[codec](100 << 20))
    start = time.monotonic()
    result, text = status("verify", path, capsys=capsys)
    assert result == 1
    assert "does not decode to 2,108 bytes" in text
    assert time.monotonic() - start < 2
    rewrite(
        path,
        shape=[2**20, 2**20],
        chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2**20] * 2}},
    )
    big = Weight((2**20, 2**20), "zeros", seed=0, name="w").to_json()
    rewrite(path, attributes={"fastinit": big})
    assert "decodes at most" in status("verify", path, capsys=capsys)[1]


def test_a_wrong_receipt(tmp_path):
    path = saved(tmp_path)
    other = fastinit.save(
        tmp_path / "o.npy", Weight((31, 18), "zeros", seed=0, name="w"), receipt=True
    )
    with pytest.raises(FileFormatError, match=r"shape \(31, 17\), but float32 of shape \(31, 18\)"):
        fastinit.verify(path, receipt=other)
    with pytest.raises(ValueError, match="not both"):
        fastinit.verify(path, WEIGHT, receipt=other)


def test_a_chunk_of_gzip_is_measured_within_its_place(tmp_path):
    """A shard has other chunks behind it; the chunk is longer than one piece that is read."""
    values = np.random.default_rng(1).bytes(200_000)
    chunk = gzip.compress(values)
    path = tmp_path / "shard"
    path.write_bytes(b"before" + chunk + gzip.compress(b"the next chunk") + bytes(100_000))
    with path.open("rb") as file:

        def measured(nbytes, most):
            return chunks.gzip_size(file.fileno(), chunks.Place(6, nbytes), most)

        length, most = len(chunk), len(values)
        assert measured(length, most) == most
        assert measured(length, most - 1) is None
        for wrong in (length - 1, length + 1, 1 << 16):
            assert measured(wrong, most) is None


def layout_of(length, chunk, codecs=("bytes",)):
    """Return the layout of a float32 array of one axis."""
    return ZarrArray(
        array=None, shape=(length,), dtype=np.dtype(np.float32), files=(chunk,), chunks=(chunk,),
        is_sharded=False, codecs=codecs, is_swapped=False,
    )  # fmt: skip


def write_zstd_header(path, size):
    """Write the beginning of a Zstandard frame that declares a size."""
    path.write_bytes(b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little") + bytes(50))


@pytest.mark.parametrize(("more", "refused"), [(0, False), (8, False), (9, True)])
def test_a_chunk_may_be_longer_by_a_checksum_for_each_codec_only(tmp_path, more, refused):
    layout, file = layout_of(527, 527, ("bytes", "zstd")), tmp_path / "chunk"
    write_zstd_header(file, layout.chunk_bytes + more)
    with file.open("rb") as opened:
        place = chunks.Place(0, file.stat().st_size)
        if refused:
            with pytest.raises(FileFormatError, match="does not decode to"):
                chunks.check_decoded(opened.fileno(), place, layout, file)
        else:
            chunks.check_decoded(opened.fileno(), place, layout, file)


def test_a_chunk_of_one_gibibyte_is_decoded_and_no_larger_one(tmp_path):
    file = tmp_path / "chunk"
    for length, most in ((1 << 28, True), ((1 << 28) + 1, False)):
        layout = layout_of(length, length, ("bytes", "zstd"))
        write_zstd_header(file, layout.chunk_bytes)
        with file.open("rb") as opened:
            place = chunks.Place(0, file.stat().st_size)
            if most:
                chunks.check_decoded(opened.fileno(), place, layout, file)
            else:
                with pytest.raises(FileFormatError, match="decodes at most 1,073,741,824"):
                    chunks.check_decoded(opened.fileno(), place, layout, file)


@pytest.mark.parametrize(("files", "most"), [(0, 64), (1, 128), (3, 256)])
def test_an_array_has_at_most_64_times_as_many_chunks_as_files(tmp_path, files, most):
    for number in range(files):
        (tmp_path / str(number)).touch()
    chunks.ChunkFiles(tmp_path, layout_of(most, 1), WEIGHT).check_count()
    with pytest.raises(FileFormatError, match=f"has {files} files for {most + 1} chunks"):
        chunks.ChunkFiles(tmp_path, layout_of(most + 1, 1), WEIGHT).check_count()
