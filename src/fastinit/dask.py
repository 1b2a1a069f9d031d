"""Dask arrays of weights: tables that many workers make, each its own chunks.

Promises: a task carries the formula as text and the slices of its chunk, so that no value passes
the client or the scheduler; a chunk has the bits of that part of the whole, whichever worker makes
it, whenever, and however often; before it is computed the graph is one symbolic layer, whose size
does not depend on the table's but on the number of chunks along each axis; equal formulas have
equal keys. Takes for granted: that the scheduler and the workers have fastinit installed. One that
follows another version of the contract raises.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ._engine.threads import check_threads
from ._memory.arrays import empty
from ._support.extras import require
from .weight import Weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

_weight_of = lru_cache(maxsize=64)(Weight.from_json)


def fill_chunk(formula: str, part: tuple[slice, ...], threads: int | None) -> NDArray[Any]:
    """Make the part of a weight that slices with non-negative bounds name: a task of the graph."""
    weight = _weight_of(formula)
    chunk = empty([axis.stop - axis.start for axis in part], weight.dtype)
    weight.fill(chunk, part, threads=threads)
    return chunk


def from_weight(weight: Weight, chunks: Any = "auto", *, threads: int | None = 1) -> Any:
    """Return a weight as a dask array, of which no chunk exists before it is computed.

    Parameters
    ----------
    weight : Weight
        The formula of the whole tensor.
    chunks : int, tuple, dict or str, default "auto"
        How the array is cut, in any form that dask takes; the values do not depend on it.
        ``("auto", -1)`` keeps a table's rows whole.
    threads : int, optional
        At most so many threads for each chunk. The default is 1, since dask computes as many chunks
        at once as the machine has cores. None: what `fastinit.get_num_threads` returns where the
        chunk is made, for workers that compute one chunk at a time.

    Returns
    -------
    dask.array.Array
        Of the weight's shape and dtype.

    Raises
    ------
    ImportError
        If dask is not installed, with the extra to install.
    TypeError, ValueError
        If `weight` is no weight, `threads` is no positive integer, or dask cannot cut the shape so.

    Notes
    -----
    Bits: chunk by chunk those of ``numpy.asarray(weight)``, whatever the chunks, the scheduler, the
    number and CPU types of the workers, and however often a chunk is made anew.
    """
    if not isinstance(weight, Weight):
        raise TypeError(f"weight must be a fastinit.Weight, got {type(weight).__name__}")
    limit = None if threads is None else check_threads(threads)
    array = require("dask.array", "dask")
    tokenize = require("dask.base", "dask").tokenize
    blockwise = require("dask.blockwise", "dask").blockwise
    chunk_slices = require("dask.layers", "dask").ArraySliceDep

    formula = weight.to_json()
    cuts = array.core.normalize_chunks(chunks, weight.shape, dtype=weight.dtype)
    name = f"fastinit-{tokenize(formula, cuts, limit)}"
    axes = tuple(range(weight.ndim))
    layer = blockwise(
        fill_chunk,
        name,
        axes,
        *(formula, None),
        *(chunk_slices(cuts), axes),
        *(limit, None),
        numblocks={},
    )
    return array.Array(layer, name, cuts, meta=np.empty((0,) * weight.ndim, weight.dtype))
