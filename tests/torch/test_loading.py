"""Loaded weights stay as they are: transformers, accelerate and Lightning themselves, with ours.

A model with a missing key initialises the whole module that the key is of, loaded weights included;
transformers guards those by replacing ``torch.nn.init``'s functions for a while.
"""

from __future__ import annotations

import fnmatch
import subprocess
import sys
import types

import accelerate
import lightning
import pytest
import torch
import transformers
from torch import nn
from transformers import initialization

import fastinit.torch as init

BERT = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
    "vocab_size": 64, "max_position_embeddings": 16,
}  # fmt: skip
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 2, "vocab_size": 64, "n_positions": 16}


class LayerConfig(transformers.PreTrainedConfig):
    model_type = "fastinit_layer"


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(100, 100))
        self.bias = nn.Parameter(torch.empty(100))
        self.register_buffer("scale", torch.ones(1), persistent=False)


class LayerModel(transformers.PreTrainedModel):
    """A user's own model, whose initialisation is by every function of ours."""

    config_class = LayerConfig
    base_model_prefix = "layers"

    def __init__(self, config):
        super().__init__(config)
        self.layers = nn.ModuleDict({name: Layer() for name in INITIALISED})
        self.post_init()

    def _init_weights(self, module):
        for name, layer in getattr(self, "layers", {}).items():
            if layer is module:
                INITIALISED[name](module.weight)
                init.zeros_(module.bias)
                init.ones_(module.scale)


INITIALISED = {
    "normal": lambda weight: init.normal_(weight, 0, 0.02),
    "uniform": init.uniform_,
    "trunc_normal": lambda weight: init.trunc_normal_(weight, std=0.02),
    "xavier_uniform": init.xavier_uniform_,
    "xavier_normal": init.xavier_normal_,
    "kaiming_uniform": init.kaiming_uniform_,
    "kaiming_normal": init.kaiming_normal_,
    "constant": lambda weight: init.constant_(weight, 0.5),
    "ones": init.ones_,
    "zeros": init.zeros_,
    "eye": init.eye_,
    "orthogonal": init.orthogonal_,
    "sparse": lambda weight: init.sparse_(weight, 0.5),
}


@pytest.fixture(autouse=True)
def _silent():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    yield
    transformers.logging.set_verbosity_warning()
    transformers.logging.enable_progress_bar()


@pytest.fixture(params=["imported", "installed"])
def ours(request, monkeypatch):
    """Give transformers' models our functions: in place of their `init`, or of PyTorch's."""
    if request.param == "installed":
        for name in nn.init.__all__:
            monkeypatch.setattr(nn.init, name, getattr(init, name))
        return
    one_line = types.SimpleNamespace(
        **vars(initialization) | {name: getattr(init, name) for name in init.__all__}
    )
    for module in (
        transformers.modeling_utils,
        transformers.models.bert.modeling_bert,
        transformers.models.gpt2.modeling_gpt2,
    ):
        monkeypatch.setattr(module, "init", one_line)


def numbered(model):
    """Give every parameter values that no initialisation makes."""
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.fill_(3.0 + number)
    return model


def reload(folder, saved, loaded, *, without=(), shard_size="1GB"):
    """Save a model without some of its keys, load it as a class, and compare what was loaded."""
    state = {
        name: value
        for name, value in saved.state_dict().items()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in without)
    }
    # A copy: saving takes every tensor out of the dict that it is given.
    saved.save_pretrained(folder, state_dict=dict(state), max_shard_size=shard_size)
    model, report = loaded.from_pretrained(folder, output_loading_info=True)
    found = model.state_dict()
    prefix = "" if set(state) <= set(found) else f"{model.base_model_prefix}."
    assert state
    for name, value in state.items():
        assert torch.equal(found[prefix + name], value), name
    for name in report["missing_keys"]:
        assert torch.isfinite(found[name]).all(), name
        assert found[name].max() < 3, name
    return model, report["missing_keys"]


CHECKPOINTS = {
    "complete": {},
    "without biases": {"without": ["*.bias"]},
    "without weights": {"without": ["*.weight"]},
    "in shards": {"shard_size": "10KB"},
    "in shards, without biases": {"without": ["*.bias"], "shard_size": "10KB"},
}


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_a_users_own_model(tmp_path, ours, checkpoint):
    options = CHECKPOINTS[checkpoint]
    model, missing = reload(tmp_path, numbered(LayerModel(LayerConfig())), LayerModel, **options)
    assert bool(missing) == ("without" in options)
    assert all((layer.scale == 1).all() for layer in model.layers.values())
    assert ("10KB" in options.values()) == (tmp_path / "model.safetensors.index.json").exists()


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
@pytest.mark.parametrize("kind", ["GPT2", "Bert"])
def test_models_of_transformers(tmp_path, ours, kind, checkpoint):
    config = {"GPT2": transformers.GPT2Config(**GPT2), "Bert": transformers.BertConfig(**BERT)}[
        kind
    ]
    model = getattr(transformers, f"{kind}Model")
    reload(tmp_path, numbered(model(config)), model, **CHECKPOINTS[checkpoint])


@pytest.mark.parametrize("shard_size", ["1GB", "10KB"])
def test_a_new_head(tmp_path, ours, shard_size):
    saved = numbered(transformers.BertModel(transformers.BertConfig(**BERT)))
    head = transformers.BertForSequenceClassification
    model, missing = reload(tmp_path / "bert", saved, head, shard_size=shard_size)
    assert sorted(missing) == ["classifier.bias", "classifier.weight"]
    assert 0.005 < model.classifier.weight.std() < 0.05
    assert not model.classifier.bias.any()

    saved = numbered(transformers.GPT2Model(transformers.GPT2Config(**GPT2, pad_token_id=0)))
    head = transformers.GPT2ForSequenceClassification
    model, missing = reload(tmp_path / "gpt2", saved, head, shard_size=shard_size)
    assert list(missing) == ["score.weight"]
    assert 0.005 < model.score.weight.std() < 0.05


def test_the_models_do_call_ours(ours, monkeypatch):
    # Else the tests above would pass without a word. Ours fill, or leave it to transformers.
    calls = []
    for name in ("fill", "replacement"):
        function = getattr(init.init, name)
        monkeypatch.setattr(
            init.init, name, lambda *args, function=function: calls.append(args) or function(*args)
        )
    transformers.BertModel(transformers.BertConfig(**BERT))
    assert len(calls) >= 10
    calls.clear()
    transformers.GPT2Model(transformers.GPT2Config(**GPT2))
    assert len(calls) >= 10


def test_without_initialisation(ours):
    state = torch.get_rng_state()
    with initialization.no_init_weights():
        layer = nn.Linear(64, 50)
        weight = torch.full((64, 50), 3.0)
        for name in initialization.TORCH_INIT_FUNCTIONS:
            extra = {"constant_": (0.5,), "sparse_": (0.5,)}.get(name, ())
            assert getattr(init, name)(weight, *extra) is None
    assert layer.weight.shape == (50, 64)
    assert (weight == 3).all()
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("include_buffers", [False, True])
def test_empty_weights_of_accelerate(ours, include_buffers):
    full = numbered(LayerModel(LayerConfig()))
    state = torch.get_rng_state()
    with accelerate.init_empty_weights(include_buffers=include_buffers):
        model = LayerModel(LayerConfig())
        bert = transformers.BertModel(transformers.BertConfig(**BERT))
    assert all(each.is_meta for each in [*model.parameters(), *bert.parameters()])
    model.load_state_dict(full.state_dict(), assign=True)
    assert all(map(torch.equal, model.parameters(), full.parameters()))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", [name for name in nn.init.__all__ if name.endswith("_")])
def test_lightnings_empty_init(ours, name, monkeypatch):
    args = {"constant_": (0.5,), "sparse_": (0.5,)}.get(name, ())
    shape = (6, 4, 3) if name == "dirac_" else (64, 50)

    def filled(function):
        torch.manual_seed(0)
        fabric = lightning.Fabric(accelerator="cpu", devices=1)
        with fabric.init_module(empty_init=True):
            tensor = torch.full(shape, 3.0)
            assert function(tensor, *args) is tensor
        return bool((tensor == 3).all()), torch.get_rng_state()

    kept, state = filled(getattr(init, name))
    installed = filled(getattr(nn.init, name))
    monkeypatch.undo()
    expected, expected_state = filled(getattr(nn.init, name))
    assert kept == installed[0] == expected
    if expected:
        assert torch.equal(state, expected_state)
        assert torch.equal(installed[1], expected_state)


def test_a_layer_under_lightnings_empty_init(ours):
    torch.manual_seed(0)
    state = torch.get_rng_state()
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    with trainer.init_module(empty_init=True):
        nn.Linear(64, 50)
    assert torch.equal(torch.get_rng_state(), state)


# transformers keeps the functions that it finds in torch.nn.init when it is imported.
INSTALLED_BEFORE = """
import tempfile, torch
from torch import nn
import fastinit.torch as init
for name in nn.init.__all__:
    setattr(nn.init, name, getattr(init, name))
import transformers, transformers.initialization
assert transformers.initialization.TORCH_INIT_FUNCTIONS["normal_"] is init.normal_
import test_loading as tests
transformers.logging.set_verbosity_error()
for saved, loaded in [
    (tests.LayerModel(tests.LayerConfig()), tests.LayerModel),
    (transformers.GPT2Model(transformers.GPT2Config(**tests.GPT2)), transformers.GPT2Model),
]:
    with tempfile.TemporaryDirectory() as folder:
        tests.reload(folder, tests.numbered(saved), loaded, without=["*.bias"])
"""


def test_ours_installed_before_transformers_is_imported():
    code = f"import sys; sys.path.insert(0, {__file__.rpartition('/')[0]!r})\n{INSTALLED_BEFORE}"
    subprocess.run([sys.executable, "-c", code], check=True)
