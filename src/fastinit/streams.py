"""Sources of streams: a seed, and which stream the next call takes.

Promises: no stream is handed out twice by one source, whatever the threads; where the seed came
from the operating system, not by its copy in a forked process either. Takes for granted: nothing.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, TypedDict
from weakref import WeakSet

from .addressing import CONTRACT_VERSION, as_index, check_seed, check_stream, number_of_name

if TYPE_CHECKING:
    from typing_extensions import Self

#: The first stream that is handed out: far from the small numbers that people choose.
FIRST_STREAM = 1 << 63

# This one is not handed out, so that a state always has a stream to go on with.
LAST_STREAM = (1 << 64) - 1


class State(TypedDict):
    """What a source hands out next: plain numbers, so that JSON can hold them."""

    contract_version: int
    seed: int
    next_stream: int
    next_child: int


# One lock for all sources, so that a fork can wait until none is held. It can be taken again by
# its own thread: a signal's handler may draw numbers too.
_lock = threading.RLock()

# Those whose seed came from the operating system.
_from_entropy: WeakSet[StreamSource] = WeakSet()


def entropy() -> int:
    """Return 64 bits from the operating system."""
    return int.from_bytes(os.urandom(8), "little")


class StreamSource:
    """A seed, and the streams of it that are not yet handed out: 2**63, 2**63 + 1, ...

    Parameters
    ----------
    seed : int, optional
        In [0, 2**64); by default from the operating system.
    """

    __slots__ = ("__weakref__", "_next_child", "_next_stream", "_seed")

    def __init__(self, seed: int | None = None) -> None:
        self._restart(entropy() if seed is None else check_seed(seed, " or None"))
        if seed is None:
            with _lock:
                _from_entropy.add(self)

    def _restart(self, seed: int, next_stream: int = FIRST_STREAM, next_child: int = 0) -> None:
        with _lock:
            _from_entropy.discard(self)
            self._seed = seed
            self._next_stream = next_stream
            self._next_child = next_child

    @property
    def seed(self) -> int:
        """The seed, in [0, 2**64)."""
        return self._seed

    def manual_seed(self, seed: int) -> Self:
        """Start again with a seed, and return this object."""
        self._restart(check_seed(seed))
        return self

    def next_stream(self) -> int:
        """Hand out the next stream: no later call, of any thread, gets the same."""
        return self.address()[1]

    def address(self, stream: int | str | None = None) -> tuple[int, int]:
        """Return the seed, and the number of the given stream or, without one, of the next."""
        if stream is not None:
            return self._seed, check_stream(stream)
        with _lock:
            number = self._next_stream
            if number == LAST_STREAM:
                raise OverflowError("all streams have been handed out: take another seed")
            self._next_stream = number + 1
            return self._seed, number

    def take_back(self, stream: int) -> None:
        """Hand a stream out again, if it was the last: the call that it was for has failed."""
        with _lock:
            if self._next_stream == stream + 1:
                self._next_stream = stream

    def spawn(self, n_children: int) -> list[Self]:
        """Return new generators, independent of this one and of each other.

        Parameters
        ----------
        n_children : int
            How many.

        Returns
        -------
        list of Generator
            The same ones for the same state. Child k, counted over all calls, has as its seed the
            number of the name "child k of seed s", s being this one's: the 8-byte BLAKE2b digest,
            little-endian.
        """
        count = as_index(n_children, "n_children")
        with _lock:
            first = self._next_child
            self._next_child = first + count
            seed, untold = self._seed, self in _from_entropy
        children = [
            type(self)(number_of_name(f"child {number} of seed {seed}"))
            for number in range(first, first + count)
        ]
        if untold:
            with _lock:
                _from_entropy.update(children)
        return children

    def get_state(self) -> State:
        """Return the state as a dict of integers, which JSON can hold."""
        with _lock:
            return State(
                contract_version=CONTRACT_VERSION,
                seed=self._seed,
                next_stream=self._next_stream,
                next_child=self._next_child,
            )

    def set_state(self, state: State) -> None:
        """Go on from a state that `get_state` returned.

        Raises
        ------
        TypeError, ValueError
            If it is no such state, or one of another ``fastinit.CONTRACT_VERSION``, with which the
            values would not be the same.
        """
        if not isinstance(state, dict):
            raise TypeError(f"state must be a dict, got {type(state).__name__}")
        version = state.get("contract_version")
        if version != CONTRACT_VERSION:
            raise ValueError(
                f"state must be of contract version {CONTRACT_VERSION}, got {version!r}: "
                "another version gives other values; use the fastinit that it was saved with"
            )
        if state.keys() != State.__required_keys__:
            names = ", ".join(sorted(State.__required_keys__))
            raise ValueError(f"state must have {names}, got {', '.join(sorted(state))}")
        next_stream = as_index(state["next_stream"], "next_stream")
        if next_stream < FIRST_STREAM:
            raise ValueError(f"next_stream must be at least 2**63, got {next_stream}")
        next_child = as_index(state["next_child"], "next_child")
        self._restart(check_seed(state["seed"]), next_stream, next_child)

    def __reduce__(self) -> tuple[type[Self], tuple[int], State]:
        """Pickle, and copy, by the state."""
        return type(self), (self._seed,), self.get_state()

    def __setstate__(self, state: State) -> None:
        """Go on from a pickled state."""
        self.set_state(state)

    def __repr__(self) -> str:
        """Return what identifies it, and where it is."""
        return f"{type(self).__name__}(seed={self._seed}) at stream {self._next_stream}"

    def _scatter(self) -> None:
        """Go on from a place that no other process knows."""
        self._next_stream = FIRST_STREAM + (entropy() >> 2)
        self._next_child = entropy() >> 2


def _after_fork_in_child() -> None:
    try:
        for source in _from_entropy:
            source._scatter()  # noqa: SLF001 - this module's
    finally:
        _lock.release()  # without this, the child's other threads wait for ever


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire,
        after_in_parent=_lock.release,
        after_in_child=_after_fork_in_child,
    )
