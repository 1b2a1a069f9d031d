"""Sparse matrices: normals, with the same number of zeros in each column.

Guarantees: everything is checked before a byte is written. The values and the zeros depend only on
the seed and the stream, whatever the memory layout. Requires: `out` is the whole matrix, because no
part of it can be made without the rest.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._engine.engine import fill
from fastinit._engine.threads import as_limit
from fastinit._memory.arrays import as_dtype, empty
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._memory.torch_tensors import mark_written
from fastinit._random.default_generator import taken_address
from fastinit._random.streams import StreamSource
from fastinit._support.checks import as_real
from fastinit.typing import (
    DTypeLike,
    NDArray,
    Out,
    Shape,
)

from .argument_order import check_shape_first, misplaced
from .deterministic import whole_weight
from .device_weights import also_on_devices
from .documentation import allocating, documented
from .fills import new_filled

UINT64 = np.dtype(np.uint64)

# The sort keys that select the zeros are drawn for this many elements at a time, to limit memory.
ELEMENTS_AT_A_TIME = 1 << 20


@documented
@also_on_devices
def sparse_(
    out: Out,
    sparsity: float,
    *,
    std: float = 0.01,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> Out:
    """Fill a matrix with normals; a fixed number of elements in each column is 0.

    Parameters
    ----------
    [[out : array or buffer of a floating dtype, shape (n, m)
        The whole weight. The dtype is {floats}.
        Writable, of any memory layout.|shape : (int, int)
        The shape (n, m) of the whole weight.]]
    sparsity : float
        The fraction of each column that is 0, in [0, 1]. Each column has ceil(sparsity n) zeros.
    std : float, default 0.01
        The standard deviation of the other elements.{dtype}
    {address_without_offset}

    Returns
    -------
    {result}

    Raises
    ------
    TypeError, ValueError
        If [[`out` cannot be filled or|`shape`]] does not have two axes, or an argument is out of
        range.{unwritten}

    Notes
    -----
    Source: Martens, ICML 2010, section 5, as in ``torch.nn.init.sparse_``. The values are those of
    `fastinit.normal_`. The zeros are chosen by sort keys: the key of row i in column j is the
    64-bit word j n + i of the stream named "zeros of stream s", where s is the number of the given
    stream. In each column, the rows with the smallest keys are 0. So the zeros depend only on the
    seed and the stream, and are the same on every machine.

    Examples
    --------
    >>> weight = fastinit.sparse_(np.empty((100, 8), np.float32), 0.9, seed=7)
    >>> np.count_nonzero(weight, axis=0).tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """
    array = whole_weight(out, (2,))
    fraction = as_real(sparsity, "sparsity")
    if not 0 <= fraction <= 1:
        raise ValueError(f"sparsity must be in [0, 1], got {sparsity}")
    law = kernel_arguments.normal(0.0, std, array.dtype)
    limit = as_limit(threads)
    with taken_address(seed, stream) as (number, stream_number):
        mark_written(out)
        fill(array, law, number, stream_number, 0, limit)
        _write_zeros(array, fraction, number, stream_number, limit)
    return out


def _write_zeros(
    array: NDArray[Any], fraction: float, seed: int, stream: int, limit: int | None
) -> None:
    """Write 0 to this fraction of each column, rounded up."""
    # A stream of its own. If the words of the values chose the zeros, the most negative values
    # would become 0.
    stream_of_zeros = f"zeros of stream {stream}"
    rows, columns = array.shape
    zeros = math.ceil(fraction * rows)
    step = max(1, ELEMENTS_AT_A_TIME // max(1, rows))
    bits = kernel_arguments.random_bits(UINT64)
    for first in range(0, columns if zeros else 0, step):
        part = array[:, first : first + step].T
        keys = new_filled(part.shape, UINT64, bits, seed, stream_of_zeros, first * rows, limit)
        chosen = np.argsort(keys, axis=1, kind="stable")[:, :zeros]
        np.put_along_axis(part, chosen, 0, axis=1)


@allocating(sparse_)
def sparse(
    shape: Shape,
    sparsity: float,
    *more: NoReturn,
    std: float = 0.01,
    dtype: DTypeLike = np.float32,
    seed: int | StreamSource | None = None,
    stream: int | str | None = None,
    threads: int | None = None,
) -> NDArray[Any]:
    """Return a new matrix of normals; a fixed number of elements in each column is 0.

    Examples
    --------
    >>> weight = fastinit.sparse((100, 8), 0.9, seed=7)
    >>> np.count_nonzero(weight, axis=0).tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """
    if more:
        raise misplaced("sparse", ("shape", "sparsity"), shape, sparsity, *more)
    check_shape_first("sparse", shape, sparsity)
    array = empty(shape, as_dtype(dtype, FLOAT_DTYPES))
    sparse_(array, sparsity, std=std, seed=seed, stream=stream, threads=threads)
    return array
