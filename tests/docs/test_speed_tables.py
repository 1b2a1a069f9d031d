"""The tables of README and docs/performance.md are those of the newest results in bench/."""

from __future__ import annotations

import pytest

table = pytest.importorskip("table", reason="bench/ is not beside these tests")
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
