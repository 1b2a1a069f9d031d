"""The tables of README and docs/performance.md are those of the newest results in bench/."""

from __future__ import annotations

import pytest

table = pytest.importorskip("table", reason="bench/ is not beside these tests")
small_tables = pytest.importorskip("small_tables", reason="bench/ is not beside these tests")
pytestmark = pytest.mark.once


@pytest.mark.parametrize("path", table.PAGES, ids=lambda path: path.name)
def test_tables_are_those_of_the_results(path):
    text = path.read_text()
    assert table.page(text, table.read(table.newest())) == text, (
        "run: python bench/table.py --write"
    )


def test_every_page_has_tables():
    for path in table.PAGES:
        assert "<!-- speed, summary" in path.read_text() or "<!-- speed, peers" in path.read_text()


def test_no_size_is_slower_than_numpy():
    rows = table.load(table.SMALL).rows.where(scaling=small_tables.CURVE)
    assert max(rows.values("elements")) == 2**30
    for kind in ("uniform", "normal"):
        for elements in rows.values("elements"):
            found = rows.where(kind=kind, elements=elements)
            ours, numpy = (found.by(name).best().seconds for name in ("fastinit", "NumPy"))
            assert ours < numpy + 0.3e-6, (kind, elements)


#: The most that a call may take, relative to the one of NumPy beside it.
REACHED = {
    "uniform_(out, seed=1)": 1.3,
    "normal_(out, seed=1)": 1.3,
    "uniform(64, seed=1)": 1.3,
    "he_normal((8, 8), seed=1)": 1.9,
    "generator.random(64)": 1.3,
    "generator.random(64, dtype=float32)": 1.3,
    "generator.random(out=out)": 1.3,
    "generator.random(out=out, dtype=float32)": 1.3,
    "generator.uniform(-1, 1, 64)": 1.3,
    "generator.normal(0, 1, 64)": 1.3,
    "generator.standard_normal(64)": 1.3,
    "generator.standard_normal(out=out, dtype=float32)": 1.3,
}


def test_small_calls_keep_up_with_numpy():
    rows = table.load(table.SMALL).rows.where(scaling=small_tables.OF_CALLS)
    for kind, limit in REACHED.items():
        ours, numpy = (rows.where(kind=kind, what=what).best() for what in ("fastinit", "NumPy"))
        assert ours.seconds <= limit * numpy.seconds, kind
