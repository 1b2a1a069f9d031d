"""docs/benchmarks.md and its charts are what their script makes of the newest results."""

from __future__ import annotations

import re

import pytest

table = pytest.importorskip("table", reason="bench/ is not beside these tests")

import make_benchmarks as script  # noqa: E402 - needs bench/
from benchmark_charts import costs, overview, peers, scaling  # noqa: E402
from rows import Result, Row, Rows  # noqa: E402

pytestmark = pytest.mark.once

MACHINES = script.machines()
DRAWINGS = [each for name, found in MACHINES.items() for each in script.drawings(name, found)]
AGAIN = "run: python tools/pages/make_benchmarks.py"
drawings = pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.name)


def result(*rows, isa="avx512"):
    return Result(Rows(rows), {"fastinit": {"isa": isa}}, "2026-01-01")


def row(what="fastinit", threads=1, seconds=1.0, kind="normal", dtype="float32", **given):
    nbytes = given.pop("nbytes", 10**9)
    return Row(what, threads, nbytes, nbytes // 4, seconds, kind, dtype, **given)


def test_the_page_is_what_the_script_writes():
    assert script.PAGE.read_text() == script.page(MACHINES), AGAIN


@drawings
def test_a_chart_was_drawn_from_these_results(drawing):
    path = script.IMAGES / f"{drawing.name}.png"
    assert script.digest_in(path) == drawing.digest, AGAIN
    assert f"({script.IMAGES.name}/{path.name})" in script.PAGE.read_text()
    assert path.stat().st_size < 100_000


def test_no_chart_is_left_over():
    shown = {f"{drawing.name}.png" for drawing in DRAWINGS}
    assert {path.name for path in script.IMAGES.iterdir()} == shown, AGAIN


def test_every_machine_has_bars_scaling_costs_and_instruction_sets():
    for machine in MACHINES:
        shown = {each.chart.name for each in DRAWINGS if each.machine == machine}
        assert shown >= {"peers-float32", "sizes", "threads", "costs", "instruction-sets"}


def test_bars_are_the_results_and_include_every_peer():
    for results in MACHINES.values():
        rows = results[0].rows.where(size="64 MiB", dtype="float32")
        data = peers.speeds(results, "float32")
        for kind, bars in data["panels"].items():
            assert len(bars) == len(rows.where(kind=kind))
            for each in rows.where(kind=kind):
                assert bars[peers.label(each)] == pytest.approx(each.speed, rel=1e-3)
        assert data["memset"] == pytest.approx(
            results[0].rows.where(what="memset", size="64 MiB").best().speed, rel=1e-3
        )


def test_the_first_chart_has_the_fastest_method_of_each_library_and_its_title_holds():
    results = MACHINES["main"]
    rows = results[0].rows.where(size="64 MiB", dtype="float32", threads=1)
    data = overview.speeds(results)
    assert list(data) == ["uniform", "normal", "truncated ±2σ"]
    for kind, bars in data.items():
        others = {row.what: row.speed for row in rows.where(kind=kind) if row.what != "fastinit"}
        best = max(speed for what, speed in others.items() if what.startswith(("NumPy", "SciPy")))
        assert bars["NumPy"] == pytest.approx(best, rel=1e-3)
        assert bars["fastinit"] > max(others.values())
        assert ("MKL" in bars) == any(what.startswith("mkl_random") for what in others)


@pytest.mark.parametrize("drawing", [each for each in DRAWINGS if "peers" in each.name],
                         ids=lambda drawing: drawing.name)  # fmt: skip
def test_the_title_of_bars_is_the_result(drawing):
    dtype = drawing.chart.name.removeprefix("peers-")
    rows = MACHINES[drawing.machine][0].rows.where(size="64 MiB", dtype=dtype, threads=1)
    ratios = []
    for kind in drawing.data["panels"]:
        speeds = {row.what: row.speed for row in rows.where(kind=kind)}
        ratios.append(speeds.pop("fastinit") / max(speeds.values()))
    said = re.fullmatch(
        rf"{dtype}: on one thread, fastinit is ([\d.]+) to ([\d.]+) times as fast as the next library",
        drawing.title,
    )
    assert [float(each) for each in said.groups()] == pytest.approx(
        [min(ratios), max(ratios)], rel=0.05
    )


def test_the_title_of_bars_where_nobody_else_was_measured():
    bars = {"fastinit": 2.0, "fastinit, 2 threads": 4.0, "NumPy, threads recipe, 2 threads": 1.0}
    assert peers.next_fastest(bars) is None
    assert "alone" in peers.title({"panels": {"normal": bars}}, "float32")
    assert peers.next_fastest(bars | {"JAX": 0.5, "MKL": 4.0}) == ("MKL", 0.5)
    slower = {"panels": {"normal": bars | {"MKL": 4.0}}}
    assert "fastinit is 0.50 times as fast" in peers.title(slower, "float32")


def test_results_without_a_dtype_or_a_kind_have_no_such_chart():
    assert overview.speeds([result(row(size="64 MiB"))]) is None
    memset = row("memset", kind="", dtype="", size="64 MiB")
    assert peers.speeds([result(memset, row(size="64 MiB"))], "bfloat16") is None
    assert peers.speeds([result(row(size="64 MiB"))], "float32") is None
    assert list(peers.speeds([result(memset, row(size="64 MiB"))], "float32")["panels"]) == [
        "normal"
    ]
    assert scaling.by_size([result(memset)]) is None
    assert scaling.by_threads([result(memset, row(size="64 MiB"))]) is None
    assert costs.costs([result(memset)]) is None
    assert costs.by_isa([result(row(size="64 MiB"))]) is None


OLD = [
    row("memset", kind="", dtype="", size="1 MiB", nbytes=1 << 20),
    row("memset", kind="", dtype="", size="64 MiB", nbytes=1 << 26, seconds=0.5),
    *(row(size="64 MiB", nbytes=1 << 26, threads=count, seconds=1 / count) for count in (1, 2)),
    row(size="1 MiB", nbytes=1 << 20),
    row(memory="fresh", threads=2, seconds=1e-9),
    row(size="64 MiB", nbytes=1 << 26, dtype="float64", seconds=0.1),
]
NEW = [
    row("memset", kind="", dtype="", nbytes=1 << 10, scaling="size"),
    *(row("memset", threads=n, kind="", dtype="", scaling="threads") for n in (1, 2, 4)),
    *(row(nbytes=1 << power, scaling="size") for power in (12, 10)),
    *(row(threads=count, seconds=1 / count, scaling="threads") for count in (1, 2, 4)),
]


def test_scaling_from_results_with_few_sizes_and_threads():
    assert scaling.by_size([result(*OLD)]) == {
        "normal": {
            "memset": [[1 << 20, 0.001049], [1 << 26, 0.134218]],
            "fastinit": [[1 << 20, 0.001049], [1 << 26, 0.067109]],
            "fastinit, 2 threads": [[1 << 26, 0.134218]],
        }
    }
    assert scaling.by_threads([result(*OLD)])["measured"] == {
        "memset": [[1, 0.134218]],
        "normal": [[1, 0.067109], [2, 0.134218]],
    }


def test_scaling_from_results_that_have_it():
    assert scaling.by_size([result(*OLD, *NEW)]) == {
        "normal": {"memset": [[1 << 10, 1e-06]], "fastinit": [[1 << 10, 1e-06], [1 << 12, 4e-06]]}
    }
    assert scaling.by_threads([result(*OLD, *NEW)]) == {
        "measured": {"memset": [[1, 1], [2, 1], [4, 1]], "normal": [[1, 1], [2, 2], [4, 4]]},
        "model": {"normal": [[8, 8], [16, 16], [32, 32], [64, 64], [128, 128]]},
    }


def test_the_model_of_threads_is_the_cores_up_to_the_memory():
    ceiling = 12 * 0.8 * 38.4
    assert scaling.predicted(10.0, 4) == 40
    assert scaling.predicted(10.0, 36) == 360
    assert scaling.predicted(10.0, 64) == scaling.predicted(10.0, 128) == pytest.approx(ceiling)
    for results in MACHINES.values():
        data = scaling.by_threads(results)
        for kind, points in data["model"].items():
            assert [cores for cores, _ in points] == [4, 8, 16, 32, 64, 128]
            one = data["measured"][kind][0][1]
            for cores, speed in points:
                assert speed == pytest.approx(min(cores * one, ceiling))


def test_the_title_of_threads_is_what_was_measured():
    measured = {"memset": [[1, 9.0], [4, 9.0]], "normal": [[1, 2.0], [4, 8.0]]}
    said = scaling.title_by_threads({"measured": measured | {"uniform": [[1, 2.0], [4, 6.0]]}})
    assert said == ("4 threads are 3.0 to 4.0 times as fast as one. For up to 128 cores, a model")
    assert "4 threads are 4.0 times" in scaling.title_by_threads({"measured": measured})


def test_rows_of_scaling_change_no_table():
    machine = {
        "cpu": {"brand_raw": "C", "count": 4},
        "fastinit": {"isa": "avx512", "version": "0", "numpy": "2"},
    }
    old, new = (Result(Rows(rows), machine, "2026") for rows in (OLD, OLD + NEW))
    assert table.tables([new]) == table.tables([old])
    assert new.threads == [1, 2]


def test_costs_and_instruction_sets():
    rows = [row(size="64 MiB", seconds=0.5), row(size="64 MiB", threads=2), row(size="1 MiB")]
    assert costs.costs([result(*rows)]) == {"normal": {"float32": 2.0}}
    slower = result(row(size="64 MiB", seconds=2), isa="generic")
    assert costs.by_isa([result(*rows), slower]) == {
        "normal float32": {"avx512": 2.0, "generic": 0.5}
    }


def test_the_script_draws_what_has_changed(tmp_path, capsys, monkeypatch):
    several = {"a": [result(*OLD, *NEW), result(row(size="64 MiB"), isa="generic")]}
    several["a"][0].machine["cpu"] = {"brand_raw": "Some(R)  CPU", "count": 4}
    several["a"][0].machine["fastinit"] |= {"version": "0", "numpy": "2"}
    monkeypatch.setattr(script, "machines", lambda: several)
    given = ["--page", str(tmp_path / "page.md"), "--images", str(tmp_path / "images")]
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "old.png").touch()
    script.main(given)
    names = {f"a-{name}.png" for name in
             ("peers-float32", "peers-float64", "sizes", "threads", "costs", "instruction-sets")}  # fmt: skip
    assert {path.name for path in (tmp_path / "images").iterdir()} == names
    assert len(capsys.readouterr().out.splitlines()) == len(names)
    assert (tmp_path / "page.md").read_text().count("![") == len(names)
    assert "## Some CPU\n" in (tmp_path / "page.md").read_text()
    script.main(given)
    assert capsys.readouterr().out == ""
    several["a"][0].rows.append(row("NumPy", size="64 MiB", nbytes=1 << 26))
    script.main(given)
    assert "a-peers-float32.png" in capsys.readouterr().out
