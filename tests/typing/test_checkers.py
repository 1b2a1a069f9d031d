"""mypy and pyright accept a program of a user, and refuse wrong calls, each on its own line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastinit

HERE = Path(__file__).parent
PROGRAM = HERE / "user_script.py"
WRONG = HERE / "wrong_calls.py"
WRONG_LINES = {
    number: line
    for number, line in enumerate(WRONG.read_text().splitlines(), 1)
    if re.search(r"\)?  # \S", line)
}
ROOT = Path(fastinit.__file__).parents[1]  # src or site-packages
IS_INSTALLED = ROOT.name == "site-packages"

#: The frameworks have types of their own. Without them, mypy takes seconds and not a minute.
MYPY_CONFIG = """[mypy]
strict = True
[mypy-torch.*,jax.*,jaxlib.*,keras.*,dask.*,zarr.*,distributed.*]
follow_imports = skip
ignore_missing_imports = True
"""


def mypy(file, folder):
    """Return the errors in a file by line."""
    pytest.importorskip("mypy")
    config = folder / "mypy.ini"
    config.write_text(MYPY_CONFIG)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", folder, file],
        env=os.environ | ({} if IS_INSTALLED else {"MYPYPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    found = re.findall(rf"^\S*{file.name}:(\d+): error: (.*)$", result.stdout, re.MULTILINE)
    assert bool(found) == bool(result.returncode), result.stdout
    return by_line((int(line), message) for line, message in found)


def pyright(file, folder):
    """Return the errors in a file by line: basedpyright is pyright, with node.js in its wheel."""
    pytest.importorskip("basedpyright")
    config = folder / "pyrightconfig.json"
    settings: dict[str, object] = {"include": [str(file)], "typeCheckingMode": "strict"}
    if not IS_INSTALLED:
        settings["extraPaths"] = [str(ROOT)]
    config.write_text(json.dumps(settings))
    result = subprocess.run(
        [
            *(sys.executable, "-m", "basedpyright", "--outputjson"),
            *("--project", config, "--pythonpath", sys.executable),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    return by_line(
        (each["range"]["start"]["line"] + 1, each["message"])
        for each in report["generalDiagnostics"]
        if each["severity"] == "error" and each.get("rule") not in UNRELATED
    )


#: What pyright's strict mode says about the style of wrong_calls.py.
UNRELATED = ("reportUnusedExpression", "reportUnknownMemberType", "reportUnknownVariableType")


def by_line(errors):
    found: dict[int, list[str]] = {}
    for line, message in errors:
        found.setdefault(line, []).append(message)
    return found


@pytest.mark.once
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_program_of_a_user(checker, tmp_path):
    assert checker(PROGRAM, tmp_path) == {}


@pytest.mark.once
def test_dtypes_of_pytorch(tmp_path):
    """Only pyright: mypy takes a minute for PyTorch."""
    pytest.importorskip("torch")
    assert pyright(HERE / "torch_dtypes.py", tmp_path) == {}


@pytest.mark.once
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_wrong_calls(checker, tmp_path):
    found = checker(WRONG, tmp_path)
    assert [line for number, line in WRONG_LINES.items() if number not in found] == []
    assert {number: found[number] for number in found if number not in WRONG_LINES} == {}


def test_there_are_wrong_calls():
    assert len(WRONG_LINES) >= 40


@pytest.mark.parametrize("number", WRONG_LINES)
def test_wrong_calls_raise(number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    first = min(WRONG_LINES) - 1
    exec("\n".join(WRONG.read_text().splitlines()[:first]), names)  # noqa: S102
    with pytest.raises((TypeError, ValueError, AttributeError, IndexError)):
        exec(WRONG_LINES[number], names)  # noqa: S102
    assert list(tmp_path.iterdir()) == []


def test_program_runs():
    names = {"__name__": "user_script"}
    exec(compile(PROGRAM.read_text(), PROGRAM.name, "exec"), names)  # noqa: S102
