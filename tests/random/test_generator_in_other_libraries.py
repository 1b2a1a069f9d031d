"""A `fastinit.Generator` where other libraries take a generator of NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, sparse, stats

import fastinit

pytestmark = pytest.mark.once


def of_scipy(generator):
    return [
        stats.norm.rvs(size=5, random_state=generator),
        stats.gamma(2.0).rvs(size=5, random_state=generator),
        stats.multivariate_normal.rvs([0.0, 1.0], size=3, random_state=generator),
        stats.special_ortho_group.rvs(3, random_state=generator),
        stats.poisson(3.0).rvs(size=5, random_state=generator),
        stats.qmc.LatinHypercube(2, seed=generator).random(4),
        stats.bootstrap(
            (np.arange(10.0),), np.mean, random_state=generator, n_resamples=20
        ).bootstrap_distribution,
        sparse.random(5, 5, density=0.4, random_state=generator).toarray(),
        optimize.differential_evolution(
            lambda x: (x**2).sum(), [(-1, 1)] * 2, seed=generator, maxiter=2
        ).x,
    ]


def of_pandas(generator):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": range(50)})
    weights = np.arange(50)
    return [
        table.sample(9, random_state=generator).a.to_numpy(),
        table.sample(9, random_state=generator, weights=weights).a.to_numpy(),
        table.sample(frac=1.0, replace=True, random_state=generator).a.to_numpy(),
    ]


def of_scikit_learn(generator):
    """`check_random_state` refuses generators of NumPy, and takes a RandomState over their bits."""
    check_random_state = pytest.importorskip("sklearn.utils").check_random_state
    split = pytest.importorskip("sklearn.model_selection").train_test_split
    for refused in (generator, np.random.default_rng(0)):
        with pytest.raises(ValueError, match="cannot be used to seed"):
            check_random_state(refused)
    state = np.random.RandomState(generator.bit_generator)
    assert check_random_state(state) is state
    return [*split(np.arange(50), random_state=state), state.standard_normal(3)]


def of_networkx(generator):
    networkx = pytest.importorskip("networkx")
    graphs = [
        networkx.gnp_random_graph(20, 0.3, seed=generator),
        networkx.barabasi_albert_graph(20, 2, seed=generator),
        networkx.stochastic_block_model([5, 5], [[0.5, 0.1], [0.1, 0.5]], seed=generator),
    ]
    return [networkx.to_numpy_array(graph) for graph in graphs]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("draw", [of_scipy, of_pandas, of_scikit_learn, of_networkx])
def test_a_seed_repeats_what_a_library_draws(draw):
    first, again, other = (draw(fastinit.default_rng(seed)) for seed in (7, 7, 8))
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one, two)
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))
    # And a generator goes on, as NumPy's does.
    generator = fastinit.default_rng(7)
    draw(generator)
    assert not all(np.array_equal(*pair) for pair in zip(first, draw(generator), strict=True))
