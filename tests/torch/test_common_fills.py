"""Small fills take compiled paths: they make what the general paths make, and leave to PyTorch what it must see."""

from __future__ import annotations

import gc
import math
import weakref

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

import fastinit.torch
from fastinit._random import common_fills
from fastinit.torch import accelerate
from fastinit.torch.common_fills import thread

pytestmark = [pytest.mark.framework, pytest.mark.once]

CALLS = {
    "uniform_": lambda weight: nn.init.uniform_(weight, -0.25, 0.5),
    "uniform_ wide": lambda weight: nn.init.uniform_(weight, -2, 3),
    "normal_": lambda weight: nn.init.normal_(weight, 0.5, 2),
    "xavier_uniform_": nn.init.xavier_uniform_,
    "xavier_normal_": lambda weight: nn.init.xavier_normal_(weight, gain=2.0),
    "kaiming_uniform_": lambda weight: nn.init.kaiming_uniform_(weight, a=math.sqrt(5)),
    "kaiming_uniform_ of relu": lambda weight: nn.init.kaiming_uniform_(
        weight, nonlinearity="relu", mode="fan_out"
    ),
    "kaiming_normal_": lambda weight: nn.init.kaiming_normal_(weight, 0.3),
    "of the tensor": lambda weight: weight.detach().uniform_(),
    "of the tensor, normal": lambda weight: weight.detach().normal_(),
}
SHAPES = [(3, 5), (16, 16), (7, 3, 5), (6, 2, 3, 3), (300, 129)]
DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True)
def with_common_fills():
    """Use them in these tests, whatever --general-path says."""
    before = common_fills.use(True)
    yield
    common_fills.use(before)


def filled(call, weight, *, common, seed=3):
    common_fills.use(common)
    with accelerate(seed=seed) as report:
        call(weight)
    common_fills.use(True)
    return weight.detach(), report


class Seen(TorchDispatchMode):
    """Notes the operators that it sees."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.__name__)
        return function(*args, **kwargs or {})


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_both_paths_of_an_acceleration_make_the_same(call, dtype):
    for shape in SHAPES:
        common, common_report = filled(
            call, nn.Parameter(torch.empty(shape, dtype=dtype)), common=True
        )
        general, general_report = filled(
            call, nn.Parameter(torch.empty(shape, dtype=dtype)), common=False
        )
        assert torch.equal(common, general)
        assert common.abs().max() > 0
        assert (common_report.tensors, common_report.elements) == (1, common.numel())
        assert repr(common_report) == repr(general_report)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_fill_of_an_acceleration_increments_the_version_once(call):
    weight = nn.Parameter(torch.empty(8, 8))
    for common in (True, False):
        before = weight._version  # noqa: SLF001
        filled(call, weight, common=common)
        assert weight._version == before + 1  # noqa: SLF001


@pytest.mark.parametrize("name", ["uniform_", "normal_", "kaiming_uniform_", "kaiming_normal_"])
def test_a_mode_sees_the_operator_of_a_fill(name):
    weight = torch.empty(8, 8)
    with accelerate(seed=0) as report, Seen() as seen:
        getattr(nn.init, name)(weight)
    assert [each.partition(".")[0] for each in seen.names] == [
        "normal_" if "normal" in name else "uniform_"
    ]
    assert report.tensors == 1


@pytest.mark.parametrize("name", ["uniform_", "normal_", "kaiming_uniform_", "kaiming_normal_"])
def test_the_profiler_sees_the_operator_of_a_fill(name):
    operator = "aten::normal_" if "normal" in name else "aten::uniform_"
    with accelerate(seed=0), torch.autograd.profiler.profile() as profile:
        getattr(nn.init, name)(torch.empty(8, 8))
    assert operator in {each.name for each in profile.function_events}


@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_a_subclass_is_shown_the_original_of_a_function_that_is_replaced(name):
    shown = []
    original = getattr(nn.init, name)

    class Shown(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            shown.append(function)
            return super().__torch_function__(function, types, args, kwargs or {})

    with accelerate(seed=0):
        assert getattr(nn.init, name) is not original
        getattr(nn.init, name)(torch.empty(4, 4).as_subclass(Shown))
    assert shown[0] is original


@pytest.mark.parametrize(
    "name", ["uniform_", "normal_", "xavier_uniform_", "kaiming_uniform_", "kaiming_normal_"]
)
def test_pytorch_makes_a_fill_with_a_generator_of_its_own(name):
    function = getattr(nn.init, name)
    weight = function(torch.empty(8, 8), generator=torch.Generator().manual_seed(5))
    with accelerate(seed=0) as report:
        again = getattr(nn.init, name)(
            torch.empty(8, 8), generator=torch.Generator().manual_seed(5)
        )
    assert torch.equal(weight, again)
    assert report.tensors == 0
    assert [each.reason for each in report.passed] == ["the call was given a generator of its own"]


@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_pytorch_handles_what_is_wrong_with_a_kaiming_fill(name):
    with accelerate(seed=0):
        function = getattr(nn.init, name)
        with pytest.raises(ValueError, match="Mode fan_on not supported"):
            function(torch.empty(4, 4), mode="fan_on")
        with pytest.raises(ValueError, match="negative_slope True not a valid number"):
            function(torch.empty(4, 4), a=True)
        with pytest.raises(ValueError, match="fewer than 2 dimensions"):
            function(torch.empty(4))
        with pytest.warns(UserWarning, match="zero-element tensors is a no-op") as caught:
            function(torch.empty(0, 4))
        assert caught[0].filename == __file__


def test_a_replaced_gain_counts_in_an_acceleration(monkeypatch):
    weight = nn.Parameter(torch.empty(64, 64))
    with accelerate(seed=0):
        nn.init.kaiming_uniform_(weight)
        plain = weight.detach().clone()
    monkeypatch.setattr(nn.init, "calculate_gain", lambda *_: 100.0)
    with accelerate(seed=0):
        nn.init.kaiming_uniform_(weight)
    assert weight.abs().max() > 50 * plain.abs().max()


@pytest.mark.parametrize("tensor", ["strided", "int", "negated", "empty", "meta"])
def test_other_tensors_take_the_general_path(tensor):
    made = {
        "strided": lambda: torch.zeros(8, 8).T[::2],
        "int": lambda: torch.zeros(8, 8, dtype=torch.int32),
        "negated": lambda: torch._neg_view(torch.zeros(8, 8)),  # noqa: SLF001
        "empty": lambda: torch.zeros(0, 8),
        "meta": lambda: torch.zeros(8, 8, device="meta"),
    }[tensor]
    results = []
    for common in (True, False):
        weight = made()
        common_fills.use(common)
        with accelerate(seed=0) as report:
            try:
                nn.init.uniform_(weight)
            except (RuntimeError, NotImplementedError) as error:
                results.append((str(error), repr(report)))
            else:
                results.append((weight.tolist() if tensor != "meta" else [], repr(report)))
    assert results[0] == results[1]


def test_a_block_leaves_nothing_to_the_garbage_collector():
    gc.disable()
    try:
        with accelerate(seed=0):
            block = weakref.ref(thread.acceleration.report.passed)
            nn.init.uniform_(torch.empty(8, 8))
        assert block() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["uniform_", "normal_"])
def test_a_replaced_inner_function_makes_a_small_fill(name, monkeypatch):
    called = []
    monkeypatch.setattr(
        nn.init, f"_no_grad_{name}", lambda tensor, *_: called.append(tensor) or tensor
    )
    weight = torch.zeros(8, 8)
    assert getattr(fastinit.torch, name)(weight) is weight
    assert called[0] is weight
    assert not weight.any()


def test_a_failed_small_fill_leaves_gradients_enabled():
    weight = nn.Parameter(torch.empty(8, 8))
    with pytest.raises(RuntimeError):
        fastinit.torch.uniform_(weight, 1.0, 0.0)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", ["uniform_", "normal_"])
@pytest.mark.parametrize("arguments", [(), (0.0, 1.0), (-1, 2), (0, 1), (0.5,)])
def test_small_fills_are_those_of_pytorch(name, arguments):
    weights = [nn.Parameter(torch.empty(8, 8)) for _ in range(2)]
    for module, weight in zip((nn.init, fastinit.torch), weights, strict=True):
        torch.manual_seed(3)
        assert getattr(module, name)(weight, *arguments) is weight
        assert weight._version == 1  # noqa: SLF001
    assert torch.equal(*weights)


def test_seeds_are_drawn_from_pytorchs_generator_in_each_thread_of_an_acceleration():
    weights = [torch.empty(3000) for _ in range(2)]
    torch.manual_seed(11)
    fastinit.torch.uniform_(weights[0])
    torch.manual_seed(11)
    with accelerate() as report:
        weights[1].uniform_()
    assert torch.equal(*weights)
    assert not report.passed
