"""The documentation's examples run, and say what is so."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    pytest.param(
        match.group(1), id=f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}"
    )
    for page in PAGES
    for match in re.finditer(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    # Those of TensorFlow are run by tests/keras/checks/tensorflow_checks.py.
    if "import tensorflow" not in match.group(1)
]


def test_there_are_examples():
    assert any("README" in example.id for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own
