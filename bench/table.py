"""Turn a result of pytest-benchmark into a table of GB/s, ns per element and ratios.

pytest bench --benchmark-json=bench/results/RELEASE-ISA.json
python bench/table.py bench/results/RELEASE-ISA.json [--readme]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- speed: written by bench/table.py -->", "<!-- end of speed -->"
ORDER = ["4 KiB", "1 MiB", "64 MiB", "1 GiB"]


def rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one flat row for each measurement; the speed is that of the best round."""
    return [each["extra_info"] | {"seconds": each["stats"]["min"]} for each in result["benchmarks"]]


def speed(row: dict[str, Any]) -> float:
    """Return GB/s."""
    return row["nbytes"] / row["seconds"] / 1e9


def table_lines(measured: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a Markdown table: each row beside memset and NumPy's best of the same size."""
    memset = {row["size"]: speed(row) for row in measured if row["what"] == "memset"}
    yield "| values | size | by | threads | GB/s | ns/element | × memset | × NumPy's best |"
    yield "|---|---|---|---|---|---|---|---|"
    fills = [row for row in measured if row["what"] != "memset"]
    cases = {(row["kind"], row["dtype"], row["size"]) for row in fills}
    for kind, dtype, size in sorted(
        cases, key=lambda case: (case[0] != "uniform", case[1], ORDER.index(case[2]))
    ):
        case = [
            row for row in fills if (row["kind"], row["dtype"], row["size"]) == (kind, dtype, size)
        ]
        peers = [
            speed(row) for row in case if row["what"].startswith("NumPy") and "out=" in row["what"]
        ]
        for row in case:
            gain = f"{speed(row) / max(peers):.1f}" if peers else "–"
            yield (
                f"| {kind} {dtype} | {size} | {row['what']} | {row['threads']} "
                f"| {speed(row):.2f} | {row['seconds'] / row['elements'] * 1e9:.3f} "
                f"| {speed(row) / memset[size]:.3f} | {gain} |"
            )


def heading(result: dict[str, Any], measured: list[dict[str, Any]]) -> str:
    """Return the machine, the date and what memset reached."""
    machine, used = result["machine_info"], result["machine_info"]["fastinit"]
    reached = ", ".join(
        f"{row['size']} {speed(row):.0f}" for row in measured if row["what"] == "memset"
    )
    return (
        f"{machine['cpu']['brand_raw']}, {machine['cpu']['count']} cores, kernels {used['isa']}, "
        f"NumPy {used['numpy']}, {result['datetime'][:10]}; warm memory, best round; memset "
        f"(GB/s) {reached}."
    )


def main() -> None:
    """Print the table, or write its large rows into the README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path)
    parser.add_argument("--readme", action="store_true", help="write the large rows there")
    options = parser.parse_args()
    result = json.loads(options.result.read_text())
    measured = rows(result)
    lines = [heading(result, measured), "", *table_lines(measured)]
    if not options.readme:
        print("\n".join(lines))
        return
    shown = ("| 64 MiB |", "| 1 GiB |")
    head = lines[:4]
    large = head + [line for line in lines[4:] if any(size in line for size in shown)]
    text = README.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n" + "\n".join(large) + f"\n{END}{after}")


if __name__ == "__main__":
    main()
