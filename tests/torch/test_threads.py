"""How many threads fill PyTorch's tensors: as many as PyTorch may use, or what the user said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.tensor import DeviceMesh, Shard, distribute_tensor

import fastinit
import fastinit.torch as init
from fastinit._engine.helper_threads import Helpers
from fastinit.torch import threads as torch_threads

SHAPE = (2048, 1024)  # 8 MiB: worth eight threads
WEIGHT = fastinit.Weight(SHAPE, "he_normal", seed=1, name="w")


def in_module(tensor, **options):
    module = nn.Module()
    module.weight = nn.Parameter(tensor)
    init.init_module(module, seed=1, schemes={"weight": "he_normal"}, **options)


def in_mode(fill):
    with init.accelerate(seed=1):
        fill()


def as_dtensor(tensor, **options):
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        shard = distribute_tensor(tensor, DeviceMesh("cpu", [0]), [Shard(0)])
        init.init_dtensor_(shard, WEIGHT, **options)
    finally:
        dist.destroy_process_group()


FILLS = {
    name: getattr(init, name)
    for name in (
        "uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_",
        "kaiming_uniform_", "kaiming_normal_",
    )
} | {
    "accelerate, normal_": lambda tensor: in_mode(tensor.normal_),
    "accelerate, rand": lambda tensor: in_mode(lambda: torch.rand(SHAPE)),
    "accelerate, trunc_normal_": lambda tensor: in_mode(lambda: nn.init.trunc_normal_(tensor)),
}  # fmt: skip
WITH_THREADS = {
    "init_module": in_module,
    "init_shard_": lambda tensor, **options: init.init_shard_(
        tensor, WEIGHT, offsets=(0, 0), **options
    ),
    "init_dtensor_": as_dtensor,
}


@pytest.fixture
def count(monkeypatch):
    """Return a function that says how many threads each fill of a call used, at most."""
    counts = []
    start = Helpers.start

    def recorder(helpers, number):
        counts.append(number + 1)
        start(helpers, number)

    monkeypatch.setattr(Helpers, "start", recorder)
    monkeypatch.setattr(torch_threads, "usable_cpus", lambda: 6)
    before = torch.get_num_threads()

    def largest(fill, **options):
        counts.clear()
        fill(torch.zeros(SHAPE), **options)
        return max(counts)

    yield largest
    torch.set_num_threads(before)
    fastinit.set_num_threads(None)


@pytest.mark.parametrize("name", [*FILLS, *WITH_THREADS])
def test_pytorchs_number_is_followed(count, name):
    fill = (FILLS | WITH_THREADS)[name]
    for number in (1, 3):
        torch.set_num_threads(number)
        assert count(fill) == number
    torch.set_num_threads(7)
    assert count(fill) == 6  # the CPUs
    fastinit.set_num_threads(2)
    assert count(fill) == 2
    torch.set_num_threads(1)
    assert count(fill) == 2  # what was said to fastinit counts
    fastinit.set_num_threads(None)
    assert count(fill) == 1


@pytest.mark.parametrize("name", [*WITH_THREADS, "Weight.to_torch"])
def test_what_a_call_says_counts_first(count, name):
    torch.set_num_threads(1)
    fastinit.set_num_threads(2)
    made = {"Weight.to_torch": lambda _, **options: WEIGHT.to_torch(..., **options)}
    fill = (WITH_THREADS | made)[name]
    assert count(fill, threads=4) == 4
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        count(fill, threads=0)


def test_values_do_not_depend_on_it(count):
    filled = []
    for number in (1, 3):
        torch.set_num_threads(number)
        torch.manual_seed(0)
        filled.append(init.normal_(torch.empty(SHAPE)))
    assert torch.equal(*filled)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": "1", "FASTINIT_NUM_THREADS": "2"}, 2),
        ({"OMP_NUM_THREADS": "2", "FASTINIT_NUM_THREADS": "1"}, 1),
    ],
)
def test_the_environment(environment, expected):
    code = "from fastinit.torch.threads import num_threads; print(num_threads())"
    kept = {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")}
    out = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert int(out.stdout) == expected
