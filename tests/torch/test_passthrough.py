"""What is not fastinit's to fill reaches PyTorch's own function, untouched."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

import fastinit
import fastinit.torch as init
from fastinit.torch.memory import is_plain, raw_memory
from fastinit.torch.seeds import draw_seed

SHAPES = [(4, 5), (64, 50)]  # PyTorch's fill without no_grad, and fastinit's


class Tagged(torch.Tensor):
    """A subclass without overrides of its own."""


class Logged(torch.Tensor):
    """Sees every function that it is given to."""

    seen: list = []  # noqa: RUF012

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func)
        return super().__torch_function__(func, types, args, kwargs or {})


def same_as_torchs(name, make, **arguments):
    """Fill two equal tensors, one by PyTorch's function, from the same state."""
    torch.manual_seed(3)
    ours = getattr(init, name)(make(), **arguments)
    state = torch.get_rng_state()
    torch.manual_seed(3)
    theirs = getattr(nn.init, name)(make(), **arguments)
    assert torch.equal(torch.get_rng_state(), state)
    return ours, theirs


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["uniform_", "normal_", "xavier_uniform_", "kaiming_normal_"])
@pytest.mark.parametrize(
    "kind",
    [
        lambda shape: torch.zeros(shape, dtype=torch.complex64),
        lambda shape: torch.zeros(shape).as_subclass(Tagged),
        lambda shape: torch._neg_view(torch.zeros(shape)),  # noqa: SLF001
        lambda shape: torch.zeros(shape, dtype=torch.complex64).conj().imag,
    ],
    ids=["complex", "subclass", "negated", "negated imaginary part"],
)
def test_values_are_pytorchs(name, shape, kind):
    ours, theirs = same_as_torchs(name, lambda: kind(shape))
    assert type(ours) is type(theirs)
    assert torch.equal(
        torch.view_as_real(ours) if ours.is_complex() else ours,
        torch.view_as_real(theirs) if theirs.is_complex() else theirs,
    )
    assert ours.abs().max() > 0


@pytest.mark.parametrize("name", ["uniform_", "normal_", "trunc_normal_", "kaiming_uniform_"])
def test_meta(name):
    tensor = torch.empty(300, 200, device="meta")
    assert getattr(init, name)(tensor) is tensor
    assert tensor.is_meta


def test_sparse_tensors_raise_as_they_do_in_pytorch():
    tensor = torch.eye(100).to_sparse()
    with pytest.raises(NotImplementedError) as theirs:
        nn.init.normal_(tensor)
    with pytest.raises(NotImplementedError) as ours:
        init.normal_(tensor)
    assert str(ours.value).splitlines()[0] == str(theirs.value).splitlines()[0]


@pytest.mark.parametrize("given", [np.zeros((60, 50), np.float32), None, [1.0, 2.0]])
def test_what_is_no_tensor(given):
    with pytest.raises((TypeError, AttributeError)) as theirs:
        nn.init.normal_(given)
    with pytest.raises(theirs.type) as ours:
        init.normal_(given)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["uniform_", "normal_", "kaiming_uniform_"])
def test_torch_function_of_a_subclass_sees_pytorchs_function(name, shape):
    Logged.seen.clear()
    getattr(init, name)(torch.zeros(shape).as_subclass(Logged))
    assert getattr(nn.init, name) in Logged.seen


@pytest.mark.parametrize("shape", SHAPES)
def test_function_modes_see_pytorchs_function(shape):
    seen = []

    class Mode(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(func)
            return func(*args, **(kwargs or {}))

    with Mode():
        init.uniform_(torch.empty(shape))
    assert nn.init.uniform_ in seen


def test_a_default_device_changes_nothing():
    torch.manual_seed(3)
    seed = draw_seed()
    torch.manual_seed(3)
    with torch.device("cpu"):
        tensor = init.normal_(torch.empty(64, 50))
    assert np.array_equal(tensor.numpy(), fastinit.normal((64, 50), seed=seed))
    with torch.device("meta"):
        init.normal_(tensor)
    assert tensor.std() > 0.9


@pytest.mark.parametrize("shape", SHAPES)
def test_dispatch_modes_see_the_fill(shape):
    seen = []

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            seen.append(func)
            return func(*args, **(kwargs or {}))

    with Mode():
        init.normal_(torch.empty(shape))
    assert torch.ops.aten.normal_.default in seen


@pytest.mark.parametrize("shape", SHAPES)
def test_fake_tensors(shape):
    with FakeTensorMode():
        tensor = init.kaiming_uniform_(torch.empty(shape))
        init.normal_(nn.Linear(50, 60).weight)
    assert type(tensor).__name__ == "FakeTensor"


@pytest.mark.parametrize("shape", SHAPES)
def test_vmap(shape):
    function = torch.vmap(lambda row: init.normal_(row.clone()), randomness="different")
    rows = function(torch.zeros(3, *shape))
    assert not torch.equal(rows[0], rows[1])
    with pytest.raises(RuntimeError, match="random"):
        torch.vmap(lambda row: init.normal_(row.clone()))(torch.zeros(3, *shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_transforms_refuse_to_fill_what_is_not_their_own(shape):
    captured = torch.zeros(shape)
    for module in (nn.init, init):
        with pytest.raises(RuntimeError, match="random"):
            torch.vmap(lambda row, module=module: row + module.normal_(captured).sum())(
                torch.zeros(3)
            )
    with pytest.raises(RuntimeError, match=r"aten::normal_\) that would mutate a captured Tensor"):
        torch.func.grad(lambda row: (row * init.normal_(captured)).sum())(torch.zeros(shape))
    assert not captured.any()


@pytest.mark.parametrize("shape", SHAPES)
def test_functionalize(shape):
    filled = torch.func.functionalize(lambda tensor: init.normal_(tensor.clone()) * 2)(
        torch.zeros(shape)
    )
    assert 1 < filled.std() < 3
    graph = make_fx(torch.func.functionalize(lambda tensor: init.normal_(tensor.clone())))(
        torch.zeros(shape)
    )
    assert any(
        node.target is torch.ops.aten.normal_functional.default for node in graph.graph.nodes
    )


def test_grad_transform():
    def loss(weight):
        return (init.normal_(torch.empty_like(weight)) * weight).sum()

    gradient = torch.func.grad(loss)(torch.zeros(64, 50))
    assert gradient.std() > 0.9


@pytest.mark.parametrize("shape", SHAPES)
def test_make_fx_records_the_fill(shape):
    graph = make_fx(lambda tensor: init.normal_(tensor))(torch.zeros(shape))  # noqa: PLW0108 - of one argument
    assert any(node.target is torch.ops.aten.normal_.default for node in graph.graph.nodes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("shape", SHAPES)
def test_jit_trace_records_the_fill(shape):
    traced = torch.jit.trace(init.normal_, torch.zeros(shape), check_trace=False)
    assert "aten::normal_" in str(traced.graph)


@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.parametrize("shape", SHAPES)
def test_compiled_functions(shape):
    @torch.compile(backend="eager", fullgraph=True)
    def fill(tensor):
        return init.normal_(tensor) * 2

    torch.manual_seed(0)
    assert 1.5 < fill(torch.zeros(shape)).std() < 2.5


def test_lazily_copied_memory_is_not_shared():
    base = torch.zeros(64, 50)
    clone = torch._lazy_clone(base)  # noqa: SLF001
    init.normal_(clone)
    assert clone.std() > 0.9
    assert not base.any()


def test_uninitialised_parameters():
    lazy = nn.LazyLinear(40)
    assert not is_plain(lazy.weight)
    with pytest.raises(ValueError, match="uninitialized"):
        init.normal_(lazy.weight)


def test_what_is_ours_is_recognised():
    assert is_plain(torch.empty(3))
    assert is_plain(nn.Parameter(torch.empty(3)))
    assert is_plain(nn.Buffer(torch.empty(3)))
    assert raw_memory(torch.empty(3)) is not None
    assert raw_memory(torch.empty(3, dtype=torch.int32)) is None
    assert raw_memory(torch.empty(3, device="meta")) is None
    assert raw_memory(torch.zeros(3).expand(4, 3)) is None


def test_memory_is_the_tensors_own():
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.float8_e5m2):
        tensor = torch.empty(10, 6, dtype=dtype).t()
        array = raw_memory(tensor)
        assert array.ctypes.data == tensor.data_ptr()
        assert array.strides == tuple(step * dtype.itemsize for step in tensor.stride())


def test_memory_lives_as_long_as_its_array():
    tensor = torch.zeros(64)
    alive = weakref.ref(tensor)
    array = raw_memory(tensor)
    del tensor
    assert alive() is not None
    del array
    assert alive() is None


def fill_in_mode(tensor):
    with init.accelerate(seed=1):
        tensor.normal_()


def fill_in_module(tensor):
    module = nn.Module()
    module.weight = nn.Parameter(tensor)
    init.init_module(module, seed=1, schemes={"weight": "he_normal"})


def fill_shard(tensor):
    weight = fastinit.Weight(tuple(tensor.shape), "he_normal", seed=1, name="w")
    init.init_shard_(tensor, weight, offsets=(0, 0))


@pytest.mark.parametrize(
    "fill", [init.normal_, init.trunc_normal_, fill_in_mode, fill_in_module, fill_shard]
)
def test_storage_can_be_resized_as_before(fill):
    tensor = torch.zeros(64, 50)
    fill(tensor)
    assert tensor.abs().max() > 0
    tensor.untyped_storage().resize_(0)  # as FSDP does
    tensor.untyped_storage().resize_(64 * 50 * 4)


@pytest.mark.parametrize("name", ["normal_", "trunc_normal_"])
def test_freed_memory(name):
    tensor = torch.zeros(64, 50)
    tensor.untyped_storage().resize_(0)
    with pytest.raises(RuntimeError, match="not allocated") as theirs:
        getattr(nn.init, name)(tensor)
    with pytest.raises(RuntimeError) as ours:
        getattr(init, name)(tensor)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # PyTorch's own
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["uniform_", "kaiming_normal_", "trunc_normal_"])
def test_a_fill_ends_the_tangent_of_a_dual_tensor(name, shape):
    def filled(fill):
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(torch.zeros(shape), torch.ones(shape))
            fill(dual)
            values, tangent = forward_ad.unpack_dual(dual)
            return values.abs().max(), tangent.abs().max()

    values, tangent = filled(getattr(init, name))
    assert values > 0
    assert tangent == 0
    assert filled(fill_in_mode)[1] == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_functional_tensors(shape):
    def make():
        return torch._to_functional_tensor(torch.zeros(shape))  # noqa: SLF001

    ours, theirs = map(torch._from_functional_tensor, same_as_torchs("normal_", make))  # noqa: SLF001
    assert torch.equal(ours, theirs)
