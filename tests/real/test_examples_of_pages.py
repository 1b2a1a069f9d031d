"""The examples for transformers, PEFT and Lightning run, and say what is so."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

PACKAGES = ("lightning", "peft", "transformers")
EXAMPLES = [
    pytest.param(match[1], match[2], id=f"{page.name}: {match[1]} {number}")
    for page in (ROOT / "docs" / "huggingface.md", ROOT / "docs" / "lightning.md")
    for number, match in enumerate(
        re.finditer(
            r"^```python needs (\w+)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
        )
    )
]


def test_there_are_examples_for_each_package():
    assert {example.values[0] for example in EXAMPLES} == set(PACKAGES)


@pytest.mark.filterwarnings(
    "ignore:.*deprecated:FutureWarning"
)  # PEFT uses what transformers will remove
@pytest.mark.parametrize(("package", "example"), EXAMPLES)
def test_example(package, example, tmp_path, monkeypatch):
    pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "example", "exec"), {"__name__": "example"})  # noqa: S102 - our own
