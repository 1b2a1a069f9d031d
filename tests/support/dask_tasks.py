"""What the tests of Dask run inside workers: each leaves a trace in a folder that all share."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def made(folder):
    """Return (block, process) for each time that a block was made, in no order."""
    return [tuple(map(int, path.name.split("-")[:2])) for path in Path(folder, "made").iterdir()]


def note(folder, block):
    (Path(folder, "made") / f"{block}-{os.getpid()}-{time.time_ns()}").touch()


def die_once(chunk, folder, block_id=None):
    """Note that a block was made; the process that makes block 5 first is killed there."""
    note(folder, block_id[0])
    if block_id[0] == 5:
        try:
            Path(folder, "died").touch(exist_ok=False)
        except FileExistsError:
            return chunk
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk


def wait_at_gate(chunk, folder, block_id=None):
    """Note that a block was made; from a process's third on, wait for a file named gate."""
    note(folder, block_id[0])
    here = sum(process == os.getpid() for _, process in made(folder))
    while here > 2 and not Path(folder, "gate").exists():
        time.sleep(0.01)
    return chunk
