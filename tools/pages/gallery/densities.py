"""The distributions against SciPy's: densities, and quantiles out to the tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

import fastinit
from picture import BLACK, BLUE, VERMILION, Picture, digits, table

LAWS = {
    "uniform(−1, 1)": stats.uniform(-1, 2),
    "normal": stats.norm(),
    "trunc_normal, ±2": stats.truncnorm(-2, 2),
}

Measured = dict[str, np.ndarray]


def draws(count: int) -> Measured:
    """Return that many values of each distribution."""
    return {
        "uniform(−1, 1)": fastinit.uniform(count, -1, 1, seed=0, stream="uniform"),
        "normal": fastinit.normal(count, seed=0, stream="normal"),
        "trunc_normal, ±2": fastinit.trunc_normal(count, seed=0, stream="truncated"),
    }


def measure_densities(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return a million values of each."""
    return draws(100_000 if small else 1_000_000)


def draw_densities(figure: Any, measured: Measured) -> None:
    """Draw histograms, and SciPy's densities over them."""
    for axes, (name, values) in zip(figure.subplots(1, 3), measured.items(), strict=True):
        edge = 1.3 if "uniform" in name else 4
        x = np.linspace(-edge, edge, 801)
        axes.hist(values, bins=np.linspace(-edge, edge, 105), density=True, color="#9CCBE8")
        axes.plot(x, LAWS[name].pdf(x), color=VERMILION, linewidth=1.5)
        axes.set_title(name)
        axes.set_xlabel("value")
    figure.axes[0].set_ylabel("density")
    figure.axes[1].legend(
        figure.axes[1].lines + list(figure.axes[1].containers), ["SciPy", "fastinit"],
        loc="upper left", fontsize=9, handlelength=1,
    )  # fmt: skip


def numbers_densities(measured: Measured) -> list[str]:
    """Return moments and the Kolmogorov–Smirnov test's answer."""

    def row(name: str, values: np.ndarray) -> list[str]:
        test = stats.ks_1samp(values.astype(np.float64), LAWS[name].cdf)
        return [
            name,
            f"{values.mean(dtype=float):+.4f}",
            f"{values.std(dtype=float):.4f}",
            f"{LAWS[name].std():.4f}",
            digits(test.statistic),
            f"{test.pvalue:.2f}",
        ]

    return table(
        ["values", "mean", "std", "std in theory", "Kolmogorov–Smirnov distance", "p"],
        (row(*each) for each in measured.items()),
    )


def measure_quantiles(small: bool) -> Measured:  # noqa: FBT001 - Picture.measure's
    """Return sorted values, so many that the tails are reached."""
    values = draws(1 << (16 if small else 24))
    return {name: np.sort(values[name]) for name in ("normal", "trunc_normal, ±2")}


def shown_ranks(count: int) -> np.ndarray:
    """Return ranks, from 0: close together at both ends, where single values count."""
    tail = np.unique(np.geomspace(1, count / 2, 200).astype(np.int64)) - 1
    return np.unique(np.concatenate([tail, count - 1 - tail]))


def expected(name: str, ranks: np.ndarray, count: int, level: float = 0.5) -> np.ndarray:
    """Return the quantile at a level of the value that has each rank among `count`."""
    return LAWS[name].ppf(stats.beta(ranks + 1, count - ranks).ppf(level))


def errors(name: str, values: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return how far off the values of some ranks are, in standard errors."""
    law = stats.beta(ranks + 1, values.size - ranks)
    return stats.norm.ppf(law.cdf(LAWS[name].cdf(values[ranks].astype(np.float64))))


def draw_quantiles(figure: Any, measured: Measured) -> None:
    """Draw values against what is expected, and how far off they are."""
    left, right = figure.subplots(1, 2)
    for (name, values), colour in zip(measured.items(), (BLUE, VERMILION), strict=True):
        ranks = shown_ranks(values.size)
        x = expected(name, ranks, values.size)
        left.plot(x, values[ranks], "o", markersize=3, color=colour, label=name)
    left.axline((0, 0), slope=1, color=BLACK, linewidth=1, zorder=0)
    left.set_aspect("equal")
    left.set_xlabel("quantile by SciPy, in σ")
    left.set_ylabel("value, in σ")
    left.legend(loc="upper left")

    edge = stats.norm.ppf(0.995)
    right.axhspan(-edge, edge, color="#DDDDDD", label="99 % of samples, at each point")
    for (name, values), colour in zip(measured.items(), (BLUE, VERMILION), strict=True):
        ranks = shown_ranks(values.size)
        x = expected(name, ranks, values.size)
        right.plot(x, errors(name, values, ranks), "o", markersize=3, color=colour)
    right.axhline(0, color=BLACK, linewidth=1)
    right.set_ylim(-5, 5)
    right.set_xlabel("quantile by SciPy, in σ")
    right.set_ylabel("value − quantile, in standard errors")
    right.legend(loc="upper center")


def numbers_quantiles(measured: Measured) -> list[str]:
    """Return the extremes, and where they should be."""

    def row(name: str, values: np.ndarray) -> list[str]:
        ends = np.array([0, values.size - 1])
        low, high = (expected(name, ends, values.size, level) for level in (0.005, 0.995))
        return [
            f"{name}, {values.size:,} values",
            *(
                f"{values[rank]:+.4f} ({low[k]:+.4f} to {high[k]:+.4f})"
                for k, rank in enumerate(ends)
            ),
        ]

    return table(
        ["values", "smallest (99 % of samples)", "largest (99 % of samples)"],
        (row(*each) for each in measured.items()),
    )


PICTURES = [
    Picture(
        "densities", "A million values of each distribution follow SciPy's density",
        measure_densities, draw_densities, numbers_densities, (9, 3.4),
    ),
    Picture(
        "quantiles", "The tails are there: 16.8 million values lie on the line out to 5 σ",
        measure_quantiles, draw_quantiles, numbers_quantiles, (9, 4.4),
    ),
]  # fmt: skip
