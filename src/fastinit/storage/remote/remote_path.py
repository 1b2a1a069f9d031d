"""Objects in stores such as S3: what a URL names, with the methods of `pathlib.Path` used here.

fsspec finds the store of a URL. It is imported when the first URL is used. Nothing is cached: each
method asks the store. Every error of a store becomes an OSError with the URL.
"""

# ruff: noqa: D102 - the methods are those of `pathlib.Path`

from __future__ import annotations

import errno
import io
import re
import threading
from bisect import bisect_right
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from fastinit._support.extras import require
from fastinit.storage.errors import exists

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from numpy.typing import NDArray

#: Headers are read in steps of at least this number of bytes.
HEADER_BYTES = 1 << 16
#: The longest range that one request asks for.
RANGE_BYTES = 16 << 20
#: The number of ranges that are requested at the same time, ahead of what is compared.
RANGES_AHEAD = 8
#: The error numbers of exceptions that stores raise without a number.
NUMBERS = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    TimeoutError: errno.ETIMEDOUT,
}


class RemotePath:
    """An object in a store, or the common beginning of several names, which is like a directory.

    Parameters
    ----------
    url : str
    filesystem : fsspec.AbstractFileSystem
    """

    def __init__(self, url: str, filesystem: Any) -> None:
        self.url = url.rstrip("/")
        self.filesystem = filesystem
        self.key: str = filesystem._strip_protocol(self.url)  # noqa: SLF001 - documented by fsspec

    @classmethod
    def open_store(cls, url: str, storage_options: Mapping[str, Any] | None) -> RemotePath:
        """Return the path of a URL; raise ValueError or ImportError if there is no such store."""
        core = require("fsspec.core", "remote")
        try:
            filesystem, _ = core.url_to_fs(url, **(storage_options or {}))
        except ImportError as error:
            ours = url.startswith(("s3", "http"))
            how = ": pip install 'fastinit-sampler[remote]'" if ours else ""
            raise ImportError(f"{url}: {error}{how}") from error
        except (ValueError, TypeError) as error:
            raise ValueError(f"{url}: {error}") from None
        return cls(url, filesystem)

    @property
    def protocol(self) -> tuple[str, ...]:
        """The names of the protocol in URLs, such as ("s3", "s3a")."""
        names = self.filesystem.protocol
        return (names,) if isinstance(names, str) else tuple(names)

    @property
    def is_read_only(self) -> bool:
        """Whether the store accepts no objects."""
        return "http" in self.protocol

    @property
    def name(self) -> str:
        # Only in http does the text after ? not belong to the name.
        path = re.split(r"[?#]", self.url)[0] if self.is_read_only else self.url
        return path.rsplit("/", 1)[1]

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> RemotePath:
        return RemotePath(self.url.rsplit("/", 1)[0], self.filesystem)

    def with_name(self, name: str) -> RemotePath:
        return self.parent / name

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(f"{self.url}/{name}", self.filesystem)

    def __str__(self) -> str:
        return self.url

    def __repr__(self) -> str:
        return f"RemotePath({self.url!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __lt__(self, other: RemotePath) -> bool:
        return self.url < other.url

    def details(self) -> dict[str, Any] | None:
        """Return what the store knows of the object, or None if there is no such object."""
        with errors_of_store(self):
            self.filesystem.invalidate_cache()
            try:
                details: dict[str, Any] = self.filesystem.info(self.key)
            except FileNotFoundError:
                return None
        return details

    def exists(self) -> bool:
        return self.details() is not None

    def is_file(self) -> bool:
        details = self.details()
        return details is not None and details["type"] == "file"

    def is_dir(self) -> bool:
        if self.is_read_only:  # http has no directories
            return False
        details = self.details()
        return details is not None and details["type"] == "directory"

    def stat(self) -> SimpleNamespace:
        details = self.details()
        if details is None or details["type"] != "file":
            raise FileNotFoundError(errno.ENOENT, "no such object", self.url)
        if details["size"] is None:
            raise OSError(errno.EIO, "the server does not say the size of the object", self.url)
        return SimpleNamespace(st_size=int(details["size"]))

    def mkdir(self, *, exist_ok: bool = False) -> None:
        """Do nothing: a store has no directories, only names that begin with the same text."""

    def rmdir(self) -> None:
        """Do nothing, as `mkdir`."""

    def iterdir(self) -> Iterator[RemotePath]:
        with errors_of_store(self):
            self.filesystem.invalidate_cache()
            try:
                keys = self.filesystem.ls(self.key, detail=False)
            except FileNotFoundError:
                return
        for key in keys:
            if name := key.rstrip("/").rsplit("/", 1)[-1]:
                yield self / name

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        return (path for path in self.iterdir() if fnmatchcase(path.name, pattern))

    def unlink(self, *, missing_ok: bool = False) -> None:
        with errors_of_store(self):
            try:
                self.filesystem.rm_file(self.key)
            except FileNotFoundError:
                if not missing_ok:
                    raise

    def read_range(self, start: int, stop: int) -> bytes:
        """Return the bytes [start, stop); fewer if the object ends before."""
        if start >= stop:
            return b""
        with errors_of_store(self):
            data: bytes = self.filesystem.cat_file(self.key, start=start, end=stop)
        if len(data) > stop - start:
            raise OSError(errno.EIO, "the server does not send parts of an object", self.url)
        return data

    def read_bytes(self) -> bytes:
        return self.read_range(0, self.stat().st_size)

    def read_text(self, encoding: str = "utf-8") -> str:
        return self.read_bytes().decode(encoding)

    def open(self, mode: str = "rb") -> io.BufferedReader:
        if mode != "rb":
            raise ValueError(f"expected the mode 'rb', got {mode!r}")
        return io.BufferedReader(_RangeFile(self), HEADER_BYTES)

    def check_absent(self) -> None:
        """Raise FileExistsError if the object exists."""
        if self.is_file():
            raise exists(self)

    def check_target(self, *, force: bool) -> None:
        """Raise an error unless an object may be created here."""
        if self.is_read_only:
            raise OSError(errno.EROFS, f"{self.protocol[0]} can only be read", self.url)
        if not force:
            self.check_absent()


def is_remote(path: object) -> TypeGuard[RemotePath]:
    """Say whether a path is that of an object in a store."""
    return isinstance(path, RemotePath)


@contextmanager
def errors_of_store(path: RemotePath) -> Iterator[None]:
    """Raise every error of a store as an OSError with the URL."""
    try:
        yield
    except FileExistsError:
        raise exists(path) from None
    except OSError as error:
        if error.filename == path.url:
            raise
        known = (number for kind, number in NUMBERS.items() if isinstance(error, kind))
        number = error.errno or next(known, errno.EIO)
        raise OSError(number, error.strerror or str(error) or repr(error), path.url) from error
    except Exception as error:  # the packages of the stores have errors of their own
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}", path.url) from error


class _RangeFile(io.RawIOBase):
    """An object as a file that can be read. Each read is one request."""

    def __init__(self, path: RemotePath) -> None:
        self._path, self._size, self._position = path, path.stat().st_size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = begin + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._path.read_range(self._position, min(self._position + len(buffer), self._size))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class RangeReader:
    """Reads the parts of an object that are named in advance, and no others.

    Ranges that touch are joined, and long ones divided, so that one request asks for up to 16 MiB.
    Up to 8 requests are under way while earlier ranges are compared.

    Parameters
    ----------
    path : RemotePath
    ranges : iterable of (int, int)
        The start and stop of each range, in ascending order. Each byte is read once.
    """

    def __init__(self, path: RemotePath, ranges: Iterable[tuple[int, int]]) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - local files do not need it

        self._path = path
        self._ranges = list(_joined(ranges))
        self._starts = [start for start, _ in self._ranges]
        self._left = [stop - start for start, stop in self._ranges]
        self._fetched: dict[int, Future[bytes]] = {}
        self._next = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(RANGES_AHEAD, thread_name_prefix="fastinit-read")

    def read(self, memory: NDArray[np.uint8], position: int) -> bool:
        """Fill the memory from a position; return false if the object ends before."""
        done = 0
        while done < memory.size:
            number = bisect_right(self._starts, position + done) - 1
            start, stop = self._ranges[number]
            data = self._get(number)
            offset = position + done - start
            taken = data[offset : offset + min(memory.size - done, stop - start - offset)]
            if not taken:
                return False
            memory[done : done + len(taken)] = np.frombuffer(taken, np.uint8)
            done += len(taken)
            self._release(number, len(taken))
        return True

    def _get(self, number: int) -> bytes:
        with self._lock:
            ahead = min(len(self._ranges), number + RANGES_AHEAD)
            for each in range(self._next, ahead):
                self._fetched[each] = self._pool.submit(self._path.read_range, *self._ranges[each])
            self._next = max(self._next, ahead)
            future = self._fetched[number]
        return future.result()

    def _release(self, number: int, count: int) -> None:
        with self._lock:
            self._left[number] -= count
            if not self._left[number]:
                del self._fetched[number]

    def close(self) -> None:
        """End the requests that are under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _joined(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join ranges that touch, up to the length of one request; divide longer ones."""
    begin = end = 0
    for start, stop in ranges:
        if start != end:
            if begin < end:
                yield begin, end
            begin = start
        end = stop
        while end - begin > RANGE_BYTES:
            yield begin, begin + RANGE_BYTES
            begin += RANGE_BYTES
    if begin < end:
        yield begin, end
