"""fastinit against memset, NumPy and parallel-numpy-rng, into warm memory, in one process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import fastinit
from buffers import SIZES, memset

THREADS = sorted({1, fastinit.get_num_threads()})
KINDS = ["uniform", "normal"]
DTYPES = ["float32", "float64"]
GENERATORS = ["PCG64", "Philox", "SFC64"]

sizes = pytest.mark.parametrize("size", SIZES)
kinds = pytest.mark.parametrize("kind", KINDS)
dtypes = pytest.mark.parametrize("dtype", DTYPES)


@sizes
def test_memset(measure: Any, warm: Any, size: str) -> None:
    """The bound: what the C library writes a second."""
    out = warm(size, np.uint8)
    measure(lambda: memset(out), out, what="memset", size=size, threads=1)


@sizes
@kinds
@dtypes
@pytest.mark.parametrize("threads", THREADS)
def test_fastinit(measure: Any, warm: Any, size: str, kind: str, dtype: str, threads: int) -> None:
    """The package itself."""
    out = warm(size, dtype)
    fill = getattr(fastinit, f"{kind}_")
    measure(
        lambda: fill(out, seed=1, threads=threads), out,
        what="fastinit", kind=kind, dtype=dtype, size=size, threads=threads,
    )  # fmt: skip


def numpy_fill(generator: np.random.Generator, kind: str, out: np.ndarray) -> None:
    """Fill by NumPy's fastest way, `out=`."""
    if kind == "uniform":
        generator.random(out=out, dtype=out.dtype)
    else:
        generator.standard_normal(out=out, dtype=out.dtype)


@pytest.mark.parametrize("size", ["4 KiB", "1 MiB", "64 MiB"])
@kinds
@dtypes
@pytest.mark.parametrize("bits", GENERATORS)
def test_numpy_out(measure: Any, warm: Any, size: str, kind: str, dtype: str, bits: str) -> None:
    """NumPy's `out=`, each of its fast generators."""
    out = warm(size, dtype)
    generator = np.random.Generator(getattr(np.random, bits)(1))
    measure(
        lambda: numpy_fill(generator, kind, out), out,
        what=f"NumPy {bits}, out=", kind=kind, dtype=dtype, size=size, threads=1,
    )  # fmt: skip


@pytest.mark.parametrize("size", ["1 MiB", "64 MiB"])
@kinds
def test_numpy_astype(measure: Any, warm: Any, size: str, kind: str) -> None:
    """What most code does: draw float64, convert, copy."""
    out = warm(size, "float32")
    generator = np.random.default_rng(1)

    def fill() -> None:
        values = (
            generator.uniform(-1, 1, out.shape)
            if kind == "uniform"
            else generator.normal(0, 1, out.shape)
        )
        out[...] = values.astype(np.float32)

    measure(
        fill, out,
        what="NumPy, astype", kind=kind, dtype="float32", size=size, threads=1,
    )  # fmt: skip


@pytest.mark.parametrize("size", ["64 MiB"])
@kinds
@dtypes
def test_numpy_threads(measure: Any, warm: Any, size: str, kind: str, dtype: str) -> None:
    """The recipe "Multithreaded generation" of NumPy's manual: a generator for each thread."""
    out = warm(size, dtype)
    threads = THREADS[-1]
    generators = [np.random.default_rng(s) for s in np.random.SeedSequence(1).spawn(threads)]
    parts = np.array_split(out, threads)
    with ThreadPoolExecutor(threads) as pool:
        measure(
            lambda: list(pool.map(numpy_fill, generators, [kind] * threads, parts)), out,
            what="NumPy, threads recipe", kind=kind, dtype=dtype, size=size, threads=threads,
        )  # fmt: skip


@pytest.mark.parametrize("size", ["64 MiB"])
@kinds
@dtypes
def test_parallel_numpy_rng(measure: Any, warm: Any, size: str, kind: str, dtype: str) -> None:
    """parallel-numpy-rng, which splits a NumPy stream over threads."""
    parallel = pytest.importorskip("parallel_numpy_rng")
    threads = THREADS[-1]
    count = warm(size, dtype).size
    out = warm(size, dtype)
    generator = parallel.MTGenerator(np.random.PCG64(1), nthread=threads)
    draw = generator.random if kind == "uniform" else generator.standard_normal
    draw(size=1000, dtype=np.dtype(dtype).type)  # compiles
    measure(
        lambda: draw(size=count, dtype=np.dtype(dtype).type), out,
        what="parallel-numpy-rng", kind=kind, dtype=dtype, size=size, threads=threads,
    )  # fmt: skip
