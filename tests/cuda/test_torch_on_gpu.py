"""Modules and shards of PyTorch on a GPU. The GPU is tests/support/fake_gpu.py.

There are no tensors on a GPU here: those of the CPU are taken for some.
"""

import sys

import pytest
import torch

import fastinit
import fastinit.torch as init
from fastinit._engine.cuda import fills
from fastinit._memory import devices
from fastinit.torch import memory, obstacles, parameter_fills, sharding

pytestmark = pytest.mark.once

STREAM = 9


@pytest.fixture
def tensors_are_on_the_gpu(gpu, monkeypatch):
    def gpu_memory(tensor):
        storage = tensor.untyped_storage()
        gpu.memory.append((storage.data_ptr(), storage.data_ptr() + storage.nbytes(), 0, storage))
        return devices._of_checked_tensor(tensor.detach(), STREAM)  # noqa: SLF001

    for each in (sharding, parameter_fills, obstacles):
        monkeypatch.setattr(each, "gpu_memory", gpu_memory)


def test_tensors_of_the_cpu_are_not_on_a_gpu():
    assert memory.gpu_memory(torch.zeros(3)) is None


def test_kernels_are_ready_if_all_parts_fit(gpu, monkeypatch):
    assert fills.is_ready()
    gpu.compiler.version = (14, 0)
    assert not fills.is_ready()
    monkeypatch.setitem(sys.modules, "cuda.bindings.nvrtc", None)
    assert not fills.is_ready()


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
            patch.setattr(each, "gpu_memory", lambda _: None)
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
