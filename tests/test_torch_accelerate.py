"""`fastinit.torch.accelerate`: constructors that know nothing of fastinit are filled by it."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
import torch
import transformers
from scipy import stats
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.distributed.tensor import Replicate, distribute_tensor
from torch.utils._python_dispatch import TorchDispatchMode

import fastinit
import fastinit.torch as init
from fastinit.torch import accelerate
from fastinit.torch.seeds import draw_seed

FIRST = 1 << 63  # the first stream of a fastinit.Generator
INNER = nn.init._no_grad_trunc_normal_


@pytest.fixture(autouse=True)
def _leaves_no_trace():
    yield
    assert nn.init._no_grad_trunc_normal_ is INNER


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
    generator = torch.Generator().manual_seed(1)
    with accelerate(seed=0):
        first = torch.empty(100).normal_(generator=generator)
        second = torch.rand(10, generator=generator)
        third = torch.rand(10)
    seeds = torch.Generator().manual_seed(1)
    assert np.array_equal(first.numpy(), fastinit.normal(100, seed=draw_seed(seeds)))
    assert np.array_equal(second.numpy(), fastinit.uniform(10, seed=draw_seed(seeds)))
    assert np.array_equal(third.numpy(), fastinit.uniform(10, seed=0, stream=FIRST))


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
        (lambda: nn.init.sparse_(torch.empty(50, 40), 0.0, 0.3), stats.norm(0, 0.3)),
        (lambda: nn.init.trunc_normal_(torch.empty(50, 40)), stats.truncnorm(-2, 2)),
        (lambda: init.trunc_normal_(torch.empty(50, 40)), stats.truncnorm(-2, 2)),
    ],
)
def test_what_is_caught(new, law):
    before = torch.get_rng_state()
    with accelerate(seed=1):
        tensor = new()
    with accelerate(seed=1):
        assert torch.equal(new(), tensor)
    if "sparse" not in new.__code__.co_names and "sparse_" not in new.__code__.co_names:
        assert torch.equal(torch.get_rng_state(), before)
    like = new()
    assert (tensor.dtype, tensor.shape, tensor.stride()) == (like.dtype, like.shape, like.stride())
    assert stats.kstest(tensor.double().numpy().ravel(), law.cdf).pvalue > 1e-4


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


def test_what_is_not_caught_is_pytorchs():
    def draw():
        torch.manual_seed(2)
        return [
            torch.empty(20, dtype=torch.int64).random_(100),
            torch.randperm(20),
            torch.randint(9, (20,)),
            torch.empty(20).bernoulli_(),
            torch.empty(20).exponential_(),
            torch.randn(20, dtype=torch.complex64),
            torch.normal(torch.zeros(20), torch.ones(20)),
            nn.functional.dropout(torch.ones(20)),
        ]

    expected = draw()
    with accelerate(seed=0):
        given = draw()
    assert all(torch.equal(one, other) for one, other in zip(given, expected, strict=True))


def test_errors_are_pytorchs():
    with accelerate(seed=0), pytest.raises(RuntimeError, match="normal expects std >= 0"):
        torch.empty(3000).normal_(0.0, -1.0)
    with accelerate(seed=0), pytest.raises(RuntimeError):
        torch.zeros(1).expand(3000).normal_()
    with accelerate(seed=0), pytest.raises(ZeroDivisionError):
        nn.init.trunc_normal_(torch.empty(3000), std=0.0)
    with accelerate(seed=0), pytest.warns(UserWarning, match="mean is more than 2 std"):
        nn.init.trunc_normal_(torch.empty(3000), mean=9.0)


@pytest.mark.parametrize("seed", [-1, 1 << 64, 1.5, True, "a"])
def test_bad_seeds(seed):
    with pytest.raises((TypeError, ValueError), match="seed"), accelerate(seed):
        pass


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

    thread = threading.Thread(target=other)
    thread.start()
    with accelerate(seed=0):
        entered.set()
        assert done.wait(60)
        mine = nn.init.trunc_normal_(torch.empty(3000))
    thread.join()
    expected = nn.init.trunc_normal_(torch.empty(3000), generator=torch.Generator().manual_seed(3))
    assert torch.equal(results["other"], expected)
    assert np.array_equal(mine.numpy(), fastinit.trunc_normal(3000, seed=0, stream=FIRST))


def test_threads_each_with_its_own():
    barrier = threading.Barrier(4)
    results = {}

    def work(seed):
        barrier.wait()
        for _ in range(5):
            with accelerate(seed=seed):
                layer = nn.Linear(64, 50)
                nn.init.trunc_normal_(layer.bias, std=0.02)
            results.setdefault(seed, []).append(parameters_of(layer))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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
def test_other_modes_see_the_fill(inside):
    counting = Counting()
    if inside:
        with accelerate(seed=0), counting:
            nn.Linear(4, 5)
    else:
        with counting, accelerate(seed=0):
            nn.Linear(4, 5)
    assert counting.seen.count(torch.ops.aten.uniform_.default) == 2


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
    with accelerate(seed=0):
        tensor = torch.rand(10)
        assert torch.allclose(compiled(tensor), tensor.sin() + 1)


def test_forward_and_backward_inside():
    with accelerate(seed=0):
        model = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.LayerNorm(8))
        model(torch.randn(3, 8)).sum().backward()
    assert model[0].weight.grad is not None


@pytest.fixture
def mesh(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1
    )
    try:
        yield torch.distributed.init_device_mesh("cpu", (1,))
    finally:
        torch.distributed.destroy_process_group()


@pytest.mark.filterwarnings("ignore")  # PyTorch's, on random numbers of a mesh of CPUs
def test_distributed_tensors_are_pytorchs(mesh):
    tensor = distribute_tensor(torch.zeros(64, 50), mesh, [Replicate()])
    torch.manual_seed(1)
    with accelerate(seed=0):
        tensor.normal_()
        like = torch.rand_like(tensor)
    assert type(like) is type(tensor)
    assert 0.9 < tensor.to_local().std() < 1.1
    torch.manual_seed(1)
    init.normal_(other := distribute_tensor(torch.zeros(64, 50), mesh, [Replicate()]))
    assert torch.equal(other.to_local(), tensor.to_local())


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
