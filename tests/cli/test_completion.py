"""Completion in a shell: what it suggests, and that a real shell asks for it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastinit import __main__ as program
from fastinit._memory.dtypes import FLOAT_DTYPES
from fastinit._schemes.schemes import SCHEMES
from fastinit.cli import COMMANDS, completion
from tests.support.commands import status_of

pytestmark = pytest.mark.once


@pytest.fixture
def suggested(monkeypatch, tmp_path):
    """Return what would be suggested at the end of a line."""
    argcomplete = pytest.importorskip("argcomplete")
    monkeypatch.chdir(tmp_path)

    def fdopen(descriptor, *arguments, opened=os.fdopen):
        if descriptor == 9:  # which argcomplete takes for its own, also here
            raise OSError
        return opened(descriptor, *arguments)

    monkeypatch.setattr(os, "fdopen", fdopen)

    def words(line):
        found = io.StringIO()

        class Ended(BaseException):
            pass

        def stop(_status=0):
            raise Ended

        def complete(parser):
            argcomplete.autocomplete(parser, exit_method=stop, output_stream=found)

        monkeypatch.setattr(program, "complete", complete)
        for name, value in {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line,
                            "COMP_POINT": str(len(line)), "_ARGCOMPLETE_SHELL": "bash"}.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        with pytest.raises(Ended):
            program.parse([])
        return [each.strip() for each in found.getvalue().split("\n") if each.strip()]

    return words


def test_commands_and_options(suggested):
    names = [each.__name__.split(".")[2] for each in COMMANDS]
    assert sorted(suggested("fastinit ")) == sorted([*names, "-h", "--help", "--version"])
    assert suggested("fastinit ver") == ["verify"]
    assert suggested("fastinit verify t.npy --rec") == ["--receipt"]
    assert suggested("fastinit completion z") == ["zsh"]


def test_names(suggested):
    assert {*SCHEMES, "zeros", "normal"} <= {
        each.rstrip(":\\") for each in suggested("fastinit create t.npy --scheme ")
    }
    assert suggested("fastinit create t.npy --scheme he_n") == ["he_normal"]
    assert sorted(suggested("fastinit create t.npy --dtype ")) == sorted(FLOAT_DTYPES)
    assert suggested("fastinit receipt t.npy --checksum s") == ["sha256"]
    assert suggested("fastinit schemes ortho")[0] == "orthogonal"
    assert suggested("fastinit create t.npy --scheme depth_scaled --option lay") == ["layers="]
    assert suggested("fastinit create t.npy --scheme he_normal --option lay") == ["layout="]
    assert suggested("fastinit create t.npy --option x") == []


def test_files(suggested):
    Path("table.npy").touch()
    assert suggested("fastinit verify ta") == ["table.npy"]


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_code_of_a_shell(capsys, shell):
    argcomplete = pytest.importorskip("argcomplete")
    assert status_of("completion", shell) == 0
    assert (
        capsys.readouterr().out.split() == argcomplete.shellcode(["fastinit"], shell=shell).split()
    )


def test_without_argcomplete_the_error_names_the_extra(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert status_of("completion", "bash") == 2
    assert "pip install 'fastinit-sampler[cli]'" in capsys.readouterr().err
    assert status_of("info") == 0  # the other commands do not need it
    assert status_of("completion", "csh") == 2


def test_a_real_shell_completes(tmp_path, capsys):
    pytest.importorskip("argcomplete")
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    script = tmp_path / "fastinit"
    script.write_text(f"#!{sys.executable}\nfrom fastinit.__main__ import program\nprogram()\n")
    script.chmod(0o755)
    assert status_of("completion", "bash") == 0
    asks = """
        COMP_WORDS=(fastinit create t.npy --scheme he_u) COMP_CWORD=4 COMP_TYPE=9
        COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
        _python_argcomplete fastinit
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    code = capsys.readouterr().out + asks
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [bash, "--norc", "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert result.stdout.split() == ["he_uniform"]
