"""`init_module(strict=True)`: after meta and `to_empty`, nothing keeps what was in the memory."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
import transformers
from torch import nn
from torch.nn.utils import parametrizations

import fastinit
from fastinit.torch import InitReport, init_module

NORMAL = fastinit.TruncatedNormal(0.0, 0.02, -0.04, 0.04)
SIZES = {"vocab_size": 60, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def gpt2():
    config = transformers.GPT2Config(n_layer=2, n_embd=32, n_head=2, n_positions=16, **SIZES)
    return transformers.GPT2LMHeadModel(config)


def llama(**options):
    config = transformers.LlamaConfig(
        num_hidden_layers=2,
        hidden_size=32,
        intermediate_size=48,
        num_attention_heads=2,
        **SIZES,
        **options,
    )
    return transformers.LlamaForCausalLM(config)


def llama_with_long_rope():
    return llama(rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0})


def bert():
    config = transformers.BertConfig(
        num_hidden_layers=1,
        hidden_size=32,
        intermediate_size=48,
        num_attention_heads=2,
        **SIZES,
    )
    return transformers.BertForMaskedLM(config)


def conv_net():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Sequential(nn.Conv2d(8, 4, 1), nn.InstanceNorm2d(4, track_running_stats=True)),
        nn.SyncBatchNorm(4),
    ).eval()


def averaged():
    return torch.optim.swa_utils.AveragedModel(nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5)))


TOKENS = torch.tensor([[1, 7, 9, 3]])
MODELS = {
    "gpt2": (gpt2, {"*ln_*.weight": "ones", "*.bias": "zeros", "*.weight": NORMAL}, TOKENS),
    "llama": (llama, {"*norm*.weight": "ones", "*.weight": NORMAL}, TOKENS),
    "tied llama": (
        lambda: llama(tie_word_embeddings=True),
        {"*norm*.weight": "ones", "*.weight": NORMAL},
        TOKENS,
    ),
    "rope": (llama_with_long_rope, {"*norm*.weight": "ones", "*.weight": NORMAL}, TOKENS),
    "bert": (bert, {"*Norm.weight": "ones", "*bias": "zeros", "*.weight": NORMAL}, TOKENS),
    "conv": (
        conv_net,
        {"*bias": "zeros", "[14].weight": "ones", "*": NORMAL},
        torch.ones(2, 3, 8, 8),
    ),
    "averaged": (averaged, {"1.weight": "ones", "*": NORMAL}, torch.ones(3, 6)),
}


def on_meta(build):
    """The recipe of docs/distributed.md, and garbage in all memory that `to_empty` leaves."""
    with torch.device("meta"):
        module = build()
    module.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            tensor.fill_(float("nan") if tensor.is_floating_point() else 77)
    return module


def output(module, example):
    with torch.no_grad():
        result = module.eval()(example)
    return getattr(result, "logits", result)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_from_the_meta_device_is_the_constructed_one(name):
    build, schemes, example = MODELS[name]
    made, constructed = on_meta(build), build()
    buffers = {key: value.clone() for key, value in constructed.named_buffers()}
    report = init_module(made, seed=3, schemes=schemes)
    assert report == init_module(constructed, seed=3, schemes=schemes)
    assert len(report.filled) == len(list(constructed.parameters()))
    assert dict(made.named_buffers()).keys() == buffers.keys()
    for key, value in made.named_buffers():
        assert value.dtype == buffers[key].dtype
        assert torch.equal(value, buffers[key]), key
        assert torch.equal(constructed.get_buffer(key), buffers[key]), key
    assert len(report.buffers) == len(buffers)
    assert output(made, example).isfinite().all()
    assert torch.equal(output(made, example), output(constructed, example))


def test_what_each_report_says():
    report = init_module(on_meta(gpt2), seed=0, schemes=MODELS["gpt2"][1])
    assert report.tied == (("lm_head.weight", "transformer.wte.weight"),)
    report = init_module(on_meta(llama), seed=0, schemes=MODELS["llama"][1])
    assert report.tied == ()
    assert dict(report.buffers) == {
        "model.rotary_emb.inv_freq": "LlamaModel._init_weights",
        "model.rotary_emb.original_inv_freq": "LlamaModel._init_weights",
    }
    report = init_module(on_meta(conv_net), seed=0, schemes=MODELS["conv"][1])
    assert dict(report.buffers)["3.1.running_var"] == "InstanceNorm2d.reset_running_stats"
    assert dict(report.buffers)["4.num_batches_tracked"] == "SyncBatchNorm.reset_running_stats"


def test_reports_are_values():
    report = init_module(on_meta(gpt2), seed=0, schemes=MODELS["gpt2"][1])
    assert isinstance(report, InitReport)
    for other in (pickle.loads(pickle.dumps(report)), copy.deepcopy(report)):  # noqa: S301
        assert other == report
        assert hash(other) == hash(report)
    with pytest.raises(AttributeError):
        report.filled = ()
    text = repr(report)
    assert "28 parameters filled, 0 tensors left, 1 tied, 0 buffers set" in text
    assert "lm_head.weight = transformer.wte.weight" in text
    assert ", and 16 more" in text


def attention(layers=3):
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


def two_layers():
    return attention(2)


def parametrized():  # orthogonal cannot be constructed on the meta device
    return nn.Sequential(
        parametrizations.weight_norm(nn.Linear(8, 6)), parametrizations.orthogonal(nn.Linear(6, 6))
    )


OPEN = {
    attention: [
        "6 parameters or buffers would keep what is in their memory",
        "'layers.*.self_attn.in_proj_weight': 3 parameters, such as 'layers.0.self_attn.",
        "of MultiheadAttention, shape (48, 16)",
        "'layers.*.self_attn.in_proj_bias'",
        "with a scheme or with None",
        "strict=False",
    ],
    two_layers: ["'layers.*.self_attn.in_proj_weight': 2 parameters, such as"],
    parametrized: [
        "'0.parametrizations.weight.original0': a parameter of ParametrizationList",
        "'0.parametrizations.weight.original1'",
        "'1.parametrizations.weight.0.base': a buffer of _Orthogonal, shape (6, 6)",
    ],
}


@pytest.mark.parametrize("build", OPEN)
def test_what_is_not_settled_is_listed_and_nothing_is_written(build):
    module = build()
    module.to_empty(device="cpu")
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for tensor in tensors.values():
        tensor.data.fill_(5)
    with pytest.raises(ValueError, match="would keep what is in their memory") as error:
        init_module(
            module,
            seed=0,
            schemes={"*.bias": 0.0} if build is parametrized else {"*.weight": 1.0, "*.bias": 0.0},
        )
    assert all(text in str(error.value) for text in OPEN[build])
    assert all((tensor == 5).all() for tensor in tensors.values())


def test_many_open_kinds_are_counted():
    module = nn.Module()
    for number in range(30):
        module.register_parameter("p" + "x" * number, nn.Parameter(torch.ones(2)))
    with pytest.raises(ValueError, match=r"30 parameters or buffers") as error:
        init_module(module, seed=0, schemes={})
    assert "\n  'pxx': a parameter of Module, shape (2,)\n" in str(error.value)
    assert "and 10 kinds more" in str(error.value)


def test_without_strict_all_else_is_left():
    model = on_meta(gpt2)
    before = model.transformer.wpe.weight.detach().clone()
    report = init_module(model, seed=0, schemes={"lm_head.weight": NORMAL}, strict=False)
    assert report.filled == ("lm_head.weight",)
    assert report.tied == ()
    assert len(report.left) == 28
    assert torch.equal(model.transformer.wpe.weight.nan_to_num(7), before.nan_to_num(7))
    net = on_meta(conv_net)
    report = init_module(net, seed=0, schemes={"*": NORMAL}, strict=False)
    assert report.buffers == ()
    assert net[1].running_mean.isnan().all()


class Tied(nn.Module):
    """Ties as a user writes them, with a method by the usual name."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(20, 4)
        self.head = nn.Linear(4, 20, bias=False)
        self.other = nn.Linear(4, 4)
        self.tie_weights()

    def tie_weights(self):
        self.head.weight = self.table.weight


def test_ties_of_any_model_with_the_method():
    inside = on_meta(lambda: nn.Sequential(nn.Linear(3, 4), Tied()))
    assert inside[1].head.weight is not inside[1].table.weight
    report = init_module(inside, seed=0, schemes=NORMAL)
    assert report.tied == (("1.head.weight", "1.table.weight"),)
    assert inside[1].head.weight is inside[1].table.weight


class Headless(nn.Module):
    """Its method by that name needs an argument, and is another thing."""

    def __init__(self):
        super().__init__()
        self.inner = Tied()

    def tie_weights(self, head):
        raise AssertionError


def test_a_method_that_needs_an_argument_is_not_called():
    report = init_module(on_meta(Headless), seed=0, schemes=NORMAL)
    assert report.tied == (("inner.head.weight", "inner.table.weight"),)


def test_an_error_leaves_the_ties_as_they_were():
    model = on_meta(Tied)
    with pytest.raises(ValueError, match="would keep"):
        init_module(model, seed=0, schemes={"table.weight": NORMAL})
    assert model.head.weight is not model.table.weight


def test_the_second_name_of_a_tied_parameter_is_explained():
    with pytest.raises(
        ValueError, match=r"'head.weight', which is the same tensor as 'table.weight'"
    ):
        init_module(on_meta(Tied), seed=0, schemes={"head.*": "zeros", "*": NORMAL})


def test_ties_of_other_models_can_be_kept_by_pytorch():
    def build():
        model = nn.ModuleDict({"table": nn.Embedding(20, 4), "head": nn.Linear(4, 20, bias=False)})
        model["head"].weight = model["table"].weight
        return model

    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        model = on_meta(build)
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)
    assert init_module(model, seed=0, schemes=NORMAL).tied == (("head.weight", "table.weight"),)


def test_a_head_that_the_checkpoint_unties_stays_untied(tmp_path):
    """transformers ties no weights that a checkpoint holds with different values."""
    model = gpt2()
    model.lm_head.weight = nn.Parameter(torch.full((60, 32), 3.0))
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    model.config.save_pretrained(tmp_path)
    loaded = transformers.GPT2LMHeadModel.from_pretrained(tmp_path)
    assert loaded.lm_head.weight is not loaded.transformer.wte.weight
    schemes = {"transformer.wte.weight": NORMAL, "*": None}
    report = init_module(loaded, seed=0, schemes=schemes)
    assert report.tied == ()
    assert (loaded.lm_head.weight == 3).all()


def test_neither_generators_nor_flags_change():
    model = on_meta(bert)
    state = torch.get_rng_state()
    init_module(model, seed=0, schemes=MODELS["bert"][1])
    assert torch.equal(torch.get_rng_state(), state)


# --- Buffers: which patterns reach them ---


def classifier():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    model.loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    return model


def test_a_pattern_of_parameters_reaches_no_buffer():
    model = classifier()
    with pytest.raises(ValueError, match=r"'loss.weight': a buffer of CrossEntropyLoss"):
        init_module(model, seed=0, schemes={"*.weight": NORMAL, "*.bias": 0})
    report = init_module(model, seed=0, schemes={"loss.*": None, "*.weight": NORMAL, "*": 0})
    assert model.loss.weight.tolist() == [1.0, 2.0, 3.0]
    assert report.left == ("loss.weight",)
    assert model[1].running_var.tolist() == [1.0, 1.0, 1.0]
    # ... and neither does one that has `norm` in it reach the statistics of a normalisation.
    model = nn.ModuleDict({"norm": nn.BatchNorm1d(3)})
    init_module(model, seed=0, schemes={"*norm*": 7.0})
    assert model["norm"].running_mean.tolist() == [0.0, 0.0, 0.0]


def test_none_keeps_buffers_too():
    model = classifier()
    model[1].running_mean.fill_(5)
    report = init_module(model, seed=0, schemes={"1.*": None, "loss.*": None, "*": NORMAL})
    assert model[1].running_mean.tolist() == [5.0, 5.0, 5.0]
    assert report.left == (
        *("1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"),
        "loss.weight",
    )
    assert report.buffers == ()
    # One of three: its neighbours start again, and it stays.
    init_module(model, seed=0, schemes={"1.running_mean": None, "loss.*": None, "*": NORMAL})
    assert model[1].running_mean.tolist() == [5.0, 5.0, 5.0]


def test_patterns_reach_buffers():
    model = classifier()
    model.register_buffer("noise", torch.empty(50, 40))
    model.register_buffer("ids", torch.empty(7, dtype=torch.int64))
    model.register_buffer("mask", torch.empty(2, 2, dtype=torch.bool))
    schemes = {
        "noise": {"scheme": "he_normal", "mode": "fan_out"},
        "ids": -3,
        "mask": "ones",
        "*.running_var": 2.0,
        "loss.weight": "ones",
        "*": NORMAL,
    }
    report = init_module(model, seed=4, schemes=schemes)
    weight = fastinit.Weight((50, 40), "he_normal", mode="fan_out", seed=4, name="noise")
    assert np.array_equal(model.noise.numpy(), np.asarray(weight))
    assert model.ids.tolist() == [-3] * 7
    assert model.mask.all()
    assert model[1].running_var.tolist() == [2.0, 2.0, 2.0]
    assert model[1].running_mean.tolist() == [0.0, 0.0, 0.0]
    assert model.loss.weight.tolist() == [1.0, 1.0, 1.0]
    assert dict(report.buffers) == {
        "noise": "scheme",
        "ids": "scheme",
        "mask": "scheme",
        "1.running_mean": "BatchNorm1d.reset_running_stats",
        "1.running_var": "scheme",
        "1.num_batches_tracked": "BatchNorm1d.reset_running_stats",
        "loss.weight": "scheme",
    }


@pytest.mark.parametrize(
    ("scheme", "error", "text"),
    [
        (0.5, ValueError, "buffer 'ids': torch.int64 cannot hold 0.5"),
        (NORMAL, TypeError, "buffer 'ids': the dtype must be one of.*a number, such as 0, or None"),
    ],
)
def test_buffers_of_integers_take_integers(scheme, error, text):
    model = nn.Module()
    model.register_buffer("ids", torch.zeros(7, dtype=torch.int64))
    with pytest.raises(error, match=text):
        init_module(model, seed=0, schemes={"ids": scheme})
    assert model.ids.tolist() == [0] * 7


# --- Buffers: what a module's own method may do ---


class Owner(nn.Module):
    """A module with a parameter and a buffer, whose `reset_parameters` is given."""

    def __init__(self, reset, buffer=None):
        super().__init__()
        self.weight = nn.Parameter(torch.full((4, 4), 3.0))
        self.register_buffer("table", torch.zeros(4, 4) if buffer is None else buffer)
        self.reset = reset

    def reset_parameters(self):
        self.reset(self)


def with_parameters(module):
    module.weight.data.normal_()
    nn.init.normal_(module.weight)
    module.table.copy_(torch.arange(16.0).view(4, 4))


def by_data(module):
    module.table.data[:] = torch.arange(16).view(4, 4)


def by_assignment(module):
    module.weight = nn.Parameter(torch.zeros(4, 4))
    module.table = torch.arange(16.0).view(4, 4)


def by_registering(module):
    module.register_buffer("table", torch.arange(16.0, dtype=torch.float64).view(4, 4))


@pytest.mark.parametrize("reset", [with_parameters, by_data, by_assignment, by_registering])
@pytest.mark.parametrize("keep", [False, True])
def test_a_method_sets_buffers_and_no_parameters(reset, keep):
    owner = Owner(reset)
    weight, table = owner.weight, owner.table
    state = torch.get_rng_state()
    init_module(owner, seed=0, schemes={"weight": None if keep else 9.0})
    assert owner.weight is weight
    assert (weight == (3 if keep else 9)).all()
    assert owner.table is table
    assert torch.equal(table, torch.arange(16.0).view(4, 4))
    assert torch.equal(torch.get_rng_state(), state)


def partly(module):
    module.table[:2] = 1


def at_random(module):
    module.table.normal_()


def from_parameters(module):
    module.table.copy_(module.weight)


def of_another_shape(module):
    module.table = torch.zeros(5)


def failing(module):
    module.table.zero_()
    raise RuntimeError("no configuration")


@pytest.mark.parametrize(
    "reset", [partly, at_random, from_parameters, of_another_shape, failing, lambda module: None]
)
def test_a_method_that_does_not_settle_a_buffer(reset):
    owner = Owner(reset)
    table = owner.table
    with pytest.raises(ValueError, match=r"'table': a buffer of Owner, shape \(4, 4\)"):
        init_module(owner, seed=0, schemes={"weight": NORMAL})
    assert owner.table is table
    assert not table.any()
    assert (owner.weight == 3).all()


def test_shared_and_expanded_buffers():
    shared = torch.zeros(4, 4)
    model = nn.Sequential(Owner(by_data, shared), Owner(by_data, shared))
    report = init_module(model, seed=0, schemes=NORMAL)
    assert report.tied == (("1.table", "0.table"),)
    assert model[0].table is model[1].table
    assert torch.equal(shared, torch.arange(16.0).view(4, 4))
    owner = Owner(lambda module: module.table.copy_(torch.arange(4.0)), torch.zeros(4).expand(4, 4))
    init_module(owner, seed=0, schemes=NORMAL)
    assert torch.equal(owner.table, torch.arange(4.0).expand(4, 4))


class Model(nn.Module):
    """As torchtitan's: the model's `init_weights` sets the buffers of its parts."""

    def __init__(self):
        super().__init__()
        self.part = nn.Module()
        self.part.register_buffer("freqs", torch.zeros(4), persistent=False)
        self.register_buffer("empty", torch.empty(0))

    def init_weights(self, buffer_device=None):
        self.part.freqs = torch.arange(4.0, device=buffer_device)
        self.empty = torch.empty(0)


def test_a_method_of_the_module_around():
    report = init_module(on_meta(Model), seed=0, schemes={})
    assert dict(report.buffers) == {
        "part.freqs": "Model.init_weights",
        "empty": "Model.init_weights",
    }


@pytest.mark.parametrize("kind", ["parametrization", "hook"])
def test_spectral_norm_follows_the_new_weight(kind):
    normalised = (
        parametrizations.spectral_norm if kind == "parametrization" else nn.utils.spectral_norm
    )

    def build():
        return nn.Sequential(normalised(nn.Linear(12, 7)), normalised(nn.Conv2d(1, 5, 3), dim=1))

    made, constructed = on_meta(build), build()
    schemes = {"*bias": "zeros", "*": fastinit.Normal()}
    report = init_module(made, seed=2, schemes=schemes)
    assert report == init_module(constructed, seed=2, schemes=schemes)
    assert {by for _, by in report.buffers} == {"power iteration"}
    for module in (made, constructed):
        module[0].eval()(torch.ones(2, 12))
        largest = torch.linalg.matrix_norm(module[0].weight, 2)
        assert abs(largest - 1) < 0.05
    assert all(
        torch.equal(one, other)
        for one, other in zip(made.buffers(), constructed.buffers(), strict=True)
    )
