"""Verify a set of shards: each shard against its formulas, and the index against the shards."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from fastinit._support.suggestions import did_you_mean
from fastinit.storage.errors import FileFormatError
from fastinit.storage.formats.headers import tensors_of
from fastinit.storage.formats.layout import as_weights
from fastinit.storage.single.verifying import (
    Sample,
    Verification,
    nothing_to_compare,
    verify_file,
)
from fastinit.storage.targets import INDEX_SUFFIX

from .sharding import find_set, read_index, total_size

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fastinit._random.streams import StreamSource
    from fastinit.storage.progress import Progress
    from fastinit.weight import Weight


def verify_set(
    path: Path,
    weights: Weight | Iterable[Weight] | None,
    *,
    progress: Progress | None,
    sample: int | None,
    sample_seed: int | StreamSource | None,
) -> Verification:
    """Compare a set with its formulas, as `verify` does for a file; stop at the first difference.

    `sample` is the number of blocks to compare in each shard.

    Raises
    ------
    FileFormatError
        If the set is not complete, or if its index and its shards contradict each other.
    """
    found = find_set(path)
    if not found.name.endswith(INDEX_SUFFIX):
        return verify_file(
            found, weights, progress=progress, sample=sample, sample_seed=sample_seed
        )
    if sample is not None and sample_seed is None:
        sample_seed = secrets.randbits(32)  # the same for all shards
    asked, sizes = asked_of(found, weights)
    total = sum(sizes.values())
    result, done = Verification((), 0, None), 0
    for shard, own in asked.items():

        def advance(within: int, _: int, before: int = done) -> None:
            if progress is not None:
                progress(before + within, total)

        part = verify_file(shard, own, progress=advance, sample=sample, sample_seed=sample_seed)
        result = replace(
            part,
            weights=result.weights + part.weights,
            nbytes=result.nbytes + part.nbytes,
            sample=_added(result.sample, part.sample),
        )
        if not result:
            break
        if sample is not None:
            advance(sizes[shard], 0)  # with the blocks that were not drawn
        done += sizes[shard]
    return result


def asked_of(
    index: Path, weights: Weight | Iterable[Weight] | None
) -> tuple[dict[Path, list[Weight] | None], dict[Path, int]]:
    """Return the formulas of each shard, None for those in the file, and the bytes to compare."""
    shards = read_index(index)
    sizes = check_index(index, shards)
    if weights is None:
        return dict.fromkeys(shards), sizes
    given = {weight.name: weight for weight in as_weights(weights)}
    names = {name for held in shards.values() for name in held}
    if names and not given:
        raise nothing_to_compare()
    if absent := given.keys() - names:
        name = min(absent)
        raise FileFormatError(f"{index}: the set has no tensor {name!r}{did_you_mean(name, names)}")
    asked: dict[Path, list[Weight] | None] = {}
    for shard, held in shards.items():
        if own := [given[name] for name in held if name in given]:
            asked[shard], sizes[shard] = own, sum(weight.nbytes for weight in own)
    return asked, {shard: sizes[shard] for shard in asked}


def _added(first: Sample | None, second: Sample | None) -> Sample | None:
    if first is None or second is None:
        return second
    return Sample(first.blocks + second.blocks, first.of + second.of, second.seed)


def check_index(index: Path, shards: dict[Path, list[str]]) -> dict[Path, int]:
    """Return the size of the tensors in each shard; raise an error if the index is wrong."""
    if absent := [shard.name for shard in shards if not shard.is_file()]:
        raise FileFormatError(f"{index}: the set is incomplete: {absent[0]} is missing")
    sizes = {}
    for shard, names in shards.items():
        tensors = tensors_of(shard)
        if {tensor.name for tensor in tensors} != set(names):
            raise FileFormatError(
                f"{index}: the tensors in {shard.name} are not those that the index lists"
            )
        sizes[shard] = sum(tensor.nbytes for tensor in tensors)
    said, total = total_size(index), sum(sizes.values())
    if said is not None and said != total:
        raise FileFormatError(
            f"{index}: total_size is {said:,} bytes, but the tensors have {total:,} bytes"
        )
    return sizes
