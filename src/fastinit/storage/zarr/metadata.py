"""The metadata of a Zarr array, which the zarr package reads and writes.

Metadata from elsewhere are not trusted. Guarantees: `open_array` returns an array that the rest of
the code can handle in bounded memory, or raises FileFormatError. A formula is the JSON text under
``fastinit`` in the attributes of the array.
"""

from __future__ import annotations

import errno
import math
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require
from fastinit._support.strict_json import loads
from fastinit.storage.blocks.direct_io import read_at_most
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.shapes import MOST_AXES
from fastinit.storage.regular_file import errors_about

from .grid import Grid, Lengths

if TYPE_CHECKING:
    from pathlib import Path

    from fastinit.weight import Weight

FORMULA = "fastinit"
METADATA = "zarr.json"
#: The largest metadata that are read.
METADATA_BYTES = 1 << 20
#: The codecs of the index of a shard. All known programs write these.
INDEX_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


@dataclass(frozen=True, slots=True)
class ZarrArray:
    """How an array is divided into files, and files into chunks.

    Parameters
    ----------
    array : zarr.Array
        The array as the zarr package reads it.
    shape : tuple of int
    dtype : dtype
        In native byte order.
    files : tuple of int
        The shape of what a file holds: a chunk or a shard.
    chunks : tuple of int
        The shape of a chunk.
    is_sharded : bool
    codecs : tuple of str
        The names of the codecs of a chunk. With ``("bytes",)`` alone, a chunk is its elements.
    is_swapped : bool
        Whether the elements have the other byte order.
    """

    array: Any
    shape: Lengths
    dtype: np.dtype[Any]
    files: Lengths
    chunks: Lengths
    is_sharded: bool
    codecs: tuple[str, ...]
    is_swapped: bool

    @property
    def grid(self) -> Grid:
        """The grid of the files."""
        return Grid(self.shape, self.files)

    @property
    def chunk_bytes(self) -> int:
        """The number of bytes of the elements of a chunk."""
        return math.prod(self.chunks) * self.dtype.itemsize

    @property
    def chunks_per_file(self) -> int:
        """The number of chunks in a file."""
        return Grid(self.files, self.chunks).count

    def key(self, number: int) -> str:
        """Return the path of a file within the array."""
        return str(self.array.metadata.encode_chunk_key(self.grid.place(number)))


def new_array(weight: Weight, chunks: Lengths, shards: Lengths | None) -> tuple[ZarrArray, bytes]:
    """Return an array without any chunk, in memory, and the text of its metadata."""
    zarr = require("zarr", "zarr")
    contents: dict[str, Any] = {}
    array = zarr.create_array(
        store=require("zarr.storage", "zarr").MemoryStore(contents),
        shape=weight.shape,
        dtype=weight.dtype,
        chunks=chunks,
        shards=shards,
        compressors=None,  # random bits cannot be compressed
        fill_value=0,
        attributes={FORMULA: weight.to_json()},
        zarr_format=3,
    )
    return _described(array), contents[METADATA].to_bytes()


def open_array(path: Path) -> ZarrArray:
    """Return the array in a directory, or raise FileFormatError."""
    zarr = require("zarr", "zarr")
    if not path.is_dir():
        if path.exists():
            raise FileFormatError(f"{path}: a file, but a Zarr array is a directory")
        raise FileNotFoundError(errno.ENOENT, "no such directory", str(path))
    try:
        _check_text(_read_metadata(path))
        return _described(zarr.open_array(path, mode="r", zarr_format=3))
    except FileFormatError:
        raise
    except OSError as error:
        if isinstance(error, FileNotFoundError):  # as the errors of zarr are
            raise FileFormatError(f"{path}: not a Zarr array: {error}") from None
        raise
    except Exception as error:  # noqa: BLE001 - the zarr package raises many kinds
        problem = str(error)[:300] or type(error).__name__
        raise FileFormatError(f"{path}: not a Zarr array: {problem}") from None


def _read_metadata(path: Path) -> bytes:
    """Return the text of the metadata, if it is a file of a reasonable size."""
    try:
        descriptor = os.open(path / METADATA, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise FileFormatError(
            f"{path}: not a Zarr array of version 3: the directory has no {METADATA}"
        ) from None
    with errors_about(path / METADATA):
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError(f"{METADATA} is not a file")
            if status.st_size > METADATA_BYTES:
                raise ValueError(
                    f"{METADATA} has {status.st_size:,} bytes, expected at most {METADATA_BYTES:,}"
                )
            return read_at_most(descriptor, METADATA_BYTES)
        finally:
            os.close(descriptor)


def _check_text(text: bytes) -> None:
    """Raise ValueError unless the zarr package can read this text in bounded time and memory."""
    given = loads(text)
    if not isinstance(given, dict):
        raise ValueError(f"{METADATA} is not a JSON object")  # noqa: TRY004 - damage of a file
    shape = given.get("shape")
    if not isinstance(shape, list) or len(shape) > MOST_AXES:
        raise ValueError(f"the shape must be a list of at most {MOST_AXES} lengths")
    if any(type(length) is not int or length < 0 for length in shape):
        raise ValueError("the shape must be a list of integers, 0 or more")
    if not isinstance(given.get("attributes", {}), dict):
        raise ValueError("the attributes must be an object")  # noqa: TRY004 - damage of a file


def _described(array: Any) -> ZarrArray:
    files, chunks = tuple(array.shards or array.chunks), tuple(array.chunks)
    shape = tuple(array.shape)
    lengths = zip(files, chunks, strict=True)
    if not len(files) == len(shape) or any(c < 1 or f < 1 or f % c for f, c in lengths):
        raise ValueError(f"the chunks {chunks} in shards {array.shards} do not fit {shape}")
    codecs = [each.to_dict() for each in array.metadata.codecs]
    is_sharded = array.shards is not None
    if is_sharded:
        settings = codecs[0]["configuration"]
        if (len(codecs), settings["index_location"]) != (1, "end") or (
            [*settings["index_codecs"]] != INDEX_CODECS
        ):
            raise ValueError("the index of its shards must be at the end, with a CRC-32C")
        codecs = settings["codecs"]
    names = tuple(each["name"] for each in codecs)
    endian = [each.get("configuration", {}).get("endian") for each in codecs]
    swapped = "big" in endian
    dtype = np.dtype(array.dtype).newbyteorder("=")
    return ZarrArray(array, shape, dtype, files, chunks, is_sharded, names, swapped)
