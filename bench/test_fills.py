"""fastinit and memset, into warm memory."""

from __future__ import annotations

from typing import Any

import pytest

import fastinit
from buffers import memset
from cases import DTYPES, KINDS, NORMAL, PEER_SIZES, SIZES, THREADS, UNIFORM, Kind

LARGE = [("1 GiB", kind, dtype) for kind in (UNIFORM, NORMAL) for dtype in ("float32", "float64")]
CASES = [(size, kind, dtype) for size in PEER_SIZES for kind in KINDS for dtype in DTYPES] + LARGE


@pytest.mark.parametrize("size", SIZES)
def test_memset(measure: Any, warm: Any, size: str) -> None:
    """The bound: what the C library writes a second."""
    out = warm(size, "uint8")
    measure(
        lambda: memset(out),
        nbytes=out.nbytes, elements=out.size,
        what="memset", size=size, threads=1,
    )  # fmt: skip


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize(
    ("size", "kind", "dtype"), CASES, ids=lambda part: getattr(part, "name", None)
)
def test_fastinit(measure: Any, warm: Any, size: str, kind: Kind, dtype: str, threads: int) -> None:
    """The package itself."""
    out = warm(size, dtype)
    fill = getattr(fastinit, kind.function)
    measure(
        lambda: fill(out, *kind.parameters, seed=1, threads=threads),
        nbytes=out.nbytes, elements=out.size,
        what="fastinit", kind=kind.name, dtype=dtype, size=size, threads=threads,
    )  # fmt: skip
