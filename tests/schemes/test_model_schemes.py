"""Schemes of embeddings and transformers: the laws of their sources, and the errors."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

import fastinit
from fastinit import Normal, Uniform, Weight
from fastinit._schemes.scheme_functions import distribution_of
from fastinit._schemes.schemes import SCHEMES
from tests.support.schemes import NEEDED, OF_FANS

pytestmark = pytest.mark.once

#: In the shapes, no two lengths are equal. (scheme, shape, options, law), from the sources.
LAWS = [
    # DLRM: the limits are those of np.random.uniform there, +-sqrt(1 / n) for n rows
    ("embedding_uniform", (300, 20), {}, Uniform(-math.sqrt(1 / 300), math.sqrt(1 / 300))),
    ("embedding_uniform", (50, 20), {"rows": 300}, Uniform(-math.sqrt(1 / 300), math.sqrt(1 / 300))),
    # a slice of a table in a flat buffer
    ("embedding_uniform", (999,), {"rows": 4, "dim": 9}, Uniform(-0.5, 0.5)),
    # fairseq: the standard deviation is embedding_dim ** -0.5
    ("embedding_normal", (300, 64), {}, Normal(0, 0.125)),
    ("embedding_normal", (300, 16), {"dim": 64}, Normal(0, 0.125)),
    ("embedding_normal", (300, 64), {"gain": (9 * 6) ** -0.25}, Normal(0, 0.125 * (9 * 6) ** -0.25)),
    # Megatron-LM: std = sigma / math.sqrt(2.0 * num_layers)
    ("depth_scaled", (30, 20), {"layers": 12}, Normal(0, 0.02 / math.sqrt(24.0))),
    ("depth_scaled", (30, 20, 3), {"layers": 8, "std": 0.4}, Normal(0, 0.1)),
    # GPT-NeoX: std = math.sqrt(2 / (5 * dim)), and std = 2 / n_layers / math.sqrt(dim)
    ("small_init", (30, 20), {"width": 1024}, Normal(0, math.sqrt(2 / (5 * 1024)))),
    ("wang_init", (30, 20), {"layers": 44, "width": 6144}, Normal(0, 2 / 44 / math.sqrt(6144))),
    # Tensor Programs V, table 3, relative to the base width
    ("mup", (30, 20), {"role": "input", "width_multiplier": 4}, Normal(0, 0.02)),
    ("mup", (30, 20), {"role": "hidden", "width_multiplier": 4}, Normal(0, 0.01)),
    ("mup", (30, 20), {"role": "output", "width_multiplier": 4}, Normal(0, 0.005)),
    ("mup", (30, 20), {"role": "output", "width_multiplier": 0.5, "std": 1}, Normal(0, 2)),
    # T-Fixup and DeepNet scale Glorot of fans 20 and 30, whose limit is sqrt(6 / 50)
    *[
        ("t_fixup", (30, 20), {"layers": 6, "part": part}, Uniform(-limit, limit))
        for part, limit in [
            ("encoder", 0.67 * 6**-0.25 * math.sqrt(6 / 50)),
            ("decoder", (9 * 6) ** -0.25 * math.sqrt(6 / 50)),
        ]
    ],
    *[
        ("deepnet", (30, 20), {"layers": 18, **options}, Normal(0, gain * math.sqrt(2 / 50)))
        for options, gain in [
            ({}, (8 * 18) ** -0.25),
            ({"part": "decoder"}, (12 * 18) ** -0.25),
            ({"part": "encoder", "decoder_layers": 6}, 0.87 * (18**4 * 6) ** (-1 / 16)),
        ]
    ],
    # SIREN: uniform_(-1 / n, 1 / n), and uniform_(-sqrt(6 / n) / omega, sqrt(6 / n) / omega)
    ("siren", (30, 20), {"first": True}, Uniform(-1 / 20, 1 / 20)),
    ("siren", (30, 24), {"omega": 5.0}, Uniform(-0.1, 0.1)),
    # packed queries, keys and values: the fans of one of them
    ("xavier_uniform", (90, 20), {"parts": 3}, Uniform(-math.sqrt(6 / 50), math.sqrt(6 / 50))),
    ("xavier_uniform", (20, 90), {"parts": 3, "layout": "keras"}, Uniform(-math.sqrt(6 / 50), math.sqrt(6 / 50))),
    ("he_normal", (90, 2, 5), {"parts": 3, "mode": "fan_out"}, Normal(0, math.sqrt(2 / 150))),
    ("he_normal", (90, 2), {"parts": 3, "mode": "fan_out", "fan_out": 8}, Normal(0, 0.5)),
    ("he_normal", (7, 90, 2), {"parts": 3, "mode": "fan_out", "in_axis": 2, "out_axis": 1, "batch_axis": 0}, Normal(0, math.sqrt(2 / 30))),
    # LoRA, matrix A: kaiming_uniform_(a=sqrt(5)) is U[-1/sqrt(n), 1/sqrt(n))
    ("kaiming_uniform", (8, 64), {"a": math.sqrt(5)}, Uniform(-0.125, 0.125)),
    ("xavier", (8, 64), {}, Uniform(-0.125, 0.125)),
]  # fmt: skip


def of(name, shape, **options):
    return distribution_of(SCHEMES[name], name, shape, options, stacklevel=1)


def parameters(law):
    return (law.low, law.high) if isinstance(law, Uniform) else (law.mean, law.std)


def test_every_scheme_has_a_law():
    named = {name for name, *_ in LAWS}
    assert named | set(OF_FANS) == SCHEMES.keys()
    assert set(NEEDED) <= named


@pytest.mark.parametrize(("name", "shape", "options", "law"), LAWS)
def test_law(name, shape, options, law):
    found = of(name, shape, **options)
    assert type(found) is type(law)
    assert parameters(found) == pytest.approx(parameters(law), rel=1e-14)
    assert Weight(shape, name, seed=1, name="w", **options).distribution == found


@pytest.mark.parametrize(
    ("name", "options", "variance"),
    [
        ("embedding_uniform", {}, 1 / 900),
        ("embedding_normal", {}, 1 / 200),
        ("depth_scaled", {"layers": 12}, 0.02**2 / 24),
        ("small_init", {"width": 200}, 2 / 1000),
        ("wang_init", {"layers": 12, "width": 200}, 4 / (144 * 200)),
        ("mup", {"role": "hidden", "width_multiplier": 8}, 0.02**2 / 8),
        ("mup", {"role": "output", "width_multiplier": 8}, 0.02**2 / 64),
        ("t_fixup", {"layers": 6, "part": "decoder"}, 2 / 500 / math.sqrt(54)),
        ("deepnet", {"layers": 18}, 2 / 500 / 12),
        ("siren", {}, 2 / 200 / 900),
        ("siren", {"first": True}, 1 / (3 * 200**2)),
    ],
)
def test_variance_of_the_values(name, options, variance):
    """Of 60,000 values; a wrong factor of 2, or of rows for dim, is some 100 standard errors."""
    values = getattr(fastinit, name)((300, 200), **options, seed=3).astype(float)
    kurtosis = 9 / 5 if isinstance(of(name, (300, 200), **options), Uniform) else 3
    error = 4.5 * math.sqrt((kurtosis - 1) / values.size)
    assert abs(np.square(values).mean() / variance - 1) < error
    assert abs(values.mean()) < 4.5 * math.sqrt(variance / values.size)


@pytest.mark.parametrize("name", [*NEEDED, "embedding_uniform", "embedding_normal", "siren"])
def test_formula_is_saved_read_and_verified(name, tmp_path):
    weight = Weight((30, 20), name, seed=4, name="w", **NEEDED.get(name, {}))
    assert json.loads(weight.to_json())["options"] == dict(weight.options)
    for again in (Weight.from_json(weight.to_json()), pickle.loads(pickle.dumps(weight))):  # noqa: S301
        assert again == weight
    made = getattr(fastinit, name)((30, 20), **NEEDED.get(name, {}), seed=4, stream="w")
    assert np.array_equal(weight[5:9], made[5:9])
    receipt = weight.save(tmp_path / "w.npy", receipt=True)
    assert receipt.weights[0].weight == weight
    assert fastinit.verify(tmp_path / "w.npy", weight)
    assert fastinit.verify(tmp_path / "w.npy", receipt=receipt)
    config = {
        "tables": {
            "w": {"shape": [30, 20], "scheme": name, "options": NEEDED.get(name, {}), "seed": 4}
        }
    }
    (tmp_path / "w.json").write_text(json.dumps(config))
    assert fastinit.read_config(tmp_path / "w.json") == [weight]


def test_padding_and_parts_of_a_table():
    """The part of a worker is made from the lengths of the whole table."""
    for name in ("embedding_uniform", "embedding_normal"):
        table = Weight((300, 20), name, seed=4, name="w", padding_idx=7)
        whole = np.asarray(table)
        assert not whole[7].any()
        assert np.array_equal(table.rows([6, 7, 299]), whole[[6, 7, 299]])
        make = getattr(fastinit, name)
        part = make((50, 20), rows=300, seed=4, stream="w", offset=200 * 20)
        assert np.array_equal(part, whole[200:250])
        codes = fastinit.quantized_rows((50, 20), name, rows=300, first_row=200, seed=4, stream="w")
        _, bias = codes[:, 20:].copy().view(np.float32).T
        assert np.array_equal(bias, whole[200:250].min(1))


ERRORS = [
    ("depth_scaled", (4, 5), {}, TypeError, r"depth_scaled_?\(\) also needs layers=, such as layers=12"),
    ("depth_scaled", (4, 5), {"layer": 2}, TypeError, "unexpected keyword argument 'layer'; did you mean 'layers'"),
    ("depth_scaled", (4, 5), {"layers": 2, "layout": "keras"}, TypeError, "argument 'layout'"),
    ("depth_scaled", (5,), {"layers": 2}, ValueError, r"two or more axes, got \(5,\); for a bias"),
    ("depth_scaled", (4, 5), {"layers": 0}, ValueError, r"layers must be an integer in \[1, 2\*\*64\), got 0"),
    ("depth_scaled", (4, 5), {"layers": 2.5}, TypeError, "layers must be an integer, got 2.5"),
    ("depth_scaled", (4, 5), {"layers": 2, "std": -1}, ValueError, "std must not be negative, got -1"),
    ("small_init", (4, 5), {"width": True}, ValueError, "width must be an integer .* got True"),
    ("wang_init", (4, 5), {"width": 5}, TypeError, "also needs layers=, such as"),
    ("mup", (4, 5), {"width_multiplier": 2}, TypeError, 'also needs role=, such as role="hidden"'),
    ("mup", (4, 5), {}, TypeError, "role=.* and width_multiplier=, such as width_multiplier=4"),
    ("mup", (4, 5), {"role": "outpt", "width_multiplier": 2}, ValueError, "did you mean 'output'"),
    ("mup", (4, 5), {"role": "input", "width_multiplier": 0}, ValueError, "width_multiplier must be above 0, got 0"),
    ("mup", (4, 5), {"role": "output", "width_multiplier": 1e-320}, ValueError, "^width_multiplier is too small .*, got 1e-320"),
    ("t_fixup", (4, 5), {"layers": 6, "part": "single"}, ValueError, "part must be one of 'encoder', 'decoder', got 'single'"),
    ("deepnet", (4, 5), {"layers": 6, "part": "encoder"}, ValueError, "decoder_layers, .* must be given"),
    ("deepnet", (4, 5), {"layers": 6, "decoder_layers": 6}, ValueError, "only then; got part='single'"),
    ("siren", (4, 5), {"omega": 0}, ValueError, "omega must be above 0, got 0"),
    ("siren", (4, 5), {"first": 2}, TypeError, "first must be True or False, got 2"),
    ("siren", (4, 5), {"first": "False"}, TypeError, "first must be True or False, got 'False'"),
    ("he_normal", (4, 5), {"truncated": "False"}, TypeError, "truncated must be True or False"),
    ("glorot_normal", (4, 5), {"truncated": 0.5}, TypeError, "truncated must be True or False"),
    ("lecun_normal", (4, 5), {"truncated": None}, TypeError, "truncated must be True or False"),
    ("embedding_uniform", (4, 5, 6), {}, ValueError, r"must be \(rows, dim\), got \(4, 5, 6\)"),
    ("embedding_uniform", (4,), {"rows": 4}, ValueError, r"must be \(rows, dim\), got \(4,\)"),
    ("embedding_normal", (4, 5), {"rows": 0}, ValueError, "rows must be an integer in"),
    ("embedding_normal", (4, 5), {"gain": -1}, ValueError, "gain must not be negative"),
    ("embedding_normal", (4, 5), {"layout": "keras"}, TypeError, "argument 'layout'"),
    ("xavier_uniform", (4, 5), {"parts": 3}, ValueError, "parts must divide the 4 outputs of the shape, got 3"),
    ("xavier_uniform", (4, 5, 3), {"parts": 3}, ValueError, "divide the 4 outputs"),
    ("xavier_uniform", (4, 5), {"parts": 0}, ValueError, "parts must be an integer in"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shape", "options", "error", "match"), ERRORS)
def test_errors_come_before_the_first_byte(name, shape, options, error, match):
    out = np.full(shape, 7, np.float32)
    generator = fastinit.Generator(1)
    with pytest.raises(error, match=match):
        getattr(fastinit, f"{name}_")(out, seed=generator, **options)
    assert (out == 7).all()
    assert np.array_equal(generator.random(3), fastinit.Generator(1).random(3))  # no stream is used
    with pytest.raises(error, match=match):
        Weight(shape, name, seed=1, name="w", **options)


@pytest.mark.parametrize("yes", [True, np.True_, 1, np.int64(1)])
def test_true_is_true_in_every_library(yes):
    siren = fastinit.Weight((4, 5), "siren", first=yes, seed=0, name="w").distribution
    assert siren == fastinit.Uniform(-0.2, 0.2)
    truncated = fastinit.he_normal((64, 8), truncated=yes, seed=0)
    assert abs(truncated).max() < 2 / 0.8796 * 0.5
    assert np.array_equal(truncated, fastinit.he_normal((64, 8), truncated=True, seed=0))
