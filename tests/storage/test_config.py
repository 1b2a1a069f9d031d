"""Configurations: many weights by their names, and each mistake named with its place."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy

import fastinit
from fastinit import Normal, Weight
from fastinit.__main__ import main
from fastinit._support.extras import require
from fastinit.storage.atomic import disk_space
from tests.support.paths import ROOT

DLRM = ROOT / "examples" / "dlrmv2.yaml"

YAML = """
defaults:
  seed: 7
  dtype: bfloat16
  scheme: he_normal
  options: {layout: keras}
tables:
  users: {shape: [1_000, 16]}
  items:
    shape: [500, 16]
    options: {mode: fan_out, nonlinearity: relu}
  words: {shape: [30, 8], scheme: "normal:0,0.02", padding_idx: 0, dtype: float32}
  bias: {shape: [8], scheme: zeros, seed: 8}
"""
TOML = """
[defaults]
seed = 7
dtype = "bfloat16"
scheme = "he_normal"
options = {layout = "keras"}
[tables.users]
shape = [1_000, 16]
[tables.items]
shape = [500, 16]
options = {mode = "fan_out", nonlinearity = "relu"}
[tables.words]
shape = [30, 8]
scheme = "normal:0,0.02"
padding_idx = 0
dtype = "float32"
[tables.bias]
shape = [8]
scheme = "zeros"
seed = 8
"""
JSON = """{
"defaults": {"seed": 7, "dtype": "bfloat16", "scheme": "he_normal", "options": {"layout": "keras"}},
"tables": {
  "users": {"shape": [1000, 16]},
  "items": {"shape": [500, 16], "options": {"mode": "fan_out", "nonlinearity": "relu"}},
  "words": {"shape": [30, 8], "scheme": "normal:0,0.02", "padding_idx": 0, "dtype": "float32"},
  "bias": {"shape": [8], "scheme": "zeros", "seed": 8}
}}"""
EXPECTED = [
    Weight((1000, 16), "he_normal", seed=7, name="users", dtype="bfloat16", layout="keras"),
    Weight((500, 16), "he_normal", seed=7, name="items", dtype="bfloat16", layout="keras", mode="fan_out", nonlinearity="relu"),
    Weight((30, 8), Normal(0, 0.02), seed=7, name="words", padding_idx=0),
    Weight(8, "zeros", seed=8, name="bias", dtype="bfloat16"),
]  # fmt: skip


def write(folder, text, suffix="yaml"):
    path = folder / f"c.{suffix}"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("suffix", "text"), [("yaml", YAML), ("yml", YAML), ("toml", TOML), ("json", JSON)]
)
def test_formats_say_the_same(tmp_path, suffix, text):
    assert fastinit.read_config(write(tmp_path, text, suffix)) == EXPECTED


def test_seed_and_scale(tmp_path):
    path = write(tmp_path, YAML)
    assert [each.seed for each in fastinit.read_config(path, seed=9)] == [9, 9, 9, 8]
    small = fastinit.read_config(path, scale=0.01)
    assert [each.shape for each in small] == [(10, 16), (5, 16), (1, 8), (1,)]
    assert small[0].distribution.std == pytest.approx((2 / 10) ** 0.5)  # its own fan
    for wrong in [0, -1, "x", float("nan")]:
        with pytest.raises((ValueError, TypeError), match="scale"):
            fastinit.read_config(path, scale=wrong)


def test_yaml_merges_and_numbers(tmp_path):
    text = """
defaults: {seed: 0}
tables:
  a: &a {shape: [2, 4], scheme: variance_scaling, options: {scale: 1e-3}}
  b: {<<: *a, shape: [3, 4], options: {scale: 2.5e2, distribution: uniform}}
"""
    found = fastinit.read_config(write(tmp_path, text))
    assert [each.shape for each in found] == [(2, 4), (3, 4)]
    assert dict(found[0].options) == {"scale": 1e-3}
    assert dict(found[1].options) == {"scale": 250.0, "distribution": "uniform"}


A = "defaults: {seed: 1, scheme: he_normal}\ntables:\n  a: {shape: [3, 4]"
MISTAKES = {
    "default's key": ("defaults: {sede: 1}\ntables: {}", "defaults: unknown key 'sede', expected .*; did you mean 'seed'"),
    "table's key": (A + ", shap: [2]}", "table 'a': unknown key 'shap', expected .*; did you mean 'shape'"),
    "strange key": (A + ", zzz: [2]}", "table 'a': unknown key 'zzz', expected shape, seed"),
    "top key": ("table: {}", "unknown key 'table', expected .*; did you mean 'tables'"),
    "no tables": ("defaults: {seed: 1}", "the key 'tables' is missing"),
    "empty tables": ("tables: {}", "'tables' has no table"),
    "a truth in a shape": (
        "defaults: {seed: 1, scheme: ones}\ntables: {a: {shape: [true, 3]}}", r"must be a list of integers, got \[True, 3\]",
    ),
    "no shape": (A + "}\n  b: {seed: 3}", "table 'b': 'shape' is missing"),
    "no seed": ("tables: {a: {shape: [3], scheme: ones}}", "table 'a': 'seed' is missing"),
    "no scheme": ("tables: {a: {shape: [3], seed: 1}}", "table 'a': 'scheme' is missing"),
    "shape's type": ("defaults: {seed: 1, scheme: ones}\ntables: {a: {shape: 3x4}}", "shape must be a list"),
    "shape's length": ("defaults: {seed: 1, scheme: ones}\ntables: {a: {shape: [3, x]}}", "table 'a': shape must be"),
    "seed's type": (A + ", seed: x}", "table 'a': seed must be"),
    "seed's range": (A + ", seed: -1}", "table 'a': seed must be"),
    "scheme": (A + ", scheme: he}", "table 'a': scheme must be one of 'embedding_uniform'"),
    "scheme's type": (A + ", scheme: 3}", "table 'a': scheme must be a string"),
    "distribution": (A + ", scheme: 'normal:1,x'}", "table 'a': 'normal:1,x': expected numbers"),
    "option": (A + ", options: {nonsense: 1}}", "table 'a': .*nonsense"),
    "options' type": (A + ", options: 3}", "table 'a': options must map names"),
    "option's type": (A + ", options: {1: 3}}", "table 'a': options: a name must be a string"),
    "dtype": (A + ", dtype: int8}", "table 'a': dtype must be"),
    "no dtype": (A + ", dtype: null}", "table 'a': dtype must be a string, such as float32, got None"),
    "many dtypes": (A + ", dtype: '" + "f4," * 100_000 + "'}", "table 'a': dtype must be"),
    "padding": (A + ", padding_idx: 3}", "table 'a': padding_idx must be"),
    "twice": (A + "}\n  b: {shape: [1, 2]}\n  a: {shape: [5, 6]}", "'a' appears twice"),
    "key twice": (A + ", shape: [2, 2]}", "'shape' appears twice"),
    "name's type": ("defaults: {seed: 1, scheme: ones}\ntables: {no: {shape: [3]}}", "a name must be a string, got False"),
    "table's type": ("tables: {a: [3, 4]}", "table 'a' must map names"),
    "list": ("[1, 2]", "the configuration must map names"),
    "empty": ("", "the configuration must map names"),
    "invalid YAML": ("a: [", "invalid YAML"),
    "object": ("!!python/object/apply:os.system ['false']", "invalid YAML"),
    "deep": ("[" * 5000, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(tmp_path, mistake):
    text, message = MISTAKES[mistake]
    with pytest.raises(ValueError, match=message) as caught:
        fastinit.read_config(write(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "c.yaml"))


def test_mistakes_of_other_formats(tmp_path):
    with pytest.raises(ValueError, match="'a' appears twice"):
        fastinit.read_config(write(tmp_path, '{"tables": {"a": {}, "a": {}}}', "json"))
    for suffix, text in {"json": "{", "toml": "a = "}.items():
        with pytest.raises(ValueError, match=f"c.{suffix}: "):
            fastinit.read_config(write(tmp_path, text, suffix))
    with pytest.raises(ValueError, match=r"must end in \.yaml, \.yml, \.json, \.toml"):
        fastinit.read_config(write(tmp_path, "", "ini"))
    with pytest.raises(FileNotFoundError):
        fastinit.read_config(tmp_path / "absent.yaml")


def test_without_pyyaml(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(ImportError, match=r"fastinit-sampler\[config\]"):
        fastinit.read_config(write(tmp_path, YAML))
    assert require("json", "nothing") is json


def test_mlperf_dlrmv2():
    tables = fastinit.read_config(DLRM)
    assert len(tables) == 26
    assert sum(len(each) for each in tables) == 204_184_588
    assert sum(each.nbytes for each in tables) == 204_184_588 * 128 * 4
    for each in tables:
        limit = math.sqrt(1 / len(each))  # TorchRec's default, and its rounding
        law = each.distribution.law(each.dtype)
        assert law.parameters.location == np.float32(-limit)
        assert law.parameters.step == np.float32(2 * limit) * 2**-24
        assert np.float32(each.distribution.high) == np.float32(limit)
        assert each.shape[1] == 128


def test_mlperf_dlrmv2_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    plan = ["create", "--config", str(DLRM), "dlrm/", "--dry-run", "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(
            disk_space.shutil, "disk_usage", lambda _: SimpleNamespace(total=1, free=10**11)
        )
        assert main(plan) == 3
        assert "the disk has 100,000,000,000 free" in capsys.readouterr().err
        patch.setattr(
            disk_space.shutil, "disk_usage", lambda _: SimpleNamespace(total=1, free=10**12)
        )
        assert main(plan) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["bytes"] > 104_542_509_056
    assert sorted(each["tensors"] for each in shown["shards"]) == [1, 1, 1, 1, 1, 21]
    assert list(tmp_path.iterdir()) == []
    small = ["create", "--config", str(DLRM), "--scale", "1e-4"]
    assert main([*small, "dlrm", "--max-shard-size", "2MB"]) == 0
    assert main([*small, "one.safetensors"]) == 0
    assert main(["verify", "dlrm"]) == main(["verify", "one.safetensors"]) == 0
    found = safetensors.numpy.load_file("one.safetensors")
    assert len(found) == 26
    for each in fastinit.read_config(DLRM, scale=1e-4):
        assert found[each.name].tobytes() == np.asarray(each).tobytes()
        assert np.abs(found[each.name]).max() <= np.float32(each.distribution.high)
    weight_map = json.loads(Path("dlrm/model.safetensors.index.json").read_text())["weight_map"]
    assert weight_map.keys() == found.keys()
    capsys.readouterr()
    for arguments, message in {
        ("--dtype", "float16"): "--dtype cannot be used with --config",
        ("--name", "x", "--shape", "3"): "--shape, --name cannot be used with --config",
        ("--padding-idx", "0"): "--padding-idx cannot be used with --config",
        ("--scale", "0"): "scale must be above 0",
    }.items():
        assert main([*small, "other", *arguments]) == 2
        assert message in capsys.readouterr().err
    assert main(["create", "--scale", "0.1", "other/", "--shape", "3"]) == 2
    assert "--scale can be used only with --config" in capsys.readouterr().err
