"""`GeneratorBits`: the bit generator of a `Generator`, which holds its state.

Guarantees: what is drawn from it, in any way, are the next words of stream 2**64 - 1, which no
generator hands out. Whoever holds both locks took the one of the bit generator first.
"""

# ruff: noqa: SLF001 - `Philox` and this class are one
from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from numpy.random import SeedSequence
from numpy.random.bit_generator import SeedlessSeedSequence

from fastinit._support.checks import as_integer

from .addressing import check_bit_generator
from .bit_generator import JUMP as JUMP_OF_PHILOX
from .bit_generator import Philox
from .next_streams import COUNT, FIRST_STREAM, LAST_STREAM, have_numbers
from .seed_sequences import key_of
from .streams import State, StreamSource, entropy

if TYPE_CHECKING:
    from numpy.random.bit_generator import ISeedSequence

    from fastinit.typing import NumPySeed, Self

NAME = "fastinit.Generator"

#: What the base class requires. `seed_seq` is made on demand.
NO_SEQUENCE = SeedlessSeedSequence()

#: 2**63 divided by the golden ratio.
JUMP = JUMP_OF_PHILOX >> 1


@have_numbers
class GeneratorBits(StreamSource, Philox):
    """The bit generator of a `Generator`: its seed, its next stream and child, and its position.

    Parameters
    ----------
    seed : int, sequence of int or numpy.random.SeedSequence, optional
        As in `default_rng`. By default it comes from the operating system.
    """

    __slots__ = ("__weakref__", "_next_child", "_next_stream", "_seed", "_sequence")

    def __init__(self, seed: NumPySeed | None = None) -> None:
        self._seed, self._sequence = (entropy(), None) if seed is None else key_of(seed)
        self._next_stream, self._next_child = FIRST_STREAM, 0
        self._begin(NO_SEQUENCE, self._seed, LAST_STREAM, 0)
        if seed is None:
            self._scatter_in_forks()

    @property
    def seed_seq(self) -> ISeedSequence:
        """The seed sequence that was given, or that of seed + 2**64 * (2**64 - 1)."""
        with self.lock:
            if self._sequence is None:  # it takes longer to make than all else
                self._sequence = SeedSequence(self._seed | LAST_STREAM << 64)
            return self._sequence

    # NumPy's name for whoever spawns from it.
    _seed_seq = seed_seq

    @property
    def _position(self) -> int:
        return self._word()

    @_position.setter
    def _position(self, word: int) -> None:
        self._move(self._seed, LAST_STREAM, word)

    def _restart(self, *numbers: int) -> None:
        with self.lock:
            super()._restart(*numbers)
            self._sequence = None

    def get_state(self) -> State:
        with self.lock:
            return super().get_state()

    @property  # type: ignore[override]
    def state(self) -> dict[str, Any]:
        """The state of the generator, as a dict that JSON can hold. Set it to continue from there.

        The key "state" has what `Generator.get_state` returns.
        """
        state = self.get_state()
        state.setdefault("position", 0)
        return {"bit_generator": NAME, "state": state}

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        check_bit_generator(value, NAME)
        self.set_state(value.get("state"))  # type: ignore[arg-type]

    def jumped(self, jumps: int = 1) -> Self:
        """Return the bit generator of another generator with the same seed, far from this one.

        Parameters
        ----------
        jumps : int, default 1
            A step adds 2**63 divided by the golden ratio to the number of streams and children that
            were handed out, and twice as much to the position. All of them start again at the end.

        Returns
        -------
        GeneratorBits
            The new bit generator.

        Raises
        ------
        TypeError
            If `jumps` is not an integer.
        """
        step = as_integer(jumps, "jumps") * JUMP
        other = copy(self)
        other._restart(
            other._seed,
            FIRST_STREAM + (other._next_stream - FIRST_STREAM + step) % (COUNT - 1),
            (other._next_child + step) % COUNT,
            (other._position + 2 * step) % (2 * COUNT),
        )
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by means of the state and the seed sequence."""
        return type(self), (0,), (self.get_state(), self._sequence)

    def __setstate__(self, state: Any) -> None:
        """Continue from a pickled state."""
        numbers, sequence = state
        self.set_state(numbers)
        self._sequence = sequence

    def _scatter(self) -> None:
        # Another thread may have held the lock when the process was forked.
        self.lock._at_fork_reinit()  # type: ignore[attr-defined]
        super()._scatter()
        self._sequence = SeedSequence(self._seed | LAST_STREAM << 64 | entropy() << 128)
