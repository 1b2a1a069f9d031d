"""What a release needs agrees: versions, dependencies, wheels, and the files that name them."""

from __future__ import annotations

import re

import pytest

import fastinit
from tests.support.paths import ROOT

tomllib = pytest.importorskip("tomllib")
yaml = pytest.importorskip("yaml")

pytestmark = pytest.mark.once

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RECIPE = yaml.safe_load((ROOT / "conda" / "recipe" / "recipe.yaml").read_text())
CHANGES = (ROOT / "CHANGELOG.md").read_text()
VERSION = PROJECT["project"]["version"]

#: The groups of Keep a Changelog, in its order.
GROUPS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_all_files_have_the_version_of_the_package():
    assert fastinit.__version__ == VERSION
    assert RECIPE["context"]["version"] == VERSION
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == VERSION
    versions = re.findall(r"^## \[(.+?)\]", CHANGES, re.MULTILINE)
    assert VERSION in versions[:2]
    assert set(versions[:1]) <= {VERSION, "Unreleased"}


def test_changelog_has_the_groups_of_keep_a_changelog():
    for release in re.split(r"^## ", CHANGES, flags=re.MULTILINE)[1:]:
        groups = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert groups == [group for group in GROUPS if group in groups]


def test_recipe_of_conda_has_the_needs_of_the_package():
    needs = RECIPE["requirements"]
    assert RECIPE["context"]["name"] == PROJECT["project"]["name"]
    assert set(PROJECT["project"]["dependencies"]) == {
        each.replace(" ", "") for each in needs["run"]
    } - {"python"}
    built = {each.replace(" ", "").lower() for each in needs["host"]}
    assert {each.lower() for each in PROJECT["build-system"]["requires"]} <= built
    assert f">={RECIPE['context']['python_min']}" == PROJECT["project"]["requires-python"]
    [script] = PROJECT["project"]["scripts"].items()
    assert RECIPE["build"]["python"]["entry_points"] == [" = ".join(script)]


def test_summaries_are_one():
    assert PROJECT["project"]["description"] == RECIPE["about"]["summary"]
    assert PROJECT["project"]["description"] + "." in (ROOT / "README.md").read_text()
    assert RECIPE["about"]["license"] == PROJECT["project"]["license"]


def test_wheels_are_tested_with_files_that_exist():
    wheels = PROJECT["tool"]["cibuildwheel"]
    commands = [wheels["test-command"], *(each["test-command"] for each in wheels["overrides"])]
    tested = [name for command in commands for name in command.split() if "/" in name]
    assert tested
    assert all((ROOT / name).exists() for name in [*tested, *wheels["test-sources"]])


def test_extras_are_those_of_the_page_about_installing():
    page = (ROOT / "docs" / "install.md").read_text()
    table = page.partition("| extra | for |")[2].partition("\n\n")[0]
    listed = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([\w-]+)`", row.split("|")[1])
    }
    for_developers = {"test", "bench", "docs", "site", "lint"}
    assert listed == set(PROJECT["project"]["optional-dependencies"]) - for_developers
