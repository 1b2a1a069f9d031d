"""`init_module` takes schemes by the type of the module, from functions, and from recipes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import transformers
from torch import nn

import fastinit
from fastinit.torch import init_module, recipes

pytestmark = [pytest.mark.framework, pytest.mark.once]


def model():
    return nn.Sequential(
        nn.Embedding(10, 4), nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 2, bias=False)
    )


def firsts(module):
    return [float(each.detach().flatten()[0]) for each in module.parameters()]


def of_weight(tensor, scheme, name, **options):
    weight = fastinit.Weight(tuple(tensor.shape), scheme, seed=3, name=name, **options)
    return torch.from_numpy(np.asarray(weight))


TYPES = {
    nn.Embedding: "embedding_normal",
    nn.LayerNorm: {"weight": "ones", "bias": 0.5},
    nn.Linear: {"weight": {"scheme": "he_normal", "mode": "fan_out"}, "bias": "zeros"},
}


def test_a_type_decides_for_the_parameters_of_its_modules():
    made = model()
    report = init_module(made, seed=3, types=TYPES)
    assert report.filled == tuple(name for name, _ in made.named_parameters())
    assert torch.equal(made[0].weight, of_weight(made[0].weight, "embedding_normal", "0.weight"))
    assert torch.equal(
        made[1].weight, of_weight(made[1].weight, "he_normal", "1.weight", mode="fan_out")
    )
    assert torch.equal(
        made[3].weight, of_weight(made[3].weight, "he_normal", "3.weight", mode="fan_out")
    )
    assert made[2].weight.tolist() == [1.0] * 4
    assert made[2].bias.tolist() == [0.5] * 4
    assert made[1].bias.tolist() == [0.0] * 4


def test_a_pattern_of_names_takes_precedence_over_a_type_and_the_first_type_over_others():
    made = model()
    init_module(
        made, seed=3, schemes={"3.*": 2.0}, types={nn.Embedding: 3, nn.LayerNorm: 4, nn.Module: 5}
    )
    assert firsts(made) == [3, 5, 5, 4, 4, 2]


def test_a_subclass_counts_as_its_class():
    class Table(nn.Embedding):
        pass

    table = Table(3, 2)
    init_module(table, seed=0, types={nn.Embedding: 7})
    assert table.weight.eq(7).all()


def test_a_parameter_that_a_type_leaves_open_is_undecided():
    with pytest.raises(ValueError, match=r"'1\.bias': a parameter of Linear, shape") as raised:
        init_module(
            model(), seed=0, types={nn.Linear: {"weight": 1}, nn.Embedding: 0, nn.LayerNorm: 0}
        )
    assert "or its module to `types`" in str(raised.value)


@pytest.mark.parametrize(
    ("types", "error", "message"),
    [
        (
            {nn.Conv2d: 1},
            ValueError,
            "no Conv2d holds a parameter; .* Embedding, Linear, LayerNorm",
        ),
        (
            {nn.Linear: {"weigth": 1}},
            ValueError,
            "no Linear has a parameter 'weigth'; .* did you mean 'weight'",
        ),
        ({"Linear": 1}, TypeError, "must be classes of modules, such as nn.Linear, got 'Linear'"),
        ({int: 1}, TypeError, "must be classes of modules"),
        (
            [nn.Linear],
            TypeError,
            "types must be a mapping of classes of modules to schemes, got list",
        ),
        (
            {nn.Module: 1, nn.Linear: 2},
            ValueError,
            "the type Linear has no effect, because patterns of names or types",
        ),
        ({nn.Module: "he_norml"}, ValueError, "he_norml"),
    ],
)
def test_errors_of_types_come_before_a_write(types, error, message):
    made = model()
    before = [each.detach().clone() for each in made.parameters()]
    with pytest.raises(error, match=message):
        init_module(made, seed=0, types=types)
    assert all(map(torch.equal, before, made.parameters()))


def test_a_function_chooses_by_name_tensor_and_module():
    made, asked = model(), []

    def choose(name, parameter, module):
        asked.append((name, type(module).__name__))
        if parameter.ndim < 2:
            return "zeros" if name.endswith("bias") else None
        return fastinit.Normal(0.0, 1 / math.sqrt(parameter.shape[1]))

    made[2].weight.data.fill_(9)
    report = init_module(made, seed=3, schemes=choose)
    assert asked[:2] == [("0.weight", "Embedding"), ("1.weight", "Linear")]
    assert report.left == ("2.weight",)
    assert made[2].weight.eq(9).all()
    assert torch.equal(
        made[0].weight, of_weight(made[0].weight, fastinit.Normal(0.0, 0.5), "0.weight")
    )


def test_functions_are_values_of_patterns_and_types_too():
    made = model()
    init_module(
        made,
        seed=0,
        schemes={"0.*": lambda name, *_: float(name[0])},
        types={
            nn.Linear: lambda name, *_: float(name[0]),
            nn.LayerNorm: {"weight": lambda *_: 8, "bias": 1},
        },
    )
    assert firsts(made) == [0, 1, 1, 8, 1, 3]


def test_an_error_of_a_function_names_the_parameter():
    def refuse(name, parameter, module):
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"parameter '0.weight': no"):
        init_module(model(), seed=0, schemes=refuse)
    with pytest.raises(ValueError, match=r"parameter '0.weight': .*he_norml"):
        init_module(model(), seed=0, schemes=lambda *_: "he_norml")


SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}


def small_gpt2():
    config = transformers.GPT2Config(
        vocab_size=100,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=64,
        bos_token_id=0,
        eos_token_id=0,
    )
    return transformers.GPT2LMHeadModel(config)


def small_llama():
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=100, **SMALL))


def small_vit():
    return transformers.ViTForImageClassification(
        transformers.ViTConfig(image_size=8, patch_size=2, **SMALL)
    )


def small_dlrm():
    tables = nn.ModuleDict({"embedding_bags": nn.ModuleDict({"user": nn.EmbeddingBag(400, 8)})})
    return nn.ModuleDict({"sparse": tables, "dense": nn.Linear(64, 64)})


@pytest.mark.parametrize(
    ("recipe", "build", "stds"),
    [
        (
            recipes.gpt2(2),
            small_gpt2,
            {"transformer.wte.weight": 0.02, "transformer.h.1.mlp.c_proj.weight": 0.01},
        ),
        (
            recipes.llama(),
            small_llama,
            {"lm_head.weight": 0.02, "model.layers.1.mlp.down_proj.weight": 0.02},
        ),
        (
            recipes.llama(2),
            small_llama,
            {"lm_head.weight": 0.02, "model.layers.1.mlp.down_proj.weight": 0.01},
        ),
        (recipes.vit(0.03), small_vit, {"vit.layers.0.mlp.fc1.weight": 0.03}),
        (
            recipes.dlrm(),
            small_dlrm,
            {"sparse.embedding_bags.user.weight": 0.05 / math.sqrt(3), "dense.weight": 0.125},
        ),
    ],
)
def test_a_recipe_fills_a_whole_model_as_its_source_says(recipe, build, stds):
    made = build()
    for parameter in made.parameters():
        parameter.data.fill_(math.nan)
    init_module(made, seed=0, schemes=recipe)
    parameters = {name: each.detach() for name, each in made.named_parameters()}
    for name, std in stds.items():
        assert float(parameters[name].std()) == pytest.approx(std, rel=0.06)
    for name, parameter in parameters.items():
        if name.endswith("bias"):
            assert parameter.eq(0).all()
        elif "norm" in name or "ln_" in name:
            assert parameter.eq(1).all()
        else:
            assert 0 < float(parameter.std()) < 0.2


def test_a_recipe_is_a_new_dict_each_time():
    recipes.vit().clear()
    assert recipes.vit()


@pytest.mark.parametrize("layers", [0, -1, 1.5, True])
def test_recipes_refuse_what_is_no_number_of_layers(layers):
    for recipe in (recipes.gpt2, recipes.llama):
        with pytest.raises((TypeError, ValueError), match="layers must be"):
            recipe(layers)
