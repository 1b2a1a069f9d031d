"""Distributions as values: checked when made, immutable, hashable, and the laws that they become."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from fastinit import Normal, TruncatedNormal, Uniform
from fastinit._engine import kernel_arguments

FLOAT32 = np.dtype(np.float32)


def test_numbers_of_any_kind_are_one_value():
    assert Normal(0, np.float32(0.5)) == Normal(0.0, 0.5)
    assert hash(Uniform(-1, 1)) == hash(Uniform(-1.0, 1.0))
    assert Uniform() == Uniform(0, 1)
    assert TruncatedNormal() == TruncatedNormal(0, 1, -2, 2)


@pytest.mark.parametrize(
    ("distribution", "law"),
    [
        (Uniform(-0.3, 0.4), kernel_arguments.uniform(-0.3, 0.4, FLOAT32)),
        (Normal(0.1, 0.3), kernel_arguments.normal(0.1, 0.3, FLOAT32)),
        (
            TruncatedNormal(0.1, 0.3, 0, 1),
            kernel_arguments.truncated_normal(0.1, 0.3, 0, 1, FLOAT32),
        ),
    ],
)
def test_laws(distribution, law):
    assert distribution.law(FLOAT32) == law


def test_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Normal(0, 1).std = 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Normal(0, -1), ValueError, "std must not be negative, got -1"),
        (lambda: Normal(math.nan), ValueError, "mean must be finite"),
        (lambda: Normal("0"), TypeError, "mean must be a real number, got '0'"),
        (lambda: Uniform(1, 0), ValueError, "low must not be above high, got low=1.0"),
        (lambda: Uniform(0, math.inf), ValueError, "high must be finite"),
        (lambda: TruncatedNormal(0, 1, 2, 1), ValueError, "low must not be above high"),
        (lambda: TruncatedNormal(0, 1, math.nan, 1), ValueError, "low must be a number"),
        (lambda: Normal(0, 1e5).law(np.dtype("f2")), ValueError, "finite in float16"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
