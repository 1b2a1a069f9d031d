"""`fastinit bench`: its numbers agree with one another and its fills with the library's.

No timing is asserted: a busy machine may take any time.
"""

from __future__ import annotations

import json
import math
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import fastinit
from fastinit.cli.bench import command as bench_command
from fastinit.cli.bench import fills, rounds
from fastinit.cli.bench.measurement import Measurement, peer_of
from fastinit.cli.numbers import size
from tests.support.commands import status_of

SMALL = ["--size", "64KiB", "--rounds", "2"]
TORCH = find_spec("torch") is not None
KINDS = ["uniform", "normal", "truncated normal"]


def measured(capsys, *arguments):
    """Return what a run says of itself, after checking that its numbers agree."""
    assert status_of("bench", *arguments, "--json") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    shown = json.loads(captured.out)
    by = {}
    for row in shown["measurements"]:
        assert row["bytes"] == shown["bytes"]
        assert (
            row["elements"] * (np.dtype(row["dtype"]).itemsize if row["dtype"] else 1)
            == (row["bytes"])
        )
        assert row["seconds"] > 0
        assert math.isclose(row["gigabytes_per_second"], row["bytes"] / row["seconds"] / 1e9)
        assert math.isclose(row["nanoseconds_per_element"], row["seconds"] / row["elements"] * 1e9)
        key = (row["by"], row["kind"], row["dtype"], row["threads"])
        assert key not in by
        by[key] = row
    memset = by["memset", None, None, 1]
    for row in by.values():
        for library in ("memset", "NumPy", "PyTorch"):
            other = memset
            if library != "memset":
                other = by.get((library, row["kind"], row["dtype"], 1))
            found = row.get(f"times_{library.lower()}")
            if other in (None, row):
                assert found is None
            else:
                quotient = row["gigabytes_per_second"] / other["gigabytes_per_second"]
                assert math.isclose(found, quotient)
    return shown, by


def test_numbers_agree(capsys):
    shown, by = measured(capsys, *SMALL)
    assert shown["bytes"] == 65536
    assert shown["rounds"] == 2
    assert shown["isa"] == fastinit.active_isa()
    assert shown["numpy"] == np.__version__
    assert shown["cpu"]
    threads = {1, fastinit.get_num_threads()}
    dtypes = ["float32", "float64", "bfloat16"]
    own = {("fastinit", kind, dtype, n) for kind in KINDS for dtype in dtypes for n in threads}
    numpy = {("NumPy", kind, dtype, 1) for kind in KINDS[:2] for dtype in dtypes}
    assert set(by) == own | numpy | {("memset", None, None, 1)}


def test_choices_and_peers(capsys):
    chosen = ["--dtypes", "float16,float8_e5m2,float8_e4m3fn", "--threads", "3", "--peers"]
    shown, by = measured(capsys, *SMALL, *chosen)
    assert {key[3] for key in by if key[0] == "fastinit"} == {3}
    # PyTorch draws no float8.
    drawn = {(kind, "float16") for kind in KINDS} if TORCH else set()
    assert {key[1:3] for key in by if key[0] == "PyTorch"} == drawn
    assert ("pytorch" in shown) == TORCH


def test_the_table(capsys):
    assert status_of("bench", *SMALL, "--dtypes", "float32", "--threads", "1,2") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    heading, memory, empty, head, *rows = captured.out.splitlines()
    assert f"kernels {fastinit.active_isa()}; fastinit {fastinit.__version__}, NumPy" in heading
    assert memory == "65,536 bytes of warm memory, best of 2 rounds"
    assert empty == ""
    columns = ["values", "dtype", "by", "threads", "GB/s", "ns/element", "x memset", "x NumPy"]
    assert [part.strip() for part in head.split("  ") if part] == columns
    assert len(rows) == 1 + 3 * 2 + 2
    assert len({row.index("fastinit") for row in rows if "fastinit" in row}) == 1
    assert status_of("bench", *SMALL, "--dtypes", "float32", "--threads", "1,2", "--quiet") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines()[0].startswith("values")


def test_progress_is_for_those_who_look_on(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert status_of("bench", *SMALL, "--dtypes", "float32") == 0
    assert "100%" in capsys.readouterr().err
    for option in ("--quiet", "--json"):
        assert status_of("bench", *SMALL, "--dtypes", "float32", option) == 0
        assert capsys.readouterr().err == ""


def test_every_round_runs_every_fill_and_the_best_counts(monkeypatch):
    times = iter([9.0, 9.0, 3.0, 5.0, 2.0, 6.0, 4.0, 5.5])
    calls = []

    def time_of(run, count):
        run()
        assert count == 1
        return next(times)

    monkeypatch.setattr(rounds, "time_of", time_of)
    given = [
        fills.Fill(name, "", "", 1, 10, 5, lambda name=name: calls.append(name)) for name in "ab"
    ]
    seen = []
    found = rounds.measure(given, 3, lambda done, total: seen.append((done, total)))
    assert calls == list("abababab")
    assert [each.seconds for each in found] == [2.0, 5.0]
    assert seen == [(10 * number, 80) for number in range(1, 9)]


def test_short_calls_are_timed_together(monkeypatch):
    counts = []
    times = iter([300e-6, 3e-6, 1.5e-6, 1e-6])

    def time_of(_, count):
        counts.append(count)
        return next(times)

    monkeypatch.setattr(rounds, "time_of", time_of)
    found = rounds.measure([fills.Fill("a", "", "", 1, 1, 1, lambda: None)], 2)
    assert counts == [1, 10, 17, 17]
    assert found[0].seconds == 1e-6


def test_the_time_is_that_of_one_call(monkeypatch):
    clock = iter([10.0, 30.0])
    monkeypatch.setattr(rounds.time, "perf_counter", lambda: next(clock))
    calls = []
    assert rounds.time_of(lambda: calls.append(1), 5) == 4.0
    assert len(calls) == 5


def test_ratios():
    memset = Measurement("memset", "", "", 1, 10**9, 10**9, 0.1)
    numpy = Measurement("NumPy", "normal", "float32", 1, 10**9, 10**9 // 4, 2.0)
    own = Measurement("fastinit", "normal", "float32", 2, 10**9, 10**9 // 4, 0.25)
    assert memset.gigabytes_per_second == pytest.approx(10)
    assert own.nanoseconds_per_element == pytest.approx(1)
    assert own.times(numpy) == pytest.approx(8)
    assert peer_of(own, "memset", [numpy, memset]) is memset
    assert peer_of(own, "NumPy", [memset, numpy]) is numpy
    assert peer_of(own, "PyTorch", [memset, numpy]) is None
    other = Measurement("fastinit", "normal", "float64", 2, 10**9, 10**9 // 8, 0.25)
    assert peer_of(other, "NumPy", [memset, numpy]) is None


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float8_e4m3fn"])
def test_every_fill_fills_the_memory(dtype):
    memory = fills.warm_memory(1 << 20)
    assert memory.ctypes.data % 64 == 0
    made = [
        fills.memset(memory),
        *fills.own(memory, [dtype], [1, 2]),
        *fills.of_numpy(memory, [dtype]),
        *(fills.of_torch(memory, [dtype]) if TORCH else []),
    ]
    for fill in made:
        assert fill.nbytes == memory.size
        memory[:] = 255
        fill.run()
        if fill.by == "memset":
            assert (memory == 1).all()
            continue
        values = memory.view(fills.as_dtype(dtype, (dtype,))).astype(float)
        assert values.size == fill.elements
        assert np.isfinite(values).all()
        mean, std = {
            "uniform": (0.5, 12**-0.5), "normal": (0, 1), "truncated normal": (0, 0.8796)
        }[fill.kind]  # fmt: skip
        assert abs(values.mean() - mean) < 0.01
        assert abs(values.std() - std) < 0.01


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [("64MiB", 64 << 20), ("1GB", 10**9), ("4096", 4096), ("16 b", 16), ("2kib", 2048)],
)
def test_sizes(text, nbytes):
    assert size(text) == nbytes


MISTAKES = {
    "size": (["--size", "big"], "expected a size such as 64MiB or 5GB, got 'big'"),
    "unit": (["--size", "3 parsecs"], "expected a size such as 64MiB"),
    "too small": (["--size", "7"], "--size must be at least 8 bytes, got 7"),
    "too large": (["--size", "1000000TB"], "allocate"),
    "rounds": (["--rounds", "0"], "must be at least 1"),
    "dtype": (["--dtypes", "float32,int8"], "must be one of float32"),
    "threads": (["--threads", "1,0"], "expected numbers of threads such as 1,2,4"),
    "threads too": (["--threads", "all"], "expected numbers of threads such as 1,2,4"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(capsys, mistake):
    arguments, message = MISTAKES[mistake]
    assert status_of("bench", *SMALL, *arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_without_ml_dtypes_bfloat16_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(bench_command, "find_spec", lambda _: None)
    assert status_of("bench", *SMALL, "--peers") == 0
    shown = capsys.readouterr().out
    assert "PyTorch is not installed" in shown
    assert "pip install 'fastinit-sampler[ml-dtypes]'" in shown
    assert not any(line.split()[1:2] == ["bfloat16"] for line in shown.splitlines())
