"""The fills to measure: calls of fastinit and of other libraries that fill the same memory.

The length of the memory must be a multiple of 8 bytes.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from fastinit._memory.arrays import as_dtype
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._support.extras import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

#: fastinit's functions by their names in tables; a truncated normal is cut at 2 deviations.
KINDS: dict[str, Callable[..., Any]] = {
    "uniform": fastinit.uniform_,
    "normal": fastinit.normal_,
    "truncated normal": fastinit.trunc_normal_,
}

#: The dtypes that NumPy and PyTorch draw directly; NumPy has to convert to others.
NUMPY_DTYPES = ("float32", "float64")
TORCH_DTYPES = ("float32", "float64", "bfloat16", "float16")

#: The amount converted at a time. It stays in the cache of a core, which is best for NumPy.
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Fill:
    """One way to fill the memory.

    Parameters
    ----------
    by : str
        memset, or a library.
    kind, dtype : str
        The kind and the dtype of the values; empty for memset.
    threads : int
    nbytes, elements : int
    run : function
        Fills the memory once.
    """

    by: str
    kind: str
    dtype: str
    threads: int
    nbytes: int
    elements: int
    run: Callable[[], Any]


def warm_memory(nbytes: int) -> NDArray[np.uint8]:
    """Return 64-byte aligned memory whose pages have been touched."""
    return fastinit.random_bits(nbytes // 8, dtype=np.uint64, seed=0).view(np.uint8)


def memset(memory: NDArray[np.uint8]) -> Fill:
    """Return the upper bound: the C library's memset, which writes every byte."""
    run = partial(ctypes.memset, memory.ctypes.data, 1, memory.nbytes)
    return Fill("memset", "", "", 1, memory.nbytes, memory.nbytes, run)


def own(memory: NDArray[np.uint8], dtypes: Iterable[str], threads: Iterable[int]) -> Iterator[Fill]:
    """Yield the fills of fastinit."""
    counts = list(threads)
    for name in dtypes:
        out = memory.view(as_dtype(name, FLOAT_DTYPES))
        for kind, fill in KINDS.items():
            for count in counts:
                run = partial(fill, out, seed=1, threads=count)
                yield Fill("fastinit", kind, name, count, out.nbytes, out.size, run)


def of_numpy(memory: NDArray[np.uint8], dtypes: Iterable[str]) -> Iterator[Fill]:
    """Yield NumPy's fastest fills, direct or converted from float32. It has no truncated normal."""
    generator = np.random.default_rng(1)
    for name in dtypes:
        out = memory.view(as_dtype(name, FLOAT_DTYPES))
        draws: dict[str, Callable[..., Any]] = {
            "uniform": generator.random,
            "normal": generator.standard_normal,
        }
        for kind, draw in draws.items():
            if name in NUMPY_DTYPES:
                run: Callable[[], Any] = partial(draw, out=out, dtype=out.dtype)
            else:
                run = partial(convert, draw, out)
            yield Fill("NumPy", kind, name, 1, out.nbytes, out.size, run)


def convert(draw: Callable[..., Any], out: NDArray[Any]) -> None:
    """Fill an array by drawing float32 and converting it, piece by piece."""
    wide = np.empty(min(PIECE, out.size), np.float32)
    for start in range(0, out.size, wide.size):
        piece = out[start : start + wide.size]
        draw(out=wide[: piece.size], dtype=wide.dtype)
        np.copyto(piece, wide[: piece.size], casting="unsafe")


def of_torch(memory: NDArray[np.uint8], dtypes: Iterable[str]) -> Iterator[Fill]:
    """Yield the fills of PyTorch, which are serial; raise ImportError if it is not installed."""
    torch = require("torch", "torch")
    torch.manual_seed(1)
    for name in dtypes:
        if name not in TORCH_DTYPES:
            continue
        out = torch.from_numpy(memory).view(getattr(torch, name))
        draws = {
            "uniform": out.uniform_,
            "normal": out.normal_,
            "truncated normal": partial(torch.nn.init.trunc_normal_, out),
        }
        for kind, run in draws.items():
            yield Fill("PyTorch", kind, name, 1, memory.nbytes, out.numel(), run)
