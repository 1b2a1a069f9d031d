"""The most memory that a process has used, for programs that tests run."""

from __future__ import annotations

#: To stand before a program: defines peak(), in bytes. Not getrusage's ru_maxrss, which begins with
#: what the parent had, so that under a large parent nothing is seen.
PEAK = """
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))

"""
