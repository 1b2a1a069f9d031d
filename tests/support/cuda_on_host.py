"""The kernels for GPUs, compiled for the CPU by a C++ compiler: the same text, the same bits."""

from __future__ import annotations

import ctypes
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fastinit._engine.cuda import arguments, source

if TYPE_CHECKING:
    from fastinit._engine.cuda.arguments import Call

#: The structs of loops.cuh and transforms.cuh, and their classes in Python.
STRUCTS = {
    "Parameters": arguments.Parameters,
    "Task": arguments.Task,
    "contiguous_arguments": arguments.Contiguous,
    "box_arguments": arguments.Box,
    "quantized_arguments": arguments.Quantized,
}
COMPILER = os.environ.get("CXX", "g++").split()
FLAGS = ("-std=c++17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-Wno-unknown-pragmas")


def numbers_of_structs() -> str:
    """Return functions that say the places of fields, the sizes of structs, and constants."""
    lines = ["#include <cstddef>\n"]
    for name, owner in STRUCTS.items():
        lines += [f'extern "C" size_t size_of_{name}() {{ return sizeof({name}); }}\n']
        lines += [
            f'extern "C" size_t place_of_{name}_{field}() {{ return offsetof({name}, {field}); }}\n'
            for field, _ in owner._fields_
        ]
    lines += [
        f'extern "C" size_t value_of_{name}() {{ return {name}; }}\n'
        for name in ("THREADS", "TEAM", "MOST_DIMENSIONS")
    ]
    return "".join(lines)


@cache
def library() -> ctypes.CDLL:
    """Compile every kernel, once in a process, and load them."""
    with TemporaryDirectory() as folder:
        made = Path(folder, "kernels.so")
        text = source.program(source.all_kernels()) + numbers_of_structs()
        include = f"-I{Path(source._FOLDER, 'cuda')}"  # noqa: SLF001
        subprocess.run(
            [*COMPILER, *FLAGS, "-shared", "-fPIC", include, "-x", "c++", "-", "-o", str(made)],
            input=text,
            text=True,
            check=True,
        )
        return ctypes.CDLL(str(made))


def number(name: str) -> int:
    """Return what a function of `numbers_of_structs` says."""
    function = library()[name]
    function.restype = ctypes.c_size_t
    return function()


def run(call: Call, blocks: int = 1) -> None:
    """Do a call on the CPU, as a grid of so many blocks would."""
    launch(call.kernel.name, ctypes.addressof(call.arguments), blocks)


def launch(name: str, address: int, blocks: int) -> None:
    """Call a kernel by its name, with its arguments at an address."""
    library()[name](ctypes.c_void_p(address), ctypes.c_uint64(blocks))
