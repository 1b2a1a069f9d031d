"""The number of threads of a fill: the CPUs of this process, or what the user has set.

Guarantees: by default, there are no more threads than CPUs that the affinity mask and the quota of
the cgroup leave to this process.
"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from fastinit._support.checks import as_integer

THREADS_VARIABLE = "FASTINIT_NUM_THREADS"

#: How long a quota is used before it is read again. Reading takes 0.1 ms, as a fill of 1 MiB does.
QUOTA_SECONDS = 1.0


def affinity_cpus() -> int:
    """Return the number of CPUs on which this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota_cpus(
    root: Path = Path("/sys/fs/cgroup"),
    own: Path = Path("/proc/self/cgroup"),
) -> float:
    """Return the CPU quota of the cgroup and its parents, in CPUs, or inf without a quota."""
    quotas = [math.inf]
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return math.inf
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, read = root, read_quota_v2
        elif "cpu" in controllers.split(","):
            base, read = root / "cpu", read_quota_v1
        else:
            continue
        group = base / path.lstrip("/")
        for folder in (group, *group.parents):
            quotas.append(read(folder))
            if folder == base:
                break
    return min(quotas)


def read_quota_v2(folder: Path) -> float:
    """Return the quota in a directory of cgroup version 2, as a number of CPUs."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf


def read_quota_v1(folder: Path) -> float:
    """Return the quota in a directory of cgroup version 1, as a number of CPUs."""
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        return math.inf if quota < 0 else quota / int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf


#: The quota that was read last, and the time until which it is used.
_last_quota = (math.inf, -math.inf)


def recent_quota_cpus() -> float:
    """Return `quota_cpus`, at most `QUOTA_SECONDS` old."""
    global _last_quota  # noqa: PLW0603 - replaced as a whole, so threads need no lock
    quota, valid_until = _last_quota
    now = time.monotonic()
    if now >= valid_until:
        quota = quota_cpus()
        _last_quota = (quota, now + QUOTA_SECONDS)
    return quota


def usable_cpus() -> int:
    """Return the number of threads that can run at the same time, at least 1."""
    return max(1, math.ceil(min(affinity_cpus(), recent_quota_cpus())))


def check_threads(threads: object, name: str = "threads") -> int:
    """Return a number of threads, or raise."""
    count = as_integer(threads, name)
    if count < 1:
        raise ValueError(f"{name} must be at least 1, got {count}")
    return count


def as_limit(threads: object) -> int | None:
    """Return the `threads` of a call: a positive integer, or None for the default; or raise."""
    return None if threads is None else check_threads(threads)


def threads_from_environment() -> int | None:
    """Return the number in FASTINIT_NUM_THREADS, or None if it is not set."""
    text = os.environ.get(THREADS_VARIABLE)
    if not text:
        return None
    try:
        return check_threads(int(text), THREADS_VARIABLE)
    except ValueError:
        raise ValueError(f"{THREADS_VARIABLE} must be a positive integer, got {text!r}") from None


_num_threads = threads_from_environment()


def chosen_num_threads() -> int | None:
    """Return the number from `set_num_threads` or FASTINIT_NUM_THREADS, or None without either."""
    return _num_threads


def get_num_threads() -> int:
    """Return the number of threads of a large fill whose ``threads`` is None.

    Returns
    -------
    int
        The number that `set_num_threads` set last. Without it, the value of FASTINIT_NUM_THREADS at
        import. Without both, the number of CPUs that the affinity mask and the quota of the cgroup
        leave to this process. The quota is read at most once a second.

    Examples
    --------
    >>> fastinit.get_num_threads() >= 1
    True
    """
    return usable_cpus() if _num_threads is None else _num_threads


def set_num_threads(threads: int | None) -> None:
    """Set the number of threads of large fills whose ``threads`` is None.

    Parameters
    ----------
    threads : int or None
        At least 1. None restores the number of CPUs that this process may use.

    Raises
    ------
    TypeError, ValueError
        If `threads` is not a positive integer.

    Examples
    --------
    >>> fastinit.set_num_threads(4)
    >>> fastinit.get_num_threads()
    4
    >>> fastinit.set_num_threads(None)
    """
    global _num_threads  # noqa: PLW0603 - one setting of the process, as users expect
    _num_threads = as_limit(threads)
