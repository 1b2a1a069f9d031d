"""What a path names: a single file of some format, a set of shards, or a Zarr array.

A path is local, or the URL of an object in a store. Both have the methods of `pathlib.Path` that
this package uses. So other modules do not have to know which of the two a path is.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .remote.remote_path import RemotePath, is_remote

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Files of elements alone, without a header.
RAW = (".bin", ".raw")
#: The suffixes of single files.
SUFFIXES = (".safetensors", ".npy", *RAW)
INDEX_SUFFIX = ".safetensors.index.json"
ZARR = ".zarr"
RECEIPT_SUFFIX = ".receipt.json"

#: A URL, such as ``s3://bucket/name``; also several, such as ``simplecache::s3://bucket/name``.
URL = re.compile(r"([^/]+)://(.*)", re.DOTALL)
#: What `pathlib` leaves of a URL.
COLLAPSED_URL = re.compile(
    r"(s3a?|gcs|gs|az|abfss?|memory|https?|file|local):/(?!/)(.*)", re.DOTALL
)
LOCAL_PROTOCOLS = ("file", "local")


def as_path(path: str | os.PathLike[str], storage_options: Mapping[str, Any] | None = None) -> Path:
    """Return a path, or the object that a URL names, which has the same methods.

    Raises
    ------
    ImportError
        If the package for the URL is not installed.
    ValueError
        If the path or the URL is empty, if no store has such URLs, or if options are given for a
        local path.
    """
    if is_remote(path):
        return cast("Path", path)
    text = os.fspath(path)
    if text == "":  # for pathlib, it is the current directory
        raise ValueError("the path is empty; for the current directory, give '.'")
    if isinstance(text, str):  # pathlib refuses bytes
        if (match := COLLAPSED_URL.fullmatch(text)) and not Path(text).exists():
            raise ValueError(
                f"{text} is not a URL; pass {match[1]}://{match[2]} as a str (pathlib.Path removes "
                "a slash)"
            )
        match = URL.fullmatch(text)
        if match and match[1] not in LOCAL_PROTOCOLS:
            if not match[2].strip("/"):
                raise ValueError(
                    f"{text} names no object; expected {match[1]}://, then a bucket and a name"
                )
            return cast("Path", RemotePath.open_store(text, storage_options))
        if match and not match[2].startswith("/"):
            raise ValueError(f"{text}: expected {match[1]}:///, then the path from the root on")
        text = match[2] if match else text
    if storage_options:
        raise ValueError(f"{text}: storage_options belong to URLs such as s3://bucket/name")
    return Path(text)


def is_url(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is the URL of an object in a store."""
    if is_remote(path):
        return True
    match = URL.fullmatch(text) if isinstance(text := os.fspath(path), str) else None
    return match is not None and match[1] not in LOCAL_PROTOCOLS


def as_local_path(path: str | os.PathLike[str], what: str) -> Path:
    """Return a path; raise ValueError if it is the URL of a store, which `what` cannot be in."""
    if is_url(path):
        raise ValueError(f"{path}: {what} must be local; copy it with fsspec")
    return as_path(path)


def suffix_of(path: Path) -> str:
    """Return the suffix that selects the format of a single file, or raise ValueError."""
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: the name must end in {', '.join(SUFFIXES)}, got {path.suffix!r}; "
            "for a new directory of shards, end the name in /"
        )
    return path.suffix


def check_exists(path: Path) -> None:
    """Raise FileNotFoundError if a path does not exist and has no suffix of a known format."""
    if path.suffix not in SUFFIXES and not path.exists():
        if not is_remote(path):
            with suppress(FileNotFoundError, NotADirectoryError):
                path.stat()  # the system's error for a loop of links
        raise FileNotFoundError(errno.ENOENT, "no such file or directory", str(path))


def receipt_path(path: Path) -> Path:
    """Return the default path of the receipt of a file."""
    return path.with_name(f"{path.name}{RECEIPT_SUFFIX}")


def receipt_target(
    path: Path,
    receipt: bool | str | os.PathLike[str],  # noqa: FBT001 - as the caller of `save` gave it
) -> Path | None:
    """Return the path that the `receipt` of a call selects; None if it asks for no receipt."""
    if receipt is True:
        return receipt_path(path)
    return as_path(receipt) if receipt else None


def is_zarr(path: Path) -> bool:
    """Say whether a path names a Zarr array, by its suffix or by the contents of the directory."""
    if _is_named_object(path):
        return False
    return path.suffix == ZARR or (path / "zarr.json").is_file()


def is_set(path: Path) -> bool:
    """Say whether a path names a set, that is an index or a directory, rather than one file."""
    if _is_named_object(path):
        return False
    return path.name.endswith(INDEX_SUFFIX) or path.is_dir()


def _is_named_object(path: Path) -> bool:
    """Say whether the name of an object says what it is, so that the store need not be asked."""
    return is_remote(path) and path.suffix in SUFFIXES


def is_new_set(path: str | os.PathLike[str], where: Path) -> bool:
    """Say whether weights that are saved to a path become a set of shards.

    Parameters
    ----------
    path : str or path
        What the caller gave. A slash at its end says that it is a directory, also a new one.
    where : Path
        The same, as `as_path` returns it.
    """
    if (str(path) if is_remote(path) else os.fspath(path)).endswith(("/", INDEX_SUFFIX)):
        return True
    return where.suffix not in SUFFIXES and where.is_dir()
