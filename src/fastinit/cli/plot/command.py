"""The command that draws a tensor beside the distribution of its formula."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastinit.cli.expected import digits, moments_of
from fastinit.cli.formula import add_formula, formula, is_formula_given
from fastinit.cli.numbers import positive
from fastinit.cli.output import add_command, add_output, print_json, print_table
from fastinit.storage.atomic.atomic_file import check_target, whole_file
from fastinit.storage.targets import INDEX_SUFFIX

from .comparison import compare
from .picture import png_of
from .samples import LIMIT, sample_of
from .sources import source_of_file, source_of_formula

if TYPE_CHECKING:
    import argparse

    from .sources import Source


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "plot",
        "draw a histogram and a QQ plot of a tensor as PNG",
        [
            "model/ --name user_id --output user_id.png",
            "--shape 1000x64 --scheme trunc_normal:0,0.02,-0.04,0.04",
        ],
        "Draw the histogram and the quantiles of a tensor beside the distribution of "
        "its formula. The formula is the one in the file, or the one that the options give; "
        "without FILE, the values are made from it. A file without a formula is drawn beside a "
        "normal that is fitted to its values. If a file has several tensors, --name selects one.",
    )
    parser.add_argument(
        "path", nargs="?", metavar="FILE", help="a file, or the directory or index of a set"
    )
    parser.add_argument(
        "--output",
        metavar="PNG",
        help="by default the name of the file with .png, in the current directory",
    )
    parser.add_argument(
        "--values", type=positive, default=LIMIT, metavar="N",
        help=f"read at most N values, spread over the tensor; by default {LIMIT:,}",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace the picture if it exists")
    add_formula(parser, required=False)
    add_output(parser)
    parser.set_defaults(run=run)


def source_of(options: argparse.Namespace) -> Source:
    """Return the tensor to draw."""
    if options.path is None:
        return source_of_formula(formula(options))
    # A name alone may also choose a tensor in the file. Any other formula option requires all of
    # them.
    given = is_formula_given(options, by_name=False)
    return source_of_file(options.path, options.name, formula(options) if given else None)


def target_of(options: argparse.Namespace) -> Path:
    """Return the path of the picture, or raise ValueError."""
    if options.output is None:
        if options.path is None:
            return Path("plot.png")
        source = Path(options.path)
        return Path(f"{Path(source.name.removesuffix(INDEX_SUFFIX)).stem}.png")
    if (target := Path(options.output)).suffix != ".png":
        raise ValueError(f"--output must end in .png, got {options.output!r}")
    return target


def run(options: argparse.Namespace) -> int:
    """Draw one picture."""
    target = target_of(options)
    check_target(target, force=options.force)
    start = time.perf_counter()
    source = source_of(options)
    sample = sample_of(source, options.values)
    distribution = None if source.weight is None else source.weight.distribution
    comparison = compare(sample, source.dtype, distribution)
    png = png_of(source, sample, comparison)
    with (
        whole_file(target, len(png), force=options.force) as descriptor,
        open(descriptor, "wb", closefd=False) as file,
    ):
        file.write(png)
    seconds = time.perf_counter() - start
    read = sample.values.size + sample.not_finite
    result = {
        "path": options.path,
        "output": str(target),
        "name": source.name,
        "dtype": source.dtype.name,
        "shape": source.shape,
        "distribution": comparison.distribution.as_call(),
        "fitted": comparison.fitted,
        "values": read,
        "of": sample.of,
        "not_finite": sample.not_finite,
        "mean": float(sample.values.mean()),
        "std": float(sample.values.std()),
        "min": float(sample.values[0]),
        "max": float(sample.values[-1]),
        "distance": comparison.distance,
        "distance_limit": comparison.limit,
        "seconds": round(seconds, 3),
    }
    if options.json:
        print_json(result)
    elif not options.quiet:
        fit = ", fitted" if comparison.fitted else ""
        mean, std = (
            "" if comparison.fitted else f" (expected {digits(each)})"
            for each in moments_of(comparison.distribution)
        )
        limit = "" if comparison.limit is None else f" (99 % are below {comparison.limit:.5f})"
        print_table(
            [
                ("picture", target),
                ("expected", f"{result['distribution']}{fit}"),
                ("values", f"{read:,} of {sample.of:,}, {sample.not_finite:,} not finite"),
                ("mean", f"{digits(result['mean'])}{mean}"),
                ("std", f"{digits(result['std'])}{std}"),
                ("distance", f"{comparison.distance:.5f}{limit}"),
                ("time", f"{seconds:.2f} s"),
            ]
        )
    return 0
