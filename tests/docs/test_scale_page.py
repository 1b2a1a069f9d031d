"""The numbers and the figure of docs/scale.md are those of bench/results/scale.json."""

from __future__ import annotations

import json

import matplotlib.image
import numpy as np
import pytest

import make_scale

pytestmark = [
    pytest.mark.framework,
    pytest.mark.skipif(not make_scale.RESULTS.exists(), reason="bench/ is not beside these tests"),
]


def read():
    return json.loads(make_scale.RESULTS.read_text())


def test_the_page_has_the_numbers_of_the_results():
    text = make_scale.PAGE.read_text()
    assert make_scale.page(text, make_scale.rows(read())) == text, (
        "run: python tools/pages/make_scale.py"
    )


def test_a_page_without_a_part_is_an_error():
    with pytest.raises(ValueError, match="0 parts for traffic"):
        make_scale.page("a page", {"traffic": []})


def test_the_figure_is_drawn(tmp_path):
    make_scale.draw(read(), tmp_path / "scale.png")
    drawn = matplotlib.image.imread(tmp_path / "scale.png")
    assert drawn.shape == matplotlib.image.imread(make_scale.DOCS / "images" / "scale.png").shape
    assert np.unique(drawn.reshape(-1, drawn.shape[-1]), axis=0).shape[0] > 100


def test_what_the_page_says_of_the_results():
    results = read()
    assert results["traffic"]["sent by the client"]["bytes a GB"] > 1.9e9
    for name in ("fastinit", "dask.array.random"):
        assert results["traffic"][name]["bytes a GB"] < 1e-4 * 1e9
    for one, two in results["processes"].values():
        assert 1.5 < two / one < 2.1
