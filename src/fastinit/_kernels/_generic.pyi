from typing import Any

lanes: int
"""64-bit lanes of a vector, and blocks of four words that one vector holds."""

chains: int
"""Vectors of blocks generated in one go."""

def fill(
    out: Any,
    distribution: int,
    first: float,
    second: float,
    seed: int,
    stream: int,
    offset: int,
    begin: int,
    end: int,
    streaming: bool,
    /,
) -> None:
    """Write elements [begin, end) of a writable array, counted in C order.

    ``distribution`` numbers the rows of ``fastinit.distributions.Kind``; ``first`` and ``second``
    are low and high, or mean and standard deviation. ``offset`` is the index in the sequence of
    the array's first element. ``streaming`` stores past the caches. Nothing is checked but that
    the range lies within the array.
    """

def normal_of_words(words: Any, out: Any, /) -> None:
    """Write the float32 standard normal of each uint32 word, both arrays C-contiguous."""
