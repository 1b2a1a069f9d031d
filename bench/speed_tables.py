"""The tables of README, docs/performance.md and bench/results/*.md, out of results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from rows import Result, Row, Rows

LARGE = "64 MiB"
SIZES = ["256 B", "4 KiB", "1 MiB", LARGE, "1 GiB"]
DTYPES = ["float32", "float64", "bfloat16", "float16", "float8_e4m3fn"]
NOTHING = "–"

# A library, and how the names of its rows begin.
LIBRARIES = {
    "NumPy": ("NumPy", "SciPy"),
    "PyTorch": ("PyTorch",),
    "JAX": ("JAX",),
    "MKL": ("mkl_random",),
}


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table, without columns in which nothing stands."""
    cells = [list(row) for row in body]
    empty = {
        column for column in range(len(head)) if all(row[column] in {"", NOTHING} for row in cells)
    }
    return [
        "| " + " | ".join(cell for column, cell in enumerate(row) if column not in empty) + " |"
        for row in ([list(head), ["---"] * len(head), *cells] if cells else [])
    ]


def digits(value: float) -> str:
    """Return three significant digits, but no more than four decimals."""
    return f"{value:.{min(4, max(0, 2 - math.floor(math.log10(value))))}f}"


def speed(row: Row | None) -> str:
    """Return GB/s."""
    return digits(row.speed) if row else NOTHING


def ratio(row: Row | None, other: Row | None) -> str:
    """Return how many times as many bytes a second."""
    return digits(row.speed / other.speed) if row and other else NOTHING


def for_threads(rows: Rows, threads: Sequence[int], show: Callable[[Row], str]) -> str:
    """Return one cell for one and more threads: "24.7 / 41.7"."""
    found = [rows.where(threads=count).best() for count in threads]
    cells = [show(row) for row in found if row]
    return NOTHING if set(cells) <= {NOTHING} else " / ".join(cells)


def heading_of(threads: Sequence[int]) -> str:
    """Return what stands above such cells."""
    return " / ".join(map(str, threads)) + " threads" if len(threads) > 1 else "1 thread"


def cases(rows: Rows) -> Iterator[tuple[str, str, Rows]]:
    """Yield (kind, dtype, rows) for all that fastinit filled."""
    for kind in rows.where(what="fastinit").values("kind"):
        for dtype in DTYPES:
            if found := rows.where(kind=kind, dtype=dtype):
                yield kind, dtype, found


def summary(result: Result) -> list[str]:
    """Return a row for each distribution and dtype, large; the ratios are those of one thread."""
    rows, threads = result.rows.where(size=LARGE), result.threads
    memset = rows.where(what="memset").best()

    def lines() -> Iterator[list[str]]:
        for kind, dtype, case in cases(rows):
            if kind not in {"uniform", "normal", "truncated ±2σ"} or dtype not in DTYPES[:3]:
                continue
            own = case.where(what="fastinit")
            peers = [case.where(threads=1).by(*names).best() for names in LIBRARIES.values()]
            yield [
                f"{kind} {dtype}",
                for_threads(own, threads, speed),
                for_threads(own, threads, lambda row: ratio(row, memset)),
                *(ratio(own.where(threads=1).best(), peer) for peer in peers),
            ]

    head = [f"GB/s, {heading_of(threads)}", "× memset", *(f"× {name}" for name in LIBRARIES)]
    return table([f"{LARGE}, warm", *head], lines())


def everything(rows: Rows, sizes: Sequence[str] = SIZES) -> list[str]:
    """Return all rows in warm memory, each beside memset and fastinit with as many threads."""

    def lines() -> Iterator[list[str]]:
        for kind, dtype, of_case in cases(rows):
            for size in sizes:
                case = of_case.where(size=size)
                memset = rows.where(what="memset", size=size).best()
                for row in case:
                    own = case.where(what="fastinit", threads=row.threads).best()
                    yield [
                        f"{kind} {dtype}",
                        size,
                        row.what,
                        str(row.threads),
                        speed(row),
                        f"{row.nanoseconds:.3f}",
                        ratio(row, memset),
                        ratio(own, row) if row is not own else NOTHING,
                    ]

    head = ["values", "size", "by", "threads", "GB/s", "ns/element", "× memset", "fastinit is ×"]
    return table(head, lines())


def by_size(result: Result) -> list[str]:
    """Return GB/s in cache and in memory."""
    own, threads = result.rows.where(what="fastinit"), result.threads
    memset = result.rows.where(what="memset")
    first = ["memset", *(speed(memset.where(size=size).best()) for size in SIZES)]
    rest = (
        [f"{kind} {dtype}"] + [for_threads(case.where(size=size), threads, speed) for size in SIZES]
        for kind, dtype, case in cases(own)
        if case.where(size="1 GiB")
    )
    return table([f"GB/s, {heading_of(threads)}", *SIZES], [first, *rest])


def by_dtype(result: Result) -> list[str]:
    """Return elements a second relative to float32's."""
    own, threads = result.rows.where(what="fastinit"), result.threads

    def lines() -> Iterator[list[str]]:
        for kind in own.values("kind"):
            for size in ("1 MiB", LARGE):
                rows = own.where(kind=kind, size=size)
                base = {row.threads: row for row in rows.where(dtype="float32")}
                yield [
                    kind,
                    size,
                    *(
                        for_threads(
                            rows.where(dtype=dtype),
                            threads,
                            lambda row, base=base: (
                                f"{base[row.threads].nanoseconds / row.nanoseconds:.2f}"
                            ),
                        )
                        for dtype in DTYPES[1:]
                    ),
                ]

    return table([f"elements/s ÷ float32's, {heading_of(threads)}", "size", *DTYPES[1:]], lines())


def by_isa(results: Sequence[Result]) -> list[str]:
    """Return GB/s of each instruction set's kernels, one thread, large."""
    measured = [result.rows.where(what="fastinit", size=LARGE, threads=1) for result in results]
    head = [f"GB/s, 1 thread, {LARGE}", *(result.isa for result in results)]
    return table(
        head,
        (
            [
                f"{kind} {dtype}",
                *(speed(rows.where(kind=kind, dtype=dtype).best()) for rows in measured),
            ]
            for kind, dtype, _ in cases(measured[0])
            if dtype in DTYPES[:3]
        ),
    )


def small(result: Result) -> list[str]:
    """Return microseconds a call for small arrays."""
    rows = result.rows.where(dtype="float32", threads=1)
    columns = [(kind, size) for kind in ("uniform", "normal") for size in SIZES[:2]]

    def time(what: str, kind: str, size: str) -> str:
        row = rows.where(what=what, kind=kind, size=size).best()
        return f"{row.seconds * 1e6:.2f}" if row else NOTHING

    names = [name for name in rows.values("what") if rows.where(what=name, size="4 KiB")]
    head = ["µs a call, float32", *(f"{kind}, {size}" for kind, size in columns)]
    lines = ([name, *(time(name, *column) for column in columns)] for name in names)
    return table(head, (line for line in lines if set(line[1:]) != {NOTHING}))


def fresh(result: Result) -> list[str]:
    """Return GB/s into memory that was never touched."""
    rows = Rows(row for row in result.rows if row.memory)
    memories = rows.values("memory")
    cases_of = dict.fromkeys((row.what, row.kind, row.threads) for row in rows)
    return table(
        ["GB/s", "threads", *memories],
        (
            [f"{what}, {kind} float32" if kind else what, str(threads)]
            + [
                speed(rows.where(what=what, kind=kind, threads=threads, memory=memory).best())
                for memory in memories
            ]
            for what, kind, threads in cases_of
        ),
    )
