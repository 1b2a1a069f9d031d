"""NumPy into `out=`, by conversion and by its manual's recipe for threads; SciPy's truncnorm."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from cases import NORMAL, THREADS, TRUNCATED, UNIFORM, Kind

from .peer import Peer

BOTH = [UNIFORM, NORMAL]
NARROW = ["bfloat16", "float16", "float8_e4m3fn"]


def fill_out(generator: np.random.Generator, kind: Kind, out: np.ndarray) -> None:
    """Fill by NumPy's fastest way."""
    if kind is UNIFORM:
        generator.random(out=out, dtype=out.dtype)
    else:
        generator.standard_normal(out=out, dtype=out.dtype)


def of_bits(bits: str, kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """One of NumPy's own bit generators."""
    return partial(fill_out, np.random.Generator(getattr(np.random, bits)(1)), kind, out)


def convert(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Do what most code does for float32: draw float64 in a new array, and convert it."""
    generator = np.random.default_rng(1)
    draw = partial(generator.uniform if kind is UNIFORM else generator.normal, *kind.parameters)

    def fill() -> None:
        out[...] = draw(out.size).astype(out.dtype)

    return fill


def convert_narrow(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Do the best for dtypes that NumPy does not draw: convert float32 from warm memory."""
    generator = np.random.default_rng(1)
    wide = np.ones(out.size, np.float32)

    def fill() -> None:
        fill_out(generator, kind, wide)
        np.copyto(out, wide, casting="unsafe")

    return fill


def recipe(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """Do as the manual's "Multithreaded generation": a generator and a part for each thread."""
    threads = THREADS[-1]
    generators = [np.random.default_rng(s) for s in np.random.SeedSequence(1).spawn(threads)]
    parts = np.array_split(out, threads)
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(fill_out, generators, [kind] * threads, parts))


def truncnorm(kind: Kind, out: np.ndarray) -> Callable[[], Any]:
    """SciPy's, the only truncated normal beside NumPy's generators: float64 in a new array."""
    from scipy.stats import truncnorm as scipy_truncnorm  # noqa: PLC0415 - may be absent

    mean, std, low, high = kind.parameters
    generator = np.random.default_rng(1)
    draw = partial(
        scipy_truncnorm.rvs, (low - mean) / std, (high - mean) / std,
        loc=mean, scale=std, random_state=generator,
    )  # fmt: skip

    def fill() -> None:
        out[...] = draw(size=out.size)

    return fill


PEERS = [
    *(
        Peer(f"NumPy {bits}, out=", "numpy", BOTH, ["float32", "float64"], partial(of_bits, bits))
        for bits in ("PCG64", "Philox", "SFC64")
    ),
    Peer("NumPy, astype", "numpy", BOTH, ["float32"], convert),
    Peer("NumPy, float32 converted", "numpy", BOTH, NARROW, convert_narrow),
    Peer("NumPy, threads recipe", "numpy", BOTH, ["float32", "float64"], recipe, THREADS[-1]),
    Peer("SciPy truncnorm.rvs", "scipy", [TRUNCATED], ["float32", "float64"], truncnorm),
]
