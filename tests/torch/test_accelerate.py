"""`fastinit.torch.accelerate`: constructors that know nothing of fastinit are filled by it."""

from __future__ import annotations

import functools
import gc
import importlib.util
import io
import math
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest
import torch
import transformers
from scipy import stats
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.autograd import forward_ad
from torch.distributions import (
    Dirichlet,
    Gamma,
    Gumbel,
    LogNormal,
    MultivariateNormal,
    Normal,
    Uniform,
)
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

import fastinit
import fastinit.torch as init
from fastinit.torch import accelerate
from fastinit.torch.active import thread
from fastinit.torch.operators import COUNTED, FILLS
from fastinit.torch.seeds import draw_seed

FIRST = 1 << 63  # the first stream of a fastinit.Generator
INNER = nn.init._no_grad_trunc_normal_
STATES = (torch.get_rng_state, torch.set_rng_state)


@pytest.fixture(autouse=True)
def _leaves_no_trace():
    yield
    assert thread.acceleration is None
    gc.collect()
    assert nn.init._no_grad_trunc_normal_ is INNER
    assert (torch.get_rng_state, torch.set_rng_state) == STATES


class Patches(nn.Module):
    """A vision transformer's stem, as torchvision writes it: trunc_normal_, normal_ and randn."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 96, 8, 8)
        self.token = nn.Parameter(torch.zeros(1, 1, 96))
        self.position = nn.Parameter(torch.empty(1, 64, 96).normal_(std=0.02))
        self.scale = nn.Parameter(torch.randn(96))
        fan_in = self.conv.in_channels * 64
        nn.init.trunc_normal_(self.conv.weight, std=math.sqrt(1 / fan_in))


LAYERS = {
    "Linear": lambda: nn.Linear(64, 50),
    "Bilinear": lambda: nn.Bilinear(8, 9, 10),
    "Embedding": lambda: nn.Embedding(100, 32, padding_idx=3),
    "EmbeddingBag": lambda: nn.EmbeddingBag(100, 32, padding_idx=3),
    "Conv1d": lambda: nn.Conv1d(8, 16, 3),
    "Conv2d": lambda: nn.Conv2d(8, 16, 3, groups=2),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(4, 8, 3),
    "LSTM": lambda: nn.LSTM(32, 16, 2, bidirectional=True),
    "GRUCell": lambda: nn.GRUCell(32, 16),
    "MultiheadAttention": lambda: nn.MultiheadAttention(32, 4, kdim=8),
    "Transformer": lambda: nn.Transformer(32, 4, 1, 1, 64, batch_first=True),
    "PReLU": nn.PReLU,
    "BatchNorm2d": lambda: nn.BatchNorm2d(8),
    "Patches": Patches,
}


def parameters_of(module):
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def equal(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer):
    build = LAYERS[layer]
    torch.manual_seed(0)
    plain = parameters_of(build())
    before = torch.get_rng_state()
    with accelerate(seed=5):
        first = build()
    with accelerate(seed=5):
        second = parameters_of(build())
    with accelerate(seed=6):
        third = parameters_of(build())
    assert torch.equal(torch.get_rng_state(), before)  # not a number was PyTorch's
    assert all(parameter.requires_grad and parameter.is_leaf for parameter in first.parameters())
    values = parameters_of(first)
    assert equal(values, second)
    for name, expected in plain.items():
        given = values[name]
        assert given.dtype == expected.dtype
        if expected.unique().numel() <= 2:  # a constant, or the same and a bias of 0
            assert torch.equal(given, expected)
            continue
        assert not torch.equal(given, expected)
        assert not torch.equal(given, third[name])
        # The same law, from samples as small as these are.
        assert stats.ks_2samp(given.numpy().ravel(), expected.numpy().ravel()).pvalue > 1e-4
        assert torch.equal(given == 0, expected == 0)  # padding


def test_streams_are_those_of_a_generator_in_order():
    with accelerate(seed=3):
        linear = nn.Linear(64, 50)
        nn.init.trunc_normal_(tensor := torch.empty(30, 20), 0.0, 1.0, -1.0, 2.0)
        new = torch.randn(40, 30)
    bound = 1 / math.sqrt(64)
    expected = fastinit.uniform((50, 64), -bound, bound, seed=3, stream=FIRST)
    assert (
        np.abs(linear.weight.detach().numpy() - expected).max() < 1e-7
    )  # PyTorch rounds the bound
    assert np.array_equal(
        linear.bias.detach().numpy(), fastinit.uniform(50, -bound, bound, seed=3, stream=FIRST + 1)
    )
    assert np.array_equal(
        tensor.numpy(),
        fastinit.trunc_normal((30, 20), 0.0, 1.0, -1.0, 2.0, seed=3, stream=FIRST + 2),
    )
    assert np.array_equal(new.numpy(), fastinit.normal((40, 30), seed=3, stream=FIRST + 3))


def test_a_generator_of_fastinit_goes_on():
    generator = fastinit.Generator(8)
    with accelerate(generator):
        first = torch.randn(20)
    with accelerate(generator):
        second = torch.randn(20)
    assert np.array_equal(first.numpy(), fastinit.normal(20, seed=8, stream=FIRST))
    assert np.array_equal(second.numpy(), fastinit.normal(20, seed=8, stream=FIRST + 1))


def test_without_a_seed_pytorchs_generator_governs():
    torch.manual_seed(4)
    seeds = [draw_seed(), draw_seed()]
    torch.manual_seed(4)
    with accelerate():
        first, second = torch.rand(20), init.normal_(torch.empty(3000))
    assert np.array_equal(first.numpy(), fastinit.uniform(20, seed=seeds[0]))
    assert np.array_equal(second.numpy(), fastinit.normal(3000, seed=seeds[1]))


def test_a_fill_with_a_generator_of_its_own():
    """Its numbers are PyTorch's, to which a program may come back by the generator's seed."""

    def draw():
        generator = torch.Generator().manual_seed(1)
        mean, std = torch.ones(3), torch.full((3,), 2.0)
        return [
            torch.empty(100).normal_(generator=generator),
            torch.rand(10, generator=generator),
            torch.randn(10, dtype=torch.complex64, generator=generator),
            torch.normal(mean, std, generator=generator),
            torch.normal(mean, 2.0, generator=generator, out=torch.empty(3)),
            nn.init.trunc_normal_(torch.empty(3000), generator=generator),
            torch.rand(10, generator=generator),
        ]

    with accelerate(seed=0) as report:
        inside = draw()
        own = torch.rand(10)
    assert all(map(torch.equal, inside, draw()))
    assert np.array_equal(own.numpy(), fastinit.uniform(10, seed=0, stream=FIRST))
    assert report.tensors == 1
    assert not report.unseeded
    assert {reason for _, reason in report.passed} == {"the call was given a generator of its own"}


@pytest.mark.parametrize(
    ("new", "law"),
    [
        (lambda: torch.rand(50, 40), stats.uniform()),
        (lambda: torch.randn(50, 40, dtype=torch.float64), stats.norm()),
        (lambda: torch.normal(2.0, 0.5, (50, 40)), stats.norm(2, 0.5)),
        (lambda: torch.rand_like(torch.empty(40, 50).t()), stats.uniform()),
        (
            lambda: torch.randn_like(torch.empty(50, 40, dtype=torch.int64), dtype=torch.float32),
            stats.norm(),
        ),
        (lambda: torch.empty(50, 40).uniform_(), stats.uniform()),
        (
            lambda: nn.init.kaiming_uniform_(torch.empty(50, 40), a=math.sqrt(5)),
            stats.uniform(-(40**-0.5), 2 * 40**-0.5),
        ),
        (
            lambda: nn.init.kaiming_uniform_(torch.empty(50, 40)),
            stats.uniform(-((6 / 40) ** 0.5), 2 * (6 / 40) ** 0.5),
        ),
        (lambda: nn.init.kaiming_normal_(torch.empty(50, 40)), stats.norm(0, (2 / 40) ** 0.5)),
        (lambda: nn.init.trunc_normal_(torch.empty(50, 40)), stats.truncnorm(-2, 2)),
        (lambda: init.trunc_normal_(torch.empty(50, 40)), stats.truncnorm(-2, 2)),
        (lambda: torch.normal(torch.full((50, 40), 2.0), 0.5), stats.norm(2, 0.5)),
        (
            lambda: torch.normal(torch.full((50, 1), 2.0), torch.full((40,), 0.5)),
            stats.norm(2, 0.5),
        ),
        (lambda: torch.normal(2.0, torch.full((50, 40), 0.5)), stats.norm(2, 0.5)),
        (lambda: torch.normal(2.0, 0.5, (50, 40), out=torch.empty(50, 40)), stats.norm(2, 0.5)),
        (
            lambda: torch.normal(torch.full((50, 40), 2.0), 0.5, out=torch.empty(50, 40)),
            stats.norm(2, 0.5),
        ),
        (lambda: torch.randn(50, 40, out=torch.empty(50, 40)), stats.norm()),
        (lambda: torch.rand(50, 40, out=torch.empty(50, 40)), stats.uniform()),
        (lambda: Normal(torch.full((50, 40), 2.0), 0.5).rsample(), stats.norm(2, 0.5)),
        (lambda: Normal(torch.full((50, 40), 2.0), 0.5).sample(), stats.norm(2, 0.5)),
        (lambda: Uniform(torch.full((50, 40), 1.0), 3.0).sample(), stats.uniform(1, 2)),
        (lambda: LogNormal(torch.zeros(50, 40), 1.0).sample(), stats.lognorm(1)),
        (lambda: Gumbel(torch.zeros(50, 40), 1.0).sample(), stats.gumbel_r()),
        (
            lambda: MultivariateNormal(torch.zeros(40), torch.eye(40)).sample((50,)),
            stats.norm(),
        ),
    ],
)
def test_what_is_caught(new, law):
    before = torch.get_rng_state()
    with accelerate(seed=1) as report:
        tensor = new()
    assert (report.tensors, report.elements) == (1, 2000)
    assert not report.passed
    with accelerate(seed=1):
        assert torch.equal(new(), tensor)
    assert torch.equal(torch.get_rng_state(), before)
    like = new()
    assert (tensor.dtype, tensor.shape, tensor.stride()) == (like.dtype, like.shape, like.stride())
    assert stats.kstest(tensor.double().numpy().ravel(), law.cdf).pvalue > 1e-4


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_complex_tensors(dtype):
    part = torch.view_as_real(torch.empty(1, dtype=dtype)).dtype
    for fill, mean in (
        (lambda: torch.randn(50, 40, dtype=dtype), 0),
        (lambda: torch.empty(50, 40, dtype=dtype).normal_(2.0, 0.5), 2 + 2j),
        (lambda: torch.empty(40, 50, dtype=dtype).t().conj().normal_(2.0, 0.5), 2 + 2j),
        (lambda: torch.empty(50, 40, dtype=dtype).uniform_(1.0, 3.0), 2 + 2j),
    ):
        with accelerate(seed=1) as report:
            ours = fill()
        torch.manual_seed(0)
        theirs = fill()
        assert (report.tensors, report.elements, len(report.passed)) == (1, 4000, 0)
        for moment in (torch.mean, torch.std):
            assert abs(moment(ours) - moment(theirs)) < 0.05
        assert abs(ours.mean() - mean) < 0.05
        assert abs(ours.real.std() - theirs.real.std()) < 0.02
    with accelerate(seed=1):
        first = torch.randn(30, dtype=dtype)
    std = 1 / math.sqrt(2)
    expected = fastinit.normal((30, 2), 0, std, seed=1, stream=FIRST, dtype=str(part)[6:])
    assert np.array_equal(torch.view_as_real(first).numpy(), expected)


def test_tensors_for_parameters_have_their_own_values():
    mean = torch.arange(100.0).mul_(10)
    std = torch.arange(1.0, 101.0).div_(100)
    with accelerate(seed=0):
        both = torch.normal(mean, std)
    with accelerate(seed=0):
        only_mean = torch.normal(mean, 2.0)
    with accelerate(seed=0):
        only_std = torch.normal(5.0, std)
    unit = torch.from_numpy(fastinit.normal(100, seed=0, stream=FIRST))
    assert torch.equal(both, unit * std + mean)
    assert torch.equal(only_mean, unit * 2 + mean)
    assert torch.equal(only_std, unit * std + 5)


def test_gradients_flow_through_samples():
    with accelerate(seed=0):
        mean = torch.zeros(20, requires_grad=True)
        Normal(mean, torch.ones(20)).rsample().sum().backward()
        torch.normal(mean, 1.0)
    assert torch.equal(mean.grad, torch.ones(20))


def test_new_tensors_require_grad_where_that_is_asked():
    with accelerate(seed=0):
        assert torch.randn(3, requires_grad=True).requires_grad


def test_orthogonal_weights_are_made_of_ours():
    with accelerate(seed=0):
        first = nn.init.orthogonal_(torch.empty(30, 20))
    with accelerate(seed=0):
        assert torch.equal(nn.init.orthogonal_(torch.empty(30, 20)), first)
    assert torch.allclose(first.T @ first, torch.eye(20), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_dtypes(dtype):
    with accelerate(seed=0):
        linear = nn.Linear(64, 50, dtype=dtype)
        embedding = nn.Embedding(100, 32, dtype=dtype)
    assert linear.weight.dtype == dtype
    assert 0.9 < embedding.weight.double().std() < 1.1


PASSED = {
    "random_": lambda: torch.empty(20, dtype=torch.int64).random_(100),
    "randperm": lambda: torch.randperm(20),
    "random_ by randint": lambda: torch.randint(9, (20,)),
    "random_ by randint_like": lambda: torch.randint_like(torch.zeros(20), 9),
    "bernoulli_": lambda: torch.empty(20).bernoulli_(),
    "bernoulli_ by a tensor": lambda: torch.empty(20).bernoulli_(torch.full((20,), 0.5)),
    "bernoulli_ by bernoulli": lambda: torch.bernoulli(torch.full((20,), 0.5)),
    "bernoulli_ by dropout": lambda: nn.functional.dropout(torch.ones(20)),
    "bernoulli_ by native_dropout": lambda: torch.native_dropout(torch.ones(20), 0.5, train=True)[
        0
    ],
    "exponential_": lambda: torch.empty(20).exponential_(),
    "cauchy_": lambda: torch.empty(20).cauchy_(),
    "geometric_": lambda: torch.empty(20).geometric_(0.5),
    "log_normal_": lambda: torch.empty(20).log_normal_(),
    "multinomial": lambda: torch.multinomial(torch.ones(20), 20, replacement=True),
    "poisson": lambda: torch.poisson(torch.full((20,), 5.0)),
    "binomial": lambda: torch.binomial(torch.full((20,), 5.0), torch.full((20,), 0.5)),
    "_standard_gamma": lambda: Gamma(torch.ones(20), 1.0).sample(),
    "_sample_dirichlet": lambda: Dirichlet(torch.ones(20)).sample(),
    "rrelu_with_noise": lambda: nn.functional.rrelu(-torch.ones(20), training=True),
}


@pytest.mark.parametrize("name", PASSED)
def test_what_is_not_caught_is_pytorchs_and_counted(name):
    def draw():
        torch.manual_seed(2)
        return PASSED[name]()

    expected = draw()
    with pytest.warns(init.UnseededWarning, match=name.split()[0]), accelerate(seed=0) as report:
        given = draw()
    assert torch.equal(given, expected)
    ((operator, reason),) = report.passed
    assert operator == name.split()[0]
    assert reason == "fastinit makes uniform and normal numbers only"
    assert operator in repr(report)
    assert report.tensors == 0
    with accelerate() as report:  # without a seed, torch.manual_seed governs all of it
        assert torch.equal(draw(), expected)
    assert len(report.passed) == 1


def test_every_random_operator_of_the_cpu_is_known():
    random = set()
    has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key  # noqa: SLF001
    for name in torch._C._dispatch_get_all_op_names():  # noqa: SLF001
        space, _, operator = name.partition("::")
        if space != "aten" or not has_kernel(name, "CPU"):
            continue
        base, _, overload = operator.partition(".")
        tags = getattr(getattr(torch.ops.aten, base), overload or "default").tags
        if torch.Tag.nondeterministic_seeded in tags:
            random.add(operator)
    others = {
        "_fused_sdp_choice",  # draws nothing, and neither does
        "_scaled_dot_product_flash_attention_for_cpu",
        "native_dropout",  # calls bernoulli_
    }
    assert random - others == {*COUNTED, *FILLS} - {"erfinv_"}


def test_what_draws_nothing_is_not_counted():
    with accelerate(seed=0) as report:
        nn.functional.dropout(torch.ones(20), training=False)
        nn.functional.rrelu(-torch.ones(20))
        torch.native_dropout(torch.ones(20), 0.5, train=False)
        torch.empty(0).normal_()
        torch.empty(3, device="meta").normal_()
        nn.functional.scaled_dot_product_attention(*torch.ones(3, 1, 2, 8, 8))
    assert not report.passed
    assert report.tensors == 0


def test_calls_with_a_generator_are_counted_but_governed():
    generator = torch.Generator().manual_seed(1)
    with accelerate(seed=0) as report:
        torch.randperm(20, generator=generator)
        torch.poisson(torch.ones(20), generator)
        torch.empty(20).bernoulli_(generator=generator)
    assert sum(report.passed.values()) == 3
    assert not report.unseeded


def test_fills_that_fastinit_refuses_are_counted():
    with pytest.warns(init.UnseededWarning, match="uniform_"), accelerate(seed=0) as report:
        torch.empty(3000).uniform_(0.0, 1e-45)
    ((operator, reason),) = report.passed
    assert operator == "uniform_"
    assert "refuses" in reason


def test_seeds_that_are_drawn_are_not_counted():
    with accelerate() as report:
        torch.rand(20)
    assert (report.tensors, len(report.passed)) == (1, 0)


def test_the_warning_names_the_callers_line_and_can_be_an_error():
    @accelerate(seed=0)
    def shuffled():
        return torch.randperm(3)

    with pytest.warns(init.UnseededWarning) as caught:
        shuffled()
    assert caught[0].filename == __file__
    with pytest.raises(init.UnseededWarning), accelerate(seed=0):
        torch.randperm(3)


def test_an_exception_is_told_alone():
    @accelerate(seed=0)
    def fail():
        torch.randperm(3)
        raise KeyError

    with pytest.raises(KeyError):
        fail()


def test_reports():
    with accelerate(seed=0) as report:
        nn.Linear(64, 64)
        torch.rand(10, generator=torch.Generator())
        torch.randperm(4, generator=torch.Generator())
    assert repr(report) == (
        "<fastinit made 2 tensors of 4,160 elements; PyTorch made uniform_ 1 x "
        "(the call was given a generator of its own), randperm 1 x "
        "(fastinit makes uniform and normal numbers only)>"
    )
    with accelerate() as empty:
        pass
    assert repr(empty) == "<fastinit made 0 tensors of 0 elements; PyTorch made nothing random>"


def test_errors_are_pytorchs():
    with accelerate(seed=0), pytest.raises(RuntimeError, match="normal expects std >= 0"):
        torch.empty(3000).normal_(0.0, -1.0)
    with accelerate(seed=0), pytest.raises(RuntimeError):
        torch.zeros(1).expand(3000).normal_()
    with accelerate(seed=0), pytest.raises(ZeroDivisionError):
        nn.init.trunc_normal_(torch.empty(3000), std=0.0)
    with accelerate(seed=0), pytest.warns(UserWarning, match="mean is more than 2 std"):
        nn.init.trunc_normal_(torch.empty(3000), mean=9.0)


@pytest.mark.parametrize("seed", [-(1 << 63) - 1, 1 << 64, 1.5, True, "a"])
def test_bad_seeds(seed):
    with pytest.raises((TypeError, ValueError), match="seed"), accelerate(seed):
        pass


def test_seeds_are_those_of_manual_seed():
    values = {}
    for seed in (-1, -(1 << 63), (1 << 64) - 1, np.int64(-1)):
        with accelerate(seed):
            values[seed] = torch.rand(5)
    assert torch.equal(values[-1], values[(1 << 64) - 1])
    assert np.array_equal(values[-1], fastinit.uniform(5, seed=(1 << 64) - 1, stream=FIRST))
    assert np.array_equal(values[-(1 << 63)], fastinit.uniform(5, seed=1 << 63, stream=FIRST))


def test_meta_to_empty_reset_parameters():
    with accelerate(seed=0):
        with torch.device("meta"):
            linear = nn.Linear(64, 50)
        assert linear.weight.is_meta
        linear.to_empty(device="cpu")
        linear.reset_parameters()
    assert torch.equal(linear.weight, accelerated(lambda: nn.Linear(64, 50), 0).weight)


def accelerated(build, seed):
    with accelerate(seed):
        return build()


def test_default_devices_and_dtypes():
    with torch.device("cpu"), accelerate(seed=0):
        linear = nn.Linear(64, 50)
    assert torch.equal(linear.weight, accelerated(lambda: nn.Linear(64, 50), 0).weight)
    torch.set_default_dtype(torch.bfloat16)
    try:
        weight = accelerated(lambda: nn.Linear(64, 50), 0).weight
    finally:
        torch.set_default_dtype(torch.float32)
    assert weight.dtype == torch.bfloat16
    rounded = linear.weight.bfloat16()
    assert torch.equal(weight[weight < weight.max()], rounded[weight < weight.max()])


def test_nested_ones_take_turns():
    with accelerate(seed=1):
        first = torch.rand(10)
        with accelerate(seed=2):
            inner = torch.rand(10)
            nn.init.trunc_normal_(truncated := torch.empty(10))
        second = torch.rand(10)
    assert np.array_equal(first.numpy(), fastinit.uniform(10, seed=1, stream=FIRST))
    assert np.array_equal(inner.numpy(), fastinit.uniform(10, seed=2, stream=FIRST))
    assert np.array_equal(truncated.numpy(), fastinit.trunc_normal(10, seed=2, stream=FIRST + 1))
    assert np.array_equal(second.numpy(), fastinit.uniform(10, seed=1, stream=FIRST + 1))


def test_as_a_decorator_each_call_starts_anew():
    @accelerate(seed=4)
    def build():
        return nn.Linear(64, 50)

    assert torch.equal(build().weight, build().weight)


def test_one_object_can_be_entered_again():
    block = accelerate(seed=4)
    with block as outer:
        first = torch.rand(5)
        with block as inner:
            second = torch.rand(5)
        third = torch.rand(5)
    with block:
        fourth = torch.rand(5)
    assert torch.equal(first, second)
    assert torch.equal(first, fourth)
    assert np.array_equal(third.numpy(), fastinit.uniform(5, seed=4, stream=FIRST + 1))
    assert (outer.tensors, inner.tensors) == (2, 1)
    generator = accelerate(fastinit.Generator(4))
    with generator, generator:
        assert torch.equal(torch.rand(5), first)
    with generator:
        assert torch.equal(torch.rand(5), third)


def test_a_decorated_function_may_call_itself():
    @accelerate(seed=4)
    def build(depth):
        return torch.rand(5) if depth == 0 else build(depth - 1)

    assert torch.equal(build(0), build(3))
    assert build.__name__ == "build"


def test_what_cannot_be_decorated():
    def generator():
        yield torch.rand(5)

    async def coroutine():
        return torch.rand(5)

    async def asynchronous():
        yield torch.rand(5)

    for function in (generator, coroutine, asynchronous, functools.partial(generator)):
        with pytest.raises(TypeError, match="inside"):
            accelerate(seed=0)(function)
    with pytest.raises(TypeError, match="not the class Linear"):
        accelerate(seed=0)(nn.Linear)
    with pytest.raises(TypeError, match=r"@accelerate\(\)"):
        accelerate(lambda: None)
    for nothing in (None, 3):
        with pytest.raises(TypeError, match="decorates functions"):
            accelerate(seed=0)(nothing)


def test_blocks_that_overlap():
    def waiting(seed):
        with accelerate(seed):
            yield torch.rand(5)
            yield torch.rand(5)

    first, second = waiting(1), waiting(2)
    next(first)
    next(second)
    first.close()  # ends before the one that began after it
    with accelerate(seed=2):
        torch.rand(5)
        expected = torch.rand(5)
    assert torch.equal(next(second), expected)
    second.close()
    assert thread.acceleration is None


def test_a_block_ends_in_its_own_thread():
    block = accelerate(seed=0)
    with block:
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="thread"):
            pool.submit(block.__exit__, None, None, None).result()
        torch.rand(5)
    assert thread.acceleration is None


def test_ends_with_an_exception():
    with pytest.raises(KeyError), accelerate(seed=0):
        raise KeyError
    torch.manual_seed(0)
    first = torch.rand(5)
    torch.manual_seed(0)
    assert torch.equal(torch.rand(5), first)
    assert not np.array_equal(first.numpy(), fastinit.uniform(5, seed=0, stream=FIRST))


def test_other_threads_are_not_concerned():
    entered, done = threading.Event(), threading.Event()
    results = {}

    def other():
        entered.wait(60)
        generator = torch.Generator().manual_seed(3)
        results["other"] = nn.init.trunc_normal_(torch.empty(3000), generator=generator)
        done.set()

    waiting = threading.Thread(target=other)
    waiting.start()
    with accelerate(seed=0):
        entered.set()
        assert done.wait(60)
        mine = nn.init.trunc_normal_(torch.empty(3000))
    waiting.join()
    expected = nn.init.trunc_normal_(torch.empty(3000), generator=torch.Generator().manual_seed(3))
    assert torch.equal(results["other"], expected)
    assert np.array_equal(mine.numpy(), fastinit.trunc_normal(3000, seed=0, stream=FIRST))


def test_threads_each_with_its_own():
    barrier = threading.Barrier(4, timeout=60)
    results = {}

    def work(seed):
        barrier.wait()
        for _ in range(5):
            with accelerate(seed=seed):
                layer = nn.Linear(64, 50)
                nn.init.trunc_normal_(layer.bias, std=0.02)
            results.setdefault(seed, []).append(parameters_of(layer))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for seed, layers in results.items():

        def build():
            layer = nn.Linear(64, 50)
            nn.init.trunc_normal_(layer.bias, std=0.02)
            return layer

        assert all(equal(each, parameters_of(accelerated(build, seed))) for each in layers)
    assert len(results) == 4


class Counting(TorchDispatchMode):
    """Sees what PyTorch does."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("make", [Counting, lambda: FlopCounterMode(display=False)])
def test_other_modes_see_fills_of_fastinit(inside, make):
    with accelerate(seed=0):
        expected = [*nn.Linear(4, 5).parameters(), torch.randn(9)]
        nn.init.trunc_normal_(truncated := torch.empty(9))
    mode = make()
    block = accelerate(seed=0)
    with block if inside else mode, mode if inside else block:
        values = [*nn.Linear(4, 5).parameters(), torch.randn(9)]
        nn.init.trunc_normal_(given := torch.empty(9))
    assert all(map(torch.equal, values, expected))
    assert torch.equal(given, truncated)
    if isinstance(mode, Counting):
        assert mode.seen.count(torch.ops.aten.uniform_.default) == 2
        assert mode.seen.count(torch.ops.aten.normal_.default) == 1
        assert mode.seen.count(torch.ops.aten.randn.default) == 1


class Tagged(nn.Parameter):
    """A subclass that changes nothing."""


def test_plain_subclasses():
    with accelerate(seed=0) as report:
        tagged = Tagged(torch.empty(30))
        nn.init.normal_(tagged)
        nn.init.trunc_normal_(tagged)
    assert type(tagged) is Tagged
    assert np.array_equal(
        tagged.detach().numpy(), fastinit.trunc_normal(30, seed=0, stream=FIRST + 1)
    )
    assert report.tensors == 2


def test_inference_mode():
    with accelerate(seed=0), torch.inference_mode():
        tensor = torch.empty(30).normal_()
        new = torch.rand(30)
        nn.init.trunc_normal_(truncated := torch.empty(30))
    assert np.array_equal(tensor.numpy(), fastinit.normal(30, seed=0, stream=FIRST))
    assert np.array_equal(new.numpy(), fastinit.uniform(30, seed=0, stream=FIRST + 1))
    assert np.array_equal(truncated.numpy(), fastinit.trunc_normal(30, seed=0, stream=FIRST + 2))


def test_versions_and_saved_tensors_are_as_without():
    def versions():
        tensor = torch.empty(30)
        tensor.normal_()
        first = tensor._version  # noqa: SLF001
        nn.init.trunc_normal_(tensor)
        return first, torch.rand(3)._version  # noqa: SLF001

    expected = versions()
    with accelerate(seed=0):
        assert versions() == expected
        weight = torch.ones(3, requires_grad=True)
        output = (weight * weight).sum()
        nn.init.normal_(weight)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            output.backward()
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            weight.normal_()
        product = weight * 2
        product.normal_()  # which ends its gradient
        product.sum().backward()
    assert torch.equal(weight.grad, torch.zeros(3))


def test_lazily_negated_tensors():
    with accelerate(seed=0) as report:
        imaginary = torch.zeros(30, dtype=torch.complex64).conj().imag
        assert imaginary.is_neg()
        imaginary.uniform_(2.0, 3.0)
    assert torch.equal(
        imaginary, torch.from_numpy(fastinit.uniform(30, 2.0, 3.0, seed=0, stream=FIRST))
    )
    assert report.tensors == 1


@pytest.mark.parametrize("randomness", ["same", "different"])
def test_vmap(randomness):
    def noisy(row):
        return row + torch.rand(5), row.clone().normal_()

    with accelerate(seed=0) as report:
        rand, filled = torch.vmap(noisy, randomness=randomness)(torch.zeros(3, 5))
    assert not report.passed
    assert (rand[0] == rand[1]).all() == (randomness == "same")
    assert torch.equal(filled[0], filled[1]) == (randomness == "same")
    shape = (5,) if randomness == "same" else (3, 5)
    assert np.array_equal(
        np.broadcast_to(fastinit.uniform(shape, seed=0, stream=FIRST), (3, 5)), rand.numpy()
    )
    with accelerate(seed=0), pytest.raises(RuntimeError, match="random"):
        torch.vmap(noisy)(torch.zeros(3, 5))


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # PyTorch's own
def test_grad_transforms_and_forward_mode():
    with accelerate(seed=0):
        gradient = torch.func.grad(lambda weight: (weight * torch.randn(30)).sum())(torch.zeros(30))
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(torch.zeros(30), torch.ones(30))
            values, tangent = forward_ad.unpack_dual(dual.normal_())
    assert np.array_equal(gradient.numpy(), fastinit.normal(30, seed=0, stream=FIRST))
    assert np.array_equal(values.numpy(), fastinit.normal(30, seed=0, stream=FIRST + 1))
    assert not tangent.any()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_what_is_recorded_has_pytorchs_operators():
    with accelerate(seed=0):
        graph = make_fx(lambda tensor: nn.init.normal_(tensor))(torch.zeros(9))  # noqa: PLW0108
        functional = torch.func.functionalize(lambda tensor: tensor.clone().normal_() * 2)(
            torch.zeros(3000)
        )
        traced = torch.jit.trace(lambda t: t.clone().normal_(), torch.zeros(9), check_trace=False)
        exported = torch.export.export(nn.Dropout(0.5), (torch.zeros(9),))
    assert any(node.target is torch.ops.aten.normal_.default for node in graph.graph.nodes)
    assert 1.9 < functional.std() < 2.1
    assert "aten::normal_" in str(traced.graph)
    assert "dropout" in str(exported.graph)
    assert torch.empty(9).copy_(traced(torch.zeros(9))).std() > 0


def test_fake_tensors():
    for modes in ((FakeTensorMode(), accelerate(seed=0)), (accelerate(seed=0), FakeTensorMode())):
        with modes[0], modes[1]:
            linear = nn.Linear(300, 200)
            new = torch.randn(300)
        assert type(linear.weight.data).__name__ == "FakeTensor"
        assert type(new).__name__ == "FakeTensor"


@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_compiled_functions_run_inside():
    compiled = torch.compile(lambda tensor: tensor.sin() + 1, backend="aot_eager")
    noisy = torch.compile(lambda tensor: tensor + torch.rand_like(tensor), backend="aot_eager")
    zeros = torch.zeros(2000)
    noisy(zeros)  # compiled outside
    with accelerate(seed=0):
        tensor = torch.rand(10)
        assert torch.allclose(compiled(tensor), tensor.sin() + 1)
        inside = noisy(zeros)
    assert stats.kstest(inside.numpy(), "uniform").pvalue > 1e-4
    with accelerate(seed=0):
        torch.rand(10)
        assert torch.equal(noisy(zeros), inside)
    torch.manual_seed(1)
    outside = noisy(zeros)
    torch.manual_seed(1)
    assert torch.equal(noisy(zeros), outside)
    assert not torch.equal(inside, outside)


def test_forward_and_backward_inside():
    with accelerate():
        model = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.LayerNorm(8))
        model(torch.randn(3, 8)).sum().backward()
    assert model[0].weight.grad is not None


# -- What is computed again


def noisy(weight, inputs):
    return (inputs * weight + torch.randn(50) * weight + torch.rand(50) * weight**2).sin()


def gradient(layer, forward, backward):
    """Return the gradient of three noisy layers, each pass in a context, and what comes after."""
    torch.manual_seed(5)
    weight = torch.full((50,), 0.5, requires_grad=True)
    values = torch.ones(50, requires_grad=True)
    same = forward is backward
    with forward:
        for _ in range(3):
            values = layer(noisy, weight, values)
        if same:
            values.sum().backward()
        after = torch.rand(3)
    if not same:
        with backward:
            values.sum().backward()
            later = torch.rand(3)
    return weight.grad, after, after if same else later


@pytest.mark.parametrize("seed", [0, None])
@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("passes", ["both", "forward", "backward", "each in its own"])
def test_checkpointing_computes_the_same_again(passes, reentrant, seed):
    def contexts():
        block = accelerate(seed)
        return {
            "both": (block, block),
            "forward": (block, nullcontext()),
            "backward": (nullcontext(), block),
            "each in its own": (block, accelerate(seed=9)),
        }[passes]

    def checkpointed(function, *arguments):
        return checkpoint(function, *arguments, use_reentrant=reentrant)

    plain = gradient(lambda function, *arguments: function(*arguments), *contexts())
    given = gradient(checkpointed, *contexts())
    assert torch.allclose(given[0], plain[0], rtol=1e-5, atol=1e-5)
    assert plain[0].std() > 0.1
    assert torch.equal(given[1], plain[1])
    assert torch.equal(given[2], plain[2])


def test_saved_states_hold_the_place_of_their_block():
    with accelerate(seed=0) as report:
        state = torch.get_rng_state()
        first = torch.rand(5)
        torch.set_rng_state(state)
        assert torch.equal(torch.rand(5), first)
        with torch.random.fork_rng(devices=[]):
            second = torch.rand(5)
        assert torch.equal(torch.rand(5), second)
    assert not torch.equal(first, second)
    assert report.tensors == 4
    torch.set_rng_state(state)  # outside of the block it is PyTorch's alone
    assert thread.acceleration is None
    generator = torch.Generator()
    generator.set_state(state)
    assert torch.equal(torch.rand(5), torch.rand(5, generator=generator))


def test_a_generator_goes_on_after_a_state_was_restored_in_place():
    generator = fastinit.Generator(0)
    with accelerate(generator):
        torch.rand(5)
        with torch.random.fork_rng(devices=[]):
            pass
        torch.rand(5)
    assert generator.next_stream() == FIRST + 2


def test_a_block_counts_on_after_a_state_was_restored():
    def draw():
        with torch.random.fork_rng(devices=[]):
            torch.rand(5)
        torch.rand(7)
        torch.randperm(3)

    with pytest.warns(init.UnseededWarning, match="randperm"), accelerate(seed=0) as report:
        draw()
    assert (report.tensors, report.elements) == (2, 12)
    assert [each.operator for each in report.unseeded] == ["randperm"]


def test_a_generator_goes_on_after_what_was_made_after_a_state_was_restored():
    generator = fastinit.Generator(0)
    with accelerate(generator):
        with torch.random.fork_rng(devices=[]):
            torch.rand(5)
        torch.rand(5)
        torch.rand(5)
    assert generator.next_stream() == FIRST + 2


def test_saved_states_are_plain_tensors():
    with accelerate(seed=0):
        state = torch.get_rng_state()
        file = io.BytesIO()
        torch.save(state, file)
        file.seek(0)
        assert torch.equal(torch.load(file, weights_only=True), state)
        assert not vars(state)
        first = torch.rand(5)
        torch.set_rng_state(state)
        assert torch.equal(torch.rand(5), first)


def test_states_that_are_saved_after_a_block_hold_nothing():
    with accelerate(seed=0):
        state = torch.get_rng_state()
    after = torch.get_rng_state()  # while a state of the block still has a use
    del state
    assert (torch.get_rng_state, torch.set_rng_state) == STATES
    assert not vars(after)


# -- Truncated normals that libraries write themselves


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda values: values.data.mul_(0.5), id="data"),
        pytest.param(lambda values: np.multiply(values.numpy(), 0.5, values.numpy()), id="numpy"),
        pytest.param(lambda values: values.data[-1:].zero_(), id="one value"),
    ],
)
def test_erfinv_takes_values_that_were_written_without_a_version(write):
    with accelerate(seed=0):
        values = torch.empty(50_000).uniform_(-1, 1)
        write(values)
        expected = torch.erfinv(values)
        values.erfinv_()
    assert torch.equal(values, expected)


def trunc_normal_of_libraries(tensor, mean, std, a, b):
    """What timm, diffusers, open_clip and many more have, as in PyTorch before 2.12."""
    low, high = (1 + math.erf((end - mean) / std / math.sqrt(2)) for end in (a, b))
    with torch.no_grad():
        tensor.uniform_(low - 1, high - 1)
        tensor.erfinv_()
        tensor.mul_(std * math.sqrt(2))
        tensor.add_(mean)
        tensor.clamp_(min=a, max=b)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [(0.0, 0.02, -2.0, 2.0), (1.0, 2.0, -1.0, 2.0), (0.0, 1.0, -3.0, 0.5), (0.0, 0.5, 0.25, 9.0)],
)
def test_truncated_normals_of_libraries(mean, std, a, b, dtype):
    given = torch.empty(300, 1000, dtype=dtype)
    with accelerate(seed=0) as report:
        trunc_normal_of_libraries(given, mean, std, a, b)
    alpha, beta = (a - mean) / std, (b - mean) / std
    law = stats.truncnorm(alpha, beta, loc=mean, scale=std)
    values = given.double().numpy().ravel()
    assert values.min() >= a
    assert values.max() <= b
    ends = max(abs(law.ppf(1e-7) - mean), abs(law.isf(1e-7) - mean))
    assert abs(values - mean).max() <= ends * 1.01  # none at -2, 100 standard deviations out
    if dtype in (torch.float32, torch.float64):
        assert stats.kstest(values, law.cdf).pvalue > 1e-4
    assert abs(values.mean() - law.mean()) < 0.01 * law.std()
    assert abs(values.std() - law.std()) < 0.01 * law.std()
    assert report.tensors == 1
    with accelerate(seed=0):
        trunc_normal_of_libraries(again := torch.empty_like(given), mean, std, a, b)
    assert torch.equal(again, given)


def test_large_truncated_normals_of_libraries_begin_as_small_ones():
    """Fills of 2 MiB take the general path, smaller ones the compiled one."""
    small, large = torch.empty(1000), torch.empty(700_000)
    for tensor in (small, large):
        with accelerate(seed=0):
            trunc_normal_of_libraries(tensor, 0.0, 0.02, -2.0, 2.0)
    assert torch.equal(large[:1000], small)


def test_an_inverse_error_function_of_anything_else_is_pytorchs():
    with accelerate(seed=0):
        tensor = torch.empty(3000).uniform_(-0.5, 0.5)
        expected = tensor.mul(0.5).erfinv_()
        assert torch.equal(expected, torch.erfinv(tensor * 0.5))
        tensor.mul_(0.5)  # no longer what was filled
        assert torch.equal(tensor.clone().erfinv_(), torch.erfinv(tensor))
        tensor.erfinv_()
    assert torch.equal(tensor, expected)


@pytest.mark.parametrize(
    ("dtype", "rows"),
    [(torch.float32, 300), (torch.bfloat16, 300), (torch.float32, 700)],  # the last one: 2.8 MB
)
def test_truncated_normals_of_timm(dtype, rows):
    importlib.import_module("tests.real.torchvision_beside")  # puts timm on the path
    timm = importlib.import_module("timm.layers.weight_init")
    original = timm._trunc_normal_
    given = torch.empty(rows, 1000, dtype=dtype)
    with accelerate(seed=0) as report:
        timm.trunc_normal_(given, std=0.02)
        timm.lecun_normal_(lecun := torch.empty(300, 1000, dtype=dtype))
    expected = fastinit.trunc_normal(
        (rows, 1000), 0, 0.02, -2, 2, seed=0, stream=FIRST, dtype=str(dtype)[6:]
    )
    assert np.array_equal(given.double().numpy(), expected.astype(np.float64))
    assert 0.98 < lecun.double().std() * math.sqrt(1000) < 1.02
    assert report.tensors == 2
    assert timm._trunc_normal_ is original


# -- Processes


# JAX, if another test has imported it, warns of every fork.
FORKS = pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning")


@FORKS
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forked_children_go_on():
    with accelerate(seed=0):
        torch.rand(3)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            child = pool.apply(rand_of_a_child)
        assert torch.equal(torch.rand(3), torch.tensor(child))
    assert pool is not None


def rand_of_a_child():
    return torch.rand(3).tolist()


class Noise(torch.utils.data.Dataset):
    """Draws each item, as an augmentation does."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.rand(3)


@FORKS
@pytest.mark.filterwarnings("ignore::fastinit.torch.UnseededWarning")  # the loader's own seed
def test_workers_of_a_data_loader_differ():
    def batches():
        torch.manual_seed(0)
        loader = torch.utils.data.DataLoader(Noise(), num_workers=2, multiprocessing_context="fork")
        return torch.cat([*loader])

    expected = batches()
    assert len({*map(tuple, expected.tolist())}) == 4
    with accelerate(seed=0):
        assert torch.equal(batches(), expected)


RANKS = """
import sys
import torch
import torch.distributed as dist
from torch.distributed._shard import sharded_tensor
from torch.distributed._shard.sharding_spec import ChunkShardingSpec
from torch.distributed.tensor import Replicate, Shard, distribute_tensor
from fastinit.torch import CopiedShardsWarning, accelerate

rank, store = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
mesh = dist.init_device_mesh("cpu", (2,))

def fill(make):
    with accelerate(seed=0):
        filled = make(6, 5).normal_()
        return [
            filled,
            torch.rand_like(filled),
            torch.nn.init.trunc_normal_(make(7, 5)),
            torch.nn.init.kaiming_uniform_(make(1, 5)),
            trunc_normal(make(5, 6)),
            make(3, 3).normal_(),
        ]

def trunc_normal(tensor):
    return tensor.uniform_(-1, 1).erfinv_()

expected = fill(torch.zeros)
for placement in (Replicate(), Shard(0), Shard(1)):
    given = fill(lambda *shape: distribute_tensor(torch.zeros(shape), mesh, [placement]))
    for one, other in zip(given, expected, strict=True):
        assert torch.equal(one.full_tensor(), other), placement

import warnings
spec = ChunkShardingSpec(dim=0, placements=["rank:0/cpu", "rank:1/cpu"])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with accelerate(seed=0) as report:
        sharded_tensor.rand(spec, 8, 5)
assert report.copies, report
assert any(issubclass(each.category, CopiedShardsWarning) for each in caught)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    with accelerate(seed=0) as report:
        torch.nn.Linear(3, 4)
assert not report.copies
dist.destroy_process_group()
print("done")
"""


def test_ranks_make_their_parts_of_the_whole(tmp_path):
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANKS, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    results = [process.communicate(timeout=300) for process in ranks]
    for output, errors in results:
        assert output.strip() == "done", errors


THREADS = """
import threading
import torch

stop = threading.Event()

def fill():
    tensor, generator = torch.empty(64), torch.Generator()
    first = tensor.normal_(generator=generator.manual_seed(0)).clone()
    while not stop.is_set():
        for _ in range(200):
            tensor.normal_(generator=generator.manual_seed(0))
        assert torch.equal(tensor, first)

threads = [threading.Thread(target=fill) for _ in range(3)]
for thread in threads:
    thread.start()
from fastinit.torch import accelerate
for _ in range(300):
    with accelerate(seed=0):
        torch.rand(64)
stop.set()
for thread in threads:
    thread.join()
print("done")
"""


def test_threads_fill_while_the_kernels_are_registered():
    result = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, text=True, check=False, timeout=300
    )
    assert result.stdout.strip() == "done", result.stderr
    assert not result.stderr


# -- Hugging Face: transformers keeps copies of torch.nn.init's functions, and replaces them


def gpt2():
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(n_layer=2, n_head=2, n_embd=64, vocab_size=500, n_positions=64)
    )


def bert():
    return transformers.BertModel(
        transformers.BertConfig(
            num_hidden_layers=1,
            hidden_size=64,
            num_attention_heads=2,
            intermediate_size=128,
            vocab_size=500,
        )
    )


def vit():
    return transformers.ViTModel(
        transformers.ViTConfig(
            num_hidden_layers=1,
            hidden_size=64,
            num_attention_heads=2,
            intermediate_size=128,
            image_size=32,
            patch_size=8,
        )
    )


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("build", [gpt2, bert, vit])
def test_models_of_transformers(build):
    torch.manual_seed(0)
    plain = parameters_of(build())
    before = torch.get_rng_state()
    values = parameters_of(accelerated(build, 3))
    assert torch.equal(torch.get_rng_state(), before)
    assert equal(values, parameters_of(accelerated(build, 3)))
    for name, expected in plain.items():
        if expected.numel() < 64 or expected.unique().numel() <= 2:
            assert torch.equal(values[name], expected)
            continue
        if expected.dtype == torch.int64:
            continue
        assert not torch.equal(values[name], expected)
        assert stats.ks_2samp(values[name].numpy().ravel(), expected.numpy().ravel()).pvalue > 1e-4
        assert torch.equal(values[name] == 0, expected == 0)
