"""What commands print as expected: the moments of the formula, beside those that were measured."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import fastinit
from fastinit.cli.expected import expected_moments, moments_of
from tests.support.commands import status_of

pytestmark = pytest.mark.once

TRUNCATED = [
    (0, 1, -2, 2), (0, 0.02, -0.04, 0.04), (3, 2, -1, 4), (0, 1, 5, 6), (0, 1, 8, 40), (0, 1, -9, -8.5),
    (1e6, 1, 1e6 - 1, 1e6 + 3), (0, 100, -1, 1), (0, 1, -1, math.inf), (0, 1, -math.inf, -3),
]  # fmt: skip


@pytest.mark.parametrize("parameters", TRUNCATED, ids=str)
def test_moments_of_truncated_normals_are_those_of_scipy(parameters):
    stats = pytest.importorskip("scipy.stats")
    mean, std, low, high = parameters
    law = stats.truncnorm((low - mean) / std, (high - mean) / std, mean, std)
    found = moments_of(fastinit.TruncatedNormal(*parameters))
    assert found[0] == pytest.approx(law.mean(), abs=2e-6 * law.std())
    assert found[1] == pytest.approx(law.std(), rel=2e-6)


def test_moments_of_the_other_distributions():
    assert moments_of(fastinit.Constant(0.5)) == (0.5, 0.0)
    assert moments_of(fastinit.Normal(2, 3)) == (2.0, 3.0)
    mean, std = moments_of(fastinit.Uniform(-1, 5))
    assert (mean, std) == (2.0, pytest.approx(math.sqrt(3)))
    assert moments_of(fastinit.Uniform(-1e308, 1e308)) == (0.0, pytest.approx(1e308 / math.sqrt(3)))
    assert moments_of(fastinit.TruncatedNormal(1, 0, 0, 2)) == (1.0, 0.0)


def test_a_row_of_zeros_counts():
    weight = fastinit.Weight((4, 50_000), fastinit.Uniform(1, 3), seed=0, name="w", padding_idx=1)
    mean, std = expected_moments(weight)
    values = np.asarray(weight, np.float64)
    assert mean == 1.5
    assert values.mean() == pytest.approx(mean, abs=0.01)
    assert values.std() == pytest.approx(std, abs=0.01)
    empty = fastinit.Weight((0, 3), "ones", seed=0, name="w")
    assert expected_moments(empty) == (1.0, 0.0)


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_create_prints_what_is_expected_beside_what_was_measured(in_folder, capsys):
    made = ["create", "t.npy", "--shape", "200x32", "--scheme", "normal:1,0.5", "--name", "w"]
    assert status_of(*made) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    found = fastinit.Receipt.read("t.npy.receipt.json").weights[0].statistics
    assert rows["mean"] == f"{found.mean:.6g} (expected 1)"
    assert rows["std"] == f"{found.std:.6g} (expected 0.5)"
    assert rows["min,"] == f"max         {found.min:.6g}, {found.max:.6g}"


def test_a_receipt_of_several_weights_is_a_table(in_folder, capsys):
    weights = [
        fastinit.Weight((30, 7), "he_normal", seed=1, name="a"),
        fastinit.Weight((0, 7), "he_normal", seed=1, name="none"),
        fastinit.Weight((4,), "ones", seed=1, name="b"),
    ]
    fastinit.save("m.safetensors", weights)
    assert status_of("receipt", "m.safetensors") == 0
    _, head, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "mean", "expected", "std", "expected", "min", "max"]
    cells = {row.split()[0]: row.split()[1:] for row in rows}
    assert cells["b"] == ["1", "1", "0", "0", "1", "1"]
    assert cells["none"] == ["-"] * 6
    assert float(cells["a"][3]) == pytest.approx(math.sqrt(2 / 7), rel=1e-5)
    assert last.startswith("receipt          m.safetensors.receipt.json, digest ")
    assert Path("m.safetensors.receipt.json").exists()
