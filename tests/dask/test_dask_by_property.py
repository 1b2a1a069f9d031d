"""Any weight in any chunks, and any part of it: dask computes what NumPy's indexing gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastinit
from tests.support.fuzzing import fuzz

pytest.importorskip("dask.array")


@fuzz(60)
@given(st.data(), st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple), st.booleans())
def test_any_part_in_any_chunks(data, shape, padded):
    chunks = tuple(
        data.draw(st.one_of(st.integers(1, length), st.just(-1), st.just("auto")))
        for length in shape
    )
    weight = fastinit.Weight(
        shape,
        data.draw(st.sampled_from([fastinit.Uniform(-1, 1), fastinit.Normal(), "ones"])),
        seed=data.draw(st.integers(0, 2**64 - 1)),
        name=data.draw(st.text(max_size=5)),
        dtype=data.draw(st.sampled_from(["float32", "float64", "float16", "bfloat16"])),
        padding_idx=shape[0] - 1 if padded else None,
    )
    threads = data.draw(st.sampled_from([None, 1, 2]))
    array, whole = fastinit.dask.from_weight(weight, chunks, threads=threads), np.asarray(weight)
    assert (array.shape, array.dtype) == (whole.shape, whole.dtype)
    assert array.name == fastinit.dask.from_weight(weight, chunks, threads=threads).name
    for length, cuts, asked in zip(shape, array.chunks, chunks, strict=True):
        assert sum(cuts) == length
        assert not isinstance(asked, int) or cuts[0] == (length if asked == -1 else asked)
    index = tuple(data.draw(st.slices(length)) for length in shape)
    part = array[index].compute(scheduler="synchronous")
    assert part.dtype == whole.dtype
    assert part.tobytes() == whole[index].tobytes()
