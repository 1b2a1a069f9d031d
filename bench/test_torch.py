"""fastinit.torch beside torch.nn.init: every size, warm memory, one thread; and whole models.

``pytest bench/test_torch.py --benchmark-json=FILE``, then ``python bench/torch_table.py FILE``. On
a machine that is not quiet, add ``--benchmark-timer=time.thread_time -k "not threads2"``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest

import fastinit

KIB, MIB = 1 << 10, 1 << 20
SIZES = [16, 64, 256, 1 * KIB, 2 * KIB, 4 * KIB, 16 * KIB, 256 * KIB, MIB, 16 * MIB, 256 * MIB]
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "uniform_": ("uniform_", {}),
    "normal_": ("normal_", {}),
    "kaiming_uniform_": ("kaiming_uniform_", {"a": 5**0.5}),
    "trunc_normal_, std 0.1": ("trunc_normal_", {"std": 0.1}),
    "trunc_normal_, std 1": ("trunc_normal_", {"std": 1.0}),
}
# PyTorch's truncated normals take seconds from here on, and four times the tensor's memory.
LARGEST_TRUNCATED = 16 * MIB
WHO = ["PyTorch", "fastinit"]

CASES = [
    pytest.param(size, call, dtype, who, id=f"{size}-{call}-{dtype}-{who}")
    for size in SIZES
    for call in CALLS
    if size <= LARGEST_TRUNCATED or not call.startswith("trunc")
    for dtype in ("float32", "bfloat16")
    for who in WHO  # neighbours in time, for the ratio
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    import torch  # noqa: PLC0415 - may be absent

    torch.set_num_threads(1)
    torch.manual_seed(0)
    fastinit.set_num_threads(1)
    yield
    fastinit.set_num_threads(None)


@pytest.mark.parametrize(("size", "call", "dtype", "who"), CASES)
def test_function(measure: Any, size: int, call: str, dtype: str, who: str) -> None:
    """One function, on a parameter as layers have it."""
    import torch  # noqa: PLC0415

    import fastinit.torch  # noqa: PLC0415

    module = torch.nn.init if who == "PyTorch" else fastinit.torch
    name, options = CALLS[call]
    function = getattr(module, name)
    weight = torch.nn.Parameter(torch.zeros(size // 4, 4, dtype=getattr(torch, dtype)))
    measure(
        lambda: function(weight, **options),
        nbytes=weight.nbytes, elements=size,
        what=f"init: {who}", kind=call, dtype=dtype, size=str(size), threads=1,
    )  # fmt: skip


def gpt2() -> Any:
    """Build GPT-2 as Hugging Face does: 124 M parameters, the embeddings filled twice."""
    import transformers  # noqa: PLC0415

    return transformers.GPT2LMHeadModel(transformers.GPT2Config())


def transformer() -> Any:
    """Build PyTorch's own, 12 + 12 layers of 768: 203 M parameters."""
    from torch import nn  # noqa: PLC0415

    return nn.Transformer(768, 12, 12, 12, 3072, batch_first=True)


def tables() -> Any:
    """Build DLRM in miniature: 26 embeddings of 16 columns, 1 M rows in all."""
    from torch import nn  # noqa: PLC0415

    return nn.ModuleList(nn.EmbeddingBag(1 + 1_000_000 * k // 351, 16) for k in range(1, 27))


def small() -> Any:
    """Build a layer so small that the calls cost more than the fills gain."""
    from torch import nn  # noqa: PLC0415

    return nn.Linear(16, 16)


def lenet() -> Any:
    """Build LeNet: five small layers."""
    from torch import nn  # noqa: PLC0415

    convolutions = (nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5))
    return nn.ModuleList(
        [*convolutions, nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)]
    )


def mlps() -> Any:
    """Build ten MLPs of width 64."""
    from torch import nn  # noqa: PLC0415

    return nn.ModuleList(nn.Linear(64, 64) for _ in range(20))


MODELS = {build.__name__: build for build in (gpt2, transformer, tables, small, lenet, mlps)}


CONSTRUCTIONS = [
    pytest.param(model, who, threads, id=f"{model}-{who}-threads{threads}")
    for model in MODELS
    for who in WHO
    for threads in (sorted({1, fastinit.get_num_threads()}) if who == "fastinit" else [1])
]


@pytest.mark.parametrize(("model", "who", "threads"), CONSTRUCTIONS)
def test_construction(measure: Any, model: str, who: str, threads: int) -> None:
    """A whole model, into fresh memory, with and without `accelerate`."""
    from fastinit.torch import accelerate  # noqa: PLC0415

    fastinit.set_num_threads(threads)
    build: Callable[[], Any] = MODELS[model]

    def construct() -> Any:
        with nullcontext() if who == "PyTorch" else accelerate(seed=0):
            return build()

    elements = sum(each.numel() for each in construct().parameters())
    measure(
        construct,
        nbytes=4 * elements, elements=elements,
        what=f"init: {who}", kind=f"model {model}", dtype="float32", size=str(elements),
        threads=threads,
    )  # fmt: skip
