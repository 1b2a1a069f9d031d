"""The mean and the standard deviation that a formula promises, to show beside the measured ones.

They are those of the distribution, before values are rounded to the dtype; a padding row counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fastinit._schemes.distributions import Constant, Normal, TruncatedNormal, Uniform

from .output import print_columns, print_table
from .plot.curves import curve_of

if TYPE_CHECKING:
    from fastinit._schemes.distributions import Distribution
    from fastinit.storage import Receipt
    from fastinit.storage.blocks.block_stats import Statistics
    from fastinit.weight import Weight


def moments_of(distribution: Distribution) -> tuple[float, float]:
    """Return the mean and the standard deviation of a distribution."""
    if isinstance(distribution, Constant):
        return distribution.value, 0.0
    if isinstance(distribution, Normal):
        return distribution.mean, distribution.std
    if isinstance(distribution, Uniform):
        width = distribution.high / 2 - distribution.low / 2  # of half the interval: no overflow
        return distribution.centre, width / math.sqrt(3)
    return _moments_of_truncated(distribution)


def _moments_of_truncated(distribution: TruncatedNormal) -> tuple[float, float]:
    """Integrate, because the closed form loses all digits if the bounds are far in a tail."""
    try:
        curve = curve_of(distribution)
    except ValueError:  # all values are equal
        return distribution.centre, 0.0
    # A function of the distances from a value in the middle loses no digits to a large mean.
    middle = curve.quantile([0.5])[0]
    distances, mass = curve.points - middle, np.diff(curve.probabilities)
    centres = (distances[1:] + distances[:-1]) / 2
    mean = float(np.sum(centres * mass))
    variance = float(np.sum((centres - mean) ** 2 * mass))
    return float(middle + mean), math.sqrt(variance)


def expected_moments(weight: Weight) -> tuple[float, float]:
    """Return the mean and the standard deviation of a weight, its row of zeros included."""
    mean, std = moments_of(weight.distribution)
    if weight.padding_idx is None or weight.shape[0] == 0:
        return mean, std
    filled = 1 - 1 / weight.shape[0]
    return mean * filled, math.sqrt(filled * std * std + filled * (1 - filled) * mean * mean)


def print_statistics(receipt: Receipt) -> None:
    """Print the mean, std, min and max of each weight of a receipt, beside what is expected."""
    measured = [(each.weight, each.statistics) for each in receipt.weights]
    if len(measured) == 1:
        weight, statistics = measured[0]
        if statistics is not None:
            print_table(rows_of(weight, statistics))
        return
    head = ["name", "mean", "expected", "std", "expected", "min", "max"]
    rows = [[weight.name, *_cells(weight, found)] for weight, found in measured]
    print_columns([head, *rows], numbers=range(1, len(head)))


def rows_of(weight: Weight, measured: Statistics) -> list[tuple[str, object]]:
    """Return the rows of a table about one weight."""
    mean, std = expected_moments(weight)
    return [
        ("mean", f"{digits(measured.mean)} (expected {digits(mean)})"),
        ("std", f"{digits(measured.std)} (expected {digits(std)})"),
        ("min, max", f"{digits(measured.min)}, {digits(measured.max)}"),
    ]


def _cells(weight: Weight, found: Statistics | None) -> list[str]:
    if found is None:
        return ["-"] * 6
    mean, std = expected_moments(weight)
    values = (found.mean, mean, found.std, std, found.min, found.max)
    return [digits(each) for each in values]


def digits(value: float) -> str:
    """Return a number with six significant digits."""
    return f"{value:.6g}"
