"""Build one extension module for each instruction set; everything else is in pyproject.toml.

The flags of a module are those in the table below, whatever the CPU of the build host: a module
is imported only after the CPU at hand has been asked for its instructions.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = "src/fastinit/_kernels"
HEADERS = sorted(str(path) for path in Path(KERNELS).rglob("*.h"))


@dataclass(frozen=True)
class InstructionSet:
    """One row of the table: a module's name, its lane primitives and its compiler flags."""

    name: str
    lanes: str
    flags: tuple[str, ...] = ()


X86 = (
    InstructionSet("generic", "sse2.h"),
    InstructionSet("avx2", "avx2.h", ("-mavx2", "-mfma", "-mf16c")),
    InstructionSet(
        "avx512",
        "avx512.h",
        (
            "-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma",
        ),
    ),
)  # fmt: skip
ARM = (
    InstructionSet("generic", "portable.h"),
    InstructionSet("neon", "neon.h"),
)
PORTABLE = (InstructionSet("generic", "portable.h"),)

INSTRUCTION_SETS = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM}

# What is built for, such as "linux-x86_64", which is not this machine where one cross-compiles.
MACHINE = sysconfig.get_platform().rsplit("-", 1)[-1].lower()

# Each multiplication and each addition must round separately, so that the bits are the same on
# every path. _kernels/guards.h refuses other flags, and a module tests itself when imported.
EXACT = ("-ffp-contract=off", "-fno-fast-math")

# Scheduled before registers are given out, eight chains of Philox spill less: measured on Zen 5,
# 12 % more words a second on AVX-512 and 5 % on AVX2. A short loop takes twice the time
# if it straddles two cache lines: measured on Zen 3, for float16 copied to strided memory. A long
# loop takes up to 7 % more, if code in front of its function moves the function within a cache
# line: measured on Zen 3, for truncated normals. Clang does not know these flags.
GCC_FLAGS = (
    "-fschedule-insns", "-fsched-pressure", "-falign-loops=32", "-falign-functions=64",
)  # fmt: skip

if sysconfig.get_platform().startswith("win"):
    raise SystemExit(
        "fastinit does not build on Windows: its kernels are written for gcc and clang, its files "
        "for POSIX. Use it in WSL (Windows Subsystem for Linux)."
    )

# The interpreter's own flags ask for debug information, which costs compile time and is not used.
# tools/sanitize asks for it again, after these flags.
# They are lost where the environment has CFLAGS, so what the loops need of them is here too.
COMMON_FLAGS = (*EXACT, "-O3", "-fno-strict-aliasing", "-fno-strict-overflow", "-g0")


class BuildByCompiler(build_ext):
    """Builds extensions on all CPUs, with the flags that only GCC knows if GCC compiles."""

    def finalize_options(self) -> None:
        """Compile one module on each CPU, unless the command line gives a number."""
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        """Ask the compiler who it is, then build."""
        command = [*self.compiler.compiler, "--version"]
        version = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
        if "Free Software Foundation" in version:
            for extension in self.extensions:
                extension.extra_compile_args.extend(GCC_FLAGS)
        super().build_extensions()


def kernel_extension(instruction_set: InstructionSet) -> Extension:
    """Return the extension module of one instruction set."""
    return Extension(
        f"fastinit._kernels._{instruction_set.name}",
        [f"{KERNELS}/_{instruction_set.name}.pyx"],
        depends=HEADERS,
        include_dirs=[KERNELS],
        define_macros=[
            ("FASTINIT_LANES", f'"{instruction_set.lanes}"'),
            # Cython writes this macro before every "cdef inline" function. Its own definition,
            # "inline", is only a hint, which GCC ignores for large functions. The kernels need it:
            # a loop passes its distribution and format as constants, and only in an inlined
            # function the compiler removes the branches on them.
            ("CYTHON_INLINE", "inline __attribute__((always_inline))"),
        ],
        extra_compile_args=[*COMMON_FLAGS, *instruction_set.flags],
    )


# The widest vectors take longest to compile, so they come first.
extensions = [
    kernel_extension(instruction_set)
    for instruction_set in reversed(INSTRUCTION_SETS.get(MACHINE, PORTABLE))
]
extensions.append(
    Extension(
        "fastinit._kernels.processor",
        [f"{KERNELS}/processor.pyx"],
        include_dirs=[KERNELS],
        extra_compile_args=[*COMMON_FLAGS],
    )
)
extensions.append(
    Extension(
        "fastinit._kernels.moments",
        [f"{KERNELS}/moments.pyx"],
        depends=HEADERS,
        include_dirs=[KERNELS],
        # Of the lanes, it takes the floating-point environment only.
        define_macros=[("FASTINIT_LANES", '"portable.h"')],
        extra_compile_args=[*COMMON_FLAGS],
    )
)
extensions += [
    Extension(
        f"fastinit.{name}",
        [f"src/fastinit/{name.replace('.', '/')}.pyx"],
        include_dirs=[np.get_include()],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        extra_compile_args=[*COMMON_FLAGS],
    )
    for name in (
        "_random.bit_generator",
        "_random.common_fills",
        "_random.next_streams",
        "torch.common_fills",
    )
]

setup(
    cmdclass={"build_ext": BuildByCompiler},
    ext_modules=cythonize(
        extensions,
        include_path=[KERNELS, "src"],
        # Where processes are forked: others would run this file again.
        nthreads=(os.cpu_count() or 1) if multiprocessing.get_start_method() == "fork" else 0,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
            "embedsignature": False,
            "freethreading_compatible": True,
        },
    ),
)
