"""`info`: a row for each tensor of a set, formulas in short, and what interrupted runs left."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit.cli.info import formula_in_words
from fastinit.storage.formats import safetensors
from fastinit.storage.formats.headers import Tensor
from tests.support.commands import status_of

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def shown(capsys, *arguments, status=0):
    assert status_of("info", *arguments) == status
    return capsys.readouterr().out.splitlines()


def columns(lines):
    """Return the cells of a table of which no cell has two spaces."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]


def test_a_set_has_one_row_for_each_tensor(capsys):
    weights = [
        fastinit.Weight((20, 4), "xavier", seed=3, name="a"),
        fastinit.Weight((10, 4), fastinit.Normal(0, 0.02), seed=3, name="b", dtype="float16"),
        fastinit.Weight((3, 4), "he_normal", seed=4, name="c", mode="fan_out", padding_idx=1),
    ]
    fastinit.save_sharded("m", weights, max_shard_size=350)
    first, head, *rows = shown(capsys, "m")
    assert columns([first]) == [["set", "3 tensors in 2 files, 448 bytes"]]
    assert columns([head]) == [["name", "dtype", "shape", "bytes", "file", "formula"]]
    assert sorted(columns(rows)) == [
        ["a", "float32", "20x4", "320", "model-00001-of-00002.safetensors", "xavier, seed 3"],
        ["b", "float16", "10x4", "80", "model-00002-of-00002.safetensors", "normal:0.0,0.02, seed 3"],
        ["c", "float32", "3x4", "48", "model-00002-of-00002.safetensors",
         "he_normal, seed 4, mode=fan_out, padding_idx 1"],
    ]  # fmt: skip
    assert len({row.index(row.split("  ")[-1]) for row in rows}) == 1  # one column of formulas


def test_a_file_of_several_tensors_is_a_table_without_files(capsys):
    weights = [fastinit.Weight((n,), "ones", seed=0, name=f"w{n}") for n in (1, 1000)]
    fastinit.save("m.safetensors", weights)
    first, head, *rows = shown(capsys, "m.safetensors")
    assert columns([first, head]) == [
        ["file", "2 tensors in 1 file, 4,004 bytes"],
        ["name", "dtype", "shape", "bytes", "formula"],
    ]
    assert [row[:4] for row in columns(rows)] == [
        ["w1", "float32", "1", "4"],
        ["w1000", "float32", "1000", "4,000"],
    ]
    assert rows[0].index(" 4 ") + 2 == rows[1].index("4,000") + 5  # numbers end together


@pytest.mark.parametrize("path", ["t.npy", "t.raw"])
def test_the_formula_may_be_in_the_receipt_beside_the_file(capsys, path):
    made = ["create", path, "--shape", "30x7", "--scheme", "he_normal", "--name", "u", "--quiet"]
    assert status_of(*made) == 0
    facts = dict(columns(shown(capsys, path)))
    assert facts == {
        "name": "-",
        "dtype": "float32",
        "shape": "30x7",
        "size": "840 bytes",
        "formula": f"he_normal, seed 0, name u, in {path}.receipt.json",
    }
    Path(f"{path}.receipt.json").write_text('{"receipt_version": 2}')
    facts = dict(columns(shown(capsys, path)))
    assert facts["formula"] == "not in the file, and the receipt beside it is damaged"
    Path(f"{path}.receipt.json").unlink()
    assert dict(columns(shown(capsys, path)))["formula"] == "not in the file"


def test_dtypes_that_weights_cannot_have(capsys):
    np.save("i.npy", np.zeros((2, 3), ">i8"))
    assert dict(columns(shown(capsys, "i.npy")))["dtype"] == "int64 (big-endian)"
    np.save("s.npy", np.float16(1))
    facts = dict(columns(shown(capsys, "s.npy")))
    assert (facts["dtype"], facts["shape"]) == ("float16", "scalar")
    fastinit.Weight((), "ones", seed=0, name="s").save("s.raw", receipt=True)
    assert dict(columns(shown(capsys, "s.raw")))["shape"] == "scalar"


def formula(**changes):
    given = json.loads(fastinit.Weight((3, 4), "xavier", seed=3, name="w").to_json())
    return json.dumps(given | changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (formula(), "xavier, seed 3"),
        (formula(name="v"), "xavier, seed 3, name v"),
        (formula(dtype="bfloat16"), "xavier, seed 3, dtype bfloat16"),
        (formula(shape=[4, 3]), "xavier, seed 3, shape [4, 3]"),
        (formula(padding_idx=0), "xavier, seed 3, padding_idx 0"),
        (formula(contract_version=2), "contract_version 2"),
        (formula(scheme={"distribution": "Constant", "value": 0.5}), "constant:0.5, seed 3"),
        (formula(scheme={"distribution": "Nothing"}), '{"distribution": "Nothing"}'),
        (formula(scheme=["xavier"]), '"scheme": ["xavier"]'),
        (formula(options=None), '"options": null'),
        ("[1]", "[1]"),
        ("{}", "{}"),
        ("nonsense", "nonsense"),
        (None, "not in the file"),
    ],
)
def test_formulas_in_short(text, words):
    tensor = Tensor("w", "F32", (3, 4), 48, text)
    assert words in formula_in_words(tensor)


def test_a_long_formula_is_cut():
    assert len(formula_in_words(Tensor("w", "F32", (3, 4), 48, formula(name="v" * 10_000)))) <= 300


def interrupted(path):
    Path(path).write_bytes(bytes(100))


def test_a_directory_lists_what_interrupted_runs_left(capsys):
    interrupted(".t.npy.fastinit-partial")
    listed = shown(capsys, ".")
    assert status_of("clean", ".") == 0
    assert capsys.readouterr().out.splitlines() == listed
    assert columns(listed[:2]) == [
        ["leftover", "bytes", "changed", "what"],
        [".t.npy.fastinit-partial", "100", "less than a minute ago", "incomplete t.npy"],
    ]
    assert listed[2] == (
        "1 leftover of interrupted runs, 100 bytes; to remove them: `fastinit clean . --remove`"
    )
    assert status_of("info", ".", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": ".",
        "tensors": [],
        "leftovers": [".t.npy.fastinit-partial"],
    }


def test_a_set_lists_its_tensors_and_what_interrupted_runs_left(capsys):
    fastinit.save_sharded("m n", fastinit.Weight((3,), "ones", seed=0, name="w"))
    interrupted("m n/.model.safetensors.fastinit-partial")
    lines = shown(capsys, "m n")
    assert columns([lines[0]]) == [["set", "1 tensor in 1 file, 12 bytes"]]
    assert lines[-1].endswith("to remove them: `fastinit clean 'm n' --remove`")


def test_an_incomplete_set_is_no_empty_directory(capsys):
    weights = [fastinit.Weight((3,), "ones", seed=0, name=name) for name in "ab"]
    fastinit.save_sharded("m", weights, max_shard_size=12)
    Path("m/model.safetensors.index.json").unlink()
    interrupted("m/.model.safetensors.index.json.fastinit-partial")
    assert status_of("info", "m") == 1
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first == "fastinit: 1 leftover of interrupted runs, 100 bytes; see `fastinit clean m`"
    assert "2 shards and no index; the set is incomplete" in second
    Path("empty").mkdir()
    assert status_of("info", "empty") == 1


def test_a_header_with_a_hostile_formula(capsys):
    weight = fastinit.Weight((4,), "ones", seed=0, name="w")
    header = json.loads(safetensors.header([weight])[8:])
    header["__metadata__"]["fastinit.w"] = json.dumps({"scheme": "\x1b[2J", "options": {}})
    text = json.dumps(header).encode()
    Path("m.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))
    assert "\\u001b[2J" in "".join(shown(capsys, "m.safetensors"))
