"""Densities, distribution functions and quantiles, in float64, as exact as a picture needs.

Promises: distribution function and quantile are right to 1e-6 of the probability, for every
distribution that has a density, however far in a tail its bounds are. The density is relative to
its largest value before it is summed, so that it cannot underflow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastinit._schemes.distributions import Distribution, Normal, TruncatedNormal, Uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64] | Sequence[float]

POINTS = (1 << 14) + 1

#: Density falls by exp(-40) on the way from its largest value to the ends of a curve.
FALL = 40.0


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A distribution by its values at points, linear between them.

    Parameters
    ----------
    points : array of float64
        Ascending; nothing that can be seen lies outside them.
    densities, probabilities : array of float64
        The density, and the probability of a smaller value, at each point.
    """

    points: NDArray[np.float64]
    densities: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def density(self, values: Numbers) -> NDArray[np.float64]:
        """Return the density at values."""
        return np.interp(values, self.points, self.densities, left=0.0, right=0.0)

    def probability_below(self, values: Numbers) -> NDArray[np.float64]:
        """Return the distribution function at values."""
        return np.interp(values, self.points, self.probabilities)

    def quantile(self, probabilities: Numbers) -> NDArray[np.float64]:
        """Return the values below which probabilities in (0, 1) lie."""
        return np.interp(probabilities, self.probabilities, self.points)


def curve_of(distribution: Distribution) -> Curve:
    """Return the curve of a distribution, or raise ValueError if all its values are one number."""
    if isinstance(distribution, Uniform):
        low, high = distribution.low, distribution.high
        if low == high:
            raise constant(low)
        return Curve(np.array([low, high]), np.full(2, 1.0 / (high - low)), np.array([0.0, 1.0]))
    if isinstance(distribution, TruncatedNormal):
        low, high = distribution.low, distribution.high
    elif isinstance(distribution, Normal):
        low, high = -math.inf, math.inf
    else:
        raise ValueError(f"{distribution} has no density to draw")  # noqa: TRY004 - a formula
    mean, std = distribution.mean, distribution.std
    if std == 0 or low == high:
        raise constant(mean if std == 0 else low)
    # Points are counted from where the density is largest, in standard deviations: far in a tail
    # their own squares would differ by less than a rounding.
    summit = min(max(mean, low), high)
    height = (summit - mean) / std
    reach = 2 * FALL / (math.hypot(height, math.sqrt(2 * FALL)) + abs(height))
    below, above = min((summit - low) / std, reach), min((high - summit) / std, reach)
    steps = np.linspace(-below, above, POINTS)
    points = summit + std * steps
    if points[0] == points[-1]:  # so far in a tail that no float64 lies between
        raise constant(summit)
    densities = np.exp(-steps * (2 * height + steps) / 2)
    areas = (densities[1:] + densities[:-1]) / 2 * np.diff(steps)
    probabilities = np.concatenate([[0.0], np.cumsum(areas)])
    return Curve(
        points,
        densities / (probabilities[-1] * std),
        probabilities / probabilities[-1],
    )


def constant(value: float) -> ValueError:
    """Return the error for a distribution without a density."""
    return ValueError(f"every value is {value} by the formula: there is no density to draw")
