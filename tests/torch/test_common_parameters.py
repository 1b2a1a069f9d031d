"""The compiled path of `init_module` for small parameters has the values of the general path."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pytest
import torch
from torch import nn

import fastinit
from fastinit._random import common_fills
from fastinit.torch import init_module, parameter_fills
from fastinit.torch.common_fills import ParameterFills, are_apart

pytestmark = pytest.mark.once

SCHEMES = {
    "*.tables.*": {"scheme": "embedding_normal"},
    "*.bias": fastinit.Uniform(-0.5, 0.5),
    "*.convolution.weight": {"scheme": "he_normal", "mode": "fan_out"},
    "*.norm.weight": "ones",
    "*.weight": "xavier_uniform",
}


def block(dtype):
    """Return modules of which each layer has the same shapes."""
    return nn.ModuleDict(
        {
            "linear": nn.Linear(7, 9, dtype=dtype),
            "convolution": nn.Conv2d(3, 5, 3, dtype=dtype).to(memory_format=torch.channels_last),
            "norm": nn.LayerNorm(6, dtype=dtype),
            "tables": nn.ModuleList(
                [nn.Embedding(8, 6, padding_idx=2, dtype=dtype), nn.Embedding(8, 6, dtype=dtype)]
            ),
            "large": nn.Linear(700, 900, dtype=dtype),
        }
    )


def model():
    return nn.ModuleList(block(dtype) for dtype in (torch.float32, torch.bfloat16) for _ in "123")


def bytes_of(tensor):
    return tensor.detach().contiguous().view(torch.uint8).numpy().tobytes()


def expected_of(name, tensor):
    scheme = next(each for pattern, each in SCHEMES.items() if fnmatchcase(name, pattern))
    options = dict(scheme) if isinstance(scheme, dict) else {"scheme": scheme}
    padding = 2 if name.endswith("tables.0.weight") else None
    return fastinit.Weight(
        tuple(tensor.shape), **options, seed=4, name=name, dtype=tensor.dtype, padding_idx=padding
    )[...]


def test_every_layer_has_the_values_of_the_weights_of_its_names():
    module = model()
    versions = {name: each._version for name, each in module.named_parameters()}  # noqa: SLF001
    init_module(module, seed=4, schemes=SCHEMES)
    for name, parameter in module.named_parameters():
        assert bytes_of(parameter) == expected_of(name, parameter).tobytes(), name
        assert parameter._version > versions[name], name  # noqa: SLF001


def test_the_general_path_has_the_same_values():
    one, other = model(), model()
    init_module(one, seed=4, schemes=SCHEMES)
    before = common_fills.use(False)
    try:
        init_module(other, seed=4, schemes=SCHEMES)
    finally:
        common_fills.use(before)
    for (name, first), second in zip(one.named_parameters(), other.parameters(), strict=True):
        assert bytes_of(first) == bytes_of(second), name


def linears(count=4):
    return nn.ModuleList(nn.Linear(5, 5, bias=False) for _ in range(count))


def test_a_layer_that_is_no_common_case_has_its_values_too():
    module = linears(7)
    module[1].weight = nn.Parameter(torch.empty(5, 5).T)
    module[2].weight = nn.Parameter(torch.empty(5, 7)[:, 1:6])
    module[3].weight = nn.Parameter(torch.empty(5, 5, dtype=torch.float64))
    module[4].weight = nn.Parameter(torch.empty(25).view(5, 5)[:1])
    module[5].weight.data = torch.empty(5, 0)
    init_module(module, seed=4, schemes="he_normal")
    for name, parameter in module.named_parameters():
        weight = fastinit.Weight(
            tuple(parameter.shape), "he_normal", seed=4, name=name, dtype=parameter.dtype
        )
        assert np.array_equal(parameter.detach(), weight[...]), name


def test_layers_of_one_shape_keep_their_own_schemes():
    module = linears(6)
    chosen = {"0": "zeros", "1": 1, "2": True, "3": 1.5, "4": {"scheme": 2}, "5": "lecun_normal"}
    init_module(module, seed=0, schemes=lambda name, *_: chosen[name[0]])
    values = [each.weight.unique().tolist() for each in module]
    assert values[:5] == [[0.0], [1.0], [1.0], [1.5], [2.0]]
    assert len(values[5]) == 25


@pytest.mark.parametrize("place", [0, 1])
def test_what_the_general_path_refuses_stays_refused(place):
    module = linears()
    with torch.inference_mode():
        inference = torch.zeros(5, 5)
    module[place].weight = nn.Parameter(inference, requires_grad=False)
    with pytest.raises(ValueError, match=rf"'{place}.weight': it is an inference tensor"):
        init_module(module, seed=0, schemes="he_normal")
    module = linears()
    module[place].weight.ds_numel = 100
    with pytest.raises(ValueError, match=rf"'{place}.weight': it is a placeholder of DeepSpeed"):
        init_module(module, seed=0, schemes="he_normal")
    module = linears()
    module[place].weight = nn.Parameter(torch.empty(1, 5).expand(5, 5))
    with pytest.raises(TypeError, match=rf"'{place}.weight': its elements share memory"):
        init_module(module, seed=0, schemes="he_normal")
    module = linears()
    name = f"{place}.weight"
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        init_module(
            module,
            seed=0,
            schemes="he_normal",
            name=lambda each: "\ud800" if each == name else each,
        )


def test_parameters_that_share_a_part_of_their_memory_are_an_error():
    memory = torch.zeros(60)
    module = linears(3)
    module[0].weight.data = memory[:25].view(5, 5)
    module[2].weight.data = memory[24:49].view(5, 5)
    with pytest.raises(ValueError, match=r"'0.weight' and '2.weight' share memory"):
        init_module(module, seed=0, schemes="he_normal")
    assert (memory == 0).all()
    module[2].weight.data = memory[25:50].view(5, 5)
    init_module(module, seed=0, schemes="he_normal")
    assert are_apart([each.weight for each in module])
    assert not are_apart([memory, module[0].weight])
    assert not are_apart([memory.to_sparse()])


def test_two_views_of_the_same_memory_are_one_parameter():
    module = linears(2)
    module[0].weight.data = torch.empty(5, 5)
    module[1].weight.data = module[0].weight.data
    report = init_module(module, seed=0, schemes="he_normal", name=lambda name: name)
    assert report.tied == (("1.weight", "0.weight"),)


def test_the_general_path_makes_one_fill_of_each_scheme_shape_and_dtype(monkeypatch):
    made = []
    weight = parameter_fills.Weight
    monkeypatch.setattr(
        parameter_fills,
        "Weight",
        lambda *args, **given: made.append(given["name"]) or weight(*args, **given),
    )
    module = nn.ModuleList(nn.Linear(5, 5) for _ in range(30))
    init_module(module, seed=0, schemes={"*.weight": "he_normal", "*.bias": "zeros"})
    assert made == ["0.weight", "0.bias"]
    made.clear()
    init_module(module, seed=0, schemes="default")
    assert made == ["0.weight", "0.bias"]


def test_small_fills_take_the_compiled_path():
    fills, weight = ParameterFills(3), fastinit.Weight((5, 5), "he_normal", seed=3, name="a")
    tensor = torch.zeros(5, 5)
    assert fills.fill_of(tensor, "he_normal", "a") is None  # not known yet
    fills.remember("he_normal", tensor, weight._common.law)  # noqa: SLF001
    fill = fills.fill_of(tensor, "he_normal", "a")
    assert not tensor.any()
    fill.carry_out()
    assert np.array_equal(tensor, weight[...])
    large = torch.zeros(1000, 5000)
    fills.remember("he_normal", large, weight._common.law)  # noqa: SLF001
    assert fills.fill_of(large, "he_normal", "a") is None  # several threads fill it
