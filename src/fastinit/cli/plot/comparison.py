"""The numbers of the picture: a sample beside a distribution.

A narrow dtype has few representable values. Bins of equal width would hold five of them here and
six there, and the histogram would look like a comb. So each edge lies half-way between two
neighbouring representable values, where rounding separates them. At the edges, the sample and the
distribution can be compared exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._memory.dtypes import format_of
from fastinit._schemes.distributions import Distribution, Normal

from .curves import Curve, curve_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastinit._memory.dtypes import Format

    from .samples import Sample

BINS = 100

#: The number of quantiles on each side of the median. They are dense at the ends, where single
#: values matter.
QUANTILES = 200

#: The histogram spans at least the quantiles of this probability and of its complement.
LEAST_SPAN = 1e-5


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """A sample beside a distribution.

    Parameters
    ----------
    distribution : Distribution
    fitted : bool
        True if there is no formula: the distribution then has the mean and the deviation of the
        sample.
    curve : Curve
    edges, densities : array of float64
        The histogram: n + 1 edges of n bins.
    outside : int
        The number of values outside the histogram.
    expected, found : array of float64
        Quantiles of the distribution, and the values of the sample with the same ranks.
    distance : float
        The largest difference of the distribution functions at the edges.
    limit : float or None
        99 % of correct samples have a smaller distance; None for a fitted distribution.
    """

    distribution: Distribution
    fitted: bool
    curve: Curve
    edges: NDArray[np.float64]
    densities: NDArray[np.float64]
    outside: int
    expected: NDArray[np.float64]
    found: NDArray[np.float64]
    distance: float
    limit: float | None


def fitted_normal(values: NDArray[np.float64]) -> Normal:
    """Return the normal distribution with the mean and the standard deviation of the values."""
    if values[0] == values[-1]:
        raise ValueError(f"all values are {values[0]}: there is no density to draw")
    return Normal(float(values.mean()), float(values.std()))


def shown_ranks(count: int) -> NDArray[np.int64]:
    """Return the ranks, from 0, of the values that are drawn against their quantiles."""
    tail = np.unique(np.geomspace(1, (count + 1) // 2, QUANTILES).astype(np.int64)) - 1
    return np.unique(np.concatenate([tail, count - 1 - tail]))


def edges_of(
    curve: Curve, values: NDArray[np.float64], form: Format, bounds: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the edges of the histogram bins; rounding never moves a value beyond the bounds."""
    least, most = curve.quantile([LEAST_SPAN, 1 - LEAST_SPAN])
    first = max(curve.points[0], min(least, values[0]))
    last = min(curve.points[-1], max(most, values[-1]))
    cuts = np.linspace(first, last, BINS + 1)[1:-1].tolist()
    neighbours = [(form.below(cut), form.at_or_above(cut)) for cut in cuts]
    lowest, largest = bounds
    halves = [(one + next_) / 2 for one, next_ in neighbours if lowest <= one and next_ <= largest]
    return np.unique(np.clip([first, *halves, last], first, last))


def compare(sample: Sample, dtype: np.dtype[Any], distribution: Distribution | None) -> Comparison:
    """Compare a sample with a distribution; the default is a normal distribution fitted to it.

    Parameters
    ----------
    sample : Sample
    dtype : dtype
        The dtype to which the values were rounded.
    distribution : Distribution, optional

    Raises
    ------
    ValueError
        If the distribution has no density, or if none is given and all values are equal.
    """
    values, count = sample.values, sample.values.size
    chosen = fitted_normal(values) if distribution is None else distribution
    curve = curve_of(chosen)
    parameters = chosen.law(dtype).parameters
    edges = edges_of(curve, values, format_of(dtype), (parameters.lowest, parameters.largest))
    inside, _ = np.histogram(values, edges)
    below = np.searchsorted(values, edges) / count
    ranks = shown_ranks(count)
    return Comparison(
        chosen,
        distribution is None,
        curve,
        edges,
        inside / (count * np.diff(edges)),
        count - int(inside.sum()),
        curve.quantile((ranks + 0.5) / count),
        values[ranks],
        float(np.abs(below - curve.probability_below(edges))[1:-1].max(initial=0.0)),
        # The constant of Massart (1990) in the inequality of Dvoretzky, Kiefer and Wolfowitz.
        None if distribution is None else math.sqrt(math.log(2 / 0.01) / (2 * count)),
    )
