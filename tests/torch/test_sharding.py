"""Shards: real ranks over gloo, TorchRec's own plans, and PyTorch's own cuts as the reference."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard
from torch.distributed.tensor.placement_types import _StridedShard
from torch.testing._internal.distributed.fake_pg import FakeStore

import fastinit
import fastinit.torch as fi
from fastinit.torch.placements import Split, boxes_of, runs_of, shard

WORKER = Path(__file__).with_name("distributed_worker.py")


TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--no-python")
PYTHON = (sys.executable, "-W", "ignore")


def run_ranks(*command, folder):
    """Run a command that starts ranks; return the step and the number of ranks of each one."""
    result = subprocess.run(
        command,
        env=os.environ | {"OMP_NUM_THREADS": "1", "TORCH_LOGS": "-all", "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return sorted(re.findall(r"compared (\w+:\d)", result.stdout))


@pytest.mark.slow
def test_any_number_of_ranks_and_checkpoints_between_them(tmp_path):
    """1 to 4 ranks make the same tensors; what each number saved, another number loads."""
    steps = [f"fill:{ranks}" for ranks in (1, 2, 3, 4)]
    compared = run_ranks(*PYTHON, WORKER, tmp_path, *steps, "load:3", folder=tmp_path)
    assert compared == sorted(
        [*(each for each in steps for _ in range(int(each[-1]))), *["load:3"] * 3]
    )
    assert len(list(tmp_path.glob("from*"))) == 4
    two = (*TORCHRUN, "--nproc-per-node", "2", *PYTHON)
    assert run_ranks(*two, WORKER, tmp_path, "load", folder=tmp_path) == ["load:2"] * 2


@pytest.mark.parametrize("interleaved", [1, 2, 3])
def test_runs_are_pytorchs_cuts(interleaved):
    for size, shards in product(range(1, 20), (1, 2, 3, 4, 7)):
        placement = _StridedShard(0, split_factor=interleaved)
        cut = placement._split_tensor  # noqa: SLF001 - what there is to compare with
        expected, _ = cut(torch.arange(size), shards, with_padding=False)
        for number in range(shards):
            runs = shard((range(size),), Split(0, shards, number, interleaved))
            assert [index for run in runs for index in run] == expected[number].tolist()


def test_runs_do_not_grow_with_the_tensor():
    (rows, columns) = runs_of((1 << 60, 128), [Split(0, 1000, 999), Split(0, 3, 1), Split(1, 2, 1)])
    assert len(rows) == 1
    assert columns == (range(64, 128),)


def test_boxes_cover_a_shard_once():
    whole = torch.arange(11 * 6).reshape(11, 6)
    axes = runs_of(whole.shape, [Split(0, 2, 1, 2), Split(1, 2, 0, 3)])
    rows, columns = ([index for run in runs for index in run] for runs in axes)
    expected = whole[rows][:, columns]
    found = torch.full_like(expected, -1)
    for place, box in boxes_of(axes):
        assert (found[place] == -1).all()
        found[place] = whole[box]
    assert torch.equal(found, expected)


@pytest.fixture
def four_ranks():
    """Rank 2 of 4, of which the others do not exist: PyTorch's own stand-in for tests."""
    dist.init_process_group("fake", rank=2, world_size=4, store=FakeStore())
    yield
    dist.destroy_process_group()


def dtensor(shape, mesh_shape, placements, dtype=torch.float32):
    mesh = init_device_mesh("cpu", mesh_shape)
    return torch.distributed.tensor.empty(
        *shape, dtype=dtype, device_mesh=mesh, placements=placements
    )


@pytest.mark.usefixtures("four_ranks")
class TestOneRank:
    """What one rank does, and what it refuses."""

    def test_threads_strides_and_version(self):
        weight = fastinit.Weight((4000, 300), "he_normal", seed=1, name="w")
        tensor = dtensor((4000, 300), (4,), [Shard(1)])
        version = tensor.to_local()._version  # noqa: SLF001
        fi.init_dtensor_(tensor, weight, threads=2)
        assert np.array_equal(tensor.to_local().numpy(), weight[:, 150:225])
        assert tensor.to_local()._version > version  # noqa: SLF001

        turned = DTensor.from_local(torch.empty(300, 1000).t(), tensor.device_mesh, [Shard(0)])
        fi.init_dtensor_(turned, weight)
        assert np.array_equal(turned.to_local().numpy(), weight[2000:3000])

    def test_a_parameter_that_requires_grad(self):
        weight = fastinit.Weight((8, 3), fastinit.Normal(), seed=1, name="w")
        tensor = torch.nn.Parameter(dtensor((8, 3), (4,), [Shard(0)]))
        fi.init_dtensor_(tensor, weight)
        assert np.array_equal(tensor.to_local().detach().numpy(), weight[4:6])

    def test_no_axes_and_no_elements(self):
        weight = fastinit.Weight((), fastinit.Normal(), seed=1, name="w")
        tensor = dtensor((), (4,), [Replicate()])
        fi.init_dtensor_(tensor, weight)
        assert tensor.to_local().item() == weight[()]
        nothing = fastinit.Weight((2, 3), fastinit.Normal(), seed=1, name="w")
        fi.init_dtensor_(dtensor((2, 3), (4,), [Shard(0)]), nothing)

    def test_a_rank_outside_the_mesh_writes_nothing(self):
        weight = fastinit.Weight((4, 3), fastinit.Normal(), seed=1, name="w")
        mesh = dist.device_mesh.DeviceMesh("cpu", [0, 1])
        tensor = torch.distributed.tensor.zeros(4, 3, device_mesh=mesh, placements=[Shard(0)])
        assert fi.init_dtensor_(tensor, weight) is tensor

    def test_refused(self):
        weight = fastinit.Weight((8, 3), fastinit.Normal(), seed=1, name="w")
        with pytest.raises(TypeError, match=r"expected a DTensor, got Tensor: use weight\.fill"):
            fi.init_dtensor_(torch.empty(8, 3), weight)
        with pytest.raises(ValueError, match=r"has the shape \(8, 4\), and the weight \(8, 3\)"):
            fi.init_dtensor_(dtensor((8, 4), (4,), [Shard(0)]), weight)
        with pytest.raises(TypeError, match=r"torch.float64, and the weight is float32"):
            fi.init_dtensor_(dtensor((8, 3), (4,), [Shard(0)], torch.float64), weight)
        mesh = init_device_mesh("cpu", (4,))
        partial = DTensor.from_local(torch.zeros(8, 3), mesh, [Partial()])
        with pytest.raises(ValueError, match="no values of its own: redistribute"):
            fi.init_dtensor_(partial, weight)
        assert not partial.to_local().any()
        meta = DTensor.from_local(torch.empty(2, 3, device="meta"), mesh, [Shard(0)])
        with pytest.raises(ValueError, match="meta device: give it memory with to_empty"):
            fi.init_dtensor_(meta, weight)


def test_shards_by_offsets_are_checked():
    weight = fastinit.Weight((10, 4), fastinit.Normal(), seed=3, name="w")
    with pytest.raises(ValueError, match="indices 8 to 12 of axis 0, and the weight has 10"):
        fi.init_shard_(torch.empty(4, 4), weight, (8, 0))
    with pytest.raises(ValueError, match="2 axes, the weight 2, and 1 offsets"):
        fi.init_shard_(torch.empty(4, 4), weight, (8,))
    with pytest.raises(TypeError, match=r"the tensor is torch\.int32"):
        fi.init_shard_(torch.empty(4, 4, dtype=torch.int32), weight, (0, 0))


def torchrec_plans(tables, world):
    """TorchRec's own row-wise, column-wise and table-wise plans: offsets, sizes and ranks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its dependencies, on import
        import torchrec  # noqa: PLC0415
        from torchrec.distributed.embeddingbag import (  # noqa: PLC0415
            EmbeddingBagCollectionSharder,
        )
        from torchrec.distributed.sharding_plan import (  # noqa: PLC0415
            column_wise,
            construct_module_sharding_plan,
            row_wise,
            table_wise,
        )
    collection = torchrec.EmbeddingBagCollection(
        device=torch.device("meta"),
        tables=[
            torchrec.EmbeddingBagConfig(
                name=name, num_embeddings=rows, embedding_dim=dim, feature_names=[name]
            )
            for name, (rows, dim) in tables.items()
        ],
    )
    halves = column_wise(ranks=[rank % world for rank in range(2)])
    ways = dict(zip(tables, (row_wise(), halves, table_wise(rank=world - 1)), strict=True))
    plan = construct_module_sharding_plan(
        collection, ways, EmbeddingBagCollectionSharder(), world, world, "cpu"
    )
    return {name: each.sharding_spec.shards for name, each in plan.items()}


@pytest.mark.slow
def test_init_module_fills_what_distributed_model_parallel_made(tmp_path):
    """One rank and three: row-wise, table-wise, column-wise and data-parallel, bit for bit."""
    compared = run_ranks(*PYTHON, WORKER, tmp_path, "tables:1", "tables:3", folder=tmp_path)
    assert compared == ["tables:1", *["tables:3"] * 3]


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_torchrec_plans(world):
    """Shards that TorchRec plans are parts of one table, whatever the number of ranks."""
    tables = {"by_row": (1000, 64), "by_column": (37, 64), "by_table": (50, 64)}
    for name, shards in torchrec_plans(tables, world).items():
        weight = fastinit.Weight(tables[name], "xavier", seed=5, name=name)
        whole = torch.full(tables[name], math.nan)
        for each in shards:
            local = torch.empty(each.shard_sizes)
            fi.init_shard_(local, weight, each.shard_offsets)
            (top, left), (height, width) = each.shard_offsets, each.shard_sizes
            whole[top : top + height, left : left + width] = local
        assert whole.numpy().tobytes() == weight[:].tobytes()


def test_what_torchrecs_own_way_gives():
    """Its init_fn gets a local shard and no offset: shards repeat, and depend on their number."""
    made = {}
    for world in (2, 4):
        shards = torchrec_plans({"a": (64, 8), "b": (8, 8), "c": (8, 8)}, world)["a"]
        parts = []
        for each in shards:
            torch.manual_seed(0)
            parts.append(torch.nn.init.normal_(torch.empty(each.shard_sizes)))
        assert torch.equal(parts[0], parts[1])
        made[world] = torch.cat(parts)
    assert not torch.equal(made[2], made[4])
