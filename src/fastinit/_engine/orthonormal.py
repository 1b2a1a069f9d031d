"""Orthonormal columns by a QR decomposition, with the same bits on every machine.

Guarantees: the bits do not depend on the instruction set, the threads or the memory layout of the
matrix. LAPACK guarantees none of these, and does not respect a number of threads; see
householder.pxd. Requires: a finite float64 matrix with no more columns than rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._kernels.dispatch import KERNELS
from fastinit._memory.arrays import empty

from . import engine
from .threads import get_num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FLOAT64 = np.dtype(np.float64)
WIDTH = 32  # columns of a panel, as in householder.pxd

# About 0.3 ms on one core. The start and join of a thread take 0.08 ms.
OPERATIONS_PER_THREAD = 1 << 23


def write_orthonormal_columns(
    out: NDArray[Any], matrix: NDArray[Any], factor: float, threads: int | None
) -> None:
    """Write Q of the decomposition A = Q R in which R has a positive diagonal, times a factor.

    Parameters
    ----------
    out : array of a floating dtype, shape (rows, columns)
        Any layout. The columns of Q are orthonormal, and span the same space as those of A.
    matrix : array of float64, shape (rows, columns)
        A, of full rank.
    factor : float
        Multiplies Q in float64, before Q is rounded to the dtype of `out`.
    threads : int or None
        The largest number of threads. None means what `get_num_threads` returns.
    """
    rows, columns = matrix.shape
    limit = get_num_threads() if threads is None else threads
    panels = _panels(matrix)
    count = len(panels)
    coefficients = empty((count, WIDTH, WIDTH), FLOAT64)
    signs = empty(columns, FLOAT64)
    for number in range(count):
        KERNELS.decompose(panels, coefficients, signs, rows, columns, number)

        def reflect(begin: int, end: int, number: int = number) -> None:
            KERNELS.reflect(panels, panels, coefficients, rows, number, True, begin, end)  # noqa: FBT003

        _in_threads(reflect, range(number + 1, count), rows - number * WIDTH, limit)

    # Q: apply the reflections, in order, to the first columns of the identity, with R's signs.
    result = empty(panels.shape, FLOAT64)
    result.fill(0)
    for column, sign in enumerate(signs):
        result[column // WIDTH, column, column % WIDTH] = sign

    def form(begin: int, end: int) -> None:
        for number in reversed(range(end)):  # later reflections do not change these columns
            KERNELS.reflect(result, panels, coefficients, rows, number, False, begin, end)  # noqa: FBT003

    _in_threads(form, range(count), rows * count // 2, limit)
    for panel, part in zip(result, _parts(out), strict=True):
        part[...] = factor * panel[:, : part.shape[1]]


def _parts(matrix: NDArray[Any]) -> list[NDArray[Any]]:
    """Return views of WIDTH columns each; the last view has the remaining columns."""
    return [matrix[:, first : first + WIDTH] for first in range(0, matrix.shape[1], WIDTH)]


def _panels(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return the columns of a matrix in panels. The last panel is filled up with zeros."""
    parts = _parts(matrix)
    panels = empty((len(parts), len(matrix), WIDTH), FLOAT64)
    for panel, part in zip(panels, parts, strict=True):
        panel[:, : part.shape[1]] = part
        panel[:, part.shape[1] :] = 0
    return panels


def _in_threads(
    work: Callable[[int, int], None], panels: range, reflected_rows: int, limit: int
) -> None:
    """Call work(begin, end) for ranges of panels, in which `rows` rows are reflected."""
    # Two matrix products, with one multiplication and one addition for each element.
    operations = 4 * WIDTH * WIDTH * reflected_rows * len(panels)
    useful = min(limit, operations // OPERATIONS_PER_THREAD)
    if useful > 1:
        engine.run_chunks(work, [*panels, panels.stop], useful)
    else:
        for number in panels:
            work(number, number + 1)
