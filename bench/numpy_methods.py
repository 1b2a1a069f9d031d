"""Compare methods that `fastinit.Generator` has from NumPy with NumPy's generators, as a table.

    python bench/numpy_methods.py

The generators take turns, and the best time of each counts.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 100_000
ROUNDS = 100

CALLS: dict[str, Callable[[Any], object]] = {
    "exponential(size=n)": lambda rng: rng.exponential(size=COUNT),
    "standard_gamma(2, n)": lambda rng: rng.standard_gamma(2.0, COUNT),
    "beta(2, 3, n)": lambda rng: rng.beta(2.0, 3.0, COUNT),
    "poisson(3, n)": lambda rng: rng.poisson(3.0, COUNT),
    "binomial(20, 0.3, n)": lambda rng: rng.binomial(20, 0.3, COUNT),
    "laplace(size=n)": lambda rng: rng.laplace(size=COUNT),
    "lognormal(size=n)": lambda rng: rng.lognormal(size=COUNT),
    "permutation(n)": lambda rng: rng.permutation(COUNT),
    "choice(n, n // 10, replace=False)": lambda rng: rng.choice(COUNT, COUNT // 10, replace=False),
    "choice(n, n)": lambda rng: rng.choice(COUNT, COUNT),
    "multivariate_normal([0, 0], I, n // 2)": lambda rng: rng.multivariate_normal(
        [0, 0], np.eye(2), COUNT // 2
    ),
    "integers(100, size=n)": lambda rng: rng.integers(100, size=COUNT),
}


def best_times(call: Callable[[Any], object], generators: list[Any]) -> list[float]:
    """Return the best time of each generator in seconds."""
    best = [float("inf")] * len(generators)
    for _ in range(ROUNDS):
        for place, generator in enumerate(generators):
            start = time.perf_counter()
            call(generator)
            best[place] = min(best[place], time.perf_counter() - start)
    return best


if __name__ == "__main__":
    generators = [
        fastinit.default_rng(1),
        np.random.default_rng(1),
        np.random.Generator(np.random.Philox(1)),
    ]
    print("| call, n = 100,000 | fastinit | PCG64 | NumPy's Philox | fastinit / PCG64 |")
    print("|---|---|---|---|---|")
    for name, call in CALLS.items():
        ours, *theirs = (1e9 / COUNT * each for each in best_times(call, generators))
        times = " | ".join(f"{each:.2f}" for each in (ours, *theirs))
        print(f"| `{name}` | {times} | {ours / theirs[0]:.2f} |")
