"""A damaged receipt says nothing about its file: status 2, not the status of a file that differs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import status_of

pytestmark = pytest.mark.once

MADE = ["--shape", "30x7", "--scheme", "he_normal", "--quiet"]
DAMAGES = {
    "a changed number": lambda text: text.replace('"bytes": 968', '"bytes": 969'),
    "cut off": lambda text: text[:-20],
    "an earlier version": lambda text: text.replace('"receipt_version": 2', '"receipt_version": 1'),
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert status_of("create", "t.npy", *MADE) == 0
    assert status_of("create", "u.npy", *MADE, "--name", "t") == 0


def damage(how):
    path = Path("t.npy.receipt.json")
    before = path.read_text()
    path.write_text(DAMAGES[how](before))
    assert path.read_text() != before


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(
    "command",
    [
        ["verify", "t.npy"],
        ["verify", "t.npy", "--receipt", "t.npy.receipt.json"],
        ["compare", "t.npy", "u.npy"],
        ["compare", "u.npy", "t.npy.receipt.json"],
    ],
    ids=" ".join,
)
def test_the_status_is_2_and_the_line_says_what_to_do(capsys, command, how):
    damage(how)
    assert status_of(*command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("fastinit: t.npy.receipt.json: ")
    assert err.count("fastinit receipt FILE --force") == 1
    assert err.count("\n") == 1


def test_what_the_line_says_works(capsys):
    damage("cut off")
    assert status_of("receipt", "t.npy", *MADE) == 2
    assert status_of("receipt", "t.npy", *MADE, "--force") == 0
    assert status_of("verify", "t.npy") == 0


def test_a_file_that_differs_has_another_status(capsys):
    content = bytearray(Path("t.npy").read_bytes())
    content[-1] ^= 1
    Path("t.npy").write_bytes(content)
    assert status_of("verify", "t.npy") == 1
    Path("t.npy").write_bytes(content[:-1])
    assert status_of("verify", "t.npy") == 1
    assert status_of("compare", "t.npy", "u.npy") == 1  # by its size


def test_diff_needs_no_receipt(capsys):
    damage("cut off")
    assert status_of("diff", "t.npy", "u.npy", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["same"] is True
    assert err.startswith("fastinit: warning: t.npy.receipt.json: ")
    assert err.count("\n") == 1
