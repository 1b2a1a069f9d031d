"""The process-wide generator, and where a call's values come from: its seed, or a generator."""

from __future__ import annotations

from .addressing import check_seed, check_stream
from .generator import Generator
from .streams import StreamSource

_DEFAULT = Generator()


def default_generator() -> Generator:
    """Return the generator that calls without a seed take their streams from."""
    return _DEFAULT


def manual_seed(seed: int) -> Generator:
    """Start the process-wide generator again with a seed, and return it.

    Parameters
    ----------
    seed : int
        In [0, 2**64). Until this is called, the seed comes from the operating system.

    Returns
    -------
    Generator
        The one that `default_generator` returns; its next stream is 2**63.

    Notes
    -----
    Calls with a seed or a `Generator` of their own are not affected.
    """
    return _DEFAULT.manual_seed(seed)


def initial_seed() -> int:
    """Return the seed of the process-wide generator: what `manual_seed` set, or a random one."""
    return _DEFAULT.seed


def resolve(seed: int | StreamSource | None, stream: int | str | None) -> tuple[int, int]:
    """Return the seed and the stream's number that a call's arguments mean.

    Without a stream an integer's is 0, and that of a generator its next: after the other checks.
    """
    if seed is None:
        return _DEFAULT.address(stream)
    if isinstance(seed, StreamSource):
        return seed.address(stream)
    number = check_seed(seed, ", a fastinit.Generator or None")
    return number, 0 if stream is None else check_stream(stream)
