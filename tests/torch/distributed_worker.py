"""Ranks of tests/torch/test_sharding.py: each fills its shards, gathers, and compares with the whole.

    distributed_worker.py FOLDER STEP:RANKS...   # one after another, each with so many ranks
    torchrun ... distributed_worker.py FOLDER STEP

The first form imports PyTorch once and forks the ranks; torchrun starts a Python for each rank. Exits
with an error where a bit differs.
"""

from __future__ import annotations

import math
import os
import sys
import traceback
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor, empty
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

import fastinit
import fastinit.torch as fi

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}


def bits(tensor):
    # Of a copy: FSDP1 could not resize a storage that NumPy has seen.
    return tensor.detach().clone().contiguous().view(-1).view(torch.uint8).numpy().tobytes()


def whole(weight):
    return np.asarray(weight).tobytes()


def meshes(world):
    """Every way to arrange the ranks along one, two or three axes."""
    shapes = [(world,)]
    shapes += [(n, world // n) for n in range(1, world + 1) if world % n == 0]
    if world == 4:
        shapes.append((2, 1, 2))
    return shapes


def check_placements(world):
    """Every placement of a tensor with uneven axes; the tensor is what one process makes."""
    choices = [Replicate(), Shard(0), Shard(1), Shard(2)]
    for shape in meshes(world):
        mesh = init_device_mesh("cpu", shape)
        for number in range(len(choices) ** len(shape)):
            placements = [
                choices[number // len(choices) ** axis % len(choices)] for axis in range(len(shape))
            ]
            name = ["float32", "bfloat16", "float64"][number % 3]
            weight = fastinit.Weight(
                (7, 5, 3), "he_normal", seed=number, name="w", dtype=name, padding_idx=6
            )
            tensor = empty(7, 5, 3, dtype=DTYPES[name], device_mesh=mesh, placements=placements)
            assert fi.init_dtensor_(tensor, weight) is tensor
            assert bits(tensor.full_tensor()) == whole(weight), (shape, placements)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(37, 8, padding_idx=3)
        self.up = torch.nn.Linear(8, 13)
        self.down = torch.nn.Linear(13, 8)
        self.norm = torch.nn.BatchNorm1d(8)


SCHEMES = {
    "up.weight": "orthogonal",
    "norm.weight": fastinit.Normal(),
    "*.weight": "he_normal",
    "*.bias": fastinit.Uniform(-0.1, 0.1),
}


def expected_of(module):
    """What init_module gives the module in one process, by name."""
    fi.init_module(module, seed=11, schemes=SCHEMES)
    return {name: bits(value) for name, value in module.named_parameters()}


def check_modules(world, folder):
    """FSDP2, and tensor parallelism under it, from the meta device; then a checkpoint."""
    expected = expected_of(Block())
    start = {name: bits(value) for name, value in Block().named_buffers()}
    plans = [(init_device_mesh("cpu", (world,)), None)]
    for first, second in (shape for shape in meshes(world) if len(shape) == 2):
        mesh = init_device_mesh("cpu", (first, second), mesh_dim_names=("data", "model"))
        plans.append((mesh["data"], mesh["model"]))
    for data, model in plans:
        with torch.device("meta"):
            block = Block()
        if model is not None:
            parallelize_module(
                block,
                model,
                {"table": RowwiseParallel(), "up": ColwiseParallel(), "down": RowwiseParallel()},
            )
        fully_shard(block, mesh=data)
        block.to_empty(device="cpu")
        for value in block.buffers():
            value.fill_(77)
        check_that_nothing_is_left_out(block)
        report = fi.init_module(block, seed=11, schemes=SCHEMES)
        assert report.filled == tuple(expected)
        assert [name for name, _ in report.buffers] == list(start)
        assert {name: bits(value) for name, value in block.named_buffers()} == start
        for name, value in block.named_parameters():
            assert isinstance(value, DTensor)
            assert bits(value.full_tensor()) == expected[name], (name, value.placements)
    dcp.save(dict(block.named_parameters()), checkpoint_id=str(folder / f"from{world}"))


def check_that_nothing_is_left_out(block):
    """A parameter that no pattern matches is an error on every rank."""
    assert "'up.bias': a parameter of" in error_of(block, {"*.weight": 0.5})


def error_of(module, schemes):
    try:
        fi.init_module(module, seed=11, schemes=schemes)
    except ValueError as error:
        return str(error)
    return "none"


def check_fsdp1(world):
    """FSDP1 has flat parts, which are refused; the whole parameters, while gathered, are filled."""
    expected = expected_of(Block())
    for original in (True, False):
        block = Block()
        block.up = FullyShardedDataParallel(
            block.up, use_orig_params=original, device_id=torch.device("cpu")
        )
        block = FullyShardedDataParallel(
            block, use_orig_params=original, device_id=torch.device("cpu")
        )
        if world > 1 or not original:  # alone, and under their own names, they are whole
            before = [bits(value) for value in block.parameters()]
            assert "summon_full_params" in error_of(block, {"*": 0.5})
            assert [bits(value) for value in block.parameters()] == before
        with FullyShardedDataParallel.summon_full_params(block):
            report = fi.init_module(block, seed=11, schemes=SCHEMES)
            assert report.filled == tuple(expected)
        with FullyShardedDataParallel.summon_full_params(block):
            found = [bits(value) for value in block.parameters()]
            assert found == list(expected.values())


def check_checkpoints(world, folder):
    """What other numbers of ranks saved loads here, with the same bits."""
    expected = expected_of(Block())
    mesh = init_device_mesh("cpu", (world,))
    for saved in folder.glob("from*"):
        loaded = {
            name: distribute_tensor(torch.zeros_like(value.detach()), mesh, [Shard(0)])
            for name, value in Block().named_parameters()
        }
        dcp.load(loaded, checkpoint_id=str(saved))
        for name, value in loaded.items():
            assert bits(value.full_tensor()) == expected[name], (saved, name)


def check_plans(rank, world):
    """Row-wise, column-wise and table-wise shards as TorchRec describes them: offsets and sizes."""
    weight = fastinit.Weight((29, 12), "xavier", seed=5, name="t")
    target = np.asarray(weight)
    rows = math.ceil(29 / world)
    plans = [((min(rank * rows, 29), 0), (max(0, min(rows, 29 - rank * rows)), 12))]
    if 12 % world == 0:
        plans.append(((0, rank * 12 // world), (29, 12 // world)))
    plans.append(((0, 0), (29, 12)) if rank == world - 1 else ((0, 0), (0, 12)))
    for offsets, sizes in plans:
        local = torch.full(sizes, math.nan)
        fi.init_shard_(local, weight, offsets)
        box = tuple(slice(start, start + size) for start, size in zip(offsets, sizes, strict=True))
        assert local.numpy().tobytes() == target[box].tobytes()


#: So long a rank waits for one that has failed.
TIMEOUT = timedelta(seconds=120)


def run_rank(folder, step, **group):
    """Do one rank's part of a step, and end the process."""
    dist.init_process_group("gloo", timeout=TIMEOUT, **group)
    rank, world = dist.get_rank(), dist.get_world_size()
    if step == "fill":
        check_placements(world)
        check_plans(rank, world)
        check_modules(world, folder)
        check_fsdp1(world)
    elif step == "tables":
        sys.modules["torchrec_checks"].check_tables(rank, world)
    else:
        check_checkpoints(world, folder)
    print(f"compared {step}:{world}", flush=True)  # noqa: T201 - counted by the test
    dist.barrier()
    dist.destroy_process_group()
    # Not by the interpreter's finalization: gloo's threads outlive the group, which DTensor's caches
    # hold, and one that lets go of a tensor then aborts the process (pytorch/pytorch#190489; seen in
    # 1 of 44 runs on busy cores).
    os._exit(0)


def fork_rank(folder, step, rank, ranks):
    """Return the number of a child that does one rank's part."""
    child = os.fork()
    if child == 0:
        try:
            store = dist.FileStore(str(folder / f"store-{step}-{ranks}"), ranks)
            run_rank(folder, step, store=store, rank=rank, world_size=ranks)
        except BaseException:  # noqa: BLE001 - a child must not go on with the parent's work
            traceback.print_exc()
        os._exit(1)
    return child


def main():
    folder, steps = Path(sys.argv[1]), sys.argv[2:]
    if "RANK" in os.environ:
        run_rank(folder, *steps)
    if any(each.startswith("tables") for each in steps):
        import torchrec_checks  # noqa: F401, PLC0415 - slow to import, and once for all ranks
    for each in steps:
        step, ranks = each.split(":")
        children = [fork_rank(folder, step, rank, int(ranks)) for rank in range(int(ranks))]
        statuses = [os.waitpid(child, 0)[1] for child in children]
        if any(statuses):
            sys.exit(f"a rank of {each} failed")


if __name__ == "__main__":
    main()
