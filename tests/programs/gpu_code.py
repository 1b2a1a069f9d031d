"""Compile every kernel for GPUs that are not here, and read what the compiler made.

    python -m tests.programs.gpu_code [ARCHITECTURE...]

Needs cuda-bindings and nvidia-cuda-nvrtc (the extra `cuda`), and neither a GPU nor a driver. CUDA 13's
compiler begins at sm_75, that of CUDA 12 at sm_50. Exit status 1 if a kernel breaks a rule:

- Each sum, product, quotient and root of floating-point numbers is rounded by itself to nearest even.
  There is no fused multiply-add, nothing approximate, and no subnormal number becomes 0. What does not
  say how it rounds is refused too: the driver could fuse it.
- A kernel has at most `REGISTERS` registers, and at most `STACK` bytes on the stack, into which
  registers are spilled.

On two CPUs it takes half a minute: each architecture is a process of its own.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from fastinit._engine.cuda import compiler, source

#: Volta is the oldest that CUDA 12 knows; Turing, Ampere, Hopper and Blackwell follow.
ARCHITECTURES = ("sm_70", "sm_75", "sm_80", "sm_90", "sm_100", "sm_120")

#: The most registers of a thread. A multiprocessor has 65536: with 64 each, 1024 threads run at once.
REGISTERS = 64

#: The most bytes of a thread's stack, of stores to it and of loads from it. One kernel needs it: truncated
#: normals of float64 in a box, on sm_90, around the calls of the slow case of a quotient.
STACK = 32

#: Arithmetic that rounds, to nearest even; conversions that round, in any way that is named.
ROUNDED = re.compile(r"(add|sub|mul|div|sqrt)\.rn\.f(32|64)|cvt\.(rn|rzi)\.[fsu]\d+\.[fsu]\d+")
EXACT = re.compile(
    r"(neg|abs|min|max|mov|selp)\.f(32|64)|setp\.[a-z]+\.f(32|64)|"
    r"(ld|st)\.(param|global|global\.nc|shared)(\.v[24])?\.f(32|64)|cvt\.f64\.f32"
)
OPERATION = re.compile(
    r"^\s+(?:@!?%\w+\s+)?\{?\s*([a-z][a-z0-9]*(?:\.[a-z0-9_]+)*)[\s;]", re.MULTILINE
)
REPORT = re.compile(
    r"Function properties for (\w+)\s+ptxas\s+\.\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
    r"(\d+) bytes spill loads.*?Used (\d+) registers",
    re.DOTALL,
)


def operations(assembly: str) -> Counter[str]:
    """Return how often each operation of PTX occurs."""
    return Counter(OPERATION.findall(assembly))


def wrong_operations(assembly: str) -> list[str]:
    """Return the floating-point operations that could round in another way."""
    found = [
        each for each in operations(assembly) if re.search(r"\.f(16|32|64)|bf16|\.local", each)
    ]
    return [each for each in found if not ROUNDED.fullmatch(each) and not EXACT.fullmatch(each)]


def wrong_sizes(report: str, names: set[str]) -> list[str]:
    """Return the kernels that are too large, or that the report does not have."""
    lines = []
    for name, *memory, registers in REPORT.findall(report):
        names.discard(name)
        if int(registers) > REGISTERS or any(int(size) > STACK for size in memory):
            lines.append(
                f"{name}: {registers} registers, stack and spills {', '.join(memory)} bytes"
            )
    return lines + [f"{name}: not in the report" for name in sorted(names)]


def check(architecture: str, kernels: list[source.Kernel] | None = None) -> tuple[str, list[str]]:
    """Return one line about an architecture, and what is wrong there."""
    started = time.monotonic()
    chosen = kernels or source.all_kernels()
    made = compiler.compile_kernels(chosen, architecture, report=True)
    wrong = wrong_operations(made.assembly)
    wrong += wrong_sizes(made.report, {each.name for each in chosen})
    most = max(int(each[-1]) for each in REPORT.findall(made.report))
    line = (
        f"{architecture}: {len(chosen)} kernels, {len(made.binary)} bytes, at most {most} registers, "
        f"{time.monotonic() - started:.1f} s"
    )
    return line, wrong


def main() -> int:
    """Check the architectures that the compiler knows; return the exit status."""
    known = {f"sm_{number}" for number in compiler.architectures()}
    chosen = sys.argv[1:] or [each for each in ARCHITECTURES if each in known]
    print(f"NVRTC {'.'.join(map(str, compiler.version()))}")
    status = 0
    with ProcessPoolExecutor() as pool:
        for line, wrong in pool.map(check, chosen):
            print(line)
            for each in wrong:
                print(f"  {each}")
            status = 1 if wrong else status
    return status


if __name__ == "__main__":
    sys.exit(main())
