"""TorchRec: embedding tables, and the models for recommendation that are built on them."""

from __future__ import annotations

import warnings

import pytest
import torch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # FBGEMM's own, of modules that its CPU build lacks
    from torchrec.models import deepfm, dlrm
    from torchrec.modules import crossnet, embedding_configs, embedding_modules, mlp
    from torchrec.modules.deepfm import DeepFM

from fastinit.torch import init_module, recipes
from tests.real.construction import check_construction


def tables(kind, **options):
    return [
        kind(
            name=f"t{rows}",
            embedding_dim=16,
            num_embeddings=rows,
            feature_names=[f"f{rows}"],
            **options,
        )
        for rows in (100, 300)
    ]


def bags(**options):
    return embedding_modules.EmbeddingBagCollection(
        tables(embedding_configs.EmbeddingBagConfig, **options)
    )


def dense(*sizes):
    return torch.nn.Sequential(mlp.MLP(sizes[0], list(sizes[1:])))


MODELS = {
    "EmbeddingBagCollection": bags,
    "EmbeddingBagCollection, bounds": lambda: bags(weight_init_min=-0.5, weight_init_max=0.25),
    "EmbeddingBagCollection, init_fn": lambda: bags(init_fn=lambda t: torch.nn.init.normal_(t, std=0.3)),
    "EmbeddingBagCollection, float16": lambda: bags(data_type=embedding_configs.DataType.FP16),
    "EmbeddingCollection": lambda: embedding_modules.EmbeddingCollection(
        tables(embedding_configs.EmbeddingConfig)
    ),
    "DLRM": lambda: dlrm.DLRM(bags(), 13, [32, 16], [32, 16, 1]),
    "DLRM_Projection": lambda: dlrm.DLRM_Projection(
        bags(), 13, [32, 16], [32, 16, 1], [32, 64], [32, 64]
    ),
    "DLRM_DCN": lambda: dlrm.DLRM_DCN(bags(), 13, [32, 16], [32, 16, 1], 2, 8),
    "SimpleDeepFMNN": lambda: deepfm.SimpleDeepFMNN(13, bags(), 32, 8),
    "DeepFM": lambda: DeepFM(dense(48, 32, 8)),
    "LowRankCrossNet": lambda: crossnet.LowRankCrossNet(32, 2, 8),
    "VectorCrossNet": lambda: crossnet.VectorCrossNet(200, 2),
    "LowRankMixtureCrossNet": lambda: crossnet.LowRankMixtureCrossNet(32, 2, 2, 8),
    "MLP": lambda: mlp.MLP(32, [32, 16]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_construction(name):
    assert check_construction(MODELS[name]) >= 200


@pytest.mark.parametrize("name", ["DLRM", "DLRM_DCN"])
def test_the_recipe_fills_a_whole_model(name):
    """Tables by their rows, matrices and cross layers by their fans, biases with 0."""
    model = MODELS[name]()
    kept = {"inter_arch.triu_indices": None} if name == "DLRM" else {}  # a buffer of indices
    report = init_module(model, seed=0, schemes=kept | recipes.dlrm())
    parameters = dict(model.named_parameters())
    assert len(report.filled) == len(parameters)
    for key, parameter in parameters.items():
        values = parameter.detach()
        if ".bias" in key:
            assert not values.any(), key
        elif "embedding_bags" in key:
            bound = len(values) ** -0.5
            assert 0.95 * bound < float(values.abs().max()) <= bound, key
        else:
            std = (2 / sum(values.shape)) ** 0.5
            assert float(values.std()) == pytest.approx(std, rel=6 / values.numel() ** 0.5), key
    assert any("_kernels." in key for key in parameters) == (name == "DLRM_DCN")
