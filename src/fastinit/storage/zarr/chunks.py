"""The files of a Zarr array: chunks, or shards that hold several chunks.

fastinit reads and writes chunks of plain elements itself, a piece at a time, so that memory does
not depend on their size. The zarr package decodes all other chunks; the size that they decode to is
checked first. Files from elsewhere are not trusted: damage raises FileFormatError.
"""

from __future__ import annotations

import math
import os
import stat
import zlib
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastinit._support.extras import require
from fastinit.storage.atomic.atomic_directory import walk
from fastinit.storage.atomic.atomic_file import synchronise_directory
from fastinit.storage.blocks.blocks import PIECE_BYTES, part_of, piece_memory
from fastinit.storage.blocks.direct_io import Reader, Writer, read_all, read_at_most, write_all
from fastinit.storage.errors import FileFormatError
from fastinit.storage.regular_file import errors_about

from .grid import (
    Grid,
    Lengths,
    added,
    box_of,
    clipped,
    common,
    contiguous_parts,
    slices,
    subtracted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from fastinit.typing import NDArray
    from fastinit.weight import Weight

    from .metadata import ZarrArray

#: The offset and the length of a chunk that a shard does not hold.
ABSENT = (1 << 64) - 1
#: Direct I/O takes more system calls, which are not worth it for smaller files.
DIRECT_BYTES = 256 << 10
#: The largest chunk that is decoded: the zarr package needs a few times its memory.
DECODED_BYTES = 1 << 30
#: The most chunks or shards without a file, for each file that there is.
MOST_ABSENT = 64
#: The codecs that do not change the number of bytes, except for a checksum.
SAME_SIZE = ("bytes", "transpose", "crc32c")


class Place(NamedTuple):
    """Where the bytes of a chunk are in its file."""

    position: int
    nbytes: int


class ChunkFiles:
    """The files of an array that a formula describes.

    Parameters
    ----------
    directory : Path
    layout : ZarrArray
    weight : Weight
    """

    def __init__(self, directory: Path, layout: ZarrArray, weight: Weight) -> None:
        self.directory, self.layout, self.weight = directory, layout, weight
        self.grid = layout.grid
        self._inner = Grid(layout.files, layout.chunks)

    def path(self, number: int) -> Path:
        """Return the path of a file."""
        return self.directory / self.layout.key(number)

    def nbytes(self, number: int) -> int:
        """Return the number of bytes of the elements of the array in a file."""
        return math.prod(self.box(number)[1]) * self.layout.dtype.itemsize

    def box(self, number: int) -> tuple[Lengths, Lengths]:
        """Return the corner and the lengths of the elements of the array in a file."""
        corner = self.grid.corner(number)
        return corner, clipped(corner, self.layout.files, self.layout.shape)

    # Writing.

    def write(self, number: int) -> None:
        """Write a file."""
        path = self.path(number)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(path, flags, 0o666)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, flags, 0o666)
        try:
            if self._size_of_file < DIRECT_BYTES:
                for part, position in self._contents(number):
                    write_all(descriptor, part.data, position)
                return
            with closing(Writer(descriptor)) as writer:
                for part, position in self._contents(number):
                    writer.write(part, position)
        finally:
            os.close(descriptor)

    def is_written(self, number: int) -> bool:
        """Say whether a file exists with all bytes that `write` would write."""
        try:
            descriptor = os.open(self.path(number), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        end = 0
        try:
            other = piece_memory()
            with closing(Reader(descriptor)) as reader:
                for part, position in self._contents(number):
                    theirs = part_of(other, position, part.size)
                    end = position + part.size
                    if not reader.read(theirs, position) or not np.array_equal(part, theirs):
                        return False
            return os.fstat(descriptor).st_size == end
        finally:
            os.close(descriptor)

    def have_sizes(self, numbers: Iterable[int]) -> bool:
        """Say whether files exist with the sizes that `write` gives them."""
        with suppress(FileNotFoundError):
            return all(self.path(each).stat().st_size == self._size(each) for each in numbers)
        return False

    def _size(self, number: int) -> int:
        layout = self.layout
        held = Grid(self.box(number)[1], layout.chunks).count
        index = 16 * self._inner.count + 4 if layout.is_sharded else 0
        return held * layout.chunk_bytes + index

    def synchronise(self, numbers: Iterable[int]) -> None:
        """Write files, and all directories that lead to them, to the disk."""
        directories = set()
        for number in numbers:
            path = self.path(number)
            above = path.relative_to(self.directory).parents
            directories |= {self.directory / each for each in above}
            with opened(path) as descriptor:
                if descriptor is not None:
                    os.fsync(descriptor)
        for directory in directories:
            synchronise_directory(directory)

    def check_count(self) -> None:
        """Raise FileFormatError unless the array has about as many files as its metadata say.

        A chunk without a file has the fill value. Without a limit, metadata of a few bytes would
        describe more chunks than anybody can compare.
        """
        expected, found = self.grid.count, 0
        for _, _, names in walk(self.directory):
            found += len(names)
            if expected <= MOST_ABSENT * (found + 1):
                return
        raise FileFormatError(
            f"{self.directory}: the array has {found:,} files for {expected:,} chunks or shards"
        )

    @property
    def _size_of_file(self) -> int:
        return self.layout.chunk_bytes * self.layout.chunks_per_file

    def _contents(self, number: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Yield the bytes of a file, piece by piece, each with its position."""
        layout, memory, position = self.layout, piece_memory(), 0
        corner = self.grid.corner(number)
        index = np.full((self._inner.count, 2), ABSENT, "<u8")
        for chunk in range(self._inner.count):
            start = added(corner, self._inner.corner(chunk))
            if 0 in clipped(start, layout.chunks, layout.shape):
                continue  # this chunk of a shard is outside of the array
            index[chunk] = position, layout.chunk_bytes
            yield from self._chunk(start, memory, position)
            position += layout.chunk_bytes
        if layout.is_sharded:
            yield np.frombuffer(with_crc32c(index.tobytes()), np.uint8), position

    def _chunk(
        self, corner: Lengths, memory: NDArray[np.uint8], begin: int
    ) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Yield the bytes of a chunk. Elements outside of the array are 0."""
        layout, itemsize = self.layout, self.layout.dtype.itemsize
        for within, lengths, start in contiguous_parts(layout.chunks, PIECE_BYTES // itemsize):
            position = begin + start * itemsize
            part = part_of(memory, position, math.prod(lengths) * itemsize)
            place = added(corner, within)
            sides = clipped(place, lengths, layout.shape)
            array = part.view(layout.dtype).reshape(lengths)
            if sides != lengths:
                array[...] = 0
            if 0 not in sides:
                self.weight.fill(box_of(array, (0,) * len(sides), sides), slices(place, sides),
                                 threads=1)  # fmt: skip
            yield part, position

    # Reading.

    def parts(self, corner: Lengths, lengths: Lengths) -> Iterator[tuple[Lengths, NDArray[Any]]]:
        """Yield the elements of a box, part by part: the index of the first one, and an array.

        The box is that of a file, or one of `boxes_of_range`. The arrays share memory: use each
        before the next one. A file or a chunk that does not exist has the fill value everywhere.
        """
        layout, memory = self.layout, piece_memory()
        for number in self.grid.meeting(corner, lengths):
            begin, path = self.grid.corner(number), self.path(number)
            start, sides = common(corner, lengths, begin, layout.files)
            with opened(path) as descriptor:
                if descriptor is None:
                    yield from self._filled(start, sides)
                    continue
                places = self._places(descriptor, path)
                for chunk in self._inner.meeting(subtracted(start, begin), sides):
                    origin = added(begin, self._inner.corner(chunk))
                    box = common(start, sides, origin, layout.chunks)
                    if 0 in box[1]:
                        continue
                    if (place := places(chunk)) is None:
                        yield from self._filled(*box)
                    elif layout.codecs == ("bytes",):
                        yield from self._plain(descriptor, path, place, origin, *box, memory)
                    else:
                        yield box[0], self._decoded(descriptor, path, place, box)

    def _filled(self, corner: Lengths, sides: Lengths) -> Iterator[tuple[Lengths, NDArray[Any]]]:
        layout = self.layout
        most = PIECE_BYTES // layout.dtype.itemsize
        value = np.asarray(layout.array.metadata.fill_value, layout.dtype)
        for within, lengths, _ in contiguous_parts(sides, most):
            yield added(corner, within), np.full(lengths, value, layout.dtype)

    def _places(self, descriptor: int, path: Path) -> Callable[[int], Place | None]:
        """Return a function that says where a chunk is in its file; None if it is absent."""
        size, layout = os.fstat(descriptor).st_size, self.layout
        if not layout.is_sharded:
            return lambda _: Place(0, size)
        nbytes = 16 * self._inner.count + 4
        if nbytes > size:
            raise FileFormatError(f"{path}: the shard ends before its index of {nbytes:,} bytes")
        text = bytearray(nbytes)
        if not read_all(descriptor, memoryview(text), size - nbytes):
            raise FileFormatError(f"{path}: the file ends while it is being read")
        if with_crc32c(bytes(text[:-4])) != text:
            raise FileFormatError(f"{path}: the index of the shard is damaged")
        index = np.frombuffer(text, "<u8", 2 * self._inner.count).reshape(-1, 2)

        def place(chunk: int) -> Place | None:
            position, length = map(int, index[chunk])
            if (position, length) == (ABSENT, ABSENT):
                return None
            if position + length > size:
                raise FileFormatError(f"{path}: the index of the shard exceeds the file")
            return Place(position, length)

        return place

    def _plain(
        self,
        descriptor: int,
        path: Path,
        place: Place,
        origin: Lengths,
        corner: Lengths,
        sides: Lengths,
        memory: NDArray[np.uint8],
    ) -> Iterator[tuple[Lengths, NDArray[Any]]]:
        """Yield the elements of a box within a chunk, which begins at `origin`."""
        layout, dtype = self.layout, self.layout.dtype
        if place.nbytes != layout.chunk_bytes:
            raise FileFormatError(
                f"{path}: a chunk is damaged: it has {place.nbytes:,} bytes, expected "
                f"{layout.chunk_bytes:,}"
            )
        # Along the axes before `axis` the box has one index, along those after it all of a chunk.
        axis = next((axis for axis, side in enumerate(sides) if side > 1), len(sides))
        inside = subtracted(corner, origin)
        run = (*sides[: axis + 1], *layout.chunks[axis + 1 :])
        first = 0
        for at, side in zip(inside, layout.chunks, strict=True):
            first = first * side + at
        for within, lengths, start in contiguous_parts(run, PIECE_BYTES // dtype.itemsize):
            valid = clipped(within, lengths, sides)
            if 0 in valid:
                continue
            position = place.position + (first + start) * dtype.itemsize
            part = part_of(memory, position, math.prod(lengths) * dtype.itemsize)
            if not read_all(descriptor, part.data, position):
                raise FileFormatError(f"{path}: the file ends while it is being read")
            array = part.view(dtype).reshape(lengths)
            if layout.is_swapped:
                array.byteswap(inplace=True)
            yield added(corner, within), box_of(array, (0,) * len(valid), valid)

    def _decoded(
        self, descriptor: int, path: Path, place: Place, box: tuple[Lengths, Lengths]
    ) -> NDArray[Any]:
        """Return the elements of a box within a chunk, as the zarr package decodes them."""
        layout = self.layout
        check_decoded(descriptor, place, layout, path)
        try:
            found = np.asarray(layout.array[slices(*box)])
        except Exception as error:  # codecs raise many kinds
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the system; gzip's error for damage is an OSError without a number
            problem = str(error)[:300] or type(error).__name__
            raise FileFormatError(f"{path}: a chunk is damaged: {problem}") from None
        return np.ascontiguousarray(found, layout.dtype).reshape(box[1])


@contextmanager
def opened(path: Path) -> Iterator[int | None]:
    """Yield a descriptor of a file, or None if it does not exist."""
    try:
        # Without waiting for a writer, if it is a named pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        yield None
        return
    except NotADirectoryError:
        raise FileFormatError(f"{path}: a part of the path is not a directory") from None
    try:
        with errors_about(path):
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileFormatError(f"{path}: a chunk must be a file")
            yield descriptor
    finally:
        os.close(descriptor)


def with_crc32c(data: bytes) -> bytes:
    """Return bytes with their CRC-32C, as the index of a shard has it."""
    value: int = require("google_crc32c", "zarr").value(data)
    return data + value.to_bytes(4, "little")


def check_decoded(descriptor: int, place: Place, layout: ZarrArray, path: Path) -> None:
    """Raise FileFormatError if a chunk may decode to more bytes than its elements have."""
    expected = layout.chunk_bytes
    if expected > DECODED_BYTES:
        raise FileFormatError(
            f"{path}: a chunk has {expected:,} bytes; fastinit decodes at most {DECODED_BYTES:,}"
        )
    compressors = [name for name in layout.codecs if name not in SAME_SIZE]
    if not compressors:
        size: int | None = place.nbytes
    elif len(compressors) == 1 and (measure := MEASURES.get(compressors[0])) is not None:
        size = measure(descriptor, place, expected + 4)
    else:
        raise FileFormatError(
            f"{path}: fastinit does not decode chunks with the codecs {', '.join(layout.codecs)}"
        )
    if size is None or not expected <= size <= expected + 4 * len(layout.codecs):
        raise FileFormatError(
            f"{path}: a chunk is damaged: it does not decode to {expected:,} bytes"
        )


def zstd_size(descriptor: int, place: Place, _: int) -> int | None:
    """Return the size that the header of a Zstandard frame declares (RFC 8878, 3.1.1.1)."""
    head = read_at_most(descriptor, min(18, place.nbytes), place.position)
    if len(head) < 6 or head[:4] != b"\x28\xb5\x2f\xfd":  # noqa: PLR2004 - magic, descriptor
        return None
    flags = head[4]
    single, dictionary = flags >> 5 & 1, (0, 1, 2, 4)[flags & 3]
    start = 5 + (0 if single else 1) + dictionary
    length = (1 if single else 0, 2, 4, 8)[flags >> 6]
    if not length:
        return None
    size = int.from_bytes(head[start : start + length], "little")
    return size + 256 if length == 2 else size  # noqa: PLR2004 - as the format says


def blosc_size(descriptor: int, place: Place, _: int) -> int | None:
    """Return the size that the header of a Blosc buffer declares."""
    head = read_at_most(descriptor, min(8, place.nbytes), place.position)
    return int.from_bytes(head[4:], "little") if len(head) == 8 else None  # noqa: PLR2004


def gzip_size(descriptor: int, place: Place, most: int) -> int | None:
    """Return the size of a gzip file, decompressed piece by piece; None if it is more than most."""
    decoder, done, size = zlib.decompressobj(wbits=31), 0, 0
    try:
        while done < place.nbytes and not decoder.eof:
            data = os.pread(descriptor, min(1 << 16, place.nbytes - done), place.position + done)
            if not data:
                return None
            done += len(data)
            while data and size <= most:
                size += len(decoder.decompress(data, 1 << 20))
                data = decoder.unconsumed_tail
            if size > most:
                return None
    except zlib.error:
        return None
    # Only the first member of a file was measured: there must not be another one.
    return size if decoder.eof and not decoder.unused_data and done == place.nbytes else None


MEASURES: dict[str, Callable[[int, Place, int], int | None]] = {
    "zstd": zstd_size,
    "blosc": blosc_size,
    "gzip": gzip_size,
}
