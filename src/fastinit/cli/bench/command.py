"""The command that measures the speed of fills on this machine."""

from __future__ import annotations

import argparse
import math
import platform
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fastinit
from fastinit._engine.threads import check_threads
from fastinit._memory.dtypes import FLOAT_DTYPES, ML_DTYPES
from fastinit.cli.choices import dtype_of
from fastinit.cli.numbers import positive, size
from fastinit.cli.output import add_command, print_columns, print_json, progress_bar, say

from . import fills
from .measurement import peer_of
from .rounds import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .measurement import Measurement

SIZE, ROUNDS = "64MiB", 5
DTYPES = ("float32", "float64", "bfloat16")

#: The size must be a whole number of elements of every dtype.
LEAST_BYTES = 8

#: The number of columns of the table that hold words; the others hold numbers.
WORDS = 3


def dtypes_of(text: str) -> list[str]:
    """Read names of dtypes, separated by commas."""
    return [dtype_of(name) for name in text.split(",")]


def threads_of(text: str) -> list[int]:
    """Read numbers of threads, separated by commas."""
    try:
        return [check_threads(int(part)) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected numbers of threads such as 1,2,4, got {text!r} ({error})"
        ) from None


def add(commands: Any) -> None:
    """Add the command to a parser."""
    parser = add_command(
        commands,
        "bench",
        "measure the speed of fills on this machine",
        [
            "--size 1GiB --threads 1,8",
            "--dtypes bf16,fp32 --json",
        ],
        "Measure fills of memory whose pages have been touched, beside memset and the "
        "default generator of NumPy on one thread. Each time is the best of several rounds.",
    )
    parser.add_argument(
        "--size",
        type=size,
        default=SIZE,
        help=f"the size of the memory, such as 1GiB; by default {SIZE}",
    )
    parser.add_argument(
        "--rounds", type=positive, default=ROUNDS, help=f"the number of rounds; by default {ROUNDS}"
    )
    parser.add_argument(
        "--dtypes", type=dtypes_of, metavar="DTYPE,...",
        help=f"some of {', '.join(FLOAT_DTYPES)}; by default {','.join(DTYPES)}",
    )  # fmt: skip
    parser.add_argument(
        "--threads",
        type=threads_of,
        metavar="N,...",
        help="numbers of threads; by default 1 and the number that a fill uses",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="also measure PyTorch, if it is installed, which takes far longer",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="print only the table: no heading, no progress bar"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure, and print the results."""
    missing = find_spec("ml_dtypes") is None
    dtypes = options.dtypes or [name for name in DTYPES if not missing or name not in ML_DTYPES]
    threads = options.threads or sorted({1, fastinit.get_num_threads()})
    nbytes = options.size // LEAST_BYTES * LEAST_BYTES
    if not nbytes:
        raise ValueError(f"--size must be at least {LEAST_BYTES} bytes, got {options.size}")
    memory = fills.warm_memory(nbytes)
    measured = [fills.memset(memory)]
    measured += fills.own(memory, dtypes, threads)
    measured += fills.of_numpy(memory, dtypes)
    peers = ["NumPy"]
    torch = options.peers and find_spec("torch") is not None
    if torch:
        measured += fills.of_torch(memory, dtypes)
        peers.append("PyTorch")
    with progress_bar(quiet=options.quiet or options.json) as progress:
        found = measure(measured, options.rounds, progress)
    machine = facts(peers)
    rows = [described(each, peers, found) for each in found]
    if options.json:
        print_json(machine | {"bytes": nbytes, "rounds": options.rounds, "measurements": rows})
        return 0
    if not options.quiet:
        versions = ", ".join(f"{name} {machine[name.lower()]}" for name in ("fastinit", *peers))
        lines = [
            f"{machine['cpu']}; kernels {machine['isa']}; {versions}",
            f"{nbytes:,} bytes of warm memory, best of {options.rounds} rounds",
        ]
        if options.peers and not torch:
            lines.append("PyTorch is not installed")
        if missing and not options.dtypes:
            lines.append("bfloat16 needs ml_dtypes: pip install 'fastinit-sampler[ml-dtypes]'")
        for line in [*lines, ""]:
            say(line)
    columns = table(found, peers)
    print_columns(columns, numbers=range(WORDS, len(columns[0])))
    return 0


def facts(peers: Sequence[str]) -> dict[str, Any]:
    """Return what was measured, and on which machine."""
    versions = {"numpy": np.__version__}
    if "PyTorch" in peers:
        versions["pytorch"] = version("torch")
    return {
        "cpu": cpu_name(),
        "fastinit": fastinit.__version__,
        "isa": fastinit.active_isa(),
        "threads": fastinit.get_num_threads(),
        **versions,
    }


def cpu_name(path: Path = Path("/proc/cpuinfo")) -> str:
    """Return the model name of the CPU, or else its architecture."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def ratios(
    one: Measurement, peers: Sequence[str], found: Sequence[Measurement]
) -> dict[str, float | None]:
    """Return the speed of a measurement as a multiple of memset and of each library."""
    others = {by: peer_of(one, by, found) for by in ("memset", *peers)}
    return {by: None if other in (None, one) else one.times(other) for by, other in others.items()}


def described(
    one: Measurement, peers: Sequence[str], found: Sequence[Measurement]
) -> dict[str, Any]:
    """Return a measurement in the form of the JSON output."""
    return {
        "by": one.by,
        "kind": one.kind or None,
        "dtype": one.dtype or None,
        "threads": one.threads,
        "bytes": one.nbytes,
        "elements": one.elements,
        "seconds": one.seconds,
        "gigabytes_per_second": one.gigabytes_per_second,
        "nanoseconds_per_element": one.nanoseconds_per_element,
        **{f"times_{by.lower()}": value for by, value in ratios(one, peers, found).items()},
    }


def digits(value: float) -> str:
    """Return a number with three significant digits, but at most four decimals."""
    return f"{value:.{min(4, max(0, 2 - math.floor(math.log10(value))))}f}"


def table(found: Sequence[Measurement], peers: Sequence[str]) -> list[list[str]]:
    """Return the cells of the table, with its header first; equal kinds of values are grouped."""
    head = ["values", "dtype", "by", "threads", "GB/s", "ns/element", "x memset"]
    rows = [[*head, *(f"x {by}" for by in peers)]]
    order = list(dict.fromkeys((each.kind, each.dtype) for each in found))
    for one in sorted(found, key=lambda each: order.index((each.kind, each.dtype))):
        times = ratios(one, peers, found).values()
        cost = digits(one.nanoseconds_per_element) if one.kind else ""
        cells = [one.kind, one.dtype, one.by, f"{one.threads}"]
        cells += [digits(one.gigabytes_per_second), cost]
        rows.append([*cells, *("" if each is None else digits(each) for each in times)])
    return rows
