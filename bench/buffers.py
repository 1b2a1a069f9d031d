"""Memory to write into, warm or fresh, and the bound: the C library's memset."""

from __future__ import annotations

import ctypes
import mmap

import numpy as np

import fastinit
from cases import SIZES, as_dtype

_libc = ctypes.CDLL(None)
_libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def memset(out: np.ndarray) -> None:
    """Write every byte as fast as the C library can."""
    _libc.memset(out.ctypes.data, 1, out.nbytes)


class Warm:
    """Memory whose pages have been touched, 64-byte aligned: the same for all that is measured."""

    def __init__(self) -> None:
        self.words = fastinit.random_bits(max(SIZES.values()) // 4, seed=0)

    def __call__(self, size: str, dtype: str) -> np.ndarray:
        """Return an array of that many bytes."""
        return self.words[: SIZES[size] // 4].view(as_dtype(dtype))


def fresh_array(nbytes: int) -> np.ndarray:
    """Return an array as NumPy allocates it: untouched, and with huge pages asked for."""
    return np.empty(nbytes // 4, np.float32)


def fresh_small_pages(nbytes: int) -> np.ndarray:
    """Return an array over untouched memory that the kernel must give in 4 KiB pages."""
    memory = mmap.mmap(-1, nbytes, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.float32)


FRESH = {"new array, huge pages": fresh_array, "new memory, 4 KiB pages": fresh_small_pages}
