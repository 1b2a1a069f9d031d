"""The demonstration compares like with like, and needs no more memory than is free."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fastinit
from fastinit.__main__ import main
from fastinit.cli import demo
from fastinit.cli.free_memory import free_memory

pytestmark = pytest.mark.once  # the same on every instruction set


def test_both_fill_the_same_distribution(monkeypatch, capsys):
    tables = []

    def measured(work, rounds=3):
        work()
        tables.append(table.copy())
        return rounds / 1000

    table = np.empty((20_000, 16), np.float32)
    monkeypatch.setattr(demo, "allocated", lambda _: table)
    monkeypatch.setattr(demo, "seconds_of", measured)
    assert main(["demo", "--rows", "20000", "--dim", "16", "--seed", "3"]) == 0
    touched, numpy, single, full = tables
    assert not touched.any()
    expected = fastinit.Weight((20_000, 16), "embedding_normal", seed=3, name="user_id")[...]
    assert np.array_equal(single, expected)
    assert np.array_equal(full, expected)
    for each in (numpy, single):
        assert each.std() == pytest.approx(0.25, rel=0.01)
        assert abs(each.mean()) < 0.002
    assert "0.003 s, 0.43 GB/s, 1.0 times as fast as NumPy" in capsys.readouterr().out


@pytest.mark.parametrize(("rows", "says"), [(1000, False), (100_000, True)])
def test_threads_are_named_if_the_table_is_large_enough_for_them(rows, says, monkeypatch, capsys):
    monkeypatch.setattr(demo, "seconds_of", lambda work, rounds=3: work() or 1.0)
    fastinit.set_num_threads(2)
    try:
        assert main(["demo", "--rows", str(rows), "--dim", "8"]) == 0
    finally:
        fastinit.set_num_threads(None)
    assert ("on 2 threads" in capsys.readouterr().out) == says


def test_a_table_larger_than_the_free_memory_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(demo, "free_memory", lambda: 511_999_999)
    monkeypatch.setattr(demo.np, "empty", lambda *_: pytest.fail("allocated"))
    assert main(["demo", "--rows", "1000000", "--dim", "128"]) == 2
    error = capsys.readouterr().err
    assert error == (
        "fastinit: the table needs 0.51 GB of memory, and 0.51 GB are free; give fewer --rows\n"
    )


@pytest.fixture
def cgroup(tmp_path):
    """Return the arguments of `free_memory` for a system with 8 GB and a group of two levels."""
    (tmp_path / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n")
    (tmp_path / "own").write_text("0::/outer/inner\n")
    inner = tmp_path / "root" / "outer" / "inner"
    inner.mkdir(parents=True)
    return tmp_path / "meminfo", tmp_path / "root", tmp_path / "own"


def limit(folder, most, used, files=0):
    (folder / "memory.max").write_text(f"{most}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {files}\n")


def test_free_memory_is_that_of_the_system_or_of_the_tightest_group(cgroup):
    assert free_memory(*cgroup) == 8_000_000 * 1024
    outer = cgroup[1] / "outer"
    limit(outer / "inner", "max", 10)
    assert free_memory(*cgroup) == 8_000_000 * 1024
    limit(outer, 1_000_000, 600_000, files=50_000)
    assert free_memory(*cgroup) == 450_000
    limit(outer / "inner", 400_000, 100_000)
    assert free_memory(*cgroup) == 300_000


def test_free_memory_without_files_of_linux(tmp_path):
    assert 0 < free_memory(tmp_path / "none", tmp_path, tmp_path / "none") < math.inf
    assert 0 < free_memory() < 1 << 50


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_fills_nothing(seed, monkeypatch, capsys):
    monkeypatch.setattr(demo, "allocated", lambda _: pytest.fail("allocated"))
    assert main(["demo", "--rows", "10", "--seed", str(seed)]) == 2
    assert f"seed must be in [0, 2**64), got {seed}" in capsys.readouterr().err


def test_the_best_round_counts(monkeypatch):
    times = iter([0.0, 3.0, 10.0, 11.0, 20.0, 22.0])
    monkeypatch.setattr(demo.time, "perf_counter", lambda: next(times))
    assert demo.seconds_of(lambda: None, 3) == 1.0
