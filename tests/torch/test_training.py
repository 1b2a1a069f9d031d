"""Models made by fastinit train as PyTorch's do, and take no more memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

import fastinit.torch as init
from fastinit.torch import accelerate, init_module
from tests.support.peak_memory import PEAK


class Vision(nn.Module):
    """A small transformer over the rows of an image of 8 x 8."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(8, 32)
        self.position = nn.Parameter(torch.randn(8, 32) * 0.02)
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        return self.head(self.encoder(self.embed(images) + self.position).mean(1))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def plain(build):
    torch.manual_seed(0)
    return build()


def accelerated(build):
    with accelerate(seed=0):
        return build()


def by_name(build):
    model = plain(build)
    init_module(
        model,
        seed=0,
        schemes={
            "*norm*weight": "ones",
            "*position": None,
            "*bias": "zeros",
            "*": {"scheme": "glorot_uniform"},
        }
        if build is Vision
        else {"*bias": "zeros", "*": "he_normal"},
    )
    return model


def by_functions(build):
    model = plain(build)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            init.kaiming_uniform_(parameter, a=5**0.5)
    return model


def trained(model, steps):
    digits = load_digits()
    images = torch.tensor(digits.images / 16, dtype=torch.float32)
    labels = torch.tensor(digits.target)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    order = torch.Generator().manual_seed(0)
    for _ in range(steps):
        batch = torch.randint(len(images), (64,), generator=order)
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        output = model(images)
    return nn.functional.cross_entropy(output, labels).item(), (
        output.argmax(1) == labels
    ).float().mean().item()


@pytest.mark.parametrize(("build", "steps"), [(mlp, 300), (Vision, 200)])
def test_training(build, steps):
    loss, accuracy = trained(plain(build), steps)
    assert accuracy > 0.9
    for make in (accelerated, by_name, by_functions):
        other_loss, other_accuracy = trained(make(build), steps)
        assert other_accuracy > accuracy - 0.04
        assert other_loss < loss + 0.12


FILLS = """
import torch
import fastinit.torch as init
from fastinit.torch import accelerate, init_module

torch.set_num_threads(1)

@accelerate(seed=0)
def accelerated(weight):
    weight.data.normal_()
    torch.nn.init.trunc_normal_(weight)

def ours(weight):
    init.normal_(weight)
    init.trunc_normal_(weight)
    init.kaiming_uniform_(weight)
    accelerated(weight)
    init_module(torch.nn.ParameterList([weight]), seed=0, schemes={'*': 'he_normal'})

fill = FILL
for dtype in (torch.float32, torch.bfloat16):  # so that all code is loaded
    fill(torch.nn.Parameter(torch.empty(100, 100, dtype=dtype)))
before = peak()
weight = torch.nn.Parameter(torch.empty(NUMEL, 4096, dtype=DTYPE))
fill(weight)
print((peak() - before) / weight.nbytes)
"""


def peak(fill, dtype, rows):
    """Return the memory that a fill of 128 MiB takes in another process, as a multiple."""
    script = PEAK + FILLS.replace("FILL", fill).replace("DTYPE", dtype).replace("NUMEL", str(rows))
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    return float(result.stdout)


@pytest.mark.slow
def test_peak_memory_is_the_tensors():
    assert peak("ours", "torch.float32", 8192) < 1.05
    assert peak("ours", "torch.bfloat16", 16384) < 1.05
    assert peak("torch.nn.init.trunc_normal_", "torch.float32", 8192) > 1.5  # so much is seen


def test_fastinit_itself_does_not_import_torch():
    script = "import sys, fastinit; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=300)


def test_without_torch_the_error_names_the_extra():
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "try:\n    import fastinit.torch\nexcept ImportError as error:\n    print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    assert "pip install 'fastinit-sampler[torch]'" in result.stdout
