"""Quantised embedding rows, in FBGEMM's fused row-wise layouts, without a float32 table.

Promises: row r is the float32 row r of a table of this width with the same distribution, seed and
stream, quantised; everything is checked before a byte is written. Memory beside the output is one
tile of some 16 KiB a thread, or one row where that is longer.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from . import engine
from .addressing import as_index, check_offset
from .checks import check_choice
from .cpus import check_threads
from .defaults import resolve
from .distributions import Constant, Distribution, Normal, TruncatedNormal, Uniform
from .documentation import documented
from .initializers import distribution_of
from .laws import REACH_OF_TABLE
from .memory import Shape, as_shape, empty, writable_array
from .schemes import SCHEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .generator import Generator

FLOAT32 = np.dtype(np.float32)
BYTES = np.dtype(np.uint8)
# The scale and the bias of a row: two float32 numbers, or two of float16.
SCALE_AND_BIAS_BYTES = {8: 8, 4: 4}
#: Up to which magnitude of the values both are finite.
LARGEST = {8: float(np.finfo(np.float32).max) / 2, 4: float(np.finfo(np.float16).max)}


def quantized_row_bytes(dim: int, bits: int = 8) -> int:
    """Return how many bytes a quantised row of `dim` elements takes.

    Parameters
    ----------
    dim : int
        1 or more.
    bits : 8 or 4
        Of an element.

    Raises
    ------
    TypeError, ValueError
        If `dim` is no positive integer, or `bits` neither 8 nor 4.
    """
    each, width = as_index(bits, "bits"), as_index(dim, "dim")
    if each not in SCALE_AND_BIAS_BYTES:
        raise ValueError(f"bits must be 8 or 4, got {bits}")
    if width == 0:
        raise ValueError(f"dim must be 1 or more, got {dim}")
    return -(-width * each // 8) + SCALE_AND_BIAS_BYTES[each]


def _distribution(
    given: str | Distribution, shape: tuple[int, int], options: dict[str, Any]
) -> Distribution:
    if isinstance(given, (Uniform, Normal, TruncatedNormal, Constant)):
        if options:
            raise TypeError(f"a distribution takes no options, got {', '.join(options)}")
        return given
    check_choice(given, "distribution", SCHEMES)
    return distribution_of(SCHEMES[given], given, shape, options, stacklevel=3)


def _reach(distribution: Distribution) -> float:
    """Return a magnitude that no float32 value passes."""
    match distribution:
        case Uniform(low, high):
            return max(abs(low), abs(high))
        case Constant(value):
            return abs(value)
        case Normal(mean, std):
            return abs(mean) + REACH_OF_TABLE * std
        case TruncatedNormal(mean, std, low, high):
            # Beyond a bound in the tail the density falls faster than from the middle.
            far = REACH_OF_TABLE * std
            return max(abs(max(low, min(mean, high) - far)), abs(min(high, max(mean, low) + far)))


@documented
def quantized_rows_(
    out: Any,
    dim: int,
    distribution: str | Distribution,
    /,  # variance_scaling has an option of this name
    *,
    bits: int = 8,
    first_row: int = 0,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Any,
) -> Any:
    """Fill `out` with quantised rows of a table.

    Parameters
    ----------
    out : array of uint8, shape (rows, quantized_row_bytes(dim, bits))
        Writable; the bytes of a row lie side by side, rows may lie apart.
    dim : int
        Elements of a row, 1 or more.
    distribution : Uniform, Normal, TruncatedNormal or str
        Of the float32 values, or a scheme's name. Its fans are those of the shape (rows, dim) of
        `out`, unless the options ``fan_in=`` and ``fan_out=`` give those of the whole table.
    bits : 8 or 4
        Of an element.
    first_row : int, default 0
        The number, in the whole table, of the first row of `out`.
    seed, stream, threads
        As in `fastinit.normal_`.
    **options
        The scheme's.

    Returns
    -------
    out
        The object that was given.

    Raises
    ------
    TypeError, ValueError
        If `out` cannot be filled or has another dtype or shape, an argument is out of range, or a
        scale or bias could overflow. Nothing has been written then.

    Notes
    -----
    With m and M the least and the largest of a row's float32 values x, in float32 arithmetic:

    8 bits: dim bytes q = round((x - m) (255 / (M - m + 1e-8))), then the float32 numbers
    scale = (M - m) / 255 and bias = m.

    4 bits: (dim + 1) // 2 bytes, element 2 i in the low half of byte i, q = round((x - bias) /
    scale) kept in [0, 15], then the float16 numbers scale = (M - bias) / 15, or 1 where that is 0,
    and bias = m.

    Halves are rounded to even; x is about q scale + bias. Source: FBGEMM's
    FloatToFused8BitRowwiseQuantized and FloatToFusedNBitRowwiseQuantizedSBHalf, and PyTorch's
    ``quantized::embedding_bag_byte_prepack`` and ``embedding_bag_4bit_prepack``, byte for byte.

    {guarantee}
    """
    row_bytes = quantized_row_bytes(dim, bits)
    array = writable_array(out, ("uint8",))
    if array.ndim != 2 or array.shape[1] != row_bytes:  # noqa: PLR2004 - rows and bytes
        raise ValueError(
            f"out must have the shape (rows, {row_bytes}) for {bits} bits and dim {dim}, "
            f"got {array.shape}"
        )
    if array.size and array.strides[1] != 1:
        raise ValueError(f"the bytes of a row of out must lie side by side, got {array.strides}")
    shape = (array.shape[0], operator.index(dim))
    chosen = _distribution(distribution, shape, options)
    law = chosen.law(FLOAT32)
    if _reach(chosen) > LARGEST[bits]:
        raise ValueError(
            f"with {bits} bits no value may be beyond {LARGEST[bits]:.6g}, or scale and bias could "
            f"overflow; got {chosen}"
        )
    first = as_index(first_row, "first_row")
    check_offset(first * shape[1], shape[0] * shape[1], FLOAT32.itemsize)
    limit = None if threads is None else check_threads(threads)
    engine.fill_quantized(array, bits, shape[1], law, *resolve(seed, stream), first, limit)
    return out


def quantized_rows(
    shape: Shape,
    distribution: str | Distribution,
    /,  # variance_scaling has an option of this name
    *,
    bits: int = 8,
    first_row: int = 0,
    seed: int | Generator | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Any,
) -> NDArray[np.uint8]:
    """Return a new array of quantised rows of a table.

    Parameters
    ----------
    shape : (int, int)
        Rows and elements of a row; the array has ``quantized_row_bytes(dim, bits)`` columns. It is
        C-contiguous and 64-byte aligned. The other arguments, the errors and the guarantee are
        those of `quantized_rows_`.
    """
    lengths = as_shape(shape)
    if len(lengths) != 2:  # noqa: PLR2004
        raise ValueError(f"quantized_rows needs a shape of two axes, got {lengths}")
    array = empty((lengths[0], quantized_row_bytes(lengths[1], bits)), BYTES)
    quantized_rows_(
        array,
        lengths[1],
        distribution,
        bits=bits,
        first_row=first_row,
        seed=seed,
        stream=stream,
        threads=threads,
        **options,
    )
    return array
