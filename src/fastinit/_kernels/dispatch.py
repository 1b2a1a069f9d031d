"""Choose the kernels for this CPU from those of this build, or take those that FASTINIT_ISA names.

Promises: a module is imported only if the CPU supports its instructions, because all code of the
module is compiled for them. If FASTINIT_ISA names kernels that are not available, the import fails.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from . import processor

if TYPE_CHECKING:
    from types import ModuleType

#: From the slowest to the fastest; no machine has more than one family of the wide ones.
ISAS = ("generic", "neon", "avx2", "avx512")


def compiled_isas() -> tuple[str, ...]:
    """Return the instruction sets that this build has kernels for, the fastest last.

    Returns
    -------
    tuple of str
        Some of ``"generic"``, ``"neon"``, ``"avx2"`` and ``"avx512"``.

    Examples
    --------
    >>> fastinit.compiled_isas()[0]
    'generic'
    """
    return tuple(isa for isa in ISAS if find_spec(f"{__package__}._{isa}") is not None)


def available_isas() -> tuple[str, ...]:
    """Return the instruction sets of this build that this CPU can run, the fastest last.

    Returns
    -------
    tuple of str
        Some of ``"generic"``, ``"neon"``, ``"avx2"`` and ``"avx512"``.

    Examples
    --------
    >>> fastinit.available_isas()[0]
    'generic'
    >>> {*fastinit.available_isas()} <= {*fastinit.compiled_isas()}
    True
    """
    return tuple(isa for isa in compiled_isas() if processor.supports(isa))


def choose_isa(forced: str | None) -> str:
    """Return the instruction set to use. ``forced`` is the value of FASTINIT_ISA, if it is set."""
    if not forced:
        return available_isas()[-1]
    if forced not in ISAS:
        names = ", ".join(ISAS)
        raise ImportError(f"FASTINIT_ISA={forced!r} is not an instruction set: expected {names}")
    if forced not in compiled_isas():
        raise ImportError(
            f"FASTINIT_ISA={forced}: this build of fastinit has no {forced} kernels; "
            f"it has {', '.join(compiled_isas())}"
        )
    if not processor.supports(forced):
        raise ImportError(
            f"FASTINIT_ISA={forced}: this CPU or its operating system does not support {forced}; "
            f"it supports {', '.join(available_isas())}"
        )
    return forced


def load_kernels(isa: str) -> ModuleType:
    """Import the kernels of an instruction set that this machine can run."""
    return import_module(f"{__package__}._{isa}")


ACTIVE_ISA = choose_isa(os.environ.get("FASTINIT_ISA"))
KERNELS = load_kernels(ACTIVE_ISA)
