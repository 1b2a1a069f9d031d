"""Templates: names, shapes and dtypes from real models' headers, a scheme for each, and no trust in a header."""

from __future__ import annotations

import json

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
import transformers

import fastinit
from fastinit import Constant, FileFormatError, Normal, Weight
from fastinit.__main__ import main

TENSORS = {
    "embed.weight": np.zeros((30, 8), ml_dtypes.bfloat16),
    "layer.0.weight": np.zeros((16, 8), np.float32),
    "layer.0.bias": np.zeros(16, np.float32),
    "layer.1.weight": np.zeros((4, 16, 3, 3), np.float16),
    "norm.weight": np.zeros(4, np.float64),
    "scale": np.zeros((), np.float32),
}
RULES = {"*.bias": "zeros", "norm.*": "ones", "scale": Constant(0.5), "embed*": Normal(0, 0.02)}
EXPECTED = {
    Weight((30, 8), Normal(0, 0.02), seed=3, name="embed.weight", dtype="bfloat16"),
    Weight((16, 8), "he_normal", seed=3, name="layer.0.weight", mode="fan_out"),
    Weight(16, "zeros", seed=3, name="layer.0.bias"),
    Weight((4, 16, 3, 3), "he_normal", seed=3, name="layer.1.weight", dtype="float16", mode="fan_out"),
    Weight(4, "ones", seed=3, name="norm.weight", dtype="float64"),
    Weight((), Constant(0.5), seed=3, name="scale"),
}  # fmt: skip


def read(path, scheme="he_normal", **options):
    return fastinit.read_template(
        path, scheme, seed=3, **{"schemes": RULES, "mode": "fan_out", **options}
    )


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.safetensors"
    safetensors.numpy.save_file(TENSORS, path)
    return path


def test_one_file(model):
    assert set(read(model)) == set(read(model.parent)) == EXPECTED
    assert {each.dtype.name for each in read(model, dtype="bfloat16")} == {"bfloat16"}
    assert {each.name for each in read(model, schemes={"layer*": None, **RULES}, mode="fan_in")} == {
        "embed.weight", "norm.weight", "scale",
    }  # fmt: skip


def test_each_scheme_gets_the_options_that_it_has(model):
    rules = {"embed*": "embedding_normal", "layer.0.weight": "wang_init", "layer.1*": "small_init"}
    found = fastinit.read_template(
        model, "zeros", seed=3, schemes=rules, layers=12, width=16, gain=0.5
    )
    assert {each.scheme: dict(each.options) for each in found} == {
        "embedding_normal": {"gain": 0.5},
        "wang_init": {"layers": 12, "width": 16},
        "small_init": {"width": 16},
        "zeros": {},
    }
    with pytest.raises(TypeError, match="takes the option 'layer'; did you mean 'layers'"):
        fastinit.read_template(model, "zeros", seed=3, schemes=rules, width=16, layer=12)
    with pytest.raises(ValueError, match=r"'layer.0.weight': wang_init\(\) also needs layers="):
        fastinit.read_template(model, "zeros", seed=3, schemes=rules, width=16)


def test_the_first_pattern_counts(model):
    rules = {"layer.0.*": "zeros", "*": "ones"}
    found = fastinit.read_template(model, seed=3, schemes=rules)
    zeros = {each.name for each in found if each.scheme == "zeros"}
    assert zeros == {"layer.0.weight", "layer.0.bias"}
    assert {each.scheme for each in found} == {"zeros", "ones"}


def test_only_the_header_is_read(model):
    content = model.read_bytes()
    model.write_bytes(content[: 8 + int.from_bytes(content[:8], "little")])
    assert set(read(model)) == EXPECTED


def test_a_sharded_model_of_transformers(tmp_path):
    config = transformers.BertConfig(
        vocab_size=97, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )  # fmt: skip
    model = transformers.BertModel(config)
    model.save_pretrained(tmp_path, max_shard_size="50KB")
    index = tmp_path / "model.safetensors.index.json"
    rules = {"*LayerNorm.weight": "ones", "*.bias": "zeros"}
    found = fastinit.read_template(tmp_path, Normal(0, 0.02), seed=1, schemes=rules)
    assert found == fastinit.read_template(index, Normal(0, 0.02), seed=1, schemes=rules)
    shapes = {each.name: each.shape for each in found}
    assert shapes == {name: tuple(each.shape) for name, each in model.state_dict().items()}
    next(tmp_path.glob("model-00002-*")).unlink()
    with pytest.raises(FileNotFoundError):
        fastinit.read_template(tmp_path, Normal(0, 0.02), seed=1, schemes=rules)


def test_what_has_no_scheme(model):
    with pytest.raises(ValueError, match=r"tensor 'layer.0.weight': no pattern matches it"):
        fastinit.read_template(model, seed=3, schemes=RULES)
    with pytest.raises(ValueError, match=r"the pattern '\*\.bais' matches no name"):
        read(model, schemes={"*.bais": "zeros"})
    with pytest.raises(
        ValueError, match=r"tensor '(norm.weight|layer.0.bias)': .*two or more axes"
    ):
        fastinit.read_template(model, "he_normal", seed=3)
    with pytest.raises(ValueError, match="scheme must be one of"):
        read(model, "he")
    with pytest.raises(TypeError, match="none of the schemes takes the option"):
        fastinit.read_template(model, Normal(), seed=3, mode="fan_out")
    with pytest.raises(ValueError, match="all tensors are left out"):
        fastinit.read_template(model, seed=3, schemes={"*": None})
    with pytest.raises(ValueError, match=r"a template must be a \.safetensors file"):
        read(model.with_suffix(".npy"))
    with pytest.raises(FileNotFoundError):
        read(model.with_name("absent.safetensors"))
    with pytest.raises(FileNotFoundError, match="no such file or directory"):
        read(model.with_name("absent"))


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.uint8])
def test_integers_are_no_weights(tmp_path, dtype):
    path = tmp_path / "model.safetensors"
    safetensors.numpy.save_file(
        {"w": np.zeros((3, 4), np.float32), "position_ids": np.zeros(9, dtype)}, path
    )
    with pytest.raises(ValueError, match=r"'position_ids': its dtype is .*'skip'"):
        fastinit.read_template(path, "he_normal", seed=3)
    with pytest.raises(ValueError, match="'position_ids': its dtype is"):
        fastinit.read_template(
            path, "he_normal", seed=3, schemes={"position*": "zeros"}, dtype="float32"
        )
    found = fastinit.read_template(path, "he_normal", seed=3, schemes={"position*": None})
    assert [each.name for each in found] == ["w"]


def header(entries):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text


GOOD = {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}
HOSTILE = {
    "endless": b"\xff" * 8,
    "cut off": header({"w": GOOD})[:20],
    "empty": b"",
    "short length": b"\x10",
    "no JSON": header(b"{]"),
    "list": header(b"[1]"),
    "nested": header(b'{"w":' + b"[" * 100_000),
    "nested objects": header(b'{"w":' * 100_000),
    "digits": header(b'{"w":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,4]}}'),
    "negative": header({"w": {**GOOD, "shape": [-3, -4]}}),
    "fraction": header({"w": {**GOOD, "shape": [3.0, 4]}}),
    "bool": header({"w": {**GOOD, "shape": [True, 12]}}),
    "text": header({"w": {**GOOD, "shape": ["3", 4]}}),
    "shape of text": header({"w": {**GOOD, "shape": "34"}}),
    "huge": header({"w": {**GOOD, "shape": [2**62, 2**62]}}),
    "too few bytes": header({"w": {**GOOD, "shape": [3, 5]}}),
    "offsets backwards": header({"w": {**GOOD, "data_offsets": [48, 0]}}),
    "offsets of text": header({"w": {**GOOD, "data_offsets": ["0", "48"]}}),
    "no offsets": header({"w": {"dtype": "F32", "shape": [3, 4]}}),
    "no dtype": header({"w": {"shape": [3, 4], "data_offsets": [0, 48]}}),
    "dtype's type": header({"w": {**GOOD, "dtype": ["F32"]}}),
    "metadata": header({"w": GOOD, "__metadata__": [1]}),
    "entry": header({"w": 3}),
    "twice": header(b'{"w":' + json.dumps(GOOD).encode() + b',"w":' + json.dumps(GOOD).encode() + b"}"),
    "not text": header(b'{"\xff": 1}'),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_headers(tmp_path, capsys, case):
    path = tmp_path / "model.safetensors"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(ValueError, match=r"model\.safetensors: "):
        fastinit.read_template(path, "he_normal", seed=3)
    if case != "huge":
        with pytest.raises(FileFormatError):
            fastinit.read_template(path, "he_normal", seed=3)
    command = [
        "create",
        "--template",
        path,
        f"{tmp_path}/new",
        "--scheme",
        "he_normal",
        "--seed",
        "1",
    ]
    assert main([str(each) for each in command]) in (1, 2)
    assert "model.safetensors" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_command_line(model, monkeypatch, capsys):
    monkeypatch.chdir(model.parent)
    command = ["create", "--template", "model.safetensors", "--seed", "3", "--scheme", "he_normal"]
    command += ["--option", "mode=fan_out", "--schemes", "*.bias=zeros", "--schemes", "norm.*=ones"]
    command += ["--schemes", "scale=constant:0.5", "--schemes", "embed*=normal:0,0.02"]
    assert main([*command, "new.safetensors"]) == 0, capsys.readouterr().err
    found = safetensors.numpy.load_file("new.safetensors")
    assert {name: (each.dtype, each.shape) for name, each in found.items()} == {
        name: (each.dtype, each.shape) for name, each in TENSORS.items()
    }
    for each in EXPECTED:
        assert found[each.name].tobytes() == np.asarray(each).tobytes()
    assert (
        main([*command, "--schemes", "layer*=skip", "--dtype", "float16", "few.safetensors"]) == 0
    )
    found = safetensors.torch.load_file("few.safetensors")
    assert found["embed.weight"].dtype == torch.float16
    capsys.readouterr()
    for arguments, message in {
        ("--name", "x"): "--name cannot be used with --template",
        ("--shape", "3"): "--shape cannot be used with --template",
        ("--padding-idx", "0"): "--padding-idx cannot be used with --template",
        ("--scale", "0.1"): "--scale can be used only with --config",
        ("--schemes", "nonsense"): "expected PATTERN=SCHEME",
        ("--schemes", "*=normal:x"): "normal:x",
    }.items():
        try:
            status = main([*command, "other", *arguments])
        except SystemExit as error:
            status = error.code
        assert status == 2
        assert message in capsys.readouterr().err
    assert main(["create", "--template", "model.safetensors", "other"]) == 2
    assert "there is no default; add a pattern, or give a scheme" in capsys.readouterr().err
