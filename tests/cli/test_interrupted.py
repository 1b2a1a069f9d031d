"""What `create` says when a signal ends it: what it kept, and how to go on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from fastinit import __main__ as program
from fastinit.cli import writing
from tests.support.commands import status_of

pytestmark = pytest.mark.once

FORMULA = ["--shape", "30x7", "--scheme", "he_normal", "--quiet"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m.yaml").write_text(
        "defaults: {seed: 1, scheme: xavier}\ntables: {a: {shape: [20, 4]}, b: {shape: [10, 4]}}"
    )


def stopped(monkeypatch, capsys, *arguments, at=1, how=None):
    """Run `create`; a signal comes when it reports its progress for the `at`-th time."""
    reports = []

    def progress(*_):
        reports.append(1)
        if len(reports) == at:
            raise KeyboardInterrupt if how is None else program.Terminated(how)

    class Bar:
        def __init__(self, **_):
            pass

        def __enter__(self):
            return progress

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(writing, "progress_bar", Bar)
    assert status_of("create", *arguments) == (130 if how is None else 128 + how)
    return capsys.readouterr().err


def test_without_resume_nothing_is_kept(monkeypatch, capsys):
    said = stopped(monkeypatch, capsys, "t.npy", *FORMULA)
    assert said == "fastinit: interrupted; nothing was kept\n"
    assert [each.name for each in Path().iterdir()] == ["m.yaml"]
    said = stopped(monkeypatch, capsys, "m/", "--config", "m.yaml", "--quiet")
    assert said == "fastinit: interrupted; nothing was kept\n"


@pytest.mark.parametrize("path", ["t.npy", "t.safetensors", "t.zarr"])
def test_with_resume_the_partial_file_is_kept(monkeypatch, capsys, path):
    if path.endswith(".zarr"):
        pytest.importorskip("zarr")
    said = stopped(monkeypatch, capsys, path, *FORMULA, "--resume", how=signal.SIGTERM)
    kept = f".{path}.fastinit-partial"
    assert said == f"fastinit: terminated; {kept} kept; to go on, run the same command again\n"
    assert Path(kept).exists()
    assert status_of("create", path, *FORMULA, "--resume") == 0  # as the line says
    assert status_of("verify", path) == 0


def test_a_part_of_a_file_goes_on(monkeypatch, capsys):
    made = ["t.npy", *FORMULA, "--part", "1/2", "--resume"]
    said = stopped(monkeypatch, capsys, *made)
    kept = ".t.npy.fastinit-partial"
    assert said == f"fastinit: interrupted; {kept} kept; to go on, run the same command again\n"
    assert status_of("create", *made) == 0  # as the line says
    assert status_of("create", *made[:-2], "2/2", "--quiet") == 0
    assert status_of("verify", "t.npy") == 0


def test_a_set_keeps_whole_files(monkeypatch, capsys):
    made = ["m/", "--config", "m.yaml", "--max-shard-size", "400", "--quiet"]
    said = stopped(monkeypatch, capsys, *made, at=3)
    number = len(list(Path("m").glob("*.safetensors")))
    assert number == 1
    assert said == (
        "fastinit: interrupted; 1 whole file kept; to go on, run the same command again "
        "with --resume\n"
    )


def test_an_old_file_is_whole(monkeypatch, capsys):
    assert status_of("create", "t.npy", *FORMULA) == 0
    old = Path("t.npy").read_bytes()
    said = stopped(monkeypatch, capsys, "t.npy", *FORMULA, "--force", "--seed", "1")
    assert said == "fastinit: interrupted; t.npy is whole: the old one or the new one\n"
    assert Path("t.npy").read_bytes() == old
