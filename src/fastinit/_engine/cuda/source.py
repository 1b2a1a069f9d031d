"""The text of the kernels for GPUs, as a compiler takes it.

Guarantees: the text of one kernel contains that kernel only, and is the same for the same release
of fastinit. The tables of coefficients are the header that the CPU's kernels include.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastinit import _kernels
from fastinit._engine.kernel_arguments import Kind
from fastinit._memory.dtypes import FormatNumber

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDER = Path(_kernels.__path__[0])

#: The headers, by the names under which they include each other.
HEADERS = {
    "loops.cuh": "cuda/loops.cuh",
    "transforms.cuh": "cuda/transforms.cuh",
    "words.cuh": "cuda/words.cuh",
    "platform.cuh": "cuda/platform.cuh",
    "../polynomials.h": "polynomials.h",
    "guards.h": "guards.h",
}

#: The language, and the arithmetic of IEEE 754: no product is fused with a sum, no quotient or root
#: is approximate, no subnormal number becomes 0. The last option puts the tables of polynomials.h
#: into the memory of the GPU.
OPTIONS = (
    "--std=c++17",
    "--fmad=false",
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
    "--device-as-default-execution-space",
)

#: The threads of a block: `THREADS` in loops.cuh.
THREADS = 256


class Kernel(NamedTuple):
    """One kernel: how it goes through memory, and what it writes there."""

    loop: str
    """``contiguous``, ``box`` or ``quantized``."""
    kind: Kind
    format: FormatNumber

    @property
    def name(self) -> str:
        """The name that `KERNEL` in loops.cuh gives it."""
        return f"{self.loop}_{self.kind.name}_{self.format.name}"


@cache
def headers() -> dict[str, str]:
    """Return the text of each header, by its name."""
    return {name: (_FOLDER / path).read_text("utf-8") for name, path in HEADERS.items()}


def program(kernels: Iterable[Kernel]) -> str:
    """Return the text that defines some kernels."""
    lines = [f"KERNEL({each.loop}, {each.kind.name}, {each.format.name})\n" for each in kernels]
    return "".join(['#include "loops.cuh"\n', *lines])


def all_kernels() -> list[Kernel]:
    """Return every kernel that a law can ask for."""
    words = (FormatNumber.UINT32, FormatNumber.UINT64)
    floats = [each for each in FormatNumber if each not in words]
    pairs = [(Kind.BITS, each) for each in words]
    pairs += [
        (kind, each)
        for kind in Kind
        for each in floats
        # The table of a truncated normal has the precision of float32.
        if kind != Kind.BITS and (kind, each) != (Kind.TRUNCATED, FormatNumber.FLOAT64)
    ]
    kernels = [Kernel(loop, *pair) for loop in ("contiguous", "box") for pair in pairs]
    quantized = [kind for kind, form in pairs if form == FormatNumber.FLOAT32]
    return kernels + [Kernel("quantized", kind, FormatNumber.FLOAT32) for kind in quantized]
