"""Distributions as values: checked when made, immutable, hashable, and the laws that they become."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import fastinit
from fastinit import Constant, Normal, TruncatedNormal, Uniform
from fastinit._engine import kernel_arguments
from fastinit._schemes.distributions import DISTRIBUTIONS
from fastinit._schemes.spelling import scheme_of_text

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


@pytest.mark.parametrize(
    ("distribution", "call", "centre", "reach"),
    [
        (Uniform(-1, 3), "uniform(-1, 3)", 1.0, 3.0),
        (Normal(0.5, 2), "normal(0.5, 2)", 0.5, 0.5 + 2 * 6.34),
        (TruncatedNormal(0, 1, 2, 3), "trunc_normal(0, 1, 2, 3)", 2.0, 3.0),
        (TruncatedNormal(0, 1, 2, math.inf), "trunc_normal(0, 1, 2, inf)", 2.0, 8.34),
        (Constant(-0.25), "constant(-0.25)", -0.25, 0.25),
    ],
)
def test_what_other_modules_ask_of_a_distribution(distribution, call, centre, reach):
    assert distribution.as_call() == call
    assert distribution.centre == centre
    assert distribution.reach == pytest.approx(reach, rel=1e-15)
    assert DISTRIBUTIONS[type(distribution).__name__] is type(distribution)
    name, _, numbers = call.rstrip(")").partition("(")
    assert scheme_of_text(f"{name}:{numbers}") == distribution
    values = np.asarray(fastinit.Weight(10_000, distribution, seed=1, name="w"))
    assert np.abs(values).max() <= reach


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("normal:1,2,3", "has 3 numbers: expected normal:MEAN,STD"),
        ("trunc_normal:0,1,2,1", "low must not be above high, got low=2.0 and high=1.0; expected"),
        ("uniform:a", "expected numbers, as in uniform:LOW,HIGH"),
    ],
)
def test_wrong_texts(text, message):
    with pytest.raises(ValueError, match=message):
        scheme_of_text(text)
