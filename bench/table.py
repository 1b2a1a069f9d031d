"""Turn results of pytest-benchmark into tables.

pytest bench --benchmark-json=bench/results/RELEASE-ISA.json
python bench/table.py > bench/results/RELEASE.md
python bench/table.py --write

The results are those given, or the newest release's in bench/results. The first is the main one;
others, of other instruction sets, add their columns. The tables of small calls are those of
bench/results/small.json. --write puts the tables into README.md and
docs/performance.md, between their markers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import small_tables
import speed_tables
from rows import Result, load

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
SMALL = RESULTS / "small.json"
ISAS = ["avx512", "avx2", "neon", "generic"]
PAGES = [ROOT / "README.md", ROOT / "docs" / "performance.md"]
BEGIN, END = "<!-- speed, {}: written by bench/table.py -->\n", "<!-- end of {} -->"


def newest(folder: Path = RESULTS) -> list[Path]:
    """Return a folder's newest release's results, the best instruction set's first."""
    named = [(*path.stem.rsplit("-", 1), path) for path in folder.glob("*-*.json")]
    release = max((each[0] for each in named), key=lambda name: [*map(int, name.split("."))])
    return [
        path for isa in ISAS for name, kernels, path in named if (name, kernels) == (release, isa)
    ]


def tables(results: Sequence[Result]) -> dict[str, list[str]]:
    """Return the lines of each table by the name that markers have."""
    main = results[0]
    return {
        "machine": [main.heading()],
        "summary": speed_tables.summary(main),
        "peers": speed_tables.everything(main.rows, [speed_tables.LARGE]),
        "sizes": speed_tables.by_size(main),
        "dtypes": speed_tables.by_dtype(main),
        "kernels": speed_tables.by_isa(results),
        "small": speed_tables.small(main),
        "fresh": speed_tables.fresh(main),
    }


def between(text: str, name: str, lines: list[str]) -> str:
    """Return the text with the lines between the markers of a name, if it has them."""
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in text:
        return text
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return before + begin + "\n".join([*(lines or ["Not in these results."]), end]) + after


def read(paths: Sequence[Path]) -> list[Result]:
    """Read results that may stand side by side."""
    results = [load(path) for path in paths]
    if len({result.machine["cpu"]["brand_raw"] for result in results}) > 1:
        raise SystemExit("the results are of different machines")
    return results


def page(text: str, results: Sequence[Result]) -> str:
    """Return a page with its tables written anew."""
    for name, lines in (tables(results) | small_tables.tables(load(SMALL))).items():
        text = between(text, name, lines)
    return text


def main() -> None:
    """Print the tables, or write them into the documentation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, nargs="*")
    parser.add_argument("--write", action="store_true", help="into README and docs/performance.md")
    options = parser.parse_args()
    results = read(options.results or newest())
    if options.write:
        for path in PAGES:
            path.write_text(page(path.read_text(), results))
        return
    shown = tables(results) | {"peers": speed_tables.everything(results[0].rows)}
    print("\n\n".join("\n".join(lines) for lines in shown.values() if lines))


if __name__ == "__main__":
    main()
