"""The generator of the process, and the seed and stream that the arguments of a call mean."""

from __future__ import annotations

from .addressing import check_seed, check_stream
from .generator import Generator
from .streams import StreamSource

_DEFAULT = Generator()


def default_generator() -> Generator:
    """Return the generator of the process, which calls without a seed use.

    Returns
    -------
    Generator
        The generator that `manual_seed` restarts.

    Examples
    --------
    >>> fastinit.manual_seed(0)
    Generator(seed=0) at stream 9223372036854775808
    >>> first = fastinit.uniform(3)
    >>> fastinit.default_generator()
    Generator(seed=0) at stream 9223372036854775809
    """
    return _DEFAULT


def manual_seed(seed: int) -> Generator:
    """Restart the generator of the process with a seed, and return the generator.

    Parameters
    ----------
    seed : int
        An integer in [0, 2**64). Before the first call, the seed comes from the operating system.

    Returns
    -------
    Generator
        The generator that `default_generator` returns. Its next stream is 2**63.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer in [0, 2**64).

    Notes
    -----
    Calls that get a seed or a `Generator` are not affected.

    Examples
    --------
    >>> fastinit.manual_seed(0)
    Generator(seed=0) at stream 9223372036854775808
    >>> first = fastinit.uniform(3)
    >>> _ = fastinit.manual_seed(0)
    >>> bool((fastinit.uniform(3) == first).all())
    True
    """
    return _DEFAULT.manual_seed(seed)


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
    return _DEFAULT.seed


def resolve(seed: int | StreamSource | None, stream: int | str | None) -> tuple[int, int]:
    """Return the seed and the number of the stream that the arguments of a call mean.

    If no stream is given, an integer seed means stream 0, and a generator hands out its next
    stream. Call this after all other checks, because it takes the stream.
    """
    if seed is None:
        return _DEFAULT.address(stream)
    if isinstance(seed, StreamSource):
        return seed.address(stream)
    number = check_seed(seed, ", a fastinit.Generator or None")
    return number, 0 if stream is None else check_stream(stream)
