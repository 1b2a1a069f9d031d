"""A call that fails takes no stream: neither of a generator nor of the generator of the process."""

from __future__ import annotations

import numpy as np
import pytest

import fastinit
from fastinit._engine import engine
from fastinit._schemes import fills, near_identity, orthogonal, sparse

pytestmark = pytest.mark.once


class Stopped(BaseException):
    """As Ctrl-C is: no error."""


def stop(*_, **__):
    raise Stopped


#: For each call, the function that fails in it after the checks.
CALLS = {
    "uniform": (lambda **seed: fastinit.uniform((3, 600_000), **seed), fills, "fill"),
    "he_normal_": (
        lambda **seed: fastinit.he_normal_(np.empty((600, 8), np.float32).T, **seed),
        fills,
        "fill",
    ),
    "orthogonal": (
        lambda **seed: fastinit.orthogonal((8, 4), **seed),
        orthogonal,
        "write_orthonormal_columns",
    ),
    "orthogonal, normals": (lambda **seed: fastinit.orthogonal((8, 4), **seed), fills, "fill"),
    "delta_orthogonal": (
        lambda **seed: fastinit.delta_orthogonal((8, 4, 3), **seed),
        orthogonal,
        "write_orthonormal_columns",
    ),
    "sparse": (lambda **seed: fastinit.sparse((8, 4), 0.5, **seed), sparse, "fill"),
    "sparse, zeros": (lambda **seed: fastinit.sparse((8, 4), 0.5, **seed), sparse, "new_filled"),
    "identity_plus_noise": (
        lambda **seed: fastinit.identity_plus_noise((8, 8), **seed),
        near_identity,
        "fill_box",
    ),
    "quantized_rows": (
        lambda **seed: fastinit.quantized_rows((8, 8), "embedding_uniform", **seed),
        engine,
        "fill_quantized",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_fill_that_stops(name, monkeypatch):
    call, module, function = CALLS[name]
    expected = call(seed=fastinit.Generator(3))
    own, process = fastinit.Generator(3), fastinit.manual_seed(3)
    before = process.get_state()
    with monkeypatch.context() as patch:
        patch.setattr(module, function, stop)
        for seed in ({"seed": own}, {}, {"seed": own, "stream": "w"}, {"seed": 5}):
            with pytest.raises(Stopped):
                call(**seed)
    assert own.get_state() == before == process.get_state()
    assert np.array_equal(call(seed=own), expected)
    assert np.array_equal(call(), expected)
    assert own.get_state() == process.get_state() != before


WRONG = [
    lambda **seed: fastinit.orthogonal((8, 4), parts=3, **seed),
    lambda **seed: fastinit.delta_orthogonal((4, 8, 3), **seed),
    lambda **seed: fastinit.sparse((8, 4), 1.5, **seed),
    lambda **seed: fastinit.identity_plus_noise((8, 4), threads=0, **seed),
    lambda **seed: fastinit.quantized_rows((8, 8), "embedding_uniform", threads=0, **seed),
    lambda **seed: fastinit.mup((8, 8), **seed),
    lambda **seed: fastinit.he_normal((8,), **seed),
    lambda **seed: fastinit.normal((8,), std=-1, **seed),
]


@pytest.mark.parametrize("place", range(len(WRONG)))
def test_wrong_arguments(place):
    process = fastinit.manual_seed(3)
    before = process.get_state()
    for seed in ({}, {"seed": process}):
        with pytest.raises((TypeError, ValueError)):
            WRONG[place](**seed)
    assert process.get_state() == before
