"""Tables of fastinit.torch beside PyTorch, for docs/torch.md: ``torch_table.py FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from rows import Result, Rows, load

OURS, THEIRS = "init: fastinit", "init: PyTorch"


def size_of(elements: int) -> str:
    """Return a number of elements as people write it."""
    for power, name in ((30, " Gi"), (20, " Mi"), (10, " Ki")):
        if elements >= 1 << power and elements % (1 << power) == 0:
            return f"{elements >> power}{name}"
    return str(elements)


def ratio(rows: Rows) -> str:
    """Return how many times as fast as PyTorch's the fastest of ours is."""
    ours, theirs = rows.where(what=OURS).best(), rows.where(what=THEIRS).best()
    return "" if ours is None or theirs is None else f"{theirs.seconds / ours.seconds:.3g}"


def functions(rows: Rows) -> list[str]:
    """Return the lines of the table of ratios by size."""
    calls = [kind for kind in rows.values("kind") if not kind.startswith("model")]
    columns = [(call, dtype) for dtype in ("float32", "bfloat16") for call in calls]
    names = [call if dtype == "float32" else f"{call}, bf16" for call, dtype in columns]
    lines = ["| elements | " + " | ".join(f"`{name}`" for name in names) + " |"]
    lines.append("| ---: |" + " ---: |" * len(columns))
    for elements in sorted(set(rows.values("elements"))):
        of_size = rows.where(elements=elements)
        cells = [ratio(of_size.where(kind=call, dtype=dtype)) for call, dtype in columns]
        if any(cells):
            lines.append(f"| {size_of(elements)} | " + " | ".join(cells) + " |")
    return lines


def models(rows: Rows) -> list[str]:
    """Return the lines of the table of models."""
    threads = sorted(rows.where(what=OURS).values("threads"))
    lines = [
        "| model | parameters | PyTorch | "
        + " | ".join(f"fastinit, {n} threads" for n in threads)
        + " |"
    ]
    lines.append("| --- |" + " ---: |" * (2 + len(threads)))
    for kind in [kind for kind in rows.values("kind") if kind.startswith("model")]:
        of_kind = rows.where(kind=kind)
        theirs = of_kind.where(what=THEIRS).best()
        cells = [f"{theirs.elements:,}", f"{theirs.seconds * 1e3:.3g} ms"] if theirs else []
        for count in threads:
            ours = of_kind.where(what=OURS, threads=count).best()
            if ours and theirs:
                cells.append(f"{ours.seconds * 1e3:.3g} ms, {theirs.seconds / ours.seconds:.3g} ×")
        lines.append(f"| {kind.removeprefix('model ')} | " + " | ".join(cells) + " |")
    return lines


def main(path: str) -> None:
    """Print both tables."""
    result: Result = load(Path(path))
    print(result.heading(), "", *functions(result.rows), "", *models(result.rows), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
