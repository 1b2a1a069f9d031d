"""The command line as a user meets it: results, exit statuses, and no traceback for a mistake."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import safetensors.numpy

import fastinit
from fastinit.cli import writing
from tests.support.commands import status_of

FORMULA = ["--shape", "300x7", "--scheme", "he_normal", "--seed", "7", "--name", "user_id"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_create_verify_info(in_folder, capsys):
    assert status_of("create", "t.safetensors", *FORMULA, "--dtype", "bfloat16", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    expected = fastinit.Weight((300, 7), "he_normal", seed=7, name="user_id", dtype="bfloat16")
    found = safetensors.numpy.load_file("t.safetensors")["user_id"]
    assert found.tobytes() == np.asarray(expected).tobytes()
    assert fastinit.Weight.from_json(json.dumps(made["formula"])) == expected
    assert made["bytes"] == (in_folder / "t.safetensors").stat().st_size

    assert status_of("verify", "t.safetensors") == 0
    assert "4,200 bytes are as the formula says" in capsys.readouterr().out
    assert status_of("info", "t.safetensors", "--json") == 0
    shown = json.loads(capsys.readouterr().out)["tensors"]
    assert [each["name"] for each in shown] == ["user_id"]
    assert shown[0]["dtype"] == "BF16"
    assert shown[0]["shape"] == [300, 7]
    assert shown[0]["formula"] == made["formula"]
    assert status_of("info", "t.safetensors") == 0
    assert "300x7" in capsys.readouterr().out


def test_every_option_of_a_formula():
    options = ["--shape", "3,3,8,4", "--scheme", "he_normal", "--seed", 2**64 - 1, "--name", "c"]
    options += ["--option", "layout=keras", "--option", "fan_in=1000", "--padding-idx", "1"]
    assert status_of("create", "c.npy", *options) == 0
    expected = fastinit.Weight(
        (3, 3, 8, 4), "he_normal", seed=2**64 - 1, name="c", layout="keras", fan_in=1000, padding_idx=1
    )  # fmt: skip
    assert np.array_equal(np.load("c.npy"), np.asarray(expected))


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("true", True), ("False", False), ("false", False)]
)
def test_bools_of_options_are_those_of_python_or_json(text, value):
    options = ["--shape", "4x8", "--scheme", "he_normal", "--seed", 1, "--name", "c"]
    assert status_of("create", "c.npy", *options, "--option", f"truncated={text}") == 0
    expected = fastinit.Weight((4, 8), "he_normal", seed=1, name="c", truncated=value)
    assert np.array_equal(np.load("c.npy"), np.asarray(expected))


def test_text_is_no_bool(capsys):
    options = ["--shape", "4x8", "--scheme", "he_normal", "--seed", 1, "--name", "c"]
    assert status_of("create", "c.npy", *options, "--option", "truncated=no") == 2
    assert "truncated must be True or False, got 'no'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scheme", "distribution"),
    [
        ("uniform:-0.5,0.25", fastinit.Uniform(-0.5, 0.25)),
        ("normal:1,0.02", fastinit.Normal(1, 0.02)),
        ("normal", fastinit.Normal()),
        ("trunc_normal:0,1,-1,inf", fastinit.TruncatedNormal(0, 1, -1, float("inf"))),
    ],
)
def test_distributions(scheme, distribution):
    given = ["--shape", "40", "--scheme", scheme, "--seed", "1", "--name", "w"]
    assert status_of("create", "w.npy", *given) == 0
    expected = fastinit.Weight(40, distribution, seed=1, name="w")
    assert np.array_equal(np.load("w.npy"), np.asarray(expected))


def test_verify_finds_the_difference(capsys):
    assert status_of("create", "t.npy", *FORMULA, "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert status_of("verify", "t.npy", *FORMULA) == 0
    capsys.readouterr()
    table = np.load("t.npy")
    table[41, 5] = 9.0
    np.save("t.npy", table)
    assert status_of("verify", "t.npy", *FORMULA) == 1
    assert "user_id[41, 5] is 9.0, expected" in capsys.readouterr().out
    assert status_of("verify", "t.npy", *FORMULA, "--json") == 1
    shown = json.loads(capsys.readouterr().out)
    assert not shown["same"]
    assert shown["difference"]["index"] == [41, 5]


def test_dry_run_writes_nothing(in_folder, capsys):
    shape = ["--shape", "200000000x64", *FORMULA[2:], "--dtype", "bfloat16"]
    assert status_of("create", "t.safetensors", *shape, "--dry-run", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["bytes"] > 200_000_000 * 64 * 2
    assert shown["free"] > 0
    assert list(in_folder.iterdir()) == []
    (in_folder / "t.safetensors").touch()
    assert status_of("create", "t.safetensors", *shape, "--dry-run") == 2


def test_existing_file(capsys):
    assert status_of("create", "t.npy", *FORMULA) == 0
    capsys.readouterr()
    assert status_of("create", "t.npy", *FORMULA) == 2
    assert capsys.readouterr().err == "fastinit: t.npy exists; to replace it, pass --force\n"
    assert status_of("create", "t.npy", *FORMULA, "--force") == 0


MISTAKES = {
    "no command": ([], 2, "required"),
    "shape": (["create", "t.npy", *FORMULA, "--shape", "3y4"], 2, "expected lengths such as 1000x64"),
    "scheme": (["create", "t.npy", *FORMULA, "--scheme", "he"], 2, "scheme must be one of"),
    "distribution": (["create", "t.npy", *FORMULA, "--scheme", "normal:1,x"], 2, "normal:1,x"),
    "order": (["create", "t.npy", *FORMULA, "--scheme", "uniform:2,1"], 2, "uniform:2,1"),
    "seed": (["create", "t.npy", *FORMULA, "--seed", "-1"], 2, "seed"),
    "dtype": (["create", "t.npy", *FORMULA, "--dtype", "int8"], 2, "int8"),
    "option": (["create", "t.npy", *FORMULA, "--option", "layout"], 2, "layout=keras"),
    "options": (["create", "t.npy", *FORMULA, "--option", "nonsense=1"], 2, "nonsense"),
    "suffix": (["create", "t.pt", *FORMULA], 2, "must end in"),
    "void": (["create", "t.npy", *FORMULA, "--dtype", "bfloat16"], 2, "void"),
    "missing": (["create", "t.npy", "--shape", "3x4"], 2, "--scheme"),
    "part": (["verify", "t.npy", "--shape", "3x4"], 2, "also needs --scheme"),
    "no formula": (["verify", "damaged.npy"], 2, "has no formula in it, and no receipt beside it; give --shape and --scheme (--seed, --name), or --receipt"),
    "no file for it": (["verify", "t.npy"], 3, "t.npy: No such file"),
    "no folder": (["create", "absent/t.npy", *FORMULA], 3, "absent: no such directory"),
    "no file": (["verify", "t.safetensors"], 3, "t.safetensors: No such file"),
    "no info": (["info", "t.npy"], 3, "t.npy: No such file"),
    "damaged": (["info", "damaged.npy"], 1, "damaged.npy"),
    "damaged too": (["verify", "damaged.safetensors"], 1, "not a safetensors file"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(in_folder, capsys, mistake):
    arguments, status, message = MISTAKES[mistake]
    names = {"damaged.npy", "damaged.safetensors"}
    for name in names:
        (in_folder / name).write_bytes(b"nonsense")
    assert status_of(*arguments) == status
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert {path.name for path in in_folder.iterdir()} == names


@pytest.mark.parametrize("columns", ["1", "2", "0", "-5"])
def test_terminals_of_any_width(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert status_of("info") == 0
    assert capsys.readouterr().err == ""
    assert status_of("create", "--help") == 0
    assert "dtype" in capsys.readouterr().out


def test_info_and_demo(capsys):
    assert status_of("--version") == 0
    assert capsys.readouterr().out == f"fastinit {fastinit.__version__}\n"
    assert status_of("info") == 0
    assert f"active           {fastinit.active_isa()}" in capsys.readouterr().out
    assert status_of("info", "--json") == 0
    assert json.loads(capsys.readouterr().out)["contract"] == fastinit.CONTRACT_VERSION
    assert status_of("demo", "--rows", 1000, "--dim", 8) == 0
    assert "1,000 x 8" in capsys.readouterr().out


def test_the_time_is_that_of_the_run(monkeypatch, capsys):
    clock = iter([1000.0, 1002.5])
    monkeypatch.setattr(writing.time, "perf_counter", lambda: next(clock))
    assert status_of("create", "t.npy", *FORMULA, "--json") == 0
    assert json.loads(capsys.readouterr().out)["seconds"] == 2.5


def test_progress_bar(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert status_of("create", "t.npy", *FORMULA) == 0
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "8.53k/8.53k" in shown
    assert status_of("create", "t.npy", *FORMULA, "--force", "--quiet") == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setitem(sys.modules, "tqdm", None)  # not installed
    assert status_of("create", "t.npy", *FORMULA, "--force") == 0
    assert capsys.readouterr().err == ""


def test_interrupted(in_folder):
    shape = ["--shape", "50000000x7", *FORMULA[2:]]
    command = [sys.executable, "-m", "fastinit", "create", "t.npy", *shape]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=in_folder) as process:
        for _ in range(6000):
            if any(in_folder.iterdir()):
                break
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert error == "fastinit: interrupted; nothing was kept\n"
    assert list(in_folder.iterdir()) == []


def test_a_reader_that_leaves():
    command = [sys.executable, "-m", "fastinit", "info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        error = process.stderr.read()
    assert process.returncode == 3
    assert error == b""


def test_without_output(in_folder):
    for command in (["info"], ["create", "t.npy", *FORMULA]):
        words = shlex.join([sys.executable, "-m", "fastinit", *command])
        closed = ["sh", "-c", f"{words} <&- >&- 2>&-"]
        assert subprocess.run(closed, check=False).returncode == 0
    assert [path.name for path in sorted(in_folder.iterdir())] == ["t.npy", "t.npy.receipt.json"]
    assert status_of("verify", "t.npy", *FORMULA) == 0


def test_receipts_and_samples(in_folder, capsys):
    assert status_of("create", "t.npy", *FORMULA, "--json", "--checksum", "sha256") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["receipt"] == "t.npy.receipt.json"
    receipt = fastinit.Receipt.read("t.npy.receipt.json")
    assert receipt.checksum == "sha256"
    assert status_of("create", "u.safetensors", *FORMULA, "--checksum", "sha256") == 0
    statistics = receipt.weights[0].statistics
    out = capsys.readouterr().out
    assert f"mean             {statistics.mean:.6g} (expected 0)\n" in out
    assert f"u.safetensors.receipt.json, digest {receipt.digest[:16]}" in out

    assert status_of("compare", "t.npy.receipt.json", "u.safetensors.receipt.json") == 0
    assert capsys.readouterr().out.startswith("same: ")
    assert status_of("verify", "t.npy", "--receipt", "u.safetensors.receipt.json") == 0
    assert capsys.readouterr().out == "t.npy: 8,400 bytes are as the receipt says\n"
    options = ["--sample", "3", "--sample-seed", "9"]
    assert status_of("verify", "t.npy", *FORMULA, *options) == 0
    assert "1 of 1 blocks, drawn with --sample-seed 9" in capsys.readouterr().out
    assert status_of("verify", "t.npy", *FORMULA, *options, "--json") == 0
    assert json.loads(capsys.readouterr().out)["sample"] == {"blocks": 1, "of": 1, "seed": 9}

    np.load("t.npy", mmap_mode="r+")[250, 3] = 9
    assert status_of("verify", "t.npy", "--receipt", "t.npy.receipt.json", "--json") == 1
    difference = json.loads(capsys.readouterr().out)["difference"]
    assert (difference["first"], difference["last"]) == ([0, 0], [299, 6])

    other = [*FORMULA[:-3], "8", *FORMULA[-2:]]
    assert status_of("create", "o.npy", *other, "--checksum", "sha256") == 0
    capsys.readouterr()
    assert status_of("compare", "t.npy.receipt.json", "o.npy.receipt.json") == 1
    assert "'user_id' has different formulas" in capsys.readouterr().out
    assert status_of("compare", "t.npy.receipt.json", "o.npy.receipt.json", "--json") == 1
    assert json.loads(capsys.readouterr().out)["same"] is False
    assert status_of("compare", "t.npy.receipt.json", "absent.json") == 3
    assert status_of("verify", "t.npy", *FORMULA, "--receipt", "t.npy.receipt.json") == 2
    assert status_of("verify", "t.npy", *FORMULA, "--sample", "0") == 2


def test_no_receipt(in_folder):
    assert status_of("create", "t.npy", *FORMULA, "--no-receipt", "--quiet") == 0
    assert [path.name for path in in_folder.iterdir()] == ["t.npy"]
