"""Draw the pictures of docs/gallery.md, and write the numbers that the page states.

pip install -e '.[docs]'
python docs/make_gallery.py

All values come from fastinit with fixed seeds, so the pictures are the same each time, but for the
last digits of the machine's linear algebra.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np

from gallery import PICTURES, Picture
from gallery.picture import STYLE

COLOURS = 96  # of a file, which is then a third as large

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- {}: written by docs/make_gallery.py -->\n", "<!-- end of {} -->"


def draw(picture: Picture, measured: Any, folder: Path) -> Path:
    """Draw one picture into a PNG file."""
    import matplotlib as mpl  # noqa: PLC0415 - the numbers do not need it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415 - matplotlib's own

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=picture.inches, dpi=125, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        figure.suptitle(picture.title)
        picture.draw(figure, measured)
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    path = folder / f"{picture.name}.png"
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def block(name: str, lines: list[str]) -> str:
    """Return what stands in the page for one picture."""
    image = f"![{name}](images/{name}.png)"
    return BEGIN.format(name) + "\n".join([image, "", *lines, END.format(name)])


def write(page: Path, blocks: dict[str, str]) -> None:
    """Replace each picture's block in the page; raise if there is none."""
    text = page.read_text()
    for name, new in blocks.items():
        pattern = re.escape(BEGIN.format(name)) + ".*?" + re.escape(END.format(name))
        text, count = re.subn(pattern, lambda _, new=new: new, text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{page} has {count} blocks for {name}, expected 1")
    page.write_text(text)


def main(arguments: list[str] | None = None) -> None:
    """Draw all pictures, or some."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help="names of pictures; all, if none is given")
    parser.add_argument("--small", action="store_true", help="small samples, to try the script")
    parser.add_argument("--page", type=Path, default=DOCS / "gallery.md")
    parser.add_argument("--images", type=Path, default=DOCS / "images")
    options = parser.parse_args(arguments)
    options.images.mkdir(exist_ok=True)
    blocks = {}
    for picture in PICTURES:
        if options.only and picture.name not in options.only:
            continue
        measured = picture.measure(options.small)
        lines = picture.numbers(measured)
        print(draw(picture, measured, options.images), *lines, "", sep="\n")
        blocks[picture.name] = block(picture.name, lines)
    write(options.page, blocks)


if __name__ == "__main__":
    main()
