"""Dask arrays of weights: many workers make a table, each its own chunks.

Guarantees: a task holds the formula as text and the slices of its chunk; no values pass through the
client or the scheduler. A chunk has the same bits as that part of the whole, on every worker and
each time it is made. Before the graph is computed, it is one symbolic layer. Its size depends on
the number of chunks along each axis, but not on the size of the table. Equal formulas have equal
keys. Requires: fastinit is installed on the scheduler and the workers. A worker whose fastinit has
another version of the contract raises.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ._engine.threads import as_limit
from ._memory.arrays import empty
from ._support.extras import require
from .storage.zarr.metadata import FORMULA
from .typing import NDArray
from .weight import Weight, check_weight

_weight_of = lru_cache(maxsize=64)(Weight.from_json)


def fill_chunk(formula: str, part: tuple[slice, ...], threads: int | None) -> NDArray[Any]:
    """Make a part of a weight, given as slices with non-negative bounds: a task of the graph."""
    weight = _weight_of(formula)
    chunk = empty([axis.stop - axis.start for axis in part], weight.dtype)
    weight.fill(chunk, part, threads=threads)
    return chunk


def from_weight(weight: Weight, chunks: Any = "auto", *, threads: int | None = 1) -> Any:
    """Return a weight as a dask array. No chunk exists before it is computed.

    Parameters
    ----------
    weight : Weight
        The formula of the whole tensor.
    chunks : int, tuple, dict or str, default "auto"
        The chunks of the array, in any form that dask accepts. The values do not depend on them.
        ``("auto", -1)`` keeps the rows of a table whole.
    threads : int, optional
        The largest number of threads for each chunk. The default is 1, because dask computes as
        many chunks at once as the machine has cores. None means what `fastinit.get_num_threads`
        returns on the worker; it suits workers that compute one chunk at a time.

    Returns
    -------
    dask.array.Array
        An array with the shape and dtype of the weight.

    Raises
    ------
    ImportError
        If dask is not installed. The message names the extra to install.
    TypeError, ValueError
        If `weight` is not a weight, `threads` is not a positive integer, or dask cannot divide the
        shape into these chunks.

    Notes
    -----
    The bits are those of ``numpy.asarray(weight)``. They do not depend on the chunks, the
    scheduler, the number of workers or their CPU types, or on how often a chunk is made.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> array = fastinit.dask.from_weight(weight, chunks=(250, 64))
    >>> array.numblocks
    (4, 1)
    >>> bool((array[500:502].compute() == weight[500:502]).all())
    True
    """
    check_weight(weight)
    limit = as_limit(threads)
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


def to_zarr(
    weight: Weight,
    url: Any,
    chunks: Any = "auto",
    *,
    threads: int | None = 1,
    **options: Any,
) -> Any:
    """Let dask write a weight as a Zarr array that carries its formula, so that `verify` checks it.

    Parameters
    ----------
    weight : Weight
        A weight of a dtype that the zarr package has: float32, float64 or float16.
    url : str, path or zarr store
        Where the array is written, as ``dask.array.to_zarr`` takes it.
    chunks : int, tuple, dict or str, default "auto"
        The chunks of the dask array, and of the Zarr array.
    threads : int, optional
        As in `from_weight`.
    **options
        Passed to ``dask.array.to_zarr``. The default of `compressors` is None, because random bits
        cannot be compressed. The formula is added to `attributes`.

    Returns
    -------
    None or dask.delayed.Delayed
        What ``dask.array.to_zarr`` returns: None, or a delayed object with ``compute=False``.

    Raises
    ------
    ImportError
        If dask or zarr is not installed.
    TypeError, ValueError
        The errors of `from_weight` and of ``dask.array.to_zarr``.

    Notes
    -----
    dask writes in place: an interrupted run leaves an incomplete array. `fastinit.save_zarr` writes
    arrays that appear whole or not at all. Several processes can write the parts of one array.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "embedding_uniform", seed=0, name="user_id")
    >>> fastinit.dask.to_zarr(weight, "user_id.zarr", chunks=(250, 64))
    >>> bool(fastinit.verify("user_id.zarr"))
    True
    """
    array = from_weight(weight, chunks, threads=threads)
    attributes = {**options.pop("attributes", {}), FORMULA: weight.to_json()}
    return array.to_zarr(url, attributes=attributes, **{"compressors": None, **options})


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = ["from_weight", "to_zarr"]
