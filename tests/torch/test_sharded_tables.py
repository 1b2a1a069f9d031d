"""The tables that `DistributedModelParallel` leaves in a module, without TorchRec: test_sharding has the real ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed._shard import shard_parameter
from torch.distributed._shard.sharding_spec import ChunkShardingSpec
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

import fastinit
import fastinit.torch
from fastinit.torch import init_module

pytestmark = pytest.mark.once

SHAPE, NAME = (10, 4), "embedding_bags.user.weight"


def shard(tensor, *offsets):
    return SimpleNamespace(tensor=tensor, metadata=SimpleNamespace(shard_offsets=list(offsets)))


def collection(parameter=None, *, shards=None, wrapped=()):
    """Return what TorchRec makes of a collection with one table."""
    module = "torchrec.distributed.embeddingbag"
    made = type("ShardedEmbeddingBagCollection", (nn.Module,), {"__module__": module})()
    table = nn.Module()
    empty = nn.Parameter(torch.empty(0))  # what TorchRec holds where a rank has none
    table.register_parameter("weight", empty if parameter is None else parameter)
    made.embedding_bags = nn.ModuleDict({"user": table})
    held = {
        "_name_to_table_size": {"user": SHAPE},
        "_model_parallel_name_to_local_shards": {} if shards is None else {"user": shards},
        "_model_parallel_name_to_shards_wrapper": {
            "user": {
                "local_tensors": [tensor for tensor, _ in wrapped],
                "local_offsets": [offsets for _, offsets in wrapped],
            }
        },
    }
    for key, value in held.items():
        setattr(made, key, value)
    return made


def whole(scheme="embedding_uniform", dtype="float32"):
    return fastinit.Weight(SHAPE, scheme, seed=7, name=NAME, dtype=dtype)[...]


def check(made, boxes):
    """Fill, and compare each box with its part of the whole."""
    report = init_module(made, seed=7, schemes="embedding_uniform")
    assert report.filled == (NAME,)
    for tensor, (row, column) in boxes:
        part = whole()[row : row + tensor.shape[0], column : column + tensor.shape[1]]
        assert np.array_equal(tensor.detach().numpy(), part)


def test_shards_of_one_rank_of_which_it_may_have_several_or_none():
    upper, lower = torch.empty(3, 2), torch.empty(3, 2)
    boxes = [(upper, (2, 0)), (lower, (7, 2)), (torch.empty(0, 4), (10, 0))]
    check(collection(shards=[shard(tensor, *place) for tensor, place in boxes]), boxes)
    check(collection(shards=[]), [])


def test_shards_that_are_parts_of_a_dtensor():
    boxes = [(torch.empty(5, 4), (5, 0))]
    check(collection(shards=[], wrapped=boxes), boxes)


def test_a_table_that_each_rank_has():
    parameter = nn.Parameter(torch.empty(SHAPE))
    version = parameter._version  # noqa: SLF001
    check(collection(parameter), [(parameter, (0, 0))])
    assert parameter._version > version  # noqa: SLF001


def test_a_structured_scheme_is_that_of_the_whole():
    box = torch.empty(4, 3, dtype=torch.bfloat16)
    init_module(collection(shards=[shard(box, 6, 1)]), seed=7, schemes="orthogonal")
    expected = fastinit.orthogonal(SHAPE, seed=7, stream=NAME, dtype="bfloat16")[6:, 1:]
    assert box.view(torch.int16).numpy().tobytes() == expected.tobytes()


@pytest.mark.filterwarnings("ignore")  # PyTorch has deprecated them
@pytest.mark.parametrize("scheme", ["orthogonal", "embedding_normal", 0.5])
def test_the_padding_row_of_a_sharded_tensor_is_zero(scheme):
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        tables = [nn.Embedding(6, 4, padding_idx=2) for _ in range(2)]
        shard_parameter(tables[0], "weight", ChunkShardingSpec(0, ["rank:0/cpu"]))
        for table in tables:
            init_module(table, seed=7, schemes=scheme)
        (local,) = tables[0].weight.local_shards()
        assert not local.tensor[2].any()
        assert torch.equal(local.tensor, tables[1].weight)
    finally:
        dist.destroy_process_group()


def test_the_padding_row_of_a_dtensor_of_complex_numbers_is_zero():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        table = nn.Embedding(6, 4, padding_idx=2, dtype=torch.complex64)
        mesh = init_device_mesh("cpu", (1,))
        table.weight = nn.Parameter(distribute_tensor(table.weight, mesh, [Shard(0)]))
        init_module(table, seed=7, schemes=0.5)
        local = table.weight.to_local().detach()
        assert (local == 0.5).all(1).tolist() == [True, True, False, True, True, True]
        assert not local[2].any()
    finally:
        dist.destroy_process_group()


@pytest.mark.parametrize(
    ("box", "error", "text"),
    [
        (shard(object(), 0, 0), TypeError, f"{NAME}.*outside of memory, as a object"),
        (shard(torch.zeros(6, 4), 5, 0), ValueError, r"\(6, 4\) at \(5, 0\) is not inside \(10, 4\)"),
        (shard(torch.zeros(1, 4).expand(5, 4), 0, 0), TypeError, "a shard of it cannot be filled"),
        (shard(torch.zeros(5, 4, dtype=torch.uint8), 0, 0), TypeError, r"got torch\.uint8"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["embedding_uniform", "orthogonal"])
def test_what_cannot_be_filled_is_an_error_before_anything_is_written(scheme, box, error, text):
    good = torch.zeros(5, 4)
    with pytest.raises(error, match=text):
        init_module(
            nn.ModuleList([collection(shards=[shard(good, 0, 0)]), collection(shards=[box])]),
            seed=7,
            schemes=scheme,
            name=lambda name: NAME if name.startswith("1.") else name,
        )
    assert not good.any()


@pytest.mark.filterwarnings("ignore")  # PyTorch has deprecated them
def test_a_sharded_tensor_of_pytorch():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        layer = nn.Linear(4, 10, bias=False)
        shard_parameter(layer, "weight", ChunkShardingSpec(0, ["rank:0/cpu"]))
        report = init_module(layer, seed=7, schemes="he_normal", prefix="encoder.")
        assert report.filled == ("encoder.weight",)
        (local,) = layer.weight.local_shards()
        weight = fastinit.Weight((10, 4), "he_normal", seed=7, name="encoder.weight")
        assert np.array_equal(local.tensor.detach().numpy(), weight[...])
    finally:
        dist.destroy_process_group()
