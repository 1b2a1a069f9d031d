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
