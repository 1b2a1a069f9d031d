"""`fastinit.jax.make_array` and `init_tree` in two processes that JAX joins on the loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "make_array_in_processes.py"


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("devices", [1, 4])
def test_two_processes(devices):
    """Each makes its own devices' shards; together they are the table of one process."""
    port = free_port()
    environment = os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), str(port), "2", str(number)],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(2)
    ]  # fmt: skip
    try:
        results = [process.communicate(timeout=240) for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, (output, errors) in zip(processes, results, strict=True):
        assert process.returncode == 0, errors[-3000:]
        checked = json.loads(output.splitlines()[-1])
        assert (checked.pop("devices"), checked.pop("local")) == (2 * devices, devices)
        assert len(checked) == 6
        assert all(checked.values()), checked
