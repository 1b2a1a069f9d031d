"""Sessions with the command, word for word: what it prints, its exit statuses, and the files it leaves.

Each file of tests/cli/transcripts is a session in an empty directory. `$ ` stands before a command, `! ` before
a line of standard error, `? ` before an exit status other than 0. What differs from run to run
stands in angle brackets. To write the files again, run this test with FASTINIT_WRITE_TRANSCRIPTS=1; then read every change.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import fastinit
from tests.support.commands import status_of
from tests.support.paths import TESTS

pytestmark = pytest.mark.once

SESSIONS = sorted((TESTS / "cli" / "transcripts").glob("*.txt"))

#: What differs from run to run, and what stands for it. The speed depends on the time.
DIFFERENT = (
    (r"\d+\.\d{3} s(, \d+\.\d\d GB/s)?(, \d+\.\d times)?", "<seconds> s"),
    (r"^on \d+ threads? +", "on <threads>      "),
    (r"\d+\.\d\d s$", "<seconds> s"),
    (r"\d+\.\d GB/s$", "<speed> GB/s"),
    (rf"(kernels +){fastinit.active_isa()}$", r"\1<kernels>"),
    (r"(threads +)\d+$", r"\1<threads>"),
    (r"(\.png) \d+$", r"\1 <size>"),
    (r'"seconds": [\d.]+', '"seconds": <seconds>'),
    (r'"age_seconds": \d+', '"age_seconds": <age>'),
    (r"(free +)[\d,]+ bytes( \([\d.]+ [MGT]B\))?", r"\1<free> bytes"),
    (r'"free": \d+', '"free": <free>'),
    (r"fastinit-[0-9a-f]{16}\.tmp", "fastinit-<random>.tmp"),
    (r"--sample-seed \d{6,}", "--sample-seed <random>"),
    (re.escape(fastinit.__version__), "<version>"),
)


def same_in_each_run(text: str) -> str:
    """Return the text with stand-ins for what differs from run to run."""
    for pattern, stand_in in DIFFERENT:
        text = re.sub(pattern, stand_in, text, flags=re.MULTILINE)
    return text


def ls(*paths: str) -> None:
    """Print the files below the directories, or here, with their sizes."""
    for path in paths or (".",):
        for each in sorted(Path(path).rglob("*")):
            sys.stdout.write(f"{each}\n" if each.is_dir() else f"{each} {each.stat().st_size}\n")


def flip(path: str, position: str) -> None:
    """Change one bit of the byte at a position."""
    content = bytearray(Path(path).read_bytes())
    content[int(position)] ^= 1
    Path(path).write_bytes(content)


def write(path: str, text: str) -> None:
    """Write a text file, in which `;` ends a line."""
    Path(path).write_text(text.replace(";", "\n"))


def age(path: str, seconds: str) -> None:
    """Give a file the time of change of some seconds ago."""
    status = Path(path).stat()
    changed = status.st_mtime - int(seconds)
    os.utime(path, (changed, changed))


def save(path: str, expression: str) -> None:
    """Save an array of NumPy."""
    np.save(path, eval(expression, {"np": np}))  # noqa: S307 - of our own session


OTHERS = {
    "ls": ls,
    "flip": flip,
    "write": write,
    "age": age,
    "np.save": save,
    "rm": lambda path: shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink(),
    "mkdir": lambda path: Path(path).mkdir(),
    "cp": shutil.copy,
    "mv": shutil.move,
    "truncate": lambda path, size: os.truncate(path, int(size)),
}


def answered(command: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run one command; return its output, its errors and its exit status as lines."""
    name, *arguments = shlex.split(command)
    status = status_of(*arguments) if name == "fastinit" else OTHERS[name](*arguments)
    output, errors = capsys.readouterr()
    lines = same_in_each_run(output).splitlines()
    # The usage, which argparse prints before a mistake, differs between versions of Python.
    errors = re.sub(r"usage: .*?(?=^fastinit)", "", errors, flags=re.DOTALL | re.MULTILINE)
    lines += [f"! {line}" for line in same_in_each_run(errors).splitlines()]
    return [*lines, f"? {status}"] if name == "fastinit" and status else lines


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.stem)
def test_session(session, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    expected = session.read_text().splitlines()
    found = []
    for line in expected:
        if line.startswith(("#", "$ ")):
            found += [line, *answered(line[2:], capsys)] if line.startswith("$ ") else [line]
    if os.environ.get("FASTINIT_WRITE_TRANSCRIPTS"):
        session.write_text("\n".join(found) + "\n")
    assert found == expected
