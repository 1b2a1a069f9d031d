"""PyTorch's tensors that cannot be filled in their memory: every fill says what they are."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.distributed.tensor import DeviceMesh, Shard, distribute_tensor

import fastinit
import fastinit.torch as init
from tests.support.schemes import NEEDED

SHAPE = (8, 6)


def zeros(dtype=torch.float32):
    return torch.zeros(SHAPE, dtype=dtype)


class Parts(torch.Tensor):
    """A subclass that is made of another tensor, as those of quantised weights are."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)  # noqa: SLF001

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return func(*(each.inner if isinstance(each, cls) else each for each in args))


class Plain(torch.Tensor):
    """A subclass with memory of its own."""


@pytest.fixture(scope="module")
def mesh():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield DeviceMesh("cpu", [0])
    dist.destroy_process_group()


def fake():
    with FakeTensorMode():
        return zeros()


def freed():
    tensor = zeros()
    tensor.untyped_storage().resize_(0)
    return tensor


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def nested(layout):
    return torch.nested.nested_tensor([torch.zeros(2, 6), torch.zeros(3, 6)], layout=layout)


KINDS = {
    "imaginary part of a conjugate": (
        lambda: zeros(torch.complex64).conj().imag,
        "a lazily negated view, whose memory has the values with the opposite sign: fill tensor.res",
    ),
    "negated": (lambda: torch._neg_view(zeros()), "a lazily negated view"),  # noqa: SLF001
    "negated parameter": (
        lambda: nn.Parameter(torch._neg_view(zeros())),  # noqa: SLF001
        "a lazily negated view",
    ),
    "conjugated": (
        lambda: zeros(torch.complex64).conj(),
        "a tensor of torch.complex64: fill its real and imaginary parts, torch.view_as_real",
    ),
    "meta": (lambda: torch.empty(SHAPE, device="meta"), "the meta device, .*to_empty"),
    "fake": (fake, "a FakeTensor, which has no memory"),
    "freed": (freed, "memory was freed, as FSDP does with parameters"),
    "functional": (
        lambda: torch._to_functional_tensor(zeros()),  # noqa: SLF001
        "a functional tensor: use the functions of fastinit.torch",
    ),
    "jagged": (lambda: nested(torch.jagged), r"a nested tensor: fill tensor.values\(\)"),
    "nested": (lambda: nested(torch.strided), r"a nested tensor: fill each of tensor.unbind\(\)"),
    "sparse": (lambda: zeros().to_sparse(), "the layout torch.sparse_coo"),
    "csr": (lambda: zeros().to_sparse_csr(), "the layout torch.sparse_csr"),
    "mkldnn": (lambda: zeros().to_mkldnn(), "the layout torch._mkldnn"),
    "parts": (lambda: Parts(zeros()), "a Parts, which has no memory of its own"),
    "parameter": (lambda: nn.Parameter(zeros()), r"requires grad: .*tensor.detach\(\)"),
    "of a graph": (lambda: nn.Parameter(zeros()) * 1, r"requires grad: .*tensor.detach\(\)"),
    "of a lazy module": (
        lambda: nn.LazyLinear(6).weight,
        "an UninitializedParameter, which has no shape yet",
    ),
}

IGNORED = pytest.mark.filterwarnings(
    "ignore:The PyTorch API of nested tensors:UserWarning",
    "ignore:Sparse CSR tensor support is in beta:UserWarning",
)

WEIGHT = fastinit.Weight(SHAPE, "he_normal", seed=1, name="w")

#: Every function that fills: those of `fastinit` by the end of their name, and methods.
FILLS = {
    name: getattr(fastinit, name)
    for name in fastinit.__all__
    if name.endswith("_") and not name.startswith("_")
} | {
    "Weight.fill": WEIGHT.fill,
    "Weight.rows": lambda out: WEIGHT.rows(range(8), out=out),
    "Generator.random": lambda out: fastinit.Generator(0).random(dtype=np.float32, out=out),
    "Generator.standard_normal": lambda out: fastinit.Generator(0).standard_normal(
        dtype=np.float32, out=out
    ),
}
ARGUMENTS = {
    "constant_": (0.5,),
    "sparse_": (0.5,),
    "quantized_rows_": (16, fastinit.Uniform(-1, 1)),
}


@IGNORED
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_named_by_each_fill(kind):
    make, message = KINDS[kind]
    for name, fill in FILLS.items():
        tensor = make()
        with pytest.raises(ValueError, match=f"out cannot be filled in place: it is .*{message}"):
            fill(tensor, *ARGUMENTS.get(name, ()))


def test_a_dtensor(mesh):
    tensor = distribute_tensor(zeros(), mesh, [Shard(0)])
    for name, fill in FILLS.items():
        with pytest.raises(ValueError, match=r"a DTensor: use fastinit\.torch\.init_dtensor_"):
            fill(tensor, *ARGUMENTS.get(name, ()))
    init.init_dtensor_(tensor, WEIGHT)
    assert np.array_equal(tensor.to_local().numpy(), WEIGHT[...])


@pytest.mark.filterwarnings("ignore:.*quantiz:")
def test_quantised_and_complex_tensors():
    quantised = torch.quantize_per_tensor(zeros(), 0.1, 0, torch.qint8)
    with pytest.raises(ValueError, match=r"a quantized tensor, torch.qint8: fill a floating-point"):
        fastinit.uniform_(quantised, seed=1)
    with pytest.raises(TypeError, match="type code 5 with 64 bits and 1 lanes: fill its real and"):
        fastinit.uniform_(zeros(torch.complex64), seed=1)


@pytest.mark.parametrize(
    "transform",
    [
        lambda fill: torch.vmap(fill)(torch.zeros(3, 8, 6)),
        lambda fill: torch.func.grad(lambda tensor: fill(tensor).sum())(zeros()),
        lambda fill: torch.func.functionalize(fill)(zeros()),
    ],
    ids=["vmap", "grad", "functionalize"],
)
def test_transforms(transform):
    with pytest.raises(ValueError, match=r"inside torch\.vmap, torch\.func\.grad or another"):
        transform(lambda tensor: fastinit.uniform_(tensor, seed=1))


@IGNORED
def test_the_advice_is_right():
    conjugated = torch.zeros(SHAPE, dtype=torch.complex64).conj()
    copy = fastinit.uniform_(conjugated.imag.resolve_neg(), 1.0, 2.0, seed=1)
    assert (copy >= 1).all()
    fastinit.uniform_(torch.view_as_real(numbers := zeros(torch.complex64)), 1.0, 2.0, seed=1)
    assert (numbers.real >= 1).all()
    fastinit.uniform_(nested(torch.jagged).values(), 1.0, 2.0, seed=1)
    for part in nested(torch.strided).unbind():
        fastinit.uniform_(part, 1.0, 2.0, seed=1)
    parameter = nn.Parameter(zeros())
    fastinit.uniform_(parameter.detach(), 1.0, 2.0, seed=1)
    assert (parameter >= 1).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: zeros().as_subclass(Plain),
        lambda: nn.Parameter(zeros(), requires_grad=False),
        lambda: zeros(torch.complex64).conj().real,
        lambda: torch.view_as_real(zeros(torch.complex64)),
        lambda: torch._lazy_clone(zeros()),  # noqa: SLF001
        lambda: torch._neg_view(torch._neg_view(zeros())),  # noqa: SLF001
    ],
    ids=["subclass", "frozen", "real part", "as real", "copied lazily", "negated twice"],
)
def test_tensors_like_these_are_filled(make):
    tensor = make()
    fastinit.uniform_(tensor, 1.0, 2.0, seed=1)
    expected = fastinit.uniform(tuple(tensor.shape), 1.0, 2.0, seed=1)
    assert np.array_equal(np.asarray(tensor.tolist(), np.float32), expected)


def test_lazily_copied_memory_is_not_shared():
    base = zeros()
    fastinit.uniform_(torch._lazy_clone(base), 1.0, 2.0, seed=1)  # noqa: SLF001
    assert not base.any()


# -- fastinit.torch: PyTorch's own function, which sees the sign, or the same explanation


@pytest.mark.parametrize("shape", [SHAPE, (64, 50)])
@pytest.mark.parametrize("seed", [None, 1])
def test_negated_tensors_in_fastinit_torch(shape, seed):
    tensor = torch.zeros(shape, dtype=torch.complex64).conj().imag
    if seed is None:
        init.uniform_(tensor, 1.0, 2.0)
    else:
        with init.accelerate(seed=seed):
            tensor.uniform_(1.0, 2.0)
    assert 1 <= tensor.min() <= tensor.max() < 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: zeros(torch.complex64).conj().imag, "a lazily negated view"),
        (freed, "memory was freed"),
        (lambda: Parts(zeros()), "a Parts, which has no memory of its own"),
        (fake, "a FakeTensor, which has no memory"),
    ],
    ids=["negated", "freed", "parts", "fake"],
)
def test_shards_and_modules(make, message):
    with pytest.raises(ValueError, match=message):
        init.init_shard_(make(), WEIGHT, offsets=(0, 0))


def test_a_negated_buffer_of_a_module():
    module = nn.Module()
    module.register_buffer("weight", zeros(torch.complex64).conj().imag)
    with pytest.raises(TypeError, match="a lazily negated view"):
        init.init_module(module, seed=1, schemes={"weight": "he_normal"})


# -- autograd


@pytest.mark.parametrize("name", FILLS)
def test_a_graph_that_saved_the_tensor_is_refused_after_a_fill(name):
    weight = nn.Parameter(torch.ones(SHAPE))
    if name in ("dirac_", "delta_orthogonal_"):
        weight = nn.Parameter(torch.ones(8, 6, 3))
    if name == "lstm_bias_":
        weight = nn.Parameter(torch.ones(8))
    loss = (weight * weight).sum()
    out = weight.detach()
    if name == "random_bits_":
        out = out.view(torch.uint32)
    if name == "quantized_rows_":
        out = out.view(torch.uint8)
    needed = NEEDED.get(name.removesuffix("_"), {})
    FILLS[name](out, *ARGUMENTS.get(name, ()), **needed)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_refused_fill_leaves_the_version():
    tensor = torch.ones(SHAPE)
    before = tensor._version  # noqa: SLF001
    with pytest.raises(TypeError, match=re.escape("dtype of out must be uint32 or uint64")):
        fastinit.random_bits_(tensor, seed=1)
    assert tensor._version == before  # noqa: SLF001
    fastinit.uniform_(tensor, seed=1)
    assert tensor._version > before  # noqa: SLF001


def test_inference_tensors_have_no_version():
    with torch.inference_mode():
        tensor = zeros()
        fastinit.uniform_(tensor, 1.0, 2.0, seed=1)
    assert (tensor >= 1).all()
