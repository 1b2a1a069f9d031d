"""Schemes: fans, variances, aliases, layouts."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import fastinit
from fastinit.schemes import SCHEMES, Normal

SHAPE = (300, 200, 3)  # torch: fan_in 600, fan_out 900; keras: fan_in 60000, fan_out 90000
VARIANCES = {
    "xavier": lambda i, o: 1 / (3 * i),
    "xavier_normalized": lambda i, o: 2 / (i + o),
    "xavier_uniform": lambda i, o: 2 / (i + o),
    "glorot_uniform": lambda i, o: 2 / (i + o),
    "glorot_normal": lambda i, o: 2 / (i + o),
    "xavier_normal": lambda i, o: 2 / (i + o),
    "he_normal": lambda i, o: 2 / i,
    "kaiming_normal": lambda i, o: 2 / i,
    "he_uniform": lambda i, o: 2 / i,
    "kaiming_uniform": lambda i, o: 2 / i,
    "lecun_normal": lambda i, o: 1 / i,
    "lecun_uniform": lambda i, o: 1 / i,
}


def test_every_scheme_has_its_row():
    assert VARIANCES.keys() == SCHEMES.keys()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize(
    ("layout", "fan_in", "fan_out"), [("torch", 600, 900), ("keras", 60000, 900)]
)
def test_variance_and_bounds(name, layout, fan_in, fan_out, dtype):
    if layout == "keras":
        fan_in, fan_out = 300 * 200, 300 * 3
    weight = getattr(fastinit, name)(SHAPE, layout=layout, dtype=dtype, seed=1)
    variance = VARIANCES[name](fan_in, fan_out)
    assert weight.dtype == dtype
    kurtosis = 3 if isinstance(SCHEMES[name](1, 1), Normal) else 9 / 5
    tolerance = 4.5 * math.sqrt((kurtosis - 1) / weight.size)
    assert abs(np.square(weight, dtype=np.float64).mean() / variance - 1) < tolerance
    if kurtosis < 3:
        limit = math.sqrt(3 * variance)
        assert np.abs(weight).max() <= dtype(limit)
        assert np.abs(weight).max() > 0.9999 * limit


@pytest.mark.parametrize(
    ("shape", "torch", "keras"),
    [
        ((64, 32), (32, 64), (64, 32)),
        ((8, 4, 3, 3), (36, 72), (96, 96)),
        ((0, 5), (5, 0), (0, 5)),
        ((5,), None, (5, 5)),
        ((), None, (1, 1)),
    ],
)
def test_fans(shape, torch, keras):
    assert fastinit.fans(shape, "keras") == keras
    if torch is None:
        with pytest.raises(ValueError, match="two or more axes"):
            fastinit.fans(shape)
    else:
        assert fastinit.fans(shape, "torch") == torch


@pytest.mark.parametrize("name", SCHEMES)
def test_pairs_agree(name):
    new = getattr(fastinit, name)((30, 20), seed=5, stream="w", offset=9)
    out = np.zeros((30, 20), np.float32, order="F")
    assert getattr(fastinit, f"{name}_")(out, seed=5, stream="w", offset=9) is out
    assert np.array_equal(new, out)


@pytest.mark.parametrize(("alias", "name"), [("kaiming_normal", "he_normal"), ("kaiming_uniform", "he_uniform"),
                                             ("glorot_uniform", "xavier_normalized"), ("xavier_uniform", "xavier_normalized"),
                                             ("xavier_normal", "glorot_normal")])  # fmt: skip
def test_aliases(alias, name):
    a = getattr(fastinit, alias)((30, 20), seed=5)
    assert np.array_equal(a, getattr(fastinit, name)((30, 20), seed=5))


def test_options():
    narrow = fastinit.he_normal((40, 10), mode="fan_out", seed=1)
    wide = fastinit.he_normal((40, 10), seed=1)
    assert np.allclose(narrow * 2, wide)
    assert np.allclose(fastinit.xavier_uniform((9, 9), gain=2.0, seed=1),
                       2 * fastinit.xavier_uniform((9, 9), seed=1))  # fmt: skip


@pytest.mark.parametrize("name", ["he_normal", "xavier", "glorot_uniform"])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_weights_without_elements(name, shape):
    assert getattr(fastinit, name)(shape, seed=1).shape == shape


@pytest.mark.parametrize("name", fastinit.__all__)
def test_public_names_are_documented(name):
    item = getattr(fastinit, name)
    if callable(item):
        assert len(inspect.getdoc(item) or "") > 40
        assert "{" not in inspect.getdoc(item).replace('{"', "").replace("{generic", "")
        assert "given" not in inspect.signature(item).parameters
