"""The source of the process, and the seed and stream that the arguments of a call mean."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .addressing import check_seed, check_stream
from .next_streams import lock
from .streams import PlainStreamSource, StreamSource

if TYPE_CHECKING:
    from collections.abc import Iterator

Source = TypeVar("Source", bound=StreamSource)


class Process:
    """What this process has: a plain source, until a program asks for the generator."""

    source: StreamSource = PlainStreamSource()


def source_of_process(kind: type[Source]) -> Source:
    """Return the source of the process as an object of a class, the same one in each call."""
    with lock:
        now = Process.source
        if not isinstance(now, kind):
            later = kind()
            later._take_over(now)  # noqa: SLF001 - of this package
            Process.source = now = later
        return now


def initial_seed() -> int:
    """Return the seed of the generator of the process: that of `manual_seed`, or a random one.

    Returns
    -------
    int
        In [0, 2**64).

    Examples
    --------
    >>> _ = fastinit.manual_seed(42)
    >>> fastinit.initial_seed()
    42
    """
    return Process.source.seed


def resolve(seed: int | StreamSource | None, stream: int | str | None) -> tuple[int, int]:
    """Return the seed and the number of the stream that the arguments of a call mean.

    If no stream is given, an integer seed means stream 0, and a generator hands out its next
    stream. Call this after all other checks, because it takes the stream.
    """
    if seed is None:
        with lock:  # the object may be replaced
            return Process.source.address(stream)
    if isinstance(seed, StreamSource):
        return seed.address(stream)
    number = check_seed(seed, ", a fastinit.Generator or None")
    return number, 0 if stream is None else check_stream(stream)


def take_back(seed: int | StreamSource | None, stream: int | str | None, number: int) -> None:
    """Make the stream that `resolve` took the next one again, because the fill failed."""
    if stream is not None:
        return
    with lock:
        source = Process.source if seed is None else seed
        if isinstance(source, StreamSource):
            source.take_back(number)


@contextmanager
def taken_address(
    seed: int | StreamSource | None, stream: int | str | None
) -> Iterator[tuple[int, int]]:
    """Give the seed and the stream to the code under ``with``; if it raises, no stream is taken."""
    address = resolve(seed, stream)
    try:
        yield address
    except BaseException:  # no memory, Ctrl-C
        take_back(seed, stream, address[1])
        raise
