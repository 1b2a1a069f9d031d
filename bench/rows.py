"""A file of results as rows, each one measurement: the speed is that of the best round."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measurement.

    `memory` is where it was written when that was fresh; `scaling` says along what, "size" or
    "threads", where it is one point of many. In neither case has it a `size`. `peak` is the memory
    that a call needs at once, in bytes, where that was measured.
    """

    what: str
    threads: int
    nbytes: int
    elements: int
    seconds: float
    kind: str = ""
    dtype: str = ""
    size: str = ""
    memory: str = ""
    scaling: str = ""
    peak: int = 0

    @property
    def speed(self) -> float:
        """GB/s."""
        return self.nbytes / self.seconds / 1e9

    @property
    def nanoseconds(self) -> float:
        """For one element."""
        return self.seconds / self.elements * 1e9


class Rows(list[Row]):
    """Rows, and how to find some among them."""

    def where(self, **values: Any) -> Rows:
        """Return those with these values."""
        return Rows(
            row for row in self if all(getattr(row, name) == is_ for name, is_ in values.items())
        )

    def by(self, *prefixes: str) -> Rows:
        """Return those of one library, by how their names begin."""
        return Rows(row for row in self if row.what.startswith(prefixes))

    def best(self) -> Row | None:
        """Return the fastest; None if there is none."""
        return max(self, key=lambda row: row.speed, default=None)

    def values(self, name: str) -> list[Any]:
        """Return the distinct values of a field, in the order measured."""
        return list(dict.fromkeys(getattr(row, name) for row in self))


@dataclass(frozen=True)
class Result:
    """A file: its rows, and the machine, versions and date beside them."""

    rows: Rows
    machine: dict[str, Any]
    date: str

    @property
    def isa(self) -> str:
        """The instruction set of the kernels."""
        return str(self.machine["fastinit"]["isa"])

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that fastinit was measured with."""
        return sorted(self.rows.where(what="fastinit", scaling="").values("threads"))

    def heading(self) -> str:
        """Return one sentence: machine, date, versions, and what is missing."""
        cpu, used = self.machine["cpu"], self.machine["fastinit"]
        peers = used.get("peers") or {"numpy": used["numpy"]}
        found = ", ".join(f"{name} {version}" for name, version in peers.items() if version)
        missing = [name for name, version in peers.items() if not version]
        return (
            f"{cpu['brand_raw']}, {cpu['count']} cores, {self.date}; fastinit {used['version']}, "
            f"kernels {self.isa}; {found}"
            + (f"; not installed: {', '.join(missing)}" if missing else "")
            + "."
        )


def load(path: Path) -> Result:
    """Read what `pytest bench --benchmark-json=PATH` wrote."""
    result = json.loads(path.read_text())
    rows = Rows(
        Row(**each["extra_info"], seconds=each["stats"]["min"]) for each in result["benchmarks"]
    )
    return Result(rows, result["machine_info"], result["datetime"][:10])
