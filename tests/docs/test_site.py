"""The site's reference has every public name, and its navigation every page.

`nox -s site` builds the site; Sphinx itself finds dead links and pages that nothing leads to.
"""

from __future__ import annotations

import re

import pytest

import fastinit
from tests.support.paths import ROOT

pytestmark = pytest.mark.once

REFERENCE = ROOT / "docs" / "reference"
ENTRY = re.compile(r"^\.\. auto\w+:: fastinit\.(\w+)$", re.MULTILINE)


def test_each_public_name_has_one_entry():
    entries = [
        name for page in sorted(REFERENCE.glob("*.md")) for name in ENTRY.findall(page.read_text())
    ]
    modules = {"dask", "jax", "keras", "torch"}
    assert sorted(entries) == sorted({*fastinit.__all__, *modules} - {"__version__"} - NOT_SHOWN)


#: Modules whose names are those of the package, and a module of types.
NOT_SHOWN = {"storage", "typing", "weight"}


def test_the_site_shows_the_texts_of_the_root():
    for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY"):
        page = "index" if name == "README" else name
        assert f"{{include}} ../{name}.md" in (ROOT / "docs" / f"{page}.md").read_text()
