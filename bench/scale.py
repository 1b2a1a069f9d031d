"""Measure what the model in docs/scale.md is made of: processes, Dask, its traffic, files.

python bench/scale.py

Writes bench/results/scale.json, from which tools/pages/make_scale.py draws the figure and writes
the constants. Each number is the best of some rounds, since noise on a machine only ever adds. The
traffic is what crosses the loopback interface of a network namespace of its own, in which nothing
else runs: client, scheduler and workers are processes that talk over TCP there (Linux, with user
namespaces).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import fastinit
import scale_dask
import scale_processes

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "scale.json"


def traffic() -> dict[str, Any]:
    """Return what `scale_dask.traffic` measures in a network namespace of its own."""
    code = "import json, scale_dask; print(json.dumps(scale_dask.traffic()))"
    script = f'ip link set lo up && exec "{sys.executable}" -c "{code}"'
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["bench", *sys.path])}
    done = subprocess.run(  # noqa: S603 - our own command
        ["unshare", "--net", "--map-root-user", "sh", "-c", script],  # noqa: S607
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def machine() -> str:
    """Say where and with what this was measured."""
    from importlib.metadata import version  # noqa: PLC0415

    names = ["numpy", "dask", "distributed", "zarr"]
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return (
        f"{cpu}, {os.cpu_count()} cores, {datetime.now(timezone.utc):%Y-%m-%d}; fastinit "
        f"{fastinit.__version__}, kernels {fastinit.active_isa()}; "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )


PARTS = {
    "processes": scale_processes.rates,
    "dask": scale_dask.rates,
    "overhead": scale_dask.overhead,
    "files": scale_dask.files,
    "traffic": traffic,
}


def main() -> None:
    """Measure what the command line names, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=[], help=f"of {', '.join(PARTS)}; else all")
    chosen = parser.parse_args().parts or list(PARTS)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = machine()
    for part in chosen:
        results[part] = PARTS[part]()
        print(part, json.dumps(results[part], indent=1))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
