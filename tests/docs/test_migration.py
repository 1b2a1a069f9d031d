"""The calls side by side on the page about migration draw from the same distribution, or do not."""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

import fastinit
from tests.support.paths import ROOT

pytestmark = [pytest.mark.framework, pytest.mark.once]

PAGE = (ROOT / "docs" / "migration.md").read_text()
SHAPE = (384, 256)  # not square: another layout has other fans
#: Two samples of this many values differ by more than this once in some 10,000 cases.
LARGEST = 0.01


def rows_of(heading):
    """Return the rows of the table below a heading, as lists of code."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| `")]
    return [re.findall(r"`([^`]+)`", line) for line in table]


TRAPS = rows_of("The same name, another distribution")
SAME = {
    heading: rows_of(heading)
    for heading in (
        "From torch.nn.init",
        "From NumPy and SciPy",
        "From keras.initializers",
        "From jax.nn.initializers",
    )
}


@pytest.fixture(scope="module")
def names():
    """Return what the calls of the page need, but for `w` and `initializers`."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    jax, keras, torch, stats = map(pytest.importorskip, ("jax", "keras", "torch", "scipy.stats"))
    return {
        "fastinit": fastinit,
        "init": torch.nn.init,
        "jax": jax,
        "keras": keras,
        "key": jax.random.key(0),
        "np": np,
        "rng": np.random.default_rng(0),
        "scipy": type("scipy", (), {"stats": stats}),
        "shape": SHAPE,
        "torch": torch,
    }


def initializers(heading, names):
    module = names["jax"].nn if "jax" in heading else names["keras"]
    return module.initializers


def value(code, heading, names):
    """Run a call with seeds that make it the same each time."""
    names["torch"].manual_seed(0)
    names["keras"].utils.set_random_seed(0)
    fastinit.manual_seed(0)
    w = (
        np.full(SHAPE, np.nan, np.float32)
        if "NumPy" in heading
        else names["torch"].full(SHAPE, 9.0)
    )
    return eval(code, names | {"w": w, "initializers": initializers(heading, names)})  # noqa: S307


def array(found):
    return np.asarray(found.detach() if hasattr(found, "detach") else found, np.float64)


def distance(first, second):
    """Return the largest difference of the distribution functions of two samples."""
    first, second = np.sort(first, axis=None), np.sort(second, axis=None)
    places = np.concatenate([first, second])
    below = [np.searchsorted(each, places, side="right") / each.size for each in (first, second)]
    return abs(below[0] - below[1]).max()


def are_alike(first, second):
    """Say whether two arrays are samples of one distribution, also in the lengths of the columns."""
    assert first.shape == second.shape
    first, second = (each.astype(np.float32).astype(np.float64) for each in (first, second))
    columns = [np.linalg.norm(each, axis=0).round(4) for each in (first, second)]
    return distance(first, second) < LARGEST and distance(*columns) < 0.2


@pytest.mark.parametrize(
    ("heading", "theirs", "ours"),
    [
        pytest.param(heading, *row, id=f"{heading[5:]}: {row[0]}")
        for heading, rows in SAME.items()
        for row in rows
    ],
)
def test_calls_of_a_row_are_alike(heading, theirs, ours, names):
    first, second = value(theirs, heading, names), value(ours, heading, names)
    if hasattr(first, "shape") and len(np.shape(second)) == 2:
        assert are_alike(array(first), array(second))
    elif isinstance(first, float):
        assert first == second
    else:  # a seed or a generator: nothing to compare
        assert re.search(r"seed|Generator|default_rng|key", ours + theirs)


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: row[0])
def test_a_trap_is_one(row, names):
    theirs, wrong, right = (array(value(code, "", names)) for code in row)
    assert not are_alike(theirs, wrong)
    assert are_alike(theirs, right)


def test_tables_are_found():
    assert len(TRAPS) == 8
    assert all(len(rows) >= 15 for rows in SAME.values())
    assert all(len(row) == 2 for rows in SAME.values() for row in rows)
