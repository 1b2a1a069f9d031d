"""What a picture is, the looks that all share, and the drawing of a picture into a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

FILE_COLOURS = 96  # of a file, which is then a third as large

# Okabe and Ito's colours, told apart by the colour-blind as well.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, GREY = "#E69F00", "#56B4E9", "#000000", "#767676"

STYLE = {
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "axes.axisbelow": True,
    "figure.titlesize": 12.5,
    "figure.titleweight": "bold",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "svg.hashsalt": "fastinit",
}


@dataclass(frozen=True)
class Picture:
    """One picture of the page.

    Parameters
    ----------
    name : str
        Of the file and of the markers in the page.
    title : str
        What the picture shows, as a sentence.
    measure : function
        (small) -> what is drawn. `small` is for tests: the same in a second or less.
    draw : function
        (figure, measured) -> None.
    numbers : function
        (measured) -> the lines of Markdown that the page states.
    inches : pair of float, default (8, 4.2)
        The picture's size.
    """

    name: str
    title: str
    measure: Callable[[bool], Any]
    draw: Callable[[Any, Any], None]
    numbers: Callable[[Any], list[str]]
    inches: tuple[float, float] = (8, 4.2)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]


def digits(value: float) -> str:
    """Return about three digits, with a power of ten where the number is very large or small."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1e3 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPTS)}"


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def label_ends(axes: Any, x: float, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write (y, text, colour) beside the ends of lines."""
    for y, text, colour in labels:
        axes.annotate(
            text, (x, y), (6, 0), textcoords="offset points", color=colour, va="center",
            annotation_clip=False,
        )  # fmt: skip


def draw_picture(picture: Picture, measured: Any, folder: Path) -> Path:
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
    image.quantize(FILE_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path
