"""`fastinit.torch.init_module`: each parameter from the stream of its name."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch
from torch import nn

import fastinit
import fastinit.torch as init
from fastinit.torch import accelerate, init_module

ALL = {"*.bias": "zeros", "*norm*": "ones", "*": "he_normal"}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.up = nn.Linear(16, 64)
        self.down = nn.Linear(64, 16)


class Model(nn.Module):
    """A miniature language model; `backwards` lists the parts in the other order."""

    def __init__(self, *, backwards=False, depth=2):
        super().__init__()
        parts = {
            "table": nn.Embedding(50, 16, padding_idx=3),
            "layers": nn.ModuleList(Block() for _ in range(depth)),
            "head": nn.Linear(16, 50),
        }
        for name in sorted(parts, reverse=backwards):
            self.add_module(name, parts[name])


def values(module):
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def same(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def test_values_are_those_of_weights():
    model = Model()
    report = init_module(model, seed=7, schemes=ALL)
    assert report.filled == tuple(name for name, _ in model.named_parameters())
    for name in ("table.weight", "layers.1.up.weight", "head.weight"):
        parameter = model.get_parameter(name)
        weight = fastinit.Weight(
            tuple(parameter.shape),
            "he_normal",
            seed=7,
            name=name,
            padding_idx=3 if name == "table.weight" else None,
        )
        assert np.array_equal(parameter.detach().numpy(), np.asarray(weight))
    assert not model.table.weight[3].any()
    assert not model.head.bias.any()
    assert (model.layers[0].norm.weight == 1).all()


def test_values_do_not_depend_on_the_order_or_on_other_parts():
    torch.manual_seed(1)
    first, second, third = Model(), Model(backwards=True), Model(depth=3)
    for model in (first, second, third):
        init_module(model, seed=0, schemes=ALL)
    assert list(values(first)) != list(values(second))
    assert same(values(first), values(second))
    assert all(torch.equal(values(third)[name], value) for name, value in values(first).items())
    init_module(second, seed=1, schemes=ALL)
    assert not torch.equal(first.head.weight, second.head.weight)


def test_neither_pytorchs_generator_nor_accelerate_matters():
    first, second = Model(), Model()
    state = torch.get_rng_state()
    init_module(first, seed=0, schemes=ALL)
    with accelerate(seed=5), torch.device("cpu"):
        init_module(second, seed=0, schemes=ALL)
    assert torch.equal(torch.get_rng_state(), state)
    assert same(values(first), values(second))


def test_a_part_has_the_values_that_it_has_in_the_whole():
    whole, part = Model(), Block()
    init_module(whole, seed=0, schemes=ALL)
    for prefix in ("layers.1", "layers.1."):
        init_module(part, seed=0, schemes=ALL, prefix=prefix)
        assert same(values(part), values(whole.layers[1]))


def test_layers_differ():
    model = Model()
    init_module(model, seed=0, schemes=ALL)
    assert not torch.equal(model.layers[0].up.weight, model.layers[1].up.weight)


def test_the_first_pattern_that_matches_counts_and_the_rest_stays():
    model = Model()
    before = values(model)
    report = init_module(
        model,
        seed=0,
        strict=False,
        schemes={
            "layers.0.*": None,
            "layers.*.up.weight": {"scheme": "kaiming_uniform", "mode": "fan_out"},
            "layers.?.down.weight": fastinit.TruncatedNormal(0.0, 0.02, -0.04, 0.04),
            "head.bias": 0.25,
        },
    )
    assert report.filled == ("head.bias", "layers.1.up.weight", "layers.1.down.weight")
    assert {*report.filled, *report.left} == before.keys()
    after = values(model)
    assert all(torch.equal(after[name], before[name]) for name in report.left)
    expected = fastinit.kaiming_uniform(
        (64, 16), mode="fan_out", seed=0, stream="layers.1.up.weight"
    )
    assert np.array_equal(after["layers.1.up.weight"].numpy(), expected)
    assert 0.01 < after["layers.1.down.weight"].abs().max() <= 0.04
    assert (after["head.bias"] == 0.25).all()


def test_schemes_with_a_structure():
    model = nn.ModuleDict(
        {
            "a": nn.Linear(20, 30),
            "b": nn.Linear(20, 20),
            "c": nn.Conv2d(8, 8, 3),
            "d": nn.Linear(20, 30),
            "e": nn.Conv2d(8, 8, 3),
        }
    )
    init_module(
        model,
        seed=2,
        strict=False,
        schemes={
            "a.weight": {"scheme": "orthogonal", "gain": 2.0},
            "b.weight": "eye",
            "c.weight": {"scheme": "dirac", "groups": 2},
            "d.weight": {"scheme": "sparse", "sparsity": 0.5},
            "e.weight": "delta_orthogonal",
        },
    )
    get = lambda name: model.get_parameter(name).detach().numpy()  # noqa: E731
    assert np.array_equal(
        get("a.weight"), fastinit.orthogonal((30, 20), gain=2.0, seed=2, stream="a.weight")
    )
    assert np.array_equal(get("b.weight"), np.eye(20))
    assert np.array_equal(get("c.weight"), nn.init.dirac_(torch.empty(8, 8, 3, 3), 2).numpy())
    assert np.array_equal(
        get("d.weight"), fastinit.sparse((30, 20), 0.5, seed=2, stream="d.weight")
    )
    assert np.array_equal(
        get("e.weight"), fastinit.delta_orthogonal((8, 8, 3, 3), seed=2, stream="e.weight")
    )


@pytest.mark.parametrize("tie", [True, False])
def test_shared_parameters_are_filled_once_under_the_first_name(tie):
    model = Model()
    if tie:
        model.head.weight = model.table.weight
    report = init_module(model, seed=0, schemes=ALL)
    first = next(name for name, value in model.named_parameters() if value is model.table.weight)
    filled = [name for name in ("head.weight", "table.weight") if name in report.filled]
    assert len(filled) == (1 if tie else 2)
    second = ({"head.weight", "table.weight"} - {first}).pop()
    assert report.tied == (((second, first),) if tie else ())
    expected = fastinit.Weight((50, 16), "he_normal", seed=0, name=first, padding_idx=3)
    assert np.array_equal(model.table.weight.detach().numpy(), np.asarray(expected))


@pytest.mark.parametrize("kind", [nn.Embedding, nn.EmbeddingBag])
@pytest.mark.parametrize("scheme", ["he_normal", 1.0, "orthogonal"])
@pytest.mark.parametrize("padding_idx", [0, -1])
def test_padding_rows(kind, scheme, padding_idx):
    table = kind(30, 8, padding_idx=padding_idx)
    init_module(table, seed=0, schemes={"weight": scheme})
    rows = table.weight.detach().abs().sum(1)
    assert (rows == 0).nonzero().ravel().tolist() == [padding_idx % 30]


@pytest.mark.parametrize("value", [2**63, 2**70, -(2**70), float("nan")])
def test_numbers_beyond_every_integer_of_pytorch(value):
    module = nn.Module()
    module.register_buffer("steps", torch.zeros((), dtype=torch.int64))
    with pytest.raises(ValueError, match=r"'steps': torch\.int64 cannot hold"):
        init_module(module, seed=0, schemes={"steps": value})


def test_padding_rows_of_a_dtype_that_takes_numbers_only():
    table = nn.Embedding(30, 8, padding_idx=-1, dtype=torch.complex64)
    init_module(table, seed=0, schemes=0.5)
    assert (table.weight[:29] == 0.5).all()
    assert not table.weight[29].any()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64", "float8_e4m3fn"])
@pytest.mark.parametrize("transposed", [False, True])
def test_dtypes_and_strides(dtype, transposed):
    weight = torch.empty(40, 60, dtype=getattr(torch, dtype))
    weight = weight.t() if transposed else weight
    module = nn.ParameterDict({"w": nn.Parameter(weight, requires_grad=weight.itemsize > 1)})
    init_module(module, seed=3, schemes={"*": fastinit.Normal(0.0, 0.5)}, threads=1)
    expected = fastinit.normal(
        tuple(weight.shape), 0.0, 0.5, seed=3, stream="w", dtype=getattr(ml_dtypes, dtype, dtype)
    )
    assert np.array_equal(module["w"].detach().double().numpy(), expected.astype(np.float64))


def test_autograd_is_told():
    linear = nn.Linear(30, 30)
    loss = (linear.weight * linear.weight).sum()
    init_module(linear, seed=0, schemes={"weight": "he_normal", "bias": None})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize(
    ("schemes", "error", "text"),
    [
        (
            {"encoder.*": "he_normal"},
            ValueError,
            "'encoder.\\*' matches no parameter's name; the names are",
        ),
        ({"*": "he_normal", "head.*": "zeros"}, ValueError, "patterns before it"),
        (
            {"*weight": "he_normal", "*": "he_normal"},
            ValueError,
            "parameter 'head.bias': the shape must have two or more axes",
        ),
        (
            {"head.weight": "he"},
            ValueError,
            "parameter 'head.weight': scheme must be one of .*'zeros'.*'orthogonal'.*got 'he'",
        ),
        (
            {"head.weight": {"mode": "fan_in"}},
            TypeError,
            "parameter 'head.weight': a dict of options needs a 'scheme'",
        ),
        (
            {"head.weight": {"scheme": "he_normal", "gain": 2}},
            TypeError,
            "parameter 'head.weight'.*gain",
        ),
        ({"head.weight": np.nan}, ValueError, "parameter 'head.weight'.*finite"),
        ({"head.weight": [1]}, TypeError, "parameter 'head.weight': a scheme must be"),
        (
            {"head.bias": "orthogonal", "table.weight": "he_normal", "*": None},
            ValueError,
            "parameter 'head.bias': the shape must have two or more axes",
        ),
    ],
)
def test_errors_come_before_anything_is_written(schemes, error, text):
    model = Model()
    if "*weight" in schemes:
        for norm in (model.layers[0].norm, model.layers[1].norm):
            norm.weight = None
    before = values(model)
    with pytest.raises(error, match=text):
        init_module(model, seed=0, schemes=schemes)
    assert same(values(model), before)


def test_parameters_that_cannot_be_filled():
    model = nn.ModuleDict({"a": nn.Linear(3, 4), "b": nn.Linear(3, 4, device="meta")})
    before = values(model["a"])
    with pytest.raises(
        TypeError, match=r"parameter 'b.weight': the tensor is on the meta device.*to_empty"
    ):
        init_module(model, seed=0, schemes={"*weight": "he_normal"})
    model["b"].to_empty(device="cpu")
    model["b"].weight = nn.Parameter(torch.zeros(4, 3, dtype=torch.int32), requires_grad=False)
    with pytest.raises(
        TypeError, match=r"parameter 'b.weight': the dtype must be one of .*got torch.int32"
    ):
        init_module(model, seed=0, schemes={"*weight": "he_normal"})
    assert same(values(model["a"]), before)


@pytest.mark.parametrize("seed", [-(2**63) - 1, 2**64, None, 1.5, True, "0"])
def test_bad_seeds(seed):
    with pytest.raises((TypeError, ValueError), match="seed must be"):
        init_module(Model(), seed=seed, schemes=ALL)


@pytest.mark.parametrize(
    ("seed", "as_integer"),
    [(-1, 2**64 - 1), (np.int64(-2), 2**64 - 2), (fastinit.default_rng(7), None)],
)
def test_seeds_of_pytorch_and_generators(seed, as_integer):
    first, second = Model(), Model()
    state = seed.get_state() if as_integer is None else None
    init_module(first, seed=seed, schemes=ALL)
    init_module(second, seed=seed.seed if as_integer is None else as_integer, schemes=ALL)
    assert same(values(first), values(second))
    assert state is None or seed.get_state() == state  # no stream is taken


def test_parameters_without_elements():
    table = nn.Embedding(0, 8)
    assert init_module(table, seed=0, schemes={"*": "he_normal"}).filled == ("weight",)


def test_a_model_of_embeddings():
    """DLRM in miniature: 26 tables, each with its own range, whatever the order of the tables."""
    rows = [3 + 97 * k % 400 for k in range(26)]

    def build(order):
        return nn.ModuleDict({f"t_{k}": nn.EmbeddingBag(rows[k], 16, mode="sum") for k in order})

    schemes = {
        f"t_{k}.weight": fastinit.Uniform(-(rows[k] ** -0.5), rows[k] ** -0.5) for k in range(26)
    }
    first, second = build(range(26)), build(reversed(range(26)))
    init_module(first, seed=0, schemes=schemes)
    init_module(second, seed=0, schemes=schemes)
    for k in range(26):
        weight = first[f"t_{k}"].weight
        assert torch.equal(weight, second[f"t_{k}"].weight)
        assert 0.8 * rows[k] ** -0.5 < weight.abs().max() <= rows[k] ** -0.5
    # ... and the same model by torch.nn.init's names, and by accelerate: the same ranges.
    for k in range(26):
        init.uniform_(first[f"t_{k}"].weight, -(rows[k] ** -0.5), rows[k] ** -0.5)
        assert abs(first[f"t_{k}"].weight.std() * (3 * rows[k]) ** 0.5 - 1) < 0.25
