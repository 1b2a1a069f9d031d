"""Errors of shards: each comes before anything is written, and says what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fastinit

WEIGHT = fastinit.Weight((8, 6), "xavier", seed=1, name="w")


@pytest.mark.parametrize(
    ("offsets", "shape", "error", "words"),
    [
        ((-3, 0), (2, 6), ValueError, "indices -3 to -1 of axis 0, and the weight has 8"),
        ((-2, 0), (2, 6), ValueError, "indices -2 to 0 of axis 0"),
        ((0, -4), (8, 3), ValueError, "indices -4 to -1 of axis 1, and the weight has 6"),
        ((7, 0), (2, 6), ValueError, "indices 7 to 9 of axis 0"),
        ((9, 0), (0, 6), ValueError, "indices 9 to 9 of axis 0"),
        ((0,), (2, 6), ValueError, "2 axes, the weight 2, and 1 offsets"),
        ((0, 0), (48,), ValueError, "1 axes, the weight 2, and 2 offsets"),
        ((0.0, 0), (2, 6), TypeError, "an offset must be an integer, got float"),
        ((True, 0), (2, 6), TypeError, "an offset must be an integer, not the bool True"),
    ],
)
def test_offsets(offsets, shape, error, words):
    tensor = torch.full(shape, 7.0)
    with pytest.raises(error, match=words):
        fastinit.torch.init_shard_(tensor, WEIGHT, offsets)
    assert (tensor == 7).all()


def test_the_last_offsets_that_are_accepted():
    for offsets, shape in (((0, 0), (8, 6)), ((6, 3), (2, 3)), ((8, 6), (0, 0))):
        shard = fastinit.torch.init_shard_(torch.empty(shape), WEIGHT, np.array(offsets))
        assert np.array_equal(shard.numpy(), WEIGHT[offsets[0] :, offsets[1] :])


@pytest.mark.parametrize("size", [(0, 6), (2, 6)])
def test_arguments(size):
    tensor, init = torch.full(size, 7.0), fastinit.torch.init_shard_
    for call, error, words in (
        (lambda: init(tensor.numpy(), WEIGHT, (0, 0)), TypeError, "expected a tensor, got ndarray"),
        (
            lambda: init(tensor, "w", (0, 0)),
            TypeError,
            r"weight must be a fastinit\.Weight, got str",
        ),
        (lambda: init(tensor.double(), WEIGHT, (0, 0)), TypeError, "the tensor is torch.float64"),
        (lambda: init(tensor, WEIGHT, (0, 0), threads=0), ValueError, "threads must be at least 1"),
        (lambda: init(tensor.to("meta"), WEIGHT, (0, 0)), ValueError, "on the meta device"),
    ):
        with pytest.raises(error, match=words):
            call()
    assert (tensor == 7).all()
