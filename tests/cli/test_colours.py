"""Colours are for terminals only, and only if the user wants them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.support.commands import status_of

pytestmark = pytest.mark.once

MADE = ["create", "t.npy", "--shape", "30x7", "--scheme", "he_normal"]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def printed(monkeypatch):
    """Run commands with output of a kind; return the standard output and the errors."""

    def run(kind, *arguments):
        out, err = kind(), kind()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            patched.setitem(sys.modules, "tqdm", None)
            status_of(*arguments)
        return out.getvalue(), err.getvalue()

    return run


def test_on_a_terminal_heads_are_bold_and_results_are_green_or_red(printed):
    out, _ = printed(Terminal, *MADE)
    assert out.startswith("\x1b[1mfile            \x1b[0m t.npy\n")
    out, _ = printed(Terminal, "verify", "t.npy")
    assert out.startswith("\x1b[32mt.npy\x1b[0m: 840 bytes are as ")
    out, _ = printed(Terminal, "verify", "t.npy", *MADE[2:], "--seed", "1")
    assert out.startswith("\x1b[31mt.npy\x1b[0m: t[0, 0] is ")
    assert (
        printed(Terminal, "compare", "t.npy", "t.npy")[0]
        .splitlines()[-1]
        .startswith("\x1b[32msame\x1b[0m: ")
    )
    assert printed(Terminal, "diff", "t.npy", "t.npy")[0].startswith("\x1b[32msame\x1b[0m: ")


def test_on_a_terminal_errors_begin_in_red(printed):
    assert printed(Terminal, "verify", "absent.npy") == (
        "",
        "\x1b[31mfastinit:\x1b[0m absent.npy: No such file or directory\n",
    )
    _, err = printed(Terminal, "verify", "--nothing")
    assert err.startswith("\x1b[31mfastinit verify:\x1b[0m ")


def test_json_has_no_colours(printed):
    printed(Terminal, *MADE)
    for command in (
        ["verify", "t.npy"],
        ["info", "t.npy"],
        ["diff", "t.npy", "t.npy"],
        ["schemes"],
    ):
        assert "\x1b" not in printed(Terminal, *command, "--json")[0]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_turns_colours_off(monkeypatch, printed, name, value):
    monkeypatch.setenv(name, value)
    assert "\x1b" not in "".join(printed(Terminal, *MADE))
    assert "\x1b" not in "".join(printed(Terminal, "verify", "absent.npy"))


def test_an_empty_no_color_is_none(monkeypatch, printed):
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1m" in printed(Terminal, "info")[0]


def test_a_pipe_gets_the_text_alone(monkeypatch, printed):
    monkeypatch.setenv("FORCE_COLOR", "1")
    printed(io.StringIO, *MADE)
    for command in (["verify", "t.npy"], ["verify", "absent.npy"], ["info"], ["info", "t.npy"],
                    ["schemes"], ["compare", "t.npy", "t.npy"]):  # fmt: skip
        text = "".join(printed(io.StringIO, *command))
        assert text
        assert "\x1b" not in text


def test_names_cannot_change_colours(printed):
    """A control character of a name is escaped, also inside of what is coloured."""
    name = "\x1b[2J.npy"
    printed(Terminal, "create", name, *MADE[2:])
    out, _ = printed(Terminal, "verify", name)
    assert out.startswith("\x1b[32m\\x1b[2J.npy\x1b[0m: ")
    assert Path(name).exists()
