"""`init_module` under real wrappers: they change no name, and so no value."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import (
    checkpoint_wrapper,
    offload_wrapper,
)
from torch.distributed.fsdp import FullyShardedDataParallel

import fastinit
from fastinit.torch import init_module

SCHEMES = {"2.module.weight": "he_normal", "*weight": fastinit.Normal(), "*bias": "zeros"}


class Users(nn.Module):
    """A user's own module, whose attributes have wrappers' names."""

    def __init__(self):
        super().__init__()
        self.module = nn.Linear(3, 3)
        self._orig_mod = nn.Linear(3, 3)
        self._forward_module = nn.Linear(3, 3)


def net():
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), Users())


NAMES = tuple(
    f"{path}.{kind}"
    for path in ("0", "2.module", "2._orig_mod", "2._forward_module")
    for kind in ("weight", "bias")
)


@pytest.fixture(scope="module", autouse=True)
def one_rank(tmp_path_factory):
    """A real group of one process, for the wrappers that need one."""
    store = dist.FileStore(str(tmp_path_factory.mktemp("store") / "file"), 1)
    dist.init_process_group("gloo", rank=0, world_size=1, store=store)
    yield
    dist.destroy_process_group()


def compiled_inside():
    module = net()
    module[0] = torch.compile(module[0])
    return module


def checkpointed_inside():
    module = net()
    module[0] = checkpoint_wrapper(module[0])
    module[2].module = offload_wrapper(module[2].module)
    return module


def sharded(module):
    return FullyShardedDataParallel(module, use_orig_params=True, device_id=torch.device("cpu"))


def sharded_inside():
    module = net()
    module[0] = sharded(module[0])
    return sharded(module)


def fabric():
    return pytest.importorskip("lightning").Fabric(accelerator="cpu", devices=1).setup(net())


def model_parallel():
    torchrec = pytest.importorskip("torchrec.distributed.model_parallel")
    return torchrec.DistributedModelParallel(net(), device=torch.device("cpu"))


def moving_average(version):
    importlib.import_module("tests.real.torchvision_beside")  # puts timm on the path
    model_ema = importlib.import_module("timm.utils.model_ema")
    return getattr(model_ema, version)(net())


WRAPPED = {
    "nothing": net,
    "compile": lambda: torch.compile(net()),
    "compile inside": compiled_inside,
    "DDP": lambda: nn.parallel.DistributedDataParallel(net()),
    "DataParallel": lambda: nn.DataParallel(net()),
    "DDP of compiled": lambda: nn.parallel.DistributedDataParallel(torch.compile(net())),
    "compiled DDP": lambda: torch.compile(nn.parallel.DistributedDataParallel(net())),
    "checkpoint": lambda: checkpoint_wrapper(net()),
    "checkpoint inside": checkpointed_inside,
    "FSDP1": lambda: sharded(net()),
    "FSDP1 inside": sharded_inside,
    "AveragedModel": lambda: torch.optim.swa_utils.AveragedModel(net()),
    "Fabric": fabric,
    "TorchRec": model_parallel,
    "ModelEmaV2": lambda: moving_average("ModelEmaV2"),
    "ModelEmaV3": lambda: moving_average("ModelEmaV3"),
}


@pytest.mark.filterwarnings("ignore")  # of the wrappers and their packages, on import and use
@pytest.mark.parametrize("name", WRAPPED)
def test_wrappers_change_no_value(name):
    plain, wrapped = net(), WRAPPED[name]()
    # Some hide their part of the name themselves; in the tree it is there.
    raw = tuple(name for name, _ in nn.Module.named_parameters(wrapped))
    assert (raw == NAMES) == (name == "nothing")
    init_module(plain, seed=5, schemes=SCHEMES)
    report = init_module(wrapped, seed=5, schemes=SCHEMES)
    assert report.filled == NAMES
    for one, other in zip(plain.parameters(), wrapped.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_prefix_comes_in_front_of_what_is_left():
    for part in (net(), torch.compile(net())):
        report = init_module(part, seed=5, schemes={"model.*": fastinit.Normal()}, prefix="model")
        assert report.filled == tuple(f"model.{name}" for name in NAMES)


class Wrapper(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.register_buffer("steps", torch.zeros(()))


def test_other_wrappers_need_a_name():
    plain, wrapped = net(), Wrapper(net())
    init_module(plain, seed=5, schemes=SCHEMES)
    report = init_module(
        wrapped,
        seed=5,
        schemes=SCHEMES | {"steps": 0},
        name=lambda name: name.removeprefix("inner."),
    )
    assert report.filled == NAMES
    assert report.buffers == (("steps", "scheme"),)
    for one, other in zip(plain.parameters(), wrapped.parameters(), strict=True):
        assert torch.equal(one, other)
    # It gets the name with the prefix, and without known wrappers' parts.
    seen = []
    init_module(
        torch.compile(net()),
        seed=0,
        schemes=fastinit.Normal(),
        prefix="model.",
        name=lambda name: seen.append(name) or name.upper(),
    )
    assert tuple(seen) == tuple(f"model.{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        (lambda name: "same", ValueError, "two tensors have the name 'same'"),
        (lambda name: name.rpartition(".")[2], ValueError, "two tensors have the name 'weight'"),
        (lambda name: None, TypeError, r"name= must return a name for '0\.weight', got None"),
        (lambda name: "", TypeError, r"name= must return a name for '0\.weight', got ''"),
    ],
)
def test_names_that_do_not_do(name, error, text):
    module = net()
    before = [value.detach().clone() for value in module.parameters()]
    with pytest.raises(error, match=text):
        init_module(module, seed=0, schemes=fastinit.Normal(), name=name)
    assert all(torch.equal(*pair) for pair in zip(before, module.parameters(), strict=True))


def test_no_wrappers_package_is_imported():
    """The wrappers are known by their classes' names."""
    code = (
        "import sys, torch, fastinit.torch as f\n"
        "f.init_module(torch.nn.Linear(2, 2), seed=0, schemes=0.5)\n"
        "print([name for name in ('lightning', 'timm', 'torchrec', 'deepspeed', 'torch.distributed"
        ".fsdp') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
