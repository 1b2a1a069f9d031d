"""Upload an object in parts, whole or not at all.

The parts are collected from blocks that several threads write in any order. A part is sent when it
is whole, while later ones are made. The object gets its name when `complete` returns. Whatever
ends the upload earlier aborts it, so that the store keeps and bills no parts.
"""

# ruff: noqa: D102 - the methods of each class are those of `Upload`

from __future__ import annotations

import errno
import io
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .remote_path import errors_of_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from .remote_path import RemotePath

#: The shortest part. Longer ones are used where there would be more than MOST_PARTS.
PART_BYTES = 16 << 20
#: The limits of S3.
MOST_PARTS = 10_000
LARGEST_PART = 5 << 30
#: Parts that are sent at the same time: 8, or fewer if they are long.
MOST_UPLOADS, FEWEST_UPLOADS = 8, 2
UPLOAD_BYTES = 256 << 20
MEBIBYTE = 1 << 20


def part_bytes(path: RemotePath, size: int) -> int:
    """Return the length of a part, or raise ValueError if an object cannot be so large."""
    length = PART_BYTES
    if size > length * MOST_PARTS:
        length = -(-size // (MOST_PARTS * MEBIBYTE)) * MEBIBYTE
    if length > LARGEST_PART:
        largest = LARGEST_PART * MOST_PARTS
        raise ValueError(
            f"{path}: the object would have {size:,} bytes, and stores allow {largest:,}; "
            "use fastinit.save_sharded"
        )
    return length


class Upload(Protocol):
    """How a store takes the parts of one object."""

    #: The number of parts that the store takes at the same time.
    most_at_once: int

    def send(self, number: int, part: io.BytesIO) -> None:
        """Send a part. If the store takes only one at a time, they come in order."""

    def complete(self) -> None:
        """Give the object its name."""

    def abort(self) -> None:
        """Forget all parts."""


class S3Upload:
    """A multipart upload to S3, or one request if there is only one part.

    Without `force`, S3 itself refuses to replace an object (``If-None-Match: *``).
    """

    most_at_once = MOST_UPLOADS

    def __init__(self, path: RemotePath, count: int, *, force: bool) -> None:
        self._path, self._store = path, path.filesystem
        bucket, key, _ = self._store.split_path(path.key)
        self._object = {"Bucket": bucket, "Key": key}
        self._condition = {} if force else {"IfNoneMatch": "*"}
        self._parts: dict[int, dict[str, Any]] = {}
        self._only: io.BytesIO | None = None
        self._upload: str | None = None
        if count > 1:
            self._upload = self._call("create_multipart_upload", **self._checksum())["UploadId"]

    def send(self, number: int, part: io.BytesIO) -> None:
        if self._upload is None:
            self._only = part
            return
        made = self._call("upload_part", UploadId=self._upload, PartNumber=number + 1, Body=part)
        sums = {name: value for name, value in made.items() if name.startswith("Checksum")}
        sums.pop("ChecksumType", None)
        self._parts[number] = {"PartNumber": number + 1, "ETag": made["ETag"], **sums}

    def complete(self) -> None:
        if self._upload is None:
            self._conditional("put_object", Body=self._only or b"")
            return
        parts = [part for _, part in sorted(self._parts.items())]
        self._conditional(
            "complete_multipart_upload", UploadId=self._upload, MultipartUpload={"Parts": parts}
        )

    def abort(self) -> None:
        if self._upload is not None:
            self._call("abort_multipart_upload", UploadId=self._upload)

    def _checksum(self) -> dict[str, str]:
        """Return the checksum that botocore adds to each part, unless the user chose another.

        The request that begins an upload must name the checksum of its parts, and botocore does not
        add it there.
        """
        if "ChecksumAlgorithm" in self._store.s3_additional_kwargs:
            return {}
        added = getattr(self._store.s3.meta.config, "request_checksum_calculation", None)
        return {"ChecksumAlgorithm": "CRC32"} if added == "when_supported" else {}

    def _conditional(self, method: str, **arguments: Any) -> None:
        """Call a method that gives the object its name."""
        try:
            self._call(method, **self._condition, **arguments)
        except OSError as error:
            # Some stores that speak the language of S3 do not know the condition.
            if not self._condition or error.errno != errno.ENOSYS:
                raise
            self._path.check_absent()
            self._call(method, **arguments)

    def _call(self, method: str, **arguments: Any) -> Any:
        with errors_of_store(self._path):
            return self._store.call_s3(method, **self._object, **arguments)


class StreamUpload:
    """An upload by a file of fsspec, which takes the parts in order, one at a time."""

    most_at_once = 1

    def __init__(self, path: RemotePath, length: int, *, force: bool) -> None:
        self._path = path
        with errors_of_store(path):
            self._file = path.filesystem.open(
                path.key, "wb" if force else "xb", block_size=length, autocommit=False
            )

    def send(self, number: int, part: io.BytesIO) -> None:  # noqa: ARG002 - they come in order
        with errors_of_store(self._path):
            self._file.write(part.getbuffer())

    def complete(self) -> None:
        with errors_of_store(self._path):
            self._file.close()
            self._file.commit()

    def abort(self) -> None:
        with errors_of_store(self._path):
            self._file.discard()


class MemoryUpload:
    """An upload to ``memory://``, whose files would appear when they are opened."""

    most_at_once = 1

    def __init__(self, path: RemotePath, *, force: bool) -> None:
        self._path, self._force, self._parts = path, force, list[bytes]()

    def send(self, number: int, part: io.BytesIO) -> None:  # noqa: ARG002 - they come in order
        self._parts.append(part.getvalue())

    def complete(self) -> None:
        mode = "overwrite" if self._force else "create"
        with errors_of_store(self._path):
            self._path.filesystem.pipe_file(self._path.key, b"".join(self._parts), mode=mode)

    def abort(self) -> None:
        self._parts.clear()


def begin(path: RemotePath, size: int, length: int, *, force: bool) -> Upload:
    """Begin an upload in the way that suits the store."""
    if "s3" in path.protocol:
        return S3Upload(path, -(-size // length), force=force)
    if "memory" in path.protocol:
        return MemoryUpload(path, force=force)
    return StreamUpload(path, length, force=force)


class PartWriter:
    """Collects bytes at positions of an object into parts, and sends each part when it is whole.

    Parameters
    ----------
    upload : Upload
    size, length : int
        The size of the object, and of each part but the last.
    sent : callable
        Called with the number of bytes of each part that the store has, on any thread.
    """

    def __init__(self, upload: Upload, size: int, length: int, sent: Callable[[int], None]) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - local files do not need it

        self._upload, self._size, self._length, self._sent = upload, size, length, sent
        self._parts: dict[int, tuple[io.BytesIO, NDArray[np.uint8]]] = {}
        self._left: dict[int, int] = {}
        self._next = 0
        self._lock = threading.Lock()
        self._limit = max(FEWEST_UPLOADS, min(MOST_UPLOADS, UPLOAD_BYTES // length))
        self._pool = ThreadPoolExecutor(
            min(self._limit, upload.most_at_once), thread_name_prefix="fastinit-upload"
        )
        self._pending: set[Future[None]] = set()

    def write(self, memory: NDArray[np.uint8], position: int) -> None:
        """Take bytes at a position."""
        done = 0
        while done < memory.size:
            number, offset = divmod(position + done, self._length)
            part = self._part(number)
            count = min(memory.size - done, part.size - offset)
            part[offset : offset + count] = memory[done : done + count]
            with self._lock:
                self._left[number] -= count
            done += count

    def _part(self, number: int) -> NDArray[np.uint8]:
        with self._lock:
            if number not in self._parts:
                count = min(self._length, self._size - number * self._length)
                part = io.BytesIO(bytes(count))
                self._parts[number] = part, np.frombuffer(part.getbuffer(), np.uint8)
                self._left[number] = count
            return self._parts[number][1]

    def send(self) -> None:
        """Send the parts that are whole; wait until few enough are under way."""
        while self._left.get(self._next) == 0:
            part = self._parts.pop(self._next)[0]
            del self._left[self._next]
            self._pending.add(self._pool.submit(self._send_part, self._next, part))
            self._next += 1
        self._wait(self._limit)

    def _send_part(self, number: int, part: io.BytesIO) -> None:
        size = part.getbuffer().nbytes
        self._upload.send(number, part)
        self._sent(size)

    def _wait(self, most: int) -> None:
        from concurrent.futures import FIRST_COMPLETED, wait  # noqa: PLC0415 - as above

        finished = {each for each in self._pending if each.done()}
        while len(self._pending) - len(finished) > most:
            done, _ = wait(self._pending - finished, return_when=FIRST_COMPLETED)
            finished |= done
        self._pending -= finished
        for each in finished:
            each.result()

    def finish(self) -> None:
        """Wait until the store has all parts."""
        self.send()
        self._wait(0)

    def close(self) -> None:
        """End: parts that wait are not sent; parts under way are waited for."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def uploaded(
    path: RemotePath, size: int, *, force: bool, sent: Callable[[int], None]
) -> Iterator[PartWriter]:
    """Yield a writer of an object; give the object its name at the end.

    Parameters
    ----------
    path : RemotePath
    size : int
        The size of the object, in bytes.
    force : bool
        Replace the object if it exists.
    sent : callable
        Called with the number of bytes of each part that the store has, on any thread.

    Raises
    ------
    OSError
        An error that names `path`. The upload is aborted then.
    """
    path.check_target(force=force)
    length = part_bytes(path, size)
    upload = begin(path, size, length, force=force)
    writer = PartWriter(upload, size, length, sent)
    try:
        yield writer
        writer.finish()
        upload.complete()
    except BaseException:
        # A part that arrives after the end of an upload would stay in the store.
        writer.close()
        with suppress(OSError):
            upload.abort()
        raise
    finally:
        writer.close()


def put(path: RemotePath, data: bytes, *, force: bool) -> None:
    """Write a small object; without `force`, raise FileExistsError if it exists."""
    with uploaded(path, len(data), force=force, sent=lambda _: None) as writer:
        writer.write(np.frombuffer(data, np.uint8), 0)
