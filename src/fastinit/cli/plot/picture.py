"""Draw the picture, as the bytes of a PNG file."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from fastinit._support.extras import require

if TYPE_CHECKING:
    from .comparison import Comparison
    from .samples import Sample
    from .sources import Source

INCHES, DOTS_PER_INCH = (10.0, 4.9), 140

# The colours of Okabe and Ito, which colour-blind people can tell apart. They also differ in
# lightness.
FOUND, EXPECTED = "#56B4E9", "#D55E00"
INK, FAINT = "#222222", "#666666"

STYLE = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-3, 4),
    "grid.color": "#E6E6E6",
    "legend.frameon": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
}

#: Longer names are shortened in the middle.
LONGEST_NAME = 60


def png_of(source: Source, sample: Sample, comparison: Comparison) -> bytes:
    """Return the picture; raise ImportError with the name of the missing extra."""
    matplotlib = require("matplotlib", "plot")
    figures = require("matplotlib.figure", "plot")
    canvases = require("matplotlib.backends.backend_agg", "plot")
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE}), warnings.catch_warnings():
        # A name may have letters that the font lacks. The user sees the boxes: no warning is
        # needed.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = figures.Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        canvas = canvases.FigureCanvasAgg(figure)
        figure.suptitle(
            title_of(source, comparison),
            fontsize=12, fontweight="bold", color=INK, parse_math=False,
        )  # fmt: skip
        figure.supxlabel(
            caption_of(source, sample, comparison), fontsize=9, color=FAINT, linespacing=1.5
        )
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        draw_histogram(left, comparison)
        draw_quantiles(right, comparison)
        file = io.BytesIO()
        canvas.print_png(file)
    return file.getvalue()


def draw_histogram(axes: Any, comparison: Comparison) -> None:
    """Draw the histogram of the sample, and the density of the distribution over it."""
    curve, edges = comparison.curve, comparison.edges
    axes.stairs(comparison.densities, edges, fill=True, color=FOUND, label="values")
    inside = (curve.points > edges[0]) & (curve.points < edges[-1])
    drawn = np.concatenate([edges[:1], curve.points[inside], edges[-1:]])
    line = {"solid_capstyle": "butt", "linewidth": 1.8, "color": EXPECTED}
    axes.plot(drawn, curve.density(drawn), label="expected", **line)
    summit = float(curve.densities.max())
    for end in (0, -1):
        bound, height = curve.points[end], curve.densities[end]
        if height > summit / 100:  # the density ends in a step
            axes.plot([bound, bound], [0, height], **line)
    axes.set_ylim(0, 1.08 * max(summit, float(comparison.densities.max())))
    axes.set_title("Histogram and expected density", loc="left")
    axes.set_xlabel("value")
    axes.set_ylabel("density")
    # Above the axes: the histogram of a uniform distribution leaves no room inside them.
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.985), ncols=2, handlelength=1.4)


def draw_quantiles(axes: Any, comparison: Comparison) -> None:
    """Draw values against the quantiles of the distribution for their ranks."""
    ends = [comparison.expected[0], comparison.expected[-1]]
    axes.plot(ends, ends, color=EXPECTED, linewidth=1.8, zorder=3)
    axes.plot(
        comparison.expected, comparison.found, "o",
        markersize=4.5, markerfacecolor=FOUND, markeredgecolor="#0072B2", markeredgewidth=0.5,
    )  # fmt: skip
    axes.set_title("QQ plot: values on the line are as expected", loc="left")
    axes.set_xlabel(f"quantile of {comparison.distribution.as_call()}", parse_math=False)
    axes.set_ylabel("value")


def title_of(source: Source, comparison: Comparison) -> str:
    """Return the description of the tensor and of the distribution it is compared with."""
    name = source.name or (source.path.name if source.path else "")
    name = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )
    if len(name) > LONGEST_NAME:
        half = LONGEST_NAME // 2
        name = f"{name[:half]}…{name[-half:]}"
    shape = "\N{THIN SPACE}\N{MULTIPLICATION SIGN}\N{THIN SPACE}".join(map(str, source.shape))
    if comparison.fitted:
        against = "no formula, so beside a normal fitted to it"
    elif source.weight is not None and isinstance(source.weight.scheme, str):
        against = source.weight.scheme
    else:
        against = comparison.distribution.as_call()
    return f"{name}: {shape} {source.dtype.name}, {against}"


def caption_of(source: Source, sample: Sample, comparison: Comparison) -> str:
    """Return how much was read, and how far it is from the expectation."""
    read, values = sample.values.size + sample.not_finite, sample.values
    if sample.ranges > 1:
        first = f"{read:,} of {sample.of:,} values, {sample.ranges:,} blocks spread over the tensor"
    else:
        first = f"{read:,} values, all of the tensor"
    if source.weight is not None and source.weight.padding_idx is not None:
        first += " but for its padding row"
    for count, what in ((sample.not_finite, "not finite"), (comparison.outside, "outside")):
        if count:
            first += f"; {count:,} {what}"
    second = f"mean {values.mean():.5g}, standard deviation {values.std():.5g}"
    if comparison.limit is not None:
        second += (
            f"; distribution functions differ by {comparison.distance:.5f} at most "
            f"(99 % of right samples: less than {comparison.limit:.5f})"
        )
    return f"{first}\n{second}"
