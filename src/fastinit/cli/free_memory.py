"""How much memory a program may still use: what the system has free, within the cgroup's limit."""

from __future__ import annotations

import math
import os
from pathlib import Path


def free_memory(
    meminfo: Path = Path("/proc/meminfo"),
    root: Path = Path("/sys/fs/cgroup"),
    own: Path = Path("/proc/self/cgroup"),
) -> float:
    """Return a number of bytes, or inf where the system does not tell."""
    return min(_of_system(meminfo), _of_cgroup(root, own))


def _of_system(meminfo: Path) -> float:
    """Return what the kernel can provide without swapping, caches included."""
    try:
        lines = meminfo.read_text().splitlines()
        [kilobytes] = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
        return int(kilobytes) * 1024
    except (OSError, ValueError):
        pass
    try:  # no Linux
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return math.inf


def _of_cgroup(root: Path, own: Path) -> float:
    """Return what the limits of the cgroup (version 2) and its parents leave."""
    left = math.inf
    try:
        [path] = [line[3:] for line in own.read_text().splitlines() if line.startswith("0::")]
    except (OSError, ValueError):
        return left
    group = root / path.lstrip("/")
    for folder in (group, *group.parents):
        left = min(left, _left_in(folder))
        if folder == root:
            break
    return left


def _left_in(folder: Path) -> float:
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        # The kernel drops cached files before it refuses memory.
        return int(limit) - used + int(counts.get("inactive_file", 0))
    except (OSError, ValueError):  # "max", or a group without a limit
        return math.inf
