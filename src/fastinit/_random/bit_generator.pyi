from typing import Any, TypedDict

import numpy as np
from numpy.random import BitGenerator
from numpy.random.bit_generator import ISeedSequence
from typing_extensions import Self

from fastinit.typing import NDArray, NumPySeed

from .streams import StreamSource

class _Place(TypedDict):
    contract_version: int
    seed: int
    stream: int
    position: int

class _State(TypedDict):
    bit_generator: str
    state: _Place

class Philox(BitGenerator):
    def __init__(
        self,
        seed: NumPySeed | StreamSource | None = None,
        *,
        stream: int | str | None = None,
        offset: int = 0,
    ) -> None: ...
    @property  # type: ignore[override]
    def state(self) -> _State: ...
    @state.setter
    def state(self, value: _State) -> None: ...
    def advance(self, delta: int) -> Self: ...
    def jumped(self, jumps: int = 1) -> Self: ...
    def spawn(self, n_children: int) -> list[Self]: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _repr_html_(self) -> str: ...
    def _begin(self, sequence: ISeedSequence, seed: int, stream: int, word: int) -> None: ...
    def _word(self) -> int: ...
    def _move(self, seed: int, stream: int, word: int) -> None: ...

JUMP: int

def bounded_integers(
    out: NDArray[np.uint8], seed: int, stream: int, low: int, width: int, wide: bool
) -> None: ...
