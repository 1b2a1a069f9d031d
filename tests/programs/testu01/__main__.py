"""Run batteries of TestU01 on fastinit's output: `python -m tests.programs.testu01 BATTERY SOURCE ...`.

The exit status is 1 where a p-value is nearer to 0 or 1 than 1e-10. See docs/trust.md for how long
each takes.
"""

from __future__ import annotations

import argparse
import sys
import time

import fastinit
from tests.programs.testu01.batteries import BATTERIES, FAILURE, SUSPECT, TESTS, Stream
from tests.programs.testu01.sources import SEED, SOURCES


def judge(source: str, battery: str, first: int, bits: float) -> int:
    """Run a battery on a source, print each p-value as it comes, and return how many fail."""
    stream = Stream(source)
    started = time.perf_counter()
    tests = range(first, TESTS[battery] + 1) if battery == "crush" else [0]
    results = []
    description = (SOURCES[source].__doc__ or "").removeprefix("Fill with ")
    print(f"\n{battery} on {source}: {description}")
    for test in tests:
        for result in stream.run(battery, test, bits):
            mark = "FAILED" if result.beyond(FAILURE) else "?" if result.beyond(SUSPECT) else ""
            number = f"{test:3d} " if test else ""
            print(f"  {number}{result.name:<40}{result.p_value:<12.4g}{mark}".rstrip(), flush=True)
            results.append(result)
    failed = sum(result.beyond(FAILURE) for result in results)
    suspect = sum(result.beyond(SUSPECT) for result in results)
    print(
        f"  {len(results)} p-values, {failed} failed, {suspect} beyond {SUSPECT:g} "
        f"({2 * SUSPECT * len(results):.2f} expected); {stream.used:,} words in "
        f"{time.perf_counter() - started:.0f} s",
        flush=True,
    )
    return failed


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs.testu01", description=__doc__)
    parser.add_argument("battery", choices=BATTERIES)
    parser.add_argument("source", nargs="+", choices=SOURCES)
    parser.add_argument("--from", dest="first", type=int, default=1, help="first test of crush")
    parser.add_argument("--bits", type=float, default=2.0**25, help="of rabbit and alphabit")
    given = parser.parse_args()
    print(
        f"TestU01 1.2.3; fastinit {fastinit.__version__}, contract {fastinit.CONTRACT_VERSION}, "
        f"kernels {fastinit.active_isa()}; seed {SEED}"
    )
    failed = [judge(source, given.battery, given.first, given.bits) for source in given.source]
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
