"""docs/command-line.md has every command, option and exit status."""

from __future__ import annotations

import argparse
import re

import pytest

from fastinit import __main__ as program
from fastinit.cli import COMMANDS
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "command-line.md").read_text()
SECTIONS = {part.split("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]}


def parsers():
    """Return each command's parser by its name."""
    commands = argparse.ArgumentParser().add_subparsers()
    for command in COMMANDS:
        command.add(commands)
    return commands.choices


def options_of(parser):
    return set(re.findall(r"--[a-z-]+", parser.format_usage()))


@pytest.mark.parametrize("name", parsers())
def test_every_option_is_listed(name):
    options = options_of(parsers()[name])
    text = SECTIONS[name]
    if "--scheme" in options:
        text += SECTIONS["A formula"]
    assert options <= set(re.findall(r"(?<=`)--[a-z-]+", text))
    assert f"[`{name}`](#{name})" in PAGE


def test_no_section_lists_what_is_not_there():
    known = set().union(*map(options_of, parsers().values()))
    listed = set(re.findall(r"(?<=`)--[a-z-]+", PAGE)) - {"--help", "--version"}
    assert listed == known


def test_exit_statuses_are_listed():
    listed = [
        int(number)
        for number in re.findall(r"^\| (\d+) \|", SECTIONS["Exit statuses"], re.MULTILINE)
    ]
    assert listed == [
        0,
        program.DIFFERS,
        program.REFUSED,
        program.FAILED,
        program.HUNG_UP,
        program.INTERRUPTED,
        program.TERMINATED,
    ]
