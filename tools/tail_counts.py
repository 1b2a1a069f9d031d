"""Count the normals beyond 4, 5 and 6 standard deviations: `python tools/tail_counts.py`.

Each count is compared with the normal distribution's and, for float32, with the contract's: there a
value is a function of a 32-bit word, so that the probability is a whole number of words over 2**32.
10**11 elements of each dtype take some minutes on one core; see docs/trust/tail-counts.txt.
"""

import argparse
import sys
import time

import numpy as np
from scipy.special import ndtr

import fastinit
from fastinit._kernels.dispatch import KERNELS

SEED = 6
PIECE = 1 << 18  # elements, which stay in a core's cache
THRESHOLDS = (4.0, 5.0, 6.0)
LARGEST_Z = 5.0


def words_beyond(threshold: float) -> int:
    """Return how many of the 2**32 words give a float32 normal beyond a threshold, either side."""
    lowest = np.arange(int(1.01 * ndtr(-threshold) * 2**32) + 100, dtype=np.uint32)
    words = np.concatenate([lowest, ~lowest])
    values = np.empty(words.size, np.float32)
    KERNELS.normal_of_words(words, values)
    return int(np.count_nonzero(np.abs(values) > np.float32(threshold)))


def count_tails(dtype: str, total: int, threads: int) -> tuple[list[list[int]], float]:
    """Return, for each threshold, how many values are below its negative and how many above it."""
    piece = np.empty(PIECE * threads, dtype)
    magnitude = np.empty_like(piece)
    beyond = np.empty(piece.size, bool)
    extremes: list[np.ndarray] = []
    started = time.perf_counter()
    for offset in range(0, total, piece.size):
        part = piece[: min(piece.size, total - offset)]
        fastinit.normal_(part, seed=SEED, offset=offset, threads=threads)
        np.abs(part, out=magnitude[: part.size])
        np.greater(magnitude[: part.size], THRESHOLDS[0], out=beyond[: part.size])
        extremes.append(part[np.flatnonzero(beyond[: part.size])])
        if len(extremes) > 1000:  # noqa: PLR2004 - a list of a moderate length
            extremes = [np.concatenate(extremes)]
    values = np.concatenate(extremes).astype(np.float64)
    counts = [
        [int(np.count_nonzero(values < -limit)), int(np.count_nonzero(values > limit))]
        for limit in THRESHOLDS
    ]
    return counts, time.perf_counter() - started


def report(dtype: str, total: int, threads: int) -> bool:
    """Print a table of counts, expected counts and their distance; return whether all are near."""
    counts, seconds = count_tails(dtype, total, threads)
    print(f"\n{dtype}: {total:,} elements in {seconds:.0f} s")
    print("  beyond        count below    count above       both       expected       z")
    near = True
    for limit, (below, above) in zip(THRESHOLDS, counts, strict=True):
        expectations = {"normal": 2 * float(ndtr(-limit)) * total}
        if dtype == "float32":
            expectations["contract"] = words_beyond(limit) / 2**32 * total
        for name, expected in expectations.items():
            z = (below + above - expected) / expected**0.5
            print(
                f"  {limit:.0f} std {below:>16,} {above:>14,} {below + above:>10,} "
                f"{expected:>14,.1f} {z:+7.2f}  {name}"
            )
        # The last expectation is the one that the values must meet; half of it on each side.
        near &= abs(z) < LARGEST_Z
        near &= abs(below - above) < LARGEST_Z * expected**0.5
    return near


def main() -> int:
    """Read the arguments, count, and return 1 if a count is far from what is expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=float, default=1e11)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"])
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    print(
        f"fastinit {fastinit.__version__}, contract {fastinit.CONTRACT_VERSION}, "
        f"kernels {fastinit.active_isa()}, {given.threads} thread(s); seed {SEED}"
    )
    near = [report(dtype, int(given.elements), given.threads) for dtype in given.dtypes]
    return int(not all(near))


if __name__ == "__main__":
    sys.exit(main())
