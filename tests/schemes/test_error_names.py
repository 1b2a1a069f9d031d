"""Errors name the arguments that the caller has, by the names that the caller used."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import fastinit

#: What functions and frameworks call the parameters of a distribution.
NAMES = ("low", "high", "mean", "std", "loc", "scale", "stddev", "minval", "maxval",
         "lower", "upper", "gain", "value", "sparsity", "param")  # fmt: skip

HALF = {"dtype": "float16"}


def trunc(**given):
    return lambda: fastinit.trunc_normal(3, **given)


#: A call, and the arguments that its error must name.
CALLS = {
    "uniform, order": (lambda: fastinit.uniform(3, 2, 1), {"low", "high"}),
    "uniform, infinite": (lambda: fastinit.uniform(3, 0, 1e6, **HALF), {"high"}),
    "uniform, too wide": (lambda: fastinit.uniform(3, -3e38, 3e38), {"low", "high"}),
    "uniform, too narrow": (lambda: fastinit.uniform(3, 0, 1e-40), {"low", "high"}),
    "uniform, nothing": (lambda: fastinit.uniform(3, 5.01, 5.02, dtype="float8_e5m2"), {"low", "high"}),
    "Uniform": (lambda: fastinit.Uniform(2, 1), {"low", "high"}),
    "normal, text": (lambda: fastinit.normal(3, "0"), {"mean"}),
    "normal, range": (lambda: fastinit.normal(3, 0, 1e6, **HALF), {"mean", "std"}),
    "Normal": (lambda: fastinit.Normal(0, -1), {"std"}),
    "trunc_normal, order": (trunc(a=2.5, b=1), {"a", "b"}),
    "trunc_normal, NaN": (trunc(a=math.nan), {"a"}),
    "trunc_normal, nothing": (trunc(a=1e5, b=2e5, **HALF), {"a", "b"}),
    "trunc_normal, mean": (trunc(std=0, mean=5), {"mean", "a", "b", "std"}),
    "trunc_normal, std": (trunc(std=-1), {"std"}),
    "trunc_normal, range": (trunc(std=1e37, a=-math.inf, mean=-3e38), {"mean", "std"}),
    "trunc_normal, correction": (trunc(std=5, std_correction=True), {"std", "a", "b"}),
    "trunc_normal in stds, order": (trunc(lower=1, upper=1), {"lower", "upper"}),
    "trunc_normal in stds, std": (trunc(std=-1, lower=-1, upper=1), {"std"}),
    "trunc_normal in stds, nothing": (
        trunc(mean=1e5, lower=-1, upper=1, **HALF),
        {"mean", "std", "lower", "upper"},
    ),
    "TruncatedNormal, order": (lambda: fastinit.TruncatedNormal(0, 1, 2.5, 1), {"low", "high"}),
    "TruncatedNormal, nothing": (
        lambda: fastinit.TruncatedNormal(0, 1, 1e5, 2e5).law(np.dtype("f2")),
        {"low", "high"},
    ),
    "Weight": (
        lambda: fastinit.Weight(3, fastinit.TruncatedNormal(5, 0), seed=1, name="w"),
        {"mean", "low", "high", "std"},
    ),
    "Generator.normal": (lambda: fastinit.Generator(1).normal(0, -1), {"scale"}),
    "Generator.normal, range": (
        lambda: fastinit.Generator(1).normal(0, 1e6, 3, **HALF),
        {"loc", "scale"},
    ),
    "Generator.normal, text": (lambda: fastinit.Generator(1).normal(math.nan), {"loc"}),
    "Generator.uniform": (lambda: fastinit.Generator(1).uniform(2, 1), {"low", "high"}),
    "glorot_normal": (
        lambda: fastinit.glorot_normal((4, 4), gain=1e6, dtype="float16"),
        {"mean", "std"},  # of normal(0, 500000), which the message names
    ),
    "constant": (lambda: fastinit.constant(3, 1e6, **HALF), {"value"}),
    "eye": (lambda: fastinit.eye((3, 3), gain=1e6, **HALF), {"gain"}),
    "orthogonal": (lambda: fastinit.orthogonal((3, 3), gain=True), {"gain"}),
    "sparse": (lambda: fastinit.sparse((3, 3), 2.0), {"sparsity"}),
    "sparse, std": (lambda: fastinit.sparse((3, 3), 0.5, std=-1), {"std"}),
}  # fmt: skip


def named_in(message):
    """Return the parameters that a message names; `a` and `b` count only where text cannot be."""
    words = {name for name in NAMES if re.search(rf"\b{name}\b", message)}
    return words | set(re.findall(r"(?<=[\[( ])([ab])(?:=|,|\)|\]| - | must)", message))


@pytest.mark.parametrize("name", CALLS)
def test_own_names(name):
    call, expected = CALLS[name]
    with pytest.raises((TypeError, ValueError)) as raised:
        call()
    assert named_in(f" {raised.value}") == expected


def test_a_scheme_says_which_distribution_it_chose():
    expected = r"gives normal\(0, 500000\) for this shape: mean and std must keep all values finite"
    with pytest.raises(ValueError, match=f"glorot_normal {expected}"):
        fastinit.glorot_normal((4, 4), gain=1e6, dtype="float16")
    with pytest.raises(ValueError, match=f"glorot_normal_ {expected}"):
        fastinit.glorot_normal_(np.empty((4, 4), np.float16), gain=1e6)
    with pytest.raises(ValueError, match=f"glorot_normal {expected}"):
        fastinit.Weight((4, 4), "glorot_normal", gain=1e6, dtype="float16", seed=1, name="w")


def test_names_of_jax():
    initializers = pytest.importorskip("jax") and fastinit_jax()
    key = __import__("jax").random.key(0)
    for make, expected in (
        (lambda: initializers.normal(-1.0), {"stddev"}),
        (lambda: initializers.normal(1e6, "float16"), {"stddev"}),
        (lambda: initializers.uniform(-1.0), {"scale"}),
        (lambda: initializers.uniform(1e6, "float16"), {"scale"}),
        (lambda: initializers.uniform(1e-36), {"scale"}),
        (lambda: initializers.truncated_normal(-1.0), {"stddev"}),
        (lambda: initializers.truncated_normal(1.0, None, 1.0, 1.0), {"lower", "upper"}),
        (lambda: initializers.truncated_normal(1e6, "float16", 1.0, 2.0), {"stddev", "lower", "upper"}),
    ):  # fmt: skip
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the words below
            make()(key, (2, 3))
        assert named_in(str(raised.value)) == expected


def fastinit_jax():
    from fastinit.jax import initializers  # noqa: PLC0415

    return initializers
