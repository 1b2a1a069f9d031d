"""Mistakes of a user end in one line that names the nearest right word, in no word of Python."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit import __main__ as program
from fastinit._support.suggestions import did_you_mean
from fastinit.cli import COMMANDS
from fastinit.storage.config import SHORT_DTYPES
from tests.support.commands import status_of

pytestmark = pytest.mark.once

CREATE = ["create", "t.npy", "--shape", "3x4"]
NEAREST = {
    "command": (["verfiy", "t.npy"], "did you mean 'verify'?"),
    "option": (["create", "t.npy", "--sheme", "x"], "no option --sheme; did you mean --scheme?"),
    "option with a value": (["info", "--jason=1"], "no option --jason; did you mean --json?"),
    "scheme": ([*CREATE, "--scheme", "he_norml"], "did you mean 'he_normal'?"),
    "start of a scheme": ([*CREATE, "--scheme", "kaiming"], "did you mean 'kaiming_normal'?"),
    "case of a scheme": ([*CREATE, "--scheme", "HE_NORMAL"], "did you mean 'he_normal'?"),
    "option of a scheme": (
        [*CREATE, "--scheme", "he_normal", "--option", "layuot=keras"],
        "the scheme he_normal has no option 'layuot', expected ",
    ),
    "nearest option of a scheme": (
        [*CREATE, "--scheme", "he_normal", "--option", "layuot=keras"],
        "did you mean 'layout'?",
    ),
    "missing option of a scheme": (
        [*CREATE, "--scheme", "mup"],
        "such as --option role=hidden --option width_multiplier=4",
    ),
    "dtype": ([*CREATE, "--dtype", "bflaot16"], "did you mean 'bfloat16'?"),
    "short dtype": ([*CREATE, "--dtype", "bf17"], "did you mean 'bf16'?"),
    "dtype of bench": (["bench", "--dtypes", "float23"], "did you mean 'float32'?"),
    "checksum": ([*CREATE, "--checksum", "sha-256"], "did you mean 'sha256'?"),
    "integer": ([*CREATE, "--seed", "1.5"], "--seed: must be an integer, got '1.5'"),
    "number": (["create", "m/", "--scale", "x"], "--scale: must be a number, got 'x'"),
    "distribution": ([*CREATE, "--scheme", "normal:a"], "expected numbers, as in normal:MEAN,STD"),
    "too many": (["info", "a", "b"], "too many arguments: b"),
    "empty directory": (["clean", "", "--remove"], "the path is empty"),
    "empty file": (["info", ""], "the path is empty"),
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("mistake", NEAREST)
def test_one_line_names_what_is_right(capsys, mistake):
    arguments, message = NEAREST[mistake]
    assert status_of(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert not re.search(r"usage|Error|keyword|\(\)|invalid int|convert", err)


def test_an_error_of_the_parser_says_where_the_help_is(capsys):
    assert status_of(*CREATE, "--seed", "x") == 2
    assert capsys.readouterr().err.endswith("; see `fastinit create --help`\n")
    assert status_of("nothing") == 2
    assert capsys.readouterr().err.endswith("; see `fastinit --help`\n")
    assert status_of("creat") == 2
    assert capsys.readouterr().err.endswith("did you mean 'create'? See `fastinit --help`\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("b: {shape: [3], scheme: he_norml}", "did you mean 'he_normal'?"),
        ("b: {shape: [3], schema: zeros}", "did you mean 'scheme'?"),
        ("b: {shape: [3, 4], scheme: he_normal, options: {layuot: keras}}", "mean 'layout'?"),
        ("b: {shape: [3, 4], scheme: depth_scaled}", "such as 'layers: 12' in 'options'"),
        ("b: {shape: [3], scheme: zeros, dtype: bflaot16}", "did you mean 'bfloat16'?"),
    ],
)
def test_configurations_name_what_is_right(capsys, line, message):
    Path("m.yaml").write_text(f"defaults: {{seed: 1}}\ntables:\n  {line}\n")
    assert status_of("create", "m/", "--config", "m.yaml") == 2
    _, err = capsys.readouterr()
    assert message in err
    assert err.startswith("fastinit: m.yaml: table 'b': ")
    assert err.count("\n") == 1
    assert "()" not in err


def test_templates_name_the_options_that_a_scheme_needs(capsys):
    shape = ["--shape", "3x4", "--scheme", "zeros", "--quiet"]
    assert status_of("create", "t.safetensors", *shape) == 0
    made = ["create", "n.safetensors", "--template", "t.safetensors", "--scheme", "depth_scaled"]
    assert status_of(*made) == 2
    assert "the scheme depth_scaled also needs layers, such as --option layers=12" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("short", [*SHORT_DTYPES, "BF16", "F32"])
def test_short_names_of_dtypes(short):
    made = ["create", "t.safetensors", "--shape", "3x4", "--scheme", "he_normal"]
    assert status_of(*made, "--dtype", short, "--quiet") == 0
    weight = fastinit.Receipt.read("t.safetensors.receipt.json").weights[0].weight
    assert weight.dtype.name == SHORT_DTYPES[short.lower()]
    table = {"shape": [3], "scheme": "zeros", "seed": 1, "dtype": short}
    Path("m.json").write_text(json.dumps({"tables": {"b": table}}))
    (weight,) = fastinit.read_config("m.json")
    assert weight.dtype.name == SHORT_DTYPES[short.lower()]


def test_the_nearest_name():
    known = ["he_normal", "he_uniform", "zeros"]
    assert did_you_mean("he", known) == "; did you mean 'he_normal'?"
    assert did_you_mean("ZEROS", known) == "; did you mean 'zeros'?"
    assert did_you_mean("", known) == did_you_mean("xyz", known) == ""


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("t3", "t3.safetensors"),
        ("t3.safetensor", "t3.safetensors"),
        ("t3.np", "t3.npy"),
        ("t3.zar", "t3.zarr"),
        ("t3.pt", "t3.safetensors"),
        ("model-v1.5", "model-v1.5.safetensors"),
    ],
)
def test_a_target_without_a_suffix_is_asked_about(capsys, target, meant):
    Path("m.yaml").write_text("tables: {b: {shape: [3], scheme: zeros, seed: 1}}")
    for words in (["--shape", "3", "--scheme", "normal"], ["--config", "m.yaml"]):
        assert status_of("create", target, *words) == 2
        _, err = capsys.readouterr()
        assert f"did you mean {meant}? " in err
        assert err.endswith(f"For a directory of shards, end the name in /: {target}/\n")
        assert not Path(target).exists()


def test_a_target_that_can_only_be_a_directory_is_not_asked_about():
    Path("m.yaml").write_text("tables: {b: {shape: [3], scheme: zeros, seed: 1}}")
    made = ["--config", "m.yaml", "--quiet"]
    Path("there").mkdir()
    for target in (["there"], ["new", "--max-shard-size", "1GB"], ["slash/"]):
        assert status_of("create", *target, *made) == 0
        assert Path(target[0], "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("entry", "name", "value", "message"),
    [
        ("-m", "FASTINIT_ISA", "avx1024", "FASTINIT_ISA='avx1024' is not an instruction set"),
        ("script", "FASTINIT_NUM_THREADS", "0", "FASTINIT_NUM_THREADS must be a positive integer"),
    ],
)
def test_wrong_settings_of_the_environment(tmp_path, entry, name, value, message):
    script = tmp_path / "fastinit"
    script.write_text("from fastinit.__main__ import program\nraise SystemExit(program())\n")
    words = ["-m", "fastinit"] if entry == "-m" else [str(script)]
    environment = os.environ | {name: value}
    result = subprocess.run(
        [sys.executable, *words, "info"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"fastinit: {message}")
    assert result.stderr.count("\n") == 1


def test_another_program_gets_the_error_as_an_exception(monkeypatch):
    from fastinit._support import program_start  # noqa: PLC0415

    ended = []
    monkeypatch.setattr(program_start.os, "_exit", ended.append)
    with pytest.raises(ImportError), program_start.settings_of_program():
        raise ImportError("FASTINIT_ISA=x: this build has no x kernels")
    monkeypatch.setattr(program_start, "is_program", lambda: True)
    with pytest.raises(ImportError), program_start.settings_of_program():
        raise ImportError("No module named numpy")
    assert ended == []


def examples_of(name, capsys):
    assert status_of(name, "--help") == 0
    text = capsys.readouterr().out
    return [line.strip() for line in text.partition("examples:\n")[2].splitlines()]


@pytest.mark.parametrize("command", [each.__name__.split(".")[2] for each in COMMANDS])
def test_the_help_of_each_command_has_two_examples_that_can_be_read(capsys, command):
    examples = examples_of(command, capsys)
    assert len(examples) == 2
    for each in examples:
        words = shlex.split(each)
        assert words[:2] == ["fastinit", command]
        assert program.parse(words[1:]).command == command


def test_the_first_example_of_create_and_verify_works(capsys):
    _, first, second = ["", *examples_of("create", capsys)]
    assert "--config" in second
    small = first.replace("1000000x64", "10x64")
    assert status_of(*shlex.split(small)[1:]) == 0
    assert np.prod(fastinit.Receipt.read("table.safetensors.receipt.json").weights[0].weight.shape)


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (["info", "my model"], "`fastinit clean 'my model'`"),
        (["compare", "my table.npy", "my table.npy"], "`fastinit receipt 'my table.npy'`"),
        (["diff", "my array.zarr", "my table.npy"], "`fastinit verify 'my array.zarr'`"),
    ],
)
def test_commands_in_errors_can_be_copied_into_a_shell(capsys, arguments, right):
    np.save("my table.npy", np.ones(3, np.float32))
    Path("my array.zarr").mkdir()
    Path("my model").mkdir()
    Path("my model", ".model.safetensors.fastinit-partial").touch()
    Path("my model", "other.safetensors").touch()
    assert status_of(*arguments) in (1, 2)
    assert right in capsys.readouterr().err
