"""One law for each kernel and format: the rows of the matrix that the tests go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._engine import kernel_arguments
from fastinit._memory.arrays import as_dtype

if TYPE_CHECKING:
    from fastinit._engine.kernel_arguments import Law

FLOATS = ("float32", "float64", "bfloat16", "float16", "float8_e4m3fn", "float8_e5m2")


def laws_of(name: str) -> dict[str, tuple[np.dtype[Any], Law]]:
    """Return every kernel's law for one float format, by name."""
    dtype = as_dtype(name, FLOATS)
    # A scale that is no power of two shows a contraction to fused multiply-add.
    bounds = {
        "truncated": (-0.7, 0.6),
        "one tail": (-np.inf, -0.35),
        "tail": (1.3, np.inf),
        "far window": (-np.inf, -12.0),
    }
    by_kind = {
        "uniform": kernel_arguments.uniform(-0.3, 0.4, dtype),
        "normal": kernel_arguments.normal(-0.3, 0.4, dtype),
        **{
            kind: kernel_arguments.truncated_normal(-0.3, 0.3, low, high, dtype)
            for kind, (low, high) in bounds.items()
        },
    }
    return {f"{kind} {name}": (dtype, law) for kind, law in by_kind.items()}


LAWS = {
    "bits uint32": (np.dtype(np.uint32), kernel_arguments.random_bits(np.dtype(np.uint32))),
    "bits uint64": (np.dtype(np.uint64), kernel_arguments.random_bits(np.dtype(np.uint64))),
}
for _name in FLOATS:
    LAWS |= laws_of(_name)
