"""Compiled kernels on disk, so that a process compiles a kernel only if no other one did before.

Guarantees: a file is whole or not used. It appears under its name when it is complete, and begins
with the digest of the rest. Any number of processes may write at once. If the folder cannot be
used, each process compiles for itself.

The folder is ``fastinit`` in ``$XDG_CACHE_HOME``, or in ``~/.cache``. A file that is deleted is
made again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from . import compiler
from .source import OPTIONS, headers, program

if TYPE_CHECKING:
    from .source import Kernel

_DIGEST_BYTES = 32


def folder() -> Path:
    """Return where the files are, whether they exist or not."""
    root = os.environ.get("XDG_CACHE_HOME")
    return Path(root) if root and Path(root).is_absolute() else Path.home() / ".cache"


def path_of(kernel: Kernel, architecture: str) -> Path:
    """Return the path of a kernel's code: it names everything that the code depends on."""
    parts = [*headers().values(), program([kernel]), *OPTIONS, architecture]
    parts += map(str, compiler.version())
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return folder() / "fastinit" / f"{kernel.name}-{architecture}-{digest}.cubin"


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, binary = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return binary if hashlib.sha256(binary).digest() == digest else None


def _write(path: Path, binary: bytes) -> None:
    with suppress(OSError):  # a full disk, a folder of another user: the next process compiles too
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(binary).digest() + binary)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise


def binary_of(kernel: Kernel, architecture: str) -> bytes:
    """Return the code of a kernel, from the disk or from the compiler."""
    path: Path | None = None
    with suppress(RuntimeError):  # there is no home
        path = path_of(kernel, architecture)
    binary = None if path is None else _read(path)
    if binary is None:
        binary = compiler.compile_kernels([kernel], architecture).binary
        if path is not None:
            _write(path, binary)
    return binary
