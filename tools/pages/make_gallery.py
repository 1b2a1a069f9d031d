"""Draw the pictures of docs/gallery.md, and write the numbers that the page states.

pip install -e '.[docs]'
python tools/pages/make_gallery.py

All values come from fastinit with fixed seeds, so the pictures are the same each time, but for the
last digits of the machine's linear algebra.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from gallery import PICTURES
from picture import Picture, draw_picture

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- {}: written by tools/pages/make_gallery.py -->\n", "<!-- end of {} -->"


def block(picture: Picture, lines: list[str]) -> str:
    """Return what stands in the page for one picture."""
    name = picture.name
    image = f"![{picture.title}](images/{name}.png)"
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
        print(draw_picture(picture, measured, options.images), *lines, "", sep="\n")
        blocks[picture.name] = block(picture, lines)
    write(options.page, blocks)


if __name__ == "__main__":
    main()
