"""What construction by fastinit must keep of a library's own: the tables of tests/real use it.

A model is built by the library alone under three seeds, and by fastinit under three seeds. Elements
that the library's three have in common are constants, and all others are random. Of the model that
fastinit made:

- names, shapes, dtypes and constants are the library's;
- every random element depends on fastinit's seed alone, so that none came from elsewhere;
- the random elements have the library's distribution, each tensor by itself and all tensors of
  one name without its numbers (``layers.*.weight``) together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from scipy import stats

from fastinit.torch import accelerate

if TYPE_CHECKING:
    from collections.abc import Callable

    Tensors = dict[str, torch.Tensor]

SEEDS = (0, 1, 2)

#: Standard errors, and a probability. Thousands of comparisons pass, all with fixed seeds.
FARTHEST = 5.5
LEAST_PROBABILITY = 1e-7
#: Moments of fewer elements are left to the Kolmogorov-Smirnov test, which needs no variance.
FEWEST = 30
#: Of each tensor of each model that many elements are compared, evenly spaced: a standard deviation
#: that is 2 % off then fails.
MOST = 20_000


class Sample(NamedTuple):
    """The random elements of the library's models, and those of fastinit's."""

    theirs: np.ndarray
    ours: np.ndarray


def check_construction(build: Callable[[], torch.nn.Module]) -> int:
    """Build a PyTorch model with and without `accelerate`, and `compare` them."""
    theirs = [built(build, seed) for seed in SEEDS]
    ours = []
    for seed in SEEDS:
        with accelerate(seed=seed) as report:
            ours.append(built(build, 100 + seed))
        assert not report.unseeded, report
    with accelerate(seed=SEEDS[0]):
        again = built(build, 200)
    count = compare(theirs, ours, again)
    assert report.elements or not count, report
    return count


def compare(theirs: list[Tensors], ours: list[Tensors], again: Tensors) -> int:
    """Refuse models of fastinit's that are not as the library's, and count random elements.

    Parameters
    ----------
    theirs, ours : list of dict
        Three models each, of three seeds: their tensors by name.
    again : dict
        The first of `ours`, made once more, with every other source of random numbers changed.
    """
    for each in [*ours, again]:
        assert described(each) == described(theirs[0]), "names, shapes or dtypes"
    random = {name: random_elements([each[name] for each in theirs]) for name in theirs[0]}
    for name, where in random.items():
        first, *others = (each[name] for each in ours)
        assert same_bits(again[name], first), f"{name}: not by fastinit's seed alone"
        assert same_bits(first[~where], theirs[0][name][~where]), f"{name}: a constant"
        if first.dtype.itemsize >= torch.float32.itemsize:  # narrower ones have too few values
            fixed = where & ~random_elements([first, *others])
            assert not fixed.any(), f"{name}: {int(fixed.sum())} elements do not depend on the seed"
    samples = {
        name: Sample(*(chosen(models, name, where) for models in (theirs, ours)))
        for name, where in random.items()
        if where.any()
    }
    check_distributions(samples)
    return sum(int(where.sum()) for where in random.values())


def built(build: Callable[[], torch.nn.Module], torch_seed: int) -> Tensors:
    """Return all parameters and buffers of a new model, those that are not saved too."""
    torch.manual_seed(torch_seed)
    model = build()
    return {
        name: tensor.detach()
        for tensors in (model.named_parameters(), model.named_buffers())
        for name, tensor in tensors
    }


def described(tensors: Tensors) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}


def random_elements(samples: list[torch.Tensor]) -> torch.Tensor:
    """Return where the samples are not all alike. NaN is like NaN."""
    first, *others = samples
    alike = torch.ones_like(first, dtype=torch.bool)
    for each in others:
        alike &= (each == first) | (each.isnan() & first.isnan())
    return ~alike


def same_bits(first: torch.Tensor, second: torch.Tensor) -> bool:
    first, second = first.reshape(-1), second.reshape(-1)
    return torch.equal(first.view(torch.uint8), second.view(torch.uint8))


def chosen(models: list[Tensors], name: str, where: torch.Tensor) -> np.ndarray:
    step = 1 + int(where.sum()) // MOST
    return torch.cat([each[name][where][::step] for each in models]).double().numpy()


def check_distributions(samples: dict[str, Sample]) -> None:
    """Refuse a sample of ours whose distribution is not theirs, by itself or with its like."""
    roles = defaultdict(list)
    for name, sample in samples.items():
        check_distribution(name, sample)
        roles[re.sub(r"\d+", "*", name)].append(sample)
    for role, members in roles.items():
        together = Sample(*(np.concatenate(each) for each in zip(*members, strict=True)))
        check_distribution(role, together)


def check_distribution(name: str, sample: Sample) -> None:
    theirs, ours = sample
    probability = stats.ks_2samp(theirs, ours, method="asymp").pvalue
    assert probability > LEAST_PROBABILITY, f"{name}: KS test {probability:.2g}"
    if len(ours) < FEWEST:
        return
    for power in (1, 2):
        moments = [each**power for each in sample]
        means = [each.mean() for each in moments]
        error = np.sqrt(sum(each.var() / len(each) for each in moments))
        difference = abs(means[1] - means[0])
        assert difference <= FARTHEST * error, (
            f"{name}: mean of the {power}. power {means[1]:.6g}, the library's {means[0]:.6g}, "
            f"{difference / error:.1f} standard errors off, {len(ours)} elements"
        )
