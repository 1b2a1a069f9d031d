"""Sequences of 32-bit words made from fastinit's output, to be judged by TestU01.

Each source fills a block of words at a time and goes on where it stopped. A uniform has 24 random
bits and a normal as many as its probability resolves: these are packed into whole words, since
TestU01 would rightly find the low bits of a padded word constant.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

import fastinit
from fastinit._engine import engine, kernel_arguments
from fastinit._engine.regions import Box
from fastinit._kernels.dispatch import KERNELS

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 18
SEED = 20_090_818  # of TestU01's last release
INTERLEAVED = 16
COLUMN = 128  # the width of an embedding table
LAW = kernel_arguments.random_bits(np.dtype(np.uint32))

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
WORDS_OF_STREAM = ctypes.c_void_p(_pointer(KERNELS.random_words, b"fastinit.random_words"))


def reverse_bits(words: np.ndarray) -> None:
    """Reverse the bits of each word, in place: TestU01 looks hardest at the highest."""
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F)):
        low = np.uint32(mask)
        words[:] = (words >> np.uint32(shift) & low) | (words & low) << np.uint32(shift)
    words.byteswap(inplace=True)


def halves(bits: np.ndarray) -> np.ndarray:
    """Return words of two 16-bit numbers each."""
    return bits.astype(np.uint16).view(np.uint32)


def words(block: np.ndarray, done: int) -> None:
    """Fill with the words 0, 1, 2, ... of a stream."""
    fastinit.random_bits_(block, seed=SEED, offset=done)


def reversed_words(block: np.ndarray, done: int) -> None:
    """Fill with the same, each with its bits reversed."""
    words(block, done)
    reverse_bits(block)


def streams(block: np.ndarray, done: int, *, by_seed: bool = False) -> None:
    """Fill with word 0 of the streams 0, 1, 2, ... of the seed 0."""
    from tests.programs.testu01.library import load  # noqa: PLC0415 - built on first use

    load().one_word_each(
        WORDS_OF_STREAM,
        ctypes.c_void_p(block.ctypes.data),
        ctypes.c_size_t(block.size),
        ctypes.c_uint64(done),
        int(by_seed),
    )


def seeds(block: np.ndarray, done: int) -> None:
    """Fill with word 0 of stream 0 of the seeds 0, 1, 2, ..."""
    streams(block, done, by_seed=True)


def reversed_streams(block: np.ndarray, done: int) -> None:
    """Fill with word 0 of each stream, with its bits reversed."""
    streams(block, done)
    reverse_bits(block)


def reversed_seeds(block: np.ndarray, done: int) -> None:
    """Fill with word 0 of each seed, with its bits reversed."""
    seeds(block, done)
    reverse_bits(block)


def interleaved(block: np.ndarray, done: int) -> None:
    """Fill with word 0 of 16 streams, word 1 of each, and so on."""
    rows = block.size // INTERLEAVED
    each = np.empty((INTERLEAVED, rows), np.uint32)
    for stream in range(INTERLEAVED):
        fastinit.random_bits_(each[stream], seed=SEED, stream=stream, offset=done // INTERLEAVED)
    block.reshape(rows, INTERLEAVED)[:] = each.T


def column(block: np.ndarray, done: int) -> None:
    """Fill with every 128th word: the first column of a table of 128 columns."""
    box = Box(done * COLUMN, (COLUMN,), (block.size,), None, (), ())
    engine.fill_box(block, LAW, SEED, 0, box, None)


def uniform32(block: np.ndarray, done: int) -> None:
    """Fill with the highest 16 of the 24 bits of float32 uniforms, two to a word."""
    u = fastinit.uniform(2 * block.size, seed=SEED, stream="uniform32", offset=2 * done)
    block[:] = halves(u * np.float32(2**16))


def uniform64(block: np.ndarray, done: int) -> None:
    """Fill with the highest 32 bits of float64 uniforms."""
    u = fastinit.uniform(block.size, dtype="f8", seed=SEED, stream="uniform64", offset=done)
    block[:] = (u * 2**32).astype(np.uint32)


def normal32(block: np.ndarray, done: int) -> None:
    """Fill with the highest 16 bits of float32 normals' probabilities, two to a word."""
    z = fastinit.normal(2 * block.size, seed=SEED, stream="normal32", offset=2 * done)
    block[:] = halves(ndtr(z.astype(np.float64)) * 2**16)


def normal64(block: np.ndarray, done: int) -> None:
    """Fill with the highest 32 bits of float64 normals' probabilities."""
    z = fastinit.normal(block.size, dtype="f8", seed=SEED, stream="normal64", offset=done)
    block[:] = np.minimum(ndtr(z) * 2**32, 2**32 - 1).astype(np.uint32)


def counter(block: np.ndarray, done: int) -> None:
    """Fill with a Weyl sequence, which is not random: what the tests must find."""
    block[:] = (np.arange(done, done + block.size) * 0x9E3779B9 & 0xFFFFFFFF).astype(np.uint32)


SOURCES: dict[str, Callable[[np.ndarray, int], None]] = {
    "words": words,
    "reversed_words": reversed_words,
    "streams": streams,
    "reversed_streams": reversed_streams,
    "seeds": seeds,
    "reversed_seeds": reversed_seeds,
    "interleaved": interleaved,
    "column": column,
    "uniform32": uniform32,
    "uniform64": uniform64,
    "normal32": normal32,
    "normal64": normal64,
    "counter": counter,
}
