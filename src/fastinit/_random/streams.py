"""Sources of streams: a seed, and the stream that the next call takes.

Guarantees: a source hands out each stream once, in all threads. If its seed came from the operating
system, its copy in a forked process hands out other streams.
"""

# ruff: noqa: TC001 - `typing.get_type_hints` finds the types in this module
from __future__ import annotations

import operator
import os
from typing import TYPE_CHECKING, TypedDict
from weakref import WeakSet

from fastinit._support.checks import as_integer
from fastinit._support.summaries import html_table
from fastinit.typing import Self

from .addressing import (
    CONTRACT_VERSION,
    as_index,
    as_signed,
    check_seed,
    check_state,
    check_stream,
    number_of_name,
    of_signed,
)
from .next_streams import COUNT, FIRST_STREAM, have_numbers, lock, next_address


class _Numbers(TypedDict):
    contract_version: int
    #: A seed of 2**63 or more is stored as seed - 2**64.
    seed: int
    #: Counted from 0: k means stream 2**63 + k.
    next_stream: int
    next_child: int


class State(_Numbers, total=False):
    """The position of a source, as integers that fit into a signed 64-bit integer.

    JSON can hold them, and so can checkpoints whose integers are int64.
    """

    #: The index of the next word of stream 2**64 - 1. It is absent until one is drawn there.
    position: int


# The sources whose seed came from the operating system.
_from_entropy: WeakSet[StreamSource] = WeakSet()


def entropy() -> int:
    """Return 64 bits from the operating system."""
    return int.from_bytes(os.urandom(8), "little")


class StreamSource:
    """A seed, and its streams that have not been handed out yet: 2**63, 2**63 + 1, ...

    Subclasses say where the numbers are. `fastinit.Generator` is one. It imports `numpy.random`,
    and this class does not.
    """

    if not TYPE_CHECKING:  # mypy would refuse these names
        __slots__ = ()

    _seed: int
    _next_stream: int
    _next_child: int
    _position: int

    def _restart(
        self,
        seed: int,
        next_stream: int = FIRST_STREAM,
        next_child: int = 0,
        position: int = 0,
    ) -> None:
        with lock:
            _from_entropy.discard(self)
            self._seed = seed
            self._next_stream = next_stream
            self._next_child = next_child
            self._position = position

    def _scatter_in_forks(self) -> None:
        """Continue elsewhere in forked processes, because the seed is from the operating system."""
        with lock:
            _from_entropy.add(self)

    def _take_over(self, other: StreamSource) -> None:
        """Continue in place of another source, in forked processes too."""
        with lock:
            self._restart(other._seed, other._next_stream, other._next_child, other._position)
            if other in _from_entropy:
                self._scatter_in_forks()

    @property
    def seed(self) -> int:
        """The seed, in [0, 2**64)."""
        return self._seed

    def manual_seed(self, seed: int) -> Self:
        """Restart with a seed, and return this object.

        Parameters
        ----------
        seed : int
            An integer in [0, 2**64).

        Returns
        -------
        Generator
            The same object. Its next stream is 2**63.

        Raises
        ------
        TypeError, ValueError
            If `seed` is not an integer in [0, 2**64).

        Examples
        --------
        >>> fastinit.Generator(0).manual_seed(7)
        Generator(seed=7) at stream 9223372036854775808
        """
        self._restart(check_seed(seed))
        return self

    def next_stream(self) -> int:
        """Hand out the next stream. No other call gets the same stream, in any thread.

        Returns
        -------
        int
            The number of the stream, 2**63 or more.

        Raises
        ------
        OverflowError
            If all 2**63 streams have been handed out.

        Examples
        --------
        >>> generator = fastinit.Generator(0)
        >>> generator.next_stream() - 2**63
        0
        >>> generator.next_stream() - 2**63
        1
        """
        return self.address()[1]

    def address(self, stream: int | str | None = None) -> tuple[int, int]:
        """Return the seed and the number of a stream: the given one, or else the next one.

        Parameters
        ----------
        stream : int or str, optional
            An integer in [0, 2**64), or a name. By default, the next stream is handed out.

        Returns
        -------
        tuple of int
            The seed and the number of the stream.

        Raises
        ------
        OverflowError
            If all 2**63 streams have been handed out.
        TypeError, ValueError
            If `stream` is not an integer in [0, 2**64) or a string.

        Examples
        --------
        >>> fastinit.Generator(0).address(5)
        (0, 5)
        >>> fastinit.Generator(0).address("layer1.weight")
        (0, 2868595811732471646)
        """
        if stream is not None:
            return self._seed, check_stream(stream)
        return next_address(self)

    def take_back(self, stream: int) -> None:
        """Make a stream the next one again, if it was handed out last, because its call failed.

        Parameters
        ----------
        stream : int
            The number that `next_stream` returned last. Another number has no effect.

        Examples
        --------
        >>> generator = fastinit.Generator(0)
        >>> stream = generator.next_stream()
        >>> generator.take_back(stream)
        >>> generator.next_stream() == stream
        True
        """
        with lock:
            if self._next_stream == stream + 1:
                self._next_stream = stream

    def spawn(self, n_children: int) -> list[Self]:
        """Return new generators, which are independent of this one and of each other.

        Parameters
        ----------
        n_children : int
            The number of generators.

        Returns
        -------
        list of Generator
            The same state gives the same generators. Child k of seed s, counted from 0 over all
            calls, has as its seed the number of the name "child k of seed s": its 8-byte BLAKE2b
            digest, little-endian.

        Raises
        ------
        OverflowError
            If there would be more than 2**63 - 1 children.
        TypeError, ValueError
            If `n_children` is not an integer, or is negative.

        Examples
        --------
        >>> workers = fastinit.Generator(0).spawn(2)
        >>> [worker.seed for worker in workers]
        [6575367035237200683, 3787873793729895262]
        """
        count = as_index(n_children, "n_children")
        with lock:
            first = self._next_child
            if first + count >= COUNT:  # every state has a next child, as it has a next stream
                raise OverflowError("this generator has no children left: use another seed")
            self._next_child = first + count
            seed, untold = self._seed, self in _from_entropy
        children = [
            type(self)(number_of_name(f"child {number} of seed {seed}"))  # type: ignore[call-arg]
            for number in range(first, first + count)
        ]
        if untold:
            for child in children:
                child._scatter_in_forks()  # noqa: SLF001 - of this class
        return children

    def get_state(self) -> State:
        """Return the state as a dict of integers, for JSON and checkpoints.

        All integers fit into a signed 64-bit integer. A seed of 2**63 or more is stored as seed -
        2**64. If the next stream is 2**63 + k, "next_stream" is k.

        Returns
        -------
        dict
            With the keys "contract_version", "seed", "next_stream" and "next_child". If a method of
            NumPy has drawn words from stream 2**64 - 1, "position" is the index of the next word.

        Examples
        --------
        >>> generator = fastinit.Generator(0)
        >>> _ = generator.random(3)
        >>> generator.get_state()
        {'contract_version': 1, 'seed': 0, 'next_stream': 1, 'next_child': 0}
        """
        with lock:
            state = State(
                contract_version=CONTRACT_VERSION,
                seed=as_signed(self._seed),
                next_stream=self._next_stream - FIRST_STREAM,
                next_child=self._next_child,
            )
            if self._position:
                state["position"] = as_signed(self._position)
        return state

    def set_state(self, state: State) -> None:
        """Continue from a state that `get_state` returned.

        Parameters
        ----------
        state : dict
            Its integers may be those of Python, NumPy, PyTorch or JAX, as a checkpoint may return
            them.

        Raises
        ------
        TypeError, ValueError
            If it is not such a state, or was saved with another ``fastinit.CONTRACT_VERSION``,
            which would give other values.

        Examples
        --------
        >>> generator = fastinit.Generator(0)
        >>> state = generator.get_state()
        >>> first = generator.random()
        >>> generator.set_state(state)
        >>> generator.random() == first
        True
        """
        if not isinstance(state, dict):
            raise TypeError(f"state must be a dict, got {type(state).__name__}")
        check_state(state, State.__required_keys__ | (state.keys() & State.__optional_keys__))
        for name in ("next_stream", "next_child"):
            if not 0 <= (count := as_integer(state[name], name)) < COUNT:
                raise ValueError(f"{name} must be in [0, 2**63), counted from 0, got {count}")
        self._restart(
            of_signed(state["seed"], "seed"),
            FIRST_STREAM + operator.index(state["next_stream"]),
            operator.index(state["next_child"]),
            of_signed(state.get("position", 0), "position"),
        )

    def __reduce__(self) -> tuple[type[Self], tuple[int], State]:
        """Pickle and copy by means of the state."""
        return type(self), (self._seed,), self.get_state()

    def __setstate__(self, state: State) -> None:
        """Continue from a pickled state."""
        self.set_state(state)

    def __repr__(self) -> str:
        """Return the seed and the next stream as text."""
        return f"{type(self).__name__}(seed={self._seed}) at stream {self._next_stream}"

    def __str__(self) -> str:
        """Return the seed and the next stream as text."""
        return repr(self)

    def _repr_html_(self) -> str:
        """Return a table for notebooks."""
        state = self.get_state()
        used = state["next_stream"]
        rows: list[tuple[str, object]] = [
            ("seed", state["seed"] % 2**64),
            ("next stream", f"{FIRST_STREAM + used} (2**63 + {used})"),
        ]
        if state["next_child"]:
            rows.append(("next child", state["next_child"]))
        if "position" in state:
            rows.append(("next word of stream 2**64 - 1", state["position"] % 2**64))
        return html_table(f"fastinit.{type(self).__name__}", rows)

    def _scatter(self) -> None:
        """Continue at a random stream and a random child, which no other process shares."""
        self._next_stream = FIRST_STREAM + (entropy() >> 2)
        self._next_child = entropy() >> 2
        self._position = entropy() & -2


@have_numbers
class PlainStreamSource(StreamSource):
    """A source that is no generator of NumPy, and needs no import of `numpy.random`.

    Parameters
    ----------
    seed : int, optional
        An integer in [0, 2**64). By default it comes from the operating system.
    """

    __slots__ = ("__weakref__", "_next_child", "_next_stream", "_position", "_seed")

    def __init__(self, seed: int | None = None) -> None:
        if seed is None:
            self._restart(entropy())
            self._scatter_in_forks()
        else:  # no other thread has it yet, so `_restart` would take its lock for nothing
            self._seed = check_seed(seed, " or None")
            self._next_stream = FIRST_STREAM
            self._next_child = 0
            self._position = 0


def seed_of(seed: object) -> int:
    """Return the seed of an argument, an integer or a source, for a stream given by name."""
    if isinstance(seed, StreamSource):
        return seed.seed
    return check_seed(seed, " or a fastinit.Generator")


def _after_fork_in_child() -> None:
    try:
        for source in _from_entropy:
            source._scatter()  # noqa: SLF001 - of this module
    finally:
        lock.release()  # without this, other threads of the child wait for ever


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lock.acquire,
        after_in_parent=lock.release,
        after_in_child=_after_fork_in_child,
    )
