"""The tables of docs/performance.md for small calls and every size, out of results/small.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speed_tables import NOTHING, table
from torch_table import size_of

if TYPE_CHECKING:
    from rows import Result, Row, Rows

#: What `scaling` says in the rows of each table.
OF_CALLS, CURVE = "calls", "elements"

#: The bit generators of NumPy that are measured; the faster one counts.
NUMPY_BEST = ["NumPy PCG64, out=", "NumPy SFC64, out="]

#: Microseconds before small calls had a compiled path, on an AMD EPYC (Zen 4).
BEFORE = {
    "uniform_(out, seed=1)": 2.4,
    "uniform_(out, seed=1, stream=name)": 3.1,
    "uniform_(out)": 2.7,
    "uniform(64, seed=1)": 5.8,
    "he_normal((8, 8), seed=1)": 12.6,
    "generator.random(64)": 7.2,
    "generator.normal(0, 1, 64)": 7.8,
    "fastinit.torch.uniform_(tensor)": 2.3,
    "nn.Linear(16, 16) under accelerate": 75.7,
    "weight[5]": 17,
    "weight.rows([5])": 29,
    'Weight((1000, 64), "xavier", seed=0, name=name)': 9.7,
}


def microseconds(row: Row | None) -> str:
    """Return the time of a call; of a row with several units, the time of one."""
    if row is None:
        return NOTHING
    time = row.seconds * 1e6
    return f"{time:.2f}" if time < 10 else f"{time:,.1f}" if time < 100 else f"{time:,.0f}"  # noqa: PLR2004


def of_one(row: Row | None) -> str:
    """Return the time of one unit of a call."""
    return NOTHING if row is None else f"{row.nanoseconds / 1e3:.2f}"


def small_calls(result: Result) -> list[str]:
    """Return a row for each call: its time before and now, beside NumPy and PyTorch."""
    rows = result.rows.where(scaling=OF_CALLS)

    def line(kind: str) -> list[str]:
        of_kind = rows.where(kind=kind)
        ours, numpy, pytorch = (
            of_kind.where(what=who).best() for who in ("fastinit", "NumPy", "PyTorch")
        )
        return [
            f"`{kind}`",
            str(BEFORE.get(kind, NOTHING)),
            of_one(ours),
            of_one(numpy),
            f"{ours.seconds / numpy.seconds:.2f}" if ours and numpy else NOTHING,
            of_one(pytorch),
            f"{ours.peak:,}" if ours else NOTHING,
        ]

    head = ["µs a call", "before", "now", "NumPy", "now ÷ NumPy", "PyTorch", "bytes"]
    return table(head, (line(kind) for kind in rows.values("kind")))


def best_of_numpy(rows: Rows) -> Row | None:
    """Return the fastest of NumPy."""
    return rows.by("NumPy").best()


def every_size(result: Result) -> list[str]:
    """Return microseconds a fill for each size: fastinit, the best of NumPy, and PyTorch."""
    rows = result.rows.where(scaling=CURVE)
    kinds = rows.values("kind")

    def line(elements: int) -> list[str]:
        cells = [size_of(elements)]
        for kind in kinds:
            found = rows.where(kind=kind, elements=elements)
            cells += [
                microseconds(found.where(what="fastinit").best()),
                microseconds(best_of_numpy(found)),
                microseconds(found.where(what="PyTorch").best()),
            ]
        return cells

    columns = [f"{kind}, {who}" for kind in kinds for who in ("fastinit", "NumPy", "PyTorch")]
    return table(
        ["µs, float32 elements", *columns], map(line, sorted(set(rows.values("elements"))))
    )


def tables(result: Result) -> dict[str, list[str]]:
    """Return the lines of each table by the name that markers have."""
    return {
        "machine of small calls": [result.heading()],
        "small calls": small_calls(result),
        "every size": every_size(result),
    }
