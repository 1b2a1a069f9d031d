"""Zarr arrays (version 3 of the format), written and read by the zarr package.

The formula is the JSON text under ``fastinit`` in the attributes of the array. Memory use is a few
chunks; with shards it is a few shards, because a shard is written at once. Chunks are not
compressed, because random bits cannot be.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from fastinit._memory.arrays import Shape, as_shape, empty
from fastinit._memory.dtypes import ML_DTYPES
from fastinit._random.generator import Generator
from fastinit._support.extras import require
from fastinit._support.strict_json import loads
from fastinit.weight import Weight

from .atomic_directory import whole_directory
from .errors import FileFormatError, NoFormulaError
from .headers import Tensor
from .layout import as_weights, formula_of
from .progress import Progress
from .targets import ZARR, as_local_path
from .verifying import Difference, Verification, draw

FORMULA = "fastinit"
#: The largest size of a default chunk.
CHUNK_BYTES = 32 << 20


def save_zarr(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    *,
    chunks: Shape | None = None,
    shards: Shape | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a weight as a Zarr array, chunk by chunk.

    Parameters
    ----------
    path : str or path
        A directory whose name ends in ``.zarr``.
    weights : Weight or iterable of Weight
        One weight of float32, float64 or float16. The zarr package has none of the other dtypes.
    chunks : int or sequence of int, optional
        The shape of a chunk. The default is whole rows, at most 32 MiB together.
    shards : int or sequence of int, optional
        The shape of a shard, a multiple of the chunk's along each axis. The chunks of a shard are
        stored in one file.
    force : bool, default False
        Replace the directory if it exists.
    progress : callable, optional
        Called as ``progress(bytes_done, total_bytes)`` after each chunk or shard.

    Raises
    ------
    FileExistsError
        If the path exists and `force` is false.
    ImportError
        If the zarr package is not installed.
    OSError
        If the array cannot be written. Nothing is left in that case.
    TypeError, ValueError
        If an argument has the wrong type or value. Nothing has been written in that case.

    Notes
    -----
    The directory gets its name when all of it is on the disk.

    Examples
    --------
    >>> weight = fastinit.Weight((1000, 64), "xavier", seed=0, name="user_id")
    >>> fastinit.save_zarr("user_id.zarr", weight, chunks=(250, 64))
    >>> bool(fastinit.verify("user_id.zarr"))
    True
    """
    where, weight = as_local_path(path, "a Zarr array"), one_weight(weights)
    inner, outer = check_zarr(where, weight, chunks, shards)
    zarr = require("zarr", "zarr")
    done = 0
    with whole_directory(where, weight.nbytes, force=force) as directory:
        array = zarr.create_array(
            store=directory,
            shape=weight.shape,
            dtype=weight.dtype,
            chunks=inner,
            shards=outer,
            compressors=None,
            fill_value=0,
            attributes={FORMULA: weight.to_json()},
            zarr_format=3,
            # Without this option, zarr checks each chunk for nonzero elements first.
            config={"write_empty_chunks": True},
        )
        buffer = empty(math.prod(outer or inner), weight.dtype)
        for box, lengths in boxes(weight.shape, outer or inner):
            part = buffer[: math.prod(lengths)].reshape(lengths)
            array[box] = weight.fill(part, box)
            done += part.nbytes
            if progress is not None:
                progress(done, weight.nbytes)


def check_zarr(
    path: Path, weight: Weight, chunks: Shape | None, shards: Shape | None
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Return the shapes of a chunk and of a shard, or raise the errors of `save_zarr`."""
    if path.suffix != ZARR:
        raise ValueError(f"{path}: the name must end in {ZARR}, got {path.suffix!r}")
    if weight.dtype.name in ML_DTYPES:
        raise ValueError(
            f"{path}: the zarr package has no {weight.dtype.name} (zarr-python's issue 2656); "
            "use .safetensors"
        )
    inner = _lengths(chunks, weight, "chunks") if chunks is not None else default_chunks(weight)
    outer = None if shards is None else _lengths(shards, weight, "shards")
    if outer is not None and any(whole % part for whole, part in zip(outer, inner, strict=True)):
        raise ValueError(f"shards must be multiples of the chunks {inner}, got {outer}")
    return inner, outer


def _lengths(given: Shape, weight: Weight, name: str) -> tuple[int, ...]:
    lengths = as_shape(given, name)
    if len(lengths) != weight.ndim or any(length < 1 for length in lengths):
        raise ValueError(
            f"{name} must have a length of 1 or more for each axis of {weight.shape}, got {lengths}"
        )
    return lengths


def default_chunks(weight: Weight) -> tuple[int, ...]:
    """Return the shape of a default chunk: whole rows, or part of a row that is too large."""
    lengths, room = [], max(1, CHUNK_BYTES // weight.dtype.itemsize)
    for length in reversed(weight.shape):
        lengths.append(max(1, min(length, room)))
        room = max(1, room // lengths[-1])
    return tuple(reversed(lengths))


def boxes(
    shape: tuple[int, ...], lengths: tuple[int, ...]
) -> Iterator[tuple[tuple[slice, ...], tuple[int, ...]]]:
    """Yield the boxes of a grid in C order, each with its shape; the last ones may be smaller."""
    starts = [range(0, whole, part) for whole, part in zip(shape, lengths, strict=True)]
    for corner in product(*starts):
        stops = [min(c + p, w) for c, p, w in zip(corner, lengths, shape, strict=True)]
        box = tuple(slice(c, stop) for c, stop in zip(corner, stops, strict=True))
        yield box, tuple(each.stop - each.start for each in box)


def open_zarr(path: Path) -> Any:
    """Return an array as the zarr package reads it, or raise FileFormatError."""
    path = as_local_path(path, "a Zarr array")
    zarr = require("zarr", "zarr")
    if not path.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(path))
    try:
        return zarr.open_array(path, mode="r")
    except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError) as error:
        raise FileFormatError(f"{path}: not a Zarr array: {error}") from None


def verify_zarr(
    path: Path,
    weights: Weight | Iterable[Weight] | None = None,
    *,
    progress: Progress | None = None,
    sample: int | None = None,
    sample_seed: int | Generator | None = None,
) -> Verification:
    """Compare an array with its formula, chunk by chunk, as `fastinit.verify` does for a file.

    The difference in the result is the first one in the first chunk that differs.
    """
    array = open_zarr(path)
    weight = _formula_of(array, path) if weights is None else one_weight(weights)
    found, expected = (array.dtype.name, array.shape), (weight.dtype.name, weight.shape)
    if found != expected:
        raise FileFormatError(
            f"{path}: the array is {found[0]} of shape {found[1]}, "
            f"but {expected[0]} of shape {expected[1]} in its formula"
        )
    lengths = tuple(max(1, length) for length in array.shards or array.chunks)
    buffer, done = empty(math.prod(lengths), weight.dtype), 0
    drawn, chosen = draw(list(boxes(weight.shape, lengths)), sample, sample_seed)
    total = sum(math.prod(shape) for _, shape in chosen) * weight.dtype.itemsize
    for box, shape in chosen:
        ours = weight.fill(buffer[: math.prod(shape)].reshape(shape), box)
        try:
            theirs = np.ascontiguousarray(array[box])
        except ValueError as error:
            raise FileFormatError(f"{path}: a chunk is damaged: {error}") from None
        done += ours.nbytes
        bits = f"u{weight.dtype.itemsize}"
        unequal = ours.view(bits) != theirs.view(bits)
        if unequal.any():
            place = np.unravel_index(int(np.argmax(unequal)), shape)
            index = tuple(int(axis) + each.start for axis, each in zip(place, box, strict=True))
            values = (float(ours[place]), float(theirs[place]))
            return Verification((weight,), done, Difference(weight.name, index, *values), drawn)
        if progress is not None:
            progress(done, total)
    return Verification((weight,), done, None, drawn)


def tensor_of(array: Any, path: Path) -> Tensor:
    """Return the description of an array, or raise FileFormatError if its formula is damaged."""
    formula = array.attrs.get(FORMULA)
    formula = formula if isinstance(formula, str) else None
    try:
        given = loads(formula or "{}")
    except ValueError as error:
        raise FileFormatError(f"{path}: the formula of the array: {error}") from None
    name = given.get("name") if isinstance(given, dict) else None
    size = math.prod(array.shape) * array.dtype.itemsize
    return Tensor(name, array.dtype.name, array.shape, size, formula)


def _formula_of(array: Any, path: Path) -> Weight:
    tensor = tensor_of(array, path)
    if tensor.formula is None:
        raise NoFormulaError(f"{path}: the array has no formula")
    return formula_of(tensor, path)


def one_weight(weights: Weight | Iterable[Weight]) -> Weight:
    """Return the only weight, or raise ValueError if there is not exactly one."""
    given = as_weights(weights)
    if len(given) != 1:
        raise ValueError(f"a Zarr array holds one weight, got {len(given)}; use .safetensors")
    return given[0]
