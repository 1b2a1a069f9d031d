"""Assign weights to the shards of a set, and write and read the index.

A set has the files that the packages of Hugging Face write and read:
``model-00001-of-000NN.safetensors``, ... and ``model.safetensors.index.json``; or, if one shard
holds all weights, ``model.safetensors`` alone. The plan depends only on the weights and the largest
size, not on the order of the weights, so every worker makes the same plan. A tensor cannot span
files, because the index has one file for each name.

The rule is that of ``huggingface_hub.split_torch_state_dict_into_shards``, applied in the order of
the names. A shard takes tensors until the next one would exceed the largest size. A larger tensor
gets a shard of its own.
"""

# ruff: noqa: TC001, TC003 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from fastinit._support.garbage import collector_paused
from fastinit._support.strict_json import loads
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.layout import as_weights, layout_of
from fastinit.storage.regular_file import read_regular
from fastinit.storage.targets import INDEX_SUFFIX, as_path
from fastinit.weight import Weight

from .shard_size import DEFAULT, as_shard_size

SUFFIX = ".safetensors"
#: The base of the file names if the path is a directory, not an index.
BASE = "model"
#: The longest index that is read, in bytes. No real index is larger.
LONGEST_INDEX = 100_000_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of a set.

    Parameters
    ----------
    path : Path
    weights : tuple of Weight
    size : int
        The size of the file, in bytes.
    """

    path: Path
    weights: tuple[Weight, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A set to be written.

    Parameters
    ----------
    directory : Path
    base : str
        The beginning of the names of its files.
    shards : tuple of Shard
    index : Path or None
        None if a single shard holds all weights.
    """

    directory: Path
    base: str
    shards: tuple[Shard, ...]
    index: Path | None

    @property
    def size(self) -> int:
        """The size of all shards, in bytes."""
        return sum(shard.size for shard in self.shards)

    def index_text(self) -> bytes:
        """Return the index, in the form that Hugging Face writes."""
        weights = [(each, shard.path.name) for shard in self.shards for each in shard.weights]
        index = {
            "metadata": {"total_size": sum(weight.nbytes for weight, _ in weights)},
            "weight_map": {weight.name: file for weight, file in sorted(weights, key=_name)},
        }
        return f"{json.dumps(index, indent=2)}\n".encode()

    def files_of_sets(self) -> list[Path]:
        """Return the files in the directory that belong to any set of the same base."""
        pattern = re.compile(
            rf"{re.escape(self.base)}(-\d{{5,}}-of-\d{{5,}})?\.safetensors(\.(index|receipt)\.json)?"
        )
        if not self.directory.is_dir():
            return []
        return sorted(path for path in self.directory.iterdir() if pattern.fullmatch(path.name))


def _name(pair: tuple[Weight, str]) -> str:
    return pair[0].name


def split(weights: Sequence[Weight], largest: int) -> list[list[Weight]]:
    """Divide weights, in the order given, into shards of at most the largest size."""
    shards: list[list[Weight]] = []
    current: list[Weight] = []
    filled = 0
    for weight in weights:
        if weight.nbytes > largest:
            shards.append([weight])
            continue
        if filled + weight.nbytes > largest:
            shards.append(current)
            current, filled = [], 0
        current.append(weight)
        filled += weight.nbytes
    return [*shards, current] if current else shards


def plan(
    path: str | os.PathLike[str],
    weights: Weight | Iterable[Weight],
    max_shard_size: int | str = DEFAULT,
) -> Plan:
    """Return the plan of a set; raise an error before anything is written.

    Parameters
    ----------
    path : str or path
        A directory, or an index in it, ``DIRECTORY/NAME.safetensors.index.json``. In the second
        case there is always an index, and the shards are called NAME.
    weights : Weight or iterable of Weight
        Their names must differ.
    max_shard_size : int or str
        The largest total size of the tensors in a shard, in bytes or as ``"5GB"``.
    """
    where, largest = as_path(path), as_shard_size(max_shard_size)
    named = where.name.endswith(INDEX_SUFFIX)
    directory = where.parent if named else where
    base = where.name.removesuffix(INDEX_SUFFIX) if named else BASE
    given = sorted(as_weights(weights), key=lambda weight: weight.name)
    if not given:
        raise ValueError("a set needs at least one weight, got none")
    parts = split(given, largest)
    indexed = named or len(parts) > 1
    shards = []
    for number, part in enumerate(parts, 1):
        suffix = f"-{number:05d}-of-{len(parts):05d}" if indexed else ""
        file = directory / f"{base}{suffix}{SUFFIX}"
        shards.append(Shard(file, tuple(part), layout_of(file, part).size))
    return Plan(
        directory, base, tuple(shards), directory / f"{base}{INDEX_SUFFIX}" if indexed else None
    )


def find_set(path: Path) -> Path:
    """Return the index of a set, or the one file that holds all of it, or raise FileFormatError."""
    if not path.is_dir():
        return path
    found = sorted(path.glob(f"*{INDEX_SUFFIX}")) + [
        file for file in sorted(path.glob(f"*{SUFFIX}")) if not _is_shard(file)
    ]
    own = [file for file in found if file.name in (f"{BASE}{INDEX_SUFFIX}", f"{BASE}{SUFFIX}")]
    chosen = own or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        names = ", ".join(file.name for file in chosen)
        raise FileFormatError(f"{path}: the directory has {names}; give the path of one of them")
    shards = sum(map(_is_shard, path.glob(f"*{SUFFIX}")))
    what = (
        f"{shards} shards and no index; the set is incomplete" if shards else "no .safetensors file"
    )
    raise FileFormatError(f"{path}: the directory has {what}")


def _is_shard(path: Path) -> bool:
    return re.search(r"-\d{5,}-of-\d{5,}\.safetensors$", path.name) is not None


def read_index(path: Path) -> dict[Path, list[str]]:
    """Return the shards that an index names, each with the names of its tensors.

    Raises
    ------
    FileFormatError
        If the index is damaged, or names files outside its directory.
    OSError
        If the index cannot be read.
    """
    names: dict[str, list[str]] = {}
    for name, file in _read_json(path)["weight_map"].items():
        if not isinstance(file, str):
            raise FileFormatError(
                f"{path}: the index is damaged ({shortened(name)} is in {shortened(file)}, which "
                "is not a name)"
            )
        names.setdefault(file, []).append(name)
    for file, held in names.items():
        # The index may come from elsewhere: its file names must not leave the directory.
        if not _is_name(file):
            raise FileFormatError(_outside(path, min(held), file))
    return {path.parent / file: sorted(names[file]) for file in sorted(names)}


def _outside(path: Path, name: str, file: object) -> str:
    return (
        f"{path}: the index says that {shortened(name)} is in {shortened(file)}, which is not the "
        "name of a .safetensors file in the same directory"
    )


def _read_json(path: Path) -> dict[str, Any]:
    """Return an index, which has a weight_map, or raise FileFormatError."""
    content = read_regular(path, LONGEST_INDEX)
    try:
        with collector_paused():
            index = loads(content)
    except ValueError as error:
        raise FileFormatError(f"{path}: the index is damaged ({error})") from None
    if not isinstance(index, dict) or not isinstance(index.get("weight_map"), dict):
        raise FileFormatError(f"{path}: the index is damaged (it has no weight_map)")
    return index


def _is_name(file: object) -> bool:
    """Say whether an index may name this file, which must not be outside the directory."""
    if not isinstance(file, str) or re.fullmatch(r"[^/\\:\0]+\.safetensors", file) is None:
        return False
    try:
        os.fsencode(file)
    except UnicodeEncodeError:
        return False
    return True


def total_size(path: Path) -> int | None:
    """Return the total size of the tensors as the index states it, or None."""
    metadata = _read_json(path).get("metadata")
    size = metadata.get("total_size") if isinstance(metadata, dict) else None
    return size if type(size) is int else None
