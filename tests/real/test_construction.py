"""The checks of `construction` find what they are for."""

from __future__ import annotations

import math

import pytest
import torch

from tests.real.construction import SEEDS, compare


def model(seed, law=torch.randn, scale=1.0, shift=0.0):
    """Return tensors as a model has them: 3 layers of 1000 random weights each, and constants."""
    generator = torch.Generator().manual_seed(seed)
    layers = {
        f"layers.{n}.weight": law(20, 50, generator=generator) * scale + shift for n in range(3)
    }
    return layers | {"bias": torch.zeros(50), "count": torch.tensor(0)}


def narrow(*size, generator):
    """Return uniform numbers of the moments of `torch.randn`'s."""
    return (torch.rand(*size, generator=generator) - 0.5) * math.sqrt(12)


def models(first_seed=10, **options):
    return [model(first_seed + seed, **options) for seed in SEEDS]


def test_equals_pass():
    theirs, ours = models(), models(20)
    assert compare(theirs, ours, ours[0]) == 3000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 1.08}, "of the 2. power"),
        ({"scale": 1 / math.sqrt(2)}, "KS test"),
        ({"shift": 0.1}, "of the 1. power"),
        ({"law": narrow}, "KS test"),
    ],
)
def test_another_distribution(options, message):
    ours = models(20, **options)
    with pytest.raises(AssertionError, match=message):
        compare(models(), ours, ours[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ours: ours[0].update(bias=torch.ones(50)), "bias: a constant"),
        (lambda ours: ours[0].update(bias=torch.zeros(50).double()), "names, shapes or dtypes"),
        (lambda ours: ours[0].pop("bias"), "names, shapes or dtypes"),
        (lambda ours: [each["layers.1.weight"][0].fill_(1) for each in ours], "50 elements do not depend"),
    ],
)  # fmt: skip
def test_another_model(change, message):
    ours = models(20)
    change(ours)
    with pytest.raises(AssertionError, match=message):
        compare(models(), ours, ours[0])


def test_another_source_of_numbers():
    ours = models(20)
    again = ours[0] | {"layers.2.weight": model(1)["layers.2.weight"]}
    with pytest.raises(AssertionError, match=r"layers\.2\.weight: not by fastinit's seed alone"):
        compare(models(), ours, again)
