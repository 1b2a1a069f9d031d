"""A table larger than the memory that the process is allowed: made, checked, and how much it took.

python bench/larger_than_memory.py FOLDER [--gigabytes 4] [--limit 64]

The limit is a control group's of Linux, in MiB, which counts the page cache too: version 2, or
version 1, whichever takes it (for root); else the process's address space (RLIMIT_AS).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = Path("/sys/fs/cgroup")
NAME = f"fastinit-{os.getpid()}"

#: Where a group is made, its limit and its peak, by the version of the interface.
VERSIONS = {
    "control group, version 2": (GROUPS / NAME, "memory.max", "memory.peak"),
    "control group, version 1": (
        GROUPS / "memory" / NAME,
        "memory.limit_in_bytes",
        "memory.max_usage_in_bytes",
    ),
}


@contextmanager
def limited(limit: int) -> Iterator[tuple[str, Path | None, Path | None]]:
    """Give the kind of limit, the group that has it, and the file that has its peak."""
    for kind, (group, file, peak) in VERSIONS.items():
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            with (group / file).open("r+") as setting:  # it is there, if this is a group
                setting.write(str(limit))
        except OSError:
            group.rmdir()
            continue
        try:
            yield kind, group, group / peak
        finally:
            group.rmdir()
        return
    yield "address space (RLIMIT_AS)", None, None


def run(limit: int, group: Path | None, *arguments: str) -> None:
    """Run a command of fastinit's under the limit, and show what it says."""

    def enter() -> None:
        if group is None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        else:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    print("$ fastinit", *arguments, flush=True)
    command = [sys.executable, "-m", "fastinit", *arguments]
    subprocess.run(command, check=True, preexec_fn=enter)  # noqa: S603 - one thread here


def main() -> None:
    """Make a table, verify it, and say how much memory that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--limit", type=int, default=64, help="in MiB")
    options = parser.parse_args()
    path = str(options.folder / "table.safetensors")
    rows = int(options.gigabytes * 1e9) // 128
    limit = options.limit << 20
    with limited(limit) as (kind, group, peak):
        print(f"limit: {options.limit} MiB, {kind}")
        formula = f"--shape {rows}x64 --dtype bfloat16 --scheme he_normal --seed 7 --name user_id"
        run(limit, group, "create", path, *formula.split())
        run(limit, group, "verify", path)
        run(limit, group, "verify", path, "--receipt", f"{path}.receipt.json")
        if peak is not None and peak.exists():
            print(f"most memory, page cache included: {int(peak.read_text()) >> 20} MiB")
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"most memory of a process: {usage.ru_maxrss >> 10} MiB")
    for each in (path, f"{path}.receipt.json"):
        Path(each).unlink()


if __name__ == "__main__":
    main()
