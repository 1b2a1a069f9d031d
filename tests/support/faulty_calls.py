"""A process in which any system call can fail or do half of its work, and tests that run in it.

The library `faulty_calls.c` replaces the system calls of the whole process, those of C code too.
It has to be there when a process starts. So a test asks a `FaultyProcess` to call a function; that
function says with `faults` what goes wrong. One process serves all tests of a module.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT, TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPILER = shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) or shutil.which("cc")
needs_faulty_calls = pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux", reason="needs Linux and a C compiler"
)

#: Results of a faulty call, besides error numbers: half of the work, and none of it.
SHORT, NOTHING = 0, -1


@dataclass
class Faults:
    """What happened while calls went wrong: the number of calls of this name."""

    calls: int = 0


@contextmanager
def faults(
    folder: Path, call: str, result: int, first: int = 1, every: int = 0
) -> Iterator[Faults]:
    """Let calls on files in a folder go wrong, in a `FaultyProcess`.

    Parameters
    ----------
    folder : Path
    call : str
        The name of a call as `faulty_calls.c` has it.
    result : int
        The error number, `SHORT` or `NOTHING`.
    first : int
        The number of the first call that goes wrong, counted from 1.
    every : int
        The distance to the next call that goes wrong. 0: there is only one.
    """
    library, happened = ctypes.CDLL(None), Faults()
    library.fault_end.restype = ctypes.c_long
    library.fault_begin(
        os.fsencode(folder), call.encode(), result, ctypes.c_long(first), ctypes.c_long(every)
    )
    try:
        yield happened
    finally:
        happened.calls = library.fault_end()


class FaultyProcess:
    """A process with the library. Close it at the end."""

    def __init__(self, folder: Path) -> None:
        library = folder / "faulty_calls.so"
        source = TESTS / "support" / "faulty_calls.c"
        command = [str(COMPILER), "-O1", "-shared", "-fPIC", "-o", str(library), str(source)]
        subprocess.run(command, check=True)
        preloaded = " ".join(filter(None, [os.environ.get("LD_PRELOAD"), str(library)]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faulty_calls"],
            cwd=ROOT,
            env={**os.environ, "LD_PRELOAD": preloaded},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, function: str, *arguments: str) -> None:
        """Call ``module:function`` with texts in the process; raise the error that it raises."""
        print(json.dumps([function, *arguments]), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the process ended"
        if problem := json.loads(answer):
            pytest.fail(problem, pytrace=False)

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> None:
    """Call what comes as a line of JSON, and answer with the text of the error, or null."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed must not become an answer
    for line in sys.stdin:
        function, *arguments = json.loads(line)
        module, name = function.split(":")
        try:
            getattr(import_module(module), name)(*arguments)
            problem = None
        except BaseException:  # noqa: BLE001 - reported to the test
            problem = traceback.format_exc()
        print(json.dumps(problem), file=answers, flush=True)


if __name__ == "__main__":
    serve()
