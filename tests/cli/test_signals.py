"""Signals that end the program: a status and one line at any moment, never a traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from fastinit import __main__ as program
from fastinit._support import program_start

pytestmark = pytest.mark.once  # the same on every instruction set

SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
#: Runs until a signal comes.
BENCH = ["bench", "--size", "64KiB", "--rounds", "1000000", "--threads", "1", "--quiet"]

#: Python loads it before the program. It acts when a module is imported.
SITECUSTOMIZE = """if True:
    import os, sys

    def hook(event, arguments):
        if event == "import" and arguments[0] == os.environ["MODULE"] and not done:
            done.append(True)
            if number := int(os.environ["NUMBER"]):
                os.kill(os.getpid(), number)
            else:
                os.write(1, b"ready\\n")

    done = []
    sys.addaudithook(hook)
"""
ENTRIES = {
    "module": ["-m", "fastinit"],
    "script": ["fastinit"],
}
#: As pip writes it.
SCRIPT = """if True:
    import sys
    from fastinit.__main__ import program
    sys.exit(program())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("site")
    (made / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (made / "fastinit").write_text(SCRIPT)
    return made


def start(folder, entry, number, module, *arguments, before=None):
    paths = [str(folder), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    places = os.pathsep.join(paths)
    return subprocess.Popen(
        [sys.executable, *ENTRIES[entry], *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": places, "MODULE": module, "NUMBER": str(int(number))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 - no threads
    )


def assert_ended(process, number):
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (128 + number, f"fastinit: {SIGNALS[number]}\n")


MODULES = [
    "fastinit._engine",  # the first one after the handlers
    "numpy._core.multiarray",
    "fastinit.weight",
    "argparse",
    "fastinit.cli",
    "fastinit.storage.zarr.arrays",
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_signal_during_an_import(folder, entry, module):
    number = list(SIGNALS)[MODULES.index(module) % 3]
    assert_ended(start(folder, entry, number, module, *BENCH), number)


def test_signals_at_random_moments(folder):
    moments = random.Random(17)  # noqa: S311
    for turn in range(12):
        number = list(SIGNALS)[turn % 3]
        process = start(folder, list(ENTRIES)[turn % 2], 0, "fastinit._engine", *BENCH)
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0, 0.6))
        process.send_signal(number)
        assert_ended(process, number)


def test_an_ignored_signal_stays_ignored(folder):
    """As under nohup, and for SIGINT in a job that a script starts in the background."""
    for number in (signal.SIGHUP, signal.SIGINT):
        process = start(
            folder,
            "module",
            number,
            "fastinit.cli",
            "info",
            before=lambda number=number: signal.signal(number, signal.SIG_IGN),
        )
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        assert "contract" in out


def test_another_program_keeps_its_handlers(folder):
    for start_words in (["-c"], ["-W", "error", "-c"]):
        words = "import fastinit, signal; print(signal.getsignal(signal.SIGTERM))"
        command = [sys.executable, *start_words, words]
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
        assert result.stdout == "0\n" or "SIG_DFL" in result.stdout


@pytest.mark.parametrize(
    ("argv", "whole", "expected"),
    [
        (["/usr/bin/fastinit", "info"], ["python", "/usr/bin/fastinit", "info"], True),
        (["-m", "info"], ["python", "-m", "fastinit", "info"], True),
        (["-m", "info"], ["python", "-X", "dev", "-mfastinit", "info"], True),
        (["-m", "fastinit"], ["python", "-m", "mine.train", "fastinit"], False),
        (["fastinit.py"], ["python", "fastinit.py"], False),
        (["-c"], ["python", "-c", "import fastinit"], False),
        ([""], ["python"], False),
        ([], [], False),
    ],
)
def test_is_program(monkeypatch, argv, whole, expected):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", whole)
    assert program_start.is_program() is expected


def test_a_second_signal(monkeypatch):
    ended, now = [], [100.0]
    monkeypatch.setattr(program, "end_at_once", lambda number, _: ended.append(number))
    monkeypatch.setattr(program.time, "monotonic", lambda: now[0])
    stop = program.Stop()
    with pytest.raises(program.Terminated):
        stop(signal.SIGTERM, None)
    for number in SIGNALS:
        stop(number, None)  # it does not interrupt the clean-up
    assert ended == []
    now[0] += program.PATIENCE + 1
    stop(signal.SIGINT, None)
    assert ended == [signal.SIGINT]
