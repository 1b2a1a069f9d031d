"""`fastinit diff`: the first differing element, the number of them, both formulas, and a status."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import fastinit
from fastinit.cli import diff
from tests.support.commands import status_of

pytestmark = pytest.mark.once

SHAPE = ["--shape", "30x7", "--scheme", "he_normal", "--name", "w"]
WEIGHT = fastinit.Weight((30, 7), "he_normal", seed=0, name="w")


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def create(path, *options):
    assert status_of("create", path, *SHAPE, *options, "--quiet") == 0


def shown(capsys, *arguments, status):
    assert status_of("diff", *arguments, "--json") == status
    return json.loads(capsys.readouterr().out)


def test_the_same_values_in_any_two_formats(capsys):
    paths = ["t.npy", "t.safetensors", "t.bin", "d/"]
    for path in paths:
        create(path)
    for one in paths:
        for other in paths:
            assert status_of("diff", one, other) == 0
            assert capsys.readouterr() == ("same: 1 tensor, 210 elements\n", "")
    assert status_of("diff", "t.npy", "t.bin", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_a_number_has_another_shape_than_an_array_of_one(capsys):
    for shape in ((), (1,), (1, 1)):
        np.save(f"{len(shape)}.npy", np.ones(shape, np.float32))
    for one in "012":
        for other in "012":
            assert status_of("diff", f"{one}.npy", f"{other}.npy") == (one != other)
            assert ("has the shape" in capsys.readouterr().out) == (one != other)
    np.ones((), np.float32).tofile("raw.bin")
    for one in "012":  # a raw file has the shape of the other one
        assert status_of("diff", f"{one}.npy", "raw.bin") == 0
        assert status_of("diff", "raw.bin", f"{one}.npy") == 0


def test_the_first_differing_element_the_count_and_both_formulas(capsys, monkeypatch):
    create("t.npy")
    create("u.npy", "--no-receipt")
    table = np.load("u.npy")
    was = float(table[3, 5])
    table[3, 5] = table[29, 6] = 9
    np.save("u.npy", table)
    for piece in (1, 7, 1 << 20):  # in pieces of any length
        monkeypatch.setattr(diff, "PIECE", piece)
        assert status_of("diff", "t.npy", "u.npy", "--quiet") == 1
        assert capsys.readouterr().out.splitlines() == [
            f"w[3, 5] is {was!r} in t.npy and 9.0 in u.npy; 2 of 210 elements differ",
            f"    t.npy: {WEIGHT!r}",
            "    u.npy: no formula is known",
        ]
    (found,) = shown(capsys, "t.npy", "u.npy", status=1)["tensors"]
    assert (found["differing"], found["elements"], found["index"]) == (2, 210, [3, 5])
    assert found["values"] == [repr(was), "9.0"]
    assert found["formulas"] == [json.loads(WEIGHT.to_json()), None]


def test_the_comparison_is_of_bits(capsys):
    np.save("zero.npy", np.zeros(3, np.float32))
    np.save("minus.npy", np.array([0, -0.0, 0], np.float32))
    np.save("nan.npy", np.array([0, np.nan, 0], np.float32))
    assert shown(capsys, "zero.npy", "minus.npy", status=1)["tensors"][0]["values"] == [
        "0.0",
        "-0.0",
    ]
    assert shown(capsys, "nan.npy", "nan.npy", status=0)["same"]


def test_the_order_of_bytes_does_not_count(capsys):
    values = np.array([1.5, 2.5], np.float32)
    np.save("little.npy", values.astype("<f4"))
    np.save("big.npy", values.astype(">f4"))
    values[1] = -3
    np.save("other.npy", values.astype(">f4"))
    assert shown(capsys, "little.npy", "big.npy", status=0)["same"]
    (found,) = shown(capsys, "little.npy", "other.npy", status=1)["tensors"]
    assert (found["index"], found["values"]) == ([1], ["2.5", "-3.0"])


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e5m2", "float64"])
def test_values_of_every_length_are_shown_as_numbers(capsys, dtype):
    create("a.safetensors", "--dtype", dtype)
    create("b.safetensors", "--dtype", dtype, "--seed", 1)
    (found,) = shown(capsys, "a.safetensors", "b.safetensors", status=1)["tensors"]
    index = tuple(found["index"])
    expected = [
        repr(float(fastinit.he_normal((30, 7), dtype=dtype, seed=seed, stream="w")[index]))
        for seed in (0, 1)
    ]
    assert found["values"] == expected


def test_raw_files_without_a_receipt(capsys):
    create("t.npy")
    create("t.raw", "--no-receipt")
    create("u.raw", "--no-receipt", "--seed", 1)
    (found,) = shown(capsys, "t.raw", "t.npy", status=0)["tensors"]
    assert found["elements"] == 210  # the dtype and the shape are those of the other file
    found = shown(capsys, "t.raw", "u.raw", status=1)["tensors"][0]
    assert (found["elements"], found["index"][0]) == (840, found["index"][0])  # bytes
    assert all(value.startswith("0x") and len(value) == 4 for value in found["values"])
    Path("u.raw").write_bytes(b"123")
    assert status_of("diff", "t.npy", "u.raw") == 1
    assert "w has the length in bytes 840 and 3" in capsys.readouterr().out


def test_other_shapes_dtypes_and_names_differ(capsys):
    create("t.npy")
    create("f64.npy", "--dtype", "fp64")
    assert status_of("create", "long.npy", "--shape", "31x7", *SHAPE[2:], "--quiet") == 0
    save_file({"a": np.zeros(3, np.float32), "b": np.arange(3)}, "x.safetensors")
    save_file({"b": np.array([0, 5, 2]), "c": np.zeros(3)}, "y.safetensors")
    assert status_of("diff", "t.npy", "f64.npy") == 1
    assert "w has the dtype float32 and float64" in capsys.readouterr().out
    assert status_of("diff", "t.npy", "long.npy") == 1
    assert "w has the shape (30, 7) and (31, 7)" in capsys.readouterr().out
    assert status_of("diff", "x.safetensors", "y.safetensors") == 1
    out, _ = capsys.readouterr()
    assert "a is only in x.safetensors\n" in out
    assert "c is only in y.safetensors\n" in out
    assert "b[1] is 0x0000000000000001 in x.safetensors and 0x0000000000000005 in " in out
    assert status_of("diff", "t.npy", "x.safetensors") == 2
    assert "t.npy has one tensor without a name" in capsys.readouterr().err


def test_sets_and_files_that_cannot_be_read(capsys):
    Path("m.yaml").write_text(
        "defaults: {seed: 1, scheme: xavier}\ntables: {a: {shape: [20, 4]}, b: {shape: [10, 4]}}"
    )
    for target in (["m/", "--max-shard-size", "400"], ["m.safetensors"]):
        assert status_of("create", *target, "--config", "m.yaml", "--quiet") == 0
    assert status_of("diff", "m", "m.safetensors") == 0
    capsys.readouterr()
    changed = load_file("m.safetensors")
    changed["b"][9, 3] += 1
    save_file(changed, "m.safetensors")
    assert status_of("diff", "m/model.safetensors.index.json", "m.safetensors") == 1
    out, _ = capsys.readouterr()
    assert "b[9, 3] is " in out
    assert "1 of 40 elements differs" in out
    assert out.count("\n") == 3
    assert status_of("diff", "m", "absent.npy") == 3
    Path("bad.npy").write_bytes(b"nonsense")
    assert status_of("diff", "m.safetensors", "bad.npy") == 1
    assert status_of("create", "z.zarr", *SHAPE, "--quiet") == 0
    assert status_of("diff", "z.zarr", "m.safetensors") == 2
