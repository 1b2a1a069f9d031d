"""Zarr arrays (version 3 of the format): their shapes, chunks and formulas.

The zarr package defines the format: it makes and reads the metadata, and decodes compressed chunks.
Chunks are not compressed, because random bits cannot be. `saving` and `verifying` write and compare
arrays, `parts` lists the parts that several processes write. `grid` has the arithmetic of boxes,
`metadata` and `chunks` the two kinds of files.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fastinit._memory.arrays import Shape, as_shape
from fastinit._memory.dtypes import ML_DTYPES
from fastinit._support.strict_json import loads
from fastinit.storage.blocks.block_stats import Summariser, Summary
from fastinit.storage.blocks.blocks import (
    PIECE_BYTES,
    Block,
    piece_memory,
)
from fastinit.storage.errors import FileFormatError, NoFormulaError
from fastinit.storage.formats.headers import Tensor
from fastinit.storage.formats.layout import as_weights, formula_of
from fastinit.storage.targets import ZARR, as_local_path
from fastinit.weight import Weight

from .grid import contiguous_lengths
from .metadata import FORMULA, ZarrArray, open_array

#: The largest size of a default chunk.
CHUNK_BYTES = 32 << 20
#: The most units of work that files are divided into.
MOST_UNITS = 1 << 16


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
    return contiguous_lengths(weight.shape, CHUNK_BYTES // weight.dtype.itemsize)


def one_weight(weights: Weight | Iterable[Weight]) -> Weight:
    """Return the only weight, or raise ValueError if there is not exactly one."""
    given = as_weights(weights)
    if len(given) != 1:
        raise ValueError(f"a Zarr array holds one weight, got {len(given)}; use .safetensors")
    return given[0]


def open_zarr(path: Path) -> Any:
    """Return an array as the zarr package reads it, or raise FileFormatError."""
    return open_array(as_local_path(path, "a Zarr array")).array


def tensor_of(array: Any, path: Path) -> Tensor:
    """Return the description of an array, or raise FileFormatError if its formula is damaged."""
    formula = array.attrs.get(FORMULA)
    if formula is not None and not isinstance(formula, str):
        raise FileFormatError(f"{path}: the formula of the array is not a text")
    try:
        given = {} if formula is None else loads(formula)
        if not isinstance(given, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004, TRY301 - reported below
        name = given.get("name")
        if formula is not None and not isinstance(name, str):
            raise ValueError("it has no name")  # noqa: TRY301 - reported below
    except ValueError as error:
        raise FileFormatError(f"{path}: the formula of the array: {error}") from None
    size = math.prod(array.shape) * array.dtype.itemsize
    return Tensor(name, array.dtype.name, tuple(array.shape), size, formula)


def formula_of_array(array: Any, path: Path) -> Weight:
    """Return the formula of an array, or raise NoFormulaError if it has none."""
    tensor = tensor_of(array, path)
    if tensor.formula is None:
        raise NoFormulaError(f"{path}: the array has no formula")
    return formula_of(tensor, path)


def part_range(total: int, number: int, count: int) -> range:
    """Return the share of part `number` of `count`, counted from 1."""
    return range(total * (number - 1) // count, total * number // count)


def units_of(count: int, layout: ZarrArray) -> int:
    """Return the number of units of work: a file each, or several files if they are small."""
    nbytes = max(1, layout.chunk_bytes * layout.chunks_per_file)
    return max(1, min(MOST_UNITS, count // -(-PIECE_BYTES // nbytes)))


def share(numbers: Sequence[int], unit: int, units: int) -> Sequence[int]:
    """Return the numbers that a unit of work has."""
    return numbers[len(numbers) * unit // units : len(numbers) * (unit + 1) // units]


def summary_of(block: Block, checksum: str) -> Summary:
    """Return the summary of a block, computed from the formula."""
    memory, dtype = piece_memory(), block.weight.dtype
    summariser = Summariser(dtype, block.distribution, checksum)
    for start, stop, _ in block.pieces():
        piece = memory[: (stop - start) * dtype.itemsize]
        block.fill(piece.view(dtype), start)
        summariser.add(piece)
    return summariser.result()
