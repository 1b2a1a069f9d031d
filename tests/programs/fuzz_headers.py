"""Fuzz what reads files: `contents` and `verify` on hostile headers, guided by coverage.

    pip install atheris
    python -m tests.programs.fuzz_headers -runs=100000 -rss_limit_mb=1024 -timeout=5 [CORPUS FOLDER]

A file may be refused by FileFormatError, or ValueError where it has no formula; anything else is a
finding. What was found is kept as a case of tests/storage/test_hostile_files.py.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["fastinit.storage", "fastinit.weight", "json"]):
    import fastinit
    from fastinit.storage.formats import safetensors
    from fastinit.storage.listing import contents

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.simplefilter("ignore")  # a scheme that does not suit its activation is no finding
WEIGHT = fastinit.Weight((7, 3), fastinit.Normal(0.1, 0.3), seed=5, name="w")
TRUE_HEADER = safetensors.header([WEIGHT])
FOLDER = Path(tempfile.mkdtemp())


def read(path: Path, content: bytes) -> None:
    """Give a file of this content to every reader; raise what none of them may."""
    path.write_bytes(content)
    attempt(lambda: contents(path))
    attempt(lambda: fastinit.verify(path, WEIGHT))
    attempt(lambda: fastinit.verify(path))


def attempt(reader: Callable[[], object]) -> None:
    """Call a reader, which may refuse a file."""
    try:
        reader()
    except fastinit.FileFormatError:
        pass
    except ValueError as error:
        if "has no formula" not in str(error):
            raise


def one_input(data: bytes) -> None:
    """Read one input as a file of each kind; the first byte says which, and how it is made up."""
    kind, rest = (data[0] if data else 0) % 5, data[1:]
    if kind == 0:
        read(FOLDER / "w.npy", rest)
    elif kind == 1:
        read(FOLDER / "w.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(rest)) + rest)
    elif kind == 2:
        read(FOLDER / "w.safetensors", rest)
    elif kind == 3:
        header = json.loads(TRUE_HEADER[8:])
        header["__metadata__"]["fastinit.w"] = rest.decode("latin-1")
        text = json.dumps(header).encode()
        read(FOLDER / "w.safetensors", struct.pack("<Q", len(text)) + text + bytes(WEIGHT.nbytes))
    else:  # the tensor's bytes are there, so that mutations of a true header get past the sizes
        head = struct.pack("<Q", len(rest)) + rest
        read(FOLDER / "w.safetensors", head + bytes(WEIGHT.nbytes))


def seed_corpus(folder: Path) -> None:
    """Write whole and true headers, which mutations start from."""
    folder.mkdir(parents=True, exist_ok=True)
    WEIGHT.save(FOLDER / "seed.npy")
    whole = (FOLDER / "seed.npy").read_bytes()
    (folder / "npy").write_bytes(b"\0" + whole)
    (folder / "npy-header").write_bytes(b"\1" + whole[10:])
    (folder / "safetensors").write_bytes(b"\2" + TRUE_HEADER + bytes(WEIGHT.nbytes))
    (folder / "formula").write_bytes(b"\3" + WEIGHT.to_json().encode())
    (folder / "safetensors-header").write_bytes(b"\4" + TRUE_HEADER[8:])


if __name__ == "__main__":
    corpus = next((Path(each) for each in sys.argv[1:] if not each.startswith("-")), None)
    seed_corpus(corpus or FOLDER / "corpus")
    atheris.Setup([*sys.argv, *([] if corpus else [str(FOLDER / "corpus")])], one_input)
    atheris.Fuzz()
