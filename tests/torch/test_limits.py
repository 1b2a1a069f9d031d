"""Limits of shards: the last offset accepted, and the first one refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fastinit
import fastinit.torch as fi
from tests.support.limits import Limit, check

WEIGHT = fastinit.Weight((5, 4), "he_normal", seed=1, name="w", padding_idx=-1)


def shard(offsets, sizes=(2, 3), weight=WEIGHT):
    """Fill a shard, and return what the same part of the weight has."""
    local = torch.full(sizes, 7.0)
    fi.init_shard_(local, weight, offsets)
    part = weight[
        tuple(slice(start, start + size) for start, size in zip(offsets, sizes, strict=True))
    ]
    assert np.array_equal(local.numpy(), part)
    return True


BEYOND = "the shard has indices"
LIMITS = {
    "rows": Limit(shard, (3, 0), (4, 0), f"{BEYOND} 4 to 6 of axis 0, and the weight has 5", True),
    "least row": Limit(shard, (0, 0), (-1, 0), f"{BEYOND} -1 to 1 of axis 0", True),
    "columns": Limit(shard, (0, 1), (0, 2), f"{BEYOND} 2 to 5 of axis 1, and the weight has 4", True),
    "least column": Limit(shard, (0, 0), (0, -1), f"{BEYOND} -1 to 2 of axis 1", True),
    "a shard without rows": Limit(
        lambda x: shard(x, (0, 4)), (5, 0), (6, 0), f"{BEYOND} 6 to 6 of axis 0", True,
    ),
    "a weight without columns": Limit(
        lambda x: shard(x, (1, 0), fastinit.Weight((5, 0), "zeros", seed=1, name="w", padding_idx=4)),
        (4, 0), (5, 0), f"{BEYOND} 5 to 6 of axis 0", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_shards(name):
    check(LIMITS[name])
