"""Commands find the receipt beside a file, say so, and tell `differs` from `no receipt`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import fastinit
from tests.support.commands import status_of

pytestmark = pytest.mark.once

SHAPE = ["--shape", "30x7", "--scheme", "he_normal"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def create(path, *options):
    assert status_of("create", path, *SHAPE, *options, "--quiet") == 0


@pytest.mark.parametrize("path", ["t.npy", "t.bin", "t.raw"])
def test_verify_takes_the_formula_from_the_receipt_beside_the_file(capsys, path):
    create(path, "--seed", 7, "--name", "user_id")
    assert status_of("verify", path) == 0
    says = f"{path}: 840 bytes are as the formula in {path}.receipt.json says\n"
    assert capsys.readouterr() == (says, "")
    assert status_of("verify", path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["formula_from"] == f"{path}.receipt.json"

    content = bytearray(Path(path).read_bytes())
    content[-1] ^= 1
    Path(path).write_bytes(content)
    assert status_of("verify", path) == 1
    out, _ = capsys.readouterr()
    assert out.startswith(f"{path}: user_id[29, 6] is ")
    assert out.endswith(f", by the formula in {path}.receipt.json\n")


def test_verify_of_a_safetensors_file_without_formulas_takes_those_of_the_receipt(capsys):
    create("t.safetensors", "--seed", 7)
    assert status_of("verify", "t.safetensors", "--json") == 0
    assert json.loads(capsys.readouterr().out)["formula_from"] is None  # it has its own
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415

    save_file(load_file("t.safetensors"), "t.safetensors")
    assert status_of("verify", "t.safetensors") == 0
    assert "the formula in t.safetensors.receipt.json says" in capsys.readouterr().out


def test_a_given_formula_counts_more_than_the_receipt(capsys):
    create("t.npy", "--seed", 7)
    assert status_of("verify", "t.npy", *SHAPE, "--seed", 7) == 0
    assert status_of("verify", "t.npy", *SHAPE, "--seed", 8) == 1
    assert "receipt" not in capsys.readouterr().out


@pytest.mark.parametrize("beside", [None, "{}", "nonsense"])
def test_verify_without_a_formula_and_without_a_receipt_is_refused(capsys, beside):
    create("t.npy", "--no-receipt")
    if beside is not None:
        Path("t.npy.receipt.json").write_text(beside)
    assert status_of("verify", "t.npy") == 2
    _, err = capsys.readouterr()
    assert "no formula in it, and no receipt beside it" in err
    assert err.count("\n") == 1


def test_compare_finds_the_receipts_beside_files(capsys):
    create("t.npy")
    create("u.safetensors", "--name", "t")
    create("o.bin", "--name", "t", "--seed", 1)
    assert status_of("compare", "t.npy", "u.safetensors") == 0
    out, _ = capsys.readouterr()
    assert out.splitlines()[:2] == [
        "first receipt: t.npy.receipt.json",
        "second receipt: u.safetensors.receipt.json",
    ]
    assert out.splitlines()[2].startswith("same: ")
    assert status_of("compare", "t.npy.receipt.json", "o.bin", "--json") == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["receipts"] == ["t.npy.receipt.json", "o.bin.receipt.json"]
    assert "'t' has different formulas" in shown["differences"][0]
    Path("t.npy").unlink()
    assert status_of("compare", "t.npy", "u.safetensors", "--quiet") == 0  # receipts are enough
    assert capsys.readouterr() == ("", "")


def test_compare_tells_differs_from_no_receipt_and_from_no_file(capsys):
    create("t.npy")
    create("n.npy", "--no-receipt")
    create("m/", "--no-receipt")
    problems = {
        "n.npy": (
            2,
            "n.npy has no receipt beside it; `fastinit receipt n.npy` makes one, and `fastinit diff` needs none",
        ),
        "m": (2, "m: the shards of a set have a receipt each; give one shard"),
        "absent.npy": (3, "absent.npy: No such file or directory"),
    }
    for path, (status, message) in problems.items():
        assert status_of("compare", "t.npy", path) == status
        assert capsys.readouterr() == ("", f"fastinit: {message}\n")


def test_compare_sees_a_receipt_that_is_out_of_date(capsys):
    create("t.npy")
    shutil.copy("t.npy.receipt.json", "u.npy.receipt.json")
    np.save("u.npy", np.zeros(3, np.float32))
    assert status_of("compare", "t.npy", "u.npy") == 1
    assert "u.npy: the file has 140 bytes, but u.npy.receipt.json describes 968 bytes" in (
        capsys.readouterr().err
    )


def test_the_seed_is_0_and_the_name_is_that_of_the_file(capsys):
    for path in ("a.b.npy", "c.zarr", "d/", "e.safetensors"):
        name = path.rstrip("/").rpartition(".")[0] or "d"
        assert status_of("create", path, *SHAPE) == 0
        expected = fastinit.Weight((30, 7), "he_normal", seed=0, name=name)
        assert f"formula          {expected!r}\n" in capsys.readouterr().out
        assert status_of("verify", path) == 0
        capsys.readouterr()
    assert np.array_equal(np.load("a.b.npy"), fastinit.he_normal((30, 7), seed=0, stream="a.b"))


def test_verify_and_receipt_have_the_same_defaults_and_print_them(capsys):
    create("t.npy", "--no-receipt")
    assert status_of("verify", "t.npy", *SHAPE) == 0
    out, _ = capsys.readouterr()
    assert out == "t.npy: 840 bytes are as the formula says (by default, --seed 0 --name t)\n"
    assert status_of("verify", "t.npy", *SHAPE, "--seed", 1) == 1
    assert capsys.readouterr().out.endswith(" (by default, --name t)\n")
    assert status_of("receipt", "t.npy", *SHAPE) == 0
    assert "seed=0, name='t'" in capsys.readouterr().out
    assert status_of("verify", "t.npy", "--seed", 0) == 2
    assert "a formula also needs --shape, --scheme" in capsys.readouterr().err


def test_an_empty_name_is_not_replaced_by_the_default():
    create("t.npy", "--name", "")
    assert fastinit.Receipt.read("t.npy.receipt.json").weights[0].weight.name == ""


def test_a_target_without_a_name_needs_the_option(capsys):
    assert status_of("create", "./", *SHAPE) == 2
    assert "a formula also needs --name" in capsys.readouterr().err


def test_the_seed_of_a_template_is_0(capsys):
    create("old.safetensors")
    made = ["create", "new.safetensors", "--template", "old.safetensors", "--scheme", "xavier"]
    assert status_of(*made) == 0
    assert "seed             0\n" in capsys.readouterr().out
