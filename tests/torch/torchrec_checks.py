"""What a rank of distributed_worker.py checks of models of TorchRec after `DistributedModelParallel`."""

from __future__ import annotations

import numpy as np
import torch
import torch.distributed as dist
import torchrec
from torch import nn
from torchrec.distributed import DistributedModelParallel
from torchrec.distributed.embedding import EmbeddingCollectionSharder
from torchrec.distributed.embeddingbag import EmbeddingBagCollectionSharder
from torchrec.distributed.sharding_plan import (
    column_wise,
    construct_module_sharding_plan,
    data_parallel,
    row_wise,
    table_wise,
)
from torchrec.distributed.types import ShardingEnv, ShardingPlan

import fastinit
import fastinit.torch

ROWS, DIM = {"rows": 101, "whole": 50, "columns": 60, "copies": 40}, 16
KINDS = {
    "embedding_bags": (
        torchrec.EmbeddingBagCollection,
        torchrec.EmbeddingBagConfig,
        EmbeddingBagCollectionSharder,
    ),
    "embeddings": (
        torchrec.EmbeddingCollection,
        torchrec.EmbeddingConfig,
        EmbeddingCollectionSharder,
    ),
}
DTYPES = {"float32": torchrec.DataType.FP32, "float16": torchrec.DataType.FP16}
SCHEMES = {"dense.weight": "he_normal", "*.bias": "zeros"}


class Model(nn.Module):
    def __init__(self, collection, config, dtype):
        super().__init__()
        self.dense = nn.Linear(8, 8)
        tables = [
            config(
                name=name,
                embedding_dim=DIM,
                num_embeddings=rows,
                feature_names=[f"{name}_id"],
                data_type=DTYPES[dtype],
            )
            for name, rows in ROWS.items()
        ]
        self.sparse = collection(tables=tables, device=torch.device("meta"))


def sharded(kind, dtype, world):
    """Return the model of this rank: each table is sharded in another way."""
    collection, config, sharder_of = KINDS[kind]
    model, sharder, last = Model(collection, config, dtype), sharder_of(), world - 1
    ways = {
        "rows": row_wise(),
        "whole": table_wise(rank=last),
        "columns": column_wise(ranks=[last, last, 0, last]),
        "copies": data_parallel(),
    }
    plan = construct_module_sharding_plan(
        model.sparse, ways, sharder=sharder, local_size=world, world_size=world, device_type="cpu"
    )
    return DistributedModelParallel(
        model,
        env=ShardingEnv.from_process_group(dist.group.WORLD),
        device=torch.device("cpu"),
        plan=ShardingPlan({"sparse": plan}),
        sharders=[sharder],
    )


def check_shards(model, kind, scheme, dtype):
    """Compare each shard with its part of the table; return how many elements each table has here."""
    state, elements = model.state_dict(), {}
    for name, rows in ROWS.items():
        key = f"sparse.{kind}.{name}.weight"
        if scheme == "orthogonal":
            whole = fastinit.orthogonal((rows, DIM), seed=7, stream=key, dtype=dtype)
        else:
            whole = fastinit.Weight((rows, DIM), scheme, seed=7, name=key, dtype=dtype)[...]
        shards = [(state[key], (0, 0))]
        if name != "copies":
            shards = [
                (each.tensor, each.metadata.shard_offsets) for each in state[key].local_shards()
            ]
        for tensor, (row, column) in shards:
            part = whole[row : row + tensor.shape[0], column : column + tensor.shape[1]]
            assert tensor.detach().numpy().tobytes() == np.ascontiguousarray(part).tobytes(), key
        elements[name] = sum(tensor.numel() for tensor, _ in shards)
    return elements


def check_lookups(model):
    """The kernels of FBGEMM read the values: a lookup gives rows of the whole tables."""
    ids = dict.fromkeys(ROWS, 3) | {"rows": 95}
    features = torchrec.KeyedJaggedTensor(
        [f"{name}_id" for name in ROWS],
        torch.tensor(list(ids.values())),
        lengths=torch.ones(len(ids), dtype=torch.int),
    )
    found = model.module.sparse(features).wait().to_dict()
    for name, row in ids.items():
        key = f"sparse.embedding_bags.{name}.weight"
        table = fastinit.Weight((ROWS[name], DIM), "embedding_uniform", seed=7, name=key)
        assert np.array_equal(found[f"{name}_id"][0].detach().numpy(), table[row]), key


def check_tables(rank, world):
    length = -(-ROWS["rows"] // world)
    rows = max(0, min(length, ROWS["rows"] - rank * length))
    expected = {
        "rows": rows * DIM,
        "whole": ROWS["whole"] * DIM * (rank == world - 1),
        "columns": ROWS["columns"] * DIM // 4 * [world - 1, world - 1, 0, world - 1].count(rank),
        "copies": ROWS["copies"] * DIM,
    }
    for kind, dtype, scheme in (
        ("embedding_bags", "float32", "embedding_uniform"),
        ("embedding_bags", "float32", "orthogonal"),
        ("embeddings", "float16", "embedding_normal"),
    ):
        model = sharded(kind, dtype, world)
        report = fastinit.torch.init_module(model, seed=7, schemes={"sparse.*": scheme, **SCHEMES})
        names = [f"sparse.{kind}.{name}.weight" for name in ROWS]
        assert report.filled == ("dense.weight", "dense.bias", *names)
        assert check_shards(model, kind, scheme, dtype) == expected
        if scheme == "embedding_uniform":
            check_lookups(model)
