"""Modules and shards of PyTorch on a GPU. The GPU is tests/support/fake_gpu.py.

There are no tensors on a GPU here: those of the CPU are taken for some.
"""

import sys

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate, Shard
from torch.distributed.tensor._utils import compute_local_shape_and_global_offset
from torch.testing._internal.distributed.fake_pg import FakeStore

import fastinit
import fastinit.torch as init
from fastinit._engine import copies
from fastinit._engine.cuda import fills
from fastinit._memory import devices
from fastinit.torch import fills as torch_fills
from fastinit.torch import memory, obstacles, operators, parameter_fills, sharding
from tests.support.fake_gpu import OnGPU

pytestmark = pytest.mark.once

STREAM = 9


@pytest.fixture
def tensors_are_on_the_gpu(gpu, monkeypatch):
    def device_memory(tensor):
        storage = tensor.untyped_storage()
        gpu.memory.append((storage.data_ptr(), storage.data_ptr() + storage.nbytes(), 0, storage))
        return devices._of_checked_tensor(tensor.detach(), STREAM)  # noqa: SLF001

    for each in (sharding, parameter_fills, obstacles, torch_fills):
        monkeypatch.setattr(each, "device_memory", device_memory)


def test_tensors_of_the_cpu_are_not_on_a_gpu():
    assert memory.device_memory(torch.zeros(3)) is None


def test_kernels_are_there_if_all_parts_fit(gpu, monkeypatch):
    values = np.zeros(3, np.float32)
    array = devices.device_array(OnGPU(gpu, values))
    assert fills.can_fill(array)
    gpu.compiler.version = (14, 0)
    assert not fills.can_fill(array)
    gpu.compiler.version = (13, 5)
    gpu.compiler.known = [90]
    assert not fills.can_fill(array)
    monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", None)
    assert not fills.can_fill(array)


@pytest.mark.parametrize("lacks", ["package", "compiler", "new driver", "kernels for its GPU"])
def test_without_kernels_tensors_are_filled_by_copies(gpu, monkeypatch, lacks):
    """The copies are those of PyTorch, here from the CPU to the CPU."""
    if lacks == "package":
        monkeypatch.setitem(sys.modules, "cuda.bindings.driver", None)
    elif lacks == "compiler":
        monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", None)
    elif lacks == "new driver":
        gpu.version = 12040
    else:
        gpu.attributes |= {"major": 6, "minor": 1}
    describe = devices._of_checked_tensor  # noqa: SLF001
    monkeypatch.setattr(devices, "_of_tensor", lambda t: describe(t, STREAM))
    monkeypatch.setattr(copies, "BLOCK_BYTES", 100)
    memory = torch.zeros(2, 7, 40)
    gpu.memory.append((memory.data_ptr(), memory.data_ptr() + memory.nbytes, 0, memory))
    made, expected = memory
    weight = fastinit.Weight((100, 20), "xavier", seed=0, name="w", padding_idx=41)
    ids = torch.tensor([3, 41, 99, 3, 0, 41, 7])
    gpu.memory.append((ids.data_ptr(), ids.data_ptr() + ids.nbytes, 0, ids))
    fastinit.normal_(made.T[3:], seed=1)
    weight.rows(ids, out=made[:, ::2])
    with pytest.raises(IndexError, match=r"must be in \[0, 100\), got 192"):
        weight.rows(ids + 93, out=made[:, ::2])
    monkeypatch.setattr(devices, "_of_tensor", lambda _: None)
    fastinit.normal_(expected.T[3:], seed=1)
    weight.rows(ids, out=expected[:, ::2])
    assert torch.equal(made, expected)
    assert gpu.launches == []


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
def test_shards_are_filled_where_they_lie(gpu):
    weight = fastinit.Weight((100, 8), "xavier", seed=0, name="w", padding_idx=41, dtype="bfloat16")
    local = torch.zeros(20, 4, dtype=torch.bfloat16)
    version = local._version  # noqa: SLF001
    assert init.init_shard_(local, weight, (40, 2)) is local
    assert local._version > version  # noqa: SLF001
    assert local.view(torch.uint16).numpy().tobytes() == weight[40:60, 2:6].tobytes()
    assert {stream for *_, stream, _ in gpu.launches} == {STREAM}


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
@pytest.mark.parametrize(
    ("mesh", "placements"),
    [((4,), [Shard(0)]), ((4,), [Shard(1)]), ((2, 2), [Shard(0), Shard(1)]), ((4,), [Replicate()])],
)
def test_the_shard_of_a_dtensor_is_filled_where_it_lies(gpu, mesh, placements):
    """Rank 2 of 4, of which the others do not exist."""
    dist.init_process_group("fake", rank=2, world_size=4, store=FakeStore())
    try:
        weight = fastinit.Weight((30, 9), "xavier", seed=0, name="w", padding_idx=17)
        tensor = torch.distributed.tensor.empty(
            30, 9, device_mesh=init_device_mesh("cpu", mesh), placements=placements
        )
        assert init.init_dtensor_(tensor, weight) is tensor
        expected = weight[compute_local_place(tensor)]
        assert tensor.to_local().numpy().tobytes() == expected.tobytes()
        assert {stream for *_, stream, _ in gpu.launches} == {STREAM}
    finally:
        dist.destroy_process_group()


def compute_local_place(tensor):
    """Return PyTorch's own index of the shard of this rank."""
    shape, offset = compute_local_shape_and_global_offset(
        tensor.shape, tensor.device_mesh, tensor.placements
    )
    return tuple(slice(first, first + length) for first, length in zip(offset, shape, strict=True))


CALLS = {
    "uniform_": lambda tensor, **more: init.uniform_(tensor, -0.1, 0.2, **more),
    "normal_": init.normal_,
    "trunc_normal_": lambda tensor, **more: init.trunc_normal_(tensor, std=0.7, **more),
    "xavier_normal_": init.xavier_normal_,
    "kaiming_uniform_": init.kaiming_uniform_,
}


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_functions_of_pytorch_s_names_run_kernels(gpu, monkeypatch, call):
    expected, made = torch.zeros(2, 64, 40, dtype=torch.bfloat16)
    call(expected, generator=torch.Generator().manual_seed(3))
    monkeypatch.setattr(torch_fills, "raw_memory", lambda _: None)
    call(made, generator=torch.Generator().manual_seed(3))
    assert torch.equal(made, expected)
    assert len(gpu.launches) == 1


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
def test_accelerate_runs_kernels(gpu, monkeypatch):
    """Below the dispatcher of PyTorch, which does not know of this GPU."""
    expected, made = torch.zeros(2, 30, 7)
    with init.accelerate(1):
        expected.normal_(1, 2)
    monkeypatch.setattr(torch_fills, "raw_memory", lambda _: None)
    fill = operators._on_device(None, operators.ON_DEVICES["normal_"](None))  # noqa: SLF001
    with init.accelerate(1) as report:
        assert fill(made, 1.0, 2.0) is made
    assert torch.equal(made, expected)
    assert report.elements == 210
    assert len(gpu.launches) == 1


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
def test_modules_are_filled_where_they_lie(gpu):
    made, expected = (
        torch.nn.Sequential(torch.nn.Embedding(50, 8, padding_idx=3), torch.nn.Linear(8, 4))
        for _ in range(2)
    )
    schemes = {"*.weight": "xavier", "*bias": "ones"}
    init.init_module(made, schemes=schemes, seed=5)
    names = [name for name, *_ in gpu.launches]
    assert "contiguous_CONSTANT_FLOAT32" in names
    assert len(names) >= 3
    with pytest.MonkeyPatch.context() as patch:
        for each in (parameter_fills, obstacles):
            patch.setattr(each, "device_memory", lambda _: None)
        init.init_module(expected, schemes=schemes, seed=5)
    for one, other in zip(made.parameters(), expected.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.usefixtures("tensors_are_on_the_gpu")
def test_parameters_that_share_memory_on_a_gpu_are_refused(gpu):
    module = torch.nn.Linear(4, 4, bias=False)
    module.other = torch.nn.Parameter(module.weight.detach()[1:])
    before = module.weight.detach().clone()
    with pytest.raises(ValueError, match="share memory"):
        init.init_module(module, schemes={"*": "xavier"}, seed=1)
    assert torch.equal(module.weight, before)
    assert gpu.launches == []
