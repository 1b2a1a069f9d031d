"""Draw the charts of docs/benchmarks.md from the committed results, and write the page.

pip install -e '.[docs]'
python tools/pages/make_benchmarks.py

Nothing is measured here: `pytest bench` does that, and bench/results has what came out, the main
machine's files beside a folder for each other machine. Run it for every release.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))

import table  # noqa: E402 - bench's
from benchmark_charts import CHARTS, Chart  # noqa: E402
from picture import Picture, draw_picture  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rows import Result

PAGE, IMAGES = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks"

#: Under which a chart's file keeps what it was drawn from.
KEY = "fastinit data"

INTRODUCTION = """# Benchmarks

This page compares the speed of fastinit with every library that was installed. It also shows how
the speed depends on the size of the array, the threads, the dtype and the instruction set.
`python tools/pages/make_benchmarks.py` writes this page and its charts from
`bench/results` for every release. [Performance](performance.md) has the same
numbers as tables, describes the method, and explains the results. One GB is 10⁹ bytes; the time is
that of the best round. `fastinit bench` measures your own machine in a few seconds
([the command line](command-line.md#bench)).
"""


@dataclass(frozen=True)
class Drawing:
    """A chart of one machine.

    Parameters
    ----------
    chart : Chart
    machine : str
        The machine's part of the file's name.
    data : object
        What is drawn.
    """

    chart: Chart
    machine: str
    data: Any

    @property
    def name(self) -> str:
        """The file's name, without its suffix."""
        return f"{self.machine}-{self.chart.name}"

    @property
    def title(self) -> str:
        """What the chart shows."""
        return self.chart.title(self.data)

    @property
    def picture(self) -> Picture:
        """What is drawn, as a picture that has a title and a size."""
        chart, inches = self.chart, self.chart.inches(self.data)
        return Picture(self.name, self.title, lambda _: self.data, chart.draw, lambda _: [], inches)

    @property
    def digest(self) -> str:
        """A hash of what is drawn, which the file keeps."""
        text = json.dumps([self.title, self.data])
        return hashlib.sha256(text.encode()).hexdigest()


def machines() -> dict[str, list[Result]]:
    """Return each machine's newest results, the main one's first."""
    folders = {"main": table.RESULTS} | {
        folder.name: folder for folder in sorted(table.RESULTS.iterdir()) if folder.is_dir()
    }
    return {name: table.read(table.newest(folder)) for name, folder in folders.items()}


def drawings(machine: str, results: list[Result]) -> Iterator[Drawing]:
    """Yield the charts that a machine's results have something for."""
    for chart in CHARTS:
        if data := chart.data(results):
            yield Drawing(chart, machine, data)


def page(found: dict[str, list[Result]]) -> str:
    """Return the page's text."""
    parts = [INTRODUCTION]
    for machine, results in found.items():
        name = " ".join(results[0].machine["cpu"]["brand_raw"].replace("(R)", "").split())
        parts.append(f"## {name}\n\n{results[0].heading()}\n")
        for drawing in drawings(machine, results):
            image = f"![{drawing.title}]({IMAGES.name}/{drawing.name}.png)"
            parts.append(f"### {drawing.title}\n\n{image}\n\n{drawing.chart.caption}\n")
    return "\n".join(parts)


def draw(drawing: Drawing, folder: Path) -> Path:
    """Draw one chart, and note in the file what it was drawn from."""
    from PIL import Image, PngImagePlugin  # noqa: PLC0415 - matplotlib's own

    path = draw_picture(drawing.picture, drawing.data, folder)
    notes = PngImagePlugin.PngInfo()
    notes.add_text(KEY, drawing.digest)
    with Image.open(path) as image:
        image.load()
        image.save(path, optimize=True, pnginfo=notes)
    return path


def digest_in(path: Path) -> str | None:
    """Return the hash that a chart's file keeps."""
    from PIL import Image  # noqa: PLC0415 - matplotlib's own

    with Image.open(path) as image:
        return image.info.get(KEY)


def main(arguments: list[str] | None = None) -> None:
    """Write the page, and draw what has changed; remove what is no longer shown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="draw also what has not changed")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--images", type=Path, default=IMAGES)
    options = parser.parse_args(arguments)
    options.images.mkdir(exist_ok=True)
    found, shown = machines(), set()
    for machine, results in found.items():
        for drawing in drawings(machine, results):
            path = options.images / f"{drawing.name}.png"
            shown.add(path)
            if options.all or not path.exists() or digest_in(path) != drawing.digest:
                print(draw(drawing, options.images))
    for path in set(options.images.glob("*.png")) - shown:
        path.unlink()
    options.page.write_text(page(found))


if __name__ == "__main__":
    main()
