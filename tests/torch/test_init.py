"""`fastinit.torch` in place of `torch.nn.init`: what is promised of PyTorch's functions, and more."""

from __future__ import annotations

import inspect
import math
import threading
import warnings

import ml_dtypes
import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

import fastinit
import fastinit.torch as init
from fastinit.torch.fills import SMALL
from fastinit.torch.seeds import draw_seed

LARGE = (96, 64)  # 6144 elements: fastinit's own; KS sees an error of 2 % in the scale of 200,000
SAMPLE = (500, 400)
ALPHA = 1e-4  # seeds are fixed: a failure is an error, not chance

RANDOM = {
    "uniform_": {},
    "normal_": {},
    "trunc_normal_": {},
    "xavier_uniform_": {},
    "xavier_normal_": {},
    "kaiming_uniform_": {},
    "kaiming_normal_": {},
}
FLOATS = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


def seed_after(seed: int) -> int:
    """Return the seed that the next fill draws after torch.manual_seed(seed)."""
    torch.manual_seed(seed)
    return draw_seed()


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the values as float64, which holds those of every dtype here."""
    return tensor.detach().double().numpy()


# -- the same names, arguments and results


def test_every_name_of_torch_is_there():
    assert set(nn.init.__all__) <= set(init.__all__)
    public = {
        name
        for name, value in vars(nn.init).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__module__ == "torch.nn.init"
    }
    assert public <= set(init.__all__)


@pytest.mark.parametrize("name", nn.init.__all__)
def test_signature(name):
    function = getattr(init, name)
    ours, theirs = (inspect.signature(each) for each in (function, getattr(nn.init, name)))
    own = [each for each in ours.parameters.values() if each.name in ("seed", "stream")]
    assert all(each.kind is each.KEYWORD_ONLY and each.default is None for each in own)
    assert len(own) == (2 if "generator" in theirs.parameters else 0)
    assert [each for each in ours.parameters.values() if each not in own] == [
        *theirs.parameters.values()
    ]
    assert ours.return_annotation == theirs.return_annotation
    assert not hasattr(function, "__signature__")  # the arguments are real
    assert function.__name__ == name
    assert function.__doc__


CALLS = {
    "uniform_": ((4, 5), {"a": -1.0, "b": 2.0}),
    "normal_": ((4, 5), {"mean": 1.0, "std": 2.0}),
    "trunc_normal_": ((4, 5), {"std": 0.5, "a": -1.0, "b": 1.0}),
    "constant_": ((4, 5), {"val": 0.3}),
    "ones_": ((4, 5), {}),
    "zeros_": ((4, 5), {}),
    "eye_": ((4, 5), {}),
    "dirac_": ((4, 4, 3), {"groups": 2}),
    "xavier_uniform_": ((4, 5), {"gain": 2.0}),
    "xavier_normal_": ((4, 5), {"gain": 2.0}),
    "kaiming_uniform_": ((4, 5), {"mode": "fan_out", "nonlinearity": "relu"}),
    "kaiming_normal_": ((4, 5), {"a": 0.1}),
    "orthogonal_": ((4, 5), {"gain": 2.0}),
    "sparse_": ((4, 5), {"sparsity": 0.5}),
}


def test_calls_cover_every_function():
    assert set(CALLS) == {name for name in nn.init.__all__ if name.endswith("_")}


@pytest.mark.parametrize("factor", [1, 40])
@pytest.mark.parametrize("name", CALLS)
def test_returns_the_tensor_itself_and_fills_a_leaf_that_requires_grad(name, factor):
    (rows, columns, *kernel), options = CALLS[name]
    parameter = nn.Parameter(torch.full((rows * factor, columns * factor, *kernel), math.nan))
    version = parameter._version  # noqa: SLF001
    assert getattr(init, name)(parameter, **options) is parameter
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert parameter.grad_fn is None
    assert parameter._version > version  # noqa: SLF001
    assert torch.isfinite(parameter).all()


@pytest.mark.parametrize(
    "name",
    [name for name in nn.init.__all__ if not name.endswith("_") and name != "calculate_gain"],
)
def test_deprecated_names_warn_and_fill(name):
    shape, options = CALLS[f"{name}_"]
    tensor = torch.full(shape, math.nan)
    with pytest.warns(
        FutureWarning, match=rf"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`."
    ) as record:
        result = getattr(init, name)(tensor, **options)
    assert record[0].filename == __file__
    assert result is tensor
    assert torch.isfinite(tensor).all()
    assert getattr(init, name).__doc__ == getattr(nn.init, name).__doc__


def test_deprecated_uniform_is_ours():
    seed = seed_after(3)
    torch.manual_seed(3)
    with pytest.warns(FutureWarning):
        tensor = init.uniform(torch.empty(LARGE))
    assert np.array_equal(tensor.numpy(), fastinit.uniform(LARGE, seed=seed))


# -- distributions, on each side of the size from which fastinit fills


def samples_of(name, shape, options):
    """Return some 200,000 values, of one tensor or of many small ones."""
    torch.manual_seed(11)
    count = max(1, math.prod(SAMPLE) // math.prod(shape))
    return np.concatenate(
        [as_numpy(getattr(init, name)(torch.empty(shape), **options)).ravel() for _ in range(count)]
    )


def symmetric(limit):
    return stats.uniform(-limit, 2 * limit)


DISTRIBUTIONS = [
    ("uniform_", {}, lambda fan_in, fan_out: stats.uniform(0, 1)),
    ("uniform_", {"a": -0.3, "b": 0.5}, lambda fan_in, fan_out: stats.uniform(-0.3, 0.8)),
    ("normal_", {}, lambda fan_in, fan_out: stats.norm()),
    ("normal_", {"mean": 3.0, "std": 0.2}, lambda fan_in, fan_out: stats.norm(3.0, 0.2)),
    ("trunc_normal_", {}, lambda fan_in, fan_out: stats.truncnorm(-2, 2)),
    ("trunc_normal_", {"std": 0.1}, lambda fan_in, fan_out: stats.norm(0, 0.1)),
    (
        "trunc_normal_",
        {"mean": 1.0, "std": 2.0, "a": 0.0, "b": 1.5},
        lambda fan_in, fan_out: stats.truncnorm(-0.5, 0.25, 1.0, 2.0),
    ),
    ("xavier_uniform_", {}, lambda fan_in, fan_out: symmetric(math.sqrt(6 / (fan_in + fan_out)))),
    (
        "xavier_uniform_",
        {"gain": 0.4},
        lambda fan_in, fan_out: symmetric(0.4 * math.sqrt(6 / (fan_in + fan_out))),
    ),
    (
        "xavier_normal_",
        {"gain": 3},
        lambda fan_in, fan_out: stats.norm(0, 3 * math.sqrt(2 / (fan_in + fan_out))),
    ),
    ("kaiming_uniform_", {}, lambda fan_in, fan_out: symmetric(math.sqrt(6 / fan_in))),
    (
        "kaiming_uniform_",
        {"a": math.sqrt(5)},
        lambda fan_in, fan_out: symmetric(math.sqrt(1 / fan_in)),
    ),
    (
        "kaiming_uniform_",
        {"mode": "fan_out", "nonlinearity": "tanh"},
        lambda fan_in, fan_out: symmetric(5 / 3 * math.sqrt(3 / fan_out)),
    ),
    (
        "kaiming_normal_",
        {"nonlinearity": "relu"},
        lambda fan_in, fan_out: stats.norm(0, math.sqrt(2 / fan_in)),
    ),
    (
        "kaiming_normal_",
        {"mode": "fan_out", "nonlinearity": "linear"},
        lambda fan_in, fan_out: stats.norm(0, math.sqrt(1 / fan_out)),
    ),
    (
        "kaiming_normal_",
        {"nonlinearity": "selu"},
        lambda fan_in, fan_out: stats.norm(0, 0.75 / math.sqrt(fan_in)),
    ),
]


@pytest.mark.parametrize("shape", [SAMPLE, (20, 10, 2, 2)], ids=["large", "small"])
@pytest.mark.parametrize(("name", "options", "expected"), DISTRIBUTIONS)
def test_distribution(name, options, expected, shape):
    assert (math.prod(shape) < SMALL) == (shape != SAMPLE)
    receptive = math.prod(shape[2:])
    law = expected(shape[1] * receptive, shape[0] * receptive)
    values = samples_of(name, shape, options)
    assert stats.kstest(values, law.cdf).pvalue > ALPHA


@pytest.mark.parametrize(
    "nonlinearity",
    [
        "linear",
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "selu",
    ],
)
@pytest.mark.parametrize("shape", [LARGE, (6, 4)])
def test_scale_of_every_nonlinearity_is_pytorchs_gain(nonlinearity, shape):
    torch.manual_seed(0)
    tensor = init.kaiming_uniform_(torch.empty(shape), 0.3, "fan_in", nonlinearity)
    bound = math.sqrt(3 / shape[1]) * nn.init.calculate_gain(nonlinearity, 0.3)
    assert 0.8 * bound < tensor.abs().max() <= bound * (1 + 1e-6)


def test_calculate_gain():
    assert init.calculate_gain("leaky_relu", 0.2) == nn.init.calculate_gain("leaky_relu", 0.2)
    with pytest.raises(ValueError, match="Unsupported nonlinearity gelu"):
        init.calculate_gain("gelu")


# -- bits: those of fastinit's functions


@pytest.mark.parametrize("dtype", [*FLOATS, torch.float8_e4m3fn, torch.float8_e5m2], ids=str)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("uniform_", {"low": -0.3, "high": 0.4}),
        ("normal_", {"mean": 0.5, "std": 0.1}),
        ("trunc_normal_", {"std": 0.3, "a": -0.5, "b": 0.5}),
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"a": 0.1, "mode": "fan_out"}),
        ("kaiming_normal_", {"nonlinearity": "relu"}),
    ],
)
def test_bits_are_those_of_fastinit(name, options, dtype):
    seed = seed_after(5)
    torch.manual_seed(5)
    renamed = {{"low": "a", "high": "b"}.get(key, key): value for key, value in options.items()}
    tensor = getattr(init, name)(torch.empty(LARGE, dtype=dtype), **renamed)
    numpy_name = str(dtype).removeprefix("torch.")
    expected = getattr(fastinit, name.removesuffix("_"))(
        LARGE, dtype=getattr(ml_dtypes, numpy_name, numpy_name), seed=seed, **options
    )
    raw = f"u{expected.itemsize}"
    given = tensor.view(
        {1: torch.uint8, 2: torch.uint16, 4: torch.uint32, 8: torch.uint64}[dtype.itemsize]
    )
    assert np.array_equal(given.numpy(), expected.view(raw))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(
    "view",
    [
        lambda base: base[:96, :64].t(),
        lambda base: base[::2, ::2],
        lambda base: base.view(64, 2, 96, 2).permute(2, 0, 1, 3)[..., 1, 1],
        lambda base: base.view(1, 128, 192, 1).to(memory_format=torch.channels_last)[:, :64, :, :],
    ],
    ids=["transposed", "strided", "permuted", "channels_last"],
)
def test_values_do_not_depend_on_strides(view, dtype):
    base = torch.full((128, 192), -7.0, dtype=dtype)
    tensor = view(base)
    assert tensor.numel() >= SMALL
    torch.manual_seed(2)
    init.normal_(tensor)
    torch.manual_seed(2)
    expected = init.normal_(torch.empty(tensor.shape, dtype=dtype))
    assert torch.equal(tensor, expected)
    shared = tensor.untyped_storage().data_ptr() == base.untyped_storage().data_ptr()
    assert (base == -7.0).sum() == base.numel() - shared * tensor.numel()  # the rest is as it was


def test_threads_and_sizes_beyond_a_chunk():
    fastinit.set_num_threads(2)
    try:
        torch.manual_seed(0)
        two = init.normal_(torch.empty(5_000_000))
    finally:
        fastinit.set_num_threads(None)
    assert np.array_equal(two.numpy(), fastinit.normal(5_000_000, seed=seed_after(0), threads=1))


def test_narrow_uniforms_never_return_the_upper_end():
    torch.manual_seed(0)
    tensor = init.uniform_(torch.empty(1_000_000, dtype=torch.bfloat16), -0.01, 0.01)
    assert tensor.float().min() >= -0.01
    assert tensor.float().max() < 0.01


# -- what governs the values


@pytest.mark.parametrize("size", [100, 10_000])
@pytest.mark.parametrize("name", [*RANDOM, "orthogonal_", "sparse_"])
def test_manual_seed_and_generators_govern(name, size):
    function = getattr(init, name)
    shape = (size // 10, 10)
    more = {"sparsity": 0.5} if name == "sparse_" else {}
    torch.manual_seed(7)
    first, second = function(torch.empty(shape), **more), function(torch.empty(shape), **more)
    torch.manual_seed(7)
    assert torch.equal(function(torch.empty(shape), **more), first)
    assert torch.equal(function(torch.empty(shape), **more), second)
    assert not torch.equal(first, second)

    state = torch.get_rng_state()
    generators = [torch.Generator().manual_seed(9) for _ in range(2)]
    if name == "sparse_":  # PyTorch takes its permutations from the default generator
        more["generator"] = generators[0]
        assert function(torch.empty(shape), **more).shape == shape
        return
    third, fourth = (function(torch.empty(shape), generator=each) for each in generators)
    assert torch.equal(third, fourth)
    assert not torch.equal(third, first)
    assert torch.equal(torch.get_rng_state(), state)  # the default one was not touched


def test_seeds_have_64_bits():
    torch.manual_seed(0)
    seeds = [draw_seed() for _ in range(4000)]
    assert len(set(seeds)) == 4000
    ones = np.mean([[seed >> bit & 1 for bit in range(64)] for seed in seeds], axis=0)
    assert np.all(np.abs(ones - 0.5) < 0.05)


def test_seeds_of_one_generator_state():
    generator = torch.Generator().manual_seed(4)
    state = generator.get_state()
    first = draw_seed(generator)
    generator.set_state(state)
    assert draw_seed(generator) == first


# -- autograd


def test_a_graph_that_saved_the_tensor_is_refused_after_a_fill():
    weight = nn.Parameter(torch.ones(LARGE))
    loss = (weight * weight).sum()
    init.normal_(weight)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_the_version_of_a_views_base_counts():
    base = torch.ones(200, 100)
    before = base._version  # noqa: SLF001
    init.uniform_(base[::2])
    assert base._version > before  # noqa: SLF001


@pytest.mark.parametrize("shape", [(4, 5), LARGE])
def test_inference_tensors(shape):
    with torch.inference_mode():
        tensor = init.normal_(torch.zeros(shape))
        assert tensor.std() > 0.5
        init.normal_(ordinary := torch.zeros(shape))
    assert ordinary.std() > 0.5
    with pytest.raises(RuntimeError, match=r"[Ii]nference"):
        init.normal_(tensor)


def test_seeds_are_drawn_also_after_the_first_was_drawn_in_inference_mode():
    failures = []

    def work():
        try:
            with torch.inference_mode():
                init.normal_(torch.empty(LARGE))
            init.normal_(torch.empty(LARGE))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not failures


# -- warnings and errors


def outcome(function, tensor, arguments):
    """Return the error's type and text, or the warnings'."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            function(tensor, **arguments)
        except Exception as error:  # noqa: BLE001
            return type(error), str(error)
    return [(each.category, str(each.message)) for each in caught]


def shaped(*shape, dtype=torch.float32):
    return lambda: torch.zeros(shape, dtype=dtype)


ODD = [
    ("uniform_", shaped(60, 50), {"a": 1.0, "b": 0.0}),
    ("uniform_", shaped(6, 5), {"a": 1.0, "b": 0.0}),
    ("uniform_", shaped(60, 50), {"a": math.nan}),
    ("uniform_", shaped(60, 50), {"b": math.inf}),
    ("uniform_", shaped(60, 50), {"a": -3e38, "b": 3e38}),
    ("uniform_", shaped(60, 50), {"a": "0"}),
    ("uniform_", shaped(60, 50), {"generator": 5}),
    ("uniform_", shaped(6, 5), {"generator": 5}),
    ("uniform_", shaped(60, 50, dtype=torch.int32), {}),
    ("uniform_", lambda: torch.zeros(3, 1).expand(3, 1000), {}),
    ("uniform_", lambda: torch.zeros(3000).as_strided((2000, 2), (1, 1)), {}),
    ("normal_", shaped(60, 50), {"std": -1.0}),
    ("normal_", shaped(6, 5), {"std": -1.0}),
    ("normal_", shaped(60, 50), {"std": math.nan}),
    ("normal_", shaped(60, 50, dtype=torch.bool), {}),
    ("normal_", shaped(0, 50), {}),
    ("trunc_normal_", shaped(60, 50), {"std": 0.0}),
    ("trunc_normal_", shaped(60, 50), {"mean": 9.0}),
    ("trunc_normal_", shaped(6, 5), {"mean": -9.0, "std": 3.0}),
    ("trunc_normal_", shaped(60, 50), {"a": 1.0, "b": 0.0}),
    ("trunc_normal_", shaped(60, 50, dtype=torch.int64), {}),
    ("xavier_uniform_", shaped(5000), {}),
    ("xavier_uniform_", shaped(5), {}),
    ("xavier_uniform_", shaped(0, 0), {}),
    ("xavier_uniform_", shaped(60, 50), {"gain": -1.0}),
    ("xavier_normal_", shaped(), {}),
    ("xavier_normal_", shaped(60, 50), {"gain": "relu"}),
    ("xavier_normal_", shaped(60, 50), {"gain": -1.0}),
    ("kaiming_uniform_", shaped(5000), {}),
    ("kaiming_uniform_", shaped(0, 50), {}),
    ("kaiming_uniform_", shaped(60, 50), {"mode": "fan_avg"}),
    ("kaiming_uniform_", shaped(6, 5), {"mode": "fan_avg"}),
    ("kaiming_uniform_", shaped(60, 50), {"nonlinearity": "gelu"}),
    ("kaiming_uniform_", shaped(60, 50), {"a": True}),
    ("kaiming_uniform_", shaped(60, 50), {"a": "steep"}),
    ("kaiming_normal_", shaped(60, 50), {"mode": 3}),
    ("kaiming_normal_", shaped(50, 0, 3), {}),
    ("kaiming_normal_", shaped(60, 50), {"mode": "FAN_OUT"}),
    ("orthogonal_", shaped(5), {}),
    ("sparse_", shaped(5, 5, 5), {"sparsity": 0.1}),
    ("eye_", shaped(5), {}),
    ("dirac_", shaped(5, 5), {}),
    ("dirac_", shaped(5, 5, 3), {"groups": 2}),
]


@pytest.mark.parametrize(("name", "tensor", "arguments"), ODD)
def test_odd_arguments_end_as_they_do_in_pytorch(name, tensor, arguments):
    assert outcome(getattr(init, name), tensor(), arguments) == outcome(
        getattr(nn.init, name), tensor(), arguments
    )


def test_some_of_them_are_errors_and_some_warnings():
    results = [outcome(getattr(init, name), tensor(), arguments) for name, tensor, arguments in ODD]
    assert sum(isinstance(result, tuple) for result in results) > 25
    assert sum(isinstance(result, list) and len(result) == 1 for result in results) == 4


def test_true_is_no_slope_after_one_was():
    init.kaiming_uniform_(torch.empty(LARGE), a=1)
    with pytest.raises(ValueError, match="negative_slope True not a valid number"):
        init.kaiming_uniform_(torch.empty(LARGE), a=True)


def test_a_refused_call_writes_and_draws_nothing():
    tensor = torch.full(LARGE, 3.0)
    version, state = tensor._version, torch.get_rng_state()  # noqa: SLF001
    with pytest.raises(RuntimeError):
        init.uniform_(tensor, 1.0, 0.0)
    assert (tensor == 3.0).all()
    assert tensor._version == version  # noqa: SLF001
    assert torch.equal(torch.get_rng_state(), state)


def test_parameters_that_are_tensors_are_read_at_each_call():
    std = torch.tensor(1.0)
    init.normal_(tensor := torch.empty(LARGE), 0.0, std)
    assert tensor.std() > 0.9
    std.fill_(0.01)
    init.normal_(tensor, 0.0, std)
    assert tensor.std() < 0.02


def test_parameters_of_numpy():
    init.normal_(tensor := torch.empty(LARGE), np.float64(5.0), np.sqrt(0.01))
    assert abs(tensor.mean() - 5) < 0.01


def test_far_truncation_is_right_where_pytorch_only_warns():
    with pytest.warns(UserWarning, match="mean is more than 2 std from") as record:
        tensor = init.trunc_normal_(torch.empty(50_000), 0.0, 1.0, 3.0, math.inf)
    assert record[0].filename == __file__
    assert stats.kstest(tensor.numpy(), stats.truncnorm(3, np.inf).cdf).pvalue > ALPHA
