"""Densities, distribution functions and quantiles, in float64, with the accuracy of a picture.

The distribution function and the quantiles are accurate to 1e-6 of the probability. This holds for
every distribution that has a density, however far in a tail its bounds are. The density is divided
by its largest value before it is integrated, so that it cannot underflow.
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

#: The density falls by a factor of exp(-40) from its largest value to the ends of a curve.
FALL = 40.0


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A distribution given by its values at points, with linear interpolation.

    Parameters
    ----------
    points : array of float64
        Ascending. Nothing visible lies outside them.
    densities, probabilities : array of float64
        The density and the probability of a smaller value, at each point.
    """

    points: NDArray[np.float64]
    densities: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def density(self, values: Numbers) -> NDArray[np.float64]:
        """Return the density at the given values."""
        return np.interp(values, self.points, self.densities, left=0.0, right=0.0)

    def probability_below(self, values: Numbers) -> NDArray[np.float64]:
        """Return the distribution function at the given values."""
        return np.interp(values, self.points, self.probabilities)

    def quantile(self, probabilities: Numbers) -> NDArray[np.float64]:
        """Return the quantiles of probabilities in (0, 1)."""
        return np.interp(probabilities, self.probabilities, self.points)


def curve_of(distribution: Distribution) -> Curve:
    """Return the curve of a distribution; raise ValueError if all its values are equal."""
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
    # Measure points from the maximum of the density, in standard deviations. Far in a tail, the
    # squares of their distances from the mean would differ by less than a rounding error.
    summit = min(max(mean, low), high)
    height = (summit - mean) / std
    reach = 2 * FALL / (math.hypot(height, math.sqrt(2 * FALL)) + abs(height))
    below, above = min((summit - low) / std, reach), min((high - summit) / std, reach)
    steps = np.linspace(-below, above, POINTS)
    points = summit + std * steps
    if points[0] == points[-1]:  # far in a tail, there may be no float64 value between the two
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
