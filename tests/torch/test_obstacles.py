"""What stands in for a parameter is an error of `init_module`, before anything is written."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.distributed.tensor import DTensor, distribute_module
from torch.testing._internal.distributed.fake_pg import FakeStore

import fastinit
from fastinit.torch import init_module
from tests.support.threads import record_threads

NORMAL = fastinit.Normal()


def refused(module, error, text, schemes=NORMAL):
    """Check an error, and that the parameters with memory are as before."""
    known = [
        (value, value.detach().clone())
        for value in module.parameters()
        if not nn.parameter.is_lazy(value) and not value.is_meta
    ]
    with pytest.raises(error, match=text):
        init_module(module, seed=0, schemes=schemes)
    for value, before in known:
        assert torch.equal(value, before)


def partitioned(module):
    """Make placeholders as ``deepspeed.zero.Init`` does, where DeepSpeed is not installed.

    From ``_convert_to_deepspeed_param`` and ``free_param`` of
    deepspeed/runtime/zero/partition_parameters.py, 0.19.8.
    """
    for number, parameter in enumerate(module.parameters()):
        parameter.ds_shape = parameter.shape
        parameter.ds_numel = parameter.numel()
        parameter.ds_id = number
        parameter.ds_status = SimpleNamespace(name="NOT_AVAILABLE")
        parameter.ds_tensor = parameter.detach().clone().flatten()
        parameter.data = torch.empty(0, dtype=parameter.dtype)


def test_placeholders_of_deepspeed():
    module = nn.Sequential(nn.Linear(8, 6), nn.Linear(6, 3))
    partitioned(module[1])
    refused(
        module,
        ValueError,
        r"parameter '1.weight': it is a placeholder of DeepSpeed's ZeRO-3, with 0 of the 18 "
        r"elements of the shape \(3, 6\).*GatheredParameters",
    )
    for parameter in module[1].parameters():  # gathered
        parameter.data = parameter.ds_tensor.view(parameter.ds_shape)
    assert len(init_module(module, seed=0, schemes=NORMAL).filled) == 4


DEEPSPEED = """
import os, sys
os.environ.update(RANK="0", WORLD_SIZE="1", LOCAL_RANK="0", MASTER_ADDR="127.0.0.1")
os.environ.update(MASTER_PORT="0", DS_ACCELERATOR="cpu")
import torch, deepspeed, fastinit
from fastinit.torch import init_module
sys.modules["deepspeed.comm.torch"].build_shm_op = lambda: None  # which compiles C++
deepspeed.init_distributed(dist_backend="gloo", auto_mpi_discovery=False)
config = {"train_batch_size": 1, "zero_optimization": {"stage": 3}}
with deepspeed.zero.Init(dtype=torch.bfloat16, config_dict_or_path=config):
    module = torch.nn.Linear(8, 6)
try:
    init_module(module, seed=0, schemes=fastinit.Normal())
except ValueError as error:
    assert "ZeRO-3, with 0 of the 48 elements of the shape (6, 8)" in str(error), error
else:
    raise AssertionError("no error")
with deepspeed.zero.GatheredParameters(list(module.parameters()), modifier_rank=0):
    init_module(module, seed=0, schemes=fastinit.Normal())
plain = torch.nn.Linear(8, 6, dtype=torch.bfloat16)
init_module(plain, seed=0, schemes=fastinit.Normal())
with deepspeed.zero.GatheredParameters(list(module.parameters())):
    assert all(torch.equal(*pair) for pair in zip(module.parameters(), plain.parameters()))
print("compared", flush=True)
os._exit(0)
"""


def test_deepspeed_itself():
    pytest.importorskip("deepspeed")
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DEEPSPEED],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "compared" in result.stdout, result.stderr[-3000:]


@pytest.fixture
def one_rank(tmp_path):
    store = dist.FileStore(str(tmp_path / "store"), 1)
    dist.init_process_group("gloo", rank=0, world_size=1, store=store)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("one_rank")
@pytest.mark.filterwarnings("ignore:FSDP is switching to use `NO_SHARD`")
@pytest.mark.filterwarnings("ignore:The `NO_SHARD` sharding strategy is deprecated")
def test_flat_parameters_of_fsdp1():
    """With several ranks: tests/torch/distributed_worker.py."""
    plain, module = nn.Linear(4, 3), nn.Linear(4, 3)
    flat = FullyShardedDataParallel(module, device_id=torch.device("cpu"))
    refused(flat, ValueError, r"flat parameter of FSDP1.*summon_full_params.*fully_shard")
    init_module(plain, seed=0, schemes=NORMAL)
    with FullyShardedDataParallel.summon_full_params(flat):
        init_module(flat, seed=0, schemes=NORMAL)
    with FullyShardedDataParallel.summon_full_params(flat):
        for one, other in zip(flat.parameters(), plain.parameters(), strict=True):
            assert torch.equal(one, other)


def test_transforms():
    layer = nn.Linear(4, 3)
    before = layer.weight.detach().clone()

    def init(values):
        init_module(layer, seed=0, schemes={"weight": "he_normal", "bias": "zeros"})
        return layer(values)

    text = r"'weight': PyTorch runs a transform .* before it$"
    with torch.autograd.forward_ad.dual_level(), pytest.raises(TypeError, match=text):
        init(torch.ones(2, 4))
    text = r"'weight': it is a tensor inside torch\.vmap, torch\.func\.grad or another transform"
    with pytest.raises(TypeError, match=text):
        torch.func.grad(lambda values: init(values).sum())(torch.ones(4))
    assert torch.equal(layer.weight, before)


def test_lazy_modules():
    module = nn.Sequential(nn.Linear(4, 4), nn.LazyLinear(3))
    text = r"parameter '1\.weight': it has no shape yet: run the lazy LazyLinear once"
    refused(module, ValueError, text)
    refused(module, ValueError, "'1.weight': a parameter of LazyLinear, no shape yet", {"0.*": 0})
    assert init_module(module, seed=0, schemes={"0.*": 0}, strict=False).left == (
        "1.weight",
        "1.bias",
    )
    module(torch.ones(2, 4))
    init_module(module, seed=0, schemes=NORMAL)
    norm = nn.LazyBatchNorm1d()
    refused(
        norm,
        ValueError,
        "'running_mean': a buffer of LazyBatchNorm1d, no shape yet",
        {"weight": None, "bias": None},
    )


def test_the_meta_device():
    module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3, device="meta"))
    refused(module, TypeError, r"'1\.weight': the tensor is on the meta device.*to_empty")
    refused(
        module, TypeError, r"'1\.bias': the tensor is on the meta device", {"1.b*": 0, "*": None}
    )
    norm = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, device="meta", affine=False))
    refused(norm, TypeError, r"'1\.running_mean': the tensor is on the meta device.*to_empty")


class Quantized(torch.Tensor):
    """A subclass without memory of its own, as torchao's and bitsandbytes' quantized weights."""

    @staticmethod
    def __new__(cls, data):
        return torch.Tensor._make_wrapper_subclass(cls, data.shape, dtype=torch.float32)  # noqa: SLF001

    def __init__(self, data):
        self.data_8_bits = data

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.detach.default:
            return cls(args[0].data_8_bits)
        raise NotImplementedError(function)


def test_quantized_weights():
    module = nn.Sequential(nn.Linear(4, 3, bias=False), nn.Linear(3, 2))
    before = module[1].weight.detach().clone()
    module[0].weight = nn.Parameter(Quantized(torch.zeros(3, 4, dtype=torch.int8)))
    text = r"parameter '0\.weight': it is a .*Quantized, and only plain tensors.*'0.weight': None"
    with pytest.raises(TypeError, match=text):
        init_module(module, seed=0, schemes={"*weight": NORMAL, "*": 0})
    assert torch.equal(module[1].weight, before)
    report = init_module(module, seed=0, schemes={"0.weight": None, "*": NORMAL})
    assert report.left == ("0.weight",)
    # Packed into integers, as bitsandbytes' 4 bits are.
    module[0].weight = nn.Parameter(torch.zeros(6, 1, dtype=torch.uint8), requires_grad=False)
    refused(module, TypeError, r"'0\.weight': the dtype must be one of .*got torch.uint8")


def test_torchao_itself():
    quantization = pytest.importorskip("torchao.quantization")
    module = nn.Sequential(nn.Linear(64, 64, bias=False))
    quantization.quantize_(module, quantization.Int8WeightOnlyConfig())
    with pytest.raises(TypeError, match=r"parameter '0\.weight': it is a torchao\..*quantized"):
        init_module(module, seed=0, schemes="he_normal")


@pytest.mark.parametrize("shape", [(0,), (), (3,)])
def test_shapes_without_fans_are_refused_empty_or_not(shape):
    module = nn.ParameterDict({"w": nn.Parameter(torch.zeros(shape))})
    text = r"parameter 'w': the shape must have two or more axes.*a pattern of its own.*'\*bias': 'zeros'"
    refused(module, ValueError, text, "he_normal")
    init_module(module, seed=0, schemes=NORMAL)


@pytest.mark.parametrize("shape", [(0, 8), (8, 0), (0, 0)])
@pytest.mark.parametrize("scheme", ["he_normal", "orthogonal", "zeros"])
def test_parameters_without_elements(shape, scheme):
    module = nn.ParameterDict({"w": nn.Parameter(torch.zeros(shape))})
    try:
        fastinit.Weight(shape, "zeros" if scheme == "orthogonal" else scheme, seed=0, name="w")
    except ValueError as error:
        refused(module, ValueError, str(error)[:20], scheme)
    else:
        assert init_module(module, seed=0, schemes=scheme).filled == ("w",)


def test_one_scheme_for_all():
    for scheme in ("zeros", 0, fastinit.Constant(0.0)):
        module = nn.Linear(3, 4)
        assert init_module(module, seed=0, schemes=scheme).filled == ("weight", "bias")
        assert not any(value.any() for value in module.parameters())
    embedding, other = nn.Embedding(9, 4), nn.Embedding(9, 4)
    init_module(embedding, seed=0, schemes="he_normal")
    init_module(other, seed=0, schemes={"*": "he_normal"})
    assert torch.equal(embedding.weight, other.weight)
    refused(
        nn.Linear(3, 4),
        ValueError,
        "'bias': the shape must have two or more axes.*pattern of its own",
        "he_normal",
    )
    refused(nn.Linear(3, 4), ValueError, "scheme must be one of.*got 'he'", "he")
    refused(nn.Linear(3, 4), TypeError, "a mapping of patterns to schemes.*got None", None)
    refused(nn.Linear(3, 4), TypeError, r"scheme must be.*got list", ["he_normal"])


@pytest.fixture
def four_ranks():
    dist.init_process_group("fake", rank=2, world_size=4, store=FakeStore())
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("four_ranks")
def test_buffers_that_are_dtensors():
    """`distribute_module` makes DTensors of buffers too."""
    with torch.device("meta"):
        module = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))
        module.register_buffer("noise", torch.empty(8, 3))
        module.register_buffer("steps", torch.empty(8, dtype=torch.int32))
    distribute_module(module, init_device_mesh("cpu", (4,)))
    module.to_empty(device="cpu")
    assert all(isinstance(value, DTensor) for value in module.buffers())
    for value in module.buffers():
        value.to_local().fill_(77)
    schemes = {"noise": NORMAL, "steps": 5, "*": NORMAL}
    report = init_module(module, seed=0, schemes=schemes)
    assert len(report.buffers) == 5
    assert module[1].running_mean.to_local().tolist() == [0.0] * 8
    assert module[1].running_var.to_local().tolist() == [1.0] * 8
    assert module[1].num_batches_tracked.to_local().item() == 0
    assert module.steps.to_local().tolist() == [5] * 8
    weight = fastinit.Weight((8, 3), NORMAL, seed=0, name="noise")
    assert module.noise.to_local().numpy().tobytes() == weight[:].tobytes()


def test_threads_are_pytorchs(monkeypatch):
    """`torch.set_num_threads(1)` reaches the fills; `threads` and fastinit's own number pass it."""
    numbers = record_threads(monkeypatch)
    monkeypatch.setattr("fastinit.torch.threads.usable_cpus", lambda: 4)
    module = nn.Linear(2048, 2048, bias=False)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        init_module(module, seed=0, schemes=NORMAL)
        assert numbers == [1]
        torch.set_num_threads(3)
        init_module(module, seed=0, schemes=NORMAL)
        assert numbers == [1, 3]
    finally:
        torch.set_num_threads(before)
