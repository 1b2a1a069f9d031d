"""Quantised embedding rows in the layouts that FBGEMM and PyTorch read, without a float32 table.

Guarantees: row r is the quantised float32 row r of a table of this width with the same
distribution, seed and stream. Everything is checked before a byte is written. Besides the output,
each thread needs memory for one tile of about 16 KiB, or for one row if that is longer.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import operator
from typing import NoReturn, get_args

import numpy as np

from fastinit._engine import engine
from fastinit._engine.threads import as_limit
from fastinit._memory.arrays import as_shape, empty
from fastinit._memory.devices import DeviceArray, writable_memory
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.addressing import as_index
from fastinit._random.default_generator import taken_address
from fastinit._random.streams import StreamSource
from fastinit._support.checks import as_integer, check_choice
from fastinit.typing import (
    NDArray,
    Out,
    RowLayout,
    SchemeName,
    SchemeOptions,
    Shape,
    Unpack,
)

from .argument_order import check_shape_first, misplaced
from .distributions import Distribution, law_of
from .documentation import allocating, documented
from .resolution import check_makes_parts, resolve_scheme
from .schemes import SCHEMES

FLOAT32 = np.dtype(np.float32)
ELEMENTS_OF_STREAM = 1 << 64  # of float32
BYTES = np.dtype(np.uint8)
BITS = (8, 4, 2)

ROW_LAYOUTS: tuple[str, ...] = get_args(RowLayout)

#: The largest magnitude of values whose scale and bias are finite in float32 and in float16.
LARGEST_FLOAT32 = float(np.finfo(np.float32).max) / 2
LARGEST_FLOAT16 = float(np.finfo(np.float16).max)


def _has_float32_scale(bits: int, row_layout: str) -> bool:
    return bits == 8 and row_layout == "fused_rowwise"  # noqa: PLR2004


def _as_bits(bits: int) -> int:
    each = as_integer(bits, "bits")
    if each not in BITS:
        raise ValueError(f"bits must be 8, 4 or 2, got {bits}")
    return each


def quantized_row_bytes(dim: int, bits: int = 8, row_layout: RowLayout = "fused_rowwise") -> int:
    """Return the number of bytes of a quantised row of `dim` elements.

    Parameters
    ----------
    dim : int
        The number of elements, 1 or more.
    bits : 8, 4 or 2
        The number of bits of an element.
    row_layout : {"fused_rowwise", "tbe"}, default "fused_rowwise"
        As in `quantized_rows_`. Padding between rows is not counted.

    Returns
    -------
    int
        The bytes of the codes, plus those of scale and bias: 8 if they are float32, 4 if float16.

    Raises
    ------
    TypeError, ValueError
        If `dim` is not a positive integer, `bits` is not 8, 4 or 2, or `row_layout` is unknown.

    Examples
    --------
    >>> fastinit.quantized_row_bytes(64, 4, "tbe")
    36
    """
    each, width = _as_bits(bits), as_index(dim, "dim")
    check_choice(row_layout, "row_layout", ROW_LAYOUTS)
    if width == 0:
        raise ValueError(f"dim must be 1 or more, got {dim}")
    return -(-width * each // 8) + (8 if _has_float32_scale(each, row_layout) else 4)


@documented
def quantized_rows_(
    out: Out,
    dim: int,
    distribution: SchemeName | Distribution,
    /,  # positional: variance_scaling has an option of this name
    *,
    bits: int = 8,
    row_layout: RowLayout = "fused_rowwise",
    first_row: int = 0,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Unpack[SchemeOptions],
) -> Out:
    """Fill `out` with quantised rows of a table.

    Parameters
    ----------
    [[out : array of uint8, shape (rows, quantized_row_bytes(dim, bits, row_layout))
        Writable. The bytes of one row must be contiguous; the rows need not be. If the rows are
        padded, give ``padded[:, :quantized_row_bytes(...)]``: the padding stays as it is.
    dim : int
        The number of elements of a row, 1 or more.|shape : (int, int)
        The number of rows, and the number of elements of a row.]]
    distribution : Uniform, Normal, TruncatedNormal, Constant or str
        The distribution of the float32 values, or the name of a scheme. A scheme reads its fans
        from the shape (rows, dim). For a part of a table, give those of the whole table with the
        options ``fan_in=`` and ``fan_out=``. ``"embedding_uniform"`` needs ``rows=`` instead.
    bits : 8, 4 or 2
        The number of bits of an element.
    row_layout : {"fused_rowwise", "tbe"}, default "fused_rowwise"
        "fused_rowwise" puts scale and bias behind the codes, as the operators embedding_bag_byte,
        _4bit and _2bit of PyTorch expect. "tbe" puts them in front, always as float16, as the
        inference tables of FBGEMM (IntNBitTableBatchedEmbeddingBagsCodegen) and torchrec expect.
    first_row : int, default 0
        The number that the first row has in the whole table.
    {address_without_offset}
    **options
        The options of the scheme.

    Returns
    -------
    [[out
        The same object.|array of uint8
        It has ``quantized_row_bytes(dim, bits, row_layout)`` columns, is C-contiguous and 64-byte
        aligned.]]

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or has another dtype or shape; if |]]an argument is out of
        range; if a scale or a bias could overflow.{unwritten}

    Notes
    -----
    Let m and M be the smallest and the largest float32 value x of a row. All arithmetic is in
    float32.

    8 bits, "fused_rowwise": q = round((x - m) (255 / (M - m + 1e-8))). The scale (M - m) / 255 and
    the bias m are float32.

    All other cases: q = round((x - bias) / scale), clipped to [0, L], where L is 2 ** bits - 1. The
    scale (M - bias) / L (or 1 if that is 0) and the bias m are rounded to float16.

    The codes q fill each byte from its low bits. round() rounds halves to even. x is about q scale
    + bias. Source: FloatToFused8BitRowwiseQuantized and FloatToFusedNBitRowwiseQuantizedSBHalf of
    FBGEMM, with the same bytes. For "tbe", torchrec calls the latter for every number of bits, and
    moves scale and bias to the front.

    {guarantee}

    Examples
    --------
    >>> table = np.empty((1000, fastinit.quantized_row_bytes(64, 4)), np.uint8)
    >>> fastinit.quantized_rows_(table, 64, "embedding_uniform", bits=4, seed=0).shape
    (1000, 36)
    """
    row_bytes = quantized_row_bytes(dim, bits, row_layout)
    array = writable_memory(out, ("uint8",))
    if array.ndim != 2 or array.shape[1] != row_bytes:  # noqa: PLR2004 - rows and bytes
        raise ValueError(
            f"out must have the shape (rows, {row_bytes}) for {bits} bits, dim {dim} and "
            f"row_layout {row_layout!r}, got {array.shape}{_advice(array, row_bytes)}"
        )
    if array.size and array.strides[1] != 1:
        raise ValueError(
            f"the bytes of each row of out must be contiguous, got strides {array.strides}"
        )
    shape = (array.shape[0], operator.index(dim))
    if not isinstance(distribution, Distribution):
        if isinstance(distribution, str):
            check_makes_parts(distribution)
        check_choice(distribution, "distribution", SCHEMES)
    chosen = resolve_scheme(distribution, shape, options, stacklevel=2)
    law = law_of(chosen, distribution, FLOAT32)
    largest = LARGEST_FLOAT32 if _has_float32_scale(bits, row_layout) else LARGEST_FLOAT16
    if chosen.reach > largest:
        raise ValueError(
            f"all values must be in [-{largest:.6g}, {largest:.6g}] for bits={bits} and row_layout="
            f"{row_layout!r}, because scale and bias could overflow, got {chosen.as_call()}"
        )
    first = as_index(first_row, "first_row")
    if (first + shape[0]) * shape[1] > ELEMENTS_OF_STREAM:
        raise ValueError(
            f"first_row must be at most {max(0, ELEMENTS_OF_STREAM // shape[1] - shape[0])} for "
            f"{shape[0]} rows of {shape[1]} elements, because a stream has 2**64 elements, "
            f"got {first}"
        )
    limit = as_limit(threads)
    in_front = row_layout == "tbe"
    with taken_address(seed, stream) as (number, stream_number):
        mark_written(out)
        engine.fill_quantized(
            array, bits, in_front, shape[1], law, number, stream_number, first, limit
        )
    return out


def _advice(array: NDArray[np.uint8] | DeviceArray, row_bytes: int) -> str:
    """Return advice for the error message if the rows of `out` are longer than quantised rows."""
    if array.ndim == 2 and array.shape[1] > row_bytes:  # noqa: PLR2004 - rows and bytes
        return f"; where rows are padded at the end, give out[:, :{row_bytes}]"
    return ""


@allocating(quantized_rows_)
def quantized_rows(
    shape: Shape,
    distribution: SchemeName | Distribution,
    /,  # positional: variance_scaling has an option of this name
    *more: NoReturn,
    bits: int = 8,
    row_layout: RowLayout = "fused_rowwise",
    first_row: int = 0,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
    **options: Unpack[SchemeOptions],
) -> NDArray[np.uint8]:
    """Return a new array of quantised rows of a table.

    Examples
    --------
    >>> fastinit.quantized_rows((1000, 64), "embedding_uniform", bits=4, seed=0).shape
    (1000, 36)
    """
    if more:
        raise misplaced("quantized_rows", ("shape", "distribution"), shape, distribution, *more)
    check_shape_first("quantized_rows", shape, distribution)
    lengths = as_shape(shape)
    if len(lengths) != 2:  # noqa: PLR2004 - rows and elements of a row
        raise ValueError(f"shape must be (rows, dim), got {lengths}")
    array = empty((lengths[0], quantized_row_bytes(lengths[1], bits, row_layout)), BYTES)
    quantized_rows_(
        array,
        lengths[1],
        distribution,
        bits=bits,
        row_layout=row_layout,
        first_row=first_row,
        seed=seed,
        stream=stream,
        threads=threads,
        **options,
    )
    return array
